//! `gatepass policy` from outside.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

const CONTRACT: &str = r#"
[bucket]
name = "acme-uploads"
region = "eu-central-1"
[upload]
content_types = ["image/png"]
max_size = "10 MiB"
allowed_origins = ["https://app.example.com"]
[[role.trust]]
service = "lambda.amazonaws.com"
"#;

/// Runs the command with no way to reach anything.
fn gatepass(directory: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gatepass"))
        .args(arguments)
        .current_dir(directory)
        .env_clear()
        .env("HTTPS_PROXY", "http://127.0.0.1:9")
        .env("HTTP_PROXY", "http://127.0.0.1:9")
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn with_contract() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("gatepass.toml"), CONTRACT).unwrap();
    directory
}

#[test]
fn show_prints_the_documents_as_one_object_the_same_each_time() {
    let directory = with_contract();
    let output = gatepass(directory.path(), &["policy", "show", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let documents: Value = serde_json::from_slice(&output.stdout).unwrap();
    let keys: Vec<&String> = documents.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["bucket_policy", "permissions_policy", "trust_policy", "cors"]);
    assert_eq!(gatepass(directory.path(), &["policy", "show", "--json"]).stdout, output.stdout);

    let trust = gatepass(directory.path(), &["policy", "show", "--json", "trust"]);
    assert_eq!(serde_json::from_slice::<Value>(&trust.stdout).unwrap(), documents["trust_policy"]);
}

#[test]
fn show_says_which_account_it_writes() {
    let directory = with_contract();
    let example = gatepass(directory.path(), &["policy", "show", "permissions"]);
    assert!(text(&example.stdout).contains("111122223333"));
    assert!(text(&example.stderr).contains("--account-id or GATEPASS_ACCOUNT_ID"));
    let known = gatepass(
        directory.path(),
        &["policy", "show", "permissions", "--account-id", "444455556666"],
    );
    assert!(
        text(&known.stdout).contains("444455556666")
            && !text(&known.stdout).contains("111122223333")
    );
    assert_eq!(text(&known.stderr), "");
}

#[test]
fn what_export_writes_can_be_used_changed_and_is_never_overwritten() {
    let directory = with_contract();
    let built_in = gatepass(directory.path(), &["policy", "show", "--json"]).stdout;
    assert_eq!(gatepass(directory.path(), &["policy", "export", "own"]).status.code(), Some(0));
    let own = |arguments: &[&str]| {
        gatepass(directory.path(), &[&["policy", "show", "--policies", "own"], arguments].concat())
    };
    assert_eq!(own(&["--json"]).stdout, built_in);

    std::fs::remove_file(directory.path().join("own/bucket/GatepassDenySseC.json")).unwrap();
    let less = own(&["bucket", "--json"]);
    assert!(!text(&less.stdout).contains("GatepassDenySseC"));
    assert!(
        text(&less.stderr).contains("bucket/GatepassDenySseC.json is missing"),
        "{}",
        text(&less.stderr)
    );

    let again = gatepass(directory.path(), &["policy", "export", "own"]);
    assert_eq!(again.status.code(), Some(1));
    assert!(text(&again.stderr).contains("nothing was written"));
    assert!(!directory.path().join("own/bucket/GatepassDenySseC.json").exists());

    std::fs::write(directory.path().join("own/bucket/GatepassMine.json"), "{}").unwrap();
    let refused = own(&[]);
    assert_eq!((refused.status.code(), text(&refused.stdout)), (Some(1), ""));
    assert!(
        text(&refused.stderr).contains("bucket/GatepassMine.json: has no Effect"),
        "{}",
        text(&refused.stderr)
    );
}

#[test]
fn check_proves_least_privilege_without_any_call() {
    let directory = with_contract();
    let held =
        gatepass(directory.path(), &["policy", "check", "--json", "--account-id", "444455556666"]);
    assert_eq!((held.status.code(), text(&held.stderr)), (Some(0), ""));
    let check: Value = serde_json::from_slice(&held.stdout).unwrap();
    assert_eq!(check["role"], "arn:aws:iam::444455556666:role/acme-uploads-presigner");
    for nothing in ["beyond", "missing", "let_through"] {
        assert_eq!(check[nothing], Value::Array(Vec::new()), "{nothing}");
    }
    assert_eq!(check["guardrails"].as_array().unwrap().len(), 10);
    assert!(
        check["guardrails"]
            .as_array()
            .unwrap()
            .iter()
            .all(|guardrail| !guardrail["opens"].as_array().unwrap().is_empty())
    );

    assert_eq!(gatepass(directory.path(), &["policy", "export", "own"]).status.code(), Some(0));
    let own = directory.path().join("own");
    std::fs::remove_file(own.join("bucket/GatepassDenySseC.json")).unwrap();
    std::fs::copy(
        own.join("bucket/GatepassDenySignatureV2.json"),
        own.join("bucket/GatepassTwice.json"),
    )
    .unwrap();
    std::fs::write(
        own.join("role/GatepassRead.json"),
        r#"{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}"#,
    )
    .unwrap();
    let broken = gatepass(directory.path(), &["policy", "check", "--policies", "own"]);
    assert_eq!(broken.status.code(), Some(2), "{}", text(&broken.stderr));
    for line in [
        "too much  the role: s3:GetObject on arn:aws:s3:::gatepass-check/uploads/gatepass-check.png",
        "let through  an upload encrypted with a key of the client's",
        "GatepassTwice                       nothing",
    ] {
        assert!(text(&broken.stdout).contains(line), "{line}:\n{}", text(&broken.stdout));
    }

    let wrong = gatepass(directory.path(), &["policy", "check", "--context", "203.0.113.7"]);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(text(&wrong.stderr).contains("--context aws:SourceIp=203.0.113.7"));
}

/// A URL of an example key under [`CONTRACT`], signed at 2026-01-31T12:00:00Z for 5 minutes. Nobody looks at the signature.
const URL: &str = "https://acme-uploads.s3.eu-central-1.amazonaws.com/uploads/2026-01-31/a.png?x-id=PutObject&\
                   X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20260131%2Feu-central-1%2Fs3%2Faws4_request&\
                   X-Amz-Date=20260131T120000Z&X-Amz-Expires=300&X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost%3Bif-none-match&\
                   X-Amz-Signature=5ec4e75ec4e75ec4e75ec4e75ec4e75ec4e75ec4e75ec4e75ec4e75ec4e75ec4";

/// Explains with this on standard input.
fn explain(arguments: &[&str], input: &str) -> Output {
    let directory = with_contract();
    std::fs::write(directory.path().join("input"), input).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_gatepass"))
        .args(["policy", "explain", "--account-id", "111122223333"])
        .args(arguments)
        .current_dir(directory.path())
        .env_clear()
        .stdin(std::fs::File::open(directory.path().join("input")).unwrap())
        .output()
        .unwrap();
    for said in [text(&output.stdout), text(&output.stderr)] {
        assert!(
            !said.contains("5ec4e7") && !said.contains("AKIA"),
            "what makes the URL a right is shown:\n{said}"
        );
    }
    output
}

fn told(output: &Output) -> String {
    format!(
        "{}{}exit code {}",
        text(&output.stdout),
        text(&output.stderr),
        output.status.code().unwrap()
    )
}

#[test]
fn explain_an_action() {
    insta::assert_snapshot!(told(&explain(&["s3:GetObject", "uploads/x.png"], "")), @r#"
    denied: s3:GetObject on arn:aws:s3:::acme-uploads/uploads/x.png
      for the presigner role, arn:aws:iam::111122223333:role/acme-uploads-presigner

    GatepassPresignerOnlyUploadActions of the bucket policy denies everything but s3:PutObject on acme-uploads, acme-uploads/* to everybody where aws:PrincipalArn = arn:aws:iam::111122223333:role/acme-uploads-presigner
      for as long as all of this is so:
        aws:PrincipalArn = arn:aws:iam::111122223333:role/acme-uploads-presigner
      {
        "Sid": "GatepassPresignerOnlyUploadActions",
        "Effect": "Deny",
        "Principal": "*",
        "NotAction": [
          "s3:PutObject"
        ],
        "Resource": [
          "arn:aws:s3:::acme-uploads",
          "arn:aws:s3:::acme-uploads/*"
        ],
        "Condition": {
          "ArnEquals": {
            "aws:PrincipalArn": "arn:aws:iam::111122223333:role/acme-uploads-presigner"
          }
        }
      }

    and nothing in the role's permissions policy allows it
      GatepassUpload allows s3:PutObject on acme-uploads/uploads/* where aws:ResourceAccount = 111122223333
        but it is about other actions
    exit code 2
    "#);
    insta::assert_snapshot!(told(&explain(&["s3:PutObject", "uploads/x.png", "--without", "s3:if-none-match", "--context", "aws:SecureTransport=false"], "")), @r#"
    denied: s3:PutObject on arn:aws:s3:::acme-uploads/uploads/x.png
      for the presigner role, arn:aws:iam::111122223333:role/acme-uploads-presigner

    GatepassDenyInsecureTransport of the bucket policy denies s3:* on acme-uploads, acme-uploads/* to everybody where aws:SecureTransport = false
      for as long as all of this is so:
        aws:SecureTransport = false
      {
        "Sid": "GatepassDenyInsecureTransport",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [
          "arn:aws:s3:::acme-uploads",
          "arn:aws:s3:::acme-uploads/*"
        ],
        "Condition": {
          "Bool": {
            "aws:SecureTransport": "false"
          }
        }
      }

    GatepassPresignerWriteOnce of the bucket policy denies s3:PutObject on acme-uploads/uploads/* to everybody where aws:PrincipalArn = arn:aws:iam::111122223333:role/acme-uploads-presigner and s3:ObjectCreationOperation = true and s3:if-none-match is absent
      for as long as all of this is so:
        aws:PrincipalArn = arn:aws:iam::111122223333:role/acme-uploads-presigner
        s3:if-none-match is absent
        s3:ObjectCreationOperation = true
      {
        "Sid": "GatepassPresignerWriteOnce",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::acme-uploads/uploads/*",
        "Condition": {
          "ArnEquals": {
            "aws:PrincipalArn": "arn:aws:iam::111122223333:role/acme-uploads-presigner"
          },
          "Null": {
            "s3:if-none-match": "true"
          },
          "Bool": {
            "s3:ObjectCreationOperation": "true"
          }
        }
      }

    although GatepassUpload of the role's permissions policy allows s3:PutObject on acme-uploads/uploads/* where aws:ResourceAccount = 111122223333
    exit code 2
    "#);
    insta::assert_snapshot!(told(&explain(&["s3:PutObject", "uploads/x.png"], "")), @r#"
    allowed: s3:PutObject on arn:aws:s3:::acme-uploads/uploads/x.png
      for the presigner role, arn:aws:iam::111122223333:role/acme-uploads-presigner

    GatepassUpload of the role's permissions policy allows s3:PutObject on acme-uploads/uploads/* where aws:ResourceAccount = 111122223333
      {
        "Sid": "GatepassUpload",
        "Effect": "Allow",
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::acme-uploads/uploads/*",
        "Condition": {
          "StringEquals": {
            "aws:ResourceAccount": "111122223333"
          }
        }
      }
    exit code 0
    "#);
    insta::assert_snapshot!(told(&explain(&["s3:GetObjet", "uploads/x.png"], "")), @r#"
    error: "s3:GetObjet" is not an action of S3
      hint: did you mean s3:GetObject?
    exit code 1
    "#);
    insta::assert_snapshot!(told(&explain(&["s3:GetObject", "x", "--as", "ann"], "")), @r#"
    error: "ann" is nobody who can ask
      hint: write "role", "anonymous", the ARN of a user or a role, or a service such as "ecs-tasks.amazonaws.com"
    exit code 1
    "#);
    let json: Value =
        serde_json::from_slice(&explain(&["s3:GetObject", "uploads/x.png", "--json"], "").stdout)
            .unwrap();
    assert_eq!(json["denied_by"][0]["sid"], "GatepassPresignerOnlyUploadActions");
    assert_eq!(
        (&json["allowed"], &json["lacking"]),
        (&Value::Bool(false), &Value::from("permissions_policy"))
    );
}

#[test]
fn explain_a_url() {
    let at = |time: &str| format!("--now=2026-01-31T{time}Z");
    insta::assert_snapshot!(told(&explain(&["-", &at("12:04:00")], URL)), @r#"
    allowed: PUT https://acme-uploads.s3.eu-central-1.amazonaws.com/uploads/2026-01-31/a.png?x-id=PutObject&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=****&X-Amz-Date=20260131T120000Z&X-Amz-Expires=300&X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost%3Bif-none-match&X-Amz-Signature=****
      to be sent as signed: content-length, content-type, if-none-match

    GatepassUpload of the role's permissions policy allows s3:PutObject on acme-uploads/uploads/* where aws:ResourceAccount = 111122223333
      {
        "Sid": "GatepassUpload",
        "Effect": "Allow",
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::acme-uploads/uploads/*",
        "Condition": {
          "StringEquals": {
            "aws:ResourceAccount": "111122223333"
          }
        }
      }
    note: The signature itself cannot be checked without the secret key.
    exit code 0
    "#);
    insta::assert_snapshot!(told(&explain(&[URL, &at("12:20:00")], "")), @r#"
    refused: PUT https://acme-uploads.s3.eu-central-1.amazonaws.com/uploads/2026-01-31/a.png?x-id=PutObject&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=****&X-Amz-Date=20260131T120000Z&X-Amz-Expires=300&X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost%3Bif-none-match&X-Amz-Signature=****
      to be sent as signed: content-length, content-type, if-none-match

    expired: the URL expired at 2026-01-31T12:05:00Z, 15m ago
      hint: ask for a new grant

    GatepassDenyOldSignatures of the bucket policy denies s3:* on acme-uploads/* to everybody where s3:signatureAge > 900000
      for as long as all of this is so:
        s3:signatureAge > 900000 (here: 1200000)
      {
        "Sid": "GatepassDenyOldSignatures",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": "arn:aws:s3:::acme-uploads/*",
        "Condition": {
          "NumericGreaterThan": {
            "s3:signatureAge": "900000"
          }
        }
      }

    although GatepassUpload of the role's permissions policy allows s3:PutObject on acme-uploads/uploads/* where aws:ResourceAccount = 111122223333
    exit code 2
    "#);
    insta::assert_snapshot!(told(&explain(&["-", &at("12:04:00"), "-H", "Content-Type: image/png"], &URL.replace('&', "&amp;"))), @r#"
    refused: PUT https://acme-uploads.s3.eu-central-1.amazonaws.com/uploads/2026-01-31/a.png?x-id=PutObject&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=****&X-Amz-Date=20260131T120000Z&X-Amz-Expires=300&X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost%3Bif-none-match&X-Amz-Signature=****
      to be sent as signed: content-length, content-type, if-none-match

    escaped: the URL comes out of HTML or XML: its & are written &amp;
      hint: put & in the place of every &amp;

    header missing: the header if-none-match is signed and not sent
      hint: send every header of the grant, exactly as it was given

    GatepassPresignerWriteOnce of the bucket policy denies s3:PutObject on acme-uploads/uploads/* to everybody where aws:PrincipalArn = arn:aws:iam::111122223333:role/acme-uploads-presigner and s3:ObjectCreationOperation = true and s3:if-none-match is absent
      for as long as all of this is so:
        aws:PrincipalArn = arn:aws:iam::111122223333:role/acme-uploads-presigner
        s3:if-none-match is absent
        s3:ObjectCreationOperation = true
      {
        "Sid": "GatepassPresignerWriteOnce",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::acme-uploads/uploads/*",
        "Condition": {
          "ArnEquals": {
            "aws:PrincipalArn": "arn:aws:iam::111122223333:role/acme-uploads-presigner"
          },
          "Null": {
            "s3:if-none-match": "true"
          },
          "Bool": {
            "s3:ObjectCreationOperation": "true"
          }
        }
      }

    although GatepassUpload of the role's permissions policy allows s3:PutObject on acme-uploads/uploads/* where aws:ResourceAccount = 111122223333
    exit code 2
    "#);
    let json: Value =
        serde_json::from_slice(&explain(&["-", "--json", &at("12:20:00")], URL).stdout).unwrap();
    assert_eq!(
        (&json["findings"][0]["code"], &json["policies"]["denied_by"][0]["sid"]),
        (&Value::from("expired"), &Value::from("GatepassDenyOldSignatures"))
    );
    assert_eq!(explain(&["-"], &URL.replace("://", ":")).status.code(), Some(1));
    for (broken, code) in [
        (URL.replace(".png?", ".png%3F"), "encoded_twice"),
        (URL.replace("Signature=", "Signature%3D"), "encoded_twice"),
        (URL.replace('&', " "), "line_break"),
    ] {
        let explained = explain(&["-", "--json", &at("12:04:00")], &broken);
        assert_eq!(explained.status.code(), Some(2), "{broken}");
        let json: Value = serde_json::from_slice(&explained.stdout).unwrap();
        assert_eq!(json["findings"][0]["code"], code, "{broken}");
    }
    insta::assert_snapshot!(told(&explain(&["-", "--now", "noon"], URL)), @r#"
    error: flag --now: "noon" is not a time (timestamp format is invalid)
      hint: write it in UTC, e.g. --now 2026-01-31T12:00:00Z
    exit code 1
    "#);
    insta::assert_snapshot!(told(&explain(&["-", "-H", "Content-Type"], URL)), @r#"
    error: "Content-Type" is not a header
      hint: write e.g. -H 'Content-Type: image/png'
    exit code 1
    "#);
}

#[test]
fn explain_an_answer() {
    let denied = "<Error><Code>AccessDenied</Code><Message>User: arn:aws:sts::111122223333:assumed-role/acme-uploads-presigner/gatepass is not \
                  authorized to perform: s3:PutObject on resource: \"arn:aws:s3:::acme-uploads/uploads/a.png\" with an explicit deny in a \
                  resource-based policy</Message></Error>";
    insta::assert_snapshot!(told(&explain(&["-"], denied)), @r#"
    AccessDenied: User: arn:aws:sts::111122223333:assumed-role/acme-uploads-presigner/gatepass is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::acme-uploads/uploads/a.png" with an explicit deny in a resource-based policy

    denied by bucket policy: the bucket policy denies it, by one of GatepassDenyInsecureTransport, GatepassDenyOldSignatures, GatepassDenyOtherEncryption, GatepassDenySignatureV2, GatepassDenySseC, GatepassDenyTlsBelow12, GatepassPresignerWriteOnce
      hint: give the URL too, which tells the circumstances; `gatepass plan` shows whether what is there is what the contract states
      GatepassDenyInsecureTransport denies s3:* on acme-uploads, acme-uploads/* to everybody where aws:SecureTransport = false
      GatepassDenyOldSignatures denies s3:* on acme-uploads/* to everybody where s3:signatureAge > 900000
      GatepassDenyOtherEncryption denies s3:PutObject on acme-uploads/* to everybody where s3:x-amz-server-side-encryption is present and s3:x-amz-server-side-encryption is not AES256
      GatepassDenySignatureV2 denies s3:* on acme-uploads, acme-uploads/* to everybody where s3:signatureversion = AWS
      GatepassDenySseC denies s3:PutObject on acme-uploads/* to everybody where s3:x-amz-server-side-encryption-customer-algorithm is present
      GatepassDenyTlsBelow12 denies s3:* on acme-uploads, acme-uploads/* to everybody where s3:TlsVersion < 1.2
      GatepassPresignerWriteOnce denies s3:PutObject on acme-uploads/uploads/* to everybody where aws:PrincipalArn = arn:aws:iam::111122223333:role/acme-uploads-presigner and s3:ObjectCreationOperation = true and s3:if-none-match is absent

    although GatepassUpload of the role's permissions policy allows s3:PutObject on acme-uploads/uploads/* where aws:ResourceAccount = 111122223333
    exit code 2
    "#);
    insta::assert_snapshot!(told(&explain(&[URL, "--answer", "-", "--now=2026-01-31T12:16:00Z"], denied)), @r#"
    AccessDenied: User: arn:aws:sts::111122223333:assumed-role/acme-uploads-presigner/gatepass is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::acme-uploads/uploads/a.png" with an explicit deny in a resource-based policy

    denied by bucket policy: GatepassDenyOldSignatures of the bucket policy denies it
      hint: ask for a grant and use it as it was given, in time

    GatepassDenyOldSignatures of the bucket policy denies s3:* on acme-uploads/* to everybody where s3:signatureAge > 900000
      for as long as all of this is so:
        s3:signatureAge > 900000 (here: 960000)
      {
        "Sid": "GatepassDenyOldSignatures",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": "arn:aws:s3:::acme-uploads/*",
        "Condition": {
          "NumericGreaterThan": {
            "s3:signatureAge": "900000"
          }
        }
      }

    although GatepassUpload of the role's permissions policy allows s3:PutObject on acme-uploads/uploads/* where aws:ResourceAccount = 111122223333

    And of the URL itself, https://acme-uploads.s3.eu-central-1.amazonaws.com/uploads/2026-01-31/a.png?x-id=PutObject&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=****&X-Amz-Date=20260131T120000Z&X-Amz-Expires=300&X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost%3Bif-none-match&X-Amz-Signature=****:

    expired: the URL expired at 2026-01-31T12:05:00Z, 11m ago
      hint: ask for a new grant
    exit code 2
    "#);
    insta::assert_snapshot!(told(&explain(&["--answer", "-"], "<html>502 Bad Gateway</html>")), @r#"
    error: --answer - is no error of S3's: it has no <Error> with a <Code>
      hint: give the body of S3's answer, as curl prints it
    exit code 1
    "#);
    insta::assert_snapshot!(told(&explain(&["-", "--answer", "-"], "")), @r#"
    error: URL and answer cannot both come from standard input
      hint: write one of them into a file
    exit code 1
    "#);
    insta::assert_snapshot!(told(&explain(&["--answer", "nowhere.xml"], "")), @r#"
    error: reading S3's answer from nowhere.xml: No such file or directory (os error 2)
    exit code 1
    "#);
}
