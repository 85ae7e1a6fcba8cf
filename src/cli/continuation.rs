//! What uploads are gone on with after their grant: the secrets that seal tickets, and S3 with the credentials that sign.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use anyhow::Context as _;
use async_trait::async_trait;
use secrecy::SecretString;

use crate::aws::{AwsError, AwsErrorKind, AwsObjects, Connection, SigningCredentialSource};
use crate::server::{CompletedUpload, Continuation, ObjectStore, StoreError, StoreErrorKind};
use gatepass_core::contract::{Contract, Looks};
use gatepass_core::grant::{
    NewMultipartUpload, ObjectKey, ReceiptKeys, SecretError, StoredObject, StoredPart, TicketKeys,
};

use super::{env, print};

/// What the contract's uploads need; none where it has none that are gone on with.
pub(super) fn of(
    contract: &Contract,
    contract_path: &Path,
    connection: &Connection,
    credentials: SigningCredentialSource,
) -> anyhow::Result<Option<Continuation>> {
    let upload = &contract.upload;
    if upload.multipart.is_none() && !upload.confirm {
        return Ok(None);
    }
    let beside = |file: &Option<PathBuf>| {
        file.as_ref().map(|file| contract_path.parent().unwrap_or(Path::new("")).join(file))
    };
    let serve = &contract.serve;
    let bucket = contract.bucket.name.as_str();
    let tickets = keys(
        env::TICKET_SECRETS,
        beside(&serve.ticket_secrets_file).as_deref(),
        "serve.ticket_secrets_file",
        |secrets| TicketKeys::new(secrets, bucket),
    )?;
    let tickets = match tickets {
        Some(tickets) => tickets,
        None => {
            static KEPT: OnceLock<String> = OnceLock::new();
            let secret = secret_of_this_process(&KEPT, || {
                tracing::warn!(
                    variable = env::TICKET_SECRETS,
                    "tickets are sealed with a secret of this process: they end with it, and copies behind a load balancer need a shared one"
                );
            })?;
            TicketKeys::new(&[secret], bucket)?
        }
    };
    let receipts = if upload.confirm {
        Some(signing_keys(beside(&serve.receipt_secrets_file).as_deref())?)
    } else {
        None
    };
    Ok(Some(Continuation {
        tickets,
        receipts,
        objects: Arc::new(SigningObjects(connection.objects(contract, credentials))),
    }))
}

/// Whoever is to believe a receipt needs the secret, so that one of this process is good for trying it out only.
fn signing_keys(file: Option<&Path>) -> anyhow::Result<ReceiptKeys> {
    if let Some(keys) = receipt_keys(file, "serve.receipt_secrets_file")? {
        return Ok(keys);
    }
    static KEPT: OnceLock<String> = OnceLock::new();
    let secret = secret_of_this_process(&KEPT, || {
        tracing::warn!(
            variable = env::RECEIPT_SECRETS,
            "receipts are signed with a secret of this process, and nobody can check them"
        );
    })?;
    Ok(ReceiptKeys::new(&[secret])?)
}

/// The secrets of receipts: of the environment variable, else of the file that `field` names; none where there are none.
pub(super) fn receipt_keys(
    file: Option<&Path>,
    field: &'static str,
) -> anyhow::Result<Option<ReceiptKeys>> {
    keys(env::RECEIPT_SECRETS, file, field, ReceiptKeys::new)
}

fn keys<K>(
    variable: &'static str,
    file: Option<&Path>,
    field: &'static str,
    new: impl Fn(&[SecretString]) -> Result<K, SecretError>,
) -> anyhow::Result<Option<K>> {
    let hint = || {
        format!(
            "write secrets of at least {} characters, the newest first; `openssl rand -base64 32` makes one",
            TicketKeys::MIN_SECRET
        )
    };
    let made = |secrets: Vec<SecretString>, source: String| {
        new(&secrets)
            .map(Some)
            .map_err(|error| print::hinted(anyhow::Error::from(error).context(source), hint()))
    };
    if let Some(text) = std::env::var(variable).ok().filter(|text| !text.is_empty()) {
        let secrets = text.split([' ', '\t', '\n', ',']).filter(|secret| !secret.is_empty());
        return made(
            secrets.map(SecretString::from).collect(),
            format!("environment variable {variable}"),
        );
    }
    let Some(path) = file else { return Ok(None) };
    let reading = format!("{field}: reading {}", path.display());
    let text = std::fs::read_to_string(path).with_context(|| reading.clone())?;
    let secrets = text.lines().map(str::trim).filter(|secret| !secret.is_empty());
    made(secrets.map(SecretString::from).collect(), reading)
}

/// The secret of this process for one purpose: the same after a reload, for tickets and receipts that are out. `warn` is called when
/// it is made.
fn secret_of_this_process(
    kept: &OnceLock<String>,
    warn: impl FnOnce(),
) -> anyhow::Result<SecretString> {
    if let Some(secret) = kept.get() {
        return Ok(secret.as_str().into());
    }
    let mut random = [0; 32];
    getrandom::fill(&mut random).context("making a secret")?;
    warn();
    Ok(kept
        .get_or_init(|| random.iter().map(|byte| format!("{byte:02x}")).collect())
        .as_str()
        .into())
}

/// S3 for the endpoint.
#[derive(Debug)]
struct SigningObjects(AwsObjects);

#[async_trait]
impl ObjectStore for SigningObjects {
    async fn create_multipart_upload(
        &self,
        upload: &NewMultipartUpload,
    ) -> Result<String, StoreError> {
        self.0.create_multipart_upload(upload).await.map_err(told)
    }

    async fn list_parts(
        &self,
        key: &ObjectKey,
        upload_id: &str,
    ) -> Result<Vec<StoredPart>, StoreError> {
        self.0.list_parts(key.as_str(), upload_id).await.map_err(told)
    }

    async fn complete_multipart_upload(
        &self,
        key: &ObjectKey,
        upload_id: &str,
        parts: &[StoredPart],
        write_once: bool,
    ) -> Result<CompletedUpload, StoreError> {
        let (etag, version_id) = self
            .0
            .complete_multipart_upload(key.as_str(), upload_id, parts, write_once)
            .await
            .map_err(told)?;
        Ok(CompletedUpload { etag, version_id })
    }

    async fn find(&self, key: &ObjectKey) -> Result<Option<StoredObject>, StoreError> {
        let is_hidden = |error: &AwsError| {
            self.0.looks() == Looks::Head && *error.kind() == AwsErrorKind::AccessDenied
        };
        self.0.find(key.as_str()).await.map_err(|error| {
            if is_hidden(&error) {
                StoreError { kind: StoreErrorKind::NotShown, source: error.into() }
            } else {
                told(error)
            }
        })
    }

    async fn remove_tag(
        &self,
        key: &ObjectKey,
        tag_key: &str,
    ) -> Result<Option<String>, StoreError> {
        self.0.remove_tag(key.as_str(), tag_key).await.map_err(told)
    }

    async fn abort_multipart_upload(
        &self,
        key: &ObjectKey,
        upload_id: &str,
    ) -> Result<(), StoreError> {
        self.0.abort_multipart_upload(key.as_str(), upload_id).await.map_err(told)
    }
}

/// See <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>.
fn told(error: AwsError) -> StoreError {
    let kind = match (error.code(), error.kind()) {
        (Some("NoSuchUpload" | "NoSuchKey"), _) => StoreErrorKind::NotFound,
        (Some("PreconditionFailed"), _) => StoreErrorKind::ObjectExists,
        (Some("ConditionalRequestConflict" | "OperationAborted"), _) => StoreErrorKind::Conflict,
        (Some("InvalidPart" | "InvalidPartOrder" | "EntityTooSmall"), _) => {
            StoreErrorKind::PartsRefused
        }
        (_, AwsErrorKind::Throttled) => StoreErrorKind::Busy,
        (_, AwsErrorKind::Unreachable | AwsErrorKind::TimedOut) => StoreErrorKind::Unreachable,
        (_, AwsErrorKind::NoCredentials | AwsErrorKind::CredentialsExpired) => {
            StoreErrorKind::NoCredentials
        }
        _ => StoreErrorKind::Other,
    };
    StoreError { kind, source: error.into() }
}
