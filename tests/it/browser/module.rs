//! `/gatepass.js`, as an app on another origin uses it.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::site::Site;
use super::{Browser, Tab};
use crate::backend::{Backend, on_every_backend};

on_every_backend!(ignore = "needs LocalStack and Chromium: run tests/all", "needs Chromium: run tests/all";
    a_file_arrives,
    the_checksum_is_made_where_it_must_be,
    what_goes_wrong_is_told,
    a_cut_is_outlived,
    it_can_be_cancelled,
    large_files_go_in_parts,
    uploads_are_confirmed_and_downloaded,
    the_readmes_page_uploads
);

/// Uploads in the page; gives what came of it, and what was told on the way.
const UPLOAD: &str = r#"
globalThis.run = (file, options = {}) => {
  const run = { progress: [], grants: [], retries: [] };
  const told = { onProgress: (p) => run.progress.push(p), onGrant: (g) => run.grants.push(g), onRetry: ({ error }) => run.retries.push(error.code) };
  run.ended = gatepass.upload(file, { ...told, ...options }).then(
    (uploaded) => ({ uploaded }),
    ({ name, code, message, hint, status, isPassing }) => ({ error: { name, code, message, hint, status, isPassing } }),
  );
  return (globalThis.last = run);
};
globalThis.file = (size, name = "a.txt", type = "text/plain") => new File([new Uint8Array(size).map((_, place) => place % 251)], name, { type });
"#;

/// The content of such a file.
fn content(size: u32) -> Vec<u8> {
    (0..size).map(|place| (place % 251) as u8).collect()
}

async fn open(browser: &Browser, site: &Site) -> Tab {
    let tab = browser.open(&site.app).await;
    tab.wait_for("globalThis.gatepass").await;
    tab.eval(UPLOAD).await;
    tab
}

fn key(ended: &Value) -> &str {
    ended["uploaded"]["key"].as_str().unwrap_or_else(|| panic!("not uploaded: {ended}"))
}

async fn a_file_arrives(backend: &Backend) {
    let site = Site::start(backend, r#"max_size = "4 MiB""#).await;
    let browser = Browser::start().await;
    let tab = open(&browser, &site).await;
    let ended = tab.eval("run(file(3_000_000, 'ä \"b\".png', 'image/png')).ended").await;
    let object = site.object(key(&ended)).await;
    assert!(object == ("image/png".to_owned(), content(3_000_000)), "something else arrived");
    assert_eq!(
        (&ended["uploaded"]["size"], &ended["uploaded"]["contentType"]),
        (&json!(3_000_000), &json!("image/png"))
    );
    assert!(
        ended["uploaded"]["etag"].as_str().is_some_and(|etag| etag.starts_with('"')),
        "{ended}"
    );
    let last = tab.eval("last.progress.at(-1)").await;
    assert_eq!(
        (&last["phase"], &last["sent"], &last["total"]),
        (&json!("sending"), &json!(3_000_000), &json!(3_000_000))
    );
    assert_eq!(tab.eval("last.grants.map((grant) => grant.key)").await, json!([key(&ended)]));
    assert_eq!(tab.complaints(), [""; 0]);
}

async fn the_checksum_is_made_where_it_must_be(backend: &Backend) {
    let site = Site::start(backend, &format!("{PARTS}\nchecksum = \"required\"")).await;
    let browser = Browser::start().await;
    let tab = open(&browser, &site).await;
    let ended = tab.eval("run(file(5)).ended").await;
    assert_eq!(
        ended["uploaded"]["checksumSha256"],
        STANDARD.encode(Sha256::digest(content(5))),
        "{ended}"
    );
    assert_eq!(site.object(key(&ended)).await.1, content(5));
    let without = tab.eval("run(file(5), { checksum: false }).ended").await;
    assert_eq!(without["error"]["code"], "checksum_missing");
    let parts = tab.eval("run(file(6_000_000), { partsFrom: 1 }).ended").await;
    assert!(site.object(key(&parts)).await.1 == content(6_000_000), "something else arrived");
}

async fn what_goes_wrong_is_told(backend: &Backend) {
    let site = Site::start(backend, r#"max_size = "1 MiB""#).await;
    let browser = Browser::start().await;
    let tab = open(&browser, &site).await;
    let refused = tab.eval("run(file(5, 'a.html', 'text/html')).ended").await;
    let told = json!({
        "name": "UploadError",
        "code": "content_type_not_allowed",
        "message": "uploads of type \"text/html\" are not allowed here",
        "hint": "allowed are image/*, text/plain",
        "status": 415,
        "isPassing": false,
    });
    assert_eq!(refused["error"], told);
    assert_eq!(tab.eval("last.retries").await, json!([]));

    let nobody =
        tab.eval("run(file(5), { endpoint: 'http://127.0.0.1:9/', retries: 1 }).ended").await;
    assert_eq!(
        (&nobody["error"]["code"], &nobody["error"]["isPassing"]),
        (&json!("endpoint_unreachable"), &json!(true))
    );
    assert_eq!(tab.eval("last.retries").await, json!(["endpoint_unreachable"]));
    let other = tab.eval("run(file(5), { endpoint: location.href }).ended").await;
    assert_eq!(other["error"]["code"], "not_an_endpoint");

    backend.s3().delete_bucket_policy().bucket(&site.bucket).send().await.unwrap();
    backend.s3().delete_bucket().bucket(&site.bucket).send().await.unwrap();
    let gone = tab.eval("run(file(5), { retries: 0 }).ended").await;
    // a bucket that is gone has no CORS rule that would let a browser read as much
    assert_eq!(gone["error"]["code"], "s3_unreachable", "{gone}");
    assert_eq!(tab.complaints(), [""; 0]);
}

async fn a_cut_is_outlived(backend: &Backend) {
    let site = Site::start(backend, r#"max_size = "8 MiB""#).await;
    let browser = Browser::start().await;
    let tab = open(&browser, &site).await;

    // in the middle of the file, and twice: once a browser tries again by itself
    site.line.cut(2, 700_000);
    let ended = tab.eval("run(file(1_500_000)).ended").await;
    assert!(site.object(key(&ended)).await.1 == content(1_500_000), "something else arrived");
    assert_eq!(tab.eval("[...new Set(last.retries)]").await, json!(["s3_unreachable"]));

    // after the file, and before its answer: the second attempt finds the object there
    tab.hold("*/uploads/*", "Response").await;
    tab.eval("run(file(5)), null").await;
    let mut held = 0;
    let mut is_lost = false;
    while !is_lost {
        let request = tab.held(held).await;
        held += 1;
        is_lost = request["request"]["method"] == "PUT";
        let (how, more) = if is_lost {
            ("Fetch.failRequest", json!("ConnectionReset"))
        } else {
            ("Fetch.continueRequest", Value::Null)
        };
        let mut answer = json!({ "requestId": request["requestId"] });
        if is_lost {
            answer["errorReason"] = more;
        }
        tab.call(how, answer).await;
    }
    tab.call("Fetch.disable", json!({})).await;
    let ended = tab.eval("last.ended").await;
    assert_eq!(site.object(key(&ended)).await.1, content(5));
    assert_eq!(ended["uploaded"]["etag"], Value::Null);
    assert_eq!(tab.eval("last.retries").await, json!(["s3_unreachable"]));
    assert_eq!(site.keys().await.len(), 2);
}

async fn it_can_be_cancelled(backend: &Backend) {
    let site = Site::start(backend, r#"max_size = "8 MiB""#).await;
    let browser = Browser::start().await;
    let tab = open(&browser, &site).await;
    tab.slow(200_000).await;
    tab.eval("globalThis.stop = new AbortController(), run(file(4_000_000), { signal: stop.signal }), null").await;
    tab.wait_for("last.progress.some(({ sent }) => sent > 0)").await;
    let ended = tab.eval("stop.abort(), last.ended").await;
    assert_eq!(ended["error"]["name"], "AbortError");
    let before =
        tab.eval("run(file(5), { signal: AbortSignal.abort(new Error('enough')) }).ended").await;
    assert_eq!(before["error"]["message"], "enough");
    assert_eq!(site.keys().await, [""; 0]);
}

const PARTS: &str = "max_size = \"32 MiB\"\nmultipart = true\npart_size = \"5 MiB\"";

async fn large_files_go_in_parts(backend: &Backend) {
    let site = Site::start(backend, PARTS).await;
    let browser = Browser::start().await;
    let tab = open(&browser, &site).await;
    const SIZE: u32 = 12_000_000;
    let begin = format!(
        "globalThis.large = file({SIZE}, 'large.png', 'image/png'), globalThis.stop = new AbortController(), null"
    );
    tab.eval(&begin).await;

    // stopped with one part there and others under way; the same file goes on from there
    let options = "{ partsFrom: 1, partsAtOnce: 1, store: localStorage, signal: stop.signal }";
    tab.eval(&format!("run(large, {options}), null")).await;
    tab.wait_for("last.progress.some(({ sent }) => sent > 6e6) && (stop.abort(), true)").await;
    let stopped = tab.eval("last.ended").await;
    assert_eq!(stopped["error"]["name"], "AbortError", "{stopped}");
    assert_eq!(site.keys().await, [""; 0]);
    site.line.cut(2, 3_000_000);
    let ended = tab.eval("run(large, { partsFrom: 1, store: localStorage }).ended").await;
    assert!(
        site.object(key(&ended)).await == ("image/png".to_owned(), content(SIZE)),
        "something else arrived"
    );
    assert!(
        tab.eval("last.progress[0].sent").await.as_u64().unwrap() >= 5 << 20,
        "it began from nothing"
    );
    assert_eq!(tab.eval("last.progress.at(-1).sent").await, json!(SIZE));
    assert_eq!(tab.eval("localStorage.length").await, json!(0));

    // given up
    let begun = tab.eval("globalThis.stop = new AbortController(), run(large, { partsFrom: 1, signal: stop.signal }), null").await;
    assert_eq!(begun, Value::Null);
    tab.wait_for("last.progress.some(({ sent }) => sent > 0) && (stop.abort(), last.ended)").await;
    assert_eq!(open_uploads(backend, &site).await, 1);
    tab.eval("gatepass.discard(large)").await;
    assert_eq!(open_uploads(backend, &site).await, 0);
    assert_eq!(tab.complaints(), [""; 0]);
}

async fn uploads_are_confirmed_and_downloaded(backend: &Backend) {
    let site = Site::start(
        backend,
        &format!("{PARTS}\nconfirm = true\n[download]\ninline = [\"image/*\"]"),
    )
    .await;
    let browser = Browser::start().await;
    let tab = open(&browser, &site).await;
    for (size, options) in [(5, "{}"), (6_000_000, "{ partsFrom: 1 }")] {
        let ended =
            tab.eval(&format!("run(file({size}, 'a.png', 'image/png'), {options}).ended")).await;
        let receipt =
            ended["uploaded"]["receipt"].as_str().unwrap_or_else(|| panic!("no receipt: {ended}"));
        let claims = receipt.split('.').nth(1).unwrap();
        let claims: Value =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
        assert_eq!(
            (&claims["key"], &claims["size"]),
            (&json!(key(&ended)), &json!(size)),
            "{claims}"
        );

        // fetched as an app does it, and as S3 says it to a browser that follows a link
        let read = format!(
            "gatepass.downloadUrl('{}', {{ filename: 'ä.png', disposition: 'inline', contentType: 'image/png' }}).then(async (grant) => {{
               const answer = await fetch(grant.download_url, {{ method: grant.method }});
               const content = new Uint8Array(await answer.arrayBuffer());
               return [grant.key, answer.status, answer.headers.get('Content-Type'), content.length, content.every((byte, place) => byte === place % 251)];
             }})",
            key(&ended)
        );
        assert_eq!(tab.eval(&read).await, json!([key(&ended), 200, "image/png", size, true]));
    }
    let grants =
        tab.eval("last.grants.map(({ part_number, parts, upload_url }) => [part_number, parts, upload_url.includes('partNumber=')])").await;
    assert_eq!(grants.as_array().unwrap().len(), 2, "{grants}");
    assert!(grants.as_array().unwrap().contains(&json!([2, 2, true])), "{grants}");
    let told = |question: &str| {
        format!(
            "gatepass.downloadUrl({question}).catch(({{ name, code, status }}) => [name, code, status])"
        )
    };
    assert_eq!(
        tab.eval(&told("'elsewhere/a.png'")).await,
        json!(["UploadError", "key_not_permitted", 403])
    );
    let stopped =
        tab.eval("gatepass.downloadUrl('a', { signal: AbortSignal.abort(new Error('enough')) }).catch(({ message }) => message)").await;
    assert_eq!(stopped, "enough");
    assert_eq!(tab.complaints(), [""; 0]);
}

async fn open_uploads(backend: &Backend, site: &Site) -> usize {
    backend.s3().list_multipart_uploads().bucket(&site.bucket).send().await.unwrap().uploads().len()
}

async fn the_readmes_page_uploads(backend: &Backend) {
    let site = Site::start(backend, r#"max_size = "1 MiB""#).await;
    let readme =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let (_, rest) = readme.split_once("```html illustration\n").unwrap();
    let (page, _) = rest.split_once("```").unwrap();
    let page = json!(page.replace("https://uploads.example.com", &site.endpoint.url));
    let browser = Browser::start().await;
    let tab = browser.open(&site.app).await;
    tab.eval(&format!("document.open(), document.write({page}), document.close()")).await;
    tab.wait_for("document.getElementById('file')?.onchange").await;
    site.workspace.write("notes.txt", "hello");
    tab.choose("#file", &[&site.workspace.path("notes.txt")]).await;
    tab.wait_for("document.getElementById('bar').value === 1").await;
    while site.keys().await.is_empty() {}
    assert_eq!(
        site.object(&site.keys().await[0]).await,
        ("text/plain".to_owned(), b"hello".to_vec())
    );
    assert_eq!(tab.complaints(), [""; 0]);
}
