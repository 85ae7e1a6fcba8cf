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
    let told: Vec<_> = keys
        .iter()
        .map(|key| (key.id.as_str(), key.hash.to_string(), key.subject.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("new", HASH.to_owned(), "api-key:the app"),
            ("old", OTHER_HASH.to_owned(), "api-key:old")
        ]
    );
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
      hint: make an access key with `gatepass key new` and write what it prints as [[auth.keys]], or name an issuer under [auth.jwt]
    gatepass.toml:13: auth lets nobody in
      hint: make an access key with `gatepass key new` and write what it prints as [[auth.keys]], or name an issuer under [auth.jwt]
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
    let text = minimal_with("[upload]", key)
        + &format!("[[auth.keys]]\nid = \"a\"\nsha256 = \"{HASH}\"\n");
    Contract::parse(&text, "gatepass.toml", &Overrides::default()).unwrap();
}

const JWT: &str = r#"
[auth.jwt]
issuer = "https://login.example.com/"
audience = "uploads"
algorithms = ["RS256", "EdDSA"]
jwks_url = "https://login.example.com/.well-known/jwks.json"
"#;

#[test]
fn tokens() {
    let text = with(JWT) + "[auth.claims]\ncontent_types = \"types\"\nmax_size = \"size\"\n";
    let contract = Contract::parse(&text, "gatepass.toml", &Overrides::default()).unwrap();
    let jwt = contract.auth.unwrap().jwt.unwrap();
    assert_eq!((jwt.subject.as_str(), jwt.leeway.as_secs()), ("sub", 30));
    assert_eq!(
        (jwt.claims.content_types.as_deref(), jwt.claims.max_size.as_deref()),
        (Some("types"), Some("size"))
    );
}

#[test]
fn tokens_refused() {
    let jwt = |piece: &str, by: &str| {
        assert!(JWT.contains(piece), "{piece}");
        refusal(&with(&JWT.replacen(piece, by, 1)))
    };
    let url = "jwks_url = \"https://login.example.com/.well-known/jwks.json\"";
    let told = [
        refusal(&with("[auth.jwt]\n")),
        jwt(url, ""),
        jwt(url, "jwks_url = \"http://login.example.com/keys\""),
        jwt(url, "jwks_file = \"keys.json\"\nsecret_file = \"secret\""),
        jwt(url, "secret_file = \"secret\""),
        jwt("[\"RS256\", \"EdDSA\"]", "[\"HS256\"]"),
        jwt("[\"RS256\", \"EdDSA\"]", "[\"RS256\", \"HS256\"]"),
        jwt("[\"RS256\", \"EdDSA\"]", "[]"),
        jwt("[\"RS256\", \"EdDSA\"]", "[\"none\"]"),
        jwt("audience = \"uploads\"", "audience = \"\"\nleeway = \"1h\"\nsubject = \"\""),
        refusal(&with(&format!(
            "[[auth.keys]]\nid = \"a\"\nsha256 = \"{HASH}\"\n[auth.claims]\nmax_size = \"size\"\n"
        ))),
        refusal(
            &(minimal_with("[upload]", "[upload]\nmode = \"compatible\"")
                + JWT
                + "[auth.claims]\nmax_size = \"size\"\n"),
        ),
    ];
    insta::assert_snapshot!(told.join("\n"), @r#"
    gatepass.toml:13: auth.jwt.issuer is missing
      hint: write issuer = "https://login.example.com/" under [auth.jwt]
    gatepass.toml:13: auth.jwt.audience is missing
      hint: write audience = "uploads" under [auth.jwt]
    gatepass.toml:13: auth.jwt.algorithms is missing
      hint: write algorithms = ["RS256"] under [auth.jwt]
    gatepass.toml:13: auth.jwt has no keys to check tokens with
      hint: write jwks_url, jwks_file or secret_file
    gatepass.toml:14: auth.jwt has no keys to check tokens with
      hint: write jwks_url, jwks_file or secret_file
    gatepass.toml:18: auth.jwt.jwks_url = "http://login.example.com/keys" is plain http: whoever is on the way could put in keys of their own
      hint: write https://…
    gatepass.toml:19: auth.jwt.secret_file = "secret" stands beside other keys
      hint: leave one of them out
    gatepass.toml:14: auth.jwt has RS256, which no secret checks
      hint: write algorithms = ["HS256"], or name public keys
    gatepass.toml:14: auth.jwt has HS256, which is checked with a secret and not with public keys
      hint: leave it out, or name a secret_file
    gatepass.toml:14: auth.jwt has HS256, which is checked with a secret and not with public keys
      hint: leave it out, or name a secret_file
    gatepass.toml:17: auth.jwt.algorithms = [] lets no token in
      hint: write e.g. ["RS256"]
    gatepass.toml:17: auth.jwt.algorithms = "none" is not a value of this field
      hint: write "RS256" or "ES256" or "EdDSA" or "HS256"
    gatepass.toml:16: auth.jwt.audience = "" is empty
    gatepass.toml:17: auth.jwt.leeway = "1h" is out of bounds: 0s to 5m
    gatepass.toml:18: auth.jwt.subject = "" is empty
    gatepass.toml:16: auth.claims says what tokens narrow, and there are no tokens
      hint: name their issuer under [auth.jwt], or leave it out
    gatepass.toml:7: upload.mode = "compatible" enforces no size, and auth.claims.max_size would narrow it
      hint: write mode = "strict", or leave out auth.claims.max_size
    "#);
}

#[test]
fn limits() {
    let key = format!("[[auth.keys]]\nid = \"a\"\nsha256 = \"{HASH}\"\n");
    let limits = "[limits]\nper_address = \"5/s\"\nper_subject = \"60/min\"\noutstanding_bytes = \"10 MiB\"\n";
    let contract =
        Contract::parse(&with(&format!("{key}{limits}")), "gatepass.toml", &Overrides::default())
            .unwrap();
    assert_eq!(contract.limits.outstanding_bytes, Some(10 * 1024 * 1024));
    let told = [
        refusal(&with(limits)),
        refusal(&with(&format!(
            "{key}[limits]\noutstanding_bytes = \"9 MiB\"\nper_subject = 60\n"
        ))),
        refusal(
            &(minimal_with("[upload]", "[upload]\nmode = \"compatible\"")
                + &key
                + "[limits]\noutstanding_bytes = \"10 MiB\"\n"),
        ),
        refusal(&with(
            "[serve]\ntrusted_proxies = [\"0.0.0.0/0\", \"10.0.0.1/8\", \"10.0.0.0/8\"]\nforwarded_by = \"X-Real-IP\"\n",
        )),
    ];
    insta::assert_snapshot!(told.join("\n"), @r#"
    gatepass.toml:15: limits.per_subject = "60/min" counts by subject, and the endpoint asks nobody who they are
      hint: say who may ask under [auth], or leave this out
    gatepass.toml:16: limits.outstanding_bytes = "10 MiB" counts by subject, and the endpoint asks nobody who they are
      hint: say who may ask under [auth], or leave this out
    gatepass.toml:17: limits.outstanding_bytes = "9 MiB" is below upload.max_size of 10485760 bytes, so that no grant could be given for such a file
      hint: raise it, or lower max_size
    gatepass.toml:18: limits.per_subject = 60 is an integer, not a string
      hint: write it in quotes: "60"
    gatepass.toml:18: limits.outstanding_bytes = "10 MiB" needs upload.mode = "strict": in the compatible mode nobody knows how many bytes a grant is for
      hint: write mode = "strict", or leave this out
    gatepass.toml:14: serve.trusted_proxies = "0.0.0.0/0" is everybody: anybody could claim any address
      hint: name your proxies' networks
    gatepass.toml:14: serve.trusted_proxies = "10.0.0.1/8" has bits behind its prefix
      hint: write "10.0.0.0/8"
    gatepass.toml:15: serve.forwarded_by = "X-Real-IP" is not a value of this field
      hint: write "X-Forwarded-For" or "Forwarded"
    "#);
}
