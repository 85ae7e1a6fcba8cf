//! What the command line says when it is used wrong, to the letter, and its exit codes.

use insta::assert_snapshot;

use crate::workspace::Workspace;

#[tokio::test]
async fn an_unknown_command() {
    let wrong = Workspace::empty().run(&["paln"]).await.exits(1);
    assert_eq!(wrong.stdout, "");
    assert_snapshot!(wrong.stderr, @"
    error: unrecognized subcommand 'paln'

      tip: a similar subcommand exists: 'plan'

    Usage: gatepass [OPTIONS] <COMMAND>

    For more information, try '--help'.
    ");
}

#[tokio::test]
async fn help_and_version_are_data() {
    let workspace = Workspace::empty();
    let version = workspace.run(&["--version"]).await.exits(0);
    assert_eq!(
        (version.stdout, version.stderr),
        (format!("gatepass {}\n", env!("CARGO_PKG_VERSION")), String::new())
    );
    let help = workspace.run(&["plan", "--help"]).await.exits(0);
    assert!(
        help.stdout.starts_with("Show what apply would change; exit code 2 if anything\n"),
        "{}",
        help.stdout
    );
}

#[tokio::test]
async fn no_contract() {
    let workspace = Workspace::empty();
    for command in
        [&["plan"][..], &["apply", "--yes"], &["destroy", "--yes"], &["serve"], &["policy", "show"]]
    {
        let failed = workspace.run(command).await.exits(1);
        let says = "error: reading the contract gatepass.toml: No such file or directory (os error 2)\n  \
                    hint: write one with `gatepass init`, or name another with --config FILE\n";
        assert_eq!((failed.stdout.as_str(), failed.stderr.as_str()), ("", says));
    }
}

#[tokio::test]
async fn a_contract_that_is_wrong_in_many_places() {
    let mut workspace = Workspace::empty();
    workspace.write(
        "gatepass.toml",
        r#"account_id = "1234"

[bucket]
name = "Acme_Uploads"
regoin = "eu-central-1"

[upload]
content_types = ["image/*", "pdf"]
max_size = "6 GiB"
expires_in = "20m"
key = "uploads/latest.{ext}"
allowed_origins = ["*"]

[[role.trust]]
service = "ecs.amazonaws.com"
"#,
    );
    // what comes from elsewhere is named by where it comes from
    workspace.set("GATEPASS_LISTEN", "localhost");
    let failed = workspace.run(&["plan"]).await.exits(1);
    assert_eq!(failed.stdout, "");
    assert_snapshot!(failed.stderr, @r#"
    error: environment variable GATEPASS_LISTEN: serve.listen = "localhost" is not an IP address with a port
      hint: write e.g. "127.0.0.1:8080", "[::1]:8080" or "0.0.0.0:8080"
    gatepass.toml:1: account_id = "1234" is not an AWS account id
      hint: write its 12 digits as a string, e.g. "111122223333"
    gatepass.toml:3: bucket.region is missing
      hint: write region = "eu-central-1" under [bucket]
    gatepass.toml:4: bucket.name = "Acme_Uploads" has 'A' in a bucket name, which is made of lower-case letters, digits, '.' and '-'
      hint: write "acme-uploads"
    gatepass.toml:5: bucket.regoin = "eu-central-1" is not a field of a contract
      hint: did you mean "region"?
    gatepass.toml:8: upload.content_types = "pdf" is not a media range
      hint: write e.g. "image/png", "image/*" or "*/*"
    gatepass.toml:9: upload.max_size = "6 GiB" is above 5 GiB, the most that one S3 PUT can carry
      hint: write "5 GiB" or less, or let files be uploaded in parts: multipart = true
    gatepass.toml:10: upload.expires_in = "20m" is above upload.max_signature_age = "15m": the bucket policy would refuse the URL before it expires
      hint: write "15m" or less, or raise max_signature_age
    gatepass.toml:11: upload.key = "uploads/latest.{ext}" has no {uuid}, so that two uploads could get the same key
      hint: write e.g. "uploads/{date}/{uuid}.{ext}"
    gatepass.toml:12: upload.allowed_origins = "*" lets every web page of everybody upload
      hint: list the origins of your pages; if every page is meant, write allow_any_origin = true
    gatepass.toml:15: role.trust.service = "ecs.amazonaws.com" is not a service that gatepass writes trust for
      hint: write "ecs-tasks.amazonaws.com", "ec2.amazonaws.com" or "lambda.amazonaws.com"
    "#);
}

#[tokio::test]
async fn a_contract_that_is_not_toml() {
    let workspace = Workspace::empty();
    workspace.write("gatepass.toml", "[bucket]\nname = acme-uploads\n");
    assert_snapshot!(workspace.run(&["plan"]).await.exits(1).stderr, @"error: gatepass.toml:2: name = acme-uploads is not TOML: string values must be quoted, expected literal string");
}

#[tokio::test]
async fn init_overwrites_nothing() {
    let workspace = Workspace::empty();
    workspace.run(&["init"]).await.exits(0);
    let written = workspace.read("gatepass.toml");
    assert_snapshot!(workspace.run(&["init"]).await.exits(1).stderr, @"
    error: gatepass.toml is already there
      hint: `gatepass init --force` replaces it, and --config FILE writes another
    ");
    assert_eq!(workspace.read("gatepass.toml"), written);
    // and what it wrote is valid as it stands
    workspace.run(&["policy", "show", "--account-id", "111122223333"]).await.exits(0);
}

#[tokio::test]
async fn colours_only_where_asked_for() {
    let workspace = Workspace::empty();
    assert!(!workspace.run(&["plan"]).await.exits(1).stderr.contains('\u{1b}'));
    assert!(workspace.run(&["plan", "--color", "always"]).await.exits(1).stderr.contains('\u{1b}'));
}
