//! The presign endpoint, asked for what it must not grant.

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use gatepass_core::contract::{AllowedOrigins, Checksum, Contract, Mode};

use super::finding::{Finding, Refusals, judge};
use super::http::{NoAnswer, Raw};
use super::place::{Wanted, sha256};
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
    FormOfWrongType,
    PartsOfTooLarge,
    ConfirmsNothing,
    ForgedTicket,
    OtherKey,
}

impl Attack {
    pub(super) const ALL: [Self; 11] = [
        Self::Grants,
        Self::WrongType,
        Self::TooLarge,
        Self::MissingSize,
        Self::ForeignOrigin,
        Self::NoCredentials,
        Self::FormOfWrongType,
        Self::PartsOfTooLarge,
        Self::ConfirmsNothing,
        Self::ForgedTicket,
        Self::OtherKey,
    ];

    /// Whether the contract has what is attacked.
    pub(super) fn concerns(self, contract: &Contract) -> bool {
        let upload = &contract.upload;
        match self {
            Self::FormOfWrongType => upload.form,
            Self::PartsOfTooLarge => upload.multipart.is_some(),
            Self::ConfirmsNothing | Self::ForgedTicket => upload.confirm,
            Self::OtherKey => contract.download.is_some(),
            _ => true,
        }
    }

    fn refusals(self) -> Refusals {
        match self {
            Self::WrongType | Self::FormOfWrongType => &[(415, "content_type_not_allowed")],
            Self::TooLarge | Self::PartsOfTooLarge => &[(413, "too_large")],
            Self::MissingSize => &[(400, "size_missing")],
            Self::ForeignOrigin => &[(403, "origin_not_allowed")],
            Self::NoCredentials => &[(401, "token_missing")],
            Self::ConfirmsNothing => &[(404, "object_not_found"), (404, "object_not_shown")],
            Self::ForgedTicket => &[(403, "ticket_invalid")],
            Self::OtherKey => &[(403, "key_not_permitted")],
            Self::Grants => &[],
        }
    }

    /// What is asked for in this way, below `/api/`.
    fn route(self) -> &'static str {
        match self {
            Self::FormOfWrongType => "upload-form",
            Self::PartsOfTooLarge => "multipart",
            Self::OtherKey => "download-url",
            _ => GRANTS,
        }
    }

    async fn ask(self, stage: &Stage) -> Result<Finding, String> {
        let upload = &stage.subject.contract.upload;
        let mut body = allowed(stage)?;
        let mut raw = request(stage, self.route())?;
        match self {
            Self::Grants | Self::ConfirmsNothing | Self::ForgedTicket => {}
            Self::WrongType | Self::FormOfWrongType => {
                body["content_type"] = Value::from(
                    samples::forbidden_type(upload).ok_or("the contract allows every type")?,
                );
            }
            Self::TooLarge | Self::PartsOfTooLarge => {
                body["size"] = Value::from(upload.max_size.bytes() + 1)
            }
            Self::MissingSize if upload.mode == Mode::Compatible => {
                return Err("compatible mode does not promise it".to_owned());
            }
            Self::MissingSize => body["size"] = Value::Null,
            Self::ForeignOrigin if upload.allowed_origins == AllowedOrigins::Any => {
                return Err("the contract allows any origin".to_owned());
            }
            Self::ForeignOrigin => raw.set("origin", FOREIGN_ORIGIN),
            Self::NoCredentials if stage.subject.contract.auth.is_none() => {
                return Err("the endpoint asks nobody who they are".to_owned());
            }
            Self::NoCredentials => {}
            Self::OtherKey => body = json!({"key": key_outside(stage)?}),
        }
        match &stage.subject.token {
            Some(token) if self != Self::NoCredentials => {
                raw.set("authorization", &format!("Bearer {}", token.expose_secret()))
            }
            None if stage.subject.contract.auth.is_some()
                && !matches!(self, Self::NoCredentials | Self::ForeignOrigin) =>
            {
                // whether anything answers shows without a key, too
                if self == Self::Grants
                    && let Err(none) = stage.send(&raw).await
                {
                    return Ok(Finding::NotHeld(unanswered(&none)));
                }
                return Err("the endpoint asks who asks: name an access key or a token with --token or GATEPASS_TOKEN".to_owned());
            }
            _ => {}
        }
        raw.body = Bytes::from(body.to_string());
        let answer = stage.send(&raw).await;
        if !matches!(self, Self::Grants | Self::ConfirmsNothing | Self::ForgedTicket) {
            return Ok(judge(answer, self.refusals()));
        }
        let answer = match answer.map_err(|none| unanswered(&none)) {
            Ok(answer) => answer,
            // who names an endpoint has to have one
            Err(why) if self == Self::Grants => return Ok(Finding::NotHeld(why)),
            Err(why) => return Err(why),
        };
        let grant = serde_json::from_slice::<Value>(&answer.body)
            .ok()
            .filter(|grant| answer.is_success() && grant["key"].is_string());
        let Some(grant) = grant else {
            return Ok(Finding::NotHeld(format!(
                "what the contract allows is refused with {}",
                answer.told()
            )));
        };
        if self == Self::Grants {
            return Ok(Finding::Held("what the contract allows is granted".to_owned()));
        }
        let ticket = match grant["ticket"].as_str() {
            Some(ticket) => ticket,
            None if self == Self::ConfirmsNothing => {
                return Ok(Finding::NotHeld(
                    "its grants have no ticket to confirm them with".to_owned(),
                ));
            }
            None => return Err("its grants have no ticket".to_owned()),
        };
        let ticket =
            if self == Self::ForgedTicket { of_another_key(ticket)? } else { ticket.to_owned() };
        let mut confirm = Raw { url: request(stage, "confirm")?.url, ..raw };
        confirm.body = Bytes::from(json!({ "ticket": ticket }).to_string());
        Ok(judge(stage.send(&confirm).await, self.refusals()))
    }
}

fn unanswered(none: &NoAnswer) -> String {
    format!("no answer: {}", none.cause)
}

/// The route of [`Attack::Grants`].
const GRANTS: &str = "upload-url";

/// A request that the contract allows.
fn allowed(stage: &Stage) -> Result<Value, String> {
    let upload = &stage.subject.contract.upload;
    let content = stage.place.content();
    let mut body =
        json!({"content_type": samples::content_type(upload)?.as_str(), "size": content.len()});
    if upload.checksum == Checksum::Required {
        body["checksum_sha256"] = Value::from(sha256(&content));
    }
    Ok(body)
}

/// The ticket with another key in it, under the same seal.
fn of_another_key(ticket: &str) -> Result<String, String> {
    let changed = || {
        let (beginning, seal) = ticket.rsplit_once('.')?;
        let (version, payload) = beginning.split_once('.')?;
        let mut states: Value =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
        let key = states
            .as_object_mut()?
            .values_mut()
            .find(|value| value.as_str().is_some_and(|text| text.contains('/')))?;
        *key = Value::from(format!("{}-other", key.as_str()?));
        Some(format!("{version}.{}.{seal}", URL_SAFE_NO_PAD.encode(states.to_string())))
    };
    changed().ok_or_else(|| "the grant's ticket is none that can be read".to_owned())
}

/// A key as the contract makes them, but for its prefix.
fn key_outside(stage: &Stage) -> Result<String, String> {
    let key = stage.place.upload("", Wanted::default())?.key;
    let rest = key.strip_prefix(stage.subject.contract.upload.key.prefix()).unwrap_or(&key);
    Ok(format!("gatepass-verify/{}", rest.strip_prefix(&format!("{}/", stage.run)).unwrap_or(rest)))
}

fn request(stage: &Stage, route: &str) -> Result<Raw, String> {
    let mut url = stage.subject.endpoint.clone().ok_or("no endpoint was named")?;
    let path =
        url.path().trim_end_matches('/').trim_end_matches(&format!("/api/{GRANTS}")).to_owned();
    url.set_path(&format!("{path}/api/{route}"));
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
            Self::FormOfWrongType => "endpoint: form of a wrong type",
            Self::PartsOfTooLarge => "endpoint: parts of what is too large",
            Self::ConfirmsNothing => "endpoint: confirming what never arrived",
            Self::ForgedTicket => "endpoint: forged ticket",
            Self::OtherKey => "endpoint: download of another key",
        })
    }

    fn enforced_by(&self) -> EnforcedBy {
        EnforcedBy::Endpoint
    }

    async fn attack(&self, stage: &Stage) -> Finding {
        let finding = self.ask(stage).await.unwrap_or_else(Finding::NotTested);
        // a refusal for another reason says something only where there is none for what must be granted
        match (&finding, Self::Grants.ask(stage).await) {
            (Finding::RefusedOtherwise { told, .. }, Ok(Finding::NotHeld(why))) => {
                Finding::NotTested(format!("{told}; but {why}"))
            }
            _ => finding,
        }
    }
}
