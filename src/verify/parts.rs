//! What the URL of a part binds, and what makes an object of parts: uploads are begun and completed as the presign endpoint
//! does it, by the role that it signs as.
//! See <https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html>.

use std::time::SystemTime;

use async_trait::async_trait;
use bytes::Bytes;

use bounded_xml as xml;
use gatepass_core::contract::{Contract, Mode};
use gatepass_core::grant::{Method, MultipartTicket, ObjectKey};

use super::finding::{Finding, Refusals, judge};
use super::grants::Part;
use super::http::{Answer, NoAnswer, Raw};
use super::place::{Place, Wanted, random, sha256, subject};
use super::positive::{arrived, succeeded};
use super::probe::{Control, Probe};
use super::signature::{EXPIRED, without_grants};
use super::stage::Stage;
use super::{EnforcedBy, Guardrail};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attack {
    Works,
    Expired,
    OtherNumber,
    OtherUpload,
    Longer,
    Shorter,
    ChangedContent,
    SecondUpload,
}

impl Attack {
    pub(super) const ALL: [Self; 8] = [
        Self::Works,
        Self::Expired,
        Self::OtherNumber,
        Self::OtherUpload,
        Self::Longer,
        Self::Shorter,
        Self::ChangedContent,
        Self::SecondUpload,
    ];

    /// Whether there are such guardrails at all.
    pub(super) fn concern(contract: &Contract) -> bool {
        contract.upload.multipart.is_some()
    }

    fn refusals(self) -> Refusals {
        match self {
            Self::Expired => &[(403, "AccessDenied"), (403, "ExpiredToken"), (400, "ExpiredToken")],
            Self::ChangedContent => &[(400, "BadDigest"), (400, "XAmzContentChecksumMismatch")],
            Self::SecondUpload => &[(412, "PreconditionFailed")],
            _ => &[(403, "SignatureDoesNotMatch")],
        }
    }

    async fn on(self, stage: &Stage, place: &Place) -> Result<Finding, String> {
        let begun = stage.begin(place, None, self == Self::ChangedContent).await?;
        let mut raw =
            place.part(&begun, if self == Self::Expired { EXPIRED } else { Wanted::default() })?;
        match self {
            Self::Works => {
                let answer = stage.put_and_complete(place, &begun, &raw).await?;
                succeeded("completing the upload", answer)?;
                return arrived(stage, &begun.key, &raw.body, Some(place.content_type.as_str()))
                    .await
                    .map(Finding::Held);
            }
            Self::SecondUpload => {
                succeeded(
                    "completing the first upload",
                    stage.put_and_complete(place, &begun, &raw).await?,
                )?;
                let second = stage.begin(place, Some(&begun), false).await?;
                let answer = stage
                    .put_and_complete(place, &second, &place.part(&second, Wanted::default())?)
                    .await?;
                return Ok(judge(answer, self.refusals()));
            }
            Self::Expired => {}
            Self::OtherNumber => raw.url = raw.url.replacen("partNumber=1", "partNumber=2", 1),
            Self::OtherUpload => {
                let other = stage.begin(place, Some(&begun), false).await?;
                raw.url = raw.url.replacen(&begun.id_in_url(), &other.id_in_url(), 1);
            }
            Self::Longer => raw.body = [&raw.body[..], b"x"].concat().into(),
            Self::Shorter => raw.body.truncate(raw.body.len() - 1),
            Self::ChangedContent => {
                raw.body = raw.body.iter().map(|byte| byte ^ 1).collect::<Bytes>()
            }
        }
        Ok(judge(stage.send(&raw).await, self.refusals()))
    }
}

#[async_trait]
impl Probe for Attack {
    fn guardrail(&self) -> Guardrail {
        Guardrail(match self {
            Self::Works => "parts: work",
            Self::Expired => "parts: expired",
            Self::OtherNumber => "parts: other number",
            Self::OtherUpload => "parts: other upload",
            Self::Longer => "parts: longer",
            Self::Shorter => "parts: shorter",
            Self::ChangedContent => "parts: changed content under a signed checksum",
            Self::SecondUpload => "parts: second upload",
        })
    }

    fn enforced_by(&self) -> EnforcedBy {
        EnforcedBy::Signature
    }

    fn untried(&self, stage: &Stage) -> Option<String> {
        let is_unpromised =
            *self == Self::SecondUpload && stage.subject.contract.upload.mode == Mode::Compatible;
        is_unpromised.then(|| "compatible mode does not promise it".to_owned())
    }

    async fn attack(&self, stage: &Stage) -> Finding {
        let otherwise = if *self == Self::Works { Finding::NotHeld } else { Finding::NotTested };
        self.on(stage, &stage.place).await.unwrap_or_else(otherwise)
    }

    /// The same attack on a plainly signed part of an upload to a scratch bucket.
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

/// An upload in parts that was begun, of one part.
pub(super) struct Begun {
    pub(super) key: String,
    /// As grants have it, where there are any.
    granted: Option<(ObjectKey, MultipartTicket)>,
    pub(super) upload_id: String,
    is_checked: bool,
}

impl Begun {
    fn id_in_url(&self) -> String {
        let id: String = url::form_urlencoded::byte_serialize(self.upload_id.as_bytes()).collect();
        format!("uploadId={id}")
    }
}

impl Stage {
    /// Begins an upload in parts, to the same key as another one if there is one.
    pub(super) async fn begin(
        &self,
        place: &Place,
        same: Option<&Begun>,
        is_checked: bool,
    ) -> Result<Begun, String> {
        let content = place.content();
        let mut granted = match (&place.grants, self.subject.contract.upload.multipart) {
            (Some(_), Some(multipart)) => {
                let mut request = place.request_of(&content);
                request.part_checksums = Some(is_checked);
                let checked =
                    request.check_for(gatepass_core::grant::Way::Multipart, &place.contract.upload);
                let checked = checked.map_err(|refusal| refusal.to_string())?.of(Some(subject()?));
                let maker = gatepass_core::grant::GrantMaker::new(
                    &place.contract,
                    place.signer.credentials().clone(),
                );
                let new = maker
                    .multipart(&checked, Some(multipart), SystemTime::now(), random()?)
                    .map_err(|refusal| refusal.to_string())?;
                Some((
                    new.key,
                    MultipartTicket {
                        upload_id: String::new(),
                        plan: new.plan,
                        part_checksums: is_checked,
                    },
                ))
            }
            _ => None,
        };
        if let (Some((key, _)), Some(Begun { granted: Some((same, _)), .. })) = (&mut granted, same)
        {
            *key = same.clone();
        }
        let key = match (&granted, same) {
            (_, Some(same)) => same.key.clone(),
            (Some((key, _)), None) => key.as_str().to_owned(),
            (None, None) => self.key(place),
        };
        self.noted(place, key.clone());
        let mut headers = vec![("content-type", place.content_type.as_str())];
        if is_checked {
            headers.push(("x-amz-checksum-algorithm", "SHA256"));
        }
        let answer =
            self.send(&place.request(Method::Post, &key, &[("uploads", "")], &headers)?).await;
        let answer = succeeded("beginning an upload in parts", answer)?;
        let body = String::from_utf8_lossy(&answer.body);
        let upload_id = xml::text(&body, "UploadId")
            .ok_or("beginning an upload in parts was answered without its id")?;
        self.cleanup.upload(&place.bucket, &key, &upload_id);
        if let Some((_, ticket)) = &mut granted {
            ticket.upload_id.clone_from(&upload_id);
        }
        Ok(Begun { key, granted, upload_id, is_checked })
    }

    /// Sends the part and asks for an object to be made of it; in strict mode only where there is none.
    async fn put_and_complete(
        &self,
        place: &Place,
        begun: &Begun,
        part: &Raw,
    ) -> Result<Result<Answer, NoAnswer>, String> {
        let put = succeeded("the part", self.send(part).await)?;
        let etag = put.header("etag").ok_or("the part was answered without its ETag")?;
        let write_once = self.subject.contract.upload.mode == Mode::Strict;
        self.complete(place, begun, etag, write_once).await
    }

    /// Asks for an object to be made of an upload's one part.
    pub(super) async fn complete(
        &self,
        place: &Place,
        begun: &Begun,
        etag: &str,
        write_once: bool,
    ) -> Result<Result<Answer, NoAnswer>, String> {
        let headers: &[(&str, &str)] = if write_once { &[("if-none-match", "*")] } else { &[] };
        let mut raw =
            place.request(Method::Post, &begun.key, &[("uploadId", &begun.upload_id)], headers)?;
        raw.body = format!(
            "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Part><PartNumber>1</PartNumber><ETag>{}</ETag></Part>\
             </CompleteMultipartUpload>",
            etag.trim_matches('"')
        )
        .into();
        self.cleanup.may_have_made(&format!("/{}", begun.key));
        Ok(self.send(&raw).await.map(told_by_body))
    }
}

/// S3 begins to answer with 200 before it has made the object, and tells in the body what went wrong then.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html>.
fn told_by_body(answer: Answer) -> Answer {
    match answer.code().as_deref() {
        Some("PreconditionFailed") => Answer { status: 412, ..answer },
        Some(_) if answer.is_success() => Answer { status: 400, ..answer },
        _ => answer,
    }
}

impl Place {
    /// The one part of an upload that was begun, which must be taken if nothing about it is changed.
    pub(super) fn part(&self, begun: &Begun, wanted: Wanted) -> Result<Raw, String> {
        let content = self.content();
        let (length, checksum) = (content.len().to_string(), sha256(&content));
        let checksum = begun.is_checked.then_some(checksum.as_str());
        let mut raw = match (&self.grants, &begun.granted) {
            (Some(grants), Some((key, upload))) => {
                let part = Part { key, upload, number: 1, checksum_sha256: checksum };
                let contract = self.contract_wanted(wanted)?;
                let granted = grants.part(
                    &contract,
                    self.signer.credentials(),
                    &part,
                    SystemTime::now() - wanted.signed_ago,
                );
                let granted = granted.map_err(|refusal| refusal.to_string())?;
                Raw {
                    method: reqwest::Method::PUT,
                    url: granted.url,
                    headers: granted.headers,
                    body: Bytes::new(),
                }
            }
            _ => {
                let query = [("partNumber", "1"), ("uploadId", begun.upload_id.as_str())];
                let mut headers = vec![("content-length", length.as_str())];
                headers.extend(checksum.map(|checksum| ("x-amz-checksum-sha256", checksum)));
                self.signed(Method::Put, &begun.key, &query, &headers, wanted)?
            }
        };
        raw.unset("content-length");
        raw.body = content;
        Ok(raw)
    }
}
