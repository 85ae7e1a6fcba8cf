//! How a request arrived. The listener puts it into the extensions of every request.

use std::net::IpAddr;

use tokio_rustls::rustls::ProtocolVersion;

/// How a request arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Connection {
    /// Who sent it.
    pub(crate) peer: IpAddr,
    /// As `s3:TlsVersion` has it: `1.2` or `1.3`; None for plain HTTP.
    pub(crate) tls_version: Option<&'static str>,
}

/// A version in the words of `s3:TlsVersion`. None for what is not spoken here.
pub(crate) fn tls_version(version: ProtocolVersion) -> Option<&'static str> {
    match version {
        ProtocolVersion::TLSv1_2 => Some("1.2"),
        ProtocolVersion::TLSv1_3 => Some("1.3"),
        _ => None,
    }
}
