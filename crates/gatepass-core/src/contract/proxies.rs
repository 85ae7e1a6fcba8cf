//! Which proxies are believed about the addresses of clients.

use std::net::IpAddr;

use ipnet::IpNet;

use iam_policy::Invalid;

/// `trusted_proxies` and `forwarded_by`: who may say whose request it is that they pass on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies {
    /// The proxies' networks.
    pub networks: Vec<IpNet>,
    /// The header that they write. The other one is whatever a client likes, and is not read.
    pub header: ForwardedBy,
}

/// A header in which a proxy names the address that it got a request from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ForwardedBy {
    /// `X-Forwarded-For`
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239)
    Forwarded,
}

impl ForwardedBy {
    /// Both of them, by name.
    pub const NAMES: [(&'static str, Self); 2] =
        [("X-Forwarded-For", Self::XForwardedFor), ("Forwarded", Self::Forwarded)];
}

impl TrustedProxies {
    /// Whether a proxy at this address is believed.
    #[must_use]
    pub fn trust(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(&address))
    }
}

/// A network in CIDR notation, or one address.
pub(super) fn network(text: &str) -> Result<IpNet, Invalid> {
    let wrong = || {
        Invalid::new("is not a network")
            .hint("write e.g. \"10.0.0.0/8\", \"2001:db8::/32\" or \"192.0.2.1\"")
    };
    let network =
        text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)).map_err(|_| wrong())?;
    if network.prefix_len() == 0 {
        return Err(Invalid::new("is everybody: anybody could claim any address")
            .hint("name your proxies' networks"));
    }
    if network.addr() != network.network() {
        return Err(Invalid::new("has bits behind its prefix")
            .hint(format!("write \"{}\"", network.trunc())));
    }
    Ok(network)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;
    use iam_policy::test_support::verdicts;

    #[test]
    fn networks() {
        let texts = [
            "10.0.0.0/8",
            "192.0.2.1",
            "2001:db8::/32",
            "::1",
            "0.0.0.0/0",
            "::/0",
            "10.0.0.1/8",
            "10.0.0.0/33",
            "localhost",
            "",
        ];
        insta::assert_snapshot!(verdicts(network, &texts), @r#"
        "10.0.0.0/8" → 10.0.0.0/8
        "192.0.2.1" → 192.0.2.1/32
        "2001:db8::/32" → 2001:db8::/32
        "::1" → ::1/128
        "0.0.0.0/0" ✗ is everybody: anybody could claim any address; hint: name your proxies' networks
        "::/0" ✗ is everybody: anybody could claim any address; hint: name your proxies' networks
        "10.0.0.1/8" ✗ has bits behind its prefix; hint: write "10.0.0.0/8"
        "10.0.0.0/33" ✗ is not a network; hint: write e.g. "10.0.0.0/8", "2001:db8::/32" or "192.0.2.1"
        "localhost" ✗ is not a network; hint: write e.g. "10.0.0.0/8", "2001:db8::/32" or "192.0.2.1"
        "" ✗ is not a network; hint: write e.g. "10.0.0.0/8", "2001:db8::/32" or "192.0.2.1"
        "#);
    }
}
