//! Which hosts a request may name where callers are not authenticated and only this machine can connect.
//!
//! A page of any site can point its own host name at a loopback address (DNS rebinding). Its requests are then same-origin to the browser,
//! and only the header `Host` shows that they are not meant for this endpoint.

use std::net::{IpAddr, SocketAddr};

use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use url::Url;

use gatepass_core::contract::Contract;

use super::error::ApiError;

/// The names of this machine, and the host of `serve.url`.
pub(super) struct Hosts {
    of_url: Option<String>,
}

impl Hosts {
    /// The hosts of an endpoint that listens on this address. None where any host may be named: callers are authenticated, or other
    /// machines can connect.
    pub(super) fn of(address: SocketAddr, contract: &Contract) -> Option<Self> {
        let is_guarded = contract.auth.is_none() && address.ip().to_canonical().is_loopback();
        let url = contract.serve.url.as_ref().and_then(|url| Url::parse(url.as_str()).ok());
        is_guarded.then(|| Self { of_url: url.and_then(|url| url.host_str().map(str::to_owned)) })
    }

    /// Rejects a request that names another host, or none.
    pub(super) fn check(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), ApiError> {
        let mut named =
            headers.get_all(header::HOST).iter().map(|host| host.to_str().ok()).peekable();
        let in_target = uri.authority().map(Authority::as_str);
        let is_named = named.peek().is_some() || in_target.is_some();
        if is_named
            && in_target.is_none_or(|host| self.allows(host))
            && named.all(|host| host.is_some_and(|host| self.allows(host)))
        {
            return Ok(());
        }
        let message = "the request names a host that is neither this machine nor that of serve.url";
        Err(ApiError::new(StatusCode::MISDIRECTED_REQUEST, "host_not_allowed", message)
            .hint("set serve.url in the contract to the URL that clients use, or authenticate them under [auth]"))
    }

    fn allows(&self, authority: &str) -> bool {
        let Ok(authority) = authority.parse::<Authority>() else { return false };
        if authority.as_str().contains('@') {
            return false;
        }
        let host = authority.host().to_ascii_lowercase();
        let host = host.strip_suffix('.').unwrap_or(&host);
        let ip = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'))
            .unwrap_or(host)
            .parse::<IpAddr>();
        match ip {
            Ok(ip) if ip.to_canonical().is_loopback() => true,
            _ => {
                host == "localhost"
                    || host.ends_with(".localhost")
                    || self.of_url.as_deref() == Some(host)
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn check(target: &str, hosts: &[&str]) -> bool {
        let hosts_of = Hosts { of_url: Some("uploads.example.com".to_owned()) };
        let headers = hosts
            .iter()
            .map(|host| (header::HOST, HeaderValue::from_bytes(host.as_bytes()).unwrap()))
            .collect();
        hosts_of.check(&target.parse().unwrap(), &headers).is_ok()
    }

    #[test]
    fn names_of_this_machine_and_of_the_url() {
        for host in [
            "localhost",
            "LocalHost:8080",
            "localhost.",
            "app.localhost:1",
            "127.0.0.1",
            "127.9.8.7:80",
            "[::1]",
            "[::1]:8080",
            "[::ffff:127.0.0.1]",
            "uploads.example.com",
            "Uploads.Example.com:8443",
        ] {
            assert!(check("/", &[host]), "{host}");
        }
        for host in [
            "",
            "evil.test",
            "evil.test:8080",
            "localhost.evil.test",
            "evillocalhost",
            "127.0.0.1.evil.test",
            "localhost@evil.test",
            "evil.test@localhost",
            "localhost, evil.test",
            "a.uploads.example.com",
            "192.0.2.1",
            "0.0.0.0",
            "[::]",
            "[2001:db8::1]:80",
            "localhost:80:80",
            "\u{fc}",
        ] {
            assert!(!check("/", &[host]), "{host}");
        }
    }

    #[test]
    fn every_host_that_a_request_names() {
        assert!(!check("/", &[]));
        assert!(!check("/", &["localhost", "evil.test"]));
        assert!(!check("http://evil.test/api", &["localhost"]));
        assert!(!check("http://localhost/api", &["evil.test"]));
        assert!(check("http://localhost/api", &["localhost"]));
        assert!(check("http://localhost/api", &[]));
    }
}
