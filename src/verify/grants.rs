//! How the uploads and downloads are granted that are attacked.

use std::time::SystemTime;

use gatepass_core::contract::Contract;
use gatepass_core::grant::{
    CheckedDownload, CheckedForm, CheckedUpload, GrantMaker, MultipartTicket, ObjectKey,
    PresignedUrl, Refusal, SigningCredentials,
};

/// Grants the uploads that are attacked: [`ByContract`], unless it is to be seen what a signer gives away that leaves
/// something out.
pub trait Grants: Send + Sync {
    /// A grant of this upload, signed at `now`. `random` becomes the key's UUID.
    ///
    /// # Errors
    /// Why there is none.
    fn grant(
        &self,
        contract: &Contract,
        credentials: &SigningCredentials,
        upload: &CheckedUpload,
        now: SystemTime,
        random: [u8; 16],
    ) -> Result<Granted, Refusal>;

    /// The same by a form.
    ///
    /// # Errors
    /// Why there is none.
    fn form(
        &self,
        contract: &Contract,
        credentials: &SigningCredentials,
        form: &CheckedForm,
        now: SystemTime,
        random: [u8; 16],
    ) -> Result<GrantedForm, Refusal>;

    /// One part of an upload that was begun.
    ///
    /// # Errors
    /// Why there is none.
    fn part(
        &self,
        contract: &Contract,
        credentials: &SigningCredentials,
        part: &Part<'_>,
        now: SystemTime,
    ) -> Result<Granted, Refusal>;

    /// The URL of a download.
    ///
    /// # Errors
    /// Why there is none.
    fn download(
        &self,
        contract: &Contract,
        credentials: &SigningCredentials,
        download: &CheckedDownload,
        now: SystemTime,
    ) -> Result<PresignedUrl, Refusal>;
}

/// A part to be granted.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    /// The object's key.
    pub key: &'a ObjectKey,
    /// The upload.
    pub upload: &'a MultipartTicket,
    /// Counted from 1.
    pub number: u32,
    /// The base64 form of its SHA-256, for an upload whose parts carry it.
    pub checksum_sha256: Option<&'a str>,
}

/// What a client is given. Has no `Debug`, for its URL is a right.
pub struct Granted {
    /// Where to send the bytes.
    pub url: String,
    /// The object's key.
    pub key: String,
    /// The headers that the client must send.
    pub headers: Vec<(String, String)>,
}

/// A form that a client is given. Has no `Debug`, for its fields are a right.
#[derive(Clone)]
pub struct GrantedForm {
    /// Where to send the form.
    pub url: String,
    /// The object's key.
    pub key: String,
    /// The fields that the client must send, and the file after them.
    pub fields: Vec<(String, String)>,
}

/// As the presign endpoint grants.
#[derive(Debug, Clone, Copy)]
pub struct ByContract;

impl Grants for ByContract {
    fn grant(
        &self,
        contract: &Contract,
        credentials: &SigningCredentials,
        upload: &CheckedUpload,
        now: SystemTime,
        random: [u8; 16],
    ) -> Result<Granted, Refusal> {
        let grant = GrantMaker::new(contract, credentials.clone()).grant(upload, now, random)?;
        Ok(Granted {
            url: grant.upload_url.expose().to_owned(),
            key: grant.key.as_str().to_owned(),
            headers: grant
                .headers
                .into_iter()
                .map(|(name, value)| (name.into_owned(), value))
                .collect(),
        })
    }

    fn form(
        &self,
        contract: &Contract,
        credentials: &SigningCredentials,
        form: &CheckedForm,
        now: SystemTime,
        random: [u8; 16],
    ) -> Result<GrantedForm, Refusal> {
        let grant = GrantMaker::new(contract, credentials.clone()).form(form, now, random)?;
        let fields = grant
            .expose_fields()
            .iter()
            .map(|(name, value)| (name.clone().into_owned(), value.clone()))
            .collect();
        Ok(GrantedForm { key: grant.key.as_str().to_owned(), fields, url: grant.url })
    }

    fn part(
        &self,
        contract: &Contract,
        credentials: &SigningCredentials,
        part: &Part<'_>,
        now: SystemTime,
    ) -> Result<Granted, Refusal> {
        let Part { key, upload, number, checksum_sha256 } = *part;
        let grant = GrantMaker::new(contract, credentials.clone()).part(
            key,
            upload,
            number,
            checksum_sha256,
            now,
        )?;
        Ok(Granted {
            url: grant.url.expose().to_owned(),
            key: key.as_str().to_owned(),
            headers: grant
                .headers
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        })
    }

    fn download(
        &self,
        contract: &Contract,
        credentials: &SigningCredentials,
        download: &CheckedDownload,
        now: SystemTime,
    ) -> Result<PresignedUrl, Refusal> {
        Ok(GrantMaker::new(contract, credentials.clone()).download(download, now)?.download_url)
    }
}
