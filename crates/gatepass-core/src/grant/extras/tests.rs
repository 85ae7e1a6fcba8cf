#![allow(clippy::unwrap_used)]

use crate::contract::{MetadataName, TagKey};

use super::*;

fn allowed() -> AllowedExtras {
    AllowedExtras {
        metadata: vec![
            MetadataName::parse("author").unwrap(),
            MetadataName::parse("title").unwrap(),
        ],
        tags: vec![TagKey::parse("project").unwrap(), TagKey::parse("Kosten stelle").unwrap()],
        content_disposition: true,
        cache_control: true,
    }
}

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn metadata(name: &str, value: &str) -> Result<Extras, ExtraRefusal> {
    Extras::check(
        AskedExtras { metadata: Some(&map(&[(name, value)])), ..AskedExtras::default() },
        &allowed(),
    )
}

fn tag(key: &str, value: &str) -> Result<Extras, ExtraRefusal> {
    Extras::check(
        AskedExtras { tags: Some(&map(&[(key, value)])), ..AskedExtras::default() },
        &allowed(),
    )
}

fn disposition(value: &str) -> Result<Extras, ExtraRefusal> {
    Extras::check(
        AskedExtras { content_disposition: Some(value), ..AskedExtras::default() },
        &allowed(),
    )
}

fn told(result: Result<Extras, ExtraRefusal>) -> String {
    match result {
        Ok(extras) => extras
            .headers()
            .map(|(_, name, value)| format!("{name}: {value}"))
            .collect::<Vec<_>>()
            .join(", "),
        Err(refusal) => format!("{}: {refusal}; {}", refusal.code(), refusal.hint()),
    }
}

#[test]
fn what_is_allowed_is_carried_by_headers_and_by_fields() {
    let (metadata, tags) = (
        map(&[("title", "A <b> & \"c\"; d=e")]),
        map(&[("project", "a/b+c=d @2"), ("Kosten stelle", "Ü1")]),
    );
    let asked = AskedExtras {
        metadata: Some(&metadata),
        tags: Some(&tags),
        content_disposition: Some("attachment; filename=\"a b.pdf\""),
        cache_control: Some("private, max-age=60"),
    };
    let extras = Extras::check(asked, &allowed()).unwrap();
    insta::assert_snapshot!(told(Ok(extras.clone())), @r#"cache-control: private, max-age=60, content-disposition: attachment; filename="a b.pdf", x-amz-meta-title: A <b> & "c"; d=e, x-amz-tagging: Kosten%20stelle=%C3%9C1&project=a%2Fb%2Bc%3Dd%20%402"#);
    let fields: Vec<String> =
        extras.fields().map(|(name, value)| format!("{name}: {value}")).collect();
    insta::assert_snapshot!(fields.join("\n"), @r#"
    Cache-Control: private, max-age=60
    Content-Disposition: attachment; filename="a b.pdf"
    x-amz-meta-title: A <b> & "c"; d=e
    tagging: <Tagging><TagSet><Tag><Key>Kosten stelle</Key><Value>Ü1</Value></Tag><Tag><Key>project</Key><Value>a/b+c=d @2</Value></Tag></TagSet></Tagging>
    "#);
}

#[test]
fn refused_values() {
    let results = [
        metadata("other", "x"),
        metadata("Title", "x"),
        metadata("title", ""),
        metadata("title", " x"),
        metadata("title", "x  y"),
        metadata("title", "x\r\nx-amz-acl: public-read"),
        metadata("title", "x\u{0}"),
        metadata("title", "Grüße"),
        metadata("title", &"x".repeat(2044)),
        metadata(&"n".repeat(1000), "x"),
        tag("other", "x"),
        tag("project", "a&b"),
        tag("project", "a\nb"),
        tag("project", &"x".repeat(257)),
        disposition("form-data"),
        disposition("attachment\r\nx: y"),
        disposition("attachment; filename=\"Grüße\""),
        disposition(&format!("attachment; filename=\"{}\"", "x".repeat(512))),
    ];
    let told: Vec<String> = results.map(told).to_vec();
    insta::assert_snapshot!(told.join("\n"), @"
    extra_not_allowed: `metadata.other` is not allowed here; allowed are author, title
    extra_not_allowed: `metadata.Title` is not allowed here; allowed are author, title
    extra_malformed: `metadata.title` is empty; correct it, or leave it out
    extra_malformed: `metadata.title` has spaces at its ends or in a row, which signing does not keep; correct it, or leave it out
    extra_malformed: `metadata.title` has spaces at its ends or in a row, which signing does not keep; correct it, or leave it out
    extra_malformed: `metadata.title` has characters other than printable ASCII, which a header does not carry; encode it, for example with encodeURIComponent
    extra_malformed: `metadata.title` has characters other than printable ASCII, which a header does not carry; encode it, for example with encodeURIComponent
    extra_malformed: `metadata.title` has characters other than printable ASCII, which a header does not carry; encode it, for example with encodeURIComponent
    metadata_too_large: `metadata` has 2049 bytes, names and values together, and S3 takes 2048; send less, and keep the rest elsewhere under the key
    extra_not_allowed: `metadata.nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn` is not allowed here; allowed are author, title
    extra_not_allowed: `tags.other` is not allowed here; allowed are project, Kosten stelle
    extra_malformed: `tags.project` has characters other than letters, digits, spaces and _.:/=+-@; correct it, or leave it out
    extra_malformed: `tags.project` has characters other than letters, digits, spaces and _.:/=+-@; correct it, or leave it out
    extra_malformed: `tags.project` is longer than 256 characters; correct it, or leave it out
    extra_malformed: `content_disposition` is neither `attachment` nor `inline`, each with parameters or without; correct it, or leave it out
    extra_malformed: `content_disposition` has characters other than printable ASCII, which a header does not carry; encode it, for example with encodeURIComponent
    extra_malformed: `content_disposition` has characters other than printable ASCII, which a header does not carry; encode it, for example with encodeURIComponent
    extra_malformed: `content_disposition` is longer than 512 bytes; correct it, or leave it out
    ");
    assert!(metadata("title", &"x".repeat(2043)).is_ok());
    assert!(tag("project", "").is_ok() && tag("project", &"ü".repeat(256)).is_ok());
}

#[test]
fn a_contract_that_says_nothing_allows_nothing() {
    let (metadata, tags) = (map(&[("title", "x")]), map(&[("project", "x")]));
    for asked in [
        AskedExtras { metadata: Some(&metadata), ..AskedExtras::default() },
        AskedExtras { tags: Some(&tags), ..AskedExtras::default() },
        AskedExtras { content_disposition: Some("inline"), ..AskedExtras::default() },
        AskedExtras { cache_control: Some("no-store"), ..AskedExtras::default() },
    ] {
        let refusal = Extras::check(asked, &AllowedExtras::default()).unwrap_err();
        assert_eq!(refusal.code(), "extra_not_allowed");
        assert_eq!(refusal.hint(), "leave it out; the contract turns it on under [upload]");
    }
    assert_eq!(
        Extras::check(AskedExtras::default(), &AllowedExtras::default()),
        Ok(Extras::default())
    );
}
