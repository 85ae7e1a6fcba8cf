#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::VecDeque;
use std::sync::Mutex as StdMutex;

use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, SharedCredentialsProvider, future};
use secrecy::ExposeSecret as _;

use super::*;
use crate::aws::tests::{Answer, Replay, contract, query_error};
use crate::ca_certificates::CaCertificates;

/// A chain that gives these, one after the other.
#[derive(Debug)]
struct Chain(StdMutex<VecDeque<provider::Result>>);

impl ProvideCredentials for Chain {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let next = self.0.lock().unwrap().pop_front();
        future::ProvideCredentials::ready(next.unwrap_or_else(|| {
            Err(CredentialsError::provider_error("asked more often than expected"))
        }))
    }
}

const START: Duration = Duration::from_secs(1_800_000_000);

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + START + Duration::from_secs(seconds)
}

fn ending(id: &str, seconds: u64) -> provider::Result {
    Ok(Credentials::new(id, "secret", Some("token".to_owned()), Some(at(seconds)), "test"))
}

fn failing() -> provider::Result {
    Err(CredentialsError::provider_error("the metadata service is away"))
}

fn source(results: Vec<provider::Result>) -> SigningCredentialSource {
    let chain = SharedCredentialsProvider::new(Chain(StdMutex::new(results.into())));
    let contract = contract("eu-central-1", "");
    Connection::with_credentials(&contract, chain, CaCertificates::default())
        .signing_credentials(&contract)
}

async fn id_at(source: &SigningCredentialSource, seconds: u64) -> String {
    source.current_at(at(seconds)).await.unwrap().access_key_id.clone()
}

/// Waits until a renewal in the background has ended.
async fn renewed(source: &SigningCredentialSource) {
    drop(source.inner.loading.lock().await);
}

#[tokio::test]
async fn credentials_without_an_end_are_loaded_once() {
    let source = source(vec![Ok(Credentials::new("AKIASTATIC", "secret", None, None, "test"))]);
    let first = source.current_at(at(0)).await.unwrap();
    let later = source.current_at(at(1_000_000)).await.unwrap();
    assert!(Arc::ptr_eq(&first, &later));
    assert_eq!(first.secret_access_key.expose_secret(), "secret");
    assert!(first.session_token.is_none());
}

#[tokio::test]
async fn many_who_ask_at_once_share_one_load() {
    let source = source(vec![ending("FIRST", 3600)]);
    let asked = (0..50).map(|_| source.current_at(at(0)));
    for answer in futures::future::join_all(asked).await {
        assert_eq!(answer.unwrap().access_key_id, "FIRST");
    }
}

#[tokio::test]
async fn renewed_in_the_background_when_a_grant_could_outlive_them() {
    let source = source(vec![ending("FIRST", 3600), ending("SECOND", 7200)]);
    assert_eq!(id_at(&source, 0).await, "FIRST");
    // the contract's expires_in is 5 minutes: with its margin, 6 minutes have to be left
    assert_eq!(id_at(&source, 3600 - 360).await, "FIRST");
    renewed(&source).await;
    assert_eq!(id_at(&source, 3600 - 360).await, "FIRST");
    assert_eq!(
        id_at(&source, 3600 - 359).await,
        "FIRST",
        "nobody waits for a renewal while the old ones are valid"
    );
    renewed(&source).await;
    assert_eq!(id_at(&source, 3600 - 359).await, "SECOND");
}

#[tokio::test]
async fn credentials_of_a_short_life_are_not_renewed_on_every_request() {
    // an expiry below what a grant wants: renewed after half of their life
    let source = source(vec![ending("FIRST", 300), ending("SECOND", 600)]);
    assert_eq!(id_at(&source, 0).await, "FIRST");
    assert_eq!(id_at(&source, 150).await, "FIRST");
    renewed(&source).await;
    assert_eq!(id_at(&source, 151).await, "FIRST");
    renewed(&source).await;
    assert_eq!(id_at(&source, 151).await, "SECOND");
}

#[tokio::test]
async fn the_same_credentials_again_are_asked_about_only_now_and_then() {
    let source = source(vec![ending("FIRST", 3600), ending("FIRST", 3600), ending("SECOND", 7200)]);
    let first = source.current_at(at(0)).await.unwrap();
    for seconds in [3400, 3401, 3429] {
        assert!(Arc::ptr_eq(&first, &source.current_at(at(seconds)).await.unwrap()));
        renewed(&source).await;
    }
    assert_eq!(id_at(&source, 3431).await, "FIRST");
    renewed(&source).await;
    assert_eq!(id_at(&source, 3431).await, "SECOND");
}

#[tokio::test]
async fn while_a_renewal_fails_the_old_ones_are_served_until_they_end() {
    let source = source(vec![
        ending("FIRST", 3600),
        failing(),
        failing(),
        failing(),
        failing(),
        ending("SECOND", 7200),
    ]);
    assert_eq!(id_at(&source, 0).await, "FIRST");
    for seconds in [3400, 3500] {
        assert_eq!(id_at(&source, seconds).await, "FIRST");
        renewed(&source).await;
    }
    assert_eq!(id_at(&source, 3599).await, "FIRST");
    renewed(&source).await;
    let error = source.current_at(at(3600)).await.unwrap_err();
    assert_eq!(*error.kind(), AwsErrorKind::NoCredentials);
    assert_eq!(
        source.current_at(at(3600)).await.unwrap_err(),
        error,
        "a failure is not asked about again at once"
    );
    assert_eq!(id_at(&source, 3602).await, "SECOND");
}

#[tokio::test]
async fn a_clock_that_was_set_back_holds_nothing_up() {
    let source = source(vec![failing(), ending("FIRST", 3600)]);
    source.current_at(at(1_000_000)).await.unwrap_err();
    assert_eq!(id_at(&source, 0).await, "FIRST");
}

#[tokio::test]
async fn credentials_that_have_ended_are_not_served() {
    let source = source(vec![ending("FIRST", 0)]);
    let error = source.current_at(at(0)).await.unwrap_err();
    assert_eq!(*error.kind(), AwsErrorKind::CredentialsExpired);
    insta::assert_snapshot!(error, @"loading AWS credentials: the credentials ended at 2027-01-15T08:00:00Z");
}

#[tokio::test]
async fn no_credentials_anywhere() {
    let source = source(vec![Err(CredentialsError::not_loaded(
        "no providers in chain provided credentials",
    ))]);
    let error = source.current_at(at(0)).await.unwrap_err();
    insta::assert_snapshot!(format!("{error}\nhint: {}", error.hint().unwrap_or_default()), @r"
    loading AWS credentials: no AWS credentials found: there are none in the environment, in the shared configuration files (for the profile that AWS_PROFILE names, or default), in a container's or in an instance's metadata
    hint: log in (`aws login`, `aws sso login`, `aws configure`), name a profile by AWS_PROFILE, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; `aws sts get-caller-identity` looks in the same places
    ");
}

const SIGN_AS_ROLE: &str = r#"
[[role.trust]]
principal = "account"
external_id = "from-acme"
[role]
max_session_duration = "4h"
[serve]
sign_as_role = true
"#;

const ASSUMED: &str = "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId>\
    <SecretAccessKey>role-secret</SecretAccessKey><SessionToken>role-token</SessionToken>\
    <Expiration>2100-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>";

const CALLER: &str = "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>111122223333</Account></GetCallerIdentityResult>\
    </GetCallerIdentityResponse>";

fn caller(session_token: Option<&str>) -> SharedCredentialsProvider {
    SharedCredentialsProvider::new(Credentials::new(
        "AKIDEXAMPLE",
        "secret",
        session_token.map(str::to_owned),
        None,
        "test",
    ))
}

#[tokio::test]
async fn the_role_is_assumed_for_signing() {
    let contract = contract("eu-central-1", SIGN_AS_ROLE);
    let replay = Replay::with_credentials(
        &contract,
        caller(None),
        &[Answer(200, &[], CALLER), Answer(200, &[], ASSUMED)],
    );
    let credentials = replay.connection.signing_credentials(&contract).current().await.unwrap();
    assert_eq!(credentials.access_key_id, "ASIAROLE");
    assert_eq!(credentials.secret_access_key.expose_secret(), "role-secret");
    assert_eq!(credentials.session_token.as_ref().unwrap().expose_secret(), "role-token");
    assert_eq!(
        humantime::format_rfc3339(credentials.expires_at.unwrap()).to_string(),
        "2100-01-01T00:00:00Z"
    );
    insta::assert_snapshot!(replay.requests(), @r"
    POST https://sts.eu-central-1.amazonaws.com/
    scope: eu-central-1/sts
    Action=GetCallerIdentity
    Version=2011-06-15

    POST https://sts.eu-central-1.amazonaws.com/
    scope: eu-central-1/sts
    Action=AssumeRole
    Version=2011-06-15
    RoleArn=arn:aws:iam::111122223333:role/acme-uploads-presigner
    RoleSessionName=gatepass
    DurationSeconds=14400
    ExternalId=from-acme
    ");
}

#[tokio::test]
async fn a_role_session_can_assume_the_role_for_an_hour_only() {
    let mut contract = contract("eu-central-1", SIGN_AS_ROLE);
    contract.account_id = iam_policy::AccountId::parse("111122223333").ok();
    let replay =
        Replay::with_credentials(&contract, caller(Some("token")), &[Answer(200, &[], ASSUMED)]);
    replay.connection.signing_credentials(&contract).current().await.unwrap();
    assert_eq!(replay.calls(), 1, "the contract states the account");
    assert!(replay.requests().contains("DurationSeconds=3600"));
}

#[tokio::test]
async fn a_role_that_may_not_be_assumed() {
    let mut contract = contract("eu-central-1", SIGN_AS_ROLE);
    contract.account_id = iam_policy::AccountId::parse("111122223333").ok();
    let message = "User: arn:aws:iam::111122223333:user/app is not authorized to perform: sts:AssumeRole on resource: \
                   arn:aws:iam::111122223333:role/acme-uploads-presigner";
    let body = query_error("AccessDenied", message);
    let replay = Replay::with_credentials(
        &contract,
        caller(None),
        &[Answer(403, &[("x-amzn-requestid", "ae2e6fbd-1234")], &body)],
    );
    let error = replay.connection.signing_credentials(&contract).current().await.unwrap_err();
    insta::assert_snapshot!(format!("{error}\nhint: {}", error.hint().unwrap_or_default()), @r"
    assuming the role arn:aws:iam::111122223333:role/acme-uploads-presigner: AccessDenied: User: arn:aws:iam::111122223333:user/app is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::111122223333:role/acme-uploads-presigner (request id ae2e6fbd-1234)
    hint: serve.sign_as_role: the caller needs sts:AssumeRole on arn:aws:iam::111122223333:role/acme-uploads-presigner, and a [[role.trust]] has to name the caller; a role or trust policy made seconds ago may not be in effect yet
    ");
}
