//! Answers with a success status that AWS never gives: none of them may count as "there is none".

use super::{Answer, Replay, bucket, contract, role};
use crate::provision::{ReadState as _, StateError, StateErrorKind, Versioning};
use iam_policy::PolicyArn;

const ELSEWHERE: &str = "[endpoint]\nurl = \"http://localhost:4566\"\n";

/// The outcome of each call that reads, by the operation's name, when it is answered so.
async fn answered(body: &str) -> Vec<(&'static str, Result<(), StateError>)> {
    let answers: Vec<Answer<'_>> = (0..17).map(|_| Answer(200, &[], body)).collect();
    let replay = Replay::of(&contract("eu-central-1", ELSEWHERE), &answers);
    let (reader, bucket, role) = (replay.connection.reader(), bucket(), role());
    let policy = PolicyArn::parse("arn:aws:iam::111122223333:policy/boundary").unwrap();
    vec![
        ("GetBucketLocation", reader.get_bucket_location(&bucket).await.map(drop)),
        ("GetBucketTagging", reader.get_bucket_tagging(&bucket).await.map(drop)),
        (
            "GetBucketOwnershipControls",
            reader.get_bucket_ownership_controls(&bucket).await.map(drop),
        ),
        ("GetPublicAccessBlock", reader.get_public_access_block(&bucket).await.map(drop)),
        ("GetBucketEncryption", reader.get_bucket_encryption(&bucket).await.map(drop)),
        ("GetBucketVersioning", reader.get_bucket_versioning(&bucket).await.map(drop)),
        (
            "GetBucketLifecycleConfiguration",
            reader.get_bucket_lifecycle_configuration(&bucket).await.map(drop),
        ),
        ("GetBucketCors", reader.get_bucket_cors(&bucket).await.map(drop)),
        ("GetBucketPolicy", reader.get_bucket_policy(&bucket).await.map(drop)),
        ("ListObjectVersions", reader.list_object_versions(&bucket).await.map(drop)),
        ("ListMultipartUploads", reader.list_multipart_uploads(&bucket).await.map(drop)),
        ("GetRole", reader.get_role(&role).await.map(drop)),
        ("GetRolePolicy", reader.get_role_policy(&role, "gatepass-upload").await.map(drop)),
        ("ListRolePolicies", reader.list_role_policies(&role).await.map(drop)),
        ("ListAttachedRolePolicies", reader.list_attached_role_policies(&role).await.map(drop)),
        (
            "ListInstanceProfilesForRole",
            reader.list_instance_profiles_for_role(&role).await.map(drop),
        ),
        ("GetPolicy", reader.get_policy(&policy).await.map(drop)),
    ]
}

#[tokio::test]
async fn an_answer_that_is_empty_or_something_else_is_rejected_by_every_call_that_reads() {
    for body in [
        "",
        " \n",
        "{}",
        "[]",
        "null",
        "<html><body>It works!</body></html>",
        "It works!",
        "<?xml version=\"1.0\"?>",
        "<Tagging>",
    ] {
        for (operation, outcome) in answered(body).await {
            let Err(error) = outcome else { panic!("{operation} took {body:?}") };
            assert_eq!(error.kind, StateErrorKind::Other, "{operation} {body:?}");
            let said = format!("http://localhost:4566 answered {operation} with status 200 and ");
            assert!(
                error.message.starts_with(&said)
                    && error.message.ends_with(", which AWS never does"),
                "{operation} {body:?}: {error}"
            );
            assert!(
                error
                    .hint
                    .as_deref()
                    .unwrap_or_default()
                    .contains("are S3, IAM and STS what answers"),
                "{operation} {body:?}"
            );
        }
    }
}

/// What a call made of an answer, in words.
async fn told(read: impl AsyncFnOnce(&Replay) -> Result<(), StateError>, body: &str) -> String {
    let replay = Replay::of(&contract("eu-central-1", ELSEWHERE), &[Answer(200, &[], body)]);
    match read(&replay).await {
        Ok(()) => "taken".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn an_answer_that_lacks_what_aws_always_gives_is_rejected() {
    let mut all = Vec::new();
    for body in [
        "<Tagging/>",
        "<Tagging><TagSet/></Tagging>",
        "<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>",
    ] {
        all.push(
            told(
                async |replay| {
                    replay.connection.reader().get_bucket_tagging(&bucket()).await.map(drop)
                },
                body,
            )
            .await,
        );
    }
    for body in [
        "<CORSConfiguration/>",
        "<CORSConfiguration><CORSRule><AllowedMethod>PUT</AllowedMethod></CORSRule></CORSConfiguration>",
    ] {
        all.push(
            told(
                async |replay| {
                    replay.connection.reader().get_bucket_cors(&bucket()).await.map(drop)
                },
                body,
            )
            .await,
        );
    }
    for body in [
        "<LifecycleConfiguration/>",
        "<LifecycleConfiguration><Rule><ID>a</ID></Rule></LifecycleConfiguration>",
    ] {
        let read = async |replay: &Replay| {
            replay.connection.reader().get_bucket_lifecycle_configuration(&bucket()).await.map(drop)
        };
        all.push(told(read, body).await);
    }
    for body in ["<OwnershipControls/>", "<OwnershipControls><Rule/></OwnershipControls>"] {
        let read = async |replay: &Replay| {
            replay.connection.reader().get_bucket_ownership_controls(&bucket()).await.map(drop)
        };
        all.push(told(read, body).await);
    }
    let body = "<ServerSideEncryptionConfiguration/>";
    all.push(
        told(
            async |replay| {
                replay.connection.reader().get_bucket_encryption(&bucket()).await.map(drop)
            },
            body,
        )
        .await,
    );
    for body in [r#"{"Version":"2012-10-17"}"#, r#"{"Statement":[]}"#, r#"{"Statement":[{}]}"#] {
        all.push(
            told(
                async |replay| {
                    replay.connection.reader().get_bucket_policy(&bucket()).await.map(drop)
                },
                body,
            )
            .await,
        );
    }
    let body = "<ListVersionsResult/>";
    all.push(
        told(
            async |replay| {
                replay.connection.reader().list_object_versions(&bucket()).await.map(drop)
            },
            body,
        )
        .await,
    );
    for body in ["<GetRoleResponse/>", "<GetRoleResponse><GetRoleResult/></GetRoleResponse>"] {
        all.push(
            told(async |replay| replay.connection.reader().get_role(&role()).await.map(drop), body)
                .await,
        );
    }
    insta::assert_snapshot!(all.join("\n"), @"
    reading the tags of the bucket acme-uploads: http://localhost:4566 answered GetBucketTagging with status 200 and <Tagging> without <TagSet>, which AWS never does
    reading the tags of the bucket acme-uploads: http://localhost:4566 answered GetBucketTagging with status 200 and <TagSet> without <Tag>, which AWS never does
    reading the tags of the bucket acme-uploads: http://localhost:4566 answered GetBucketTagging with status 200 and <Tag> without <Value>, which AWS never does
    reading the CORS rules of the bucket acme-uploads: http://localhost:4566 answered GetBucketCors with status 200 and <CORSConfiguration> without <CORSRule>, which AWS never does
    reading the CORS rules of the bucket acme-uploads: http://localhost:4566 answered GetBucketCors with status 200 and <CORSRule> without <AllowedOrigin>, which AWS never does
    reading the lifecycle rules of the bucket acme-uploads: http://localhost:4566 answered GetBucketLifecycleConfiguration with status 200 and <LifecycleConfiguration> without <Rule>, which AWS never does
    reading the lifecycle rules of the bucket acme-uploads: http://localhost:4566 answered GetBucketLifecycleConfiguration with status 200 and <Rule> without <Status>, which AWS never does
    reading the ownership controls of the bucket acme-uploads: http://localhost:4566 answered GetBucketOwnershipControls with status 200 and <OwnershipControls> without <Rule>, which AWS never does
    reading the ownership controls of the bucket acme-uploads: http://localhost:4566 answered GetBucketOwnershipControls with status 200 and <Rule> without <ObjectOwnership>, which AWS never does
    reading the default encryption of the bucket acme-uploads: http://localhost:4566 answered GetBucketEncryption with status 200 and <ServerSideEncryptionConfiguration> without <Rule>, which AWS never does
    reading the bucket policy of acme-uploads: http://localhost:4566 answered GetBucketPolicy with status 200 and a policy without a statement, which AWS never does
    reading the bucket policy of acme-uploads: http://localhost:4566 answered GetBucketPolicy with status 200 and a policy without a statement, which AWS never does
    reading the bucket policy of acme-uploads: the document that is there cannot be understood: a statement has no Effect
    looking for objects in the bucket acme-uploads: http://localhost:4566 answered ListObjectVersions with status 200 and <ListVersionsResult> without <IsTruncated>, which AWS never does
    looking for the role acme-uploads-presigner: http://localhost:4566 answered GetRole with status 200 and <GetRoleResponse> without <GetRoleResult>, which AWS never does
    looking for the role acme-uploads-presigner: http://localhost:4566 answered GetRole with status 200 and <GetRoleResult> without <Role>, which AWS never does
    ");
}

/// What is absent because it is so is no reason to reject anything.
#[tokio::test]
async fn what_aws_does_give_is_taken() {
    let replay = |body: &str| Replay::of(&contract("eu-central-1", ""), &[Answer(200, &[], body)]);
    let body = r#"<?xml version="1.0" encoding="UTF-8"?><VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>"#;
    assert_eq!(
        replay(body).connection.reader().get_bucket_versioning(&bucket()).await.unwrap(),
        Versioning::NeverEnabled
    );
    let body = r#"<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>"#;
    assert_eq!(
        replay(body).connection.reader().get_bucket_location(&bucket()).await.unwrap().as_str(),
        "us-east-1"
    );
    let body = "<ListAttachedRolePoliciesResponse><ListAttachedRolePoliciesResult><AttachedPolicies/><IsTruncated>false</IsTruncated>\
                </ListAttachedRolePoliciesResult></ListAttachedRolePoliciesResponse>";
    assert!(
        replay(body)
            .connection
            .reader()
            .list_attached_role_policies(&role())
            .await
            .unwrap()
            .is_empty()
    );
    let body = "<ListVersionsResult><Name>acme-uploads</Name><IsTruncated>false</IsTruncated></ListVersionsResult>";
    assert_eq!(
        replay(body)
            .connection
            .reader()
            .list_object_versions(&bucket())
            .await
            .unwrap()
            .versions
            .count,
        0
    );
}

#[tokio::test]
async fn in_front_of_aws_it_may_be_a_proxy_that_answers() {
    let replay = Replay::of(
        &contract("eu-central-1", ""),
        &[Answer(200, &[("x-amz-request-id", "4442587FB7D0A2F9")], "<html>Log in</html>")],
    );
    let error = replay.connection.reader().get_bucket_policy(&bucket()).await.unwrap_err();
    assert_eq!(replay.calls(), 1, "nothing is asked for again");
    insta::assert_snapshot!(format!("{error}\nhint: {}", error.hint.as_deref().unwrap_or_default()), @r#"
    reading the bucket policy of acme-uploads: AWS in eu-central-1 answered GetBucketPolicy with status 200 and the body "<html>Log in</html>", which AWS never does (request id 4442587FB7D0A2F9)
    hint: check for a proxy that answers in its place (HTTPS_PROXY, NO_PROXY)
    "#);
}
