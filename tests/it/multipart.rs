//! Uploads in parts, through the endpoint.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::backend::{Backend, on_every_backend};
use crate::upload::{Answer, http};
use crate::workspace::{Serving, Workspace};

on_every_backend!(
    parts_make_a_file,
    what_is_not_the_whole_is_not_completed,
    parts_with_checksums,
    tickets_are_not_made_up,
    signed_as_role
);

const MIB: usize = 1 << 20;
const APP: &str = "https://app.example.com";

fn contract(backend: &Backend, bucket: &str, upload: &str) -> String {
    format!(
        r#"
        [bucket]
        name = "{bucket}"
        region = "{region}"

        [upload]
        content_types = ["video/*"]
        max_size = "1 TiB"
        allowed_origins = ["{APP}"]
        multipart = true
        part_size = "5 MiB"
        {upload}

        [[role.trust]]
        principal = "account"

        [endpoint]
        url = "{endpoint}"
        "#,
        region = backend.region,
        endpoint = backend.endpoint,
    )
}

async fn applied(backend: &Backend, what: &str, upload: &str) -> (String, Workspace) {
    let bucket = backend.unique_bucket(what);
    let workspace = Workspace::new(backend, &contract(backend, &bucket, upload));
    workspace.run(&["apply", "--yes"]).await.exits(0);
    (bucket, workspace)
}

/// Status and body of a route under `/api/multipart`.
async fn ask(endpoint: &Serving, route: &str, body: &Value) -> (u16, Value) {
    let response = http()
        .post(format!("{}/api/multipart{route}", endpoint.url))
        .json(body)
        .send()
        .await
        .unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

async fn granted(endpoint: &Serving, route: &str, body: &Value) -> Value {
    let (status, answer) = ask(endpoint, route, body).await;
    assert_eq!(status, 200, "{route} {body}: {answer}");
    answer
}

/// Status and code of a refusal.
async fn refused(endpoint: &Serving, route: &str, body: &Value) -> (u16, String) {
    let (status, answer) = ask(endpoint, route, body).await;
    (
        status,
        answer["error"]["code"]
            .as_str()
            .unwrap_or_else(|| panic!("{route} {body}: {answer}"))
            .to_owned(),
    )
}

async fn begin(endpoint: &Serving, size: usize) -> Value {
    granted(
        endpoint,
        "",
        &json!({ "content_type": "video/mp4", "size": size, "filename": "film.mp4" }),
    )
    .await
}

/// Uploads a part as it was granted, and gives its ETag as S3 wrote it.
async fn put(part: &Value, body: &[u8]) -> Answer {
    let mut request = http().put(part["url"].as_str().unwrap()).body(body.to_vec());
    for (name, value) in part["headers"].as_object().unwrap() {
        request = request.header(name, value.as_str().unwrap());
    }
    Answer::of(request.send().await.unwrap()).await
}

async fn sign(endpoint: &Serving, ticket: &Value, numbers: &[u32]) -> Vec<Value> {
    let signed =
        granted(endpoint, "/parts", &json!({ "ticket": ticket, "part_numbers": numbers })).await;
    signed["parts"].as_array().unwrap().clone()
}

/// Signs and uploads these parts of the file; number and ETag of each.
async fn upload(endpoint: &Serving, begun: &Value, file: &[u8], numbers: &[u32]) -> Vec<Value> {
    let part_size = usize::try_from(begun["part_size"].as_u64().unwrap()).unwrap();
    let mut done = Vec::new();
    for part in sign(endpoint, &begun["ticket"], numbers).await {
        let number = part["part_number"].as_u64().unwrap();
        let body = file.chunks(part_size).nth(usize::try_from(number).unwrap() - 1).unwrap();
        assert_eq!(part["size"], body.len());
        let answer = put(&part, body).await;
        answer.is_ok();
        done.push(json!({ "part_number": number, "etag": answer.header("etag").unwrap() }));
    }
    done
}

fn file(size: usize) -> Vec<u8> {
    (0..size).map(|index| (index / 7 % 251) as u8).collect()
}

async fn stored(backend: &Backend, bucket: &str, key: &Value) -> Vec<u8> {
    let object =
        backend.s3().get_object().bucket(bucket).key(key.as_str().unwrap()).send().await.unwrap();
    assert_eq!(object.content_type(), Some("video/mp4"));
    object.body.collect().await.unwrap().to_vec()
}

async fn assert_no_open_upload(backend: &Backend, bucket: &str) {
    let open = backend.s3().list_multipart_uploads().bucket(bucket).send().await.unwrap();
    assert!(open.uploads().is_empty(), "{:?}", open.uploads());
}

async fn parts_make_a_file(backend: &Backend) {
    let (bucket, workspace) = applied(backend, "parts", "").await;
    let endpoint = workspace.serve().await;
    let file = file(11 * MIB + 1);
    let begun = begin(&endpoint, file.len()).await;
    assert_eq!((begun["parts"].as_u64(), begun["part_size"].as_u64()), (Some(3), Some(5 << 20)));
    assert_eq!(begun["expires_in"], 86_400);
    let key = &begun["key"];
    assert!(
        key.as_str().is_some_and(|key| key.starts_with("uploads/") && key.ends_with(".mp4")),
        "{begun}"
    );

    // as a client that was cut off would go on: one part, then what is missing
    let mut done = upload(&endpoint, &begun, &file, &[2]).await;
    let listed = granted(&endpoint, "/list", &json!({ "ticket": begun["ticket"] })).await;
    let etag = done[0]["etag"].as_str().unwrap().trim_matches('"').to_owned();
    assert_eq!(listed, json!({ "parts": [{ "part_number": 2, "size": 5 << 20, "etag": etag }] }));
    // ETags without quotes, as some clients send them
    done[0]["etag"] = etag.into();
    done.extend(upload(&endpoint, &begun, &file, &[3, 1]).await);

    let complete = json!({ "ticket": begun["ticket"], "parts": done });
    let completed = granted(&endpoint, "/complete", &complete).await;
    assert_eq!(&completed["key"], key);
    assert!(
        completed["etag"].as_str().is_some_and(|etag| etag.ends_with("-3") && !etag.contains('"')),
        "{completed}"
    );
    assert_eq!(
        completed["location"],
        format!("{}/{bucket}/{}", backend.endpoint, key.as_str().unwrap())
    );
    assert_eq!(stored(backend, &bucket, key).await, file);
    assert_no_open_upload(backend, &bucket).await;

    // the upload is over: no part can be added to it, and it is not made twice
    assert_eq!(
        refused(&endpoint, "/complete", &complete).await,
        (404, "upload_not_found".to_owned())
    );
    let late = sign(&endpoint, &begun["ticket"], &[1]).await;
    put(&late[0], &file[..5 * MIB]).await.is_refused(404, "NoSuchUpload");
    assert_eq!(
        granted(&endpoint, "/abort", &json!({ "ticket": begun["ticket"] })).await,
        json!({})
    );
    assert_eq!(stored(backend, &bucket, key).await, file);

    let (code, log) = endpoint.terminate().await;
    assert_eq!(code, Some(0), "{log}");
    for said in [
        "upload begun",
        "parts signed",
        "upload completed",
        "tickets are sealed with a secret of this process",
    ] {
        assert!(log.contains(said), "{said} is not in the log:\n{log}");
    }
    for secret in ["X-Amz-Signature", begun["ticket"].as_str().unwrap().rsplit_once('.').unwrap().1]
    {
        assert!(!log.contains(secret), "{secret} was logged:\n{log}");
    }
}

async fn what_is_not_the_whole_is_not_completed(backend: &Backend) {
    let (bucket, workspace) = applied(backend, "whole", "").await;
    let endpoint = workspace.serve().await;
    let file = file(6 * MIB);
    let begun = begin(&endpoint, file.len()).await;
    let ticket = &begun["ticket"];
    let signed = sign(&endpoint, ticket, &[1, 2]).await;

    // a part's length is signed: neither more, nor less
    for length in [MIB - 1, MIB + 1, 2 * MIB] {
        let mut other = signed[1].clone();
        other["headers"]["Content-Length"] = length.to_string().into();
        put(&other, &file[..length]).await.is_refused(403, "SignatureDoesNotMatch");
    }
    // nor can it be used for another part or another upload
    let mut other = signed[1].clone();
    other["url"] = other["url"].as_str().unwrap().replace("partNumber=2", "partNumber=3").into();
    put(&other, &file[5 * MIB..]).await.is_refused(403, "SignatureDoesNotMatch");

    let first = upload(&endpoint, &begun, &file, &[1]).await;
    let complete = |parts: Value| json!({ "ticket": ticket, "parts": parts });
    assert_eq!(
        refused(&endpoint, "/complete", &complete(json!(first))).await,
        (409, "parts_missing".to_owned())
    );
    let claimed = json!([first[0], { "part_number": 2, "etag": first[0]["etag"] }]);
    assert_eq!(
        refused(&endpoint, "/complete", &complete(claimed.clone())).await,
        (409, "parts_missing".to_owned())
    );
    let second = upload(&endpoint, &begun, &file, &[2]).await;
    assert_eq!(
        refused(&endpoint, "/complete", &complete(claimed)).await,
        (409, "parts_wrong_etag".to_owned())
    );
    let more = json!([first[0], second[0], { "part_number": 3, "etag": "x" }]);
    assert_eq!(
        refused(&endpoint, "/complete", &complete(more)).await,
        (409, "parts_unknown".to_owned())
    );
    let twice = json!([first[0], second[0], second[0]]);
    assert_eq!(
        refused(&endpoint, "/complete", &complete(twice)).await,
        (409, "part_twice".to_owned())
    );

    // somebody with credentials of their own writes to the key first: single use holds for uploads in parts, too
    let key = begun["key"].as_str().unwrap();
    backend
        .s3()
        .put_object()
        .bucket(&bucket)
        .key(key)
        .body(b"first".to_vec().into())
        .send()
        .await
        .unwrap();
    let whole = complete(json!([first[0], second[0]]));
    assert_eq!(refused(&endpoint, "/complete", &whole).await, (412, "object_exists".to_owned()));
    assert_eq!(granted(&endpoint, "/abort", &json!({ "ticket": ticket })).await, json!({}));
    assert_no_open_upload(backend, &bucket).await;
    assert_eq!(
        refused(&endpoint, "/list", &json!({ "ticket": ticket })).await,
        (404, "upload_not_found".to_owned())
    );

    for (body, status, code) in [
        (json!({ "content_type": "video/mp4" }), 400, "size_missing"),
        (json!({ "content_type": "video/mp4", "size": 0 }), 400, "size_zero"),
        (json!({ "content_type": "video/mp4", "size": (1_u64 << 40) + 1 }), 413, "too_large"),
        (json!({ "content_type": "image/png", "size": 5 }), 415, "content_type_not_allowed"),
        (
            json!({ "content_type": "video/mp4", "size": 5, "checksum_sha256": STANDARD.encode([0; 32]) }),
            400,
            "checksum_of_parts",
        ),
    ] {
        assert_eq!(refused(&endpoint, "", &body).await, (status, code.to_owned()), "{body}");
    }
    assert_no_open_upload(backend, &bucket).await;
    // above what one PUT can carry
    let large = json!({ "content_type": "video/mp4", "size": (5_u64 << 30) + 1 });
    assert_eq!(
        endpoint.ask(&large).await.json::<Value>().await.unwrap()["error"]["code"],
        "too_large_for_one_put"
    );
    let terabyte = json!({ "content_type": "video/mp4", "size": 1_u64 << 40 });
    let begun = granted(&endpoint, "", &terabyte).await;
    assert_eq!(
        (begun["part_size"].as_u64(), begun["parts"].as_u64()),
        (Some(105 << 20), Some(9987))
    );
    granted(&endpoint, "/abort", &json!({ "ticket": begun["ticket"] })).await;
}

/// S3 checks the SHA-256 of each part.
async fn parts_with_checksums(backend: &Backend) {
    let (bucket, workspace) = applied(backend, "part-sums", r#"checksum = "required""#).await;
    let endpoint = workspace.serve().await;
    let file = file(6 * MIB);
    let begun = begin(&endpoint, file.len()).await;
    assert_eq!(begun["part_checksums"], true);
    let ticket = &begun["ticket"];
    let unsummed = json!({ "ticket": ticket, "part_numbers": [1] });
    assert_eq!(
        refused(&endpoint, "/parts", &unsummed).await,
        (409, "part_checksum_missing".to_owned())
    );

    let sums: BTreeMap<String, String> = (1..)
        .zip(file.chunks(5 * MIB))
        .map(|(number, part): (u32, _)| (number.to_string(), STANDARD.encode(Sha256::digest(part))))
        .collect();
    let asked = json!({ "ticket": ticket, "part_numbers": [1, 2], "checksums_sha256": sums });
    let signed = granted(&endpoint, "/parts", &asked).await["parts"].as_array().unwrap().clone();
    put(&signed[0], &vec![b'x'; 5 * MIB]).await.is_refused(400, "BadDigest");
    let mut done = Vec::new();
    for (part, body) in signed.iter().zip(file.chunks(5 * MIB)) {
        let answer = put(part, body).await;
        answer.is_ok();
        done.push(
            json!({ "part_number": part["part_number"], "etag": answer.header("etag").unwrap() }),
        );
    }
    granted(&endpoint, "/complete", &json!({ "ticket": ticket, "parts": done })).await;
    assert_eq!(stored(backend, &bucket, &begun["key"]).await, file);
}

/// Nothing but what was sealed, for this bucket, with a secret that is still taken.
async fn tickets_are_not_made_up(backend: &Backend) {
    let (_, mut workspace) = applied(backend, "tickets", "").await;
    workspace.write("old", "0123456789abcdef0123456789abcdef\n");
    let contract = workspace.read("gatepass.toml");
    workspace
        .write("gatepass.toml", format!("{contract}\n[serve]\nticket_secrets_file = \"old\"\n"));
    let endpoint = workspace.serve().await;
    let begun = begin(&endpoint, 6 * MIB).await;
    let ticket = begun["ticket"].as_str().unwrap();
    let mut forged = ticket.to_owned();
    let last = if forged.ends_with('A') { "B" } else { "A" };
    forged.replace_range(forged.len() - 1.., last);
    let swapped = {
        let other = begin(&endpoint, 6 * MIB).await["ticket"].as_str().unwrap().to_owned();
        format!("{}.{}", other.rsplit_once('.').unwrap().0, ticket.rsplit_once('.').unwrap().1)
    };
    for wrong in ["", "x", "gp1.e30.AAAA", &forged, &swapped, &ticket.to_uppercase()] {
        for route in ["/parts", "/list", "/complete", "/abort"] {
            let body = json!({ "ticket": wrong, "part_numbers": [1], "parts": [] });
            assert_eq!(
                refused(&endpoint, route, &body).await,
                (403, "ticket_invalid".to_owned()),
                "{route} {wrong}"
            );
        }
    }
    for (route, body, status) in [
        ("/parts", json!({ "ticket": ticket, "part_numbers": [] }), 400),
        ("/parts", json!({ "ticket": ticket, "part_numbers": vec![1; 1001] }), 400),
        ("/parts", json!({ "ticket": ticket, "part_numbers": [0] }), 409),
        ("/parts", json!({ "ticket": ticket, "part_numbers": [3] }), 409),
        ("/parts", json!({ "ticket": ticket, "part_numbers": [-1] }), 400),
        (
            "/parts",
            json!({ "ticket": ticket, "part_numbers": [1], "checksums_sha256": { "2": "x" } }),
            409,
        ),
        ("/parts", json!({ "ticket": ticket }), 400),
        ("/complete", json!({ "ticket": ticket }), 400),
        ("/list", json!({ "ticket": { "key": "x" } }), 400),
        ("/list", json!([ticket]), 400),
    ] {
        assert_eq!(refused(&endpoint, route, &body).await.0, status, "{route} {body}");
    }
    endpoint.terminate().await;

    // the secret is changed: the new one seals, and the old one is still taken
    workspace.set(
        "GATEPASS_TICKET_SECRETS",
        "fedcba9876543210fedcba9876543210 0123456789abcdef0123456789abcdef",
    );
    let endpoint = workspace.serve().await;
    granted(&endpoint, "/list", &json!({ "ticket": ticket })).await;
    let newer = begin(&endpoint, 6 * MIB).await;
    endpoint.terminate().await;
    workspace.set("GATEPASS_TICKET_SECRETS", "0123456789abcdef0123456789abcdef");
    let endpoint = workspace.serve().await;
    granted(&endpoint, "/list", &json!({ "ticket": ticket })).await;
    assert_eq!(
        refused(&endpoint, "/list", &json!({ "ticket": newer["ticket"] })).await.1,
        "ticket_invalid"
    );
    endpoint.terminate().await;
    workspace.set("GATEPASS_TICKET_SECRETS", "too-short");
    let refused = workspace.run(&["serve", "--listen", "127.0.0.1:0"]).await.exits(1);
    assert!(
        refused.stderr.contains("error: environment variable GATEPASS_TICKET_SECRETS: a secret has less than 32 characters"),
        "{refused:?}"
    );
    assert!(
        refused.stderr.contains("\n  hint: ") && !refused.stderr.contains("too-short"),
        "{refused:?}"
    );
}

/// The endpoint's own calls are made as the role, too.
async fn signed_as_role(backend: &Backend) {
    let (bucket, workspace) = applied(backend, "parts-role", "").await;
    let contract = workspace.read("gatepass.toml");
    workspace.write("gatepass.toml", format!("{contract}\n[serve]\nsign_as_role = true\n"));
    let endpoint = workspace.serve().await;
    let file = file(5 * MIB + 1);
    let begun = begin(&endpoint, file.len()).await;
    let done = upload(&endpoint, &begun, &file, &[1, 2]).await;
    granted(&endpoint, "/complete", &json!({ "ticket": begun["ticket"], "parts": done })).await;
    assert_eq!(stored(backend, &bucket, &begun["key"]).await, file);
    let given_up = begin(&endpoint, file.len()).await;
    granted(&endpoint, "/abort", &json!({ "ticket": given_up["ticket"] })).await;
    assert_no_open_upload(backend, &bucket).await;
}
