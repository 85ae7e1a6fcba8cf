//! Flags and environment variables in the place of the file's values.

use super::super::{Source, Sourced};
use super::{Contract, MINIMAL, Overrides, minimal_with, refusal_with};

fn flag(name: &'static str, value: &str) -> Option<Sourced> {
    Some(Sourced { value: value.to_owned(), source: Source::Flag(name) })
}

fn variable(name: &'static str, value: &str) -> Option<Sourced> {
    Some(Sourced { value: value.to_owned(), source: Source::Environment(name) })
}

#[test]
fn overrides_win_and_are_named() {
    let overrides = Overrides {
        account_id: variable("GATEPASS_ACCOUNT_ID", "444455556666"),
        bucket_name: flag("--bucket", "other-uploads"),
        region: variable("GATEPASS_REGION", "eu-west-1"),
        region_fallback: variable("AWS_REGION", "us-east-1"),
        endpoint_url: variable("AWS_ENDPOINT_URL", "http://localhost:4566"),
        listen: flag("--listen", "[::1]:9000"),
        policies: variable("GATEPASS_POLICIES", "own"),
    };
    let contract = Contract::parse(MINIMAL, "gatepass.toml", &overrides).unwrap();
    let endpoint = contract.endpoint.unwrap();
    insta::assert_debug_snapshot!((
        contract.account_id.unwrap().as_str(),
        contract.bucket.name.as_str(),
        contract.bucket.region.as_str(),
        contract.role.name.as_str(),
        (endpoint.url.as_str(), endpoint.path_style),
        contract.serve.listen,
        contract.policies,
    ), @r#"
    (
        "444455556666",
        "other-uploads",
        "eu-west-1",
        "other-uploads-presigner",
        (
            "http://localhost:4566",
            true,
        ),
        [::1]:9000,
        Some(
            "own",
        ),
    )
    "#);

    let wrong = Overrides {
        account_id: variable("GATEPASS_ACCOUNT_ID", "1"),
        bucket_name: flag("--bucket", "Other\u{1b}"),
        endpoint_url: variable("AWS_ENDPOINT_URL", "ftp://localhost"),
        ..Overrides::default()
    };
    insta::assert_snapshot!(refusal_with(&minimal_with("10 MiB", "10 GiB"), &wrong), @r#"
    environment variable GATEPASS_ACCOUNT_ID: account_id = "1" is not an AWS account id
      hint: write its 12 digits as a string, e.g. "111122223333"
    flag --bucket: bucket.name = "Other\u{1b}" has 'O' in a bucket name, which is made of lower-case letters, digits, '.' and '-'
    environment variable AWS_ENDPOINT_URL: endpoint.url = "ftp://localhost" has the scheme "ftp"
      hint: use https, or http on this machine
    gatepass.toml:8: upload.max_size = "10 GiB" is above 5 GiB, the most that one S3 PUT can carry
      hint: write "5 GiB" or less, or let files be uploaded in parts: multipart = true
    "#);
}

/// A value that is overridden is not looked at: the way out of a wrong value in a file that cannot be changed.
#[test]
fn an_overridden_value_is_not_checked() {
    let overrides =
        Overrides { bucket_name: flag("--bucket", "acme-uploads"), ..Overrides::default() };
    assert_eq!(
        Contract::parse(&minimal_with("acme-uploads", "NOT A NAME"), "gatepass.toml", &overrides),
        Contract::parse(MINIMAL, "gatepass.toml", &Overrides::default()),
    );
}

/// The region of a shell never moves a bucket that the file has a region for.
#[test]
fn aws_region_only_fills_in() {
    let overrides =
        Overrides { region_fallback: variable("AWS_REGION", "us-east-1"), ..Overrides::default() };
    let region = |text: &str| {
        Contract::parse(text, "gatepass.toml", &overrides)
            .unwrap()
            .bucket
            .region
            .as_str()
            .to_owned()
    };
    assert_eq!(region(MINIMAL), "eu-central-1");
    assert_eq!(region(&minimal_with("region = \"eu-central-1\"", "")), "us-east-1");
    let wrong =
        Overrides { region_fallback: variable("AWS_REGION", "nowhere"), ..Overrides::default() };
    insta::assert_snapshot!(refusal_with(&minimal_with("region = \"eu-central-1\"", ""), &wrong), @r#"
    environment variable AWS_REGION: bucket.region = "nowhere" is not an AWS region
      hint: write its code, e.g. "eu-central-1"
    "#);
}

#[test]
fn an_endpoints_other_settings_stay_when_its_url_is_overridden() {
    let endpoint = "[endpoint]\nurl = \"http://s3.test\"\npublic_url = \"https://files.example.com\"\npath_style = false\n[[role.trust]]";
    let overrides = Overrides {
        endpoint_url: flag("--endpoint-url", "http://localstack.test:4566"),
        ..Overrides::default()
    };
    let contract =
        Contract::parse(&minimal_with("[[role.trust]]", endpoint), "gatepass.toml", &overrides)
            .unwrap();
    let endpoint = contract.endpoint.unwrap();
    assert_eq!(
        (endpoint.url.as_str(), endpoint.path_style),
        ("http://localstack.test:4566", false)
    );
    assert_eq!(endpoint.public_url.unwrap().as_str(), "https://files.example.com");
}

#[test]
fn the_password_of_a_url_is_not_shown() {
    let overrides = Overrides {
        endpoint_url: variable("AWS_ENDPOINT_URL", "http://user:secret@localhost:4566"),
        ..Overrides::default()
    };
    insta::assert_snapshot!(refusal_with(MINIMAL, &overrides), @r#"
    environment variable AWS_ENDPOINT_URL: endpoint.url = "http://…@localhost:4566" has a user name or password
      hint: leave them out
    "#);
    let text = minimal_with(
        "[[role.trust]]",
        "[endpoint]\nurl = \"http://user:secret@localhost:4566\"\n[[role.trust]]",
    );
    insta::assert_snapshot!(refusal_with(&text, &Overrides::default()), @r#"
    gatepass.toml:12: endpoint.url = "http://…@localhost:4566" has a user name or password
      hint: leave them out
    "#);
}
