//! Uploads by form, signed by hand.

use aws_credential_types::Credentials;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use super::*;

/// A form in the making.
struct Form {
    credentials: Credentials,
    signed_at: OffsetDateTime,
    expires_in: Duration,
    region: &'static str,
    conditions: Vec<serde_json::Value>,
    fields: Vec<(String, String)>,
    file: Vec<u8>,
    file_name: &'static str,
}

impl Form {
    fn new(credentials: Credentials) -> Self {
        Self {
            credentials,
            signed_at: OffsetDateTime::now_utc(),
            expires_in: Duration::minutes(5),
            region: REGION,
            conditions: vec![serde_json::json!({"bucket": "bucket-1"})],
            fields: Vec::new(),
            file: b"hello".to_vec(),
            file_name: "C:\\pictures\\cat.png",
        }
    }

    /// A field with a condition for exactly it.
    fn field(mut self, name: &str, value: &str) -> Self {
        self.conditions.push(serde_json::json!({name: value}));
        self.undeclared(name, value)
    }

    fn undeclared(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    fn condition(mut self, condition: serde_json::Value) -> Self {
        self.conditions.push(condition);
        self
    }

    /// All fields, the policy and its signature among them.
    fn sign(mut self) -> (Vec<(String, String)>, Vec<u8>, &'static str) {
        let date = self
            .signed_at
            .format(time::macros::format_description!("[year][month][day]T[hour][minute][second]Z"))
            .unwrap();
        let scope = format!("{}/{}/s3/aws4_request", &date[..8], self.region);
        self = self.field("x-amz-algorithm", "AWS4-HMAC-SHA256");
        let credential = format!("{}/{scope}", self.credentials.access_key_id());
        self = self.field("x-amz-credential", &credential).field("x-amz-date", &date);
        if let Some(token) = self.credentials.session_token().map(str::to_owned) {
            self = self.field("x-amz-security-token", &token);
        }
        let expiration = (self.signed_at + self.expires_in).format(&Rfc3339).unwrap();
        let policy = serde_json::json!({"expiration": expiration, "conditions": self.conditions})
            .to_string();
        let policy = STANDARD.encode(policy);
        let secret = self.credentials.secret_access_key();
        let signature = crate::sigv4::sign(secret, &date[..8], self.region, "s3", &policy);
        self.fields
            .extend([("policy".to_owned(), policy), ("x-amz-signature".to_owned(), signature)]);
        (self.fields, self.file, self.file_name)
    }

    async fn send(self, running: &Running) -> (u16, String) {
        let (fields, file, name) = self.sign();
        send(running, &fields, Some((&file, name))).await
    }
}

fn body(fields: &[(String, String)], file: Option<(&[u8], &str)>) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend(
            format!("--line\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
                .bytes(),
        );
    }
    if let Some((bytes, name)) = file {
        let name = name.replace('\\', "\\\\");
        let head = format!(
            "--line\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: text/x-other\r\n\r\n"
        );
        body.extend(head.bytes());
        body.extend(bytes);
        body.extend(b"\r\n");
    }
    body.extend(b"--line--\r\n");
    body
}

/// Status, and error code and message.
async fn send(
    running: &Running,
    fields: &[(String, String)],
    file: Option<(&[u8], &str)>,
) -> (u16, String) {
    let client =
        reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let request = client
        .post(format!("{}/bucket-1", running.url()))
        .header("content-type", "multipart/form-data; boundary=line");
    let response = request.body(body(fields, file)).send().await.unwrap();
    let status = response.status().as_u16();
    let location =
        response.headers().get("location").map(|value| value.to_str().unwrap().to_owned());
    let text = response.text().await.unwrap();
    let between = |name: &str| {
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        Some(rest.split_once("</")?.0.to_owned())
    };
    let told = between("Code").map(|code| {
        format!("{code}: {}", between("Message").unwrap_or_default().replace("&quot;", "\""))
    });
    (
        status,
        told.or(Some(text.clone()).filter(|text| !text.is_empty()))
            .or(location)
            .unwrap_or_default(),
    )
}

fn refused(status: u16, told: &str) -> (u16, String) {
    (status, told.to_owned())
}

async fn content(running: &Running, key: &str) -> Option<(Vec<u8>, String)> {
    let got = running.s3().get_object().bucket("bucket-1").key(key).send().await.ok()?;
    let kind = got.content_type().unwrap_or_default().to_owned();
    Some((got.body.collect().await.unwrap().to_vec(), kind))
}

#[tokio::test]
async fn a_form_stores_its_file_as_its_fields_say() {
    let running = Running::with_bucket("bucket-1").await;
    let form = Form::new(root())
        .undeclared("key", "uploads/${filename}")
        .condition(serde_json::json!(["starts-with", "$key", "uploads/"]))
        .field("Content-Type", "image/png")
        .field("x-amz-meta-who", "me")
        .undeclared("x-ignore-this", "1")
        .condition(serde_json::json!(["content-length-range", 1, 10]));
    let (status, told) = form.send(&running).await;
    assert_eq!(status, 204, "{told}");
    assert_eq!(
        content(&running, "uploads/cat.png").await.unwrap(),
        (b"hello".to_vec(), "image/png".to_owned())
    );
    let head =
        running.s3().head_object().bucket("bucket-1").key("uploads/cat.png").send().await.unwrap();
    assert_eq!(head.metadata().unwrap()["who"], "me");
}

#[tokio::test]
async fn a_form_is_answered_as_it_asks() {
    let running = Running::with_bucket("bucket-1").await;
    let form = |name: &str, value: &str| Form::new(root()).field("key", "a").field(name, value);
    assert_eq!(form("success_action_status", "200").send(&running).await.0, 200);
    assert_eq!(form("success_action_status", "418").send(&running).await.0, 204);
    let (status, text) = form("success_action_status", "201").send(&running).await;
    assert_eq!(status, 201);
    let location = format!("<Location>{}/bucket-1/a</Location>", running.url());
    assert!(
        text.contains(&location) && text.contains("<Bucket>bucket-1</Bucket><Key>a</Key><ETag>"),
        "{text}"
    );
    let (status, location) =
        form("success_action_redirect", "https://app.test/done?x=1").send(&running).await;
    assert_eq!(status, 303);
    assert!(
        location.starts_with("https://app.test/done?x=1&bucket=bucket-1&key=a&etag=%22"),
        "{location}"
    );
}

#[tokio::test]
async fn a_form_that_breaks_its_policy_is_refused_and_stores_nothing() {
    let running = Running::with_bucket("bucket-1").await;
    let form = || Form::new(root()).field("key", "a");
    let range = |least: u64, most: u64| {
        form().condition(serde_json::json!(["content-length-range", least, most]))
    };
    assert_eq!(
        range(1, 4).send(&running).await,
        refused(400, "EntityTooLarge: Your proposed upload exceeds the maximum allowed size")
    );
    assert_eq!(
        range(6, 9).send(&running).await,
        refused(
            400,
            "EntityTooSmall: Your proposed upload is smaller than the minimum allowed size"
        )
    );
    let failed = |condition: &str| {
        refused(
            403,
            &format!(
                "AccessDenied: Invalid according to Policy: Policy Condition failed: {condition}"
            ),
        )
    };
    assert_eq!(
        form()
            .condition(serde_json::json!(["starts-with", "$Content-Type", "image/"]))
            .undeclared("Content-Type", "text/html")
            .send(&running)
            .await,
        failed(r#"["starts-with", "$content-type", "image/"]"#)
    );
    assert_eq!(
        Form::new(root())
            .undeclared("key", "b")
            .condition(serde_json::json!(["eq", "$key", "a"]))
            .send(&running)
            .await,
        failed(r#"["eq", "$key", "a"]"#)
    );
    assert_eq!(
        form().condition(serde_json::json!({"bucket": "another"})).send(&running).await,
        failed(r#"["eq", "$bucket", "another"]"#)
    );
    assert_eq!(
        form().undeclared("x-amz-meta-a", "1").send(&running).await,
        refused(403, "AccessDenied: Invalid according to Policy: Extra input fields: x-amz-meta-a")
    );
    let mut late = form();
    late.signed_at -= Duration::minutes(10);
    assert_eq!(
        late.send(&running).await,
        refused(403, "AccessDenied: Invalid according to Policy: Policy expired.")
    );
    assert_eq!(content(&running, "a").await, None);
    // the age of the signature is not what ends a form
    let mut long = form();
    (long.signed_at, long.expires_in) = (long.signed_at - Duration::hours(2), Duration::hours(3));
    assert_eq!(long.send(&running).await.0, 204);
}

#[tokio::test]
async fn a_form_counts_only_as_it_was_signed() {
    let running = Running::with_bucket("bucket-1").await;
    let mismatch = "SignatureDoesNotMatch: The request signature we calculated does not match the signature you provided. Check your key and signing method.";
    let tampered = async |name: &str, change: &dyn Fn(&str) -> String| {
        let (mut fields, file, file_name) = Form::new(root()).field("key", "a").sign();
        for (field, value) in &mut fields {
            if field == name {
                *value = change(value);
            }
        }
        send(&running, &fields, Some((&file, file_name))).await
    };
    assert_eq!(
        tampered("x-amz-signature", &|text| text.replace(|c: char| c.is_ascii_digit(), "0")).await,
        refused(403, mismatch)
    );
    let wider = STANDARD.encode(r#"{"expiration":"2099-01-01T00:00:00Z","conditions":[]}"#);
    assert_eq!(tampered("policy", &|_| wider.clone()).await, refused(403, mismatch));
    let (status, told) =
        tampered("x-amz-credential", &|text| text.replace(KEY, "AKIAAAAAAAAAAAAAAAAA")).await;
    assert_eq!((status, told.split(':').next().unwrap()), (403, "InvalidAccessKeyId"));
    let mut elsewhere = Form::new(root()).field("key", "a");
    elsewhere.region = "eu-west-1";
    let (status, told) = elsewhere.send(&running).await;
    assert_eq!(
        (status, told.split(':').next().unwrap()),
        (400, "AuthorizationQueryParametersError")
    );

    let owned = |fields: &[(&str, &str)]| {
        fields.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect::<Vec<_>>()
    };
    let anonymous = owned(&[("key", "a")]);
    assert_eq!(
        send(&running, &anonymous, Some((b"x", "a"))).await,
        refused(403, "AccessDenied: Access Denied")
    );
    let (status, told) = send(
        &running,
        &owned(&[("key", "a"), ("AWSAccessKeyId", KEY), ("signature", "x"), ("policy", "x")]),
        Some((b"x", "a")),
    )
    .await;
    assert_eq!((status, told.split(':').next().unwrap()), (400, "InvalidRequest"));
    let (status, told) = send(&running, &owned(&[("a", "b")]), Some((b"x", "a"))).await;
    assert_eq!((status, told.contains("must contain a field named")), (400, true), "{told}");
    assert_eq!(
        send(&running, &anonymous, None).await,
        refused(400, "InvalidArgument: POST requires exactly one file upload per request.")
    );
    let large = "x".repeat(21 * 1024);
    let (status, told) =
        send(&running, &owned(&[("key", "a"), ("x-ignore-a", &large)]), Some((b"x", "a"))).await;
    assert_eq!((status, told.split(':').next().unwrap()), (400, "MaxPostPreDataLengthExceeded"));
    let other = reqwest::Client::new()
        .post(format!("{}/bucket-1", running.url()))
        .body("x")
        .send()
        .await
        .unwrap();
    assert_eq!(other.status(), 412);
}

#[tokio::test]
async fn a_roles_form_carries_its_token_and_its_rights() {
    let running = Running::with_bucket("bucket-1").await;
    let permissions = r#"{"Statement":{"Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::bucket-1/uploads/*"}}"#;
    let session = session_of(&running, "app", permissions, None).await;
    let form = |key: &str| Form::new(session.clone()).field("key", key);
    assert_eq!(form("uploads/a").send(&running).await.0, 204);
    let (status, told) = form("other/a").send(&running).await;
    assert_eq!(status, 403);
    assert!(told.contains("is not authorized to perform: s3:PutObject"), "{told}");
    let (fields, file, name) = form("uploads/b").sign();
    let without = |left_out: &str| {
        fields.iter().filter(|(name, _)| name != left_out).cloned().collect::<Vec<_>>()
    };
    assert_eq!(send(&running, &without("x-amz-security-token"), Some((&file, name))).await.0, 403);
    assert_eq!(send(&running, &without("x-amz-signature"), Some((&file, name))).await.0, 400);
    // the form's own conditions
    let deny = |condition: &str| {
        let policy = format!(
            r#"{{"Statement":{{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::bucket-1/*","Condition":{condition}}}}}"#
        );
        running.s3().put_bucket_policy().bucket("bucket-1").policy(policy).send()
    };
    deny(r#"{"StringEquals":{"s3:authType":"POST"}}"#).await.unwrap();
    assert_eq!(form("uploads/c").send(&running).await.0, 403);
    deny(r#"{"NumericGreaterThan":{"s3:signatureAge":"600000"}}"#).await.unwrap();
    assert_eq!(form("uploads/c").send(&running).await.0, 204);
    let mut old = form("uploads/d");
    (old.signed_at, old.expires_in) = (old.signed_at - Duration::minutes(11), Duration::hours(1));
    assert_eq!(old.send(&running).await.0, 403);
}
