//! `gatepass policy explain` on what real backends answer.

use std::time::{Duration, SystemTime};

use gatepass_core::contract::{Contract, Overrides};
use gatepass_core::grant::{
    BucketAddress, GrantMaker, Method, PresignRequest, Signer, SigningCredentials, UploadRequest,
};
use serde_json::json;

use crate::backend::{Backend, on_every_backend, run};
use crate::upload::{Answer, GrantAnswer, http};
use crate::workspace::Workspace;

on_every_backend!(refused_uploads, a_second_upload, an_expired_grant);

const BODY: &[u8] = b"not really a picture";

/// A bucket as a strict contract states it, and a grant for [`BODY`].
async fn granted(backend: &Backend, what: &str, upload: &str) -> (Workspace, GrantAnswer) {
    let contract = format!(
        r#"
        [bucket]
        name = "{bucket}"
        region = "{region}"
        [upload]
        content_types = ["image/*"]
        max_size = "1 MiB"
        allowed_origins = []
        {upload}
        [[role.trust]]
        principal = "account"
        [endpoint]
        url = "{endpoint}"
        "#,
        bucket = backend.unique_bucket(what),
        region = backend.region,
        endpoint = backend.endpoint,
    );
    let workspace = Workspace::new(backend, &contract);
    workspace.run(&["apply", "--yes"]).await.exits(0);
    let endpoint = workspace.serve().await;
    let grant = endpoint.grant(&json!({ "content_type": "image/png", "size": BODY.len() })).await;
    (workspace, grant)
}

/// What the command says about an answer to the grant.
async fn explained(
    workspace: &Workspace,
    grant: &GrantAnswer,
    answer: &Answer,
    more: &[&str],
) -> String {
    workspace.write("answer.xml", &answer.body);
    let arguments =
        [&["policy", "explain", &grant.upload_url, "--answer", "answer.xml"], more].concat();
    let told = workspace.run(&arguments).await.exits(2);
    let signature = grant.upload_url.split_once("X-Amz-Signature=").unwrap().1;
    assert!(!told.stdout.contains(signature) && !told.stderr.contains(signature), "{told:?}");
    told.stdout
}

/// A line of the output that begins so, and those after it.
#[track_caller]
fn from<'a>(told: &'a str, line: &str) -> &'a str {
    let place = told.find(line).unwrap_or_else(|| panic!("no {line:?} in:\n{told}\n"));
    &told[place..]
}

/// Whatever is changed about an upload, S3's own answer tells it.
async fn refused_uploads(backend: &Backend) {
    let (workspace, grant) = granted(backend, "explain", "").await;

    let answer = grant.put_with(&grant.headers_with("Content-Type", "image/jpeg"), BODY).await;
    let told = explained(&workspace, &grant, &answer, &[]).await;
    let difference = "first difference: header content-type\n  signed    the type that the key was made for, and keys of image/jpeg end in .jpg\n  received  image/jpeg\n";
    assert!(told.ends_with(difference), "{told}");
    let header = ["-H", "Content-Type: image/png", "-H", "If-None-Match: *"];
    let told = explained(&workspace, &grant, &answer, &header).await;
    assert!(
        told.ends_with(
            "first difference: header content-type\n  signed    image/png\n  received  image/jpeg\n"
        ),
        "{told}"
    );

    let answer = grant.put_with(&grant.headers_with("Content-Length", "4"), b"more").await;
    let told = explained(&workspace, &grant, &answer, &["-H", "Content-Length: 20"]).await;
    assert!(
        told.ends_with("first difference: header content-length\n  signed    20\n  received  4\n"),
        "{told}"
    );

    let mut lacking = grant.headers.clone();
    lacking.remove("If-None-Match").unwrap();
    let told = explained(&workspace, &grant, &grant.put_with(&lacking, BODY).await, &[]).await;
    assert!(
        from(&told, "first difference: header if-none-match\n").ends_with("  received  nothing\n"),
        "{told}"
    );

    let moved = grant.moved_to(&grant.key.replace("uploads/", "others/"));
    let told = explained(&workspace, &grant, &moved.put(BODY).await, &[]).await;
    assert!(
        from(&told, "first difference: path\n").contains(&format!("/{}\n", moved.key)),
        "{told}"
    );

    let told = explained(&workspace, &grant, &grant.tampered().put(BODY).await, &[]).await;
    from(&told, "other signature: the signature that S3 received is not that of the URL");
}

async fn a_second_upload(backend: &Backend) {
    let (workspace, grant) = granted(backend, "explain-twice", "").await;
    grant.put(BODY).await.is_ok();
    let answer = grant.put(BODY).await;
    answer.is_refused(412, "PreconditionFailed");
    let told = explained(&workspace, &grant, &answer, &[]).await;
    from(&told, "meaning: an object with this key is there already");
}

async fn an_expired_grant(backend: &Backend) {
    let (workspace, grant) = granted(backend, "explain-late", "").await;
    let contract =
        Contract::parse(&workspace.read("gatepass.toml"), "gatepass.toml", &Overrides::default())
            .unwrap();
    let credentials = SigningCredentials {
        access_key_id: backend.access_key_id.clone(),
        secret_access_key: backend.secret_access_key.clone().into(),
        session_token: None,
        expires_at: None,
    };
    let request = UploadRequest {
        content_type: "image/png".to_owned(),
        size: Some(3),
        ..UploadRequest::default()
    };
    let upload = request.check(&contract.upload).unwrap();
    let an_hour_ago = SystemTime::now() - Duration::from_secs(3600);
    let expired =
        GrantMaker::new(&contract, credentials).grant(&upload, an_hour_ago, [1; 16]).unwrap();
    let headers =
        expired.headers.iter().map(|(name, value)| (name.to_string(), value.clone())).collect();
    let expired =
        GrantAnswer { upload_url: expired.upload_url.expose().to_owned(), headers, ..grant };

    let answer = expired.put(b"abc").await;
    let told = explained(&workspace, &expired, &answer, &[]).await;
    from(
        &told,
        "meaning: the URL had expired when the request came\n  hint: ask for a new grant\n",
    );
    // and the URL says so by itself
    let told = workspace.run(&["policy", "explain", &expired.upload_url]).await.exits(2).stdout;
    from(&told, "expired: the URL expired at ");
    from(&told, "GatepassDenyOldSignatures of the bucket policy");
}

/// The embedded backend denies in AWS's words, by the contract's own documents.
#[test]
fn a_statement_that_denies_is_named() {
    run(async {
        let backend = Backend::embedded().await;
        let (workspace, grant) = granted(&backend, "explain-denied", "").await;
        let contract = Contract::parse(
            &workspace.read("gatepass.toml"),
            "gatepass.toml",
            &Overrides::default(),
        )
        .unwrap();
        let role = format!("arn:aws:iam::{}:role/{}", backend.account_id, contract.role.name);
        let session = backend
            .sts()
            .assume_role()
            .role_arn(role)
            .role_session_name("explain")
            .send()
            .await
            .unwrap()
            .credentials
            .unwrap();
        let credentials = SigningCredentials {
            access_key_id: session.access_key_id,
            secret_access_key: session.secret_access_key.into(),
            session_token: Some(session.session_token.into()),
            expires_at: None,
        };
        let address = BucketAddress::of(&contract);
        let query = [("x-id", "GetObject")];
        let request = PresignRequest {
            method: Method::Get,
            address: &address,
            key: &grant.key,
            query: &query,
            headers: &[],
            expires_in: 60,
        };
        let url = Signer::new(credentials, &contract.bucket.region)
            .presign(&request, SystemTime::now())
            .unwrap();
        let answer = http().get(url.expose()).send().await.unwrap().text().await.unwrap();
        assert!(answer.contains("with an explicit deny in a resource-based policy"), "{answer}");
        workspace.write("answer.xml", &answer);

        let by_answer =
            ["policy", "explain", "--account-id", backend.account_id, "--answer", "answer.xml"];
        for arguments in [by_answer.to_vec(), [&by_answer[..], &[url.expose()]].concat()] {
            let told = workspace.run(&arguments).await.exits(2).stdout;
            from(
                &told,
                "denied by bucket policy: GatepassPresignerOnlyUploadActions of the bucket policy denies it\n",
            );
            from(&told, "and nothing in the role's permissions policy allows it\n");
        }
    });
}

/// Whatever becomes of a URL, nothing of it that gives access is printed.
#[test]
fn no_secret_is_printed_of_a_mangled_url() {
    run(async {
        let backend = Backend::embedded().await;
        let workspace = Workspace::new(
            &backend,
            "account_id = \"111122223333\"\n[bucket]\nname = \"acme-uploads\"\nregion = \"eu-central-1\"\n[upload]\ncontent_types = [\"image/*\"]\n\
             max_size = \"1 MiB\"\nallowed_origins = []\n[[role.trust]]\nprincipal = \"account\"\n",
        );
        let contract = Contract::parse(
            &workspace.read("gatepass.toml"),
            "gatepass.toml",
            &Overrides::default(),
        )
        .unwrap();
        let token = "IQoJb3JpZ2luX2VjEDoaCXVzLWVhc3QtMSJHMEUCIQC+NT8/xJb3JpZ2luX2VjED==";
        let credentials = SigningCredentials {
            access_key_id: "ASIAIOSFODNN7EXAMPLE".to_owned(),
            secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned().into(),
            session_token: Some(token.to_owned().into()),
            expires_at: None,
        };
        let request = UploadRequest {
            content_type: "image/png".to_owned(),
            size: Some(3),
            ..UploadRequest::default()
        };
        let upload = request.check(&contract.upload).unwrap();
        let grant = GrantMaker::new(&contract, credentials)
            .grant(&upload, SystemTime::now(), [1; 16])
            .unwrap();
        let url = grant.upload_url.expose();
        let signature = url.split_once("X-Amz-Signature=").unwrap().1.split('&').next().unwrap();
        let encoded_token =
            url.split_once("X-Amz-Security-Token=").unwrap().1.split('&').next().unwrap();
        let encode = |text: &str| {
            percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC)
                .to_string()
        };
        let half = url.len() - 20;
        let mangled = [
            url.replace('&', "\\u0026"),
            url.replace('&', "\\u0026").replace('?', "\\u003f"),
            url.replace('&', "%26"),
            url.replace('&', "%2526"),
            url.replace('=', "%3D"),
            url.replace('&', "&amp;"),
            url.replace('&', "&#38;").replace('=', "&#x3D;"),
            url.replace('&', "\\&"),
            url.replace('&', ";"),
            url.replace('&', ","),
            url.replace('&', "\n"),
            url.replace('?', "/"),
            url.replace('?', "#"),
            url.replace('=', ":"),
            url.replace('=', "=3D"),
            url.replace('/', "\\/"),
            url.replace("https://", ""),
            url.replace("https://", "s3://"),
            url.replace("https://", "https:/"),
            url.replace("X-Amz-", "x-amz-"),
            url.to_uppercase(),
            encode(url),
            encode(&encode(url)),
            format!("{} {}", &url[..half], &url[half..]),
            format!("{}\n{}", &url[..half], &url[half..]),
            format!("curl -X PUT \"{url}\""),
            format!("{{\"upload_url\":\"{}\"}}", url.replace('&', "\\u0026")),
            format!("[x]({url})"),
            format!(
                "Authorization: AWS4-HMAC-SHA256 Credential=ASIAIOSFODNN7EXAMPLE/20260101/eu-central-1/s3/aws4_request, Signature={signature}"
            ),
            format!(
                "<Error><Code>SignatureDoesNotMatch</Code><Message>{url}</Message><SignatureProvided>{signature}</SignatureProvided></Error>"
            ),
            format!(
                "<Error><Code>Other</Code><Message>{}</Message></Error>",
                url.replace('&', "&amp;")
            ),
        ];
        for text in &mangled {
            workspace.write("input.txt", text);
            let file = workspace.path("input.txt");
            let file = file.to_str().unwrap();
            for arguments in [
                vec!["policy", "explain", text],
                vec!["policy", "explain", text, "--json"],
                vec!["policy", "explain", "s3:GetObject", text],
                vec!["policy", "explain", "s3:GetObject", "a", text],
                vec!["policy", "explain", url, "-H", text, "--answer", file],
                vec!["policy", "explain", "s3:GetObject", "--as", text],
                vec!["policy", "explain", "--now", text, url],
                vec!["receipt", "check", text],
            ] {
                let told = workspace.run(&arguments).await;
                let shown = format!("{}{}", told.stdout, told.stderr).to_ascii_lowercase();
                for secret in [signature, token, encoded_token, "ASIAIOSFODNN7EXAMPLE"] {
                    let secret = secret.to_ascii_lowercase();
                    for start in 0..secret.len() - 8 {
                        assert!(
                            !shown.contains(&secret[start..start + 8]),
                            "{} of {arguments:?}:\n{shown}",
                            &secret[start..start + 8]
                        );
                    }
                }
            }
        }
    });
}
