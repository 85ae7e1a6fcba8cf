//! What a run makes is removed: after Ctrl-C, and, where the run was killed, by a later one.

use std::process::Stdio;

use aws_sdk_s3::primitives::ByteStream;
use iam_policy::Region;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::Child;

use crate::backend::{Backend, run};
use crate::proxy::Proxy;
use crate::workspace;
use crate::workspace::Workspace;

use super::{applied, assert_nothing_left, contract, scratch_things};

/// A run that is in the middle of something, and whose backend lets everything through, so that there are controls.
struct HalfWay {
    backend: Backend,
    bucket: String,
    workspace: Workspace,
    proxy: Proxy,
    child: Child,
}

impl HalfWay {
    /// Stops when the write of this name is done and not answered yet.
    async fn at(write: &str) -> Self {
        let backend = Backend::embedded().await;
        let (bucket, _) = applied(&backend, "cut", PARTS).await;
        backend.s3().delete_bucket_policy().bucket(&bucket).send().await.unwrap();
        let proxy = Proxy::to(&backend).await;
        let workspace = Workspace::new(
            &backend,
            &proxy.takes_place_of(&backend, &contract(&backend, &bucket, PARTS)),
        );
        proxy.hold_at(&write.replace("BUCKET", &bucket));
        let child = workspace.command(&["verify"]).stdout(Stdio::null()).spawn().unwrap();
        proxy.held().await;
        Self { backend, bucket, workspace, proxy, child }
    }

    async fn signal(&self, name: &str) {
        let id = self.child.id().expect("the run goes on").to_string();
        workspace::signal(name, &id).await;
    }
}

const PARTS: &str = "multipart = true";

/// What there is to be held at: an upload, one in parts, the wider policy, a scratch role, a scratch bucket.
const WRITES: [&str; 5] = [
    "PUT /BUCKET/uploads/gatepass-verify-",
    "uploads=",
    "PutRolePolicy",
    "CreateRole",
    "PUT /gatepass-verify-",
];

#[test]
fn ctrl_c() {
    run(async {
        for write in WRITES {
            let mut half_way = HalfWay::at(write).await;
            half_way.signal("-INT").await;
            let mut said = BufReader::new(half_way.child.stderr.take().unwrap());
            let mut text = String::new();
            while !text.contains("stopping") {
                assert_ne!(said.read_line(&mut text).await.unwrap(), 0, "{write}: {text}");
            }
            half_way.proxy.release();
            said.read_to_string(&mut text).await.unwrap();
            assert_eq!(half_way.child.wait().await.unwrap().code(), Some(1), "{write}: {text}");
            assert!(
                text.contains(
                    "stopped before all guardrails were attacked; what there was is cleaned up"
                ),
                "{write}: {text}"
            );
            assert!(!text.contains("left behind"), "{write}: {text}");
            assert_nothing_left(&half_way.backend, &half_way.bucket).await;
        }
    });
}

#[test]
fn killed() {
    run(async {
        for write in WRITES {
            let mut half_way = HalfWay::at(write).await;
            half_way.signal("-KILL").await;
            half_way.child.wait().await.unwrap();
            half_way.proxy.release();
            let HalfWay { backend, bucket, workspace, .. } = &half_way;
            let there = things(backend, bucket).await;
            assert!(!there.is_empty(), "{write}");

            // it may be a run that goes on, on another machine
            let verified = workspace.run(&["verify"]).await.exits(2);
            assert!(!verified.stderr.contains("an earlier run"), "{}", verified.stderr);
            assert_eq!(things(backend, bucket).await, there, "{write}");

            let removed = workspace.run(&["verify", "--clean-up"]).await.exits(0).stderr;
            assert_eq!(
                removed.matches("removed what an earlier run had left: ").count(),
                there.len(),
                "{write}: {removed}\n{there:?}"
            );
            assert_nothing_left(backend, bucket).await;
            let again = workspace.run(&["verify", "--clean-up"]).await.exits(0).stderr;
            assert_eq!(again, "no run has left anything\n");
        }
    });
}

/// Everything that carries a run's name.
async fn things(backend: &Backend, bucket: &str) -> Vec<String> {
    let objects = backend.s3().list_objects_v2().bucket(bucket).send().await.unwrap();
    let policies = backend
        .iam()
        .list_role_policies()
        .role_name(format!("{bucket}-presigner"))
        .send()
        .await
        .unwrap();
    let uploads = backend.s3().list_multipart_uploads().bucket(bucket).send().await.unwrap();
    let keys = objects
        .contents()
        .iter()
        .filter_map(|object| object.key())
        .chain(uploads.uploads().iter().filter_map(|upload| upload.key()));
    let names = keys
        .chain(policies.policy_names().iter().map(String::as_str))
        .filter(|name| name.contains("gatepass-verify-"));
    names.map(str::to_owned).chain(scratch_things(backend).await).collect()
}

/// A name tells when its run began, and no run takes years.
#[test]
fn what_was_left_long_ago_is_removed_by_the_next_run() {
    run(async {
        const RUN: &str = "gatepass-verify-00000000deadbeef";
        let backend = Backend::embedded().await;
        let (bucket, workspace) = applied(&backend, "earlier", "multipart = true").await;
        let (s3, iam) = (backend.s3(), backend.iam());
        for key in [
            format!("uploads/{RUN}/2026-01-01/a.png"),
            format!("{RUN}/3.png"),
            "uploads/gatepass-verify-it-yourself.png".to_owned(),
        ] {
            s3.put_object()
                .bucket(&bucket)
                .key(key)
                .body(ByteStream::from_static(b"left"))
                .send()
                .await
                .unwrap();
        }
        let begun = format!("uploads/{RUN}/2026-01-01/b.png");
        s3.create_multipart_upload().bucket(&bucket).key(begun).send().await.unwrap();
        let scratch = format!("{RUN}-7");
        let constraint = aws_sdk_s3::types::BucketLocationConstraint::from(
            Region::parse(backend.region).unwrap().as_str(),
        );
        let configuration = aws_sdk_s3::types::CreateBucketConfiguration::builder()
            .location_constraint(constraint)
            .build();
        s3.create_bucket()
            .bucket(&scratch)
            .create_bucket_configuration(configuration)
            .send()
            .await
            .unwrap();
        s3.put_object()
            .bucket(&scratch)
            .key("x")
            .body(ByteStream::from_static(b"left"))
            .send()
            .await
            .unwrap();
        let nothing = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "iam:*", "Resource": "*"}]}"#;
        let trust = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"}]}"#;
        iam.create_role().role_name(RUN).assume_role_policy_document(trust).send().await.unwrap();
        let role = format!("{bucket}-presigner");
        iam.put_role_policy()
            .role_name(&role)
            .policy_name(RUN)
            .policy_document(nothing)
            .send()
            .await
            .unwrap();

        let said = workspace.run(&["verify"]).await.exits(0).stderr;
        assert_eq!(said.matches("removed what an earlier run had left: ").count(), 6, "{said}");
        let objects = s3.list_objects_v2().bucket(&bucket).send().await.unwrap();
        let keys: Vec<&str> = objects.contents().iter().filter_map(|object| object.key()).collect();
        assert_eq!(keys, ["uploads/gatepass-verify-it-yourself.png"], "that is somebody else's");
        s3.delete_object().bucket(&bucket).key(keys[0]).send().await.unwrap();
        assert_nothing_left(&backend, &bucket).await;
    });
}

#[test]
fn versions_and_delete_markers_too() {
    run(async {
        let backend = Backend::embedded().await;
        let bucket = backend.unique_bucket("versions");
        let text =
            contract(&backend, &bucket, "").replace("[upload]", "versioning = true\n[upload]");
        let workspace = Workspace::new(&backend, &text);
        workspace.run(&["apply", "--yes"]).await.exits(0);
        workspace.run(&["verify"]).await.exits(0);
        assert_nothing_left(&backend, &bucket).await;
    });
}

#[test]
fn after_a_failure() {
    run(async {
        let backend = Backend::embedded().await;
        let (bucket, workspace) = applied(&backend, "failed", "").await;
        workspace.run(&["verify", "--junit", "nowhere/proof.xml"]).await.exits(1);
        assert_nothing_left(&backend, &bucket).await;
    });
}
