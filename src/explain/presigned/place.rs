//! Which bucket and key a URL is about, and whether it is where the contract's bucket is.

use super::{Finding, SignedUrl};
use gatepass_core::contract::Contract;
use gatepass_core::grant::BucketAddress;

/// Where a URL goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// The bucket, where it can be told.
    pub(super) bucket: Option<String>,
    /// The key, decoded; empty for the bucket itself.
    pub(super) key: String,
}

impl Place {
    /// Finds out, and what is wrong with it.
    pub(super) fn of(url: &SignedUrl, contract: &Contract, findings: &mut Vec<Finding>) -> Self {
        let own = contract.bucket.name.as_str();
        let address = BucketAddress::of(contract);
        let path = url.decoded_path();
        let within =
            |bucket: &str, key: &str| Self { bucket: Some(bucket.to_owned()), key: key.to_owned() };
        if url.host == address.host.to_ascii_lowercase() && path.starts_with(&address.path_prefix) {
            if url.scheme != address.scheme {
                findings.push(Finding::note(
                    "other_scheme",
                    format!(
                        "the URL is {}, and the contract's bucket is reached by {}",
                        url.scheme, address.scheme
                    ),
                    "use the URL as it was given",
                ));
            }
            return within(own, &path[address.path_prefix.len()..]);
        }
        let service = Service::of(&url.host, contract);
        let (bucket, key) = match &service {
            Some(Service { bucket: Some(bucket), .. }) => {
                (bucket.clone(), path.trim_start_matches('/').to_owned())
            }
            Some(Service { bucket: None, .. }) => {
                let (bucket, key) = path
                    .trim_start_matches('/')
                    .split_once('/')
                    .unwrap_or((path.trim_start_matches('/'), ""));
                (bucket.to_owned(), key.to_owned())
            }
            None => {
                findings.push(Finding::refused(
                    "wrong_host",
                    format!("the URL goes to {}, and the contract's bucket is at {}", url.host, address.host),
                    "the host is signed, so a URL works only with the host that it was signed for: set endpoint.public_url to the host that browsers use, and ask for a new grant",
                ));
                return Self { bucket: None, key: path.trim_start_matches('/').to_owned() };
            }
        };
        if bucket != own {
            let way_out = "use the contract that the URL was made under (--config), or ask for a grant under this one";
            findings.push(Finding::refused(
                "wrong_bucket",
                format!("the URL is for the bucket {bucket}, and the contract's is {own}"),
                way_out,
            ));
        }
        match service.and_then(|service| service.region) {
            Some(region) if region.as_deref() != Some(contract.bucket.region.as_str()) => findings.push(match region {
                Some(region) => Finding::refused(
                    "wrong_region",
                    format!("the URL goes to S3 in {region}, and the contract's bucket is in {}", contract.bucket.region),
                    "ask for a grant with the bucket's region in the contract",
                ),
                None => Finding::note(
                    "global_host",
                    "the URL goes to the host without a region, which answers 307 for a bucket outside of us-east-1, and a browser's preflight fails of it",
                    format!("let the signer use {}", address.host),
                ),
            }),
            _ => {}
        }
        within(&bucket, &key)
    }

    /// Whether it is the contract's bucket.
    pub(super) fn is_own(&self, contract: &Contract) -> bool {
        self.bucket.as_deref() == Some(contract.bucket.name.as_str())
    }
}

/// An S3 that a host name is of.
struct Service {
    /// The bucket, where it stands in the host's name.
    bucket: Option<String>,
    /// The region, where the host is AWS's: none inside if it names none.
    region: Option<Option<String>>,
}

impl Service {
    fn of(host: &str, contract: &Contract) -> Option<Self> {
        let endpoint = contract
            .endpoint
            .iter()
            .flat_map(|endpoint| [Some(&endpoint.url), endpoint.public_url.as_ref()])
            .flatten();
        for authority in endpoint.map(gatepass_core::contract::EndpointUrl::authority) {
            if let Some(bucket) = in_front_of(host, authority) {
                return Some(Self { bucket, region: None });
            }
        }
        let name = ["amazonaws.com.cn", "amazonaws.com"]
            .iter()
            .find_map(|suffix| host.strip_suffix(suffix)?.strip_suffix('.'))?;
        // bucket.s3.region, bucket.s3, s3.region, s3, and the older s3-region; with dualstack between
        let labels: Vec<&str> = name.split('.').collect();
        let place = labels.iter().rposition(|label| *label == "s3" || label.starts_with("s3-"))?;
        let bucket = (place > 0).then(|| labels[..place].join("."));
        let region = labels[place + 1..]
            .iter()
            .find(|label| **label != "dualstack")
            .copied()
            .or_else(|| labels[place].strip_prefix("s3-"));
        Some(Self { bucket, region: Some(region.map(str::to_owned)) })
    }
}

/// What stands before `authority` in a host: none inside for the same host, and none for another.
#[expect(clippy::option_option, reason = "the same host and another are different answers")]
fn in_front_of(host: &str, authority: &str) -> Option<Option<String>> {
    let before = host.strip_suffix(&authority.to_ascii_lowercase())?;
    match before.strip_suffix('.') {
        Some(bucket) if !bucket.is_empty() => Some(Some(bucket.to_owned())),
        None if before.is_empty() => Some(None),
        _ => None,
    }
}
