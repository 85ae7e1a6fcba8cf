//! Where a bucket is reached.

use crate::contract::Contract;

/// Scheme, host and path prefix of a bucket's URLs: virtual-host style (`https://bucket.s3.region.amazonaws.com`) or
/// path style (`http://localhost:4566/bucket`).
/// See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketAddress {
    /// `https` or `http`
    pub scheme: &'static str,
    /// The `Host` header: host, and the port where it is not the scheme's own.
    pub host: String,
    /// What stands before the key in the path: `/` or `/bucket/`.
    pub path_prefix: String,
}

impl BucketAddress {
    /// The address that grants name: the contract's `public_url` before its endpoint before AWS's own. A bucket name
    /// with dots is addressed path style, as the AWS SDKs do it, for TLS certificates cover one label.
    #[must_use]
    pub fn of(_contract: &Contract) -> Self {
        todo!()
    }
}
