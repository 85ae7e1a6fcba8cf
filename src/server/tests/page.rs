//! The page, where it is turned on.

use reqwest::Method;

use super::{ORIGIN, Running, contract, credentials, header};
use crate::server::ServerOptions;
use gatepass_core::contract::MediaRange;

#[tokio::test]
async fn the_page_says_what_the_contract_takes_and_loads_nothing_from_elsewhere() {
    let mut contract = contract();
    contract.upload.content_types.push(MediaRange::parse("image/x&y").unwrap());
    let options = ServerOptions { page: true, ..ServerOptions::default() };
    let server = Running::start_with(&contract, credentials(), options).await.unwrap();

    let index = server.get("/").await;
    assert_eq!(header(&index, "content-type"), Some("text/html; charset=utf-8"));
    insta::assert_snapshot!(header(&index, "content-security-policy").unwrap(), @"default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self' https://acme-uploads.s3.eu-central-1.amazonaws.com; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    let html = index.text().await.unwrap();
    assert!(!html.contains("{{"), "a placeholder is left:\n{html}");
    assert!(
        html.contains(
            r#"data-content-types="image/*,application/pdf,image/x&amp;y" data-max-size="10485760""#
        ),
        "{html}"
    );
    // all that the policy above would forbid
    assert!(
        !html.contains("style=")
            && !html.contains("<style")
            && !html.contains("<script>")
            && !html.contains(" onclick"),
        "{html}"
    );

    let loaded: Vec<&str> =
        html.split('"').filter(|text| text.starts_with('/') && text.contains('.')).collect();
    assert_eq!(loaded, ["/page/style.css", "/page/page.js"]);
    for (path, content_type) in [
        ("/page/style.css", "text/css; charset=utf-8"),
        ("/page/page.js", "text/javascript; charset=utf-8"),
        ("/gatepass.js", "text/javascript; charset=utf-8"),
        ("/gatepass.d.ts", "application/typescript; charset=utf-8"),
    ] {
        let file = server.get(path).await;
        assert_eq!(
            (file.status().as_u16(), header(&file, "content-type")),
            (200, Some(content_type))
        );
        assert_eq!(header(&file, "x-content-type-options"), Some("nosniff"));
    }
}

#[tokio::test]
async fn apps_load_the_module_from_their_own_pages() {
    let server = Running::start(&contract()).await;
    for (origin, allowed) in [(ORIGIN, Some(ORIGIN)), ("https://evil.example.com", None)] {
        let module = server.send(Method::GET, "/gatepass.js", &[("origin", origin)], "").await;
        assert_eq!(
            (module.status().as_u16(), header(&module, "access-control-allow-origin")),
            (200, allowed)
        );
    }
    assert_eq!(server.get("/").await.status(), 404, "the page is off unless turned on");
}
