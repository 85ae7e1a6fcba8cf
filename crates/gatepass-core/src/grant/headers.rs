//! The headers that a grant makes a client send.

use std::borrow::Cow;

use crate::contract::{Contract, Encryption, MetadataName, Mode};

/// Every header that a browser's client may send with a grant under this contract, in lower case and sorted: those of grants, and
/// `upload.allowed_headers`. The bucket's CORS rule allows exactly these. `content-length` and `host` are not among them: a browser sends them itself.
#[must_use]
pub fn client_headers(contract: &Contract) -> Vec<Cow<'static, str>> {
    // a client may declare a checksum even where the contract does not require one
    let mut headers: Vec<Cow<'static, str>> =
        vec!["content-type".into(), "x-amz-checksum-sha256".into()];
    if contract.upload.mode == Mode::Strict {
        headers.push("if-none-match".into());
    }
    if contract.upload.sign_encryption_headers {
        headers.push("x-amz-server-side-encryption".into());
        if let Encryption::SseKms { .. } = contract.bucket.encryption {
            headers.push("x-amz-server-side-encryption-aws-kms-key-id".into());
        }
    }
    let extras = &contract.upload.extras;
    headers.extend(extras.metadata.iter().map(MetadataName::header).map(Cow::Owned));
    for (is_allowed, header) in [
        (contract.tag_keys().next().is_some(), "x-amz-tagging"),
        (extras.content_disposition, "content-disposition"),
        (extras.cache_control, "cache-control"),
    ] {
        headers.extend(is_allowed.then_some(Cow::Borrowed(header)));
    }
    if contract.download.is_some() {
        // to go on with a download that was cut off
        headers.push("range".into());
    }
    headers.extend(
        contract.upload.allowed_headers.iter().map(|header| Cow::Owned(header.as_str().to_owned())),
    );
    headers.sort_unstable();
    headers.dedup();
    headers
}
