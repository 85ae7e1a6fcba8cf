//! Tokens of identity providers, of which everything but the signature is checked.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::*;

const ISSUER: &str = "https://token.example.com";
const ROLE: &str = "arn:aws:iam::111122223333:role/ci";

/// A token that nobody signed.
fn token(claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!(
        "{}.{}.{}",
        part(&json!({"alg": "RS256", "typ": "JWT"})),
        part(claims),
        URL_SAFE_NO_PAD.encode("signature")
    )
}

fn claims() -> Value {
    let now = OffsetDateTime::now_utc().unix_timestamp();
    json!({"iss": ISSUER, "sub": "repo:acme/app", "aud": "sts.amazonaws.com", "iat": now, "exp": now + 60})
}

async fn told(running: &Running, role: &str, token: &str) -> String {
    let assume = running
        .sts()
        .assume_role_with_web_identity()
        .role_arn(role)
        .role_session_name("one")
        .web_identity_token(token);
    let refused = assume.send().await.unwrap_err();
    let status = refused.raw_response().unwrap().status().as_u16();
    format!("{status} {}: {}", code(&refused), refused.message().unwrap_or_default())
}

/// A backend that knows the provider, and has a role that trusts what it says of one subject.
async fn trusting() -> Running {
    let running = Running::start().await;
    let iam = running.iam();
    let provider =
        iam.create_open_id_connect_provider().url(ISSUER).client_id_list("sts.amazonaws.com");
    let provider = provider.thumbprint_list("a".repeat(40)).send().await.unwrap();
    let trust = json!({"Statement": {
        "Effect": "Allow",
        "Principal": {"Federated": provider.open_id_connect_provider_arn()},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {"token.example.com:sub": "repo:acme/app", "token.example.com:aud": "sts.amazonaws.com"}},
    }});
    iam.create_role()
        .role_name("ci")
        .assume_role_policy_document(trust.to_string())
        .send()
        .await
        .unwrap();
    running
}

#[tokio::test]
async fn a_token_is_read_and_its_provider_not_asked() {
    let running = trusting().await;
    let with = |name: &str, value: Value| {
        let mut claims = claims();
        claims[name] = value;
        token(&claims)
    };
    let lacks_exp = {
        let mut claims = claims();
        claims.as_object_mut().unwrap().remove("exp");
        token(&claims)
    };
    let refusals = [
        ("no token", ROLE, "nonsense".to_owned()),
        ("no claims", ROLE, "e30.nonsense.e30".to_owned()),
        ("a claim missing", ROLE, lacks_exp),
        ("another issuer", ROLE, with("iss", json!("https://other.example.com"))),
        ("another audience", ROLE, with("aud", json!(["them"]))),
        ("another subject", ROLE, with("sub", json!("repo:acme/other"))),
        ("no such role", "arn:aws:iam::111122223333:role/none", token(&claims())),
        ("all is well", ROLE, token(&claims())),
    ];
    let mut table = Vec::new();
    for (case, role, token) in refusals {
        table.push(format!("{case}: {}", told(&running, role, &token).await));
    }
    insta::assert_snapshot!(table.join("\n"), @"
    no token: 400 InvalidIdentityToken: The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)
    no claims: 400 InvalidIdentityToken: The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)
    a claim missing: 400 InvalidIdentityToken: Missing a required claim: exp
    another issuer: 400 InvalidIdentityToken: No OpenIDConnect provider found in your account for https://other.example.com
    another audience: 400 InvalidIdentityToken: Incorrect token audience
    another subject: 403 AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity
    no such role: 403 AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity
    all is well: 400 IDPCommunicationError: The keys of https://token.example.com cannot be had: the embedded backend calls no identity provider
    ");
    let expired = told(&running, ROLE, &with("exp", json!(1_500_000_000))).await;
    assert!(
        expired.starts_with("400 ExpiredTokenException: Token expired: current date/time "),
        "{expired}"
    );
    assert!(
        expired.ends_with(" must be before the expiration date/time 2017-07-14T02:40:00Z"),
        "{expired}"
    );
}
