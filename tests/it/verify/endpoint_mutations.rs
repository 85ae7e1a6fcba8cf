//! An endpoint that serves another contract than the one that is proven.

use crate::backend::{Backend, run};
use crate::workspace::Workspace;

use super::{applied, contract, outcomes};

async fn broken_with(change: impl FnOnce(String) -> String) -> Vec<String> {
    let backend = Backend::embedded().await;
    let (bucket, workspace) = applied(&backend, "endpoint", "").await;
    let other = Workspace::new(&backend, &change(contract(&backend, &bucket, "")));
    let endpoint = other.serve().await;
    let verified = workspace.run(&["verify", "--json", "--endpoint", &endpoint.url]).await.exits(2);
    outcomes(&verified.json()).into_iter().filter(|(_, outcome)| outcome == "broken").map(|(guardrail, _)| guardrail).collect()
}

#[test]
fn other_types() {
    run(async {
        assert_eq!(broken_with(|text| text.replace("\"image/*\", ", "\"image/*\", \"audio/*\", ")).await, ["endpoint: wrong type"])
    });
}

#[test]
fn larger_files() {
    run(async { assert_eq!(broken_with(|text| text.replace("1 MiB", "2 MiB")).await, ["endpoint: too large"]) });
}

#[test]
fn no_size() {
    let compatible = |text: String| text.replace("[upload]", "[upload]\n        mode = \"compatible\"");
    run(async { assert_eq!(broken_with(compatible).await, ["endpoint: missing size"]) });
}

#[test]
fn other_origins() {
    let wide = |text: String| text.replace("https://app.example.com", "*").replace("[upload]", "[upload]\n        allow_any_origin = true");
    run(async { assert_eq!(broken_with(wide).await, ["endpoint: foreign origin"]) });
}

#[test]
fn other_types_only() {
    let narrow = |text: String| text.replace("\"image/*\", ", "");
    run(async { assert_eq!(broken_with(narrow).await, ["endpoint: grants an allowed upload"]) });
}
