//! An endpoint that serves another contract than the one that is proven.

use crate::auth::new_key;
use crate::backend::{Backend, run};
use crate::workspace::{Workspace, free_address};

use super::{DOWNLOADS, applied, contract, outcomes};

async fn broken_with(change: impl FnOnce(String) -> String) -> Vec<String> {
    broken_of("", change).await
}

async fn broken_of(upload: &str, change: impl FnOnce(String) -> String) -> Vec<String> {
    let backend = Backend::embedded().await;
    let (bucket, workspace) = applied(&backend, "endpoint", upload).await;
    let other = Workspace::new(&backend, &change(contract(&backend, &bucket, upload)));
    let endpoint = other.serve().await;
    let verified = workspace.run(&["verify", "--json", "--endpoint", &endpoint.url]).await.exits(2);
    outcomes(&verified.json())
        .into_iter()
        .filter(|(_, outcome)| outcome == "broken")
        .map(|(guardrail, _)| guardrail)
        .collect()
}

#[test]
fn other_types() {
    run(async {
        assert_eq!(
            broken_with(|text| text.replace("\"image/*\", ", "\"image/*\", \"audio/*\", ")).await,
            ["endpoint: wrong type"]
        )
    });
}

#[test]
fn larger_files() {
    run(async {
        assert_eq!(
            broken_with(|text| text.replace("1 MiB", "2 MiB")).await,
            ["endpoint: too large"]
        )
    });
}

/// The same by the routes of forms and parts.
#[test]
fn forms_and_parts() {
    run(async {
        let more_types = |text: String| text.replace("\"image/*\", ", "\"image/*\", \"audio/*\", ");
        let broken = broken_of("mode = \"compatible\"\n        form = true", more_types).await;
        assert_eq!(broken, ["endpoint: form of a wrong type", "endpoint: wrong type"]);
        let broken = broken_of("multipart = true", |text| text.replace("1 MiB", "2 MiB")).await;
        assert_eq!(broken, ["endpoint: parts of what is too large", "endpoint: too large"]);
    });
}

#[test]
fn no_confirming() {
    run(async {
        let broken = broken_of("confirm = true", |text| text.replace("confirm = true", "")).await;
        assert_eq!(broken, ["endpoint: confirming what never arrived"]);
    });
}

#[test]
fn no_size() {
    let compatible =
        |text: String| text.replace("[upload]", "[upload]\n        mode = \"compatible\"");
    run(async { assert_eq!(broken_with(compatible).await, ["endpoint: missing size"]) });
}

#[test]
fn other_origins() {
    let wide = |text: String| {
        text.replace("https://app.example.com", "*")
            .replace("[upload]", "[upload]\n        allow_any_origin = true")
    };
    run(async { assert_eq!(broken_with(wide).await, ["endpoint: foreign origin"]) });
}

#[test]
fn downloads_under_another_prefix() {
    run(async {
        let backend = Backend::embedded().await;
        let (bucket, workspace) = applied(&backend, "endpoint", DOWNLOADS).await;
        let elsewhere = format!("key = \"gatepass-verify/{{date}}/{{uuid}}.{{ext}}\"\n{DOWNLOADS}");
        let endpoint =
            Workspace::new(&backend, &contract(&backend, &bucket, &elsewhere)).serve().await;
        let verified =
            workspace.run(&["verify", "--json", "--endpoint", &endpoint.url]).await.exits(2);
        let broken =
            outcomes(&verified.json()).into_iter().filter(|(_, outcome)| outcome == "broken");
        assert_eq!(
            broken.map(|(guardrail, _)| guardrail).collect::<Vec<_>>(),
            ["endpoint: download of another key"]
        );
    });
}

#[test]
fn other_types_only() {
    let narrow = |text: String| text.replace("\"image/*\", ", "");
    run(async { assert_eq!(broken_with(narrow).await, ["endpoint: grants an allowed upload"]) });
}

/// The endpoint asks nobody, and the contract has it ask.
#[test]
fn nobody_is_asked() {
    run(async {
        let backend = Backend::embedded().await;
        let (bucket, _) = applied(&backend, "asks", "").await;
        let open = Workspace::new(&backend, &contract(&backend, &bucket, ""));
        let endpoint = open.serve().await;
        let (key, lines) = new_key("app").await;
        let mut asking =
            Workspace::new(&backend, &format!("{}\n{lines}", contract(&backend, &bucket, "")));
        asking.set("GATEPASS_TOKEN", &key);
        let verified =
            asking.run(&["verify", "--json", "--endpoint", &endpoint.url]).await.exits(2);
        let broken =
            outcomes(&verified.json()).into_iter().filter(|(_, outcome)| outcome == "broken");
        assert_eq!(
            broken.map(|(guardrail, _)| guardrail).collect::<Vec<_>>(),
            ["endpoint: no credentials"]
        );
    });
}

/// Where nothing answers, nothing is proven, and that is not passed over.
#[test]
fn nothing_is_there() {
    run(async {
        let backend = Backend::embedded().await;
        let (bucket, workspace) = applied(&backend, "nothing", "").await;
        // the same where it is not said who asks
        let (_, lines) = new_key("app").await;
        let asking =
            Workspace::new(&backend, &format!("{}\n{lines}", contract(&backend, &bucket, "")));
        let nowhere = format!("http://{}", free_address().await);
        for workspace in [workspace, asking] {
            let proof =
                workspace.run(&["verify", "--json", "--endpoint", &nowhere]).await.exits(2).json();
            let probes = proof["probes"].as_array().unwrap().iter();
            let broken: Vec<_> = probes.filter(|probe| probe["outcome"] == "broken").collect();
            assert_eq!(broken.len(), 1, "{broken:?}");
            assert_eq!(broken[0]["guardrail"], "endpoint: grants an allowed upload");
            assert!(broken[0]["detail"].as_str().unwrap().starts_with("no answer: "), "{broken:?}");
        }
    });
}

#[tokio::test]
async fn what_is_no_endpoints_address_is_said() {
    for (url, problem) in [
        ("ftp://x", "its scheme is \"ftp\""),
        ("localhost:8080", "its scheme is \"localhost\""),
        ("x", "relative URL"),
    ] {
        let refused = Workspace::empty().run(&["verify", "--endpoint", url]).await.exits(1);
        assert!(
            refused.stderr.contains(&format!("'{url}' for '--endpoint <URL>': {problem}")),
            "{}",
            refused.stderr
        );
        assert!(refused.stderr.contains("write e.g. http://127.0.0.1:8080"), "{}", refused.stderr);
    }
}
