//! `[auth]`

use super::{Contract, MINIMAL, Overrides, minimal_with, refusal, refusals};

const HASH: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0";
const OTHER_HASH: &str = "1f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0";

/// The minimal contract with this below it.
fn with(auth: &str) -> String {
    format!("{MINIMAL}{auth}")
}

#[test]
fn access_keys() {
    let text = with(&format!(
        "[[auth.keys]]\nid = \"new\"\nsha256 = \"{HASH}\"\nsubject = \"the app\"\n[[auth.keys]]\nid = \"old\"\nsha256 = \"{OTHER_HASH}\"\n"
    ));
    let contract = Contract::parse(&text, "gatepass.toml", &Overrides::default()).unwrap();
    let keys = contract.auth.unwrap().keys;
    let told: Vec<_> = keys.iter().map(|key| (key.id.as_str(), key.hash.to_string(), key.subject.as_str())).collect();
    assert_eq!(told, [("new", HASH.to_owned(), "the app"), ("old", OTHER_HASH.to_owned(), "old")]);
}

#[test]
fn refused() {
    let key = |id: &str, hash: &str| format!("[[auth.keys]]\nid = \"{id}\"\nsha256 = \"{hash}\"\n");
    let told: Vec<String> = [
        "[auth]\n".to_owned(),
        "[auth]\nkeys = []\n".to_owned(),
        "[[auth.keys]]\n".to_owned(),
        key("a b", "0f1e"),
        // whoever writes the secret into the file is told so, without having it repeated
        key("a", "gpk_AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdE"),
        format!("{}{}", key("a", HASH), key("a", OTHER_HASH)),
        format!("{}{}", key("a", HASH), key("b", HASH)),
        format!("{}subject = \"\"\n", key("a", HASH)),
        format!("{}secret = \"x\"\n", key("a", HASH)),
    ]
    .iter()
    .map(|auth| refusal(&with(auth)))
    .collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    gatepass.toml:13: auth lets nobody in
      hint: make an access key with `gatepass key new` and write what it prints as [[auth.keys]]
    gatepass.toml:13: auth lets nobody in
      hint: make an access key with `gatepass key new` and write what it prints as [[auth.keys]]
    gatepass.toml:13: auth.keys.id is missing
      hint: write id = "app-1" under [auth.keys]
    gatepass.toml:13: auth.keys.sha256 is missing
      hint: write sha256 = "…" (`gatepass key new` prints it) under [auth.keys]
    gatepass.toml:14: auth.keys.id = "a b" has ' ' in it, and a key's id is made of letters, digits and ._-
    gatepass.toml:15: auth.keys.sha256 = "0f1e" is not the hexadecimal form of a SHA-256, 64 digits
      hint: `gatepass key new` prints the line
    gatepass.toml:15: auth.keys.sha256 = "gpk_…" is the access key itself, which belongs into no file
      hint: make another one with `gatepass key new` and write the line that it prints
    gatepass.toml:16: auth.keys has the id "a", which another key has
      hint: give each key its own id
    gatepass.toml:16: auth.keys is the same key as another one
      hint: leave it out, or make a new one with `gatepass key new`
    gatepass.toml:16: auth.keys.subject = "" names nobody
    gatepass.toml:16: auth.keys.secret = "x" is not a field of a contract
      hint: there are id, sha256, subject
    "#);
}

#[test]
fn a_key_template_with_a_subject_needs_to_know_who_asks() {
    let key = "[upload]\nkey = \"uploads/{subject}/{uuid}\"";
    insta::assert_snapshot!(refusals(&[("[upload]", key)]), @r#"
    gatepass.toml:7: upload.key = "uploads/{subject}/{uuid}" has {subject}, and the endpoint asks nobody who they are
      hint: say who may ask under [auth], or leave it out
    "#);
    let text = minimal_with("[upload]", key) + &format!("[[auth.keys]]\nid = \"a\"\nsha256 = \"{HASH}\"\n");
    Contract::parse(&text, "gatepass.toml", &Overrides::default()).unwrap();
}
