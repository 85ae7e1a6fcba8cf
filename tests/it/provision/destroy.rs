//! Destroy looks before it touches.

use aws_sdk_s3::primitives::ByteStream;
use gatepass::provision::DestroyRefusal;

use super::Stack;
use crate::backend::{Backend, on_every_backend};

on_every_backend!(
    a_bucket_that_is_not_empty_is_refused_before_anything_is_touched,
    a_role_that_others_use_is_refused
);

impl Stack {
    /// How many versions, delete markers and uploads stand in the way of destroying; the guardrails stand, too.
    async fn in_the_way(&self) -> (usize, usize, usize) {
        let refusals = self.plan_destroy().await.unwrap_err();
        let [DestroyRefusal::NotEmpty { versions, uploads, .. }] = refusals.0.as_slice() else {
            panic!("{refusals}")
        };
        assert!(self.plan().await.is_empty());
        (versions.versions.count, versions.delete_markers.count, uploads.count)
    }
}

async fn a_bucket_that_is_not_empty_is_refused_before_anything_is_touched(backend: &Backend) {
    let stack = Stack::with_everything(backend, "full").await;
    let (s3, bucket) = (&stack.s3, stack.bucket.as_str());

    let put = s3
        .put_object()
        .bucket(bucket)
        .key("uploads/a.png")
        .body(ByteStream::from_static(b"a"))
        .send()
        .await
        .unwrap();
    assert_eq!(stack.in_the_way().await, (1, 0, 0));
    let marker = s3.delete_object().bucket(bucket).key("uploads/a.png").send().await.unwrap();
    assert_eq!(stack.in_the_way().await, (1, 1, 0));
    s3.delete_object()
        .bucket(bucket)
        .key("uploads/a.png")
        .version_id(put.version_id().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(stack.in_the_way().await, (0, 1, 0));
    s3.delete_object()
        .bucket(bucket)
        .key("uploads/a.png")
        .version_id(marker.version_id().unwrap())
        .send()
        .await
        .unwrap();

    let upload =
        s3.create_multipart_upload().bucket(bucket).key("uploads/b.png").send().await.unwrap();
    assert_eq!(stack.in_the_way().await, (0, 0, 1));
    s3.abort_multipart_upload()
        .bucket(bucket)
        .key("uploads/b.png")
        .upload_id(upload.upload_id().unwrap())
        .send()
        .await
        .unwrap();
    stack.destroy().await;
}

async fn a_role_that_others_use_is_refused(backend: &Backend) {
    let stack = Stack::plain(backend, "used");
    stack.apply().await;
    let (iam, role) = (&stack.iam, stack.role.as_str());
    let document = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}"#;
    iam.put_role_policy()
        .role_name(role)
        .policy_name("debugging")
        .policy_document(document)
        .send()
        .await
        .unwrap();
    let managed = iam
        .create_policy()
        .policy_name(format!("{role}-more"))
        .policy_document(document)
        .send()
        .await
        .unwrap();
    let arn = managed.policy().unwrap().arn().unwrap();
    iam.attach_role_policy().role_name(role).policy_arn(arn).send().await.unwrap();

    let plan = stack.plan().await;
    assert!(plan.is_empty(), "{plan}");
    let about_role: Vec<&str> = plan
        .notes()
        .iter()
        .filter(|note| note.about.starts_with("role "))
        .map(|note| note.text.as_str())
        .collect();
    assert!(
        matches!(about_role.as_slice(), [inline, attached] if inline.contains("debugging") && attached.contains(arn)),
        "{about_role:?}"
    );

    let refusals = stack.plan_destroy().await.unwrap_err();
    let [DestroyRefusal::RoleInUse { of_others, .. }] = refusals.0.as_slice() else {
        panic!("{refusals}")
    };
    assert_eq!(
        *of_others,
        ["inline policy debugging".to_owned(), format!("attached policy {arn}")]
    );
    assert!(stack.bucket_exists().await);

    iam.delete_role_policy().role_name(role).policy_name("debugging").send().await.unwrap();
    iam.detach_role_policy().role_name(role).policy_arn(arn).send().await.unwrap();
    stack.destroy().await;
}
