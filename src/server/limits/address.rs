//! Whose address a request comes from.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::http::{HeaderMap, HeaderName};

use gatepass_core::contract::{ForwardedBy, TrustedProxies};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// What counts as one address: an IPv4 address, or the 64-bit prefix of an IPv6 address, of which one client has all the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::server) struct Network(Ipv6Addr);

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self(address.to_ipv6_mapped()),
            IpAddr::V6(address) => Self(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        }
    }
}

/// The address of whoever asks: the peer's, unless that is a trusted proxy. Then it is the last one in the contract's header that is no
/// trusted proxy itself. What stands before it is whatever the client likes.
pub(in crate::server) fn client(
    peer: SocketAddr,
    headers: &HeaderMap,
    proxies: &TrustedProxies,
) -> IpAddr {
    let mut client = peer.ip().to_canonical();
    if !proxies.trust(client) {
        return client;
    }
    let (name, read): (_, fn(&str) -> Option<IpAddr>) = match proxies.header {
        ForwardedBy::XForwardedFor => (X_FORWARDED_FOR, address),
        ForwardedBy::Forwarded => (axum::http::header::FORWARDED, forwarded_for),
    };
    let lines: Vec<_> = headers.get_all(name).iter().collect();
    for line in lines.into_iter().rev() {
        let Ok(line) = line.to_str() else { return client };
        for hop in line.rsplit(',') {
            // who cannot be told is behind the last one that could be
            let Some(hop) = read(hop.trim()) else { return client };
            client = hop;
            if !proxies.trust(client) {
                return client;
            }
        }
    }
    client
}

/// An address, with or without a port; an IPv6 address in brackets or not.
fn address(text: &str) -> Option<IpAddr> {
    let bracketed = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    let address = bracketed
        .unwrap_or(text)
        .parse()
        .ok()
        .or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()));
    address.map(|address| address.to_canonical())
}

/// The `for` of one element of `Forwarded` (RFC 7239). A quoted comma is in none of the values that are looked at.
fn forwarded_for(element: &str) -> Option<IpAddr> {
    let pair = element.split(';').find_map(|pair| {
        pair.trim().split_once('=').filter(|(name, _)| name.trim().eq_ignore_ascii_case("for"))
    });
    address(pair?.1.trim().trim_matches('"'))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn proxies(header: ForwardedBy) -> TrustedProxies {
        let networks = ["10.0.0.0/8", "192.0.2.1/32", "2001:db8:1::/48"]
            .map(|network| network.parse().unwrap());
        TrustedProxies { networks: networks.to_vec(), header }
    }

    fn told(peer: &str, name: &'static str, lines: &[&str], header: ForwardedBy) -> String {
        let headers = lines
            .iter()
            .map(|line| (HeaderName::from_static(name), HeaderValue::from_str(line).unwrap()))
            .collect();
        client(format!("{peer}:1234").parse().unwrap(), &headers, &proxies(header)).to_string()
    }

    #[test]
    fn the_last_hop_that_is_not_trusted_is_the_client() {
        let told =
            |peer, lines: &[&str]| told(peer, "x-forwarded-for", lines, ForwardedBy::XForwardedFor);
        // nobody believes a stranger
        assert_eq!(told("203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
        assert_eq!(told("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(told("10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(told("10.0.0.1", &["1.1.1.1, 198.51.100.1, 10.2.3.4"]), "198.51.100.1");
        assert_eq!(
            told("10.0.0.1", &["1.1.1.1", "198.51.100.1", "10.2.3.4,192.0.2.1"]),
            "198.51.100.1"
        );
        assert_eq!(told("10.0.0.1", &["10.9.9.9, 10.2.3.4"]), "10.9.9.9");
        assert_eq!(told("10.0.0.1", &["198.51.100.1, unknown"]), "10.0.0.1");
        assert_eq!(told("10.0.0.1", &["198.51.100.1, , 10.2.3.4"]), "10.2.3.4");
        assert_eq!(told("10.0.0.1", &["198.51.100.1:4711"]), "198.51.100.1");
        assert_eq!(told("10.0.0.1", &["[2001:db8:2::1]:4711"]), "2001:db8:2::1");
        assert_eq!(told("10.0.0.1", &["2001:db8:2::1"]), "2001:db8:2::1");
        assert_eq!(told("[2001:db8:1::5]", &["::ffff:198.51.100.1"]), "198.51.100.1");
        assert_eq!(told("[::ffff:10.0.0.1]", &["198.51.100.1"]), "198.51.100.1");
    }

    #[test]
    fn only_the_header_that_the_proxies_write_is_read() {
        let told = |lines: &[&str]| told("10.0.0.1", "forwarded", lines, ForwardedBy::Forwarded);
        assert_eq!(told(&["for=198.51.100.1;proto=https"]), "198.51.100.1");
        assert_eq!(
            told(&["for=1.1.1.1, proto=https; For=\"[2001:db8:2::1]:80\" , for=10.1.1.1"]),
            "2001:db8:2::1"
        );
        assert_eq!(told(&["for=198.51.100.1, for=_hidden"]), "10.0.0.1");
        assert_eq!(told(&["by=10.1.1.1"]), "10.0.0.1");
        assert_eq!(
            super::tests::told(
                "10.0.0.1",
                "forwarded",
                &["for=198.51.100.1"],
                ForwardedBy::XForwardedFor
            ),
            "10.0.0.1"
        );
        assert_eq!(
            super::tests::told(
                "10.0.0.1",
                "x-forwarded-for",
                &["198.51.100.1"],
                ForwardedBy::Forwarded
            ),
            "10.0.0.1"
        );
    }

    #[test]
    fn one_client_has_a_whole_prefix_of_ipv6() {
        let network = |text: &str| Network::from(text.parse::<IpAddr>().unwrap());
        assert_eq!(network("2001:db8::1"), network("2001:db8::ffff:0:0:1"));
        assert_ne!(network("2001:db8::1"), network("2001:db8:0:1::1"));
        assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"));
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
    }
}
