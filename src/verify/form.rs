//! What a form binds: each attack changes one thing about an upload by a form that would work.
//! See <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html>.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::json;

use gatepass_core::contract::{ContentType, Contract, ObjectSize};

use super::finding::{Finding, Refusals, judge};
use super::grants::GrantedForm;
use super::http::{Answer, NoAnswer, Raw};
use super::place::{Place, Wanted, random, subject};
use super::positive::{arrived, succeeded};
use super::probe::{Control, Probe};
use super::samples::OTHER_TYPE;
use super::signature::{EXPIRED, other_key, other_signature, without_grants};
use super::stage::Stage;
use super::{EnforcedBy, Guardrail};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attack {
    Works,
    Expired,
    Tampered,
    OtherKey,
    WrongType,
    Longer,
    Shorter,
    TooLarge,
    UnknownField,
}

impl Attack {
    pub(super) const ALL: [Self; 9] = [
        Self::Works,
        Self::Expired,
        Self::Tampered,
        Self::OtherKey,
        Self::WrongType,
        Self::Longer,
        Self::Shorter,
        Self::TooLarge,
        Self::UnknownField,
    ];

    /// Whether there are such guardrails at all.
    pub(super) fn concern(contract: &Contract) -> bool {
        contract.upload.form
    }

    fn refusals(self) -> Refusals {
        match self {
            Self::Tampered => &[(403, "SignatureDoesNotMatch")],
            Self::Longer | Self::TooLarge => &[(400, "EntityTooLarge")],
            Self::Shorter => &[(400, "EntityTooSmall")],
            _ => &[(403, "AccessDenied")],
        }
    }

    async fn on(self, stage: &Stage, place: &Place) -> Result<Finding, String> {
        let wanted = if self == Self::Expired { EXPIRED } else { Wanted::default() };
        // without a declared size it takes what the contract does
        let size = if self == Self::TooLarge { Size::AtMost } else { Size::Exactly };
        let mut form = place.form(&stage.key(place), wanted, size)?;
        let mut content = place.content();
        match self {
            Self::Works | Self::Expired => {}
            Self::Tampered => form.change("x-amz-signature", other_signature),
            Self::OtherKey => form.change("key", other_key),
            Self::WrongType => form.change("Content-Type", |_| OTHER_TYPE.to_owned()),
            Self::Longer | Self::TooLarge => content = [&content[..], b"x"].concat().into(),
            Self::Shorter => content.truncate(content.len() - 1),
            Self::UnknownField => {
                form.fields.push(("x-amz-meta-gatepass-verify".to_owned(), "x".to_owned()))
            }
        }
        let answer = stage.send_form(place, &form, &content).await;
        if self == Self::Works {
            succeeded("the form", answer)?;
            return Ok(Finding::Held(
                arrived(stage, &form.key, &content, Some(place.content_type.as_str())).await?,
            ));
        }
        Ok(judge(answer, self.refusals()))
    }
}

#[async_trait]
impl Probe for Attack {
    fn guardrail(&self) -> Guardrail {
        Guardrail(match self {
            Self::Works => "form: works",
            Self::Expired => "form: expired",
            Self::Tampered => "form: tampered signature",
            Self::OtherKey => "form: other key",
            Self::WrongType => "form: wrong type",
            Self::Longer => "form: longer",
            Self::Shorter => "form: shorter",
            Self::TooLarge => "form: too large",
            Self::UnknownField => "form: another field",
        })
    }

    fn enforced_by(&self) -> EnforcedBy {
        EnforcedBy::Signature
    }

    async fn attack(&self, stage: &Stage) -> Finding {
        let otherwise = if *self == Self::Works { Finding::NotHeld } else { Finding::NotTested };
        self.on(stage, &stage.place).await.unwrap_or_else(otherwise)
    }

    /// The same attack with a form of another making, on a scratch bucket.
    async fn control(&self, stage: &Stage, finding: &Finding) -> Control {
        if *self == Self::Works {
            return Control::Nothing;
        }
        without_grants(
            finding,
            async { self.on(stage, &stage.scratch_bucket(None, None).await?).await }.await,
        )
    }
}

/// What a form says of the file's size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Size {
    /// It was declared.
    Exactly,
    /// It was not, and the contract takes no more.
    AtMost,
}

impl Place {
    /// A form that must work if nothing about it is changed.
    fn form(&self, key: &str, wanted: Wanted, size: Size) -> Result<GrantedForm, String> {
        let content = self.content();
        let signed_at = SystemTime::now() - wanted.signed_ago;
        let Some(grants) = &self.grants else {
            return self.plain_form(key, wanted, size, signed_at);
        };
        let mut contract = self.contract_wanted(wanted)?;
        contract.upload.max_size =
            ObjectSize::from_bytes(content.len() as u64).map_err(|invalid| invalid.problem)?;
        let mut request = self.request_of(&content);
        request.size = request.size.filter(|_| size == Size::Exactly);
        let mut checked =
            request.check_form(&contract.upload).map_err(|refusal| refusal.to_string())?;
        checked.upload = checked.upload.of(Some(subject()?));
        grants
            .form(&contract, self.signer.credentials(), &checked, signed_at, random()?)
            .map_err(|refusal| refusal.to_string())
    }

    /// Everything that a form can bind is bound.
    fn plain_form(
        &self,
        key: &str,
        wanted: Wanted,
        size: Size,
        signed_at: SystemTime,
    ) -> Result<GrantedForm, String> {
        let field = |name, value: &str| (Cow::Borrowed(name), value.to_owned());
        let fields = vec![field("key", key), field("Content-Type", self.content_type.as_str())];
        let most = self.content().len();
        let least = if size == Size::Exactly { most } else { 1 };
        let open = vec![json!(["content-length-range", least, most])];
        let expires_at = signed_at + Duration::from_secs(wanted.expires_in.unwrap_or(300).into());
        let signed = self
            .signer
            .sign_form(self.bucket.as_str(), fields, open, expires_at, signed_at)
            .map_err(|error| error.to_string())?;
        let fields = signed.into_iter().map(|(name, value)| (name.into_owned(), value)).collect();
        Ok(GrantedForm { url: self.address.bucket_url(), key: key.to_owned(), fields })
    }
}

impl GrantedForm {
    fn change(&mut self, name: &str, change: impl FnOnce(&str) -> String) {
        if let Some((_, value)) = self.fields.iter_mut().find(|(other, _)| other == name) {
            *value = change(value);
        }
    }
}

impl Stage {
    async fn send_form(
        &self,
        place: &Place,
        form: &GrantedForm,
        content: &Bytes,
    ) -> Result<Answer, NoAnswer> {
        let key = form
            .fields
            .iter()
            .find(|(name, _)| name == "key")
            .map_or(form.key.as_str(), |(_, key)| key);
        self.noted(place, key.to_owned());
        let (content_type, body) =
            multipart_form_data(self.run.as_str(), &form.fields, &place.content_type, content);
        let headers = vec![("content-type".to_owned(), content_type)];
        let answer = self
            .send(&Raw { method: reqwest::Method::POST, url: form.url.clone(), headers, body })
            .await;
        if answer.as_ref().is_ok_and(|answer| answer.status < 400) {
            self.cleanup.may_have_made(&format!("/{key}"));
        }
        answer
    }
}

/// A body of fields with the file after them, and its content type.
/// See <https://www.rfc-editor.org/rfc/rfc7578>.
fn multipart_form_data(
    boundary: &str,
    fields: &[(String, String)],
    content_type: &ContentType,
    file: &[u8],
) -> (String, Bytes) {
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend(
            format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            )
            .bytes(),
        );
    }
    let disposition = "Content-Disposition: form-data; name=\"file\"; filename=\"gatepass-verify\"";
    body.extend(
        format!("--{boundary}\r\n{disposition}\r\nContent-Type: {content_type}\r\n\r\n").bytes(),
    );
    body.extend(file);
    body.extend(format!("\r\n--{boundary}--\r\n").bytes());
    (format!("multipart/form-data; boundary={boundary}"), body.into())
}
