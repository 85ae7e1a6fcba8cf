//! Asking the endpoint for a grant.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::redirect;
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{Client, UploadError};
use crate::ca_certificates::CaCertificates;
use crate::http_body::{self, BodyError};

const PATH: &str = "api/upload-url";
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const GRANT_TIMEOUT: Duration = Duration::from_secs(30);
/// How often what may pass is tried.
const TRIES: u32 = 6;
const FIRST_PAUSE: Duration = Duration::from_millis(500);

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
    /// What the upload is confirmed with, where the contract wants that.
    pub(super) ticket: Option<String>,
}

#[derive(Deserialize)]
struct Confirmed {
    receipt: String,
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
        let wrong =
            |problem: String| UploadError::EndpointUrl { url: endpoint.to_owned(), problem };
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
        let http = ca_certificates
            .http_client()
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .build();
        Ok(Self { http: http.map_err(UploadError::Http)?, grants, token: None })
    }

    /// The same client with an access key or a token that says who asks. Only the endpoint is shown it, never S3.
    #[must_use]
    pub fn with_token(self, token: Option<SecretString>) -> Self {
        Self { token, ..self }
    }

    pub(super) async fn ask(&self, wanted: &Wanted<'_>) -> Result<Granted, UploadError> {
        self.answer(self.grants.clone(), |http, url| http.post(url).json(wanted)).await
    }

    /// Has the endpoint look at what was uploaded; gives its receipt.
    pub(super) async fn confirm(&self, ticket: &str) -> Result<String, UploadError> {
        let question = serde_json::json!({ "ticket": ticket });
        let Confirmed { receipt } = again(|| self.call("confirm", &question)).await?;
        Ok(receipt)
    }

    /// Asks another route of the endpoint something, which stands beside `upload-url`.
    pub(super) async fn call<Q: Serialize, A: DeserializeOwned>(
        &self,
        route: &str,
        question: &Q,
    ) -> Result<A, UploadError> {
        self.answer(self.route(route)?, |http, url| http.post(url).json(question)).await
    }

    /// Looks at what another route says.
    pub(super) async fn look<A: DeserializeOwned>(&self, route: &str) -> Result<A, UploadError> {
        self.answer(self.route(route)?, |http, url| http.get(url)).await
    }

    fn route(&self, route: &str) -> Result<Url, UploadError> {
        self.grants.join(route).map_err(|error| UploadError::EndpointUrl {
            url: self.grants.to_string(),
            problem: error.to_string(),
        })
    }

    /// What is no answer of an endpoint's.
    pub(super) fn malformed(&self, problem: impl Into<String>) -> UploadError {
        UploadError::NotAnEndpoint {
            url: self.grants.to_string(),
            status: 200,
            problem: problem.into(),
        }
    }

    async fn answer<A: DeserializeOwned>(
        &self,
        url: Url,
        request: impl FnOnce(&reqwest::Client, Url) -> reqwest::RequestBuilder,
    ) -> Result<A, UploadError> {
        let asked = url.to_string();
        let unreachable = |error: reqwest::Error| UploadError::EndpointUnreachable {
            url: asked.clone(),
            source: error.without_url(),
        };
        let mut request = request(&self.http, url).timeout(GRANT_TIMEOUT);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token.expose_secret());
        }
        let response = request.send().await.map_err(unreachable)?;
        let status = response.status();
        let body =
            http_body::read(response, http_body::MAX_ANSWER).await.map_err(
                |error| match error {
                    BodyError::Http(error) => unreachable(error),
                    BodyError::TooLarge { host, max } => {
                        UploadError::AnswerTooLarge { doing: "asking the endpoint", host, max }
                    }
                },
            )?;
        if status.is_success() {
            return serde_json::from_slice(&body).map_err(|error| UploadError::NotAnEndpoint {
                url: asked.clone(),
                status: status.as_u16(),
                problem: error.to_string(),
            });
        }
        match serde_json::from_slice(&body) {
            Ok(Refusal { error: RefusalParts { code, message, hint } }) => {
                Err(UploadError::Refused { status: status.as_u16(), code, message, hint })
            }
            Err(error) => Err(UploadError::NotAnEndpoint {
                url: asked.clone(),
                status: status.as_u16(),
                problem: error.to_string(),
            }),
        }
    }
}

/// Tries until it works, it cannot, or it was tried often enough.
pub(super) async fn again<T, F: Future<Output = Result<T, UploadError>>>(
    attempt: impl Fn() -> F,
) -> Result<T, UploadError> {
    let mut pause = FIRST_PAUSE;
    for _ in 1..TRIES {
        match attempt().await {
            Err(error) if error.is_passing() => tokio::time::sleep(pause).await,
            ended => return ended,
        }
        pause *= 2;
    }
    attempt().await
}
