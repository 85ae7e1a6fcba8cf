//! Asking the endpoint for a grant.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::redirect;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use url::Url;

use super::{Client, UploadError};
use crate::ca_certificates::CaCertificates;

const PATH: &str = "api/upload-url";
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const GRANT_TIMEOUT: Duration = Duration::from_secs(30);

/// The body of a request for a grant.
#[derive(Debug, Serialize)]
pub(super) struct Wanted<'a> {
    pub(super) content_type: &'a str,
    pub(super) size: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) filename: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) checksum_sha256: Option<&'a str>,
}

/// A grant as it was answered. Has no `Debug`, for its URL is a right.
#[derive(Deserialize)]
pub(super) struct Granted {
    pub(super) upload_url: String,
    pub(super) key: String,
    pub(super) method: String,
    pub(super) headers: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Refusal {
    error: RefusalParts,
}

#[derive(Deserialize)]
struct RefusalParts {
    code: String,
    message: String,
    hint: Option<String>,
}

impl Client {
    /// A client of the endpoint at this address, with or without `/api/upload-url`, that believes these authorities
    /// beside the system's. It asks as nobody; see [`Self::with_token`].
    ///
    /// # Errors
    /// The address is no HTTP URL.
    pub fn new(endpoint: &str, ca_certificates: &CaCertificates) -> Result<Self, UploadError> {
        let wrong = |problem: String| UploadError::EndpointUrl { url: endpoint.to_owned(), problem };
        let mut grants = Url::parse(endpoint).map_err(|error| wrong(error.to_string()))?;
        if !matches!(grants.scheme(), "http" | "https") {
            return Err(wrong(format!("its scheme is {:?}", grants.scheme())));
        }
        grants.set_query(None);
        grants.set_fragment(None);
        let path = grants.path().trim_end_matches('/');
        if !path.ends_with(PATH) {
            grants.set_path(&format!("{path}/{PATH}"));
        }
        // a redirect would carry the file or its description to another host than the one that was named
        let http = ca_certificates.http_client().redirect(redirect::Policy::none()).connect_timeout(CONNECT_TIMEOUT).build();
        Ok(Self { http: http.map_err(UploadError::Http)?, grants, token: None })
    }

    /// The same client with an access key or a token that says who asks. Only the endpoint is shown it, never S3.
    #[must_use]
    pub fn with_token(self, token: Option<SecretString>) -> Self {
        Self { token, ..self }
    }

    pub(super) async fn ask(&self, wanted: &Wanted<'_>) -> Result<Granted, UploadError> {
        let url = self.grants.to_string();
        let unreachable = |error: reqwest::Error| UploadError::EndpointUnreachable { url: url.clone(), source: error.without_url() };
        let mut request = self.http.post(self.grants.clone()).timeout(GRANT_TIMEOUT).json(wanted);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token.expose_secret());
        }
        let response = request.send().await.map_err(unreachable)?;
        let status = response.status();
        let body = response.bytes().await.map_err(unreachable)?;
        if status.is_success() {
            return serde_json::from_slice(&body).map_err(|error| UploadError::NotAnEndpoint {
                url: url.clone(),
                status: status.as_u16(),
                problem: error.to_string(),
            });
        }
        match serde_json::from_slice(&body) {
            Ok(Refusal { error: RefusalParts { code, message, hint } }) => {
                Err(UploadError::Refused { status: status.as_u16(), code, message, hint })
            }
            Err(error) => Err(UploadError::NotAnEndpoint { url: url.clone(), status: status.as_u16(), problem: error.to_string() }),
        }
    }
}
