#![allow(clippy::unwrap_used, clippy::expect_used)]

mod auth;
mod broken_files;
mod bucket_name;
mod contradictions;
mod overrides;

use super::{Contract, Overrides};

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
            states_encryption: false,
            versioning: false,
            states_versioning: false,
            lifecycle: Lifecycle {
                abort_incomplete_multipart_upload: Days(
                    1,
                ),
                expiration: None,
                noncurrent_version_expiration: None,
                unconfirmed_expiration: None,
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
            multipart: None,
            form: false,
            confirm: false,
            extras: AllowedExtras {
                metadata: [],
                tags: [],
                content_disposition: false,
                cache_control: false,
            },
            ticket_expires_in: TicketExpiresIn(
                86400,
            ),
            allowed_origins: Listed(
                [
                    Origin(
                        "https://app.example.com",
                    ),
                ],
            ),
            allowed_headers: [],
        },
        download: None,
        role: Role {
            name: RoleName(
                "acme-uploads-presigner",
            ),
            path: RolePath(
                "/",
            ),
            description: "Signs uploads into the bucket acme-uploads (gatepass)",
            states_description: false,
            max_session_duration: SessionDuration(
                3600,
            ),
            states_max_session_duration: false,
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
            url: None,
            allow_unauthenticated: false,
            allow_credentials: false,
            sign_as_role: false,
            max_body: 16384,
            request_timeout: 10s,
            max_connections: 1024,
            metrics_listen: None,
            audit: None,
            trusted_proxies: TrustedProxies {
                networks: [],
                header: XForwardedFor,
            },
            ticket_secrets_file: None,
            dialects: [],
            receipt_secrets_file: None,
        },
        auth: None,
        limits: Limits {
            per_address: None,
            per_subject: None,
            outstanding_bytes: None,
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
  hint: write "5 GiB" or less, or let files be uploaded in parts: multipart = true
gatepass.toml:25: upload.expires_in = "1h" is above upload.max_signature_age = "15m": the bucket policy would refuse the URL before it expires
  hint: write "15m" or less, or raise max_signature_age
gatepass.toml:26: upload.key = "{uuid}.{extension}" has the unknown placeholder {extension}
  hint: there are {uuid}, {ext}, {subtype}, {date}, {filename} and {subject}
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
    let contract = Contract::parse(
        &minimal_with("\"10 MiB\"", "0x10_0000"),
        "gatepass.toml",
        &Overrides::default(),
    )
    .unwrap();
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
  hint: there are encryption, kms_key_arn, lifecycle, name, namespace, region, tags, versioning
gatepass.toml:12: bucket.something is not a field of a contract
  hint: there are encryption, kms_key_arn, lifecycle, name, namespace, region, tags, versioning
gatepass.toml:14: uploads is not a field of a contract
  hint: did you mean "upload"?
gatepass.toml:18: upload.content-types = [] is not a field of a contract
  hint: did you mean "content_types"?
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
