//! The presign endpoint, asked for what it must not grant.

use async_trait::async_trait;
use bytes::Bytes;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::contract::{AllowedOrigins, Checksum, Mode};

use super::finding::{Finding, Refusals, judge};
use super::http::Raw;
use super::place::sha256;
use super::probe::Probe;
use super::samples::{self, FOREIGN_ORIGIN};
use super::stage::Stage;
use super::{EnforcedBy, Guardrail};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attack {
    Grants,
    WrongType,
    TooLarge,
    MissingSize,
    ForeignOrigin,
    NoCredentials,
}

impl Attack {
    pub(super) const ALL: [Self; 6] =
        [Self::Grants, Self::WrongType, Self::TooLarge, Self::MissingSize, Self::ForeignOrigin, Self::NoCredentials];

    fn refusals(self) -> Refusals {
        match self {
            Self::WrongType => &[(415, "content_type_not_allowed")],
            Self::TooLarge => &[(413, "too_large")],
            Self::MissingSize => &[(400, "size_missing")],
            Self::ForeignOrigin => &[(403, "origin_not_allowed")],
            Self::NoCredentials => &[(401, "token_missing")],
            Self::Grants => &[],
        }
    }

    async fn ask(self, stage: &Stage) -> Result<Finding, String> {
        let upload = &stage.subject.contract.upload;
        let content = stage.place.content();
        let mut body = json!({"content_type": samples::content_type(upload)?.as_str(), "size": content.len()});
        if upload.checksum == Checksum::Required {
            body["checksum_sha256"] = Value::from(sha256(&content));
        }
        let mut raw = request(stage)?;
        match self {
            Self::Grants => {}
            Self::WrongType => {
                body["content_type"] = Value::from(samples::forbidden_type(upload).ok_or("the contract allows every type")?);
            }
            Self::TooLarge => body["size"] = Value::from(upload.max_size.bytes() + 1),
            Self::MissingSize if upload.mode == Mode::Compatible => return Err("compatible mode does not promise it".to_owned()),
            Self::MissingSize => body["size"] = Value::Null,
            Self::ForeignOrigin if upload.allowed_origins == AllowedOrigins::Any => return Err("the contract allows any origin".to_owned()),
            Self::ForeignOrigin => raw.set("origin", FOREIGN_ORIGIN),
            Self::NoCredentials if stage.subject.contract.auth.is_none() => return Err("the endpoint asks nobody who they are".to_owned()),
            Self::NoCredentials => {}
        }
        match &stage.subject.token {
            Some(token) if self != Self::NoCredentials => raw.set("authorization", &format!("Bearer {}", token.expose_secret())),
            None if stage.subject.contract.auth.is_some() && !matches!(self, Self::NoCredentials | Self::ForeignOrigin) => {
                return Err("the endpoint asks who asks: name an access key or a token with --token or GATEPASS_TOKEN".to_owned());
            }
            _ => {}
        }
        raw.body = Bytes::from(body.to_string());
        let answer = stage.send(&raw).await;
        if self != Self::Grants {
            return Ok(judge(answer, self.refusals()));
        }
        let answer = answer.map_err(|none| format!("no answer: {}", none.cause))?;
        match serde_json::from_slice::<Value>(&answer.body).ok().and_then(|grant| Some(grant.get("key")?.as_str()?.to_owned())) {
            Some(_) if answer.is_success() => Ok(Finding::Held("what the contract allows is granted".to_owned())),
            _ => Ok(Finding::NotHeld(format!("what the contract allows is refused with {}", answer.told()))),
        }
    }
}

fn request(stage: &Stage) -> Result<Raw, String> {
    const PATH: &str = "/api/upload-url";
    let mut url = stage.subject.endpoint.clone().ok_or("no endpoint was named")?;
    let path = url.path().trim_end_matches('/').trim_end_matches(PATH).to_owned();
    url.set_path(&format!("{path}{PATH}"));
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    Ok(Raw { method: reqwest::Method::POST, url: url.into(), headers, body: Bytes::new() })
}

#[async_trait]
impl Probe for Attack {
    fn guardrail(&self) -> Guardrail {
        Guardrail(match self {
            Self::Grants => "endpoint: grants an allowed upload",
            Self::WrongType => "endpoint: wrong type",
            Self::TooLarge => "endpoint: too large",
            Self::MissingSize => "endpoint: missing size",
            Self::ForeignOrigin => "endpoint: foreign origin",
            Self::NoCredentials => "endpoint: no credentials",
        })
    }

    fn enforced_by(&self) -> EnforcedBy {
        EnforcedBy::Endpoint
    }

    async fn attack(&self, stage: &Stage) -> Finding {
        let finding = self.ask(stage).await.unwrap_or_else(Finding::NotTested);
        // a refusal for another reason says something only where there is none for what must be granted
        match (&finding, Self::Grants.ask(stage).await) {
            (Finding::RefusedOtherwise { told, .. }, Ok(Finding::NotHeld(why))) => Finding::NotTested(format!("{told}; but {why}")),
            _ => finding,
        }
    }
}
