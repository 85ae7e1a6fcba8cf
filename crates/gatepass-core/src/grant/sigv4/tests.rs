#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::thread;

use super::super::fixtures::{EXAMPLE_TIME, at, credentials, example_address};
use super::*;

const DAY: u64 = 86_400;

fn signer() -> Signer {
    Signer::new(credentials(), &Region::parse("us-east-1").unwrap())
}

fn get<'a>(address: &'a BucketAddress) -> PresignRequest<'a> {
    PresignRequest {
        method: Method::Get,
        address,
        key: "test.txt",
        query: &[],
        headers: &[],
        expires_in: 86400,
    }
}

fn sign(signer: &Signer, seconds: u64) -> String {
    signer.presign(&get(&example_address()), at(seconds)).unwrap().expose().to_owned()
}

fn error(change: impl FnOnce(&mut PresignRequest<'_>)) -> String {
    let address = example_address();
    let mut request = get(&address);
    change(&mut request);
    signer().presign(&request, at(EXAMPLE_TIME)).unwrap_err().to_string()
}

/// See <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>.
#[test]
fn the_example_that_aws_publishes() {
    insta::assert_snapshot!(sign(&signer(), EXAMPLE_TIME), @"https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

#[test]
fn parts_of_a_second_do_not_count() {
    let url = signer()
        .presign(&get(&example_address()), at(EXAMPLE_TIME) + std::time::Duration::from_millis(999))
        .unwrap();
    assert_eq!(url.expose(), sign(&signer(), EXAMPLE_TIME));
}

/// A signer that has signed at other times gives what a new one gives: second by second over midnight, and back.
#[test]
fn what_is_kept_never_outlives_its_second_or_its_day() {
    let midnight = EXAMPLE_TIME;
    let times = [
        midnight - 1,
        midnight,
        midnight + 1,
        midnight - 1,
        midnight + DAY,
        midnight,
        0,
        midnight + 365 * DAY,
        midnight,
    ];
    let used = signer();
    for time in times {
        assert_eq!(sign(&used, time), sign(&signer(), time), "at {time}");
    }
}

/// Two threads are in different seconds, and in different days, all the time.
#[test]
fn threads_at_different_times_do_not_disturb_each_other() {
    let times: Vec<u64> =
        (0..4).flat_map(|step| [EXAMPLE_TIME - 1 + step, EXAMPLE_TIME + step * DAY]).collect();
    let expected: Vec<String> = times.iter().map(|&time| sign(&signer(), time)).collect();
    let shared = signer();
    thread::scope(|scope| {
        for thread in 0..times.len() {
            let (shared, times, expected) = (&shared, &times, &expected);
            scope.spawn(move || {
                for round in 0..500 {
                    let place = (thread + round) % times.len();
                    assert_eq!(sign(shared, times[place]), expected[place]);
                }
            });
        }
    });
}

#[test]
fn threads_can_share_a_signer() {
    fn shareable<T: Send + Sync>(_: &T) {}
    shareable(&signer());
}

#[test]
fn the_first_and_the_last_second() {
    assert!(sign(&signer(), 0).contains("X-Amz-Date=19700101T000000Z"));
    assert!(sign(&signer(), 253_402_300_799).contains("X-Amz-Date=99991231T235959Z"));
    let (address, signer) = (example_address(), signer());
    let request = get(&address);
    assert_eq!(signer.presign(&request, at(253_402_300_800)), Err(SignError::Time));
    assert_eq!(
        signer.presign(&request, at(0) - std::time::Duration::from_nanos(1)),
        Err(SignError::Time)
    );
}

#[test]
fn what_s3_would_refuse_is_not_signed() {
    insta::assert_snapshot!(error(|request| request.expires_in = 0), @"a presigned URL cannot expire in 0 seconds: 1 second to 7 days is what S3 accepts");
    insta::assert_snapshot!(error(|request| request.expires_in = 604_801), @"a presigned URL cannot expire in 604801 seconds: 1 second to 7 days is what S3 accepts");
    insta::assert_snapshot!(error(|request| request.query = &[("X-Amz-Expires", "1")]), @r#"the query parameter "X-Amz-Expires" is SigV4's own"#);
    insta::assert_snapshot!(error(|request| request.headers = &[("Content-Type", "a/b")]), @r#"the header "Content-Type" cannot be signed: its name is not a header name in lower case"#);
    insta::assert_snapshot!(error(|request| request.headers = &[("", "")]), @r#"the header "" cannot be signed: its name is not a header name in lower case"#);
    insta::assert_snapshot!(error(|request| request.headers = &[("host", "example.com")]), @r#"the header "host" cannot be signed: the address gives the host"#);
    insta::assert_snapshot!(error(|request| request.headers = &[("a", "1"), ("b", "2"), ("a", "3")]), @r#"the header "a" cannot be signed: it stands twice"#);
    for value in ["a\nb", "a\tb", "a\u{7f}", "Grüße"] {
        let headers = [("content-type", value)];
        let address = example_address();
        let request = PresignRequest { headers: &headers, ..get(&address) };
        insta::allow_duplicates! {
            insta::assert_snapshot!(signer().presign(&request, at(EXAMPLE_TIME)).unwrap_err(), @r#"the header "content-type" cannot be signed: its value has characters other than printable ASCII"#);
        }
    }
}

#[test]
fn the_order_of_headers_does_not_count() {
    let address = example_address();
    let sign = |headers| {
        signer().presign(&PresignRequest { headers, ..get(&address) }, at(EXAMPLE_TIME)).unwrap()
    };
    let sorted = sign(&[("a", "1"), ("content-type", "2"), ("x-amz-b", "3")]);
    assert_eq!(
        sorted.expose(),
        sign(&[("x-amz-b", "3"), ("content-type", "2"), ("a", "1")]).expose()
    );
    assert!(sorted.expose().contains("X-Amz-SignedHeaders=a%3Bcontent-type%3Bhost%3Bx-amz-b&"));
}

#[test]
fn a_signer_shows_no_secret() {
    let token = "FwoGZXIvYXdzEXAMPLETOKEN";
    let signer = Signer::new(
        SigningCredentials { session_token: Some(token.into()), ..credentials() },
        &Region::parse("us-east-1").unwrap(),
    );
    assert!(sign(&signer, EXAMPLE_TIME).ends_with(&format!("&X-Amz-Security-Token={token}")));
    let shown = format!("{signer:?} {:?}", signer.credentials());
    assert!(shown.contains("AKIAIOSFODNN7EXAMPLE"));
    assert!(!shown.contains(token) && !shown.contains("wJalrXUtnFEMI"), "{shown}");
}
