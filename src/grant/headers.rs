//! The headers that a grant makes a client send.

use crate::contract::Contract;

/// Every header that a grant under this contract can ask a browser's client to send, in lower case and sorted. The
/// bucket's CORS rule allows exactly these. `content-length` and `host` are not among them: a browser sends them itself.
#[must_use]
pub fn client_headers(_contract: &Contract) -> Vec<&'static str> {
    todo!()
}
