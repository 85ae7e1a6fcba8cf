//! What the tests of this room begin from.
#![allow(clippy::unwrap_used)]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::contract::{Contract, Overrides};

use super::{BucketAddress, SigningCredentials};

/// 2013-05-24T00:00:00Z, the time of AWS's examples.
pub const EXAMPLE_TIME: u64 = 1_369_353_600;

pub fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

/// The credentials of AWS's examples.
pub fn credentials() -> SigningCredentials {
    SigningCredentials {
        access_key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
        secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into(),
        session_token: None,
        expires_at: None,
    }
}

pub fn example_address() -> BucketAddress {
    BucketAddress {
        scheme: "https",
        host: "examplebucket.s3.amazonaws.com".to_owned(),
        path_prefix: "/".to_owned(),
    }
}

/// A contract with these lines in its tables.
pub fn contract(bucket: &str, upload: &str, endpoint: &str) -> Contract {
    let text = format!(
        r#"
        [bucket]
        {bucket}
        [upload]
        content_types = ["image/*", "text/plain", "application/pdf"]
        max_size = "10 MiB"
        allowed_origins = []
        {upload}
        [[role.trust]]
        principal = "account"
        {endpoint}
        "#
    );
    Contract::parse(&text, "gatepass.toml", &Overrides::default()).unwrap()
}

/// A contract for `acme-uploads` in eu-central-1 with these lines under `[upload]`.
pub fn contract_with(upload: &str) -> Contract {
    contract("name = \"acme-uploads\"\nregion = \"eu-central-1\"", upload, "")
}
