//! Whose credentials are used, and what is said where there are none.

use std::time::{Duration, SystemTime};

use aws_lc_rs::agreement::{ECDH_P256, PrivateKey};
use aws_lc_rs::encoding::{AsDer as _, EcPrivateKeyRfc5915Der};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::backend::{Backend, on_every_backend};
use crate::connect_proxy::ConnectProxy;
use crate::workspace::Workspace;

on_every_backend!(credentials_of_a_profile, only_the_contract_says_where_aws_is);

fn contract(bucket: &str, region: &str, endpoint: &str) -> String {
    format!(
        r#"
        [bucket]
        name = "{bucket}"
        region = "{region}"
        [upload]
        content_types = ["image/*"]
        max_size = "1 MiB"
        allowed_origins = ["https://app.example.com"]
        [[role.trust]]
        principal = "account"
        [endpoint]
        url = "{endpoint}"
        "#
    )
}

/// A workspace without credentials.
fn without_credentials(endpoint: &str) -> Workspace {
    let workspace = Workspace::empty();
    workspace.write("gatepass.toml", contract("acme-uploads", "eu-central-1", endpoint));
    workspace
}

async fn credentials_of_a_profile(backend: &Backend) {
    let mut workspace = Workspace::empty();
    workspace.write(
        "gatepass.toml",
        contract(&backend.unique_bucket("profile"), backend.region, &backend.endpoint),
    );
    let Backend { access_key_id, secret_access_key, .. } = backend;
    workspace.write("credentials", format!("[ops]\naws_access_key_id = {access_key_id}\naws_secret_access_key = {secret_access_key}\n"));
    // another region and endpoint than the contract's, which must not count
    workspace
        .write("config", "[profile ops]\nregion = us-west-2\nendpoint_url = http://127.0.0.1:9\n");
    workspace.set("AWS_SHARED_CREDENTIALS_FILE", "credentials");
    workspace.set("AWS_CONFIG_FILE", "config");
    workspace.set("AWS_PROFILE", "ops");
    let plan = workspace.run(&["plan"]).await.exits(2);
    assert!(plan.stdout.contains(&format!("Region: {}", backend.region)), "{}", plan.stdout);
}

async fn only_the_contract_says_where_aws_is(backend: &Backend) {
    let text = contract(&backend.unique_bucket("where"), backend.region, &backend.endpoint);
    let mut workspace = Workspace::new(backend, &text);
    for variable in ["AWS_ENDPOINT_URL_IAM", "AWS_ENDPOINT_URL_STS"] {
        workspace.set(variable, "http://127.0.0.1:9");
    }
    workspace.set("AWS_REGION", "us-west-2");
    workspace.set("AWS_USE_FIPS_ENDPOINT", "true");
    workspace.run(&["plan"]).await.exits(2);
}

#[tokio::test]
async fn where_there_are_no_credentials() {
    let workspace = without_credentials("http://127.0.0.1:9");
    insta::assert_snapshot!(workspace.run(&["plan"]).await.exits(1).stderr, @r"
    error: asking AWS for the account of the credentials: no AWS credentials found: there are none in the environment, in the shared configuration files (for the profile that AWS_PROFILE names, or default), in a container's or in an instance's metadata
      hint: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile by AWS_PROFILE; LocalStack takes `test` for both keys
    ");
    insta::assert_snapshot!(workspace.run(&["serve", "--listen", "127.0.0.1:0"]).await.exits(1).stderr, @r"
    error: loading AWS credentials: no AWS credentials found: there are none in the environment, in the shared configuration files (for the profile that AWS_PROFILE names, or default), in a container's or in an instance's metadata
      hint: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile by AWS_PROFILE; LocalStack takes `test` for both keys
    ");
}

#[tokio::test]
async fn a_place_that_was_to_give_credentials_and_did_not() {
    let mut workspace = without_credentials("http://127.0.0.1:9");
    workspace.set("AWS_WEB_IDENTITY_TOKEN_FILE", "/there/is/none");
    workspace.set("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/app");
    insta::assert_snapshot!(workspace.run(&["plan"]).await.exits(1).stderr, @r"
    error: asking AWS for the account of the credentials: no AWS credentials from the web identity token (AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_ARN): No such file or directory (os error 2)
      hint: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile by AWS_PROFILE; LocalStack takes `test` for both keys
    ");
}

#[tokio::test]
async fn where_nobody_listens() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut workspace = without_credentials(&format!("http://127.0.0.1:{port}"));
    workspace.set("AWS_ACCESS_KEY_ID", "test");
    workspace.set("AWS_SECRET_ACCESS_KEY", "test");
    let said = workspace.run(&["plan"]).await.exits(1).stderr.replace(&port.to_string(), "PORT");
    insta::assert_snapshot!(said, @r"
    error: asking AWS for the account of the credentials: cannot reach http://127.0.0.1:PORT: Connection refused (os error 111)
      hint: is anything listening at http://127.0.0.1:PORT? it comes from endpoint.url, GATEPASS_ENDPOINT_URL or AWS_ENDPOINT_URL
    ");
}

/// Credentials in the environment that expire, as `aws configure export-credentials --format env` writes them.
fn expiring(expiration: &str) -> Workspace {
    let mut workspace = without_credentials("http://127.0.0.1:9");
    workspace.set("AWS_ACCESS_KEY_ID", "ASIAIOSFODNN7EXAMPLE");
    workspace.set("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    workspace.set("AWS_SESSION_TOKEN", "session-token");
    workspace.set("AWS_CREDENTIAL_EXPIRATION", expiration);
    workspace
}

#[tokio::test]
async fn a_grant_does_not_outlive_credentials_of_the_environment() {
    let expiration =
        humantime::format_rfc3339_seconds(SystemTime::now() + Duration::from_secs(120)).to_string();
    for expiration in [expiration.clone(), expiration.replace('Z', "+00:00")] {
        let workspace = expiring(&expiration);
        let grant =
            workspace.serve().await.grant(&json!({ "content_type": "image/png", "size": 3 })).await;
        assert!((1..=120).contains(&grant.expires_in), "{expiration}: {}", grant.expires_in);
    }
    let unlimited =
        expiring("").serve().await.grant(&json!({ "content_type": "image/png", "size": 3 })).await;
    assert_eq!(unlimited.expires_in, 300);
}

#[tokio::test]
async fn an_expiration_in_the_environment_that_is_no_time_is_named() {
    let refused = expiring("tomorrow").run(&["serve", "--listen", "127.0.0.1:0"]).await.exits(1);
    insta::assert_snapshot!(refused.stderr, @r#"
    error: loading AWS credentials: no AWS credentials from the environment: AWS_CREDENTIAL_EXPIRATION = "tomorrow" is not an RFC 3339 time such as 2026-12-01T12:00:00Z
      hint: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile by AWS_PROFILE; LocalStack takes `test` for both keys
    "#);
}

/// What `aws login` keeps of a session.
fn login(
    workspace: &Workspace,
    access_key_id: &str,
    secret_access_key: &str,
    session_token: &str,
    expires_at: &str,
) {
    const SESSION: &str = "arn:aws:iam::111122223333:user/administrator";
    let cache = workspace.path(".aws/login/cache");
    std::fs::create_dir_all(&cache).unwrap();
    let name: String = Sha256::digest(SESSION).iter().map(|byte| format!("{byte:02x}")).collect();
    let der: EcPrivateKeyRfc5915Der<'_> =
        PrivateKey::generate(&ECDH_P256).unwrap().as_der().unwrap();
    let key = STANDARD.encode(der.as_ref());
    let lines: Vec<&str> =
        key.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let session = json!({
        "accessToken": {
            "accessKeyId": access_key_id,
            "secretAccessKey": secret_access_key,
            "sessionToken": session_token,
            "accountId": "111122223333",
            "expiresAt": expires_at,
        },
        "tokenType": "aws_sigv4",
        "refreshToken": "refresh-token-value",
        "identityToken": "identity-token-value",
        "clientId": "arn:aws:signin:::devtools/same-device",
        "dpopKey": format!("-----BEGIN EC PRIVATE KEY-----\n{}\n-----END EC PRIVATE KEY-----\n", lines.join("\n")),
    });
    std::fs::write(cache.join(format!("{name}.json")), session.to_string()).unwrap();
    workspace.write(
        ".aws/config",
        format!(
            "[profile signed-in]\nlogin_session = {SESSION}\nregion = eu-central-1\n\
             [profile by-role]\nrole_arn = arn:aws:iam::111122223333:role/ops\nsource_profile = signed-in\nregion = eu-central-1\n"
        ),
    );
}

#[tokio::test]
async fn a_session_of_aws_login_signs() {
    let mut workspace = without_credentials("http://127.0.0.1:9");
    workspace.set("AWS_PROFILE", "signed-in");
    login(
        &workspace,
        "ASIAIOSFODNN7EXAMPLE",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "session-token",
        "2199-12-25T21:30:00Z",
    );
    let presigned = workspace
        .run(&["presign", "put", "--content-type", "image/png", "--size", "3", "--json"])
        .await
        .exits(0);
    assert!(
        presigned.stdout.contains("X-Amz-Credential=ASIAIOSFODNN7EXAMPLE%2F"),
        "{}",
        presigned.stdout
    );
    assert!(
        presigned.stdout.contains("X-Amz-Security-Token=session-token"),
        "{}",
        presigned.stdout
    );
}

#[tokio::test]
async fn the_hint_of_a_session_that_is_gone_names_aws_login() {
    let mut workspace = without_credentials("http://127.0.0.1:9");
    workspace.set("AWS_PROFILE", "signed-in");
    login(
        &workspace,
        "ASIAIOSFODNN7EXAMPLE",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "session-token",
        "2020-12-25T21:30:00Z",
    );
    // nothing renews it
    workspace.set("HTTPS_PROXY", "http://127.0.0.1:9");
    let expired = workspace.run(&["plan"]).await.exits(1).stderr;
    assert!(expired.contains("failed to refresh cached Login token"), "{expired}");
    assert!(expired.contains("hint: log in by `aws login`"), "{expired}");
    std::fs::remove_dir_all(workspace.path(".aws/login")).unwrap();
    let missing = workspace.run(&["plan"]).await.exits(1).stderr;
    assert!(
        missing.contains("/.aws/login/cache/") && missing.contains("hint: log in by `aws login`"),
        "{missing}"
    );
}

#[tokio::test]
async fn a_role_is_assumed_with_a_session_of_aws_login() {
    let proxy = ConnectProxy::start(None).await;
    let mut workspace = without_credentials("http://127.0.0.1:9");
    workspace.set("AWS_PROFILE", "by-role");
    workspace.set("HTTPS_PROXY", &proxy.url);
    login(
        &workspace,
        "ASIAIOSFODNN7EXAMPLE",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "session-token",
        "2199-12-25T21:30:00Z",
    );
    let refused = workspace
        .run(&["presign", "put", "--content-type", "image/png", "--size", "3"])
        .await
        .exits(1);
    assert!(!refused.stderr.contains("feature"), "{}", refused.stderr);
    assert_eq!(
        proxy.connected().first().map(String::as_str),
        Some("sts.eu-central-1.amazonaws.com:443"),
        "{}",
        refused.stderr
    );
}
