#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::*;

/// 2013-05-24T00:00:00Z
const EXAMPLE_TIME: u64 = 1_369_353_600;

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

/// AWS's example credentials.
fn credentials() -> SigningCredentials {
    SigningCredentials {
        access_key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
        secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into(),
        session_token: None,
        expires_at: None,
    }
}

fn address() -> BucketAddress {
    BucketAddress { scheme: "https", host: "examplebucket.s3.amazonaws.com".to_owned(), path_prefix: "/".to_owned() }
}

fn signer() -> Signer {
    Signer::new(credentials(), &Region::parse("us-east-1").unwrap())
}

fn get(address: &BucketAddress) -> PresignRequest<'_> {
    PresignRequest { method: Method::Get, address, key: "test.txt", query: &[], headers: &[], expires_in: 86400 }
}

/// See <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>.
#[test]
fn the_example_that_aws_publishes() {
    let url = signer().presign(&get(&address()), at(EXAMPLE_TIME)).unwrap();
    insta::assert_snapshot!(url.expose(), @"https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}
