#![allow(clippy::unwrap_used, clippy::expect_used)]

use proptest::prelude::*;

use super::super::{AllowedOrigins, Encryption, INIT_TEMPLATE, Location, Trust};
use super::{Contract, Overrides, Source, Sourced};

const MINIMAL: &str = r#"
[bucket]
name = "acme-uploads"
region = "eu-central-1"

[upload]
content_types = ["image/*"]
max_size = "10 MiB"
allowed_origins = ["https://app.example.com"]

[[role.trust]]
principal = "account"
"#;

fn refusal(text: &str) -> String {
    refusal_with(text, &Overrides::default())
}

fn refusal_with(text: &str, overrides: &Overrides) -> String {
    Contract::parse(text, "gatepass.toml", overrides).unwrap_err().to_string()
}

/// The minimal contract with one piece replaced.
fn minimal_with(piece: &str, by: &str) -> String {
    assert!(MINIMAL.contains(piece), "{piece}");
    MINIMAL.replacen(piece, by, 1)
}

/// What is wrong with the minimal contract once each of these replacements is made.
fn refusals(replacements: &[(&str, &str)]) -> String {
    let refusal = |(piece, by): &(&str, &str)| refusal(&minimal_with(piece, by));
    replacements.iter().map(refusal).collect::<Vec<_>>().join("\n")
}

fn flag(name: &'static str, value: &str) -> Option<Sourced> {
    Some(Sourced { value: value.to_owned(), source: Source::Flag(name) })
}

fn variable(name: &'static str, value: &str) -> Option<Sourced> {
    Some(Sourced { value: value.to_owned(), source: Source::Environment(name) })
}

#[test]
fn minimal() {
    insta::assert_debug_snapshot!(Contract::parse(MINIMAL, "gatepass.toml", &Overrides::default()).unwrap(), @r#"
    Contract {
        account_id: None,
        bucket: Bucket {
            name: BucketName(
                "acme-uploads",
            ),
            region: Region(
                "eu-central-1",
            ),
            encryption: SseS3,
            versioning: false,
            lifecycle: Lifecycle {
                abort_incomplete_multipart_upload: Days(
                    1,
                ),
                expiration: None,
                noncurrent_version_expiration: None,
            },
            tags: Tags(
                {},
            ),
        },
        upload: Upload {
            mode: Strict,
            content_types: [
                MediaRange(
                    "image/*",
                ),
            ],
            max_size: ObjectSize(
                10485760,
            ),
            expires_in: ExpiresIn(
                300,
            ),
            max_signature_age: SignatureAge(
                900,
            ),
            key: KeyTemplate {
                text: "uploads/{date}/{uuid}.{ext}",
                parts: [
                    Literal(
                        "uploads/",
                    ),
                    Date,
                    Literal(
                        "/",
                    ),
                    Uuid,
                    Literal(
                        ".",
                    ),
                    Ext,
                ],
            },
            checksum: Optional,
            sign_encryption_headers: false,
            allowed_origins: Listed(
                [
                    Origin(
                        "https://app.example.com",
                    ),
                ],
            ),
        },
        role: Role {
            name: RoleName(
                "acme-uploads-presigner",
            ),
            path: RolePath(
                "/",
            ),
            description: "Signs uploads into the bucket acme-uploads (gatepass)",
            max_session_duration: SessionDuration(
                3600,
            ),
            permissions_boundary: None,
            trust: [
                SameAccount {
                    external_id: None,
                },
            ],
            tags: Tags(
                {},
            ),
        },
        serve: Serve {
            listen: 127.0.0.1:8080,
            allow_unauthenticated: false,
            sign_as_role: false,
            max_body: 16384,
            request_timeout: 10s,
            max_connections: 1024,
        },
        endpoint: None,
        policies: None,
    }
    "#);
}

#[test]
fn everything_wrong_at_once() {
    insta::assert_snapshot!(refusal(r#"
acount_id = "111122223333"
account_id = 111122223333

[bucket]
name = "Acme_Uploads"
region = "eu-central-1"
encryption = "AES"
kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd"
versionning = true
content_types = []

[bucket.lifecycle]
expiration = "1M"
noncurrent_version_expiration = "7d"

[bucket.tags]
"gatepass:contract" = "x"
team = 7

[upload]
mode = "compatible"
content_types = ["image*", "image/*"]
max_size = "6 GiB"
expires_in = "1h"
key = "{uuid}.{extension}"
checksum = "required"
allowed_origins = ["https://app.example.com/", "*"]

[role]
path = "uploads"
max_session_duration = "30m"
permissions_boundary = "arn:aws-cn:iam::111122223333:policy/boundary"

[[role.trust]]
service = "ecs.amazonaws.com"

[[role.trust]]
principal = "*"
service = "ec2.amazonaws.com"
external_id = "x y"

[serve]
listen = "localhost:8080"
max_body = "1.5 B"
max_connections = 0

[endpoint]
url = "localhost:4566"

[uplaod]
x = 1
"#), @r#"
gatepass.toml:2: acount_id = "111122223333" is not a field of a contract
  hint: did you mean "account_id"?
gatepass.toml:3: account_id = 111122223333 is an integer, not a string
  hint: write it in quotes: "111122223333"
gatepass.toml:6: bucket.name = "Acme_Uploads" has 'A' in a bucket name, which is made of lower-case letters, digits, '.' and '-'
  hint: write "acme-uploads"
gatepass.toml:8: bucket.encryption = "AES" is not a value of this field
  hint: write "AES256" or "aws:kms"
gatepass.toml:9: bucket.kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd" is not in the bucket's region, eu-central-1 of the partition aws
  hint: S3 takes only a key of the bucket's own region
gatepass.toml:10: bucket.versionning = true is not a field of a contract
  hint: did you mean "versioning"?
gatepass.toml:11: bucket.content_types = [] is not a field of a contract
  hint: "content_types" belongs in [upload]
gatepass.toml:14: bucket.lifecycle.expiration = "1M" counts in "M", which has no fixed length
  hint: write "m" for minutes, "d" for days
gatepass.toml:15: bucket.lifecycle.noncurrent_version_expiration = "7d" needs bucket.versioning = true: without versions nothing becomes noncurrent
  hint: write versioning = true under [bucket], or leave this out
gatepass.toml:18: bucket.tags.gatepass:contract = "x" has a key beginning with "gatepass:", which gatepass keeps for itself
gatepass.toml:19: bucket.tags.team = 7 is an integer, not a string
  hint: write it in quotes: "7"
gatepass.toml:23: upload.content_types = "image*" is not a media range
  hint: write e.g. "image/png", "image/*" or "*/*"
gatepass.toml:24: upload.max_size = "6 GiB" is above 5 GiB, the most that one S3 PUT can carry
  hint: write "5 GiB" or less
gatepass.toml:25: upload.expires_in = "1h" is above upload.max_signature_age = "15m": the bucket policy would refuse the URL before it expires
  hint: write "15m" or less, or raise max_signature_age
gatepass.toml:26: upload.key = "{uuid}.{extension}" has the unknown placeholder {extension}
  hint: there are {uuid}, {ext}, {subtype}, {date} and {filename}
gatepass.toml:27: upload.checksum = "required" needs upload.mode = "strict": in the compatible mode a client sends no header but Content-Type
  hint: write mode = "strict", or leave this out
gatepass.toml:28: upload.allowed_origins = "https://app.example.com/" has something after its host: an origin is scheme, host and port
  hint: write "https://app.example.com"
gatepass.toml:28: upload.allowed_origins = "*" lets every web page of everybody upload
  hint: list the origins of your pages; if every page is meant, write allow_any_origin = true
gatepass.toml:31: role.path = "uploads" does not begin and end with '/'
  hint: write e.g. "/" or "/uploads/"
gatepass.toml:32: role.max_session_duration = "30m" is out of bounds: a role's maximum session duration is 1 to 12 hours
gatepass.toml:33: role.permissions_boundary = "arn:aws-cn:iam::111122223333:policy/boundary" is in the partition aws-cn, and the bucket's region eu-central-1 is in aws
  hint: write arn:aws:…
gatepass.toml:36: role.trust.service = "ecs.amazonaws.com" is not a service that gatepass writes trust for
  hint: write "ecs-tasks.amazonaws.com", "ec2.amazonaws.com" or "lambda.amazonaws.com"
gatepass.toml:39: role.trust.principal = "*" lets every AWS account assume the role
  hint: write "account" for the bucket's own account, or name a principal
gatepass.toml:41: role.trust.external_id = "x y" has ' ' in an external id, which is made of letters, digits and _+=,.@:/-
gatepass.toml:44: serve.listen = "localhost:8080" is not an IP address with a port
  hint: write e.g. "127.0.0.1:8080", "[::1]:8080" or "0.0.0.0:8080"
gatepass.toml:45: serve.max_body = "1.5 B" is not a whole number of bytes
  hint: write e.g. "10 MiB" (1024²) or "10 MB" (1000²)
gatepass.toml:46: serve.max_connections = 0 is out of bounds: 1 to 1000000
gatepass.toml:49: endpoint.url = "localhost:4566" has no scheme
  hint: write "https://localhost:4566", or "http://localhost:4566" if it is on this machine
gatepass.toml:51: uplaod is not a field of a contract
  hint: did you mean "upload"?
"#);
}

#[test]
fn nothing_there() {
    insta::assert_snapshot!(refusal(""), @r#"
    gatepass.toml: bucket.name is missing
      hint: write name = "acme-uploads" under [bucket]
    gatepass.toml: bucket.region is missing
      hint: write region = "eu-central-1" under [bucket]
    gatepass.toml: upload.content_types is missing
      hint: write content_types = ["image/*", "application/pdf"] under [upload]
    gatepass.toml: upload.max_size is missing
      hint: write max_size = "10 MiB" under [upload]
    gatepass.toml: upload.allowed_origins is missing
      hint: write allowed_origins = ["https://app.example.com"] under [upload]
    gatepass.toml: role.trust is missing
      hint: say who may assume the role, e.g. [[role.trust]] and below it service = "ecs-tasks.amazonaws.com"
    "#);
}

#[test]
fn empty_tables() {
    insta::assert_snapshot!(refusal("[bucket]\n\n[upload]\n\n[role]\n\n[endpoint]\n"), @r#"
    gatepass.toml:1: bucket.name is missing
      hint: write name = "acme-uploads" under [bucket]
    gatepass.toml:1: bucket.region is missing
      hint: write region = "eu-central-1" under [bucket]
    gatepass.toml:3: upload.content_types is missing
      hint: write content_types = ["image/*", "application/pdf"] under [upload]
    gatepass.toml:3: upload.max_size is missing
      hint: write max_size = "10 MiB" under [upload]
    gatepass.toml:3: upload.allowed_origins is missing
      hint: write allowed_origins = ["https://app.example.com"] under [upload]
    gatepass.toml:5: role.trust is missing
      hint: say who may assume the role, e.g. [[role.trust]] and below it service = "ecs-tasks.amazonaws.com"
    gatepass.toml:7: endpoint.url is missing
      hint: write url = "http://localhost:4566" under [endpoint]
    "#);
}

#[test]
fn lines_that_are_not_toml() {
    insta::assert_snapshot!(refusal(r#"
[bucket]
name = "acme-uploads
region = eu-central-1
versioning = yes

[upload
content_types = ["image*"]

[role]
path = "uploads"
name = "a"
name = "b"

[serve]
max_connections = 0
listen
"#), @r#"
gatepass.toml:3: name = "acme-uploads is not TOML: invalid basic string, expected `"`
gatepass.toml:4: region = eu-central-1 is not TOML: string values must be quoted, expected literal string
gatepass.toml:5: versioning = yes is not TOML: string values must be quoted, expected literal string
gatepass.toml:7: [upload is not TOML: unclosed table, expected `]`
gatepass.toml:11: role.path = "uploads" does not begin and end with '/'
  hint: write e.g. "/" or "/uploads/"
gatepass.toml:13: name = "b" is not TOML: duplicate key
gatepass.toml:16: serve.max_connections = 0 is out of bounds: 1 to 1000000
gatepass.toml:17: listen is not TOML: key with no value, expected `=`
"#);
}

/// A field that may stand on the broken line is not called missing, and no default is taken for it.
#[test]
fn a_broken_line_hides_no_more_than_itself() {
    let broken = "max_size = 10 MiB\nmax_signature_age = 1h\nexpires_in = \"30m\"\nmode = \"lax\"";
    insta::assert_snapshot!(refusal(&minimal_with("max_size = \"10 MiB\"", broken)), @r#"
    gatepass.toml:8: max_size = 10 MiB is not TOML: string values must be quoted, expected literal string
    gatepass.toml:9: max_signature_age = 1h is not TOML: string values must be quoted, expected literal string
    gatepass.toml:11: upload.mode = "lax" is not a value of this field
      hint: write "strict" or "compatible"
    "#);
    insta::assert_snapshot!(refusal(&minimal_with("[[role.trust]]", "[[role.trust]")), @"gatepass.toml:11: [[role.trust] is not TOML: unclosed array table, expected `]`");
}

#[test]
fn wrong_types() {
    insta::assert_snapshot!(refusal(r#"
account_id = 1.5
bucket = "acme"
upload = [1]
serve = 8080

[role]
name = 1
path = true
trust = "account"
tags = 1979-05-27
"#), @r#"
gatepass.toml:2: account_id = 1.5 is a floating-point number, not a string
gatepass.toml:3: bucket = "acme" is a string, not a table
gatepass.toml:4: upload = [1] is a list, not a table
gatepass.toml:5: serve = 8080 is an integer, not a table
gatepass.toml:8: role.name = 1 is an integer, not a string
  hint: write it in quotes: "1"
gatepass.toml:9: role.path = true is a boolean, not a string
gatepass.toml:10: role.trust = "account" is a string, not an array of tables
  hint: write [[role.trust]]
gatepass.toml:11: role.tags = 1979-05-27 is a date or time, not a table
"#);
    insta::assert_snapshot!(refusals(&[
        ("max_size = \"10 MiB\"", "max_size = -1"),
        ("max_size = \"10 MiB\"", "max_size = 99999999999999999999999"),
        ("max_size = \"10 MiB\"", "max_size = 1.5"),
        ("max_size = \"10 MiB\"", "max_size = \"1 MiB\"\nexpires_in = 300"),
        ("content_types = [\"image/*\"]", "content_types = \"image/*\""),
        ("content_types = [\"image/*\"]", "content_types = [\n  \"image/*\",\n  7,\n  \"image\",\n]"),
        ("[[role.trust]]", "[role.trust]"),
    ]), @r#"
    gatepass.toml:8: upload.max_size = -1 is negative
    gatepass.toml:8: upload.max_size = 99999999999999999999999 is too large a number
    gatepass.toml:8: upload.max_size = 1.5 is a floating-point number, not a size
      hint: write e.g. "10 MiB", or an integer of bytes
    gatepass.toml:9: upload.expires_in = 300 is an integer, not a span of time
      hint: write it as a string with its unit, e.g. "300s", "5m" or "7d"
    gatepass.toml:7: upload.content_types = "image/*" is a string, not a list
      hint: write content_types = ["image/*", "application/pdf"]
    gatepass.toml:9: upload.content_types = 7 is an integer, not a string
      hint: write it in quotes: "7"
    gatepass.toml:10: upload.content_types = "image" is not a media range
      hint: write e.g. "image/png", "image/*" or "*/*"
    gatepass.toml:11: role.trust = [role.trust] is a table, not an array of tables
      hint: write [[role.trust]]
    "#);
}

#[test]
fn sizes_can_be_integers() {
    let contract = Contract::parse(&minimal_with("\"10 MiB\"", "0x10_0000"), "gatepass.toml", &Overrides::default()).unwrap();
    assert_eq!(contract.upload.max_size.bytes(), 1024 * 1024);
}

#[test]
fn unknown_fields() {
    insta::assert_snapshot!(refusal(&minimal_with("[upload]", r#"
versoning = true
max_size = "1 MiB"
listen = "127.0.0.1:80"
account_id = "111122223333"
"b\u001B[31m" = 1
something.else = 2

[uploads]
x = 1

[upload]
content-types = []
"#)), @r#"
gatepass.toml:7: bucket.versoning = true is not a field of a contract
  hint: did you mean "versioning"?
gatepass.toml:8: bucket.max_size = "1 MiB" is not a field of a contract
  hint: "max_size" belongs in [upload]
gatepass.toml:9: bucket.listen = "127.0.0.1:80" is not a field of a contract
  hint: "listen" belongs in [serve]
gatepass.toml:10: bucket.account_id = "111122223333" is not a field of a contract
  hint: "account_id" belongs at the top of the file, above the first table
gatepass.toml:11: bucket.b�[31m = 1 is not a field of a contract
  hint: there are encryption, kms_key_arn, lifecycle, name, region, tags, versioning
gatepass.toml:12: bucket.something is not a field of a contract
  hint: there are encryption, kms_key_arn, lifecycle, name, region, tags, versioning
gatepass.toml:14: uploads is not a field of a contract
  hint: did you mean "upload"?
gatepass.toml:18: upload.content-types = [] is not a field of a contract
  hint: did you mean "content_types"?
"#);
}

/// Nothing in a file reaches the terminal as more than text.
#[test]
fn control_characters() {
    insta::assert_snapshot!(refusals(&[
        ("https://app.example.com", "https://\\u001B[31m.example.com"),
        ("[upload]", "[upload]\nkey = \"uploads/{\u{9b}31m}\""),
        ("[upload]", "\"\\u0007\" = 1\n[upload]"),
        ("[upload]", "\u{7}\n[upload]"),
    ]), @r#"
    gatepass.toml:9: upload.allowed_origins = "https://\u001B[31m.example.com" has '\u{1b}' in it
    gatepass.toml:7: upload.key = "uploads/{�31m}" has the unknown placeholder {�31m}
      hint: there are {uuid}, {ext}, {subtype}, {date} and {filename}
    gatepass.toml:6: bucket.� = 1 is not a field of a contract
      hint: there are encryption, kms_key_arn, lifecycle, name, region, tags, versioning
    gatepass.toml:6: � is not TOML: invalid unquoted key, expected letters, numbers, `-`, `_`
    "#);
}

/// A table with a wrong name is one problem; its fields are not missing besides.
#[test]
fn misspelt_table() {
    insta::assert_snapshot!(refusals(&[("[upload]", "[uplaod]"), ("[bucket]", "[buckets]"), ("[[role.trust]]", "[[roles.trust]]")]), @r#"
    gatepass.toml:6: uplaod is not a field of a contract
      hint: did you mean "upload"?
    gatepass.toml:2: buckets is not a field of a contract
      hint: did you mean "bucket"?
    gatepass.toml:11: roles is not a field of a contract
      hint: did you mean "role"?
    "#);
}

#[test]
fn contradictions() {
    insta::assert_snapshot!(refusals(&[
        ("[upload]", "[upload]\nexpires_in = \"16m\""),
        ("[upload]", "[upload]\nexpires_in = \"16m\"\nmax_signature_age = \"10m\""),
        ("[upload]", "[upload]\nmax_signature_age = \"4m\""),
        ("[\"https://app.example.com\"]", "[\"*\"]"),
        ("[\"https://app.example.com\"]", "[\"*\", \"https://app.example.com\"]\nallow_any_origin = true"),
        ("[upload]", "[upload]\nallow_any_origin = true"),
        ("[upload]", "[upload]\nmode = \"compatible\"\nchecksum = \"required\"\nsign_encryption_headers = true"),
        ("[upload]", "encryption = \"aws:kms\"\n[upload]"),
        ("[upload]", "kms_key_arn = \"arn:aws:kms:eu-central-1:111122223333:key/1\"\n[upload]"),
        ("[upload]", "encryption = \"aws:kms\"\nkms_key_arn = \"arn:aws-cn:kms:cn-north-1:111122223333:key/1\"\n[upload]"),
        ("[upload]", "[bucket.lifecycle]\nnoncurrent_version_expiration = \"1d\"\n[upload]"),
        ("name = \"acme-uploads\"", "name = \"acme-uploads-with-a-name-that-is-as-long-as-names-can-be-in-s3\""),
        ("[[role.trust]]", "[endpoint]\nurl = \"https://s3.example.com\"\npublic_url = \"http://s3.example.com\"\n[[role.trust]]"),
        ("[[role.trust]]", "[endpoint]\nurl = \"http://127.0.0.1:4566\"\npath_style = false\n[[role.trust]]"),
        ("[[role.trust]]", "[endpoint]\npublic_url = \"http://localhost:4566\"\n[[role.trust]]"),
    ]), @r#"
    gatepass.toml:7: upload.expires_in = "16m" is above upload.max_signature_age = "15m": the bucket policy would refuse the URL before it expires
      hint: write "15m" or less, or raise max_signature_age
    gatepass.toml:7: upload.expires_in = "16m" is above upload.max_signature_age = "10m": the bucket policy would refuse the URL before it expires
      hint: write "10m" or less, or raise max_signature_age
    gatepass.toml:7: upload.max_signature_age = "4m" is below upload.expires_in, which is 5m unless stated
      hint: write expires_in = "4m" or less, or raise this
    gatepass.toml:9: upload.allowed_origins = "*" lets every web page of everybody upload
      hint: list the origins of your pages; if every page is meant, write allow_any_origin = true
    gatepass.toml:9: upload.allowed_origins = "*" stands beside other origins, which mean nothing then
      hint: write ["*"] alone, or leave it out
    gatepass.toml:7: upload.allow_any_origin = true says nothing without allowed_origins = ["*"]
      hint: leave it out
    gatepass.toml:8: upload.checksum = "required" needs upload.mode = "strict": in the compatible mode a client sends no header but Content-Type
      hint: write mode = "strict", or leave this out
    gatepass.toml:9: upload.sign_encryption_headers = true needs upload.mode = "strict": in the compatible mode a client sends no header but Content-Type
      hint: write mode = "strict", or leave this out
    gatepass.toml:6: bucket.encryption = "aws:kms" needs bucket.kms_key_arn
      hint: name a customer managed key; the key policy of AWS's own (alias/aws/s3) cannot be changed
    gatepass.toml:6: bucket.kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/1" names a key, and bucket.encryption is not "aws:kms"
      hint: write encryption = "aws:kms", or leave out kms_key_arn
    gatepass.toml:7: bucket.kms_key_arn = "arn:aws-cn:kms:cn-north-1:111122223333:key/1" is not in the bucket's region, eu-central-1 of the partition aws
      hint: S3 takes only a key of the bucket's own region
    gatepass.toml:7: bucket.lifecycle.noncurrent_version_expiration = "1d" needs bucket.versioning = true: without versions nothing becomes noncurrent
      hint: write versioning = true under [bucket], or leave this out
    gatepass.toml:3: bucket.name = "acme-uploads-with-a-name-that-is-as-long-as-names-can-be-in-s3" is too long for the role's name to be made of it ("…-presigner", at most 64 characters)
      hint: write name = "…" under [role]
    gatepass.toml:13: endpoint.public_url = "http://s3.example.com" is plain http while endpoint.url is https: the bucket policy would refuse every upload
      hint: use https in both
    gatepass.toml:13: endpoint.path_style = false puts the bucket's name in front of the host, and http://127.0.0.1:4566 is an address
      hint: write path_style = true, or an endpoint with a host name
    gatepass.toml:11: endpoint.url is missing
      hint: write url = "http://localhost:4566" under [endpoint]
    "#);
}

#[test]
fn accounts_and_partitions() {
    let of_account = |text: &str| format!("account_id = \"111122223333\"\n{text}");
    let boundary = minimal_with("[[role.trust]]", "[role]\npermissions_boundary = \"arn:aws:iam::444455556666:policy/b\"\n[[role.trust]]");
    insta::assert_snapshot!(refusal(&of_account(&boundary)), @r#"
    gatepass.toml:13: role.permissions_boundary = "arn:aws:iam::444455556666:policy/b" is a policy of the account 444455556666, and the role will be in 111122223333
      hint: IAM takes only a policy of the role's own account, or one of AWS's
    "#);
    insta::assert_snapshot!(refusals(&[("principal = \"account\"", "principal = \"arn:aws-us-gov:iam::444455556666:root\"")]), @r#"
    gatepass.toml:12: role.trust.principal = "arn:aws-us-gov:iam::444455556666:root" is in the partition aws-us-gov, and the bucket's region eu-central-1 is in aws
      hint: write arn:aws:…
    "#);

    // a key of another account is what many organizations have
    let key = minimal_with("[upload]", "encryption = \"aws:kms\"\nkms_key_arn = \"arn:aws:kms:eu-central-1:444455556666:key/1\"\n[upload]");
    let contract = Contract::parse(&of_account(&key), "gatepass.toml", &Overrides::default()).unwrap();
    assert!(matches!(contract.bucket.encryption, Encryption::SseKms { .. }));
    // and without an account stated, nobody knows whose the boundary has to be
    Contract::parse(&boundary, "gatepass.toml", &Overrides::default()).unwrap();
}

#[test]
fn trust() {
    insta::assert_snapshot!(refusals(&[
        ("principal = \"account\"", ""),
        ("principal = \"account\"", "service = \"ecs-tasks.amazonaws.com\"\nprincipal = \"account\""),
        ("principal = \"account\"", "service = \"ecs-tasks.amazonaws.com\"\nexternal_id = \"abc\""),
        ("principal = \"account\"", "principal = \"ecs-tasks.amazonaws.com\""),
        ("principal = \"account\"", "principal = \"1111\""),
        ("principal = \"account\"", "principal = \"account\"\nexternal_id = \"x\""),
        ("principal = \"account\"", "principal = \"account\"\n[[role.trust]]\nprincipal = \"account\""),
        ("[[role.trust]]\nprincipal = \"account\"", "[role]\ntrust = []"),
    ]), @r#"
    gatepass.toml:11: role.trust names nobody
      hint: write service = "ecs-tasks.amazonaws.com" or principal = "account"
    gatepass.toml:13: role.trust.principal = "account" stands beside a service
      hint: write two [[role.trust]] tables
    gatepass.toml:13: role.trust.external_id = "abc" stands beside a service, and AWS's services present no external id
      hint: leave it out
    gatepass.toml:12: role.trust.principal = "ecs-tasks.amazonaws.com" is a service
      hint: write service = "ecs-tasks.amazonaws.com"
    gatepass.toml:12: role.trust.principal = "1111" is not an AWS account id
      hint: write its 12 digits as a string, e.g. "111122223333"
    gatepass.toml:13: role.trust.external_id = "x" has a length of 1, and an external id has 2 to 1224 characters
    gatepass.toml:13: role.trust says again what another [[role.trust]] says
      hint: leave it out
    gatepass.toml:11: role.trust is missing
      hint: say who may assume the role, e.g. [[role.trust]] and below it service = "ecs-tasks.amazonaws.com"
    "#);

    let text = minimal_with("principal = \"account\"", "principal = \"444455556666\"\nexternal_id = \"abc\"")
        .replace("eu-central-1", "cn-north-1");
    let contract = Contract::parse(&text, "gatepass.toml", &Overrides::default()).unwrap();
    let [Trust::Principal { principal, external_id }] = contract.role.trust.as_slice() else { panic!("{:?}", contract.role.trust) };
    assert_eq!((principal.as_str(), external_id.as_deref()), ("arn:aws-cn:iam::444455556666:root", Some("abc")));
}

#[test]
fn any_origin_in_plain_words() {
    let text = minimal_with("[\"https://app.example.com\"]", "[\"*\"]\nallow_any_origin = true");
    assert_eq!(Contract::parse(&text, "gatepass.toml", &Overrides::default()).unwrap().upload.allowed_origins, AllowedOrigins::Any);
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
      hint: write "5 GiB" or less
    "#);
}

/// A value that is overridden is not looked at: the way out of a wrong value in a file that cannot be changed.
#[test]
fn an_overridden_value_is_not_checked() {
    let overrides = Overrides { bucket_name: flag("--bucket", "acme-uploads"), ..Overrides::default() };
    assert_eq!(
        Contract::parse(&minimal_with("acme-uploads", "NOT A NAME"), "gatepass.toml", &overrides),
        Contract::parse(MINIMAL, "gatepass.toml", &Overrides::default()),
    );
}

/// The region of a shell never moves a bucket that the file has a region for.
#[test]
fn aws_region_only_fills_in() {
    let overrides = Overrides { region_fallback: variable("AWS_REGION", "us-east-1"), ..Overrides::default() };
    let region = |text: &str| Contract::parse(text, "gatepass.toml", &overrides).unwrap().bucket.region.as_str().to_owned();
    assert_eq!(region(MINIMAL), "eu-central-1");
    assert_eq!(region(&minimal_with("region = \"eu-central-1\"", "")), "us-east-1");
    let wrong = Overrides { region_fallback: variable("AWS_REGION", "nowhere"), ..Overrides::default() };
    insta::assert_snapshot!(refusal_with(&minimal_with("region = \"eu-central-1\"", ""), &wrong), @r#"
    environment variable AWS_REGION: bucket.region = "nowhere" is not an AWS region
      hint: write its code, e.g. "eu-central-1"
    "#);
}

#[test]
fn an_endpoints_other_settings_stay_when_its_url_is_overridden() {
    let endpoint = "[endpoint]\nurl = \"http://s3.test\"\npublic_url = \"https://files.example.com\"\npath_style = false\n[[role.trust]]";
    let overrides = Overrides { endpoint_url: flag("--endpoint-url", "http://localstack.test:4566"), ..Overrides::default() };
    let contract = Contract::parse(&minimal_with("[[role.trust]]", endpoint), "gatepass.toml", &overrides).unwrap();
    let endpoint = contract.endpoint.unwrap();
    assert_eq!((endpoint.url.as_str(), endpoint.path_style), ("http://localstack.test:4566", false));
    assert_eq!(endpoint.public_url.unwrap().as_str(), "https://files.example.com");
}

proptest! {
    /// Whatever is done to a contract, it parses or says what is wrong, in the order of the file.
    #[test]
    fn mangled_contracts(
        cuts in prop::collection::vec((
            0..INIT_TEMPLATE.len(),
            0..40_usize,
            prop::sample::select(vec!["", "\"", "[", "]", "=", "\n", "{", "x", "\u{0}", "\u{9b}", "é", "# ", "0", "'''"]),
        ), 1..6),
        uncomment in any::<bool>(),
    ) {
        let mut text = if uncomment { INIT_TEMPLATE.replace("\n#", "\n") } else { INIT_TEMPLATE.to_owned() };
        for (start, length, by) in cuts {
            let range = text.floor_char_boundary(start)..text.floor_char_boundary(start + length);
            text.replace_range(range, by);
        }
        if let Err(errors) = Contract::parse(&text, "gatepass.toml", &Overrides::default()) {
            prop_assert!(!errors.errors.is_empty());
            let line = |location: &Location| match location {
                Location::Override(_) => 0,
                Location::Line(line) => *line,
                Location::File => usize::MAX,
            };
            prop_assert!(errors.errors.is_sorted_by_key(|error| line(&error.location)), "{errors}");
            prop_assert!(!errors.to_string().contains(|c: char| c.is_control() && c != '\n'), "{errors:?}");
        }
    }
}
