//! What others set, before us, beside us, and at the same time.

use aws_sdk_s3::types::{
    BucketLifecycleConfiguration, BucketLocationConstraint, CorsConfiguration, CorsRule,
    CreateBucketConfiguration, ExpirationStatus, LifecycleExpiration, LifecycleRule,
    LifecycleRuleAndOperator, LifecycleRuleFilter, Tag, Tagging,
};
use gatepass::provision::{ApplyErrorCause, Refusal};
use serde_json::{Value, json};

use super::Stack;
use crate::backend::{self, Backend, on_every_backend};

on_every_backend!(
    what_exists_without_our_tag_is_not_touched_unless_adopted,
    what_others_set_beside_us_survives,
    what_others_changed_since_the_plan_is_not_overwritten,
    what_others_changed_beside_the_plan_is_told,
    a_role_of_another_contract_is_refused,
    a_permissions_boundary_that_is_not_there_is_refused_before_anything_is_made,
);

pub(super) const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

impl Stack {
    pub(super) async fn create_bucket_by_hand(&self, region: &str) {
        let configuration = CreateBucketConfiguration::builder()
            .location_constraint(BucketLocationConstraint::from(region))
            .build();
        self.s3
            .create_bucket()
            .bucket(&self.bucket)
            .create_bucket_configuration(configuration)
            .send()
            .await
            .unwrap();
    }

    /// A statement, a CORS rule, a lifecycle rule and a tag beside whatever is there.
    async fn set_by_others(&self) {
        let (s3, bucket) = (&self.s3, self.bucket.as_str());
        let theirs = json!({
            "Sid": "AuditorReads", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:root"},
            "Action": "s3:GetObject", "Resource": format!("arn:aws:s3:::{bucket}/*"),
        });
        let mut policy = match s3.get_bucket_policy().bucket(bucket).send().await {
            Ok(policy) => serde_json::from_str(policy.policy().unwrap()).unwrap(),
            Err(_) => json!({"Version": "2012-10-17", "Statement": []}),
        };
        policy["Statement"].as_array_mut().unwrap().insert(0, theirs);
        s3.put_bucket_policy().bucket(bucket).policy(policy.to_string()).send().await.unwrap();

        let cors = s3.get_bucket_cors().bucket(bucket).send().await;
        let mut rules = cors.map(|cors| cors.cors_rules().to_vec()).unwrap_or_default();
        let theirs = CorsRule::builder()
            .id("Legacy")
            .allowed_origins("https://old.example.com")
            .allowed_methods("GET");
        rules.insert(0, theirs.allowed_headers("X-Old").build().unwrap());
        let cors = CorsConfiguration::builder().set_cors_rules(Some(rules)).build().unwrap();
        s3.put_bucket_cors().bucket(bucket).cors_configuration(cors).send().await.unwrap();

        let lifecycle = s3.get_bucket_lifecycle_configuration().bucket(bucket).send().await;
        let mut rules = lifecycle.map(|lifecycle| lifecycle.rules().to_vec()).unwrap_or_default();
        let and =
            LifecycleRuleAndOperator::builder().prefix("logs/").object_size_greater_than(1024);
        let and = and.tags(Tag::builder().key("keep").value("no").build().unwrap()).build();
        let theirs = LifecycleRule::builder().id("logs").status(ExpirationStatus::Enabled);
        let theirs = theirs.filter(LifecycleRuleFilter::builder().and(and).build());
        rules.insert(
            0,
            theirs.expiration(LifecycleExpiration::builder().days(90).build()).build().unwrap(),
        );
        let lifecycle =
            BucketLifecycleConfiguration::builder().set_rules(Some(rules)).build().unwrap();
        s3.put_bucket_lifecycle_configuration()
            .bucket(bucket)
            .lifecycle_configuration(lifecycle)
            .send()
            .await
            .unwrap();

        let tags = s3.get_bucket_tagging().bucket(bucket).send().await;
        let mut tags = tags.map(|tags| tags.tag_set().to_vec()).unwrap_or_default();
        tags.retain(|tag| tag.key() != "cost-center");
        tags.push(Tag::builder().key("cost-center").value("42").build().unwrap());
        let tagging = Tagging::builder().set_tag_set(Some(tags)).build().unwrap();
        s3.put_bucket_tagging().bucket(bucket).tagging(tagging).send().await.unwrap();
    }

    /// Fails unless all of that is still there, word for word.
    async fn others_are_there(&self) {
        let (s3, bucket) = (&self.s3, self.bucket.as_str());
        let policy = s3.get_bucket_policy().bucket(bucket).send().await.unwrap().policy.unwrap();
        let policy: Value = serde_json::from_str(&policy).unwrap();
        assert_eq!(policy["Statement"][0]["Sid"], "AuditorReads", "{policy}");
        assert_eq!(
            policy["Statement"][0]["Principal"]["AWS"], "arn:aws:iam::444455556666:root",
            "{policy}"
        );

        let cors = s3.get_bucket_cors().bucket(bucket).send().await.unwrap();
        let theirs = &cors.cors_rules()[0];
        assert_eq!(
            (theirs.id(), theirs.allowed_headers()),
            (Some("Legacy"), ["X-Old".to_owned()].as_slice())
        );

        let lifecycle =
            s3.get_bucket_lifecycle_configuration().bucket(bucket).send().await.unwrap();
        let theirs = lifecycle
            .rules()
            .iter()
            .find(|rule| rule.id() == Some("logs"))
            .expect("their rule is gone");
        let and = theirs.filter().unwrap().and().unwrap();
        assert_eq!(
            (and.prefix(), and.object_size_greater_than(), and.tags()[0].value()),
            (Some("logs/"), Some(1024), "no")
        );
        assert_eq!(theirs.expiration().unwrap().days(), Some(90));

        let tags = s3.get_bucket_tagging().bucket(bucket).send().await.unwrap();
        assert!(tags.tag_set().iter().any(|tag| tag.key() == "cost-center" && tag.value() == "42"));
    }
}

async fn what_exists_without_our_tag_is_not_touched_unless_adopted(backend: &Backend) {
    let stack = Stack::plain(backend, "adopt");
    stack.create_bucket_by_hand(backend.region).await;
    stack.set_by_others().await;
    let create = stack
        .iam
        .create_role()
        .role_name(&stack.role)
        .description("mine")
        .assume_role_policy_document(TRUST);
    create.send().await.unwrap();

    let refusals = stack.try_plan(false).await.unwrap_err();
    let reasons: Vec<&Refusal> = refusals.0.iter().collect();
    assert!(
        matches!(
            reasons[..],
            [Refusal::BucketNotOurs { tagged: None, .. }, Refusal::RoleNotOurs { .. }]
        ),
        "{refusals}"
    );
    let survey = stack.plan_destroy().await.unwrap();
    assert!(survey.is_empty() && survey.notes().len() == 2, "{survey}");

    let plan = stack.try_plan(true).await.unwrap();
    let notes: Vec<String> = plan.notes().iter().map(|note| note.text.clone()).collect();
    assert!(
        notes.iter().any(|note| note
            .contains("of others stay: 1 bucket policy statement, 1 lifecycle rule, 1 CORS rule")),
        "{notes:?}"
    );
    stack.apply_plan(&plan).await;
    stack.others_are_there().await;

    let survey = stack.plan_destroy().await.unwrap().to_string();
    for theirs in
        ["bucket policy statement AuditorReads", "CORS rule Legacy", "lifecycle rule logs"]
    {
        assert!(survey.contains(theirs), "{survey}");
    }
    stack.destroy().await;
    assert!(!stack.bucket_exists().await && !stack.role_exists().await);
}

async fn what_others_set_beside_us_survives(backend: &Backend) {
    let stack = Stack::plain(backend, "beside");
    stack.apply().await;
    stack.set_by_others().await;
    assert_eq!(stack.changes().await, [""; 0]);

    // a new contract for the same bucket replaces what is ours, in every document they share
    let contract = super::plain(backend, &stack.bucket)
        .replace("https://app.example.com", "https://new.example.com")
        .replace("max_size", "max_signature_age = \"20m\"\n        max_size")
        .replace("[upload]", "[bucket.lifecycle]\nabort_incomplete_multipart_upload = \"3d\"\n[bucket.tags]\nteam = \"web\"\n[upload]");
    let changed = Stack::new(backend, &contract);
    assert_eq!(changed.changes().await, ["bucket_tags", "lifecycle", "bucket_policy", "cors"]);
    changed.apply().await;
    changed.others_are_there().await;
    changed.destroy().await;
}

/// Two at once: whatever was changed after the plan was made is found before it is overwritten.
async fn what_others_changed_since_the_plan_is_not_overwritten(backend: &Backend) {
    let stack = Stack::plain(backend, "meanwhile");
    stack.apply().await;
    let contract = super::plain(backend, &stack.bucket);
    for (what, ours) in [
        (
            "bucket policy",
            contract.replace("max_size", "max_signature_age = \"20m\"\n        max_size"),
        ),
        ("CORS rules", contract.replace("https://app.example.com", "https://new.example.com")),
        (
            "lifecycle rules",
            contract.replace(
                "[upload]",
                "[bucket.lifecycle]\nabort_incomplete_multipart_upload = \"3d\"\n[upload]",
            ),
        ),
        ("bucket tags", contract.replace("[upload]", "[bucket.tags]\nteam = \"web\"\n[upload]")),
    ] {
        let changed = Stack::new(backend, &ours);
        let plan = changed.plan().await;
        assert_eq!(plan.changes().len(), 1, "{plan}");
        changed.set_by_others().await;
        let error = changed.make(&plan, &changed.writer).await.unwrap_err();
        assert_eq!(error.cause, ApplyErrorCause::Meanwhile { what: what.to_owned() });
        changed.others_are_there().await;
        // back to the one they and we started from
        changed.s3.delete_bucket_policy().bucket(&stack.bucket).send().await.unwrap();
        changed.s3.delete_bucket_cors().bucket(&stack.bucket).send().await.unwrap();
        changed.s3.delete_bucket_lifecycle().bucket(&stack.bucket).send().await.unwrap();
        let ours = Tag::builder().key("gatepass:contract").value(&stack.bucket).build().unwrap();
        let tagging = Tagging::builder().tag_set(ours).build().unwrap();
        changed
            .s3
            .put_bucket_tagging()
            .bucket(&stack.bucket)
            .tagging(tagging)
            .send()
            .await
            .unwrap();
        stack.apply().await;
    }
    stack.destroy().await;
}

/// What nobody was shown is not written.
async fn what_others_changed_beside_the_plan_is_told(backend: &Backend) {
    let contract = super::plain(backend, &backend.unique_bucket("told"));
    let stack = Stack::new(
        backend,
        &contract.replace("[[role.trust]]", "[role]\ndescription = \"ours\"\n[[role.trust]]"),
    );
    stack.apply().await;
    stack.s3.delete_bucket_cors().bucket(&stack.bucket).send().await.unwrap();
    let plan = stack.plan().await;
    stack
        .iam
        .update_role()
        .role_name(&stack.role)
        .description("mine")
        .max_session_duration(3600)
        .send()
        .await
        .unwrap();
    let applied = stack.make(&plan, &stack.writer).await.unwrap();
    let [note] = applied.notes.as_slice() else { panic!("{applied:?}") };
    assert_eq!(
        (note.about.as_str(), note.text.as_str()),
        ("role settings", "somebody else changed it meanwhile: run plan again")
    );
    assert_eq!(applied.left, ["role_settings"]);
    assert_eq!(stack.changes().await, ["role_settings"]);
    stack.destroy().await;
}

async fn a_role_of_another_contract_is_refused(backend: &Backend) {
    let stack = Stack::plain(backend, "mine");
    stack.apply().await;
    let other = backend.unique_bucket("other");
    let contract = super::plain(backend, &other)
        .replace("[[role.trust]]", &format!("[role]\nname = \"{}\"\n[[role.trust]]", stack.role));
    let other = Stack::new(backend, &contract);
    let refusals = other.try_plan(true).await.unwrap_err();
    assert_eq!(
        refusals.to_string().lines().next(),
        Some(
            format!("role {} belongs to the contract of bucket {}", stack.role, stack.bucket)
                .as_str()
        )
    );
    assert!(other.plan_destroy().await.unwrap().is_empty());
    stack.destroy().await;
}

/// On LocalStack alone: the embedded backend has one region, and takes no signature for another.
#[test]
#[ignore = "needs LocalStack: run tests/all"]
fn a_bucket_in_another_region_is_refused() {
    let backend = Backend::localstack();
    backend::run(async {
        let stack = Stack::plain(&backend, "region");
        stack.apply().await;
        let contract = super::plain(&backend, &stack.bucket).replace(backend.region, "us-west-2");
        let refusals = Stack::new(&backend, &contract).try_plan(true).await.unwrap_err();
        let expected =
            format!("bucket {} lies in {}, not in us-west-2", stack.bucket, backend.region);
        assert_eq!(refusals.to_string().lines().next(), Some(expected.as_str()));
        stack.destroy().await;
    });
}

async fn a_permissions_boundary_that_is_not_there_is_refused_before_anything_is_made(
    backend: &Backend,
) {
    let stack = Stack::without_boundary(backend, "boundary");
    let refusals = stack.try_plan(false).await.unwrap_err().0;
    assert!(matches!(refusals.as_slice(), [Refusal::NoBoundary { .. }]), "{refusals:?}");

    stack.create_boundary().await;
    stack.apply().await;
}
