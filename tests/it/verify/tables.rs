//! Whole proofs.

use crate::backend::{Backend, Kind, on_every_backend};
use crate::proxy::Proxy;
use crate::workspace::Workspace;

use super::{DOWNLOADS, applied, assert_nothing_left, outcomes};

on_every_backend!(
    strict_proof,
    compatible_proof,
    proof_of_parts,
    proof_of_forms,
    proof_of_downloads,
    the_role_can_be_left_alone,
    nothing_works_without_a_bucket
);

/// The table, with the bucket's name as `BUCKET`.
async fn table(workspace: &Workspace, bucket: &str, arguments: &[&str]) -> String {
    let arguments: Vec<&str> = ["verify"].iter().chain(arguments).copied().collect();
    workspace.run(&arguments).await.exits(0).stdout.replace(bucket, "BUCKET")
}

async fn strict_proof(backend: &Backend) {
    let (bucket, workspace) = applied(backend, "proof", "").await;
    let endpoint = workspace.serve().await;
    let table =
        table(&workspace, &bucket, &["--junit", "proof.xml", "--endpoint", &endpoint.url]).await;
    match backend.kind {
        Kind::LocalStack => insta::assert_snapshot!(table, @r#"
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
            signature older than the policy's limit  bucket policy  not enforced  accepted with 200; a scratch bucket whose policy denies exactly this takes it too
            SigV2                                    bucket policy  not enforced  accepted with 200 from the operator, whose keys it finds; a scratch bucket whose policy denies exactly this takes it too
            SSE-C                                    bucket policy  not enforced  accepted with 200; a scratch bucket whose policy denies exactly this takes it too
            foreign encryption                       bucket policy  not enforced  let through by the bucket policy, refused only by KMS with 500 InternalError; a scratch bucket whose policy denies exactly this takes it too
            role: write another extension            bucket policy  not enforced  accepted with 200; a scratch bucket whose policy denies exactly this takes it too
            role: write without if-none-match        bucket policy  not enforced  accepted with 200; a scratch bucket whose policy denies exactly this takes it too
            plain HTTP                               bucket policy  not tested    the contract's endpoint is plain HTTP
            old TLS                                  bucket policy  not tested    the contract's endpoint is plain HTTP
            widened role: other than uploads         bucket policy  not enforced  reading: accepted with 200; a scratch bucket whose policy denies exactly this takes it too
            widened role: outside its prefix         bucket policy  not enforced  giving up an upload: let through, to 404 NoSuchUpload; a scratch bucket whose policy denies exactly this takes it too
            role: read                               role           not enforced  accepted with 200; a role without any permissions may do it too, on a scratch bucket
            role: delete                             role           not enforced  accepted with 204; a role without any permissions may do it too, on a scratch bucket
            role: list                               role           not enforced  accepted with 200; a role without any permissions may do it too, on a scratch bucket
            role: write outside its prefix           role           not enforced  accepted with 200; a role without any permissions may do it too, on a scratch bucket
            role: change the bucket policy           role           not enforced  accepted with 204; a role without any permissions may do it too, on a scratch bucket
            role: change CORS                        role           not enforced  accepted with 204; a role without any permissions may do it too, on a scratch bucket
            wrong origin's preflight                 CORS           held          403 AccessForbidden
            right origin's preflight                 CORS           held          allowed with PUT and content-type, if-none-match, x-amz-checksum-sha256
            ETag readable                            CORS           held          exposed to pages of the right origin
            anonymous read                           bucket         not enforced  accepted with 200; a scratch bucket that nothing opens takes it too
            anonymous write                          bucket         not enforced  accepted with 200; a scratch bucket that nothing opens takes it too
            anonymous list                           bucket         not enforced  accepted with 200; a scratch bucket that nothing opens takes it too
            public access block                      bucket         held          as observed: BlockPublicAcls true, IgnorePublicAcls true, BlockPublicPolicy true, RestrictPublicBuckets true
            ownership                                bucket         held          as observed: BucketOwnerEnforced
            encryption                               bucket         held          as observed: SSEAlgorithm AES256
            endpoint: grants an allowed upload       endpoint       held          what the contract allows is granted
            endpoint: wrong type                     endpoint       held          415 content_type_not_allowed
            endpoint: too large                      endpoint       held          413 too_large
            endpoint: missing size                   endpoint       held          400 size_missing
            endpoint: foreign origin                 endpoint       held          403 origin_not_allowed
            endpoint: no credentials                 endpoint       not tested    the endpoint asks nobody who they are

            22 held, 0 broken, 17 not enforced by this backend, 3 not tested
        "#),
        Kind::Embedded => insta::assert_snapshot!(table, @r#"
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
            plain HTTP                               bucket policy  not tested    the contract's endpoint is plain HTTP
            old TLS                                  bucket policy  not tested    the contract's endpoint is plain HTTP
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
            endpoint: grants an allowed upload       endpoint       held          what the contract allows is granted
            endpoint: wrong type                     endpoint       held          415 content_type_not_allowed
            endpoint: too large                      endpoint       held          413 too_large
            endpoint: missing size                   endpoint       held          400 size_missing
            endpoint: foreign origin                 endpoint       held          403 origin_not_allowed
            endpoint: no credentials                 endpoint       not tested    the endpoint asks nobody who they are

            39 held, 0 broken, 0 not enforced by this backend, 3 not tested
        "#),
    }
    let junit = workspace.read("proof.xml");
    assert_eq!(junit.matches("<testcase ").count(), table.lines().count() - 3);
    assert!(!junit.contains("<failure"), "{junit}");
    assert_nothing_left(backend, &bucket).await;
    // the proof is of what apply made, and changes nothing about it
    workspace.run(&["plan"]).await.exits(0);
}

async fn compatible_proof(backend: &Backend) {
    let upload = "mode = \"compatible\"\nkey = \"uploads/{uuid}\"";
    let (bucket, workspace) = applied(backend, "proof", upload).await;
    let table = table(&workspace, &bucket, &[]).await;
    match backend.kind {
        Kind::LocalStack => insta::assert_snapshot!(table, @r#"
            GUARDRAIL                                ENFORCED BY    OUTCOME       DETAIL
            upload works                             signature      held          63 bytes of image/png arrived, signed by the role BUCKET-presigner
            expired                                  signature      held          403 AccessDenied
            tampered signature                       signature      held          403 SignatureDoesNotMatch
            other key                                signature      held          403 SignatureDoesNotMatch
            other method                             signature      held          403 SignatureDoesNotMatch
            wrong type                               signature      held          403 SignatureDoesNotMatch
            missing type                             signature      held          403 SignatureDoesNotMatch
            longer                                   signature      not tested    compatible mode does not promise it
            shorter                                  signature      not tested    compatible mode does not promise it
            changed content under a signed checksum  signature      held          400 BadDigest
            second upload                            signature      not tested    compatible mode does not promise it
            signature older than the policy's limit  bucket policy  not enforced  accepted with 200; a scratch bucket whose policy denies exactly this takes it too
            SigV2                                    bucket policy  not enforced  accepted with 200 from the operator, whose keys it finds; a scratch bucket whose policy denies exactly this takes it too
            SSE-C                                    bucket policy  not enforced  accepted with 200; a scratch bucket whose policy denies exactly this takes it too
            foreign encryption                       bucket policy  not enforced  let through by the bucket policy, refused only by KMS with 500 InternalError; a scratch bucket whose policy denies exactly this takes it too
            role: write another extension            bucket policy  not tested    the contract's keys do not end in .{ext}
            role: write without if-none-match        bucket policy  not tested    compatible mode does not promise it
            plain HTTP                               bucket policy  not tested    the contract's endpoint is plain HTTP
            old TLS                                  bucket policy  not tested    the contract's endpoint is plain HTTP
            widened role: other than uploads         bucket policy  not enforced  reading: accepted with 200; a scratch bucket whose policy denies exactly this takes it too
            widened role: outside its prefix         bucket policy  not enforced  giving up an upload: let through, to 404 NoSuchUpload; a scratch bucket whose policy denies exactly this takes it too
            role: read                               role           not enforced  accepted with 200; a role without any permissions may do it too, on a scratch bucket
            role: delete                             role           not enforced  accepted with 204; a role without any permissions may do it too, on a scratch bucket
            role: list                               role           not enforced  accepted with 200; a role without any permissions may do it too, on a scratch bucket
            role: write outside its prefix           role           not enforced  accepted with 200; a role without any permissions may do it too, on a scratch bucket
            role: change the bucket policy           role           not enforced  accepted with 204; a role without any permissions may do it too, on a scratch bucket
            role: change CORS                        role           not enforced  accepted with 204; a role without any permissions may do it too, on a scratch bucket
            wrong origin's preflight                 CORS           held          403 AccessForbidden
            right origin's preflight                 CORS           held          allowed with PUT and content-type, x-amz-checksum-sha256
            ETag readable                            CORS           held          exposed to pages of the right origin
            anonymous read                           bucket         not enforced  accepted with 200; a scratch bucket that nothing opens takes it too
            anonymous write                          bucket         not enforced  accepted with 200; a scratch bucket that nothing opens takes it too
            anonymous list                           bucket         not enforced  accepted with 200; a scratch bucket that nothing opens takes it too
            public access block                      bucket         held          as observed: BlockPublicAcls true, IgnorePublicAcls true, BlockPublicPolicy true, RestrictPublicBuckets true
            ownership                                bucket         held          as observed: BucketOwnerEnforced
            encryption                               bucket         held          as observed: SSEAlgorithm AES256

            14 held, 0 broken, 15 not enforced by this backend, 7 not tested
        "#),
        Kind::Embedded => insta::assert_snapshot!(table, @r#"
            GUARDRAIL                                ENFORCED BY    OUTCOME       DETAIL
            upload works                             signature      held          63 bytes of image/png arrived, signed by the role BUCKET-presigner
            expired                                  signature      held          403 AccessDenied
            tampered signature                       signature      held          403 SignatureDoesNotMatch
            other key                                signature      held          403 SignatureDoesNotMatch
            other method                             signature      held          403 SignatureDoesNotMatch
            wrong type                               signature      held          403 SignatureDoesNotMatch
            missing type                             signature      held          403 SignatureDoesNotMatch
            longer                                   signature      not tested    compatible mode does not promise it
            shorter                                  signature      not tested    compatible mode does not promise it
            changed content under a signed checksum  signature      held          400 BadDigest
            second upload                            signature      not tested    compatible mode does not promise it
            signature older than the policy's limit  bucket policy  held          403 AccessDenied
            SigV2                                    bucket policy  held          400 InvalidRequest
            SSE-C                                    bucket policy  held          403 AccessDenied
            foreign encryption                       bucket policy  held          403 AccessDenied
            role: write another extension            bucket policy  not tested    the contract's keys do not end in .{ext}
            role: write without if-none-match        bucket policy  not tested    compatible mode does not promise it
            plain HTTP                               bucket policy  not tested    the contract's endpoint is plain HTTP
            old TLS                                  bucket policy  not tested    the contract's endpoint is plain HTTP
            widened role: other than uploads         bucket policy  held          403 AccessDenied
            widened role: outside its prefix         bucket policy  held          403 AccessDenied
            role: read                               role           held          403 AccessDenied
            role: delete                             role           held          403 AccessDenied
            role: list                               role           held          403 AccessDenied
            role: write outside its prefix           role           held          403 AccessDenied
            role: change the bucket policy           role           held          403 AccessDenied
            role: change CORS                        role           held          403 AccessDenied
            wrong origin's preflight                 CORS           held          403 AccessForbidden
            right origin's preflight                 CORS           held          allowed with PUT and content-type, x-amz-checksum-sha256
            ETag readable                            CORS           held          exposed to pages of the right origin
            anonymous read                           bucket         held          403 AccessDenied
            anonymous write                          bucket         held          403 AccessDenied
            anonymous list                           bucket         held          403 AccessDenied
            public access block                      bucket         held          as observed: BlockPublicAcls true, IgnorePublicAcls true, BlockPublicPolicy true, RestrictPublicBuckets true
            ownership                                bucket         held          as observed: BucketOwnerEnforced
            encryption                               bucket         held          as observed: SSEAlgorithm AES256

            29 held, 0 broken, 0 not enforced by this backend, 7 not tested
        "#),
    }
    assert_nothing_left(backend, &bucket).await;
}

/// The rows that a contract's features add, with the endpoint's.
async fn added_rows(backend: &Backend, upload: &str) -> String {
    let (bucket, workspace) = applied(backend, "proof", upload).await;
    let endpoint = workspace.serve().await;
    let table = table(&workspace, &bucket, &["--endpoint", &endpoint.url]).await;
    assert_nothing_left(backend, &bucket).await;
    let added = [
        "parts: ",
        "form: ",
        "role: complete",
        "role: finds",
        "role: keeps",
        "role: list outside",
        "role: give up",
        "download: ",
        "role: read outside",
        "endpoint: ",
    ];
    table
        .lines()
        .filter(|row| added.iter().any(|beginning| row.starts_with(beginning)))
        .collect::<Vec<_>>()
        .join("\n")
}

async fn proof_of_parts(backend: &Backend) {
    let rows = added_rows(
        backend,
        "multipart = true\n        confirm = true\n        [bucket.lifecycle]\n        unconfirmed_expiration = \"1d\"",
    )
    .await;
    match backend.kind {
        Kind::LocalStack => insta::assert_snapshot!(rows, @r#"
            parts: work                                     signature      held          63 bytes of image/png arrived, signed by the role BUCKET-presigner
            parts: expired                                  signature      held          403 AccessDenied
            parts: other number                             signature      held          403 SignatureDoesNotMatch
            parts: other upload                             signature      held          403 SignatureDoesNotMatch
            parts: longer                                   signature      held          403 SignatureDoesNotMatch
            parts: shorter                                  signature      held          403 SignatureDoesNotMatch
            parts: changed content under a signed checksum  signature      held          400 BadDigest
            parts: second upload                            signature      held          412 PreconditionFailed
            role: complete without if-none-match            bucket policy  not enforced  accepted with 200; a scratch bucket whose policy denies exactly this takes it too
            role: finds uploads to confirm                  role           held          its 63 bytes are listed
            role: keeps what is confirmed                   role           held          an upload carries the tag gatepass:unconfirmed until it is taken away
            role: list outside its prefix                   role           not enforced  accepted with 200; a role without any permissions may do it too, on a scratch bucket
            role: give up an upload outside its prefix      role           not enforced  let through, to 404 NoSuchUpload; a role without any permissions may do it too, on a scratch bucket
            endpoint: grants an allowed upload              endpoint       held          what the contract allows is granted
            endpoint: wrong type                            endpoint       held          415 content_type_not_allowed
            endpoint: too large                             endpoint       held          413 too_large
            endpoint: missing size                          endpoint       held          400 size_missing
            endpoint: foreign origin                        endpoint       held          403 origin_not_allowed
            endpoint: no credentials                        endpoint       not tested    the endpoint asks nobody who they are
            endpoint: parts of what is too large            endpoint       held          413 too_large
            endpoint: confirming what never arrived         endpoint       held          404 object_not_found
            endpoint: forged ticket                         endpoint       held          403 ticket_invalid
        "#),
        Kind::Embedded => insta::assert_snapshot!(rows, @r#"
            parts: work                                     signature      held          63 bytes of image/png arrived, signed by the role BUCKET-presigner
            parts: expired                                  signature      held          403 AccessDenied
            parts: other number                             signature      held          403 SignatureDoesNotMatch
            parts: other upload                             signature      held          403 SignatureDoesNotMatch
            parts: longer                                   signature      held          403 SignatureDoesNotMatch
            parts: shorter                                  signature      held          403 SignatureDoesNotMatch
            parts: changed content under a signed checksum  signature      held          400 BadDigest
            parts: second upload                            signature      held          412 PreconditionFailed
            role: complete without if-none-match            bucket policy  held          403 AccessDenied
            role: finds uploads to confirm                  role           held          its 63 bytes are listed
            role: keeps what is confirmed                   role           held          an upload carries the tag gatepass:unconfirmed until it is taken away
            role: list outside its prefix                   role           held          403 AccessDenied
            role: give up an upload outside its prefix      role           held          403 AccessDenied
            endpoint: grants an allowed upload              endpoint       held          what the contract allows is granted
            endpoint: wrong type                            endpoint       held          415 content_type_not_allowed
            endpoint: too large                             endpoint       held          413 too_large
            endpoint: missing size                          endpoint       held          400 size_missing
            endpoint: foreign origin                        endpoint       held          403 origin_not_allowed
            endpoint: no credentials                        endpoint       not tested    the endpoint asks nobody who they are
            endpoint: parts of what is too large            endpoint       held          413 too_large
            endpoint: confirming what never arrived         endpoint       held          404 object_not_found
            endpoint: forged ticket                         endpoint       held          403 ticket_invalid
        "#),
    }
}

async fn proof_of_forms(backend: &Backend) {
    let rows = added_rows(backend, "mode = \"compatible\"\n        form = true").await;
    match backend.kind {
        Kind::LocalStack => insta::assert_snapshot!(rows, @r#"
            form: works                              signature      held          63 bytes of image/png arrived, signed by the role BUCKET-presigner
            form: expired                            signature      held          403 AccessDenied
            form: tampered signature                 signature      not enforced  accepted with 204; a scratch bucket takes it too, signed without gatepass's grants
            form: other key                          signature      held          403 AccessDenied
            form: wrong type                         signature      held          403 AccessDenied
            form: longer                             signature      held          400 EntityTooLarge
            form: shorter                            signature      held          400 EntityTooSmall
            form: too large                          signature      held          400 EntityTooLarge
            form: another field                      signature      not enforced  accepted with 204; a scratch bucket takes it too, signed without gatepass's grants
            endpoint: grants an allowed upload       endpoint       held          what the contract allows is granted
            endpoint: wrong type                     endpoint       held          415 content_type_not_allowed
            endpoint: too large                      endpoint       held          413 too_large
            endpoint: missing size                   endpoint       not tested    compatible mode does not promise it
            endpoint: foreign origin                 endpoint       held          403 origin_not_allowed
            endpoint: no credentials                 endpoint       not tested    the endpoint asks nobody who they are
            endpoint: form of a wrong type           endpoint       held          415 content_type_not_allowed
        "#),
        Kind::Embedded => insta::assert_snapshot!(rows, @r#"
            form: works                              signature      held          63 bytes of image/png arrived, signed by the role BUCKET-presigner
            form: expired                            signature      held          403 AccessDenied
            form: tampered signature                 signature      held          403 SignatureDoesNotMatch
            form: other key                          signature      held          403 AccessDenied
            form: wrong type                         signature      held          403 AccessDenied
            form: longer                             signature      held          400 EntityTooLarge
            form: shorter                            signature      held          400 EntityTooSmall
            form: too large                          signature      held          400 EntityTooLarge
            form: another field                      signature      held          403 AccessDenied
            endpoint: grants an allowed upload       endpoint       held          what the contract allows is granted
            endpoint: wrong type                     endpoint       held          415 content_type_not_allowed
            endpoint: too large                      endpoint       held          413 too_large
            endpoint: missing size                   endpoint       not tested    compatible mode does not promise it
            endpoint: foreign origin                 endpoint       held          403 origin_not_allowed
            endpoint: no credentials                 endpoint       not tested    the endpoint asks nobody who they are
            endpoint: form of a wrong type           endpoint       held          415 content_type_not_allowed
        "#),
    }
}

async fn proof_of_downloads(backend: &Backend) {
    let rows = added_rows(backend, DOWNLOADS).await;
    match backend.kind {
        Kind::LocalStack => insta::assert_snapshot!(rows, @"
        download: works                          signature      held          63 bytes came back as an attachment
        download: expired                        signature      held          403 AccessDenied
        download: other key                      signature      held          403 SignatureDoesNotMatch
        download: other method                   signature      held          403 SignatureDoesNotMatch
        download: tampered disposition           signature      held          403 SignatureDoesNotMatch
        role: read outside its prefix            role           not enforced  accepted with 200; a role without any permissions may do it too, on a scratch bucket
        endpoint: grants an allowed upload       endpoint       held          what the contract allows is granted
        endpoint: wrong type                     endpoint       held          415 content_type_not_allowed
        endpoint: too large                      endpoint       held          413 too_large
        endpoint: missing size                   endpoint       held          400 size_missing
        endpoint: foreign origin                 endpoint       held          403 origin_not_allowed
        endpoint: no credentials                 endpoint       not tested    the endpoint asks nobody who they are
        endpoint: download of another key        endpoint       held          403 key_not_permitted
        "),
        Kind::Embedded => insta::assert_snapshot!(rows, @"
        download: works                          signature      held          63 bytes came back as an attachment
        download: expired                        signature      held          403 AccessDenied
        download: other key                      signature      held          403 SignatureDoesNotMatch
        download: other method                   signature      held          403 SignatureDoesNotMatch
        download: tampered disposition           signature      held          403 SignatureDoesNotMatch
        role: read outside its prefix            role           held          403 AccessDenied
        endpoint: grants an allowed upload       endpoint       held          what the contract allows is granted
        endpoint: wrong type                     endpoint       held          415 content_type_not_allowed
        endpoint: too large                      endpoint       held          413 too_large
        endpoint: missing size                   endpoint       held          400 size_missing
        endpoint: foreign origin                 endpoint       held          403 origin_not_allowed
        endpoint: no credentials                 endpoint       not tested    the endpoint asks nobody who they are
        endpoint: download of another key        endpoint       held          403 key_not_permitted
        "),
    }
}

async fn the_role_can_be_left_alone(backend: &Backend) {
    let (_, workspace) = applied(backend, "proof", "").await;
    let proxy = Proxy::to(backend).await;
    workspace
        .write("gatepass.toml", proxy.takes_place_of(backend, &workspace.read("gatepass.toml")));
    let verified = workspace.run(&["verify", "--json", "--leave-role-alone"]).await.exits(0);
    let outcomes = outcomes(&verified.json());
    for widened in ["widened role: other than uploads", "widened role: outside its prefix"] {
        assert_eq!(outcomes[widened], "not_tested");
    }
    let writes = proxy.writes();
    // a scratch role's own policy is none of the presigner's
    let roles = writes.iter().filter(|write| *write == "CreateRole").count();
    let policies = writes.iter().filter(|write| *write == "PutRolePolicy").count();
    assert!(policies <= roles, "{writes:?}");
}

/// Without a positive control, no refusal is taken for a guardrail.
async fn nothing_works_without_a_bucket(backend: &Backend) {
    let (bucket, workspace) = applied(backend, "proof", "").await;
    backend.s3().delete_bucket().bucket(&bucket).send().await.unwrap();
    let verified = workspace.run(&["verify", "--json"]).await.exits(2);
    let mut outcomes = outcomes(&verified.json());
    assert_eq!(outcomes.remove("upload works").as_deref(), Some("broken"));
    // a backend can be looked at itself all the same
    let is_expected = |outcome: &str| {
        outcome == "not_tested" || backend.kind == Kind::LocalStack && outcome == "not_enforced"
    };
    assert!(outcomes.values().all(|outcome| is_expected(outcome)), "{outcomes:?}");
}
