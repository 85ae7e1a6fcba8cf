//! The presigner role is widened by hand. The bucket policy still keeps it from all of it, and the row says so.

use serde_json::json;

use crate::backend::{Backend, run};

use super::{DOWNLOADS, applied, assert_nothing_left, changed_by};

/// With another inline policy that allows this, on the bucket (`""`) or on objects.
async fn changed_by_allowing(upload: &str, action: &str, what: &str) -> Vec<String> {
    let backend = Backend::embedded().await;
    let (bucket, workspace) = applied(&backend, "widened", upload).await;
    let role = format!("{bucket}-presigner");
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": action, "Resource": format!("arn:aws:s3:::{bucket}{what}")}],
    });
    let changed = changed_by(&workspace, &[], async || {
        backend
            .iam()
            .put_role_policy()
            .role_name(&role)
            .policy_name("mine")
            .policy_document(policy.to_string())
            .send()
            .await
            .unwrap();
    })
    .await;
    let table = workspace.run(&["verify"]).await.exits(2).stdout;
    assert!(table.contains("the role's policy mine allows"), "{table}");
    backend.iam().delete_role_policy().role_name(&role).policy_name("mine").send().await.unwrap();
    assert_nothing_left(&backend, &bucket).await;
    changed
}

macro_rules! widened {
    ($($test:ident: $upload:expr, $action:literal, $what:literal => $changed:literal;)+) => {
        $(
            #[test]
            fn $test() {
                run(async { assert_eq!(changed_by_allowing($upload, $action, $what).await, [concat!($changed, ": broken")]) });
            }
        )+
    };
}

widened! {
    read: "", "s3:GetObject", "/*" => "role: read";
    read_outside: DOWNLOADS, "s3:GetObject", "/*" => "role: read outside its prefix";
    delete: "", "s3:DeleteObject", "/uploads/*" => "role: delete";
    list: "", "s3:ListBucket", "" => "role: list";
    write_outside: "", "s3:PutObject", "/*" => "role: write outside its prefix";
    change_the_bucket_policy: "", "s3:PutBucketPolicy", "" => "role: change the bucket policy";
    change_cors: "", "s3:PutBucketCORS", "" => "role: change CORS";
}

#[test]
fn what_parts_and_confirming_let_it_do_elsewhere_too() {
    run(async {
        let give_up =
            changed_by_allowing("multipart = true", "s3:AbortMultipartUpload", "/*").await;
        assert_eq!(give_up, ["role: give up an upload outside its prefix: broken"]);
        let list = changed_by_allowing("confirm = true", "s3:ListBucket", "").await;
        assert_eq!(list, ["role: list: broken", "role: list outside its prefix: broken"]);
    });
}

/// The role's own policy is narrowed instead, to uploads: what else the contract needs is missing.
async fn changed_by_allowing_uploads_only(upload: &str) -> Vec<String> {
    let backend = Backend::embedded().await;
    let (bucket, workspace) = applied(&backend, "narrowed", upload).await;
    let changed = changed_by(&workspace, &[], async || {
        let upload = json!({"Effect": "Allow", "Action": ["s3:PutObject", "s3:PutObjectTagging"], "Resource": format!("arn:aws:s3:::{bucket}/uploads/*")});
        let policy = json!({"Version": "2012-10-17", "Statement": [upload]}).to_string();
        let iam = backend.iam();
        let role = format!("{bucket}-presigner");
        iam.put_role_policy().role_name(role).policy_name("gatepass-upload").policy_document(policy).send().await.unwrap();
    })
    .await;
    assert_nothing_left(&backend, &bucket).await;
    changed
}

#[test]
fn what_confirming_and_downloads_need_is_taken_away() {
    run(async {
        let confirming =
            "confirm = true\n        [bucket.lifecycle]\n        unconfirmed_expiration = \"1d\"";
        let confirmed =
            ["role: finds uploads to confirm: broken", "role: keeps what is confirmed: broken"];
        assert_eq!(changed_by_allowing_uploads_only(confirming).await, confirmed);
        let downloads = ["download: expired: not_tested", "download: works: broken"];
        assert_eq!(changed_by_allowing_uploads_only(DOWNLOADS).await, downloads);
    });
}

#[test]
fn an_attached_policy() {
    run(async {
        let backend = Backend::embedded().await;
        let (bucket, workspace) = applied(&backend, "widened", "").await;
        let document = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]});
        let iam = backend.iam();
        let policy = iam
            .create_policy()
            .policy_name("reads")
            .policy_document(document.to_string())
            .send()
            .await
            .unwrap();
        let arn = policy.policy.unwrap().arn.unwrap();
        let changed = changed_by(&workspace, &[], async || {
            iam.attach_role_policy()
                .role_name(format!("{bucket}-presigner"))
                .policy_arn(&arn)
                .send()
                .await
                .unwrap();
        })
        .await;
        assert_eq!(changed, ["role: read: broken"]);
    });
}

/// What a permissions boundary does not allow, no policy of the role's can.
#[test]
fn a_boundary_that_limits_it() {
    run(async {
        let backend = Backend::embedded().await;
        let (bucket, workspace) = applied(&backend, "widened", "").await;
        let (iam, role) = (backend.iam(), format!("{bucket}-presigner"));
        let policy = |action: &str| json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]});
        let boundary = iam
            .create_policy()
            .policy_name("uploads-only")
            .policy_document(policy("s3:PutObject").to_string())
            .send()
            .await
            .unwrap();
        iam.put_role_permissions_boundary()
            .role_name(&role)
            .permissions_boundary(boundary.policy.unwrap().arn.unwrap())
            .send()
            .await
            .unwrap();
        let changed = changed_by(&workspace, &["--leave-role-alone"], async || {
            let wide = policy("s3:Get*").to_string();
            iam.put_role_policy()
                .role_name(&role)
                .policy_name("mine")
                .policy_document(wide)
                .send()
                .await
                .unwrap();
        })
        .await;
        assert_eq!(changed, [] as [&str; 0]);
        // and a wider policy for some seconds is of no effect
        let table = workspace.run(&["verify"]).await.exits(0).stdout;
        assert!(table.contains("was not in effect after"), "{table}");
    });
}
