//! A signer that leaves something out of the signature gives it away, and exactly those rows break.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gatepass::aws::Connection;
use gatepass::ca_certificates::CaCertificates;
use gatepass::provision::Desired;
use gatepass::verify::{
    ByContract, Granted, GrantedForm, Grants, NotMade, Operator, Outcome, Part, RolePolicies, Seen,
    Subject, verify,
};
use gatepass_core::contract::{Contract, Overrides, RoleName};
use gatepass_core::grant::{
    BucketAddress, CheckedDownload, CheckedForm, CheckedUpload, Method, PresignRequest,
    PresignedUrl, Refusal, Signer, SigningCredentials,
};
use gatepass_core::policy::{CorsRule, Documents};
use iam_policy::Document;
use iam_policy::{AccountId, BucketName};
use serde_json::{Value, json};

use crate::backend::{Backend, run};

use super::{DOWNLOADS, applied, assert_nothing_left, contract};

/// Grants by the contract, but signs less.
#[derive(Clone, Copy, Default)]
struct Careless {
    /// Not under the signature, and yet among the headers to send.
    unsigned: &'static str,
    /// Neither under the signature nor sent.
    left_out: &'static str,
    /// Instead of the contract's.
    expires_in: Option<u32>,
    /// What no condition of a form's POST policy says anything of any more: the beginning of its name.
    unheld: &'static str,
}

impl Careless {
    fn seconds(&self, contract: &Contract) -> u32 {
        self.expires_in.unwrap_or(contract.upload.expires_in.seconds())
    }

    /// Signs the same again, but for what is to be left out.
    fn sign_less(
        &self,
        contract: &Contract,
        credentials: &SigningCredentials,
        mut granted: Granted,
        query: &[(&str, &str)],
        now: SystemTime,
    ) -> Result<Granted, Refusal> {
        granted.headers.retain(|(name, _)| !name.eq_ignore_ascii_case(self.left_out));
        let signed: Vec<(String, &str)> = granted
            .headers
            .iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), value.as_str()))
            .collect();
        let signed: Vec<(&str, &str)> = signed
            .iter()
            .map(|(name, value)| (name.as_str(), *value))
            .filter(|(name, _)| *name != self.unsigned)
            .collect();
        let request = PresignRequest {
            method: Method::Put,
            address: &BucketAddress::of(contract),
            key: &granted.key,
            query,
            headers: &signed,
            expires_in: self.seconds(contract),
        };
        let url =
            Signer::new(credentials.clone(), &contract.bucket.region).presign(&request, now)?;
        granted.url = url.expose().to_owned();
        Ok(granted)
    }
}

impl Grants for Careless {
    fn grant(
        &self,
        contract: &Contract,
        credentials: &SigningCredentials,
        upload: &CheckedUpload,
        now: SystemTime,
        random: [u8; 16],
    ) -> Result<Granted, Refusal> {
        let granted = ByContract.grant(contract, credentials, upload, now, random)?;
        self.sign_less(contract, credentials, granted, &[("x-id", "PutObject")], now)
    }

    fn part(
        &self,
        contract: &Contract,
        credentials: &SigningCredentials,
        part: &Part<'_>,
        now: SystemTime,
    ) -> Result<Granted, Refusal> {
        let granted = ByContract.part(contract, credentials, part, now)?;
        let number = part.number.to_string();
        let query = [
            ("x-id", "UploadPart"),
            ("partNumber", number.as_str()),
            ("uploadId", &part.upload.upload_id),
        ];
        self.sign_less(contract, credentials, granted, &query, now)
    }

    fn download(
        &self,
        contract: &Contract,
        credentials: &SigningCredentials,
        download: &CheckedDownload,
        now: SystemTime,
    ) -> Result<PresignedUrl, Refusal> {
        let said = [
            ("response-content-disposition", download.content_disposition.as_str()),
            ("response-content-type", download.content_type.as_ref().unwrap().as_str()),
        ];
        let said: Vec<(&str, &str)> =
            said.into_iter().filter(|(name, _)| *name != self.left_out).collect();
        let request = PresignRequest {
            method: Method::Get,
            address: &BucketAddress::of(contract),
            key: download.key.as_str(),
            query: &said,
            headers: &[],
            expires_in: self.seconds(contract),
        };
        Ok(Signer::new(credentials.clone(), &contract.bucket.region).presign(&request, now)?)
    }

    fn form(
        &self,
        contract: &Contract,
        credentials: &SigningCredentials,
        form: &CheckedForm,
        now: SystemTime,
        random: [u8; 16],
    ) -> Result<GrantedForm, Refusal> {
        let mut granted = ByContract.form(contract, credentials, form, now, random)?;
        let field = |fields: &[(String, String)], wanted: &str| {
            fields.iter().position(|(name, _)| name == wanted).unwrap()
        };
        let place = field(&granted.fields, "policy");
        let mut policy: Value =
            serde_json::from_slice(&STANDARD.decode(&granted.fields[place].1).unwrap()).unwrap();
        if let Some(seconds) = self.expires_in {
            let expires_at = now + Duration::from_secs(seconds.into());
            policy["expiration"] = humantime::format_rfc3339_seconds(expires_at).to_string().into();
        }
        if !self.unheld.is_empty() {
            let conditions = policy["conditions"].as_array_mut().unwrap();
            let before = conditions.len();
            conditions.retain(|condition| !names(condition).starts_with(self.unheld));
            assert_eq!(conditions.len(), before - 1, "{}", self.unheld);
            // S3 takes no field that its policy says nothing of
            if self.unheld != "content-length-range" {
                conditions.push(json!(["starts-with", format!("${}", self.unheld), ""]));
            }
        }
        let policy = STANDARD.encode(policy.to_string());
        let signature =
            Signer::new(credentials.clone(), &contract.bucket.region).sign_policy(&policy, now)?;
        granted.fields[place].1 = policy;
        let place = field(&granted.fields, "x-amz-signature");
        granted.fields[place].1 = signature;
        Ok(granted)
    }
}

/// What a condition of a POST policy is about.
fn names(condition: &Value) -> &str {
    match condition {
        Value::Object(exact) => exact.keys().next().unwrap(),
        _ if condition[0] == "content-length-range" => "content-length-range",
        _ => condition[1].as_str().unwrap(),
    }
}

/// Has no rights but those of presigned requests, so that a control could not speak for what is broken.
struct Nobody;

const NO: &str = "not here";

#[async_trait]
impl Operator for Nobody {
    async fn make_bucket(
        &self,
        _: &BucketName,
        _: Option<Document>,
        _: Option<CorsRule>,
    ) -> Result<Option<String>, NotMade> {
        Err(NotMade { why: NO.to_owned(), may_be_there: false })
    }
    async fn open_bucket(&self, _: &BucketName) -> Result<(), String> {
        Ok(())
    }
    async fn remove_bucket(&self, _: &BucketName) -> Result<(), String> {
        Ok(())
    }
    async fn make_role(
        &self,
        _: &RoleName,
        _: Option<Document>,
    ) -> Result<SigningCredentials, NotMade> {
        Err(NotMade { why: NO.to_owned(), may_be_there: false })
    }
    async fn remove_role(&self, _: &RoleName) -> Result<(), String> {
        Ok(())
    }
    async fn buckets(&self, _: &str) -> Result<Vec<BucketName>, String> {
        Ok(Vec::new())
    }
    async fn roles(&self, _: &str) -> Result<Vec<RoleName>, String> {
        Ok(Vec::new())
    }
    async fn presigner_session(&self, _: &str) -> Result<SigningCredentials, String> {
        Err(NO.to_owned())
    }
    async fn presigner_policies(&self) -> Result<RolePolicies, String> {
        Ok(RolePolicies { identity: Vec::new(), boundary: None })
    }
    async fn widen_presigner(&self, _: &str, _: &Document) -> Result<(), String> {
        Err(NO.to_owned())
    }
    async fn narrow_presigner(&self, _: &str) -> Result<(), String> {
        Ok(())
    }
}

async fn broken_with(careless: Careless, without: Option<&str>) -> Vec<&'static str> {
    broken_by(careless, "", without).await
}

async fn broken_by(careless: Careless, upload: &str, without: Option<&str>) -> Vec<&'static str> {
    let backend = Backend::embedded().await;
    let (bucket, _) = applied(&backend, "careless", upload).await;
    if let Some(sid) = without {
        super::bucket_mutations::drop_statement(&backend, &bucket, sid).await;
    }
    let contract = Contract::parse(
        &contract(&backend, &bucket, upload),
        "gatepass.toml",
        &Overrides::default(),
    )
    .unwrap();
    let account = AccountId::parse(backend.account_id).unwrap();
    let documents =
        Documents::render(&contract, &account, &gatepass::statement_files::built_in().unwrap())
            .unwrap();
    let desired = Desired::of(&contract, &account, &documents);
    let connection =
        Connection::with_credentials(&contract, backend.credentials(), CaCertificates::default());
    let subject = Subject {
        seen: Seen::read(&connection.reader(), &desired, &Nobody).await,
        operator_credentials: SigningCredentials {
            access_key_id: backend.access_key_id.clone(),
            secret_access_key: backend.secret_access_key.clone().into(),
            session_token: None,
            expires_at: None,
        },
        role_session: Ok(connection.role_session(&contract, "careless").await.unwrap()),
        may_widen_role: false,
        patience: Duration::ZERO,
        endpoint: None,
        token: None,
        ca_certificates: connection.ca_certificates().clone(),
        operator: Box::new(Nobody),
        grants: Arc::new(careless),
        contract,
        account,
        desired,
    };
    // whether its future is `Send` is more than the compiler can tell
    let verified = tokio::task::block_in_place(|| {
        tokio::runtime::Handle::current().block_on(verify(subject, &()))
    })
    .unwrap();
    assert_eq!(verified.left_behind, Vec::<String>::new());
    assert_nothing_left(&backend, &bucket).await;
    let broken = verified.proof.probes.iter().filter(|probe| probe.outcome == Outcome::Broken);
    broken.map(|probe| probe.guardrail.0).collect()
}

#[test]
fn nothing_left_out() {
    run(async { assert_eq!(broken_with(Careless::default(), None).await, [] as [&str; 0]) });
}

#[test]
fn an_unsigned_type() {
    let careless = Careless { unsigned: "content-type", ..Careless::default() };
    run(
        async move { assert_eq!(broken_with(careless, None).await, ["wrong type", "missing type"]) },
    );
}

#[test]
fn an_unsigned_length() {
    let careless = Careless { unsigned: "content-length", ..Careless::default() };
    run(async move { assert_eq!(broken_with(careless, None).await, ["longer", "shorter"]) });
}

#[test]
fn no_checksum() {
    let careless = Careless { left_out: "x-amz-checksum-sha256", ..Careless::default() };
    run(async move {
        assert_eq!(broken_with(careless, None).await, ["changed content under a signed checksum"])
    });
}

/// The bucket policy would refuse such an upload, so that its statement has to go as well.
#[test]
fn nothing_that_keeps_it_to_one_upload() {
    let careless = Careless { left_out: "if-none-match", ..Careless::default() };
    let broken = ["second upload", "role: write without if-none-match"];
    run(async move {
        assert_eq!(broken_with(careless, Some("GatepassPresignerWriteOnce")).await, broken)
    });
}

#[test]
fn a_long_life() {
    let careless = Careless { expires_in: Some(3600), ..Careless::default() };
    run(async move { assert_eq!(broken_with(careless, None).await, ["expired"]) });
}

const PARTS: &str = "multipart = true";
const FORMS: &str = "mode = \"compatible\"\n        form = true";

async fn broken_parts(careless: Careless) -> Vec<&'static str> {
    let broken = broken_by(careless, PARTS, None).await;
    broken.into_iter().filter(|guardrail| guardrail.starts_with("parts: ")).collect()
}

#[test]
fn parts_and_forms_with_nothing_left_out() {
    run(async {
        assert_eq!(broken_by(Careless::default(), PARTS, None).await, [] as [&str; 0]);
        assert_eq!(broken_by(Careless::default(), FORMS, None).await, [] as [&str; 0]);
    });
}

/// What holds one PUT holds a part, so that the rows of both break.
#[test]
fn parts() {
    run(async {
        let unsigned = Careless { unsigned: "content-length", ..Careless::default() };
        assert_eq!(broken_parts(unsigned).await, ["parts: longer", "parts: shorter"]);
        let left_out = Careless { left_out: "x-amz-checksum-sha256", ..Careless::default() };
        assert_eq!(
            broken_parts(left_out).await,
            ["parts: changed content under a signed checksum"]
        );
        let long = Careless { expires_in: Some(3600), ..Careless::default() };
        assert_eq!(broken_parts(long).await, ["parts: expired"]);
    });
}

async fn broken_forms(unheld: &'static str) -> Vec<&'static str> {
    broken_by(Careless { unheld, ..Careless::default() }, FORMS, None).await
}

#[test]
fn forms_that_hold_less() {
    run(async {
        assert_eq!(broken_forms("key").await, ["form: other key"]);
        assert_eq!(broken_forms("Content-Type").await, ["form: wrong type"]);
        assert_eq!(
            broken_forms("content-length-range").await,
            ["form: longer", "form: shorter", "form: too large"]
        );
        let long = Careless { expires_in: Some(3600), ..Careless::default() };
        assert_eq!(broken_by(long, FORMS, None).await, ["expired", "form: expired"]);
    });
}

/// What is not signed of a download its answer does not say.
#[test]
fn downloads() {
    run(async {
        assert_eq!(broken_by(Careless::default(), DOWNLOADS, None).await, [] as [&str; 0]);
        let long = Careless { expires_in: Some(3600), ..Careless::default() };
        assert_eq!(broken_by(long, DOWNLOADS, None).await, ["expired", "download: expired"]);
        let unsaid = Careless { left_out: "response-content-disposition", ..Careless::default() };
        assert_eq!(
            broken_by(unsaid, DOWNLOADS, None).await,
            ["download: works", "download: tampered disposition"]
        );
    });
}
