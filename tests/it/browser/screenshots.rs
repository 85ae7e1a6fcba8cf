//! What the page of `gatepass dev` looks like: pictures for people, in `target/tmp/screenshots/`.

use std::path::Path;

use serde_json::json;

use super::{Browser, Tab};
use crate::dev::{Dev, text_of};
use crate::workspace::Workspace;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: run tests/all"]
async fn the_page_is_itself_wide_and_narrow_light_and_dark() {
    let workspace = Workspace::empty();
    workspace.write("holiday.jpg", vec![7; 2_400_000]);
    workspace.write("interview.mp4", vec![7; 24_000_000]);
    workspace.write("page.html", "<p>hello</p>");
    let mut dev = Dev::start(&workspace, &["--json"]);
    let ready = dev.json().await;
    let browser = Browser::start().await;
    let tab = browser.open(text_of(&ready, "endpoint")).await;

    tab.wait_for("document.getElementById('proof').getAttribute('aria-busy') === 'false'").await;
    for file in ["holiday.jpg", "page.html"] {
        tab.choose("#files", &[&workspace.path(file)]).await;
        tab.wait_for("[...document.querySelectorAll('.upload')].every(({ dataset }) => ['done', 'failed'].includes(dataset.state))").await;
    }
    tab.slow(2_000_000).await;
    tab.choose("#files", &[&workspace.path("interview.mp4")]).await;
    tab.wait_for("document.querySelector('[data-state=sending] progress')?.value > 0.3").await;
    take(&tab, "wide-light", (1000, 1220, "light"), "header").await;
    take(&tab, "narrow-light", (390, 844, "light"), "header").await;
    take(&tab, "narrow-dark", (390, 844, "dark"), "#uploads-section").await;
    take(&tab, "proof-narrow-dark", (390, 844, "dark"), "#proof").await;
    tab.eval("document.querySelector('[data-state=done] details').open = true").await;
    take(&tab, "signed-wide-dark", (1000, 760, "dark"), "[data-state=done]").await;
    assert_eq!(tab.complaints(), [""; 0]);
}

async fn take(tab: &Tab, name: &str, (width, height, scheme): (u32, u32, &str), from: &str) {
    tab.look(width, height, scheme).await;
    assert_eq!(
        tab.eval("document.documentElement.scrollWidth").await,
        json!(width),
        "{name}: it is wider than its window"
    );
    tab.eval(&format!("document.querySelector('{from}').scrollIntoView(), scrollBy(0, -24)")).await;
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("screenshots");
    std::fs::create_dir_all(&directory).unwrap();
    std::fs::write(directory.join(format!("{name}.png")), tab.screenshot().await).unwrap();
}
