//! The proof by HTTPS, and what a backend gives away that takes less.

use std::net::SocketAddr;

use aws_sdk_s3::types::{
    BlockedEncryptionTypes, EncryptionType, ServerSideEncryption, ServerSideEncryptionByDefault,
    ServerSideEncryptionConfiguration, ServerSideEncryptionRule,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use crate::backend::{Backend, run};
use crate::workspace::Workspace;

use super::bucket_mutations::drop_statement;
use super::{changed_by, contract, scratch_things};

/// The contract's endpoint by HTTPS at this address, and applied.
async fn applied_by_https(backend: &Backend, address: &str) -> (String, Workspace) {
    let bucket = backend.unique_bucket("https");
    let text = contract(backend, &bucket, "")
        .replace(&format!("\"{}\"", backend.endpoint), &format!("\"https://{address}\""));
    let text = format!("{text}\nca_certificate = {:?}\n", backend.ca_certificate().unwrap());
    let workspace = Workspace::new(backend, &text);
    workspace.run(&["apply", "--yes"]).await.exits(0);
    (bucket, workspace)
}

fn address(backend: &Backend) -> &str {
    backend.endpoint.strip_prefix("http://").unwrap()
}

#[test]
fn strict_proof() {
    run(async {
        let backend = Backend::embedded().await;
        let (bucket, workspace) = applied_by_https(&backend, address(&backend)).await;
        let table = workspace.run(&["verify"]).await.exits(0).stdout.replace(&bucket, "BUCKET");
        insta::assert_snapshot!(table, @r#"
            GUARDRAIL                                ENFORCED BY    OUTCOME       DETAIL
            upload works                             signature      held          63 bytes of image/png arrived, signed by the role BUCKET-presigner
            expired                                  signature      held          403 AccessDenied
            tampered signature                       signature      held          403 SignatureDoesNotMatch
            other key                                signature      held          403 SignatureDoesNotMatch
            other method                             signature      held          403 SignatureDoesNotMatch
            wrong type                               signature      held          403 SignatureDoesNotMatch
            missing type                             signature      held          403 SignatureDoesNotMatch
            longer                                   signature      held          403 SignatureDoesNotMatch
            shorter                                  signature      held          403 SignatureDoesNotMatch
            changed content under a signed checksum  signature      held          400 BadDigest
            second upload                            signature      held          412 PreconditionFailed
            signature older than the policy's limit  bucket policy  held          403 AccessDenied
            SigV2                                    bucket policy  held          400 InvalidRequest
            SSE-C                                    bucket policy  held          403 AccessDenied
            foreign encryption                       bucket policy  held          403 AccessDenied
            role: write another extension            bucket policy  held          403 AccessDenied
            role: write without if-none-match        bucket policy  held          403 AccessDenied
            plain HTTP                               bucket policy  held          403 AccessDenied
            old TLS                                  bucket policy  held          TLS alert 40
            widened role: other than uploads         bucket policy  held          403 AccessDenied
            widened role: outside its prefix         bucket policy  held          403 AccessDenied
            role: read                               role           held          403 AccessDenied
            role: delete                             role           held          403 AccessDenied
            role: list                               role           held          403 AccessDenied
            role: write outside its prefix           role           held          403 AccessDenied
            role: change the bucket policy           role           held          403 AccessDenied
            role: change CORS                        role           held          403 AccessDenied
            wrong origin's preflight                 CORS           held          403 AccessForbidden
            right origin's preflight                 CORS           held          allowed with PUT and content-type, if-none-match, x-amz-checksum-sha256
            ETag readable                            CORS           held          exposed to pages of the right origin
            anonymous read                           bucket         held          403 AccessDenied
            anonymous write                          bucket         held          403 AccessDenied
            anonymous list                           bucket         held          403 AccessDenied
            public access block                      bucket         held          as observed: BlockPublicAcls true, IgnorePublicAcls true, BlockPublicPolicy true, RestrictPublicBuckets true
            ownership                                bucket         held          as observed: BucketOwnerEnforced
            encryption                               bucket         held          as observed: SSEAlgorithm AES256

            36 held, 0 broken, 0 not enforced by this backend, 0 not tested
        "#);
        // by plain HTTP, which this test looks with, nothing can be seen: an empty bucket can be removed, and no other
        workspace.run(&["destroy", "--yes"]).await.exits(0);
        assert_eq!(scratch_things(&backend).await, Vec::<String>::new());
    });
}

async fn changed_without(sid: &str) -> Vec<String> {
    let backend = Backend::embedded().await;
    let (bucket, workspace) = applied_by_https(&backend, address(&backend)).await;
    changed_by(&workspace, &[], async || drop_statement(&backend, &bucket, sid).await).await
}

#[test]
fn plain_http_is_let_in() {
    run(async {
        assert_eq!(changed_without("GatepassDenyInsecureTransport").await, ["plain HTTP: broken"])
    });
}

/// S3 itself takes no customer's key in a new bucket, whatever the bucket policy says.
#[test]
fn a_customers_key_is_not_taken_by_a_new_bucket() {
    run(async { assert_eq!(changed_without("GatepassDenySseC").await, [] as [&str; 0]) });
}

async fn blocked_encryption_types(s3: &aws_sdk_s3::Client, bucket: &str) -> Vec<EncryptionType> {
    let encryption = s3.get_bucket_encryption().bucket(bucket).send().await.unwrap();
    let rules = encryption.server_side_encryption_configuration().unwrap().rules();
    rules[0].blocked_encryption_types().unwrap().encryption_type().to_vec()
}

/// Where somebody unblocked SSE-C, only the bucket policy refuses it; and applying the contract leaves that as it is.
#[test]
fn a_customers_key_is_taken() {
    run(async {
        let backend = Backend::embedded().await;
        let (bucket, workspace) = applied_by_https(&backend, address(&backend)).await;
        let s3 = backend.s3_by_https();
        assert_eq!(blocked_encryption_types(&s3, &bucket).await, [EncryptionType::SseC]);
        let unblocked =
            BlockedEncryptionTypes::builder().encryption_type(EncryptionType::None).build();
        let by_default = ServerSideEncryptionByDefault::builder()
            .sse_algorithm(ServerSideEncryption::AwsKms)
            .build()
            .unwrap();
        let rule = ServerSideEncryptionRule::builder()
            .apply_server_side_encryption_by_default(by_default)
            .blocked_encryption_types(unblocked)
            .build();
        let encryption = ServerSideEncryptionConfiguration::builder().rules(rule).build().unwrap();
        s3.put_bucket_encryption()
            .bucket(&bucket)
            .server_side_encryption_configuration(encryption)
            .send()
            .await
            .unwrap();
        workspace.run(&["apply", "--yes"]).await.exits(0);
        assert_eq!(blocked_encryption_types(&s3, &bucket).await, [EncryptionType::None]);
        let changed = changed_by(&workspace, &[], async || {
            drop_statement(&backend, &bucket, "GatepassDenySseC").await
        })
        .await;
        assert_eq!(changed, ["SSE-C: broken"]);
    });
}

/// This backend speaks no TLS below 1.2, whatever the bucket policy says, and neither does AWS.
#[test]
fn old_tls_is_not_spoken() {
    run(async { assert_eq!(changed_without("GatepassDenyTlsBelow12").await, [] as [&str; 0]) });
}

/// Stands in front of a backend and takes TLS 1.1 itself.
async fn with_old_tls(backend: SocketAddr) -> SocketAddr {
    const CLIENT_HELLO_OF_TLS_1_1: ([u8; 2], usize) = ([3, 2], 9);
    const SERVER_HELLO: [u8; 7] = [22, 3, 2, 0, 80, 2, 0];
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (version, place) = CLIENT_HELLO_OF_TLS_1_1;
                let mut hello = [0; 11];
                while client
                    .peek(&mut hello)
                    .await
                    .is_ok_and(|seen| (1..hello.len()).contains(&seen))
                {
                    tokio::task::yield_now().await;
                }
                if hello[0] == 22 && hello[place..] == version {
                    client.write_all(&SERVER_HELLO).await.unwrap();
                    let mut rest = Vec::new();
                    // the client goes away, with or without a farewell
                    let _ = client.read_to_end(&mut rest).await;
                } else if let Ok(mut server) = TcpStream::connect(backend).await {
                    let _ = copy_bidirectional(&mut client, &mut server).await;
                }
            });
        }
    });
    address
}

#[test]
fn old_tls_is_taken() {
    run(async {
        let backend = Backend::embedded().await;
        let front = with_old_tls(address(&backend).parse().unwrap()).await.to_string();
        let (_, workspace) = applied_by_https(&backend, &front).await;
        let verified = workspace.run(&["verify", "--json"]).await.exits(2);
        let broken: Vec<String> = super::outcomes(&verified.json())
            .into_iter()
            .filter(|(_, outcome)| outcome == "broken")
            .map(|(guardrail, _)| guardrail)
            .collect();
        assert_eq!(broken, ["old TLS"]);
    });
}
