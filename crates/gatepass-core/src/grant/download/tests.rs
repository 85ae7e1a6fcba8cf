#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use proptest::prelude::*;
use time::OffsetDateTime;

use crate::contract::Contract;

use super::super::CheckedUpload;
use super::super::fixtures::{EXAMPLE_TIME, at, contract, credentials};
use super::*;

const KEY: &str = "uploads/2013-05-24/ffffffff-ffff-4fff-bfff-ffffffffffff.png";

fn downloads(upload: &str, download: &str) -> Contract {
    let bucket = "name = \"acme-uploads\"\nregion = \"eu-central-1\"";
    contract(
        bucket,
        upload,
        &format!(
            "[download]\n{download}\n[[auth.keys]]\nid = \"a\"\nsha256 = \"{}\"",
            "0".repeat(64)
        ),
    )
}

fn check_for(
    contract: &Contract,
    request: DownloadRequest,
    subject: Option<&str>,
) -> Result<CheckedDownload, DownloadRefusal> {
    let subject = subject.map(|name| Subject::parse(name).unwrap());
    request.check(contract.download.as_ref().unwrap(), &contract.upload, subject.as_ref())
}

fn check(download: &str, request: DownloadRequest) -> String {
    match check_for(&downloads("", download), request, None) {
        Ok(CheckedDownload { content_disposition, content_type, .. }) => {
            format!(
                "{content_disposition}, {}",
                content_type.as_ref().map_or("as it is", ContentType::as_str)
            )
        }
        Err(refusal) => {
            format!("{}: {refusal}; {}", refusal.code(), refusal.hint().unwrap_or_default())
        }
    }
}

fn asked() -> DownloadRequest {
    DownloadRequest { key: KEY.to_owned(), ..DownloadRequest::default() }
}

fn inline(content_type: &str) -> DownloadRequest {
    DownloadRequest {
        disposition: Some(Disposition::Inline),
        content_type: Some(content_type.to_owned()),
        ..asked()
    }
}

#[test]
fn what_may_be_asked_for() {
    let of_type = |content_type: &str| DownloadRequest {
        content_type: Some(content_type.to_owned()),
        ..asked()
    };
    let named = |name: &str| DownloadRequest { filename: Some(name.to_owned()), ..asked() };
    let images = "inline = [\"image/*\"]";
    let told = [
        check("", asked()),
        check("", named("Größe.png")),
        check("", named(&"x".repeat(256))),
        check("", of_type("text/plain; charset=utf-8")),
        check("", of_type("text/html")),
        check("", of_type("image")),
        check("", inline("image/png")),
        check(
            images,
            DownloadRequest { filename: Some("a.png".to_owned()), ..inline("image/png") },
        ),
        check(images, inline("Image/SVG+xml")),
        check(images, inline("text/plain")),
        check(images, inline("text/html")),
        check(images, DownloadRequest { content_type: None, ..inline("") }),
    ];
    insta::assert_snapshot!(told.join("\n"), @r#"
    attachment, as it is
    attachment; filename="Gr__e.png"; filename*=UTF-8''Gr%C3%B6%C3%9Fe.png, as it is
    filename_too_long: `filename` is longer than 255 bytes; send a shorter name, or none
    attachment, text/plain; charset=utf-8
    content_type_not_allowed: there are no uploads of type "text/html" here; leave it out; allowed are image/*, text/plain, application/pdf
    content_type_malformed: `content_type` "image" is not a media type; a content type is e.g. image/png or text/plain; charset=utf-8; send a media type such as "image/png", or leave it out
    inline_not_allowed: files of type "image/png" are not shown here; leave out `disposition`: files are saved here
    inline; filename="a.png", image/png
    inline_not_allowed: files of type "Image/SVG+xml" are not shown here; leave out `disposition`; shown are image/*, without what can run scripts
    inline_not_allowed: files of type "text/plain" are not shown here; leave out `disposition`; shown are image/*, without what can run scripts
    content_type_not_allowed: there are no uploads of type "text/html" here; leave it out; allowed are image/*, text/plain, application/pdf
    content_type_missing: `content_type` is missing, and only some types are shown; send the file's media type, such as "image/png", or leave out `disposition`
    "#);
}

#[test]
fn only_the_contracts_keys() {
    let uuid = "ffffffff-ffff-4fff-bfff-ffffffffffff";
    let permitted = |template: &str, key: &str| {
        let contract = downloads(&format!("key = {template:?}"), "");
        match check_for(
            &contract,
            DownloadRequest { key: key.to_owned(), ..asked() },
            Some("acme/alice"),
        ) {
            Ok(download) => download.key.as_str() == key,
            Err(refusal) => {
                assert!(
                    matches!(refusal.code(), "key_not_permitted" | "key_malformed"),
                    "{refusal}"
                );
                false
            }
        }
    };
    let usual = "uploads/{date}/{uuid}.{ext}";
    assert!(permitted(usual, KEY));
    for key in [
        "",
        "/",
        "uploads/",
        "a.png",
        &format!("/{KEY}"),
        &format!("{KEY}/"),
        &format!("{KEY} "),
        &format!("{KEY}\0"),
        &format!("{KEY}?versionId=1"),
        &format!("{KEY}%00"),
        &KEY.replace("uploads/", "other/"),
        &KEY.replace("uploads/", "uploads//"),
        &KEY.replace("uploads/", "uploads/../uploads/"),
        &KEY.replace("uploads/", "uploads/./"),
        &KEY.replace("uploads/", "uploads%2F"),
        &KEY.replace("2013-05-24/", ""),
        &KEY.replace("2013", "２０１３"),
        &KEY.to_uppercase(),
        &KEY.replace("ffffffff-ffff-4", "ffffffff+ffff-4"),
        &KEY.replace(".png", ""),
        &KEY.replace(".png", "."),
        &KEY.replace(".png", ".p/g"),
        &KEY.replace(".png", ".p\u{f1}g"),
        &"x".repeat(1025),
    ] {
        assert!(!permitted(usual, key), "{key}");
    }

    let own = "u/{subject}/{uuid}";
    assert!(permitted(own, &format!("u/acme=2Falice/{uuid}")));
    for other in [
        "acme=2Falic",
        "acme=2Falice2",
        "acme/alice",
        "acme%2Falice",
        "bob",
        "",
        "..",
        "*",
        "bob/../acme=2Falice",
    ] {
        assert!(!permitted(own, &format!("u/{other}/{uuid}")), "{other}");
    }
    let missing = check_for(
        &downloads(&format!("key = {own:?}"), ""),
        DownloadRequest { key: KEY.to_owned(), ..asked() },
        None,
    );
    assert_eq!(missing.unwrap_err().code(), "subject_missing");

    let named = "u/{filename}{uuid}/{filename}";
    assert!(permitted(named, &format!("u/a-b.c{uuid}/x.y")));
    for name in ["", ".", "..", "a..b", ".a", "a/b", "a b", "a\\b", "é", &"n".repeat(201)] {
        assert!(!permitted(named, &format!("u/a{uuid}/{name}")), "{name}");
    }
}

#[test]
fn a_grant_binds_what_the_answer_says() {
    let contract = downloads("", "expires_in = \"2m\"\ninline = [\"image/*\"]");
    let maker = GrantMaker::new(&contract, credentials());
    let request = DownloadRequest { filename: Some("a b.png".to_owned()), ..inline("image/png") };
    let grant =
        maker.download(&check_for(&contract, request, None).unwrap(), at(EXAMPLE_TIME)).unwrap();
    insta::assert_json_snapshot!(grant.expose(), @r#"
    {
      "download_url": "https://acme-uploads.s3.eu-central-1.amazonaws.com/uploads/2013-05-24/ffffffff-ffff-4fff-bfff-ffffffffffff.png?x-id=GetObject&response-content-disposition=inline%3B%20filename%3D%22a%20b.png%22&response-content-type=image%2Fpng&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Feu-central-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=120&X-Amz-SignedHeaders=host&X-Amz-Signature=7d0078004dcf821e35ba91735252d6a5154549725f969c7269b825afb1635723",
      "key": "uploads/2013-05-24/ffffffff-ffff-4fff-bfff-ffffffffffff.png",
      "method": "GET",
      "expires_at": "2013-05-24T00:02:00Z",
      "expires_in": 120
    }
    "#);
    assert!(!format!("{grant:?}").contains(grant.download_url.expose()));
}

#[test]
fn a_grant_ends_with_its_credentials() {
    let contract = downloads("", "");
    let ends_in = |seconds: u64| {
        let maker = GrantMaker::new(
            &contract,
            super::super::SigningCredentials {
                expires_at: Some(at(EXAMPLE_TIME + seconds)),
                ..credentials()
            },
        );
        maker
            .download(&check_for(&contract, asked(), None).unwrap(), at(EXAMPLE_TIME))
            .map(|grant| grant.expires_in)
    };
    assert_eq!(
        (ends_in(10_000), ends_in(7), ends_in(0)),
        (Ok(300), Ok(7), Err(Refusal::CredentialsExpired))
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn whatever_is_uploaded_can_be_downloaded(
        content_type in prop_oneof!["image/[a-zA-Z0-9!#$&^_.+-]{1,127}", Just("text/plain".to_owned())],
        filename in proptest::option::of(prop_oneof![any::<String>(), "[./\\\\A-Za-z -]{0,40}", "\\PC{0,600}"]),
        subject in "[^\\x00-\\x1f\\x7f-\\x9f]{1,60}",
        random: [u8; 16],
    ) {
        let Ok(content_type) = ContentType::parse(&content_type) else { return Ok(()) };
        let Ok(subject) = Subject::parse(&subject) else { return Ok(()) };
        let upload = CheckedUpload { filename, ..CheckedUpload::new(content_type) }.of(Some(Arc::new(subject.clone())));
        for template in [
            "uploads/{date}/{uuid}.{ext}",
            "u/v/{filename}/{subtype}/{uuid}.{ext}",
            "u/{uuid}.{filename}.{ext}",
            "u/{subtype}{filename}{uuid}",
            "u/of-{subject}/{filename}.{subtype}.{uuid}.{ext}",
        ] {
            let template = KeyTemplate::parse(template).unwrap();
            let key = ObjectKey::make(&template, &upload, OffsetDateTime::UNIX_EPOCH, random).unwrap();
            prop_assert_eq!(key_shape::fits(&template, key.as_str(), Some(&subject)), Ok(true), "{} {}", template, key);
        }
    }

    #[test]
    fn no_key_that_fits_leaves_the_prefix(key in "(uploads/|u/)?([a-z0-9]{0,3}|[./-]{0,3}|ffffffff-ffff-4fff-bfff-ffffffffffff|2013-05-24|\\PC){0,9}") {
        for template in ["uploads/{date}/{uuid}.{ext}", "u/{filename}{uuid}/{filename}", "u/{subtype}/{uuid}"] {
            let template = KeyTemplate::parse(template).unwrap();
            if key_shape::fits(&template, &key, None) == Ok(true) {
                prop_assert!(key.starts_with(template.prefix()));
                prop_assert!(key.split('/').all(|segment| !matches!(segment, "" | "." | "..")), "{key}");
                prop_assert!(key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte)), "{key}");
            }
        }
    }
}
