//! What browsers are told about pages of other origins.
//! See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html>.

use async_trait::async_trait;

use gatepass_core::contract::AllowedOrigins;
use gatepass_core::grant::client_headers;
use gatepass_core::policy::CorsRule;

use super::finding::Finding;
use super::http::{Answer, Raw};
use super::place::{Place, Wanted};
use super::probe::{Control, Probe};
use super::samples::{self, FOREIGN_ORIGIN};
use super::stage::Stage;
use super::{EnforcedBy, Guardrail};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attack {
    WrongOrigin,
    RightOrigin,
    EtagReadable,
}

impl Attack {
    pub(super) const ALL: [Self; 3] = [Self::WrongOrigin, Self::RightOrigin, Self::EtagReadable];

    async fn on(self, stage: &Stage, place: &Place, origin: &str) -> Result<Finding, String> {
        let mut upload = stage.upload(place, Wanted { checksum: true, ..Wanted::default() })?.raw;
        if self == Self::EtagReadable {
            upload.set("origin", origin);
            return Ok(etag_readable(&answered(stage, &upload).await?, origin));
        }
        let contract = &stage.subject.contract;
        let headers = client_headers(contract);
        let headers: Vec<&str> = headers.iter().map(AsRef::as_ref).collect();
        let methods = if contract.download.is_some() { &["GET", "PUT"][..] } else { &["PUT"] };
        let mut told = String::new();
        for method in methods {
            let answer = answered(stage, &preflight(&upload, origin, method, &headers)).await?;
            match (self, refusal(&answer, origin, method, &headers)) {
                (Self::WrongOrigin, Some(_)) => told = answer.told(),
                (Self::WrongOrigin, None) => {
                    return Ok(Finding::NotHeld(format!("allowed with {}", answer.told())));
                }
                (_, Some(why)) => return Ok(Finding::NotHeld(why)),
                (_, None) => {
                    told = format!("allowed with {} and {}", methods.join(", "), headers.join(", "))
                }
            }
        }
        Ok(Finding::Held(told))
    }
}

async fn answered(stage: &Stage, raw: &Raw) -> Result<Answer, String> {
    stage.send(raw).await.map_err(|none| format!("no answer: {}", none.cause))
}

/// What a browser asks before it sends the upload, or gets the download. It never lists `Content-Length`, which it sets itself.
fn preflight(upload: &Raw, origin: &str, method: &str, headers: &[&str]) -> Raw {
    let mut raw = Raw {
        method: reqwest::Method::OPTIONS,
        headers: Vec::new(),
        body: bytes::Bytes::new(),
        url: upload.url.clone(),
    };
    raw.set("origin", origin);
    raw.set("access-control-request-method", method);
    raw.set("access-control-request-headers", &headers.join(","));
    raw
}

/// Why a browser would not send it after this answer; none if it would.
/// See <https://fetch.spec.whatwg.org/#cors-preflight-fetch>.
fn refusal(answer: &Answer, origin: &str, method: &str, headers: &[&str]) -> Option<String> {
    let told = answer.told();
    if !answer.is_success() {
        return Some(format!("refused with {told}"));
    }
    if !lists(answer, "access-control-allow-origin", origin) {
        return Some(format!("{told} does not name the origin {origin}"));
    }
    if !lists(answer, "access-control-allow-methods", method) {
        return Some(format!("{told} does not allow {method}"));
    }
    let missing: Vec<&str> = headers
        .iter()
        .copied()
        .filter(|header| !lists(answer, "access-control-allow-headers", header))
        .collect();
    if missing.is_empty() {
        None
    } else {
        Some(format!("{told} does not allow {}", missing.join(", ")))
    }
}

fn etag_readable(answer: &Answer, origin: &str) -> Finding {
    if !answer.is_success() {
        return Finding::NotTested(format!("the upload was refused with {}", answer.told()));
    }
    if !lists(answer, "access-control-allow-origin", origin) {
        return Finding::NotHeld(format!(
            "the answer to the upload does not name the origin {origin}, so a page cannot read it"
        ));
    }
    match answer.header("access-control-expose-headers") {
        _ if lists(answer, "access-control-expose-headers", "etag") => {
            Finding::Held("exposed to pages of the right origin".to_owned())
        }
        Some(exposed) => Finding::NotHeld(format!("exposed is only {exposed}")),
        None => Finding::NotHeld("no header is exposed".to_owned()),
    }
}

/// Whether a header that is a list has this element, or is `*`.
fn lists(answer: &Answer, header: &str, element: &str) -> bool {
    let values = answer.headers.get_all(header).iter().filter_map(|value| value.to_str().ok());
    values
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|value| value == "*" || value.eq_ignore_ascii_case(element))
}

#[async_trait]
impl Probe for Attack {
    fn guardrail(&self) -> Guardrail {
        Guardrail(match self {
            Self::WrongOrigin => "wrong origin's preflight",
            Self::RightOrigin => "right origin's preflight",
            Self::EtagReadable => "ETag readable",
        })
    }

    fn enforced_by(&self) -> EnforcedBy {
        EnforcedBy::Cors
    }

    async fn attack(&self, stage: &Stage) -> Finding {
        let origins = &stage.subject.contract.upload.allowed_origins;
        let origin = match self {
            Self::WrongOrigin if *origins == AllowedOrigins::Any => {
                return Finding::NotTested("the contract allows any origin".to_owned());
            }
            Self::WrongOrigin => FOREIGN_ORIGIN.to_owned(),
            _ => match samples::origin(origins) {
                Some(origin) => origin,
                None => {
                    return Finding::NotTested(
                        "the contract allows no uploads from browsers".to_owned(),
                    );
                }
            },
        };
        self.on(stage, &stage.place, &origin).await.unwrap_or_else(Finding::NotTested)
    }

    /// A bucket without CORS rules that allows, or one that allows everything and refuses, shows that the backend does
    /// not go by them.
    async fn control(&self, stage: &Stage, finding: &Finding) -> Control {
        let everything = CorsRule {
            id: None,
            allowed_origins: vec!["*".to_owned()],
            allowed_methods: vec!["GET".to_owned(), "PUT".to_owned()],
            allowed_headers: vec!["*".to_owned()],
            expose_headers: vec!["ETag".to_owned()],
            max_age_seconds: None,
        };
        let (rule, ignored) = match self {
            Self::WrongOrigin => (None, "so is it by a scratch bucket without CORS rules"),
            _ => (Some(everything), "a scratch bucket that allows everything is no different"),
        };
        let (elsewhere, lacks) = match stage.scratch_bucket(None, rule).await {
            Ok(place) => (self.on(stage, &place, FOREIGN_ORIGIN).await, place.lacks),
            Err(why) => (Err(why), None),
        };
        let ignored = lacks.as_deref().unwrap_or(ignored);
        Control::compare(finding, elsewhere, ignored, |_| Control::Nothing)
    }
}
