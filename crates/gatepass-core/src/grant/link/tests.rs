#![allow(clippy::unwrap_used)]

use secrecy::SecretString;

use super::super::fixtures::{EXAMPLE_TIME, at};
use super::super::{MultipartTicket, ObjectKey, TicketError};
use super::*;

const SECRET: &str = "0123456789abcdef0123456789abcdef";
const OTHER: &str = "fedcba9876543210fedcba9876543210";

fn keys(secrets: &[&str], bucket: &str) -> TicketKeys {
    let secrets: Vec<SecretString> = secrets.iter().map(|secret| (*secret).into()).collect();
    TicketKeys::new(&secrets, bucket).unwrap()
}

fn link() -> Link {
    let ticket = Ticket {
        key: ObjectKey::known("uploads/2013-05-24/a.mp4".to_owned()),
        content_type: "video/mp4".to_owned(),
        size: Some(20 << 20),
        checksum_sha256: None,
        subject: Some("user-1".to_owned()),
        expires_at: at(EXAMPLE_TIME + 600),
        is_marked: false,
        multipart: Some(MultipartTicket {
            upload_id: "an.upload~id".to_owned(),
            plan: None,
            part_checksums: false,
        }),
    };
    Link {
        operation: LinkOperation::CompleteMultipartUpload,
        ticket,
        expires_at: at(EXAMPLE_TIME + 60),
    }
}

fn open(keys: &TicketKeys, text: &str) -> Result<Link, LinkError> {
    keys.open_link(text, "POST", at(EXAMPLE_TIME))
}

#[test]
fn what_was_sealed_is_what_is_opened() {
    let keys = keys(&[SECRET], "b");
    assert_eq!(open(&keys, &keys.seal_link(&link())), Ok(link()));
    // as long as a key and an upload id can be
    let mut long = link();
    long.ticket.key = ObjectKey::known("k".repeat(1024));
    long.ticket.multipart =
        Some(MultipartTicket { upload_id: "i".repeat(1024), plan: None, part_checksums: false });
    assert_eq!(open(&keys, &keys.seal_link(&long)), Ok(long));
}

#[test]
fn a_link_is_no_ticket_and_a_ticket_no_link() {
    let keys = keys(&[SECRET], "b");
    let (link, ticket) = (keys.seal_link(&link()), keys.seal(&link().ticket));
    assert_eq!(keys.open(&link, Some("user-1"), at(EXAMPLE_TIME)), Err(TicketError::NotOurs));
    assert_eq!(open(&keys, &ticket), Err(LinkError::NotOurs));
    // nor under the other's version
    assert_eq!(
        keys.open(&link.replacen("gl1", "gp1", 1), Some("user-1"), at(EXAMPLE_TIME)),
        Err(TicketError::NotOurs)
    );
    assert_eq!(open(&keys, &ticket.replacen("gp1", "gl1", 1)), Err(LinkError::NotOurs));
}

#[test]
fn a_link_is_for_one_method() {
    let keys = keys(&[SECRET], "b");
    for (operation, method) in [
        (LinkOperation::CreateMultipartUpload, "POST"),
        (LinkOperation::ListParts, "GET"),
        (LinkOperation::CompleteMultipartUpload, "POST"),
        (LinkOperation::AbortMultipartUpload, "DELETE"),
    ] {
        let text = keys.seal_link(&Link { operation, ..link() });
        for asked in ["POST", "GET", "DELETE", "PUT", "get", ""] {
            let opened = keys.open_link(&text, asked, at(EXAMPLE_TIME)).map(|link| link.operation);
            assert_eq!(
                opened,
                if asked == method { Ok(operation) } else { Err(LinkError::OtherMethod(method)) },
                "{asked}"
            );
        }
    }
}

#[test]
fn a_link_ends_with_its_time_and_with_its_ticket() {
    let keys = keys(&[SECRET], "b");
    let ends = |link: &Link| {
        let text = keys.seal_link(link);
        let opens = |second| keys.open_link(&text, "POST", at(EXAMPLE_TIME + second)).err();
        (0..).find(|second| opens(*second) == Some(LinkError::Expired))
    };
    assert_eq!(ends(&link()), Some(60));
    assert_eq!(ends(&Link { expires_at: at(EXAMPLE_TIME + 6000), ..link() }), Some(600));
}

#[test]
fn no_byte_of_a_link_can_be_changed_added_or_left_out() {
    let keys = keys(&[SECRET], "b");
    let text = keys.seal_link(&link());
    for place in 0..text.len() {
        let mut changed = text.clone().into_bytes();
        changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
        assert_eq!(
            open(&keys, &String::from_utf8(changed).unwrap()),
            Err(LinkError::NotOurs),
            "{place}"
        );
        assert_eq!(open(&keys, &text[..place]), Err(LinkError::NotOurs), "{place}");
    }
    for text in ["", ".", "gl1..", "gl1.e30.AAAA", &"A".repeat(100_000), &format!("{text}A")] {
        assert_eq!(open(&keys, text), Err(LinkError::NotOurs), "{text}");
    }
}

#[test]
fn a_link_is_of_its_bucket_and_its_secrets() {
    let text = keys(&[SECRET], "b").seal_link(&link());
    assert_eq!(open(&keys(&[SECRET], "c"), &text), Err(LinkError::NotOurs));
    assert_eq!(open(&keys(&[OTHER], "b"), &text), Err(LinkError::NotOurs));
    assert_eq!(open(&keys(&[OTHER, SECRET], "b"), &text), Ok(link()));
}
