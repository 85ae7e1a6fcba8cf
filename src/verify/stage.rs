//! What every probe works with.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use secrecy::SecretString;
use tokio::sync::OnceCell;
use url::Url;

use crate::ca_certificates::CaCertificates;
use crate::provision::Desired;
use gatepass_core::contract::{ContentType, Contract};
use gatepass_core::grant::SigningCredentials;
use iam_policy::{AccountId, BucketName};

use super::cleanup::Cleanup;
use super::http::{Answer, Http, NoAnswer, Raw};
use super::names::RunName;
use super::place::{Place, Upload, Wanted};
use super::samples;
use super::window::Window;
use super::{Grants, Operator, Seen};

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
    /// Whether the presigner role may be given a wider policy for some seconds, to attack what the bucket policy keeps
    /// it from then.
    pub may_widen_role: bool,
    /// How long an upload may take to work for the first time: a new role does not work everywhere at once.
    pub patience: Duration,
    /// Where the presign endpoint is, if that is to be proven too.
    pub endpoint: Option<Url>,
    /// What says who asks the endpoint, where that asks.
    pub token: Option<SecretString>,
    /// Who is believed by TLS beside the system's own authorities.
    pub ca_certificates: CaCertificates,
    /// What the operator does beside presigned requests.
    pub operator: Box<dyn Operator>,
    /// What grants the uploads that are attacked.
    pub grants: Arc<dyn Grants>,
}

impl Subject {
    /// Whether removing an object takes removing its versions.
    pub(super) fn keeps_versions(&self, bucket: &BucketName) -> bool {
        *bucket == self.contract.bucket.name
            && self.seen.keeps_versions.unwrap_or(self.contract.bucket.versioning)
    }
}

/// A subject under attack.
pub(super) struct Stage {
    pub(super) subject: Subject,
    pub(super) http: Http,
    /// The contract's bucket as the presigner role reaches it, or as the operator where there is no session of it.
    pub(super) place: Place,
    pub(super) cleanup: Cleanup,
    pub(super) run: RunName,
    pub(super) content_type: ContentType,
    pub(super) window: OnceCell<Result<Window, String>>,
    /// Sessions of the scratch roles, each made when it is first asked for.
    pub(super) scratch_role: OnceCell<Result<SigningCredentials, String>>,
    pub(super) powerless_role: OnceCell<Result<SigningCredentials, String>>,
    /// Whether the first scratch bucket, and the first scratch role, could be removed. Where not, no other is made.
    pub(super) scratch_buckets: OnceCell<Result<(), String>>,
    pub(super) scratch_roles: OnceCell<Result<(), String>>,
    made: AtomicU32,
}

impl Stage {
    pub(super) fn new(subject: Subject) -> Result<Self, String> {
        let content_type = samples::content_type(&subject.contract.upload)?;
        let credentials =
            subject.role_session.as_ref().unwrap_or(&subject.operator_credentials).clone();
        let run = RunName::new()?;
        Ok(Self {
            http: Http::new(&subject.ca_certificates)
                .map_err(|error| format!("setting up the HTTP client: {error}"))?,
            place: Place::of_contract(
                &subject.contract,
                &run,
                credentials,
                content_type.clone(),
                Arc::clone(&subject.grants),
            ),
            cleanup: Cleanup::default(),
            run,
            content_type,
            window: OnceCell::new(),
            scratch_role: OnceCell::new(),
            powerless_role: OnceCell::new(),
            scratch_buckets: OnceCell::new(),
            scratch_roles: OnceCell::new(),
            made: AtomicU32::new(0),
            subject,
        })
    }

    /// A bucket as the operator reaches it.
    pub(super) fn owner_place(&self, bucket: BucketName) -> Place {
        let Subject { contract, operator_credentials, .. } = &self.subject;
        Place::plain(contract, bucket, operator_credentials.clone(), self.content_type.clone())
    }

    pub(super) async fn send(&self, raw: &Raw) -> Result<Answer, NoAnswer> {
        let answer = self.http.send(raw).await;
        let is_refused = answer.as_ref().is_ok_and(|answer| (400..500).contains(&answer.status));
        if raw.method == reqwest::Method::PUT && !is_refused {
            self.cleanup.may_have_made(&raw.url);
        }
        answer
    }

    /// A new key of ours under the contract's prefix, with the extension of what is uploaded.
    pub(super) fn key(&self, place: &Place) -> String {
        let prefix = self.subject.contract.upload.key.prefix();
        self.noted(
            place,
            format!("{prefix}{}/{}.{}", self.run, self.count(), self.content_type.extension()),
        )
    }

    /// The same outside of the prefix.
    pub(super) fn key_outside(&self, place: &Place) -> String {
        self.noted(
            place,
            format!("{}/{}.{}", self.run, self.count(), self.content_type.extension()),
        )
    }

    /// The same with an extension that no content type has.
    pub(super) fn key_with_other_extension(&self, place: &Place) -> String {
        let prefix = self.subject.contract.upload.key.prefix();
        self.noted(place, format!("{prefix}{}/{}.gatepass-verify", self.run, self.count()))
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
        self.made(upload.key, &upload.raw).await
    }

    /// An object outside of the prefix, made with the operator's own rights: its key.
    pub(super) async fn object_outside(&self, place: &Place) -> Result<String, String> {
        let key = self.key_outside(place);
        let upload = self.owner_place(place.bucket.clone()).put(&key, &[], Wanted::default())?;
        self.made(key, &upload).await
    }

    pub(super) async fn made(&self, key: String, upload: &Raw) -> Result<String, String> {
        match self.send(upload).await {
            Ok(answer) if answer.is_success() => Ok(key),
            Ok(answer) => Err(format!(
                "no object to try it on: its upload was refused with {}",
                answer.told()
            )),
            Err(none) => {
                Err(format!("no object to try it on: no answer to its upload: {}", none.cause))
            }
        }
    }

    /// Notes that an object of this key may come to be.
    pub(super) fn noted(&self, place: &Place, key: String) -> String {
        self.cleanup.object(&place.bucket, &key);
        key
    }

    pub(super) fn count(&self) -> u32 {
        self.made.fetch_add(1, Ordering::Relaxed)
    }
}
