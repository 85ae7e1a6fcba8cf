//! Whoever asks for something, once it is known that they may.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};

use gatepass_core::contract::Download;
use gatepass_core::grant::{
    CheckedDownload, CheckedForm, CheckedUpload, DownloadRequest, UploadRequest, Way,
};

use super::auth::Identity;
use super::endpoint::Endpoint;
use super::error::ApiError;
use super::learned::Learned;
use super::limits::Reserved;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// An upload that may be granted. Its bytes count as outstanding already; whoever does not give the grant after all gives them back.
#[derive(Debug)]
pub(super) struct Checked<T> {
    pub(super) upload: T,
    /// Nothing where nothing is counted.
    pub(super) reserved: Option<Reserved>,
}

impl<T> Checked<T> {
    /// The grant is not given.
    pub(super) fn give_back(&self) {
        if let Some(reserved) = &self.reserved {
            reserved.give_back();
        }
    }
}

/// Whoever asks. Every route under `/api` takes one: to have one is to have been let in.
///
/// Without `[auth]` in the contract it is anybody, and costs nothing.
#[derive(Debug)]
pub(super) struct Caller {
    identity: Option<Arc<Identity>>,
    learned: Option<Arc<Learned>>,
}

impl FromRequestParts<Arc<Endpoint>> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut Parts,
        endpoint: &Arc<Endpoint>,
    ) -> Result<Self, ApiError> {
        let learned = admit(endpoint, parts)?;
        let Some(authenticator) = endpoint.authenticator() else {
            return Ok(Self { identity: None, learned: learned.cloned() });
        };
        let identity = authenticator.authenticate(&parts.headers).await?;
        recognize(endpoint, learned, &identity)?;
        Ok(Self { identity: Some(identity), learned: learned.cloned() })
    }
}

/// Refuses what is refused whoever asks, before anything else is looked at.
pub(super) fn admit<'p>(
    endpoint: &Endpoint,
    parts: &'p Parts,
) -> Result<Option<&'p Arc<Learned>>, ApiError> {
    refuse_foreign_origin(endpoint, &parts.headers)?;
    Ok(parts.extensions.get::<Arc<Learned>>())
}

/// Notes who asks, and refuses them where they ask too often.
pub(super) fn recognize(
    endpoint: &Endpoint,
    learned: Option<&Arc<Learned>>,
    identity: &Arc<Identity>,
) -> Result<(), ApiError> {
    if let Some(learned) = learned {
        learned.is_from(Arc::clone(identity));
    }
    match &endpoint.limits().per_subject {
        Some(limit) => limit.check(identity.subject(), "subject"),
        None => Ok(()),
    }
}

impl Caller {
    /// Who asks, where that is known.
    pub(super) fn subject(&self) -> Option<&str> {
        self.identity.as_ref().map(|identity| identity.subject().as_str())
    }

    /// What is learned of the request, for the audit.
    pub(super) fn learned(&self) -> Option<&Arc<Learned>> {
        self.learned.as_ref()
    }

    /// Checks a request against the contract and against what the token permits of it, and notes who asks. What is asked for counts as
    /// outstanding from then on.
    pub(super) fn check(
        &self,
        request: UploadRequest,
        way: Way,
        endpoint: &Endpoint,
    ) -> Result<Checked<CheckedUpload>, ApiError> {
        let contract = endpoint.upload();
        let upload = request.check_for(way, contract)?;
        let Some(identity) = &self.identity else { return Ok(Checked { upload, reserved: None }) };
        identity.narrowing().check(&upload.content_type, upload.size)?;
        let lifetime_seconds = match way {
            Way::Put | Way::Form => contract.expires_in.seconds(),
            Way::Multipart | Way::FreeParts => contract.ticket_expires_in.seconds(),
        };
        let reserved =
            reserve(endpoint, identity, upload.size.unwrap_or_default(), lifetime_seconds)?;
        Ok(Checked { upload: upload.of(Some(Arc::clone(identity.subject()))), reserved })
    }

    /// The same for a form. One whose size is not known counts with the most that it takes.
    pub(super) fn check_form(
        &self,
        request: UploadRequest,
        endpoint: &Endpoint,
    ) -> Result<Checked<CheckedForm>, ApiError> {
        let contract = endpoint.upload();
        let form = request.check_form(contract)?;
        let Some(identity) = &self.identity else {
            return Ok(Checked { upload: form, reserved: None });
        };
        let max_size = identity.narrowing().check_form(&form)?;
        let reserved = reserve(
            endpoint,
            identity,
            form.upload.size.unwrap_or(max_size),
            contract.expires_in.seconds(),
        )?;
        let form = CheckedForm {
            upload: form.upload.of(Some(Arc::clone(identity.subject()))),
            max_size,
            ..form
        };
        Ok(Checked { upload: form, reserved })
    }

    /// Checks a request for a download, which is one of the caller's own where keys name who asks. Nothing is outstanding for it.
    pub(super) fn check_download(
        &self,
        request: DownloadRequest,
        download: &Download,
        endpoint: &Endpoint,
    ) -> Result<CheckedDownload, ApiError> {
        let subject = self.identity.as_ref().map(|identity| identity.subject().as_ref());
        Ok(request.check(download, endpoint.upload(), subject)?)
    }
}

/// Counts what is asked for as outstanding, where the contract has it counted.
fn reserve(
    endpoint: &Endpoint,
    identity: &Identity,
    bytes: u64,
    lifetime_seconds: u32,
) -> Result<Option<Reserved>, ApiError> {
    let Some(outstanding) = &endpoint.limits().outstanding else { return Ok(None) };
    outstanding.reserve(identity.subject(), bytes, lifetime_seconds, Instant::now()).map(Some)
}

/// A page of another site can make a browser send a request even where CORS keeps the answer from it. One that is no request of CORS, such
/// as that of an image, has no `Origin`: browsers mark it by `Sec-Fetch-Site` (<https://www.w3.org/TR/fetch-metadata/>).
pub(super) fn refuse_foreign_origin(
    endpoint: &Endpoint,
    headers: &HeaderMap,
) -> Result<(), ApiError> {
    match headers.get(header::ORIGIN) {
        Some(origin) if !endpoint.allows_origin(origin) => Err(ApiError::new(
            StatusCode::FORBIDDEN,
            "origin_not_allowed",
            format!(
                "pages of {:?} may not upload here",
                origin.to_str().unwrap_or("an unreadable origin")
            ),
        )
        .hint("the contract's upload.allowed_origins names the origins that may")),
        None if headers
            .get_all(SEC_FETCH_SITE)
            .iter()
            .any(|site| site == "cross-site" || site == "same-site") =>
        {
            let message = "a page of another origin caused this request without naming its origin";
            Err(ApiError::new(StatusCode::FORBIDDEN, "origin_not_allowed", message)
                .hint("send the request by fetch() in CORS mode, from an origin in upload.allowed_origins"))
        }
        _ => Ok(()),
    }
}
