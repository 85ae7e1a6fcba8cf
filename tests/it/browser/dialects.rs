//! Clients that people already have, from their packages, without change.

use serde_json::{Value, json};

use super::package::bundle;
use super::site::Site;
use super::{Browser, Tab};
use crate::backend::{Backend, on_every_backend};
use crate::operate::until;

on_every_backend!(ignore = "needs LocalStack, Chromium and Node.js: run tests/all", "needs Chromium and Node.js: run tests/all";
    uppy_5_uploads_and_goes_on_after_a_pause,
    uppy_6_uploads_and_goes_on_after_a_pause,
    uppy_sends_single_files_as_forms,
    strict_sizes_are_held_in_parts_too,
    uppy_6_has_its_requests_signed,
    better_upload_uploads,
);

const UPPY: &str = r#"export { default as Uppy } from "@uppy/core"; export { default as AwsS3 } from "@uppy/aws-s3";"#;
const BETTER_UPLOAD: &str = r#"export * from "@better-upload/client";"#;

const COMPATIBLE: &str = r#"
    max_size = "32 MiB"
    mode = "compatible"
    multipart = true
    [serve]
    url = "ENDPOINT"
    dialects = ["uppy-companion", "better-upload"]
"#;
const STRICT: &str = r#"
    max_size = "32 MiB"
    multipart = true
    [serve]
    url = "ENDPOINT"
    dialects = ["uppy-companion", "better-upload"]
"#;

/// With forms, which Uppy 6 wants for single files.
const FORMS: &str = r#"
    max_size = "1 MiB"
    mode = "compatible"
    form = true
    [serve]
    dialects = ["uppy-companion"]
"#;

/// As the README's options for Uppy 6 want it.
const SIGN_REQUEST: &str = r#"
    max_size = "32 MiB"
    multipart = true
    [serve]
    url = "ENDPOINT"
    dialects = ["uppy-sign-request"]
"#;

const LARGE: u32 = 12_000_000;

fn content(size: u32) -> Vec<u8> {
    (0..size).map(|place| (place % 251) as u8).collect()
}

/// An app with a package's exports in `package`, and files to upload.
async fn open(browser: &Browser, site: &Site, package: &str) -> Tab {
    let tab = browser.open(&site.app).await;
    tab.eval(&format!(
        "(async () => {{
          globalThis.package = await import('/packages/{package}');
          globalThis.content = (size) => new Uint8Array(size).map((_, place) => place % 251);
        }})()"
    ))
    .await;
    tab
}

/// Makes a new Uppy with these options and one file in it.
async fn uppy(tab: &Tab, options: &str, name: &str, size: u32) {
    tab.eval(&format!(
        "(() => {{
          const {{ Uppy, AwsS3 }} = globalThis.package;
          globalThis.told = {{ done: [], failed: [], parts: 0 }};
          globalThis.uppy = new Uppy().use(AwsS3, {options});
          uppy.on('upload-success', (file, {{ body }}) => told.done.push(body.key));
          uppy.on('upload-error', (file, error) => told.failed.push(error.message));
          uppy.on('s3-multipart:part-uploaded', () => (told.parts += 1));
          uppy.addFile({{ name: '{name}', type: 'image/png', data: new Blob([content({size})], {{ type: 'image/png' }}) }});
        }})()"
    ))
    .await;
}

/// Waits until the file is uploaded, and looks whether it is itself.
async fn assert_arrives(tab: &Tab, site: &Site, size: u32) {
    let ended = tab.wait_for("(told.done.length || told.failed.length) && told").await;
    assert_eq!(ended["failed"], json!([]));
    // what Uppy tells as the key differs between its versions; what is in S3 does not
    let keys = site.keys().await;
    assert_eq!(keys.len(), 1, "{keys:?}");
    assert!(
        site.object(&keys[0]).await == ("image/png".to_owned(), content(size)),
        "something else arrived"
    );
    site.remove(&keys[0]).await;
}

async fn pause_and_cancel(tab: &Tab, site: &Site, backend: &Backend, options: &str) {
    tab.slow(4_000_000).await;
    uppy(tab, options, "large.png", LARGE).await;
    tab.eval("void uppy.upload()").await;
    tab.wait_for("told.parts > 0").await;
    tab.eval("void uppy.pauseAll()").await;
    assert_eq!(open_uploads(backend, site).await, 1);
    tab.slow(-1).await;
    tab.eval("void uppy.resumeAll()").await;
    assert_arrives(tab, site, LARGE).await;

    tab.slow(4_000_000).await;
    uppy(tab, options, "large.png", LARGE).await;
    tab.eval("void uppy.upload()").await;
    tab.wait_for("told.parts > 0").await;
    tab.eval("void uppy.cancelAll()").await;
    until("given up", || async { open_uploads(backend, site).await == 0 }).await;
    assert_eq!(site.keys().await, [""; 0]);
    tab.slow(-1).await;
}

async fn open_uploads(backend: &Backend, site: &Site) -> usize {
    backend.s3().list_multipart_uploads().bucket(&site.bucket).send().await.unwrap().uploads().len()
}

async fn uppy_5_uploads_and_goes_on_after_a_pause(backend: &Backend) {
    let site =
        Site::start_with(backend, COMPATIBLE, &[("uppy5", bundle("uppy5", UPPY).await)]).await;
    let browser = Browser::start().await;
    let tab = open(&browser, &site, "uppy5").await;
    let options = |is_multipart: bool| {
        format!("{{ endpoint: '{}/', shouldUseMultipart: {is_multipart} }}", site.endpoint.url)
    };
    uppy(&tab, &options(false), "small.png", 5000).await;
    tab.eval("void uppy.upload()").await;
    assert_arrives(&tab, &site, 5000).await;
    pause_and_cancel(&tab, &site, backend, &options(true)).await;

    // refused in words
    uppy(&tab, &options(false), "small.png", 5000).await;
    tab.eval(
        "uppy.setFileState(uppy.getFiles()[0].id, { type: 'text/html', meta: { type: 'text/html', name: 'a.html' } }), void uppy.upload()",
    )
    .await;
    let refused = tab.wait_for("told.failed.length && told.failed").await;
    assert!(
        refused[0].as_str().unwrap().contains("uploads of type \"text/html\" are not allowed here"),
        "{refused}"
    );
}

async fn uppy_6_uploads_and_goes_on_after_a_pause(backend: &Backend) {
    let site =
        Site::start_with(backend, COMPATIBLE, &[("uppy6", bundle("uppy6", UPPY).await)]).await;
    let browser = Browser::start().await;
    let tab = open(&browser, &site, "uppy6").await;
    let options =
        format!("{{ companionEndpoint: '{}', shouldUseMultipart: true }}", site.endpoint.url);
    uppy(&tab, &options, "small.png", 5000).await;
    tab.eval("void uppy.upload()").await;
    assert_arrives(&tab, &site, 5000).await;
    pause_and_cancel(&tab, &site, backend, &options).await;
}

async fn uppy_sends_single_files_as_forms(backend: &Backend) {
    let packages = [("uppy5", bundle("uppy5", UPPY).await), ("uppy6", bundle("uppy6", UPPY).await)];
    let site = Site::start_with(backend, FORMS, &packages).await;
    let browser = Browser::start().await;
    for (package, option) in [("uppy5", "endpoint"), ("uppy6", "companionEndpoint")] {
        let tab = open(&browser, &site, package).await;
        let options = format!("{{ {option}: '{}', shouldUseMultipart: false }}", site.endpoint.url);
        uppy(&tab, &options, "small.png", 5000).await;
        tab.eval("void uppy.upload()").await;
        let told = tab.wait_for("(told.done.length || told.failed.length) && told").await;
        // both tell the app the key, and where the object is
        assert_eq!(told["done"], json!(site.keys().await), "{told}");
        let location = tab.text("uppy.getFiles()[0].uploadURL").await;
        assert!(
            location.contains(&site.bucket)
                && location.ends_with(told["done"][0].as_str().unwrap()),
            "{location}"
        );
        assert_arrives(&tab, &site, 5000).await;
        // Uppy complains in the console of what it may not read
        assert_eq!(tab.complaints(), [""; 0]);

        // the size is in no request: what holds it is the form
        uppy(&tab, &options, "large.png", (1 << 20) + 1).await;
        tab.eval("void uppy.upload()").await;
        tab.wait_for("told.failed.length").await;
        assert_eq!(site.keys().await, [""; 0], "more than the contract allows");
    }
}

async fn strict_sizes_are_held_in_parts_too(backend: &Backend) {
    let site = Site::start_with(backend, STRICT, &[("uppy5", bundle("uppy5", UPPY).await)]).await;
    let browser = Browser::start().await;
    let tab = open(&browser, &site, "uppy5").await;
    let options = |is_multipart: bool| {
        format!("{{ endpoint: '{}', shouldUseMultipart: {is_multipart} }}", site.endpoint.url)
    };
    for is_multipart in [false, true] {
        let say = |size: u32| {
            format!(
                "uppy.setFileMeta(uppy.getFiles()[0].id, {{ size: {size} }}), void uppy.upload()"
            )
        };
        uppy(&tab, &options(is_multipart), "large.png", LARGE).await;
        tab.eval("void uppy.upload()").await;
        let refused = tab.wait_for("told.failed.length && told.failed").await;
        assert!(refused[0].as_str().unwrap().contains("size"), "{refused}");
        for wrong in [LARGE - 1, LARGE + 1] {
            uppy(&tab, &options(is_multipart), "large.png", LARGE).await;
            tab.eval(&say(wrong)).await;
            tab.wait_for("told.failed.length").await;
            assert_eq!(site.keys().await, [""; 0], "a file of another size than was said");
        }
        uppy(&tab, &options(is_multipart), "large.png", LARGE).await;
        tab.eval(&say(LARGE)).await;
        assert_arrives(&tab, &site, LARGE).await;
    }

    // no key and no upload id but the ticket's
    let http = crate::upload::http();
    let asked = http
        .get(format!(
            "{}/s3/multipart/some-upload-id/1?key=uploads/of-somebody.png",
            site.endpoint.url
        ))
        .send()
        .await
        .unwrap();
    assert_eq!(asked.status(), 403);
    assert_eq!(asked.json::<Value>().await.unwrap()["error"]["code"], "ticket_invalid");
    assert_eq!(
        http.get(format!("{}/s3/sts", site.endpoint.url)).send().await.unwrap().status(),
        404
    );
}

async fn uppy_6_has_its_requests_signed(backend: &Backend) {
    let site =
        Site::start_with(backend, SIGN_REQUEST, &[("uppy6", bundle("uppy6", UPPY).await)]).await;
    let browser = Browser::start().await;
    let tab = open(&browser, &site, "uppy6").await;
    let readme =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let (_, rest) = readme.split_once("uppy.use(AwsS3, ").unwrap();
    let (options, _) = rest.split_once(");\n```").unwrap();
    let options = options.replace("https://uploads.example.com", &site.endpoint.url);
    tab.eval("globalThis.files = new Map(), null").await;
    uppy(&tab, &options, "small.png", 5000).await;
    tab.eval("void uppy.upload()").await;
    assert_arrives(&tab, &site, 5000).await;
    assert_eq!(open_uploads(backend, &site).await, 0);

    let in_parts = options.replacen('{', "{ shouldUseMultipart: true,", 1);
    pause_and_cancel(&tab, &site, backend, &in_parts).await;

    // what the app says of the size is held, in parts too
    let lying = in_parts.replacen(" size,", " size: size - 1,", 1);
    assert_ne!(lying, in_parts);
    uppy(&tab, &lying, "large.png", LARGE).await;
    tab.eval("void uppy.upload()").await;
    let refused = tab.wait_for("told.failed.length && told.failed").await;
    assert_eq!(refused, json!(["S3 returned 409 – parts_wrong_total"]));
    assert_eq!(site.keys().await, [""; 0], "a file of another size than was said");
}

async fn better_upload_uploads(backend: &Backend) {
    let contract = STRICT
        .replace("multipart = true", "multipart = true\npart_size = \"5 MiB\"\nconfirm = true");
    let site = Site::start_with(
        backend,
        &contract,
        &[("better-upload", bundle("better-upload", BETTER_UPLOAD).await)],
    )
    .await;
    let browser = Browser::start().await;
    let tab = open(&browser, &site, "better-upload").await;
    let upload = |kind: &str| {
        format!(
            "globalThis.package.uploadFiles({{ api: '{}/better-upload', route: 'images', files: [
               new File([content({LARGE})], 'a.png', {{ type: 'image/png' }}), new File([content(5000)], 'b.png', {{ type: '{kind}' }}),
               new File([content(7)], 'c.png', {{ type: 'image/png' }}),
             ] }}).then(({{ files, failedFiles }}) => [files.map(({{ objectInfo }}) => objectInfo.key), failedFiles.length, files.map(({{ ticket }}) => typeof ticket)], ({{ type, message }}) => ({{ type, message }}))",
            site.endpoint.url
        )
    };
    let ended = tab.eval(&upload("image/png")).await;
    assert_eq!(ended[1], 0, "{ended}");
    assert_eq!(
        ended[2],
        json!(["string", "string", "string"]),
        "what the uploads are confirmed with"
    );
    let sizes = [LARGE, 5000, 7];
    for (key, size) in ended[0].as_array().unwrap().iter().zip(sizes) {
        assert!(
            site.object(key.as_str().unwrap()).await == ("image/png".to_owned(), content(size)),
            "something else arrived"
        );
    }
    assert_eq!(site.keys().await.len(), 3);
    assert_eq!(open_uploads(backend, &site).await, 0);

    tab.slow(4_000_000).await;
    let stopped = tab
        .eval(&format!(
            "(async () => {{
              const stop = new AbortController();
              const ended = await globalThis.package.uploadFiles({{
                api: '{}/better-upload', route: 'images', signal: stop.signal, files: [new File([content({LARGE})], 'd.png', {{ type: 'image/png' }})],
                onFileStateChange: ({{ file }}) => file.progress > 0.1 && stop.abort(),
              }});
              return ended.failedFiles.map(({{ error }}) => error.type);
            }})()",
            site.endpoint.url
        ))
        .await;
    assert_eq!(stopped, json!(["aborted"]));
    until("given up", || async { open_uploads(backend, &site).await == 0 }).await;
    assert_eq!(site.keys().await.len(), 3);
    tab.slow(-1).await;

    let refused = tab.eval(&upload("text/html")).await;
    assert_eq!(refused["type"], "content_type_not_allowed");
    assert!(
        refused["message"]
            .as_str()
            .unwrap()
            .starts_with("uploads of type \"text/html\" are not allowed here"),
        "{refused}"
    );
    assert_eq!(open_uploads(backend, &site).await, 0, "nothing is begun where one file is refused");
}
