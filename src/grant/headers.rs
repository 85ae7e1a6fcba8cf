//! The headers that a grant makes a client send.

use crate::contract::{Contract, Encryption, Mode};

/// Every header that a grant under this contract can ask a browser's client to send, in lower case and sorted. The
/// bucket's CORS rule allows exactly these. `content-length` and `host` are not among them: a browser sends them itself.
#[must_use]
pub fn client_headers(contract: &Contract) -> Vec<&'static str> {
    // a client may declare a checksum even where the contract does not require one
    let mut headers = vec!["content-type", "x-amz-checksum-sha256"];
    if contract.upload.mode == Mode::Strict {
        headers.push("if-none-match");
    }
    if contract.upload.sign_encryption_headers {
        headers.push("x-amz-server-side-encryption");
        if let Encryption::SseKms { .. } = contract.bucket.encryption {
            headers.push("x-amz-server-side-encryption-aws-kms-key-id");
        }
    }
    headers.sort_unstable();
    headers
}
