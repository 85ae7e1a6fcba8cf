//! Where a bucket is reached.

use crate::contract::{Contract, EndpointUrl};
use iam_policy::Region;

use super::encode::push_key;

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
    /// The address that grants name: the contract's `public_url` before its endpoint before AWS's own. It is the one
    /// that the AWS SDK would use for the same settings.
    #[must_use]
    pub fn of(contract: &Contract) -> Self {
        let bucket = contract.bucket.name.as_str();
        match &contract.endpoint {
            None => Self::on_aws(bucket, &contract.bucket.region),
            Some(endpoint) => {
                let url = endpoint.public_url.as_ref().unwrap_or(&endpoint.url);
                Self::on_endpoint(bucket, url, endpoint.path_style)
            }
        }
    }

    /// Where the bucket itself is reached, without any right to it.
    #[must_use]
    pub fn bucket_url(&self) -> String {
        let Self { scheme, host, path_prefix } = self;
        // path style: the bucket's own path has no slash at its end
        let path = if path_prefix == "/" { path_prefix } else { path_prefix.trim_end_matches('/') };
        format!("{scheme}://{host}{path}")
    }

    /// The object's URL, without any right to it.
    #[must_use]
    pub fn object_url(&self, key: &str) -> String {
        let mut url = format!("{}://{}{}", self.scheme, self.host, self.path_prefix);
        push_key(&mut url, key);
        url
    }

    /// The regional host, in `us-east-1` too: the host without a region answers preflights with 307, which browsers
    /// take for a refusal.
    fn on_aws(bucket: &str, region: &Region) -> Self {
        let service = format!("s3.{region}.{}", region.partition().dns_suffix());
        if is_one_label(bucket) {
            Self::virtual_host("https", &service, bucket)
        } else {
            Self::path_style("https", &service, bucket)
        }
    }

    fn on_endpoint(bucket: &str, url: &EndpointUrl, path_style: bool) -> Self {
        let (scheme, fits) = if url.is_tls() {
            ("https", is_one_label(bucket))
        } else {
            ("http", is_subdomain(bucket))
        };
        if path_style || !fits {
            Self::path_style(scheme, url.authority(), bucket)
        } else {
            Self::virtual_host(scheme, url.authority(), bucket)
        }
    }

    fn path_style(scheme: &'static str, authority: &str, bucket: &str) -> Self {
        Self { scheme, host: authority.to_owned(), path_prefix: format!("/{bucket}/") }
    }

    fn virtual_host(scheme: &'static str, authority: &str, bucket: &str) -> Self {
        Self { scheme, host: format!("{bucket}.{authority}"), path_prefix: "/".to_owned() }
    }
}

/// A wildcard certificate covers one label before the service's host.
fn is_one_label(bucket: &str) -> bool {
    !bucket.contains('.')
}

/// Where there is no certificate, the AWS SDKs take names with dots too, if each label alone could be a bucket's name.
fn is_subdomain(bucket: &str) -> bool {
    bucket
        .split('.')
        .all(|label| label.len() >= 3 && !label.starts_with('-') && !label.ends_with('-'))
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::contract;
    use super::*;

    fn address(bucket: &str, region: &str, endpoint: &str) -> String {
        let contract =
            contract(&format!("name = \"{bucket}\"\nregion = \"{region}\""), "", endpoint);
        let BucketAddress { scheme, host, path_prefix } = BucketAddress::of(&contract);
        format!("{scheme}://{host}{path_prefix}")
    }

    #[test]
    fn on_aws() {
        let addresses = ["us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1"]
            .map(|region| address("acme", region, ""));
        insta::assert_snapshot!(addresses.join("\n"), @r#"
        https://acme.s3.us-east-1.amazonaws.com/
        https://acme.s3.eu-central-1.amazonaws.com/
        https://acme.s3.cn-north-1.amazonaws.com.cn/
        https://acme.s3.us-gov-west-1.amazonaws.com/
        "#);
        insta::assert_snapshot!(address("acme.uploads", "eu-central-1", ""), @"https://s3.eu-central-1.amazonaws.com/acme.uploads/");
    }

    #[test]
    fn on_another_endpoint() {
        let on = |bucket, endpoint: &str| {
            address(bucket, "eu-central-1", &format!("[endpoint]\n{endpoint}"))
        };
        let addresses = [
            on("acme", "url = \"http://localhost:4566\""),
            on("acme", "url = \"http://[::1]:4566\""),
            on("acme", "url = \"https://s3.example.com\"\npath_style = false"),
            on("acme.uploads", "url = \"https://s3.example.com\"\npath_style = false"),
            on("acme.uploads", "url = \"http://s3.example.com\"\npath_style = false"),
            on("acme.x", "url = \"http://s3.example.com\"\npath_style = false"),
            on(
                "acme",
                "url = \"http://s3.internal:9000\"\npublic_url = \"https://s3.example.com:8443\"",
            ),
        ];
        insta::assert_snapshot!(addresses.join("\n"), @r#"
        http://localhost:4566/acme/
        http://[::1]:4566/acme/
        https://acme.s3.example.com/
        https://s3.example.com/acme.uploads/
        http://acme.uploads.s3.example.com/
        http://s3.example.com/acme.x/
        https://s3.example.com:8443/acme/
        "#);
    }
}
