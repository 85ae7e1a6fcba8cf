#![allow(clippy::unwrap_used)]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::contract::{Multipart, PartSize};

use super::super::fixtures::{EXAMPLE_TIME, at};
use super::*;

const SECRET: &str = "0123456789abcdef0123456789abcdef";
const OTHER: &str = "fedcba9876543210fedcba9876543210";

fn keys(secrets: &[&str], bucket: &str) -> TicketKeys {
    let secrets: Vec<SecretString> = secrets.iter().map(|secret| (*secret).into()).collect();
    TicketKeys::new(&secrets, bucket).unwrap()
}

fn ticket() -> Ticket {
    let plan = PartPlan::new(20 << 20, Multipart { part_size: PartSize::DEFAULT }).unwrap();
    Ticket {
        key: ObjectKey::known("uploads/2013-05-24/a.mp4".to_owned()),
        content_type: "video/mp4".to_owned(),
        size: Some(20 << 20),
        checksum_sha256: None,
        subject: Some("user-1".to_owned()),
        expires_at: at(EXAMPLE_TIME + 60),
        is_marked: false,
        multipart: Some(MultipartTicket {
            upload_id: "an.upload~id".to_owned(),
            plan: Some(plan),
            part_checksums: true,
        }),
    }
}

fn open(keys: &TicketKeys, text: &str) -> Result<Ticket, TicketError> {
    keys.open(text, Some("user-1"), at(EXAMPLE_TIME))
}

#[test]
fn what_was_sealed_is_what_is_opened() {
    let keys = keys(&[SECRET], "acme-uploads");
    let plain = Ticket {
        is_marked: true,
        multipart: None,
        size: None,
        checksum_sha256: Some("x".to_owned()),
        ..ticket()
    };
    for ticket in [ticket(), plain] {
        assert_eq!(open(&keys, &keys.seal(&ticket)), Ok(ticket));
    }
}

#[test]
fn the_form_of_a_ticket() {
    let text = keys(&[SECRET], "acme-uploads").seal(&ticket());
    let (sealed, _) = text.rsplit_once('.').unwrap();
    let json = URL_SAFE_NO_PAD.decode(sealed.strip_prefix("gp1.").unwrap()).unwrap();
    insta::assert_snapshot!(String::from_utf8(json).unwrap(), @r#"{"key":"uploads/2013-05-24/a.mp4","type":"video/mp4","size":20971520,"subject":"user-1","exp":1369353660,"parts":{"id":"an.upload~id","size":16777216,"sha256":true}}"#);
}

#[test]
fn a_ticket_that_does_not_say_whose_authority_it_is_of_is_not_taken() {
    #[derive(serde::Serialize)]
    struct Old {
        key: &'static str,
        r#type: &'static str,
        sub: &'static str,
        exp: u64,
    }
    let keys = keys(&[SECRET], "b");
    let text = keys.tickets.seal(&Old {
        key: "uploads/a",
        r#type: "image/png",
        sub: "user-1",
        exp: EXAMPLE_TIME + 60,
    });
    assert_eq!(open(&keys, &text), Err(TicketError::NotOurs));
}

#[test]
fn secrets_can_be_changed() {
    let (old, new) = (keys(&[SECRET], "b"), keys(&[OTHER, SECRET], "b"));
    assert!(open(&new, &old.seal(&ticket())).is_ok());
    assert_eq!(open(&old, &new.seal(&ticket())), Err(TicketError::NotOurs), "the first one seals");
    assert_eq!(open(&keys(&[OTHER], "b"), &old.seal(&ticket())), Err(TicketError::NotOurs));
}

#[test]
fn a_ticket_of_another_bucket_is_not_taken() {
    assert_eq!(
        open(&keys(&[SECRET], "b"), &keys(&[SECRET], "c").seal(&ticket())),
        Err(TicketError::NotOurs)
    );
}

#[test]
fn no_byte_of_a_ticket_can_be_changed_added_or_left_out() {
    let keys = keys(&[SECRET], "b");
    let text = keys.seal(&ticket());
    for place in 0..text.len() {
        let mut changed = text.clone().into_bytes();
        changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
        assert_eq!(
            open(&keys, &String::from_utf8(changed).unwrap()),
            Err(TicketError::NotOurs),
            "{place}"
        );
        assert_eq!(open(&keys, &text[..place]), Err(TicketError::NotOurs), "{place}");
    }
    for more in [
        format!("{text}A"),
        format!("{text}."),
        format!(".{text}"),
        format!("{text}="),
        format!(" {text}"),
    ] {
        assert_eq!(open(&keys, &more), Err(TicketError::NotOurs), "{more}");
    }
    for text in [
        "",
        ".",
        "..",
        "gp1..",
        "gp1.e30.",
        "gp2.e30.AAAA",
        &"A".repeat(100_000),
        "gp1.\u{fc}.\u{fc}",
    ] {
        assert_eq!(open(&keys, text), Err(TicketError::NotOurs), "{text}");
    }
}

#[test]
fn a_ticket_is_its_subjects_for_its_time() {
    let keys = keys(&[SECRET], "b");
    let text = keys.seal(&ticket());
    let now = at(EXAMPLE_TIME);
    assert_eq!(keys.open(&text, Some("user-2"), now), Err(TicketError::OfAnother));
    assert_eq!(keys.open(&text, None, now), Err(TicketError::OfAnother));
    assert_eq!(
        keys.open(&keys.seal(&Ticket { subject: None, ..ticket() }), Some("user-1"), now),
        Err(TicketError::OfAnother)
    );
    assert!(keys.open(&text, Some("user-1"), at(EXAMPLE_TIME + 59)).is_ok());
    assert_eq!(keys.open(&text, Some("user-1"), at(EXAMPLE_TIME + 60)), Err(TicketError::Expired));
}

#[test]
fn a_ticket_of_one_request_is_none_of_parts() {
    assert_eq!(Ticket { multipart: None, ..ticket() }.multipart(), Err(TicketError::NotMultipart));
}

#[test]
fn secrets_are_long_and_not_printed() {
    let refused = |secrets: &[&str]| {
        let secrets: Vec<SecretString> = secrets.iter().map(|secret| (*secret).into()).collect();
        TicketKeys::new(&secrets, "b").unwrap_err()
    };
    assert_eq!(refused(&[]), SecretError::None);
    assert_eq!(refused(&[&SECRET[1..]]), SecretError::Short);
    assert_eq!(refused(&[SECRET, ""]), SecretError::Short);
    assert_eq!(format!("{:?}", keys(&[SECRET, OTHER], "b")), "TicketKeys { count: 2, .. }");
}
