//! Buckets in the host's name: `http://BUCKET.localhost:PORT/KEY` beside `http://localhost:PORT/BUCKET/KEY`.
//! See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html>.

use s3s::S3Result;
use s3s::host::{S3Host, VirtualHost};

/// The name whose subdomains are this machine, too (RFC 6761, section 6.3).
const DOMAIN: &str = "localhost";

/// The bucket that a `Host` header names.
pub(super) fn bucket(host: &str) -> Option<&str> {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    name.strip_suffix(DOMAIN)?.strip_suffix('.').filter(|bucket| !bucket.is_empty())
}

/// The same for `s3s`.
pub(super) struct Localhost;

impl S3Host for Localhost {
    fn parse_host_header<'a>(&'a self, host: &'a str) -> S3Result<VirtualHost<'a>> {
        let virtual_host = VirtualHost::new(DOMAIN);
        Ok(match bucket(host) {
            Some(bucket) => virtual_host.with_bucket(bucket),
            None => virtual_host,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::bucket;

    #[test]
    fn a_subdomain_of_localhost_is_a_bucket() {
        assert_eq!(bucket("my.bucket.localhost:9444"), Some("my.bucket"));
        assert_eq!(bucket("bucket.localhost"), Some("bucket"));
        for host in ["localhost:9444", ".localhost", "127.0.0.1:9444", "bucket.example.com", "notlocalhost"] {
            assert_eq!(bucket(host), None, "{host}");
        }
    }
}
