//! The page of the endpoint, used as people use it.

use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::site::Site;
use super::{Browser, Tab};
use crate::backend::{Backend, on_every_backend};
use crate::dev::{Dev, text_of};
use crate::workspace::Workspace;

on_every_backend!(ignore = "needs LocalStack and Chromium: run tests/all", "needs Chromium: run tests/all";
    files_are_chosen_and_dropped,
    a_large_file_is_confirmed_and_its_parts_explained,
    what_is_refused_is_told,
    a_keyboard_and_ears_are_enough,
    an_upload_is_cancelled,
    who_uploads_is_asked_where_the_contract_asks
);

const DONE: &str = "document.querySelectorAll('.upload[data-state=done]').length";
const FAILED: &str = "document.querySelectorAll('.upload[data-state=failed]').length";

#[track_caller]
fn assert_no_complaints(tab: &Tab) {
    assert_eq!(tab.complaints(), [""; 0]);
}

async fn files_are_chosen_and_dropped(backend: &Backend) {
    let site = Site::start(backend, r#"max_size = "5 MiB""#).await;
    let picture: Vec<u8> = (0..3_000_000_u32).map(|place| (place % 251) as u8).collect();
    site.workspace.write("picture.png", &picture);
    site.workspace.write("notes.txt", "hello");
    let browser = Browser::start().await;
    let tab = browser.open(&site.endpoint.url).await;

    tab.choose("#files", &[&site.workspace.path("picture.png"), &site.workspace.path("notes.txt")])
        .await;
    tab.wait_for(&format!("{DONE} === 2")).await;
    tab.drop_on("#drop", &[&site.workspace.path("notes.txt")]).await;
    tab.wait_for(&format!("{DONE} === 3")).await;
    assert_eq!(tab.text("document.getElementById('overall').textContent").await, "3 of 3 done");

    let mut arrived = Vec::new();
    for key in site.keys().await {
        arrived.push(site.object(&key).await);
    }
    arrived.sort();
    let note = || ("text/plain".to_owned(), b"hello".to_vec());
    assert!(arrived == [("image/png".to_owned(), picture), note(), note()], "other things arrived");

    let signed = tab.text("document.querySelector('.upload details').textContent").await;
    for bound in [
        "Content-Type",
        "text/plain",
        "If-None-Match",
        "X-Amz-Signature",
        "refuses any other length",
    ] {
        assert!(signed.contains(bound), "{bound}: {signed}");
    }
    let is_shown =
        tab.eval("/[0-9a-f]{64}|aws4_request/.test(document.documentElement.outerHTML)").await;
    assert_eq!(is_shown, json!(false), "a signature or a credential is in the page");

    // what is not the endpoint's own does not run
    let ran = tab.eval("(() => { const script = document.createElement('script'); script.textContent = 'window.ran = true'; document.body.append(script); return window.ran ?? false })()");
    assert_eq!(ran.await, json!(false));
    assert_eq!(tab.complaints().len(), 1, "the policy is silent");
}

async fn a_large_file_is_confirmed_and_its_parts_explained(backend: &Backend) {
    const SIZE: usize = 65 << 20;
    let site = Site::start(
        backend,
        "max_size = \"80 MiB\"\nmultipart = true\npart_size = \"25 MiB\"\nconfirm = true",
    )
    .await;
    let picture: Vec<u8> = (0..SIZE).map(|place| (place % 251) as u8).collect();
    site.workspace.write("picture.png", &picture);
    let browser = Browser::start().await;
    let tab = browser.open(&site.endpoint.url).await;
    tab.choose("#files", &[&site.workspace.path("picture.png")]).await;
    tab.wait_for(&format!("{DONE} + {FAILED} === 1")).await;
    let note = tab.text("document.querySelector('.upload .note').textContent").await;
    assert!(note.starts_with("Uploaded in ") && note.ends_with(" · confirmed"), "{note}");
    let keys = site.keys().await;
    assert!(
        keys.len() == 1 && site.object(&keys[0]).await == ("image/png".to_owned(), picture),
        "something else arrived"
    );

    let signed = tab.text("document.querySelector('.upload details').textContent").await;
    for bound in
        ["Part 1 of 3", "partNumber", "uploadId", "Content-Length", "26214400", "X-Amz-Signature"]
    {
        assert!(signed.contains(bound), "{bound}: {signed}");
    }
    assert!(tab.eval("document.querySelector('.upload details').hidden").await == json!(false));
    let is_shown =
        tab.eval("/[0-9a-f]{64}|aws4_request/.test(document.documentElement.outerHTML)").await;
    assert_eq!(is_shown, json!(false), "a signature or a credential is in the page");
    assert_no_complaints(&tab);
}

async fn what_is_refused_is_told(backend: &Backend) {
    let site = Site::start(backend, r#"max_size = "1 KiB""#).await;
    site.workspace.write("large.txt", [b'x'; 1025]);
    site.workspace.write("page.html", "<p>hello</p>");
    let browser = Browser::start().await;
    let tab = browser.open(&site.endpoint.url).await;
    tab.choose("#files", &[&site.workspace.path("large.txt"), &site.workspace.path("page.html")])
        .await;
    tab.wait_for(&format!("{FAILED} === 2")).await;
    let told = tab.text("document.getElementById('uploads').innerText").await;
    assert!(told.contains("The file is larger than 1 KiB."), "{told}");
    assert!(told.contains("uploads of type \"text/html\" are not allowed here"), "{told}");
    assert!(told.contains("allowed are image/*, text/plain"), "{told}");
    assert_eq!(site.keys().await, [""; 0]);
    assert_no_complaints(&tab);
}

async fn a_keyboard_and_ears_are_enough(backend: &Backend) {
    let site = Site::start(backend, r#"max_size = "1 MiB""#).await;
    site.workspace.write("notes.txt", "hello");
    site.workspace.write("page.html", "<p>hello</p>");
    let browser = Browser::start().await;
    let tab = browser.open(&site.endpoint.url).await;
    tab.press("Tab").await;
    assert_eq!(tab.text("document.activeElement.id").await, "files");
    assert_eq!(
        tab.text("getComputedStyle(document.getElementById('drop')).outlineStyle").await,
        "solid"
    );

    tab.choose("#files", &[&site.workspace.path("page.html"), &site.workspace.path("notes.txt")])
        .await;
    tab.wait_for(&format!("{DONE} + {FAILED} === 2")).await;
    let spoken = tab.spoken().await;
    for told in [
        format!("heading \"Upload to {}\"", site.bucket),
        "button \"Choose files to upload\"".to_owned(),
        "progressbar \"Progress of notes.txt\"".to_owned(),
        "button \"Try again with page.html\"".to_owned(),
        "button \"Copy the key of notes.txt\"".to_owned(),
        "status \"\"".to_owned(),
        "StaticText \"All uploads have ended: 1 of 2 done, 1 failed\"".to_owned(),
    ] {
        assert!(spoken.contains(&told), "not told: {told}; but\n{}", spoken.join("\n"));
    }

    while tab.text("document.activeElement.className").await != "again" {
        tab.press("Tab").await;
        assert_ne!(
            tab.text("document.activeElement.tagName").await,
            "BODY",
            "the button is out of reach"
        );
    }
    tab.eval("document.getElementById('status').textContent = ''").await;
    tab.press("Space").await;
    tab.wait_for(&format!(
        "document.getElementById('status').textContent !== '' && {FAILED} === 1"
    ))
    .await;
    assert_eq!(tab.text("document.activeElement.className").await, "again", "the focus is lost");

    for scheme in ["light", "dark"] {
        tab.look(360, 640, scheme).await;
        assert_eq!(
            tab.eval("document.documentElement.scrollWidth").await,
            json!(360),
            "it is wider than a telephone"
        );
        assert_eq!(tab.eval(FAINT).await, json!([]), "too faint in {scheme}");
    }
    assert_no_complaints(&tab);
}

/// Texts whose contrast is below 4.5, which WCAG 2.2 asks for (1.4.3).
const FAINT: &str = r#"(() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const luminance = ([r, g, b]) => [[r, 0.2126], [g, 0.7152], [b, 0.0722]]
    .map(([value, weight]) => [value / 255, weight])
    .reduce((sum, [value, weight]) => sum + weight * (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4), 0);
  const background = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = rgba(getComputedStyle(at).backgroundColor);
      if (color[3] === 255) return color;
    }
  };
  const faint = [];
  for (const element of document.querySelectorAll("main *")) {
    const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!hasText || !element.checkVisibility()) continue;
    const [a, b] = [luminance(rgba(getComputedStyle(element).color)), luminance(background(element))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) faint.push(`${element.tagName} ${element.textContent.trim()}: ${contrast.toFixed(2)}`);
  }
  return faint;
})()"#;

async fn an_upload_is_cancelled(backend: &Backend) {
    let site = Site::start(backend, r#"max_size = "5 MiB""#).await;
    site.workspace.write("picture.png", vec![7; 4_000_000]);
    let browser = Browser::start().await;
    let tab = browser.open(&site.endpoint.url).await;
    tab.slow(200_000).await;
    tab.choose("#files", &[&site.workspace.path("picture.png")]).await;
    tab.wait_for("document.querySelector('.upload progress').value > 0").await;
    let note = tab.text("document.querySelector('.upload .note').textContent").await;
    assert!(note.contains("%") && note.contains("iB"), "{note}");
    tab.click(".upload .cancel").await;
    tab.wait_for(&format!("{FAILED} === 1")).await;
    assert_eq!(tab.text("document.querySelector('.upload .note').textContent").await, "Cancelled.");
    assert_eq!(site.keys().await, [""; 0]);

    tab.slow(-1).await;
    tab.click(".upload .again").await;
    tab.wait_for(&format!("{DONE} === 1")).await;
    tab.click("#clear").await;
    assert_eq!(tab.eval("document.querySelectorAll('.upload').length").await, json!(0));
    assert_no_complaints(&tab);
}

async fn who_uploads_is_asked_where_the_contract_asks(backend: &Backend) {
    let key = Workspace::empty().run(&["key", "new"]).await.exits(0).stdout;
    let sha256: String =
        Sha256::digest(key.trim()).iter().map(|byte| format!("{byte:02x}")).collect();
    let contract = format!(
        "max_size = \"1 MiB\"\nkey = \"uploads/{{subject}}/{{uuid}}.{{ext}}\"\n[[auth.keys]]\nid = \"ada\"\nsha256 = \"{sha256}\""
    );
    let site = Site::start(backend, &contract).await;
    site.workspace.write("notes.txt", "hello");
    let browser = Browser::start().await;
    let tab = browser.open(&site.endpoint.url).await;
    tab.choose("#files", &[&site.workspace.path("notes.txt")]).await;
    tab.wait_for(&format!("{FAILED} === 1 && document.activeElement.id === 'token'")).await;
    assert_eq!(site.keys().await, [""; 0]);
    let key = json!(key.trim());
    tab.eval(&format!("document.getElementById('token').value = {key}, null")).await;
    tab.press("Enter").await;
    tab.wait_for(&format!("{DONE} === 1")).await;
    let keys = site.keys().await;
    assert!(keys.len() == 1 && keys[0].starts_with("uploads/api-key=3Aada/"), "{keys:?}");
    assert_eq!(site.object(&keys[0]).await.1, b"hello");
    assert_no_complaints(&tab);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: run tests/all"]
async fn dev_shows_the_proof_of_what_it_runs() {
    let workspace = Workspace::empty();
    let mut dev = Dev::start(&workspace, &["--json", "--dir", "data"]);
    let ready = dev.json().await;
    let endpoint = text_of(&ready, "endpoint");
    let look = async || {
        crate::upload::http()
            .get(format!("{endpoint}/page/proof.json"))
            .send()
            .await
            .unwrap()
            .json::<serde_json::Value>()
            .await
            .unwrap()
    };
    assert_eq!(look().await["state"], "not_begun", "it is made before anybody looks at it");
    let foreign = crate::upload::http()
        .post(format!("{endpoint}/page/proof.json"))
        .header("Origin", "https://evil.example.com");
    assert_eq!(foreign.send().await.unwrap().status(), 403);

    let browser = Browser::start().await;
    let tab = browser.open(endpoint).await;
    tab.wait_for("document.getElementById('proof').getAttribute('aria-busy') === 'false'").await;
    let proof = look().await;
    assert_eq!(proof["state"], "ended", "{proof}");
    let probes = proof["probes"].as_array().unwrap();
    let held = probes.iter().filter(|probe| probe["outcome"] == "held").count();
    assert!(
        held > 30 && probes[0]["guardrail"] == "upload works" && probes[0]["outcome"] == "held",
        "{proof}"
    );
    let rows = tab.eval("[...document.querySelectorAll('#proof-table tbody tr')].map((row) => row.cells[0].textContent).sort()").await;
    let mut guardrails: Vec<&str> =
        probes.iter().map(|probe| probe["guardrail"].as_str().unwrap()).collect();
    guardrails.sort_unstable();
    assert_eq!(rows, json!(guardrails));

    tab.click("#outcomes .held").await;
    let shown = tab.eval("[...document.querySelectorAll('#proof-table tbody tr')].filter((row) => row.checkVisibility()).length").await;
    assert_eq!(shown, json!(held));
    tab.click("#prove").await;
    tab.wait_for("document.getElementById('proof').getAttribute('aria-busy') === 'true'").await;
    assert_no_complaints(&tab);

    // in the middle of it
    assert_eq!(dev.stop("-TERM").await.0, Some(0));
    let kept = std::fs::read_dir(workspace.path("data/backend/objects")).unwrap();
    let left: Vec<String> = kept
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with('.'))
        .collect();
    assert_eq!(left, [text_of(&ready, "bucket")], "the proof left buckets behind");
}
