//! A store that has S3's objects and nothing else: no bucket policies, no CORS rules, no IAM, no STS.

use std::net::SocketAddr;
use std::path::Path;

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use tokio::net::TcpListener;

use super::outcomes;
use crate::workspace::Workspace;

const ACCESS_KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET_ACCESS_KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// Serves what is in a directory.
async fn serve(directory: &Path) -> SocketAddr {
    let mut builder = S3ServiceBuilder::new(s3s_fs::FileSystem::new(directory).unwrap());
    builder.set_auth(SimpleAuth::from_single(ACCESS_KEY_ID, SECRET_ACCESS_KEY));
    let service = builder.build();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let service = service.clone();
            tokio::spawn(async move {
                let builder = auto::Builder::new(TokioExecutor::new()).http1_only();
                builder
                    .serve_connection(TokioIo::new(stream), service)
                    .await
                    .map_err(|error| error.to_string())
            });
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn what_it_lacks_is_not_told_as_broken() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("acme-uploads")).unwrap();
    let address = serve(directory.path()).await;
    let mut workspace = Workspace::empty();
    workspace.set("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID);
    workspace.set("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY);
    workspace.write(
        "gatepass.toml",
        format!(
            r#"
            [bucket]
            name = "acme-uploads"
            region = "us-east-1"
            [upload]
            content_types = ["image/*"]
            max_size = "1 MiB"
            allowed_origins = ["https://app.example.com"]
            [[role.trust]]
            principal = "account"
            [endpoint]
            url = "http://{address}"
            "#
        ),
    );
    let refused = workspace.run(&["verify"]).await.exits(1).stderr;
    assert!(
        refused.contains("is it a store without STS? then write account_id into the contract"),
        "{refused}"
    );

    let proof =
        workspace.run(&["verify", "--json", "--account-id", "111122223333"]).await.exits(0).json();
    let told: Vec<String> = outcomes(&proof)
        .iter()
        .map(|(guardrail, outcome)| format!("{guardrail}: {outcome}"))
        .collect();
    insta::assert_snapshot!(told.join("\n"), @"
    ETag readable: not_enforced
    SSE-C: not_enforced
    SigV2: not_enforced
    anonymous list: held
    anonymous read: held
    anonymous write: held
    changed content under a signed checksum: held
    encryption: not_enforced
    expired: held
    foreign encryption: not_enforced
    longer: held
    missing type: held
    old TLS: not_tested
    other key: held
    other method: held
    ownership: not_enforced
    plain HTTP: not_tested
    public access block: not_enforced
    right origin's preflight: not_enforced
    role: change CORS: not_tested
    role: change the bucket policy: not_tested
    role: delete: not_tested
    role: list: not_tested
    role: read: not_tested
    role: write another extension: not_tested
    role: write outside its prefix: not_tested
    role: write without if-none-match: not_tested
    second upload: held
    shorter: held
    signature older than the policy's limit: not_enforced
    tampered signature: held
    upload works: held
    widened role: other than uploads: not_tested
    widened role: outside its prefix: not_tested
    wrong origin's preflight: held
    wrong type: held
    ");
    let lacks = |guardrail: &str, what: &str| {
        let probe = proof["probes"]
            .as_array()
            .unwrap()
            .iter()
            .find(|probe| probe["guardrail"] == guardrail)
            .unwrap();
        assert!(probe["detail"].as_str().unwrap().ends_with(what), "{probe}");
    };
    lacks("SSE-C", "; this backend has no bucket policies");
    lacks("right origin's preflight", "; this backend has no CORS rules");
    lacks("encryption", "this backend does not know the setting");
}
