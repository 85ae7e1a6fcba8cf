//! A signer that leaves something out of the signature gives it away, and exactly those rows break.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use gatepass::aws::Connection;
use gatepass::ca_certificates::CaCertificates;
use gatepass::contract::{AccountId, BucketName, Contract, Overrides, RoleName};
use gatepass::grant::{BucketAddress, CheckedUpload, Method, PresignRequest, Refusal, Signer, SigningCredentials};
use gatepass::policy::{CorsRule, Document, Documents, StatementFiles};
use gatepass::provision::Desired;
use gatepass::verify::{ByContract, Granted, Grants, Operator, Outcome, RolePolicies, Seen, Subject, verify};

use crate::backend::{Backend, run};

use super::{applied, assert_nothing_left, contract};

/// Grants by the contract, but signs less.
#[derive(Clone, Copy, Default)]
struct Careless {
    /// Not under the signature, and yet among the headers to send.
    unsigned: &'static str,
    /// Neither under the signature nor sent.
    left_out: &'static str,
    /// Instead of the contract's.
    expires_in: Option<u32>,
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
        let mut granted = ByContract.grant(contract, credentials, upload, now, random)?;
        granted.headers.retain(|(name, _)| !name.eq_ignore_ascii_case(self.left_out));
        let signed: Vec<(String, &str)> = granted.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.as_str())).collect();
        let signed: Vec<(&str, &str)> =
            signed.iter().map(|(name, value)| (name.as_str(), *value)).filter(|(name, _)| *name != self.unsigned).collect();
        let request = PresignRequest {
            method: Method::Put,
            address: &BucketAddress::of(contract),
            key: &granted.key,
            query: &[("x-id", "PutObject")],
            headers: &signed,
            expires_in: self.expires_in.unwrap_or(contract.upload.expires_in.seconds()),
        };
        let url = Signer::new(credentials.clone(), &contract.bucket.region).presign(&request, now)?;
        granted.url = url.expose().to_owned();
        Ok(granted)
    }
}

/// Has no rights but those of presigned requests, so that a control could not speak for what is broken.
struct Nobody;

const NO: &str = "not here";

#[async_trait]
impl Operator for Nobody {
    async fn make_bucket(&self, _: &BucketName, _: Option<Document>, _: Option<CorsRule>) -> Result<(), String> {
        Err(NO.to_owned())
    }
    async fn open_bucket(&self, _: &BucketName) -> Result<(), String> {
        Ok(())
    }
    async fn remove_bucket(&self, _: &BucketName) -> Result<(), String> {
        Ok(())
    }
    async fn make_role(&self, _: &RoleName, _: Option<Document>) -> Result<SigningCredentials, String> {
        Err(NO.to_owned())
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
    let backend = Backend::embedded().await;
    let (bucket, _) = applied(&backend, "careless", "").await;
    if let Some(sid) = without {
        super::bucket_mutations::drop_statement(&backend, &bucket, sid).await;
    }
    let contract = Contract::parse(&contract(&backend, &bucket, ""), "gatepass.toml", &Overrides::default()).unwrap();
    let account = AccountId::parse(backend.account_id).unwrap();
    let documents = Documents::render(&contract, &account, &StatementFiles::built_in().unwrap()).unwrap();
    let desired = Desired::of(&contract, &account, &documents);
    let connection = Connection::with_credentials(&contract, backend.credentials(), CaCertificates::default());
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
    let verified = tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(verify(subject, &()))).unwrap();
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
    run(async move { assert_eq!(broken_with(careless, None).await, ["wrong type", "missing type"]) });
}

#[test]
fn an_unsigned_length() {
    let careless = Careless { unsigned: "content-length", ..Careless::default() };
    run(async move { assert_eq!(broken_with(careless, None).await, ["longer", "shorter"]) });
}

#[test]
fn no_checksum() {
    let careless = Careless { left_out: "x-amz-checksum-sha256", ..Careless::default() };
    run(async move { assert_eq!(broken_with(careless, None).await, ["changed content under a signed checksum"]) });
}

/// The bucket policy would refuse such an upload, so that its statement has to go as well.
#[test]
fn nothing_that_keeps_it_to_one_upload() {
    let careless = Careless { left_out: "if-none-match", ..Careless::default() };
    let broken = ["second upload", "role: write without if-none-match"];
    run(async move { assert_eq!(broken_with(careless, Some("GatepassPresignerWriteOnce")).await, broken) });
}

#[test]
fn a_long_life() {
    let careless = Careless { expires_in: Some(3600), ..Careless::default() };
    run(async move { assert_eq!(broken_with(careless, None).await, ["expired"]) });
}
