//! Whose credentials are used, and what is said where there are none.

use crate::backend::{Backend, on_every_backend};
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
    workspace.write("gatepass.toml", contract(&backend.unique_bucket("profile"), backend.region, &backend.endpoint));
    let Backend { access_key_id, secret_access_key, .. } = backend;
    workspace.write("credentials", format!("[ops]\naws_access_key_id = {access_key_id}\naws_secret_access_key = {secret_access_key}\n"));
    // another region and endpoint than the contract's, which must not count
    workspace.write("config", "[profile ops]\nregion = us-west-2\nendpoint_url = http://127.0.0.1:9\n");
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
