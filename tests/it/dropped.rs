//! Stores that answer with success and keep nothing, or only a part; that say they do not support a setting; and whose answers no
//! S3 gives.

use aws_sdk_s3::types::{ObjectOwnership, OwnershipControls, OwnershipControlsRule};

use crate::backend::{self, Backend};
use crate::proxy::Proxy;
use crate::workspace::Workspace;

const NOT_IMPLEMENTED: &str = "<Error><Code>NotImplemented</Code><Message>A header you provided implies functionality that is not \
                               implemented</Message></Error>";

/// A stack that is as its contract states, the proxy in front of it, and its bucket.
async fn applied(backend: &Backend, what: &str) -> (Workspace, Proxy, String) {
    let proxy = Proxy::to(backend).await;
    let bucket = backend.unique_bucket(what);
    let contract = format!(
        r#"
        [bucket]
        name = "{bucket}"
        region = "{}"
        [upload]
        content_types = ["image/*"]
        max_size = "1 MiB"
        allowed_origins = ["https://app.example.com"]
        [[role.trust]]
        principal = "account"
        [endpoint]
        url = "{}"
        "#,
        backend.region, proxy.url
    );
    let workspace = Workspace::new(backend, &contract);
    workspace.run(&["apply", "--yes"]).await.exits(0);
    proxy.writes();
    (workspace, proxy, bucket)
}

/// Takes every guardrail away behind gatepass's back.
async fn take_away(backend: &Backend, bucket: &str) {
    let (s3, iam, role) = (backend.s3(), backend.iam(), format!("{bucket}-presigner"));
    s3.delete_bucket_policy().bucket(bucket).send().await.unwrap();
    s3.delete_bucket_cors().bucket(bucket).send().await.unwrap();
    s3.delete_public_access_block().bucket(bucket).send().await.unwrap();
    s3.delete_bucket_lifecycle().bucket(bucket).send().await.unwrap();
    let rule = OwnershipControlsRule::builder()
        .object_ownership(ObjectOwnership::ObjectWriter)
        .build()
        .unwrap();
    let controls = OwnershipControls::builder().rules(rule).build().unwrap();
    s3.put_bucket_ownership_controls()
        .bucket(bucket)
        .ownership_controls(controls)
        .send()
        .await
        .unwrap();
    let trust = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}}"#;
    iam.update_assume_role_policy().role_name(&role).policy_document(trust).send().await.unwrap();
    iam.delete_role_policy().role_name(&role).policy_name("gatepass-upload").send().await.unwrap();
}

#[test]
fn what_is_taken_and_dropped_fails_apply_and_stays_in_the_plan() {
    backend::run(async {
        let backend = Backend::embedded().await;
        let (workspace, proxy, bucket) = applied(&backend, "dropped").await;
        take_away(&backend, &bucket).await;
        let writes = ["?policy", "?cors", "?publicAccessBlock", "?lifecycle", "?ownershipControls"]
            .map(|setting| format!("PUT /{bucket}/{setting}"));
        for write in
            writes.iter().map(String::as_str).chain(["UpdateAssumeRolePolicy", "PutRolePolicy"])
        {
            proxy.answer(write, 200, "");
        }

        let refused = workspace.run(&["apply", "--yes"]).await.exits(1).stderr;
        let said = "written, but not what is read again: object ownership, public access block, lifecycle rules, bucket policy, CORS rules, \
                    trust policy, permissions policy";
        assert!(refused.contains(said) && !refused.contains("as the contract states"), "{refused}");
        assert!(
            refused.contains("GatepassDenyOldSignatures")
                && refused.contains("use a store that keeps it"),
            "{refused}"
        );
        let planned = workspace.run(&["plan", "--json"]).await.exits(2).json();
        assert_eq!(planned["changes"].as_array().unwrap().len(), 7, "{planned}");

        proxy.be_honest();
        workspace.run(&["apply", "--yes"]).await.exits(0);
        workspace.run(&["plan"]).await.exits(0);
    });
}

#[test]
fn what_is_kept_in_part_fails_apply_and_stays_in_the_plan() {
    backend::run(async {
        let backend = Backend::embedded().await;
        let (workspace, proxy, bucket) = applied(&backend, "parts").await;
        take_away(&backend, &bucket).await;
        // as if the store kept all but these
        proxy.rewrite(
            &format!("GET /{bucket}/?publicAccessBlock"),
            "<RestrictPublicBuckets>true</RestrictPublicBuckets>",
            "",
        );
        proxy.rewrite(
            &format!("GET /{bucket}/?policy"),
            r#""Sid":"GatepassDenySseC""#,
            r#""Sid":"SomebodyElses""#,
        );
        proxy.rewrite(
            &format!("GET /{bucket}/?cors"),
            "<AllowedHeader>if-none-match</AllowedHeader>",
            "",
        );
        let refused = workspace.run(&["apply", "--yes"]).await.exits(1).stderr;
        assert!(refused.contains("written, but not what is read again: public access block, bucket policy, CORS rules\n"), "{refused}");
        for part in [
            "+ RestrictPublicBuckets: true",
            "+ GatepassDenySseC: denies",
            "+ gatepass-upload AllowedHeaders: if-none-match",
        ] {
            assert!(refused.contains(part), "{part}: {refused}");
        }
        let planned = workspace.run(&["plan", "--json"]).await.exits(2).json();
        assert_eq!(planned["changes"].as_array().unwrap().len(), 3, "{planned}");
        proxy.be_honest();
        workspace.run(&["plan"]).await.exits(0);
    });
}

/// The endpoint says so itself: no reason to fail, but the plan goes on to show it, and so does the exit code.
#[test]
fn what_is_not_supported_is_a_note_and_apply_says_what_plan_says() {
    backend::run(async {
        let backend = Backend::embedded().await;
        let (workspace, proxy, bucket) = applied(&backend, "unsupported").await;
        backend.s3().delete_bucket_cors().bucket(&bucket).send().await.unwrap();
        proxy.answer(&format!("PUT /{bucket}/?cors"), 501, NOT_IMPLEMENTED);
        let noted = workspace.run(&["apply", "--yes"]).await.exits(2).stderr;
        assert!(
            noted.contains("note: CORS rules: not supported by this endpoint, so left out\n"),
            "{noted}"
        );
        assert!(noted.contains("as the contract states, but for these notes: `gatepass plan` shows what is left to change"), "{noted}");
        assert!(!noted.contains("does not keep it"), "{noted}");
        workspace.run(&["plan"]).await.exits(2);

        // one that does not know the setting at all has nothing to change
        proxy.answer(&format!("GET /{bucket}/?cors"), 501, NOT_IMPLEMENTED);
        let noted = workspace.run(&["apply", "--yes"]).await.exits(0).stderr;
        assert!(
            noted.contains("note: CORS rules: not supported by this endpoint, so left out\n"),
            "{noted}"
        );
        workspace.run(&["plan"]).await.exits(0);
    });
}

/// An empty answer does not mean that there is nothing: what others set would be overwritten.
#[test]
fn an_answer_that_s3_never_gives_stops_before_anything_is_written() {
    backend::run(async {
        let backend = Backend::embedded().await;
        let (workspace, proxy, bucket) = applied(&backend, "odd").await;
        take_away(&backend, &bucket).await;
        for setting in [
            "policy",
            "cors",
            "lifecycle",
            "tagging",
            "ownershipControls",
            "publicAccessBlock",
            "encryption",
            "versioning",
        ] {
            for body in ["", "<html>Welcome</html>", "{}"] {
                proxy.answer(&format!("GET /{bucket}/?{setting}"), 200, body);
                for command in [&["plan"][..], &["apply", "--yes"]] {
                    let refused = workspace.run(command).await.exits(1).stderr;
                    assert!(
                        refused.contains("answered GetBucket")
                            || refused.contains("answered GetPublicAccessBlock"),
                        "{refused}"
                    );
                    assert!(
                        refused.contains(&proxy.url) && refused.contains("with status 200 and "),
                        "{refused}"
                    );
                }
                proxy.be_honest();
            }
        }
        assert_eq!(proxy.writes(), [""; 0]);
    });
}
