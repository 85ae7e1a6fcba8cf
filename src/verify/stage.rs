//! What every probe works with.

use std::sync::atomic::{AtomicU32, Ordering};

use secrecy::SecretString;
use serde_json::Value;
use tokio::sync::OnceCell;
use url::Url;

use crate::ca_certificates::CaCertificates;
use crate::contract::{AccountId, BucketName, ContentType, Contract, RoleName};
use crate::grant::SigningCredentials;
use crate::policy::{CorsRule, Document, Statement};
use crate::provision::Desired;

use super::cleanup::Cleanup;
use super::http::{Answer, Http, NoAnswer, Raw};
use super::place::{Place, Upload, Wanted, random};
use super::samples;
use super::{Operator, Seen};

/// What is to be proven, with everything that it takes.
pub struct Subject {
    /// The contract.
    pub contract: Contract,
    /// The account of bucket and role.
    pub account: AccountId,
    /// What the contract wants of AWS.
    pub desired: Desired,
    /// What is there.
    pub seen: Seen,
    /// The credentials of whoever runs the proof: they look at what arrived and clean up.
    pub operator_credentials: SigningCredentials,
    /// A session of the presigner role, or why there is none.
    pub role_session: Result<SigningCredentials, String>,
    /// Where the presign endpoint is, if that is to be proven too.
    pub endpoint: Option<Url>,
    /// What says who asks the endpoint, where that asks.
    pub token: Option<SecretString>,
    /// Who is believed by TLS beside the system's own authorities.
    pub ca_certificates: CaCertificates,
    /// What the operator does beside presigned requests.
    pub operator: Box<dyn Operator>,
}

impl Subject {
    /// Whether removing an object takes removing its versions.
    pub(super) fn keeps_versions(&self, bucket: &BucketName) -> bool {
        *bucket == self.contract.bucket.name && self.seen.keeps_versions.unwrap_or(self.contract.bucket.versioning)
    }
}

/// A subject under attack.
pub(super) struct Stage {
    pub(super) subject: Subject,
    pub(super) http: Http,
    /// The contract's bucket as the presigner role reaches it, or as the operator where there is no session of it.
    pub(super) place: Place,
    pub(super) cleanup: Cleanup,
    content_type: ContentType,
    /// What the names of everything made by this run have in them.
    run: String,
    made: AtomicU32,
    scratch_role: OnceCell<Result<SigningCredentials, String>>,
}

impl Stage {
    pub(super) fn new(subject: Subject) -> Result<Self, String> {
        let content_type = samples::content_type(&subject.contract.upload)?;
        let credentials = subject.role_session.as_ref().unwrap_or(&subject.operator_credentials).clone();
        let [a, b, c, d, e, f, ..] = random()?;
        Ok(Self {
            http: Http::new(&subject.ca_certificates).map_err(|error| format!("setting up the HTTP client: {error}"))?,
            place: Place::of_contract(&subject.contract, credentials, content_type.clone()),
            cleanup: Cleanup::default(),
            content_type,
            run: format!("{a:02x}{b:02x}{c:02x}{d:02x}{e:02x}{f:02x}"),
            made: AtomicU32::new(0),
            scratch_role: OnceCell::new(),
            subject,
        })
    }

    /// A bucket as the operator reaches it.
    pub(super) fn owner_place(&self, bucket: BucketName) -> Place {
        let Subject { contract, operator_credentials, .. } = &self.subject;
        Place::plain(contract, bucket, operator_credentials.clone(), self.content_type.clone())
    }

    pub(super) async fn send(&self, raw: &Raw) -> Result<Answer, NoAnswer> {
        self.http.send(raw).await
    }

    /// A new key of ours under the contract's prefix, with the extension of what is uploaded.
    pub(super) fn key(&self, place: &Place) -> String {
        let prefix = self.subject.contract.upload.key.prefix();
        self.noted(place, format!("{prefix}{}/{}.{}", self.name(), self.count(), self.content_type.extension()))
    }

    /// The same outside of the prefix.
    pub(super) fn key_outside(&self, place: &Place) -> String {
        self.noted(place, format!("{}/{}.{}", self.name(), self.count(), self.content_type.extension()))
    }

    /// The same with an extension that no content type has.
    pub(super) fn key_with_other_extension(&self, place: &Place) -> String {
        let prefix = self.subject.contract.upload.key.prefix();
        self.noted(place, format!("{prefix}{}/{}.gatepass-verify", self.name(), self.count()))
    }

    /// An upload that must work if nothing about it is changed.
    pub(super) fn upload(&self, place: &Place, wanted: Wanted) -> Result<Upload, String> {
        let upload = place.upload(&self.key(place), wanted)?;
        self.noted(place, upload.key.clone());
        Ok(upload)
    }

    /// An object that is there to be attacked: its key.
    pub(super) async fn object(&self, place: &Place) -> Result<String, String> {
        let upload = self.upload(place, Wanted::default())?;
        match self.send(&upload.raw).await {
            Ok(answer) if answer.is_success() => Ok(upload.key),
            Ok(answer) => Err(format!("no object to try it on: its upload was refused with {}", answer.told())),
            Err(none) => Err(format!("no object to try it on: no answer to its upload: {}", none.cause)),
        }
    }

    /// Notes that an object of this key may come to be.
    pub(super) fn noted(&self, place: &Place, key: String) -> String {
        self.cleanup.object(&place.bucket, &key);
        key
    }

    /// A new bucket with this one statement as its bucket policy and these CORS rules, reached as the operator.
    ///
    /// `statement` is given the bucket's ARN.
    pub(super) async fn scratch_bucket(
        &self,
        statement: Option<&(dyn Fn(&str) -> Value + Sync)>,
        cors: Option<CorsRule>,
    ) -> Result<Place, String> {
        let bucket = BucketName::parse(&format!("{}-{}", self.name(), self.count())).map_err(|invalid| invalid.problem)?;
        let partition = self.subject.contract.bucket.region.partition();
        let statement = statement.map(|statement| Statement::from_json(statement(&format!("arn:{partition}:s3:::{bucket}"))));
        let policy = statement.transpose().map_err(|error| error.to_string())?.map(|statement| Document::new(vec![statement]));
        self.cleanup.bucket(&bucket);
        self.subject.operator.make_bucket(&bucket, policy, cors).await?;
        Ok(self.owner_place(bucket))
    }

    /// A session of a role that may do nothing; the same for all.
    pub(super) async fn scratch_role(&self) -> Result<SigningCredentials, String> {
        let make = async || {
            let role = RoleName::parse(&self.name()).map_err(|invalid| invalid.problem)?;
            self.cleanup.role(&role);
            self.subject.operator.make_role(&role).await
        };
        self.scratch_role.get_or_init(make).await.clone()
    }

    fn name(&self) -> String {
        format!("gatepass-verify-{}", self.run)
    }

    fn count(&self) -> u32 {
        self.made.fetch_add(1, Ordering::Relaxed)
    }
}
