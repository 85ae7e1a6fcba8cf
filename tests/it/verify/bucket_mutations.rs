//! Each guardrail of the bucket is removed by hand, and exactly its row breaks.

use aws_sdk_s3::types::{
    CorsConfiguration, CorsRule, ObjectOwnership, OwnershipControls, OwnershipControlsRule,
    ServerSideEncryption, ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration,
    ServerSideEncryptionRule,
};
use serde_json::{Value, json};

use crate::backend::{Backend, run};
use crate::workspace::Workspace;

use super::{DOWNLOADS, applied, assert_nothing_left, changed_by, contract};

/// Keys without an extension: the extensions' statement covers for that of the prefix.
const NO_EXTENSION: &str = "key = \"uploads/{uuid}\"";
const NO_EXTENSION_AND_DOWNLOADS: &str = "key = \"uploads/{uuid}\"\n[download]";

async fn changed(upload: &str, mutation: impl AsyncFnOnce(&Backend, &str)) -> Vec<String> {
    let backend = Backend::embedded().await;
    let (bucket, workspace) = applied(&backend, "mutated", upload).await;
    let changed = changed_by(&workspace, &[], async || mutation(&backend, &bucket).await).await;
    assert_nothing_left(&backend, &bucket).await;
    changed
}

async fn change_bucket_policy(
    backend: &Backend,
    bucket: &str,
    change: impl FnOnce(&mut Vec<Value>),
) {
    let s3 = backend.s3_by_https();
    let text = s3.get_bucket_policy().bucket(bucket).send().await.unwrap().policy.unwrap();
    let mut policy: Value = serde_json::from_str(&text).unwrap();
    change(policy["Statement"].as_array_mut().unwrap());
    s3.put_bucket_policy().bucket(bucket).policy(policy.to_string()).send().await.unwrap();
}

pub(super) async fn drop_statement(backend: &Backend, bucket: &str, sid: &str) {
    change_bucket_policy(backend, bucket, |statements| {
        let before = statements.len();
        statements.retain(|statement| statement["Sid"] != sid);
        assert_eq!(statements.len(), before - 1, "{sid}");
    })
    .await;
}

/// Without one statement of the bucket policy.
async fn changed_without(upload: &str, sid: &str) -> Vec<String> {
    changed(upload, async |backend: &Backend, bucket: &str| {
        drop_statement(backend, bucket, sid).await
    })
    .await
}

macro_rules! dropped_statements {
    ($($test:ident: $sid:literal, $upload:expr => $changed:expr;)+) => {
        $(
            #[test]
            fn $test() {
                run(async { assert_eq!(changed_without($upload, $sid).await, $changed as &[&str]) });
            }
        )+
    };
}

dropped_statements! {
    old_signatures: "GatepassDenyOldSignatures", "" => &["signature older than the policy's limit: broken"];
    other_encryption: "GatepassDenyOtherEncryption", "" => &["foreign encryption: broken"];
    only_extensions: "GatepassPresignerOnlyExtensions", "" => &["role: write another extension: broken"];
    write_once: "GatepassPresignerWriteOnce", "" => &["role: write without if-none-match: broken"];
    write_once_by_parts: "GatepassPresignerWriteOnce", "multipart = true" => &[
        "role: complete without if-none-match: broken",
        "role: write without if-none-match: broken"
    ];
    only_upload_actions: "GatepassPresignerOnlyUploadActions", "" => &["widened role: other than uploads: broken"];
    only_prefix: "GatepassPresignerOnlyPrefix", NO_EXTENSION => &["widened role: outside its prefix: broken"];
    only_upload_and_download_actions: "GatepassPresignerOnlyUploadActions", DOWNLOADS => &["widened role: other than uploads: broken"];
    only_prefix_for_downloads: "GatepassPresignerOnlyPrefix", NO_EXTENSION_AND_DOWNLOADS => &["widened role: outside its prefix: broken"];
    // buckets made since June 2020 take no SigV2 anyway
    signature_v2_in_a_new_bucket: "GatepassDenySignatureV2", "" => &[];
}

#[test]
fn signature_v2_in_an_old_bucket() {
    run(async {
        let backend = Backend::embedded_in("eu-west-1").await;
        let (bucket, workspace) = applied(&backend, "old", "").await;
        let backend = backend.with_old_bucket(&bucket).await;
        let proof = workspace.run(&["verify", "--json"]).await.exits(0).json();
        let row = proof["probes"]
            .as_array()
            .unwrap()
            .iter()
            .find(|probe| probe["guardrail"] == "SigV2")
            .unwrap();
        assert_eq!(
            (row["outcome"].as_str(), row["detail"].as_str()),
            (Some("held"), Some("403 AccessDenied"))
        );
        let changed = changed_by(&workspace, &[], async || {
            drop_statement(&backend, &bucket, "GatepassDenySignatureV2").await
        })
        .await;
        assert_eq!(changed, ["SigV2: broken"]);
    });
}

/// The embedded backend asks no KMS, so that what its keys would refuse besides is not seen here.
#[test]
fn other_kms_key() {
    run(async {
        let backend = Backend::embedded().await;
        let bucket = backend.unique_bucket("kms");
        let key = format!(
            "arn:aws:kms:{}:{}:key/0b7a3c1e-5d2f-4a68-9c41-7e8f90ab12cd",
            backend.region, backend.account_id
        );
        let encrypted = format!("[bucket]\nencryption = \"aws:kms\"\nkms_key_arn = \"{key}\"");
        let workspace = Workspace::new(
            &backend,
            &contract(&backend, &bucket, "").replace("[bucket]", &encrypted),
        );
        workspace.run(&["apply", "--yes"]).await.exits(0);
        let changed = changed_by(&workspace, &[], async || {
            drop_statement(&backend, &bucket, "GatepassDenyOtherKmsKey").await
        })
        .await;
        assert_eq!(changed, ["foreign KMS key: broken"]);
    });
}

async fn changed_with_cors(
    change: impl FnOnce(
        aws_sdk_s3::types::builders::CorsRuleBuilder,
    ) -> aws_sdk_s3::types::builders::CorsRuleBuilder,
) -> Vec<String> {
    changed("", async |backend: &Backend, bucket: &str| {
        let s3 = backend.s3();
        let rules = s3.get_bucket_cors().bucket(bucket).send().await.unwrap().cors_rules.unwrap();
        let [rule]: [CorsRule; 1] = rules.try_into().unwrap();
        let builder = CorsRule::builder()
            .set_allowed_origins(Some(rule.allowed_origins))
            .set_allowed_methods(Some(rule.allowed_methods))
            .set_allowed_headers(rule.allowed_headers)
            .set_expose_headers(rule.expose_headers);
        let rules = CorsConfiguration::builder()
            .cors_rules(change(builder).build().unwrap())
            .build()
            .unwrap();
        s3.put_bucket_cors().bucket(bucket).cors_configuration(rules).send().await.unwrap();
    })
    .await
}

#[test]
fn any_origin() {
    run(async {
        assert_eq!(
            changed_with_cors(|rule| rule.allowed_origins("*")).await,
            ["wrong origin's preflight: broken"]
        )
    });
}

#[test]
fn a_header_that_is_not_allowed() {
    let without = |rule: aws_sdk_s3::types::builders::CorsRuleBuilder| {
        rule.set_allowed_headers(Some(vec!["content-type".to_owned()]))
    };
    run(async {
        assert_eq!(changed_with_cors(without).await, ["right origin's preflight: broken"])
    });
}

#[test]
fn a_header_that_is_not_exposed() {
    run(async {
        assert_eq!(
            changed_with_cors(|rule| rule.set_expose_headers(None)).await,
            ["ETag readable: broken"]
        )
    });
}

/// The public access block has to go as well, for it refuses such a bucket policy.
async fn changed_by_opening(action: &str, what: &str) -> Vec<String> {
    changed("", async |backend: &Backend, bucket: &str| {
        backend.s3().delete_public_access_block().bucket(bucket).send().await.unwrap();
        change_bucket_policy(backend, bucket, |statements| {
            statements
                .push(json!({"Effect": "Allow", "Principal": "*", "Action": action, "Resource": format!("arn:aws:s3:::{bucket}{what}")}));
        })
        .await;
    })
    .await
}

#[test]
fn open_to_anybody() {
    run(async {
        let block = "public access block: broken";
        assert_eq!(
            changed_by_opening("s3:GetObject", "/*").await,
            ["anonymous read: broken", block]
        );
        assert_eq!(
            changed_by_opening("s3:PutObject", "/*").await,
            ["anonymous write: broken", block]
        );
        assert_eq!(
            changed_by_opening("s3:ListBucket", "").await,
            ["anonymous list: broken", block]
        );
    });
}

#[test]
fn no_public_access_block() {
    let mutation = async |backend: &Backend, bucket: &str| {
        backend.s3().delete_public_access_block().bucket(bucket).send().await.unwrap();
    };
    run(async { assert_eq!(changed("", mutation).await, ["public access block: broken"]) });
}

#[test]
fn objects_that_their_writers_own() {
    let mutation = async |backend: &Backend, bucket: &str| {
        let rule = OwnershipControlsRule::builder()
            .object_ownership(ObjectOwnership::ObjectWriter)
            .build()
            .unwrap();
        let controls = OwnershipControls::builder().rules(rule).build().unwrap();
        backend
            .s3()
            .put_bucket_ownership_controls()
            .bucket(bucket)
            .ownership_controls(controls)
            .send()
            .await
            .unwrap();
    };
    run(async { assert_eq!(changed("", mutation).await, ["ownership: broken"]) });
}

async fn encrypt(
    backend: &Backend,
    bucket: &str,
    algorithm: ServerSideEncryption,
    bucket_key: bool,
) {
    let default =
        ServerSideEncryptionByDefault::builder().sse_algorithm(algorithm).build().unwrap();
    let rule = ServerSideEncryptionRule::builder()
        .apply_server_side_encryption_by_default(default)
        .bucket_key_enabled(bucket_key)
        .build();
    let configuration = ServerSideEncryptionConfiguration::builder().rules(rule).build().unwrap();
    backend
        .s3()
        .put_bucket_encryption()
        .bucket(bucket)
        .server_side_encryption_configuration(configuration)
        .send()
        .await
        .unwrap();
}

#[test]
fn another_default_encryption() {
    let mutation = async |backend: &Backend, bucket: &str| {
        encrypt(backend, bucket, ServerSideEncryption::AwsKms, false).await
    };
    run(async {
        let backend = Backend::embedded().await;
        let bucket = backend.unique_bucket("mutated");
        let stated = contract(&backend, &bucket, "")
            .replace("[upload]", "encryption = \"AES256\"\n[upload]");
        let workspace = Workspace::new(&backend, &stated);
        workspace.run(&["apply", "--yes"]).await.exits(0);
        assert_eq!(
            changed_by(&workspace, &[], async || mutation(&backend, &bucket).await).await,
            ["encryption: broken"]
        );
        // what the contract does not state is not its promise
        assert_eq!(changed("", mutation).await, [] as [&str; 0]);
    });
}

/// The contract states no more of an encryption than its algorithm and its key.
#[test]
fn another_setting_of_the_same_encryption_is_not_the_contracts() {
    let mutation = async |backend: &Backend, bucket: &str| {
        encrypt(backend, bucket, ServerSideEncryption::Aes256, true).await
    };
    run(async { assert_eq!(changed("", mutation).await, [] as [&str; 0]) });
}
