//! Fields that contradict each other.

use super::super::super::{AllowedHeader, AllowedOrigins, Encryption, Trust};
use super::{Contract, Overrides, minimal_with, refusal, refusals};

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
fn uploads_in_parts() {
    insta::assert_snapshot!(refusals(&[
        ("max_size = ", "part_size = \"8 MiB\"\nmax_size = "),
        ("max_size = ", "multipart = false\npart_size = \"8 MiB\"\nmax_size = "),
        ("max_size = ", "multipart = true\npart_size = \"4 MiB\"\nmax_size = "),
        ("max_size = ", "multipart = true\npart_size = \"6 GiB\"\nmax_size = "),
        ("max_size = ", "multipart = true\nticket_expires_in = \"25h\"\nmax_size = "),
        ("max_size = ", "multipart = true\nticket_expires_in = \"4m\"\nmax_size = "),
        ("max_size = ", "multipart = true\nticket_expires_in = \"30s\"\nmax_size = "),
    ]), @r#"
    gatepass.toml:8: upload.part_size = "8 MiB" says nothing without uploads in parts
      hint: write multipart = true, or leave it out
    gatepass.toml:9: upload.part_size = "8 MiB" says nothing without uploads in parts
      hint: write multipart = true, or leave it out
    gatepass.toml:9: upload.part_size = "4 MiB" is out of bounds: a part of an upload has 5 MiB to 5 GiB
    gatepass.toml:9: upload.part_size = "6 GiB" is out of bounds: a part of an upload has 5 MiB to 5 GiB
    gatepass.toml:9: upload.ticket_expires_in = "25h" is above bucket.lifecycle.abort_incomplete_multipart_upload: S3 would remove the parts before the ticket ends
      hint: write "1day" or less, or raise abort_incomplete_multipart_upload
    gatepass.toml:9: upload.ticket_expires_in = "4m" is below upload.expires_in, which is 5m
      hint: a ticket lives as long as an upload may take, several URLs long
    gatepass.toml:9: upload.ticket_expires_in = "30s" is out of bounds: a ticket is valid for 1 minute to 7 days
    "#);
    let text = minimal_with(
        "[upload]",
        "[bucket.lifecycle]\nabort_incomplete_multipart_upload = \"7d\"\n[upload]\nmultipart = true\nticket_expires_in = \"7d\"",
    );
    let contract = Contract::parse(&text, "gatepass.toml", &Overrides::default()).unwrap();
    assert_eq!(
        contract.upload.multipart.map(|multipart| multipart.part_size.bytes()),
        Some(16 << 20)
    );
}

#[test]
fn forms_and_what_uploads_carry() {
    let tags: Vec<String> = (0..11).map(|index| format!("\"t{index}\"")).collect();
    insta::assert_snapshot!(refusals(&[
        ("max_size = ", "form = true\nmax_size = "),
        ("max_size = ", "mode = \"strict\"\nform = true\nmax_size = "),
        ("max_size = ", "metadata = [\"Title\", \"x-amz-meta-a\", 5]\nmax_size = "),
        ("max_size = ", "metadata = \"title\"\nmax_size = "),
        ("max_size = ", "tags = [\"aws:x\"]\nmax_size = "),
        ("max_size = ", &format!("tags = [{}]\nmax_size = ", tags.join(", "))),
    ]), @r#"
    gatepass.toml:8: upload.form = true needs upload.mode = "compatible": S3 takes no If-None-Match from a form, so that a form could be used more than once
      hint: write mode = "compatible", or leave this out
    gatepass.toml:9: upload.form = true needs upload.mode = "compatible": S3 takes no If-None-Match from a form, so that a form could be used more than once
      hint: write mode = "compatible", or leave this out
    gatepass.toml:8: upload.metadata = "Title" has 'T' in a metadata name, which is made of lower-case letters, digits and '-'
    gatepass.toml:8: upload.metadata = "x-amz-meta-a" begins with x-amz-meta-, which is put in front
      hint: write "a"
    gatepass.toml:8: upload.metadata = 5 is an integer, not a string
      hint: write it in quotes: "5"
    gatepass.toml:8: upload.metadata = "title" is a string, not a list
      hint: write metadata = ["title"]
    gatepass.toml:8: upload.tags = "aws:x" has a key beginning with "aws:", which AWS keeps for itself
    gatepass.toml:8: upload.tags = ["t0", "t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8", "t9", "t10"] has 11 keys, and S3 takes 10 tags on an object
    "#);
    let upload = |text: &str| {
        Contract::parse(
            &minimal_with("max_size = ", &format!("{text}\nmax_size = ")),
            "gatepass.toml",
            &Overrides::default(),
        )
        .unwrap()
        .upload
    };
    assert!(upload("mode = \"compatible\"\nform = true").form);
    let extras = upload("metadata = [\"b\", \"a\", \"b\"]\ntags = [\"T\"]").extras;
    assert_eq!(extras.metadata.iter().map(ToString::to_string).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(extras.tags.iter().map(ToString::to_string).collect::<Vec<_>>(), ["T"]);
}

#[test]
fn downloads() {
    let with = |download: &str| format!("[download]\n{download}\n[[role.trust]]");
    let texts = [
        "expires_in = \"16m\"",
        "expires_in = \"0s\"",
        "expire_in = \"5m\"",
        "inline = [\"text/plain\"]",
        "inline = [\"image/svg+xml\"]",
        "inline = [\"*/*\"]",
        "inline = \"image/png\"",
    ]
    .map(with);
    insta::assert_snapshot!(refusals(&texts.iter().map(|text| ("[[role.trust]]", text.as_str())).collect::<Vec<_>>()), @r#"
    gatepass.toml:12: download.expires_in = "16m" is above upload.max_signature_age, which is 15m: the bucket policy would refuse the URL before it expires
      hint: write "15m" or less, or raise max_signature_age
    gatepass.toml:12: download.expires_in = "0s" is out of bounds: a presigned URL is valid for 1 second to 7 days
    gatepass.toml:12: download.expire_in = "5m" is not a field of a contract
      hint: did you mean "expires_in"?
    gatepass.toml:12: download.inline = "text/plain" is not among upload.content_types
      hint: name types that can be uploaded
    gatepass.toml:12: download.inline = "image/svg+xml" can run scripts: whoever uploads such a file could run theirs on the bucket's origin
      hint: leave it out; browsers are told to save such files
    gatepass.toml:12: download.inline = "*/*" is not among upload.content_types
      hint: name types that can be uploaded
    gatepass.toml:12: download.inline = "image/png" is a string, not a list
      hint: write inline = ["image/*"]
    "#);
    let download = |text: &str| {
        Contract::parse(
            &minimal_with("[[role.trust]]", text),
            "gatepass.toml",
            &Overrides::default(),
        )
        .unwrap()
        .download
    };
    assert_eq!(download("[[role.trust]]"), None);
    insta::assert_debug_snapshot!(download(&with("")), @"
    Some(
        Download {
            expires_in: ExpiresIn(
                300,
            ),
            inline: [],
        },
    )
    ");
    insta::assert_debug_snapshot!(download(&with("expires_in = \"15m\"\ninline = [\"image/*\", \"image/png\"]")), @r#"
    Some(
        Download {
            expires_in: ExpiresIn(
                900,
            ),
            inline: [
                MediaRange(
                    "image/*",
                ),
                MediaRange(
                    "image/png",
                ),
            ],
        },
    )
    "#);
}

#[test]
fn what_is_removed_unless_it_is_confirmed() {
    let tags: Vec<String> = (0..10).map(|index| format!("\"t{index}\"")).collect();
    let removed = |upload: &str| {
        format!("[bucket.lifecycle]\nunconfirmed_expiration = \"1d\"\n[upload]\n{upload}")
    };
    insta::assert_snapshot!(refusals(&[
        ("[upload]", &removed("")),
        ("[upload]", &removed("confirm = true\nmode = \"compatible\"")),
        ("[upload]", &removed("confirm = true\nticket_expires_in = \"25h\"")),
        ("[upload]", &removed(&format!("confirm = true\ntags = [{}]", tags.join(", ")))),
        ("[upload]", "[bucket.lifecycle]\nunconfirmed_expiration = \"36h\"\n[upload]\nconfirm = true"),
    ]), @r#"
    gatepass.toml:7: bucket.lifecycle.unconfirmed_expiration = "1d" needs upload.confirm = true: without it no upload is confirmed, and S3 would remove every one
      hint: write confirm = true under [upload], or leave this out
    gatepass.toml:7: bucket.lifecycle.unconfirmed_expiration = "1d" needs upload.mode = "strict": a client that sends no header but Content-Type cannot send the tag by which S3 knows what to remove
      hint: write mode = "strict", or leave this out
    gatepass.toml:10: upload.ticket_expires_in = "25h" is above bucket.lifecycle.unconfirmed_expiration: S3 would remove an upload that could still be confirmed
      hint: write "1day" or less, or raise unconfirmed_expiration
    gatepass.toml:10: upload.tags = ["t0", "t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8", "t9"] has 10 keys, and S3 takes 10 tags on an object, one of which is gatepass's own
    gatepass.toml:7: bucket.lifecycle.unconfirmed_expiration = "36h" is not a whole number of days, at least one: S3 counts in days here
      hint: write e.g. "30d"
    "#);
    let text = minimal_with(
        "[upload]",
        &removed("confirm = true\nticket_expires_in = \"24h\"\ntags = [\"T\"]"),
    );
    let contract = Contract::parse(&text, "gatepass.toml", &Overrides::default()).unwrap();
    assert_eq!(contract.tag_keys().collect::<Vec<_>>(), ["T", "gatepass:unconfirmed"]);
}

#[test]
fn accounts_and_partitions() {
    let of_account = |text: &str| format!("account_id = \"111122223333\"\n{text}");
    let boundary = minimal_with(
        "[[role.trust]]",
        "[role]\npermissions_boundary = \"arn:aws:iam::444455556666:policy/b\"\n[[role.trust]]",
    );
    insta::assert_snapshot!(refusal(&of_account(&boundary)), @r#"
    gatepass.toml:13: role.permissions_boundary = "arn:aws:iam::444455556666:policy/b" is a policy of the account 444455556666, and the role will be in 111122223333
      hint: IAM takes only a policy of the role's own account, or one of AWS's
    "#);
    insta::assert_snapshot!(refusals(&[("principal = \"account\"", "principal = \"arn:aws-us-gov:iam::444455556666:root\"")]), @r#"
    gatepass.toml:12: role.trust.principal = "arn:aws-us-gov:iam::444455556666:root" is in the partition aws-us-gov, and the bucket's region eu-central-1 is in aws
      hint: write arn:aws:…
    "#);

    // a key of another account is what many organizations have
    let key = minimal_with(
        "[upload]",
        "encryption = \"aws:kms\"\nkms_key_arn = \"arn:aws:kms:eu-central-1:444455556666:key/1\"\n[upload]",
    );
    let contract =
        Contract::parse(&of_account(&key), "gatepass.toml", &Overrides::default()).unwrap();
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

    let text = minimal_with(
        "principal = \"account\"",
        "principal = \"444455556666\"\nexternal_id = \"abc\"",
    )
    .replace("eu-central-1", "cn-north-1");
    let contract = Contract::parse(&text, "gatepass.toml", &Overrides::default()).unwrap();
    let [Trust::Principal { principal, external_id }] = contract.role.trust.as_slice() else {
        panic!("{:?}", contract.role.trust)
    };
    assert_eq!(
        (principal.as_str(), external_id.as_deref()),
        ("arn:aws-cn:iam::444455556666:root", Some("abc"))
    );
}

#[test]
fn any_origin_in_plain_words() {
    let text = minimal_with("[\"https://app.example.com\"]", "[\"*\"]\nallow_any_origin = true");
    assert_eq!(
        Contract::parse(&text, "gatepass.toml", &Overrides::default())
            .unwrap()
            .upload
            .allowed_origins,
        AllowedOrigins::Any
    );
}

#[test]
fn dialects() {
    let with = |upload: &str, serve: &str| {
        minimal_with("[[role.trust]]", &format!("{upload}\n[serve]\n{serve}\n[[role.trust]]"))
    };
    let texts = [
        with("", "dialects = [\"uppy\"]"),
        with("", "dialects = [\"better-upload\", \"better-upload\"]"),
        with("multipart = true", "dialects = [\"uppy-companion\", \"uppy-sign-request\"]"),
        with(
            "multipart = true",
            "dialects = [\"uppy-sign-request\"]\nurl = \"http://uploads.example.com\"",
        ),
        with("multipart = true", "dialects = \"uppy-sign-request\""),
    ];
    insta::assert_snapshot!(texts.iter().map(|text| refusal(text)).collect::<Vec<_>>().join("\n"), @r#"
    gatepass.toml:13: serve.dialects = "uppy" is no dialect
      hint: known are "uppy-companion", "uppy-sign-request", "better-upload"
    gatepass.toml:13: serve.dialects = "better-upload" stands twice
      hint: leave one of them out
    gatepass.toml:13: serve.dialects = "uppy-sign-request" needs serve.url where there are uploads in parts: its clients are told a place at the endpoint
      hint: write url = "https://uploads.example.com" under [serve], where clients reach the endpoint
    gatepass.toml:14: serve.url = "http://uploads.example.com" is plain http on another host than this machine: whoever is on the way could upload in another's name
      hint: write "https://uploads.example.com"
    gatepass.toml:13: serve.dialects = "uppy-sign-request" is a string, not a list
      hint: write dialects = ["uppy-companion"]
    "#);
    for (upload, serve) in [
        ("", "dialects = [\"uppy-sign-request\"]"),
        ("multipart = true", "dialects = [\"uppy-companion\"]"),
        (
            "multipart = true",
            "dialects = [\"uppy-sign-request\"]\nurl = \"https://app.example.com/uploads/\"",
        ),
    ] {
        let contract =
            Contract::parse(&with(upload, serve), "gatepass.toml", &Overrides::default()).unwrap();
        assert!(
            contract.serve.url.is_none_or(|url| url.as_str() == "https://app.example.com/uploads"),
            "{serve}"
        );
    }
}

#[test]
fn what_pages_may_send() {
    let listed = minimal_with(
        "[upload]",
        "[upload]\nallowed_headers = [\"TraceParent\", \"baggage\", \"traceparent\"]",
    );
    let upload = Contract::parse(&listed, "gatepass.toml", &Overrides::default()).unwrap().upload;
    assert_eq!(
        upload.allowed_headers.iter().map(AllowedHeader::as_str).collect::<Vec<_>>(),
        ["baggage", "traceparent"]
    );
    let credentials = minimal_with("[upload]", "[serve]\nallow_credentials = true\n[upload]");
    assert!(
        Contract::parse(&credentials, "gatepass.toml", &Overrides::default())
            .unwrap()
            .serve
            .allow_credentials
    );

    let many = (0..51).map(|number| format!("\"h{number}\"")).collect::<Vec<_>>().join(", ");
    let told = [
        refusal(&credentials.replacen(
            "[\"https://app.example.com\"]",
            "[\"*\"]\nallow_any_origin = true",
            1,
        )),
        refusal(&minimal_with("[upload]", "[upload]\nallowed_headers = [\"*\", \"x-amz-acl\", 7]")),
        refusal(&minimal_with("[upload]", &format!("[upload]\nallowed_headers = [{many}]"))),
    ];
    insta::assert_snapshot!(told.join("\n"), @r#"
    gatepass.toml:7: serve.allow_credentials = true lets every web page act with its visitor's cookies where upload.allow_any_origin = true
      hint: list the origins of your pages in upload.allowed_origins, or leave this out
    gatepass.toml:7: upload.allowed_headers = "*" has a '*', which would allow headers that are not listed
      hint: list each header by its name
    gatepass.toml:7: upload.allowed_headers = "x-amz-acl" is a header that S3 refuses with a presigned URL unless it is signed
      hint: leave it out; metadata, tags and the other fields of [upload] allow what is signed
    gatepass.toml:7: upload.allowed_headers = 7 is an integer, not a string
      hint: write it in quotes: "7"
    gatepass.toml:7: upload.allowed_headers = ["h0", "h1", "h2", "h3", "h4", "h5", "h6", "h7", "h8", "h9", "h10", "h11", "h12", "h13", "h14", "h15", "h16", "h17", "h1… has 51 headers, and at most 50 are taken
    "#);
}
