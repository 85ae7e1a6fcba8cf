//! What every request shares.

use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use axum::http::{HeaderMap, HeaderValue, header};
use url::{Host, Url};

use crate::contract::{Contract, Upload};
use crate::grant::{GrantMaker, SigningCredentials};

use super::page::Page;

/// The contract as the endpoint needs it, and the signer of the hour.
pub(super) struct Endpoint {
    contract: Contract,
    signing: ArcSwap<Signing>,
    page: Option<Page>,
}

/// A [`GrantMaker`] with the end of its credentials. Replaced as a whole.
struct Signing {
    maker: GrantMaker,
    expires_at: Option<SystemTime>,
}

impl Signing {
    fn new(contract: &Contract, credentials: SigningCredentials) -> Self {
        let expires_at = credentials.expires_at;
        Self { maker: GrantMaker::new(contract, credentials), expires_at }
    }
}

impl Endpoint {
    pub(super) fn new(contract: Contract, credentials: SigningCredentials, page: Option<Page>) -> Self {
        let signing = ArcSwap::from_pointee(Signing::new(&contract, credentials));
        Self { contract, signing, page }
    }

    /// From now on these credentials sign.
    pub(super) fn sign_with(&self, credentials: SigningCredentials) {
        self.signing.store(Signing::new(&self.contract, credentials).into());
    }

    /// Calls `with` with the signer of the hour.
    pub(super) fn with_maker<T>(&self, with: impl FnOnce(&GrantMaker) -> T) -> T {
        with(&self.signing.load().maker)
    }

    pub(super) fn credentials_expire_at(&self) -> Option<SystemTime> {
        self.signing.load().expires_at
    }

    pub(super) fn upload(&self) -> &Upload {
        &self.contract.upload
    }

    /// Whether pages of this origin may ask for grants.
    pub(super) fn allows_origin(&self, origin: &HeaderValue, headers: &HeaderMap) -> bool {
        let Ok(origin) = origin.to_str() else { return false };
        self.contract.upload.allowed_origins.allows(origin) || self.page.is_some() && is_own_page(origin, headers)
    }

    pub(super) fn page(&self) -> Option<&Page> {
        self.page.as_ref()
    }

    /// In bytes.
    pub(super) fn max_body(&self) -> usize {
        usize::try_from(self.contract.serve.max_body).unwrap_or(usize::MAX)
    }

    pub(super) fn request_timeout(&self) -> Duration {
        self.contract.serve.request_timeout
    }
}

/// Whether the origin is the endpoint's own, under a name that nobody else can point at this machine: an address or
/// `localhost`. Of any other name a foreign page could make one of its own (DNS rebinding).
fn is_own_page(origin: &str, headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(header::HOST).and_then(|host| host.to_str().ok()) else { return false };
    let Ok(url) = Url::parse(origin) else { return false };
    let is_unforgeable = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(_) | Host::Ipv6(_)) => true,
        None => false,
    };
    is_unforgeable && origin.split_once("://").is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host))
}
