//! What uploads are gone on with after their grant: the secrets that seal tickets, and S3 with the credentials that sign.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use anyhow::Context as _;
use async_trait::async_trait;
use secrecy::SecretString;

use crate::aws::{AwsError, AwsErrorKind, AwsObjects, Connection, SigningCredentialSource};
use crate::contract::Contract;
use crate::grant::{NewMultipartUpload, ObjectKey, StoredPart, TicketKeys};
use crate::server::{CompletedUpload, Continuation, ObjectStore, StoreError, StoreErrorKind};

use super::{env, print};

/// What the contract's uploads need; none where it has none that are gone on with.
pub(super) fn of(
    contract: &Contract,
    contract_path: &Path,
    connection: &Connection,
    credentials: SigningCredentialSource,
) -> anyhow::Result<Option<Continuation>> {
    if contract.upload.multipart.is_none() {
        return Ok(None);
    }
    let tickets = ticket_keys(contract, contract_path)?;
    Ok(Some(Continuation { tickets, objects: Arc::new(SigningObjects(connection.objects(contract, credentials))) }))
}

/// The secrets of the environment variable, else those of the contract's file, else one of this process.
fn ticket_keys(contract: &Contract, contract_path: &Path) -> anyhow::Result<TicketKeys> {
    let hint = || {
        format!("write secrets of at least {} characters, the newest first; `openssl rand -base64 32` makes one", TicketKeys::MIN_SECRET)
    };
    let keys = |secrets: Vec<SecretString>, source: String| {
        TicketKeys::new(&secrets, contract.bucket.name.as_str())
            .map_err(|error| print::hinted(anyhow::Error::from(error).context(source), hint()))
    };
    if let Some(text) = std::env::var(env::TICKET_SECRETS).ok().filter(|text| !text.is_empty()) {
        let secrets = text.split([' ', '\t', '\n', ',']).filter(|secret| !secret.is_empty());
        return keys(secrets.map(SecretString::from).collect(), format!("environment variable {}", env::TICKET_SECRETS));
    }
    if let Some(file) = &contract.serve.ticket_secrets_file {
        let path = contract_path.parent().unwrap_or(Path::new("")).join(file);
        let reading = format!("serve.ticket_secrets_file: reading {}", path.display());
        let text = std::fs::read_to_string(&path).with_context(|| reading.clone())?;
        let secrets = text.lines().map(str::trim).filter(|secret| !secret.is_empty());
        return keys(secrets.map(SecretString::from).collect(), reading);
    }
    // the same after a reload, for tickets that are out
    static OF_THIS_PROCESS: OnceLock<String> = OnceLock::new();
    let secret = match OF_THIS_PROCESS.get() {
        Some(secret) => secret.clone(),
        None => {
            let mut random = [0; 32];
            getrandom::fill(&mut random).context("making a secret for tickets")?;
            tracing::warn!(
                variable = env::TICKET_SECRETS,
                "tickets are sealed with a secret of this process: they end with it, and copies behind a load balancer need a shared one"
            );
            OF_THIS_PROCESS.get_or_init(|| random.iter().map(|byte| format!("{byte:02x}")).collect()).clone()
        }
    };
    keys(vec![secret.into()], "making a secret for tickets".to_owned())
}

/// S3 for the endpoint.
#[derive(Debug)]
struct SigningObjects(AwsObjects);

#[async_trait]
impl ObjectStore for SigningObjects {
    async fn create_multipart_upload(&self, upload: &NewMultipartUpload) -> Result<String, StoreError> {
        self.0.create_multipart_upload(upload).await.map_err(told)
    }

    async fn list_parts(&self, key: &ObjectKey, upload_id: &str) -> Result<Vec<StoredPart>, StoreError> {
        self.0.list_parts(key.as_str(), upload_id).await.map_err(told)
    }

    async fn complete_multipart_upload(
        &self,
        key: &ObjectKey,
        upload_id: &str,
        parts: &[StoredPart],
        write_once: bool,
    ) -> Result<CompletedUpload, StoreError> {
        let etag = self.0.complete_multipart_upload(key.as_str(), upload_id, parts, write_once).await.map_err(told)?;
        Ok(CompletedUpload { etag })
    }

    async fn abort_multipart_upload(&self, key: &ObjectKey, upload_id: &str) -> Result<(), StoreError> {
        self.0.abort_multipart_upload(key.as_str(), upload_id).await.map_err(told)
    }
}

/// See <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>.
fn told(error: AwsError) -> StoreError {
    let kind = match (error.code(), error.kind()) {
        (Some("NoSuchUpload"), _) => StoreErrorKind::NotFound,
        (Some("PreconditionFailed"), _) => StoreErrorKind::ObjectExists,
        (Some("ConditionalRequestConflict" | "OperationAborted"), _) => StoreErrorKind::Conflict,
        (Some("InvalidPart" | "InvalidPartOrder" | "EntityTooSmall"), _) => StoreErrorKind::PartsRefused,
        (_, AwsErrorKind::Throttled) => StoreErrorKind::Busy,
        (_, AwsErrorKind::Unreachable | AwsErrorKind::TimedOut) => StoreErrorKind::Unreachable,
        (_, AwsErrorKind::NoCredentials | AwsErrorKind::CredentialsExpired) => StoreErrorKind::NoCredentials,
        _ => StoreErrorKind::Other,
    };
    StoreError { kind, source: error.into() }
}
