//! What AWS's refusals are told as.

use std::time::SystemTime;

use aws_config::retry::RetryConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use super::{Answer, Replay, bucket, contract, query_error, region, role, s3_error};
use crate::aws::connection::{Hosts, Transport};
use crate::aws::{AwsErrorKind, Connection};
use crate::ca_certificates::CaCertificates;
use crate::provision::{
    ObjectOwnership, PublicAccessBlock, ReadState as _, StateError, StateErrorKind, TagSet,
    Versioning, WriteState as _,
};
use iam_policy::Region;

const REQUEST_ID: (&str, &str) = ("x-amz-request-id", "4442587FB7D0A2F9");

/// The message with its hint, as the command line shows it.
fn told(error: &StateError) -> String {
    match &error.hint {
        Some(hint) => format!("{error}\nhint: {hint}"),
        None => error.to_string(),
    }
}

async fn create_bucket_answered(status: u16, code: &str, message: &str) -> StateError {
    let body = s3_error(code, message);
    let replay = Replay::of(&contract("eu-central-1", ""), &[Answer(status, &[REQUEST_ID], &body)]);
    let writer = replay.connection.writer();
    let created = writer
        .create_bucket(
            &bucket(),
            &region("eu-central-1"),
            ObjectOwnership::BucketOwnerEnforced,
            &TagSet::new(),
        )
        .await;
    assert_eq!(replay.calls(), 1, "a refusal is not asked for again");
    created.unwrap_err()
}

#[tokio::test]
async fn a_bucket_name_of_another_account() {
    let error = create_bucket_answered(
        409,
        "BucketAlreadyExists",
        "The requested bucket name is not available.",
    )
    .await;
    assert_eq!(error.kind, StateErrorKind::NameTaken);
    insta::assert_snapshot!(told(&error), @r"
    creating the bucket acme-uploads: BucketAlreadyExists: The requested bucket name is not available (request id 4442587FB7D0A2F9)
    hint: bucket names are unique among all accounts: choose another than acme-uploads, with the company's name in it for example
    ");
}

#[tokio::test]
async fn a_bucket_that_is_ones_own_already() {
    let error = create_bucket_answered(
        409,
        "BucketAlreadyOwnedByYou",
        "Your previous request to create the named bucket succeeded and you already own it.",
    )
    .await;
    assert_eq!(error.kind, StateErrorKind::AlreadyExists);
    insta::assert_snapshot!(told(&error), @"creating the bucket acme-uploads: BucketAlreadyOwnedByYou: Your previous request to create the named bucket succeeded and you already own it (request id 4442587FB7D0A2F9)");
}

#[tokio::test]
async fn another_change_under_way_is_told_for_apply_to_try_again() {
    let message = "A conflicting conditional operation is currently in progress against this resource. Please try again.";
    let error = create_bucket_answered(409, "OperationAborted", message).await;
    assert_eq!(error.kind, StateErrorKind::Conflict);
    insta::assert_snapshot!(told(&error), @r"
    creating the bucket acme-uploads: OperationAborted: A conflicting conditional operation is currently in progress against this resource. Please try again (request id 4442587FB7D0A2F9)
    hint: another change to the same thing is under way: run the command again in a minute
    ");
}

#[tokio::test]
async fn a_missing_permission_is_named() {
    let message = "User: arn:aws:iam::111122223333:user/ops is not authorized to perform: s3:CreateBucket on resource: \
                   \"arn:aws:s3:::acme-uploads\" because no identity-based policy allows the s3:CreateBucket action";
    let error = create_bucket_answered(403, "AccessDenied", message).await;
    assert_eq!(error.kind, StateErrorKind::AccessDenied);
    insta::assert_snapshot!(told(&error), @r#"
    creating the bucket acme-uploads: AccessDenied: User: arn:aws:iam::111122223333:user/ops is not authorized to perform: s3:CreateBucket on resource: "arn:aws:s3:::acme-uploads" because no identity-based policy allows the s3:CreateBucket action (request id 4442587FB7D0A2F9)
    hint: the caller needs s3:CreateBucket, s3:PutBucketOwnershipControls and s3:TagResource, and nothing that denies it (a permissions boundary, an organization's policy)
    "#);
}

#[tokio::test]
async fn the_accounts_public_access_block_is_named() {
    let body = s3_error(
        "AccessDenied",
        "User is not authorized to perform: s3:PutBucketPolicy because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.",
    );
    let replay = Replay::of(&contract("eu-central-1", ""), &[Answer(403, &[], &body)]);
    let document = iam_policy::Document::parse(r#"{"Statement":[]}"#).unwrap();
    insta::assert_snapshot!(told(&replay.connection.writer().put_bucket_policy(&bucket(), &document).await.unwrap_err()), @r#"
    writing the bucket policy of acme-uploads: AccessDenied: User is not authorized to perform: s3:PutBucketPolicy because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access
    hint: the public access block of the bucket or of the account refuses a bucket policy that allows everybody something: see its statements with "Effect": "Allow"
    "#);
}

#[tokio::test]
async fn credentials_that_have_ended() {
    let error =
        create_bucket_answered(400, "ExpiredToken", "The provided token has expired.").await;
    insta::assert_snapshot!(told(&error), @r"
    creating the bucket acme-uploads: ExpiredToken: The provided token has expired (request id 4442587FB7D0A2F9)
    hint: renew the credentials (`aws login`, `aws sso login`, or whatever issued the session token)
    ");
}

#[tokio::test]
async fn an_unknown_access_key() {
    let error = create_bucket_answered(
        403,
        "InvalidAccessKeyId",
        "The AWS Access Key Id you provided does not exist in our records.",
    )
    .await;
    insta::assert_snapshot!(told(&error), @r"
    creating the bucket acme-uploads: InvalidAccessKeyId: The AWS Access Key Id you provided does not exist in our records (request id 4442587FB7D0A2F9)
    hint: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or the profile of AWS_PROFILE, belong together and to one AWS partition: see which of them is another's
    ");
}

#[tokio::test]
async fn a_wrong_clock_as_s3_tells_it() {
    let body = s3_error(
        "RequestTimeTooSkewed",
        "The difference between the request time and the current time is too large.",
    );
    let skewed = || Answer(403, &[REQUEST_ID], &body);
    let replay = Replay::of(&contract("eu-central-1", ""), &[skewed(), skewed(), skewed()]);
    let error = replay.connection.reader().get_bucket_cors(&bucket()).await.unwrap_err();
    insta::assert_snapshot!(told(&error), @r"
    reading the CORS rules of the bucket acme-uploads: RequestTimeTooSkewed: The difference between the request time and the current time is too large (request id 4442587FB7D0A2F9)
    hint: set this machine's clock: `timedatectl` shows whether it is synchronised
    ");
}

/// A `Date` so many minutes from now.
fn date(minutes_ahead: i64) -> String {
    let now = DateTime::from(SystemTime::now()).secs();
    DateTime::from_secs(now + minutes_ahead * 60).fmt(Format::HttpDate).unwrap()
}

#[tokio::test]
async fn a_wrong_clock_as_the_date_of_an_answer_without_a_body_tells_it() {
    for status in [400, 401, 403] {
        let error =
            head_bucket_answered(Answer(status, &[("date", &date(20)), REQUEST_ID], "")).await;
        assert_eq!(error.kind, StateErrorKind::Other);
        insta::allow_duplicates! {
            insta::assert_snapshot!(told(&error).replace(&status.to_string(), "40x"), @r"
            looking for the bucket acme-uploads: HTTP status 40x; this machine's clock is 20 minutes behind, compared with that of AWS in eu-central-1 (request id 4442587FB7D0A2F9)
            hint: set this machine's clock: `timedatectl` shows whether it is synchronised
            ");
        }
    }
    let error = head_bucket_answered(Answer(
        403,
        &[("date", &date(-20)), ("x-amz-bucket-region", "eu-central-1")],
        "",
    ))
    .await;
    assert!(
        error.message.contains(
            "this machine's clock is 20 minutes ahead, compared with that of AWS in eu-central-1"
        ),
        "{}",
        error.message
    );
    // with a clock as good as this, S3 has another reason
    let error = head_bucket_answered(Answer(403, &[("date", &date(10))], "")).await;
    assert_eq!(
        (error.kind, error.message.as_str()),
        (StateErrorKind::AccessDenied, "HTTP status 403")
    );
    // a redirect comes before the signature is looked at
    for status in [301, 400] {
        let error = head_bucket_answered(Answer(
            status,
            &[("date", &date(20)), ("x-amz-bucket-region", "us-west-2")],
            "",
        ))
        .await;
        assert_eq!(error.kind, StateErrorKind::WrongRegion { actual: Some(region("us-west-2")) });
    }
}

#[tokio::test]
async fn a_wrong_clock_is_measured_where_a_code_tells_of_it() {
    let (date, s3) = (
        date(-90),
        s3_error(
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
        ),
    );
    let headers = [("date", date.as_str())];
    let answer = || Answer(403, &headers, &s3);
    let replay = Replay::of(&contract("eu-central-1", ""), &[answer(), answer(), answer()]);
    let error = replay.connection.reader().get_bucket_cors(&bucket()).await.unwrap_err();
    assert!(
        error.message.ends_with(
            "; this machine's clock is 90 minutes ahead, compared with that of AWS in eu-central-1"
        ),
        "{}",
        error.message
    );
    // the SDK does not hide it by signing with a clock that it corrected: presigned URLs are signed with the wrong one
    assert_eq!(replay.calls(), 1);
    for message in [
        "The request signature we calculated does not match",
        "Signature not yet current: 20260101T010000Z is still later than now",
    ] {
        let body = query_error("SignatureDoesNotMatch", message);
        let replay = Replay::of(&contract("eu-central-1", ""), &[Answer(403, &headers, &body)]);
        let error = replay.connection.account().await.unwrap_err();
        assert_eq!(*error.kind(), AwsErrorKind::ClockSkew);
        assert!(error.message().contains("this machine's clock is 90 minutes ahead"), "{error}");
    }
}

#[tokio::test]
async fn a_wrong_clock_as_sts_tells_it() {
    let body = query_error(
        "SignatureDoesNotMatch",
        "Signature expired: 20260101T000000Z is now earlier than 20260101T010000Z",
    );
    let skewed = || Answer(403, &[("x-amzn-requestid", "ae2e6fbd-1234")], &body);
    let replay = Replay::of(&contract("eu-central-1", ""), &[skewed(), skewed(), skewed()]);
    let error = replay.connection.account().await.unwrap_err();
    insta::assert_snapshot!(format!("{error}\nhint: {}", error.hint().unwrap_or_default()), @r"
    asking AWS for the account of the credentials: SignatureDoesNotMatch: Signature expired: 20260101T000000Z is now earlier than 20260101T010000Z (request id ae2e6fbd-1234)
    hint: set this machine's clock: `timedatectl` shows whether it is synchronised
    ");
}

#[tokio::test]
async fn credentials_of_another_account_than_the_contracts() {
    let answer = "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::999988887777:user/ops</Arn>\
                  <Account>999988887777</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";
    let mut stated = contract("eu-central-1", "");
    stated.account_id = Some(super::account());
    let replay = Replay::of(&stated, &[Answer(200, &[], answer)]);
    let error = replay.connection.account().await.unwrap_err();
    insta::assert_snapshot!(format!("{error}\nhint: {}", error.hint().unwrap_or_default()), @r#"
    asking AWS for the account of the credentials: the credentials are those of arn:aws:iam::999988887777:user/ops in account 999988887777, but the contract states account_id = "111122223333"
    hint: use credentials of account 111122223333 (AWS_PROFILE names a profile), or correct account_id
    "#);
}

async fn head_bucket_answered(answer: Answer<'_>) -> StateError {
    let replay = Replay::of(&contract("eu-central-1", ""), &[answer]);
    replay.connection.reader().head_bucket(&bucket()).await.unwrap_err()
}

#[tokio::test]
async fn a_bucket_of_another_account() {
    let error = head_bucket_answered(Answer(
        403,
        &[("x-amz-bucket-region", "eu-central-1"), REQUEST_ID],
        "",
    ))
    .await;
    assert_eq!(error.kind, StateErrorKind::AccessDenied);
    insta::assert_snapshot!(told(&error), @r"
    looking for the bucket acme-uploads: HTTP status 403 (request id 4442587FB7D0A2F9)
    hint: the bucket acme-uploads is there: if it is another account's, choose another name; if it is yours, the caller needs s3:ListBucket on it
    ");
}

#[tokio::test]
async fn a_bucket_in_another_region() {
    for status in [301, 400] {
        let error = head_bucket_answered(Answer(
            status,
            &[("x-amz-bucket-region", "us-west-2"), REQUEST_ID],
            "",
        ))
        .await;
        assert_eq!(error.kind, StateErrorKind::WrongRegion { actual: Some(region("us-west-2")) });
        insta::allow_duplicates! {
            insta::assert_snapshot!(told(&error).replace(&status.to_string(), "30x"), @r#"
            looking for the bucket acme-uploads: HTTP status 30x (request id 4442587FB7D0A2F9)
            hint: if the bucket acme-uploads is yours, write region = "us-west-2" under [bucket]; if not, choose another name
            "#);
        }
    }
}

#[tokio::test]
async fn a_redirect_that_names_the_region_in_its_body_only() {
    let bodies = [
        (
            301,
            "<Error><Code>PermanentRedirect</Code><Message>The bucket you are attempting to access must be addressed using the specified endpoint.</Message><Region>us-west-2</Region></Error>",
        ),
        (
            400,
            "<Error><Code>AuthorizationHeaderMalformed</Code><Message>The authorization header is malformed; the region 'eu-central-1' is wrong; expecting 'us-west-2'</Message><Region>us-west-2</Region></Error>",
        ),
    ];
    for (status, body) in bodies {
        let replay = Replay::of(&contract("eu-central-1", ""), &[Answer(status, &[], body)]);
        let error = replay.connection.reader().get_bucket_cors(&bucket()).await.unwrap_err();
        assert_eq!(
            error.kind,
            StateErrorKind::WrongRegion { actual: Region::parse("us-west-2").ok() }
        );
    }
}

#[tokio::test]
async fn no_bucket_is_an_answer() {
    let replay = Replay::of(&contract("eu-central-1", ""), &[Answer(404, &[], "")]);
    assert_eq!(replay.connection.reader().head_bucket(&bucket()).await.unwrap(), None);
}

#[tokio::test]
async fn a_missing_setting_is_an_answer_and_a_missing_bucket_is_not() {
    let absent = |code: &str| s3_error(code, "There is none");
    let bodies = [
        "NoSuchBucketPolicy",
        "NoSuchCORSConfiguration",
        "NoSuchLifecycleConfiguration",
        "ServerSideEncryptionConfigurationNotFoundError",
        "OwnershipControlsNotFoundError",
        "NoSuchPublicAccessBlockConfiguration",
        "NoSuchTagSet",
    ]
    .map(absent);
    let mut answers: Vec<Answer<'_>> = bodies.iter().map(|body| Answer(404, &[], body)).collect();
    let gone = absent("NoSuchBucket");
    answers.push(Answer(404, &[], &gone));
    let replay = Replay::of(&contract("eu-central-1", ""), &answers);
    let (reader, bucket) = (replay.connection.reader(), bucket());
    assert_eq!(reader.get_bucket_policy(&bucket).await.unwrap(), None);
    assert_eq!(reader.get_bucket_cors(&bucket).await.unwrap(), []);
    assert_eq!(reader.get_bucket_lifecycle_configuration(&bucket).await.unwrap(), None);
    assert_eq!(reader.get_bucket_encryption(&bucket).await.unwrap(), None);
    assert_eq!(reader.get_bucket_ownership_controls(&bucket).await.unwrap(), None);
    assert_eq!(reader.get_public_access_block(&bucket).await.unwrap(), None);
    assert_eq!(reader.get_bucket_tagging(&bucket).await.unwrap(), TagSet::new());
    assert_eq!(reader.get_bucket_policy(&bucket).await.unwrap_err().kind, StateErrorKind::NotFound);
}

#[tokio::test]
async fn throttling_is_waited_out() {
    let slow_down = s3_error("SlowDown", "Please reduce your request rate.");
    let throttling = query_error("Throttling", "Rate exceeded");
    let answers = [
        Answer(503, &[], &slow_down),
        Answer(200, &[], ""),
        Answer(400, &[], &throttling),
        Answer(200, &[], ""),
    ];
    let replay = Replay::of(&contract("eu-central-1", ""), &answers);
    replay
        .connection
        .writer()
        .put_public_access_block(&bucket(), &PublicAccessBlock::ALL)
        .await
        .unwrap();
    replay.connection.writer().delete_role(&role()).await.unwrap();
    assert_eq!(replay.calls(), 4);
}

#[tokio::test]
async fn throttling_that_does_not_end_is_told() {
    let slow_down = s3_error("SlowDown", "Please reduce your request rate.");
    let answer = || Answer(503, &[REQUEST_ID], &slow_down);
    let replay = Replay::of(&contract("eu-central-1", ""), &[answer(), answer(), answer()]);
    let error = replay
        .connection
        .writer()
        .put_public_access_block(&bucket(), &PublicAccessBlock::ALL)
        .await
        .unwrap_err();
    assert_eq!(replay.calls(), 3);
    insta::assert_snapshot!(told(&error), @r"
    writing the public access block of the bucket acme-uploads: SlowDown: Please reduce your request rate (request id 4442587FB7D0A2F9)
    hint: AWS is being asked too often, perhaps by others in the account: run the command again in a minute
    ");
}

#[tokio::test]
async fn a_role_that_is_not_there_yet() {
    let body =
        query_error("NoSuchEntity", "The role with name acme-uploads-presigner cannot be found.");
    let answer = || Answer(404, &[("x-amzn-requestid", "ae2e6fbd-1234")], &body);
    let replay = Replay::of(&contract("eu-central-1", ""), &[answer(), answer()]);
    assert_eq!(replay.connection.reader().get_role(&role()).await.unwrap(), None);
    let document = iam_policy::Document::parse(r#"{"Statement":[]}"#).unwrap();
    let error = replay
        .connection
        .writer()
        .put_role_policy(&role(), "gatepass-upload", &document)
        .await
        .unwrap_err();
    assert_eq!(error.kind, StateErrorKind::NotFound);
    insta::assert_snapshot!(told(&error), @"writing the permissions policy of the role acme-uploads-presigner: NoSuchEntity: The role with name acme-uploads-presigner cannot be found (request id ae2e6fbd-1234)");
}

#[tokio::test]
async fn an_endpoint_without_the_operation() {
    let local = contract("eu-central-1", "[endpoint]\nurl = \"http://localhost:4566\"\n");
    let body = s3_error(
        "NotImplemented",
        "A header you provided implies functionality that is not implemented.",
    );
    let replay = Replay::of(
        &local,
        &[Answer(501, &[], &body), Answer(501, &[], &body), Answer(501, &[], &body)],
    );
    let error = replay.connection.reader().get_bucket_cors(&bucket()).await.unwrap_err();
    assert_eq!(error.kind, StateErrorKind::NotSupported);
}

#[tokio::test]
async fn an_answer_that_is_none_of_s3s() {
    let local = contract("eu-central-1", "[endpoint]\nurl = \"http://localhost:4566\"\n");
    let replay = Replay::of(&local, &[Answer(200, &[], "<html>It works!</html>")]);
    let error = replay.connection.reader().get_bucket_cors(&bucket()).await.unwrap_err();
    insta::assert_snapshot!(told(&error), @r#"
    reading the CORS rules of the bucket acme-uploads: http://localhost:4566 answered GetBucketCors with status 200 and the body "<html>It works!</html>", which AWS never does
    hint: are S3, IAM and STS what answers at http://localhost:4566? it comes from endpoint.url
    "#);
}

#[tokio::test]
async fn versioning_as_moto_tells_it() {
    let body =
        "<GetBucketVersioningResponse><Status>Enabled</Status></GetBucketVersioningResponse>";
    let local = contract("eu-central-1", "[endpoint]\nurl = \"http://localhost:4566\"\n");
    let replay = Replay::of(&local, &[Answer(200, &[], body)]);
    assert_eq!(
        replay.connection.reader().get_bucket_versioning(&bucket()).await.unwrap(),
        Versioning::Enabled
    );
    let aws = Replay::of(&contract("eu-central-1", ""), &[Answer(200, &[], body)]);
    aws.connection.reader().get_bucket_versioning(&bucket()).await.unwrap_err();
}

#[tokio::test]
async fn nobody_listens() {
    // a port that was free a moment ago
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let local =
        contract("eu-central-1", &format!("[endpoint]\nurl = \"http://127.0.0.1:{port}\"\n"));
    let credentials =
        SharedCredentialsProvider::new(Credentials::new("test", "test", None, None, "test"));
    let transport = Transport {
        retry: RetryConfig::disabled(),
        ..Transport::believing(&CaCertificates::default())
    };
    let connection = Connection::new(&local, credentials, Hosts::default(), transport);
    let error = connection.reader().get_bucket_cors(&bucket()).await.unwrap_err();
    insta::assert_snapshot!(told(&error).replace(&port.to_string(), "PORT"), @r"
    reading the CORS rules of the bucket acme-uploads: cannot reach http://127.0.0.1:PORT: Connection refused (os error 111)
    hint: is anything listening at http://127.0.0.1:PORT? it comes from endpoint.url, GATEPASS_ENDPOINT_URL or AWS_ENDPOINT_URL
    ");
}
