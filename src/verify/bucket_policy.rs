//! What the bucket policy denies whoever signs: each attack is an upload that would work but for one statement.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};

use gatepass_core::contract::{Contract, Encryption, Mode};

use super::finding::{Finding, Refusals, judge};
use super::http::Answer;
use super::place::{Place, Wanted};
use super::positive::succeeded;
use super::probe::{Control, Probe};
use super::scratch::{Scratch, WriteStatement};
use super::stage::Stage;
use super::{EnforcedBy, Guardrail, Outcome, sigv2};

/// What a signature is older than the limit by: clocks differ.
const BEYOND: Duration = Duration::from_secs(60);

/// Seven days, the longest that a presigned URL can live.
const LONGEST_EXPIRY: u32 = 604_800;

/// 32 bytes of zeros, and the base64 form of their MD5: a customer's key.
const CUSTOMER_KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const CUSTOMER_KEY_MD5: &str = "cLyPS3KoaSFGi/joRB3OUQ==";

const ENCRYPTION: &str = "x-amz-server-side-encryption";
const ENCRYPTION_KEY: &str = "x-amz-server-side-encryption-aws-kms-key-id";

/// What shows that a backend does not go by bucket policies.
pub(super) const IGNORED: &str = "a scratch bucket whose policy denies exactly this takes it too";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attack {
    OldSignature,
    SignatureV2,
    CustomerKey,
    ForeignEncryption,
    ForeignKmsKey,
    OtherExtension,
    Overwrite,
    OverwriteByParts,
}

impl Attack {
    pub(super) const ALL: [Self; 8] = [
        Self::OldSignature,
        Self::SignatureV2,
        Self::CustomerKey,
        Self::ForeignEncryption,
        Self::ForeignKmsKey,
        Self::OtherExtension,
        Self::Overwrite,
        Self::OverwriteByParts,
    ];

    /// Whether there is such a guardrail at all.
    pub(super) fn concerns(self, contract: &Contract) -> bool {
        match self {
            Self::ForeignKmsKey => matches!(contract.bucket.encryption, Encryption::SseKms { .. }),
            Self::OverwriteByParts => contract.upload.multipart.is_some(),
            _ => true,
        }
    }

    fn refusals(self) -> Refusals {
        match self {
            // buckets made since June 2020 take no SigV2 at all:
            // <https://docs.aws.amazon.com/AmazonS3/latest/API/Appendix-Sigv2.html>
            Self::SignatureV2 => &[(403, "AccessDenied"), (400, "InvalidRequest")],
            _ => &[(403, "AccessDenied")],
        }
    }

    async fn on(self, stage: &Stage, place: &Place) -> Result<Finding, String> {
        let contract = &stage.subject.contract;
        if self == Self::OverwriteByParts {
            let begun = stage.begin(place, None, false).await?;
            let part =
                succeeded("the part", stage.send(&place.part(&begun, Wanted::default())?).await)?;
            let etag = part.header("etag").ok_or("the part was answered without its ETag")?;
            return Ok(judge(stage.complete(place, &begun, etag, false).await?, self.refusals()));
        }
        let key = match self {
            Self::OtherExtension => stage.key_with_other_extension(place),
            _ => stage.key(place),
        };
        let headers = |headers: &[(&str, &str)]| place.put(&key, headers, Wanted::default());
        let raw = match self {
            Self::OldSignature => {
                let signed_ago =
                    Duration::from_millis(contract.upload.max_signature_age.milliseconds())
                        + BEYOND;
                place.put(
                    &key,
                    &[],
                    Wanted { signed_ago, expires_in: Some(LONGEST_EXPIRY), checksum: false },
                )
            }
            Self::SignatureV2 => {
                let mut raw = headers(&[])?;
                raw.url = sigv2::presign(place, &key, &raw)?;
                Ok(raw)
            }
            Self::CustomerKey => headers(&[
                ("x-amz-server-side-encryption-customer-algorithm", "AES256"),
                ("x-amz-server-side-encryption-customer-key", CUSTOMER_KEY),
                ("x-amz-server-side-encryption-customer-key-md5", CUSTOMER_KEY_MD5),
            ]),
            Self::ForeignEncryption => headers(&[(ENCRYPTION, foreign_encryption(contract))]),
            Self::ForeignKmsKey => {
                headers(&[(ENCRYPTION, "aws:kms"), (ENCRYPTION_KEY, &foreign_key(stage))])
            }
            Self::OtherExtension => headers(&[]),
            Self::Overwrite | Self::OverwriteByParts => place.overwrite(&key),
        }?;
        let answer = stage.send(&raw).await;
        if let Ok(answer) = &answer
            && matches!(self, Self::ForeignEncryption | Self::ForeignKmsKey)
            && is_refused_by_kms(answer)
        {
            return Ok(Finding::NotHeld(format!(
                "let through by the bucket policy, refused only by KMS with {}",
                answer.told()
            )));
        }
        Ok(judge(answer, self.refusals()))
    }

    /// A statement that denies only this, by the same condition keys and operators as the contract's own.
    fn statement(self, stage: &Stage, names: &Scratch) -> Value {
        let contract = &stage.subject.contract;
        let Scratch { bucket_arn, role_arn } = names;
        let objects = format!("{bucket_arn}/*");
        let deny = |condition: Value| json!({"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": objects, "Condition": condition});
        match self {
            Self::OldSignature => {
                let milliseconds = contract.upload.max_signature_age.milliseconds().to_string();
                deny(json!({"NumericGreaterThan": {"s3:signatureAge": milliseconds}}))
            }
            Self::SignatureV2 => deny(json!({"StringEquals": {"s3:signatureversion": "AWS"}})),
            Self::CustomerKey => deny(
                json!({"Null": {"s3:x-amz-server-side-encryption-customer-algorithm": "false"}}),
            ),
            Self::ForeignEncryption => {
                let key = format!("s3:{ENCRYPTION}");
                deny(
                    json!({"Null": {&key: "false"}, "StringNotEquals": {&key: own_encryption(contract)}}),
                )
            }
            Self::ForeignKmsKey => {
                let named = json!({format!("s3:{ENCRYPTION}"): "false"});
                deny(
                    json!({"Null": named, "ArnNotEquals": {format!("s3:{ENCRYPTION_KEY}"): own_key(contract)}}),
                )
            }
            Self::OtherExtension => json!({
                "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
                "NotResource": [format!("{bucket_arn}/*.{}", stage.content_type.extension())],
                "Condition": {"ArnEquals": {"aws:PrincipalArn": role_arn}},
            }),
            Self::Overwrite | Self::OverwriteByParts => deny(json!({
                "ArnEquals": {"aws:PrincipalArn": role_arn},
                "Null": {"s3:if-none-match": "true"},
                "Bool": {"s3:ObjectCreationOperation": "true"},
            })),
        }
    }
}

#[async_trait]
impl Probe for Attack {
    fn guardrail(&self) -> Guardrail {
        Guardrail(match self {
            Self::OldSignature => "signature older than the policy's limit",
            Self::SignatureV2 => "SigV2",
            Self::CustomerKey => "SSE-C",
            Self::ForeignEncryption => "foreign encryption",
            Self::ForeignKmsKey => "foreign KMS key",
            Self::OtherExtension => "role: write another extension",
            Self::Overwrite => "role: write without if-none-match",
            Self::OverwriteByParts => "role: complete without if-none-match",
        })
    }

    fn enforced_by(&self) -> EnforcedBy {
        EnforcedBy::BucketPolicy
    }

    fn untried(&self, stage: &Stage) -> Option<String> {
        let contract = &stage.subject.contract;
        let why = match self {
            Self::OtherExtension if !contract.upload.key.ends_in_extension() => {
                "the contract's keys do not end in .{ext}"
            }
            Self::Overwrite | Self::OverwriteByParts
                if contract.upload.mode == Mode::Compatible =>
            {
                "compatible mode does not promise it"
            }
            _ => "",
        };
        let is_about_the_role =
            matches!(self, Self::OtherExtension | Self::Overwrite | Self::OverwriteByParts);
        match &stage.subject.role_session {
            _ if !why.is_empty() => Some(why.to_owned()),
            Err(no_session) if is_about_the_role => Some(no_session.clone()),
            _ => None,
        }
    }

    async fn attack(&self, stage: &Stage) -> Finding {
        self.on(stage, &stage.place).await.unwrap_or_else(Finding::NotTested)
    }

    async fn control(&self, stage: &Stage, finding: &Finding) -> Control {
        // some backends do not find a session's key for SigV2, and take right signatures for wrong ones
        let is_by_owner = *self == Self::SignatureV2 && is_mismatch(finding);
        let statement = |names: &Scratch| self.statement(stage, names);
        // what is refused in the same way where no policy stands is not the policy's doing
        let policy = (is_by_owner || matches!(finding, Finding::NotHeld(_)))
            .then_some(&statement as &WriteStatement<'_>);
        let (elsewhere, lacks) = match stage.scratch_bucket(policy, None).await {
            Ok(place) if is_by_owner => {
                (self.on(stage, &stage.owner_place(place.bucket.clone())).await, place.lacks)
            }
            Ok(place) => (self.on(stage, &place).await, place.lacks),
            Err(why) => (Err(why), None),
        };
        let ignored = lacks.as_deref().unwrap_or(IGNORED);
        match &elsewhere {
            Ok(Finding::NotHeld(told)) if is_by_owner => Control::Settled(
                Outcome::NotEnforced,
                format!("{told} from the operator, whose keys it finds; {ignored}"),
            ),
            _ => Control::compare(finding, elsewhere, ignored, |told| {
                Control::Settled(
                    Outcome::NotTested,
                    format!("this backend refuses it without any bucket policy ({told})"),
                )
            }),
        }
    }
}

/// The encryption that is the bucket's.
fn own_encryption(contract: &Contract) -> &'static str {
    match contract.bucket.encryption {
        Encryption::SseS3 => "AES256",
        Encryption::SseKms { .. } => "aws:kms",
    }
}

fn own_key(contract: &Contract) -> &str {
    match &contract.bucket.encryption {
        Encryption::SseS3 => "",
        Encryption::SseKms { key } => key.as_str(),
    }
}

/// An encryption that is not the bucket's.
fn foreign_encryption(contract: &Contract) -> &'static str {
    match contract.bucket.encryption {
        Encryption::SseS3 => "aws:kms",
        Encryption::SseKms { .. } => "AES256",
    }
}

/// KMS is asked only after the bucket policy. What it refuses for want of permission is told as S3's `AccessDenied`, with
/// KMS's own message, which names KMS's action.
fn is_refused_by_kms(answer: &Answer) -> bool {
    let body = String::from_utf8_lossy(&answer.body).to_ascii_lowercase();
    let by_code = || answer.code().is_some_and(|code| code.starts_with("KMS."));
    !answer.is_success()
        && (by_code()
            || body.contains("kms:generatedatakey")
            || answer.status >= 500 && body.contains("kms"))
}

fn is_mismatch(finding: &Finding) -> bool {
    matches!(finding, Finding::RefusedOtherwise { told, .. } if told.ends_with("SignatureDoesNotMatch"))
}

/// A key that does not exist.
fn foreign_key(stage: &Stage) -> String {
    let region = &stage.subject.contract.bucket.region;
    format!(
        "arn:{}:kms:{region}:{}:key/00000000-0000-4000-8000-000000000000",
        region.partition(),
        stage.subject.account
    )
}
