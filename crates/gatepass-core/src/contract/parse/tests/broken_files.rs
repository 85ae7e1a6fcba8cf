//! Files that are no contract, and what they must not do.

use proptest::prelude::*;

use super::super::super::{INIT_TEMPLATE, Location};
use super::{Contract, Overrides, minimal_with, refusal, refusals};

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
      hint: there are {uuid}, {ext}, {subtype}, {date}, {filename} and {subject}
    gatepass.toml:6: bucket.� = 1 is not a field of a contract
      hint: there are encryption, kms_key_arn, lifecycle, name, namespace, region, tags, versioning
    gatepass.toml:6: � is not TOML: invalid unquoted key, expected letters, numbers, `-`, `_`
    "#);
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
