//! Buckets in the host's name: `http://BUCKET.localhost:PORT/KEY` beside `http://localhost:PORT/BUCKET/KEY`.
//! See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html>.

use hyper::header::HOST;
use hyper::http::Extensions;
use hyper::{HeaderMap, Uri};
use percent_encoding::percent_decode_str;
use s3s::S3Result;
use s3s::host::{S3Host, VirtualHost};

use super::connection::Connection;

/// The name whose subdomains are this machine, too (RFC 6761, section 6.3).
const DOMAIN: &str = "localhost";

/// The bucket that a `Host` header names.
pub(super) fn bucket(host: &str) -> Option<&str> {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    name.strip_suffix(DOMAIN)?.strip_suffix('.').filter(|bucket| !bucket.is_empty())
}

/// The bucket and the key that a request names, decoded.
pub(super) fn address(uri: &Uri, headers: &HeaderMap) -> (Option<String>, Option<String>) {
    let path = percent_decode_str(uri.path()).decode_utf8_lossy();
    let path = path.strip_prefix('/').unwrap_or(&path);
    let (bucket, key) = match headers.get(HOST).and_then(|host| host.to_str().ok()).and_then(bucket)
    {
        Some(bucket) => (bucket, path),
        None => path.split_once('/').unwrap_or((path, "")),
    };
    let there = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    (there(bucket), there(key))
}

/// The URL of a path of whatever a request came to.
pub(super) fn url(headers: &HeaderMap, extensions: &Extensions, path: &str) -> String {
    let is_tls =
        extensions.get::<Connection>().is_some_and(|connection| connection.tls_version.is_some());
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or(DOMAIN);
    format!("{}://{host}{path}", if is_tls { "https" } else { "http" })
}

/// The bucket in the host's name, for `s3s`.
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
        for host in
            ["localhost:9444", ".localhost", "127.0.0.1:9444", "bucket.example.com", "notlocalhost"]
        {
            assert_eq!(bucket(host), None, "{host}");
        }
    }
}
