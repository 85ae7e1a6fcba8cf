//! Confirming uploads: the endpoint looks, and says so in a receipt that can be checked offline.

use serde_json::{Value, json};

use crate::backend::{Backend, on_every_backend};
use crate::upload::{GrantAnswer, http};
use crate::workspace::{Serving, Workspace};

on_every_backend!(an_upload_is_confirmed_by_looking, a_lost_answer_is_made_up_for);

const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// An endpoint that signs, and looks, as the presigner role.
async fn served(backend: &Backend, what: &str, upload: &str) -> (Serving, Workspace) {
    let contract = format!(
        r#"
        [bucket]
        name = "{bucket}"
        region = "{region}"
        [upload]
        content_types = ["image/*"]
        max_size = "10 MiB"
        allowed_origins = []
        confirm = true
        {upload}
        [[role.trust]]
        principal = "account"
        [serve]
        sign_as_role = true
        [endpoint]
        url = "{endpoint}"
        "#,
        bucket = backend.unique_bucket(what),
        region = backend.region,
        endpoint = backend.endpoint,
    );
    let mut workspace = Workspace::new(backend, &contract);
    workspace.run(&["apply", "--yes"]).await.exits(0);
    workspace.run(&["policy", "check"]).await.exits(0);
    workspace.set("GATEPASS_RECEIPT_SECRETS", SECRET);
    (workspace.serve().await, workspace)
}

async fn ask(endpoint: &Serving, route: &str, body: &Value) -> (u16, Value) {
    let response = http().post(format!("{}/api/{route}", endpoint.url)).json(body).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

async fn an_upload_is_confirmed_by_looking(backend: &Backend) {
    let (endpoint, workspace) = served(backend, "confirm", "").await;
    let (status, mut granted) = ask(&endpoint, "upload-url", &json!({ "content_type": "image/png", "size": 3 })).await;
    assert_eq!(status, 200, "{granted}");
    let confirm = json!({ "ticket": granted.as_object_mut().unwrap().remove("ticket").unwrap() });
    let (status, early) = ask(&endpoint, "confirm", &confirm).await;
    assert_eq!((status, early["error"]["code"].as_str()), (404, Some("object_not_found")));

    let grant: GrantAnswer = serde_json::from_value(granted).unwrap();
    grant.put(b"abc").await.is_ok();
    let (status, confirmed) = ask(&endpoint, "confirm", &confirm).await;
    assert_eq!(status, 200, "{confirmed}");
    assert_eq!((&confirmed["key"], &confirmed["size"], &confirmed["content_type"]), (&json!(grant.key), &json!(3), &json!("image/png")));
    // the MD5 of the three bytes
    assert_eq!(confirmed["etag"], "900150983cd24fb0d6963f7d28e17f72");

    let receipt = confirmed["receipt"].as_str().unwrap();
    let checked = workspace.run(&["receipt", "check", receipt]).await.exits(0).json();
    assert_eq!(checked["key"], grant.key);
    assert_eq!((&checked["size"], &checked["iss"]), (&json!(3), &json!("gatepass")));
    let (head, signature) = receipt.rsplit_once('.').unwrap();
    let forged = format!("{head}.{}{}", if signature.starts_with('A') { "B" } else { "A" }, &signature[1..]);
    let refused = workspace.run(&["receipt", "check", &forged]).await.exits(1);
    assert!(refused.stderr.starts_with("error: checking the receipt: its signature is not that of any of these secrets\n"), "{refused:?}");
    let mut elsewhere = Workspace::empty();
    elsewhere.write("secrets", "fedcba9876543210fedcba9876543210\n");
    elsewhere.run(&["receipt", "check", receipt, "--secrets-file", "secrets"]).await.exits(1);
    elsewhere.set("GATEPASS_RECEIPT_SECRETS", "");
    elsewhere.run(&["receipt", "check", receipt]).await.exits(1);

    for ticket in ["", "x", "gp1.e30.AAAA"] {
        let (status, answer) = ask(&endpoint, "confirm", &json!({ "ticket": ticket })).await;
        assert_eq!((status, answer["error"]["code"].as_str()), (403, Some("ticket_invalid")));
    }
}

/// The answer to a completion got lost, and the client asks again: it is told of its upload, not of an error.
async fn a_lost_answer_is_made_up_for(backend: &Backend) {
    let (endpoint, workspace) = served(backend, "lost", "multipart = true").await;
    let begun = ask(&endpoint, "multipart", &json!({ "content_type": "image/png", "size": 3 })).await.1;
    let signed = ask(&endpoint, "multipart/parts", &json!({ "ticket": begun["ticket"], "part_numbers": [1] })).await.1;
    let sent = http().put(signed["parts"][0]["url"].as_str().unwrap()).body("abc").send().await.unwrap();
    let part = json!({ "part_number": 1, "etag": sent.headers()["etag"].to_str().unwrap() });
    let complete = json!({ "ticket": begun["ticket"], "parts": [part] });
    let (status, first) = ask(&endpoint, "multipart/complete", &complete).await;
    assert_eq!(status, 200, "{first}");
    workspace.run(&["receipt", "check", first["receipt"].as_str().unwrap()]).await.exits(0);
    let (status, again) = ask(&endpoint, "multipart/complete", &complete).await;
    assert_eq!((status, &again["etag"], &again["location"]), (200, &first["etag"], &first["location"]));
    let (status, confirmed) = ask(&endpoint, "confirm", &json!({ "ticket": begun["ticket"] })).await;
    assert_eq!((status, &confirmed["etag"]), (200, &first["etag"]));
}
