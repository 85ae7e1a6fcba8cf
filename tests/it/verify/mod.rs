//! `gatepass verify`: whole proofs, guardrails removed by hand, and what is left of a run.

mod bare_store;
mod bucket_mutations;
mod cleanup;
mod endpoint_mutations;
mod rights;
mod role_mutations;
mod signature_mutations;
mod tables;
mod transport;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::backend::{Backend, Kind};
use crate::workspace::Workspace;

/// What turns downloads on, after what stands under `[upload]`.
const DOWNLOADS: &str = "[download]";

fn contract(backend: &Backend, bucket: &str, upload: &str) -> String {
    format!(
        r#"
        [bucket]
        name = "{bucket}"
        region = "{region}"

        [upload]
        content_types = ["image/*", "application/pdf"]
        max_size = "1 MiB"
        allowed_origins = ["https://app.example.com"]
        {upload}

        [[role.trust]]
        principal = "account"

        [endpoint]
        url = "{endpoint}"
        "#,
        region = backend.region,
        endpoint = backend.endpoint,
    )
}

async fn applied(backend: &Backend, what: &str, upload: &str) -> (String, Workspace) {
    let bucket = backend.unique_bucket(what);
    let workspace = Workspace::new(backend, &contract(backend, &bucket, upload));
    workspace.run(&["apply", "--yes"]).await.exits(0);
    (bucket, workspace)
}

/// Guardrail to outcome.
fn outcomes(proof: &Value) -> BTreeMap<String, String> {
    let text = |probe: &Value, field: &str| probe[field].as_str().unwrap().to_owned();
    proof["probes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|probe| (text(probe, "guardrail"), text(probe, "outcome")))
        .collect()
}

/// What is otherwise than in a proof where everything holds: `guardrail: outcome`.
///
/// Proves once before and once after the mutation.
async fn changed_by(
    workspace: &Workspace,
    arguments: &[&str],
    mutation: impl AsyncFnOnce(),
) -> Vec<String> {
    let arguments: Vec<&str> = ["verify", "--json"].iter().chain(arguments).copied().collect();
    let before = outcomes(&workspace.run(&arguments).await.exits(0).json());
    mutation().await;
    let verified = workspace.run(&arguments).await;
    let after = outcomes(&verified.json());
    assert_eq!(
        verified.code,
        Some(if after.values().any(|outcome| outcome == "broken") { 2 } else { 0 }),
        "{after:?}"
    );
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    after
        .iter()
        .filter(|(guardrail, outcome)| before[*guardrail] != **outcome)
        .map(|(guardrail, outcome)| format!("{guardrail}: {outcome}"))
        .collect()
}

/// Nothing of a run is left: no object, no upload, no scratch bucket or role, no policy on the presigner role.
async fn assert_nothing_left(backend: &Backend, bucket: &str) {
    let s3 = backend.s3();
    let versions = s3.list_object_versions().bucket(bucket).send().await.unwrap();
    assert!(versions.versions().is_empty() && versions.delete_markers().is_empty(), "{versions:?}");
    let uploads = s3.list_multipart_uploads().bucket(bucket).send().await.unwrap();
    assert!(uploads.uploads().is_empty(), "{uploads:?}");
    let policies = backend
        .iam()
        .list_role_policies()
        .role_name(format!("{bucket}-presigner"))
        .send()
        .await
        .unwrap();
    assert_eq!(policies.policy_names(), ["gatepass-upload"]);
    // on a LocalStack that others share, there may be those of their runs
    if backend.kind == Kind::Embedded {
        assert_eq!(scratch_things(backend).await, Vec::<String>::new());
    }
}

async fn scratch_things(backend: &Backend) -> Vec<String> {
    let buckets = backend.s3().list_buckets().send().await.unwrap();
    let roles = backend.iam().list_roles().send().await.unwrap();
    let names = buckets
        .buckets()
        .iter()
        .filter_map(|bucket| bucket.name())
        .chain(roles.roles().iter().map(|role| role.role_name()));
    names.filter(|name| name.starts_with("gatepass-verify-")).map(str::to_owned).collect()
}
