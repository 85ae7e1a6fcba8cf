//! How the uploads are granted that are attacked.

use std::time::SystemTime;

use crate::contract::Contract;
use crate::grant::{CheckedUpload, GrantMaker, Refusal, SigningCredentials};

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
            headers: grant.headers.into_iter().map(|(name, value)| (name.into_owned(), value)).collect(),
        })
    }
}
