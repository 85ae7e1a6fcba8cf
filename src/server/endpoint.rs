//! What every request shares.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use axum::http::{HeaderMap, HeaderValue};

use gatepass_core::contract::{Contract, Dialect, Upload};
use gatepass_core::grant::{BucketAddress, GrantMaker, PresignedUrl, SigningCredentials};
use iam_policy::BucketName;

use super::audit::Audit;
use super::auth::Authenticator;
use super::caller::Caller;
use super::file::File;
use super::hosts::Hosts;
use super::learned::Learned;
use super::limits::{self, Limits};
use super::listener::GrantObserver;
use super::objects::Continuation;
use super::page::Page;
use super::rejected_origins::RejectedOrigins;
use super::request_id::RequestId;

/// The contract as the endpoint needs it, and the signer of the hour.
pub(super) struct Endpoint {
    contract: Contract,
    address: BucketAddress,
    signing: ArcSwap<Signing>,
    equipment: Equipment,
    documents: Documents,
}

/// What is rendered once for the contract, when it is first asked for.
#[derive(Default)]
pub(super) struct Documents {
    /// `GET /openapi.json`
    pub(super) openapi: OnceLock<File>,
    /// `GET /api/contract`
    pub(super) contract: OnceLock<File>,
}

/// What an endpoint has beside its contract.
#[derive(Default)]
pub(super) struct Equipment {
    pub(super) page: Option<Page>,
    pub(super) continuation: Option<Continuation>,
    pub(super) authenticator: Option<Authenticator>,
    pub(super) limits: Limits,
    pub(super) audit: Option<Arc<Audit>>,
    /// The hosts that a request may name; none where it may name any.
    pub(super) hosts: Option<Hosts>,
    pub(super) rejected_origins: RejectedOrigins,
    pub(super) observer: Option<Arc<dyn GrantObserver>>,
}

/// A [`GrantMaker`] with the end of its credentials. Replaced as a whole.
struct Signing {
    maker: GrantMaker,
    expires_at: Option<SystemTime>,
    loaded_at: SystemTime,
}

impl Signing {
    fn new(contract: &Contract, credentials: SigningCredentials) -> Self {
        let expires_at = credentials.expires_at;
        Self {
            maker: GrantMaker::new(contract, credentials),
            expires_at,
            loaded_at: SystemTime::now(),
        }
    }
}

impl Endpoint {
    pub(super) fn new(
        contract: Contract,
        credentials: SigningCredentials,
        equipment: Equipment,
    ) -> Self {
        let signing = ArcSwap::from_pointee(Signing::new(&contract, credentials));
        Self {
            address: BucketAddress::of(&contract),
            contract,
            signing,
            equipment,
            documents: Documents::default(),
        }
    }

    /// From now on these credentials sign.
    pub(super) fn sign_with(&self, credentials: SigningCredentials) {
        self.signing.store(Signing::new(&self.contract, credentials).into());
    }

    /// Who may ask; none where the contract asks nobody who they are.
    pub(super) fn authenticator(&self) -> Option<&Authenticator> {
        self.equipment.authenticator.as_ref()
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.equipment.limits
    }

    /// What is learned of a request beside its answer, where the contract asks for more than the request itself.
    pub(super) fn learns(
        &self,
        peer: SocketAddr,
        headers: &HeaderMap,
        id: &RequestId,
    ) -> Option<Arc<Learned>> {
        let proxies = &self.contract.serve.trusted_proxies;
        let is_wanted = self.equipment.authenticator.is_some()
            || self.equipment.audit.is_some()
            || self.limits().per_address.is_some()
            || !proxies.networks.is_empty();
        is_wanted
            .then(|| Arc::new(Learned::new(limits::client(peer, headers, proxies), id.clone())))
    }

    /// Calls `with` with the signer of the hour. It takes a [`Caller`], and so nothing is signed for somebody who was not asked
    /// who they are.
    pub(super) fn with_maker<T>(&self, _: &Caller, with: impl FnOnce(&GrantMaker) -> T) -> T {
        with(&self.signing.load().maker)
    }

    pub(super) fn credentials_expire_at(&self) -> Option<SystemTime> {
        self.signing.load().expires_at
    }

    /// When the credentials that sign were taken into use.
    pub(super) fn credentials_loaded_at(&self) -> SystemTime {
        self.signing.load().loaded_at
    }

    /// Shows a PUT that was signed to whatever observes them.
    pub(super) fn observe<N: AsRef<str>>(&self, url: &PresignedUrl, headers: &[(N, String)]) {
        if let Some(observer) = &self.equipment.observer {
            let headers: Vec<(&str, &str)> =
                headers.iter().map(|(name, value)| (name.as_ref(), value.as_str())).collect();
            observer.signed(url, &headers);
        }
    }

    pub(super) fn audit(&self) -> Option<&Arc<Audit>> {
        self.equipment.audit.as_ref()
    }

    pub(super) fn contract(&self) -> &Contract {
        &self.contract
    }

    pub(super) fn bucket(&self) -> &BucketName {
        &self.contract.bucket.name
    }

    pub(super) fn dialects(&self) -> &[Dialect] {
        &self.contract.serve.dialects
    }

    pub(super) fn upload(&self) -> &Upload {
        &self.contract.upload
    }

    pub(super) fn address(&self) -> &BucketAddress {
        &self.address
    }

    /// What uploads are gone on with, where the contract has some that are.
    pub(super) fn continuation(&self) -> Option<&Continuation> {
        self.equipment.continuation.as_ref()
    }

    /// Whether pages of this origin may ask for grants.
    ///
    /// The endpoint's own page is no exception: the bucket's CORS rule allows no other origins either.
    pub(super) fn allows_origin(&self, origin: &HeaderValue) -> bool {
        origin.to_str().is_ok_and(|origin| self.contract.upload.allowed_origins.allows(origin))
    }

    /// Whether a preflight's answer lets pages of this origin read what they are answered. Another origin is reported.
    pub(super) fn admits_origin(&self, origin: &HeaderValue) -> bool {
        let is_allowed = self.allows_origin(origin);
        if !is_allowed {
            self.equipment.rejected_origins.report(origin);
        }
        is_allowed
    }

    /// The hosts that a request may name; none where it may name any.
    pub(super) fn hosts(&self) -> Option<&Hosts> {
        self.equipment.hosts.as_ref()
    }

    pub(super) fn documents(&self) -> &Documents {
        &self.documents
    }

    pub(super) fn page(&self) -> Option<&Page> {
        self.equipment.page.as_ref()
    }

    /// In bytes.
    pub(super) fn max_body(&self) -> usize {
        usize::try_from(self.contract.serve.max_body).unwrap_or(usize::MAX)
    }

    pub(super) fn request_timeout(&self) -> Duration {
        self.contract.serve.request_timeout
    }
}
