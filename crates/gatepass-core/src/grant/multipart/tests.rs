#![allow(clippy::unwrap_used)]

use crate::contract::PartSize;

use super::super::SigningCredentials;
use super::super::fixtures::{EXAMPLE_TIME, at, contract_with, credentials};
use super::*;

const CHECKSUM: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
const MIB: u64 = 1 << 20;
const PARTS: Multipart = Multipart { part_size: PartSize::DEFAULT };

fn maker() -> GrantMaker {
    GrantMaker::new(&contract_with("mode = \"compatible\""), credentials())
}

fn upload(size: u64) -> CheckedUpload {
    CheckedUpload {
        size: Some(size),
        ..CheckedUpload::new(ContentType::parse("image/png").unwrap())
    }
}

fn begun(part_checksums: bool) -> (ObjectKey, MultipartTicket) {
    let new = maker()
        .multipart(
            &CheckedUpload { part_checksums, ..upload(20 * MIB) },
            Some(PARTS),
            at(EXAMPLE_TIME),
            [0x11; 16],
        )
        .unwrap();
    let ticket = new.ticket("an.upload~id+".to_owned(), None, at(EXAMPLE_TIME));
    (ticket.key, ticket.multipart.unwrap())
}

#[test]
fn a_part_is_signed_with_its_length() {
    let (key, upload) = begun(false);
    let part = maker().part(&key, &upload, 2, None, at(EXAMPLE_TIME)).unwrap();
    assert_eq!(
        (part.number, part.size, part.expires_at),
        (2, Some(4 * MIB), at(EXAMPLE_TIME + 300))
    );
    assert_eq!(part.headers, [("Content-Length", "4194304".to_owned())]);
    insta::assert_snapshot!(part.url.expose(), @"https://acme-uploads.s3.eu-central-1.amazonaws.com/uploads/2013-05-24/11111111-1111-4111-9111-111111111111.png?x-id=UploadPart&partNumber=2&uploadId=an.upload~id%2B&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Feu-central-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=300&X-Amz-SignedHeaders=content-length%3Bhost&X-Amz-Signature=139c0c10fc7d364396d217cea2441854ab8cd58e02baa53a58ac94759bee5183");
}

#[test]
fn a_part_with_its_checksum() {
    let (key, upload) = begun(true);
    let part = maker().part(&key, &upload, 1, Some(CHECKSUM), at(EXAMPLE_TIME)).unwrap();
    assert_eq!(
        part.headers,
        [("Content-Length", "16777216".to_owned()), ("x-amz-checksum-sha256", CHECKSUM.to_owned())]
    );
    assert!(
        part.url
            .expose()
            .contains("X-Amz-SignedHeaders=content-length%3Bhost%3Bx-amz-checksum-sha256&"),
        "{}",
        part.url.expose()
    );
}

#[test]
fn parts_that_are_not_signed() {
    let (key, plain) = begun(false);
    let (_, summed) = begun(true);
    let refusal = |upload: &MultipartTicket, number, checksum| {
        maker().part(&key, upload, number, checksum, at(EXAMPLE_TIME)).unwrap_err()
    };
    assert_eq!(refusal(&plain, 0, None), Refusal::PartUnknown { number: 0, parts: 2 });
    assert_eq!(refusal(&plain, 3, None), Refusal::PartUnknown { number: 3, parts: 2 });
    assert_eq!(refusal(&plain, 1, Some(CHECKSUM)), Refusal::PartChecksumUnwanted);
    assert_eq!(refusal(&summed, 1, None), Refusal::PartChecksumMissing { number: 1 });
    assert_eq!(refusal(&summed, 1, Some("x")), Refusal::ChecksumMalformed);
}

#[test]
fn a_part_ends_with_the_credentials_that_signed_it() {
    let (key, upload) = begun(false);
    let until = |seconds| {
        let credentials =
            SigningCredentials { expires_at: Some(at(EXAMPLE_TIME + seconds)), ..credentials() };
        let maker = GrantMaker::new(&contract_with(""), credentials);
        maker.part(&key, &upload, 1, None, at(EXAMPLE_TIME)).map(|part| part.expires_at)
    };
    assert_eq!(until(100), Ok(at(EXAMPLE_TIME + 100)));
    assert_eq!(until(0), Err(Refusal::CredentialsExpired));
}

#[test]
fn an_upload_without_a_size_has_no_parts() {
    let upload = CheckedUpload { size: None, ..upload(1) };
    assert_eq!(
        maker().multipart(&upload, Some(PARTS), at(EXAMPLE_TIME), [0; 16]).unwrap_err(),
        Refusal::SizeMissing
    );
}

fn stored(number: u32, size: u64) -> StoredPart {
    StoredPart { number, size, etag: format!("etag-{number}"), checksum_sha256: None }
}

fn said(numbers: &[u32]) -> Vec<(u32, String)> {
    numbers.iter().map(|number| (*number, format!("\"etag-{number}\""))).collect()
}

#[test]
fn the_whole_is_what_s3_lists_and_the_client_says() {
    let (_, upload) = begun(false);
    let listed = vec![stored(2, 4 * MIB), stored(1, 16 * MIB)];
    let whole = vec![stored(1, 16 * MIB), stored(2, 4 * MIB)];
    assert_eq!(upload.plan.unwrap().whole(&said(&[2, 1]), listed.clone()), Ok(whole.clone()));
    let unquoted = vec![(1, "etag-1".to_owned()), (2, "etag-2".to_owned())];
    assert_eq!(upload.plan.unwrap().whole(&unquoted, listed), Ok(whole));
}

#[test]
fn what_is_not_the_whole() {
    let (_, upload) = begun(false);
    let all = || vec![stored(1, 16 * MIB), stored(2, 4 * MIB)];
    let error = |said: &[(u32, String)], listed| {
        let error = upload.plan.unwrap().whole(said, listed).unwrap_err();
        format!("{}: {error}", error.code())
    };
    let swapped = vec![(1, "etag-2".to_owned()), (2, "etag-1".to_owned())];
    let told = [
        error(&said(&[1]), all()),
        error(&said(&[]), all()),
        error(&said(&[1, 2]), vec![stored(2, 4 * MIB)]),
        error(&said(&[1, 2, 3]), all()),
        error(&said(&[0, 1, 2]), all()),
        error(&said(&[1, 2, 2]), all()),
        error(&said(&[1, 2]), vec![stored(1, 16 * MIB), stored(2, 4 * MIB + 1)]),
        error(&swapped, all()),
    ];
    insta::assert_snapshot!(told.join("\n"), @"
    parts_missing: parts are missing: 2
    parts_missing: parts are missing: 1, 2
    parts_missing: parts are missing: 1
    parts_unknown: there are no such parts: 3
    parts_unknown: there are no such parts: 0
    part_twice: part 2 stands twice
    parts_wrong_size: parts have a wrong size: 2
    parts_wrong_etag: the ETags of parts are not those that S3 has: 1, 2
    ");
    assert_eq!(numbers(&(1..=12).collect::<Vec<_>>()), "1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 2 more");
}
