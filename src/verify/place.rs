//! A bucket under attack, and whose signatures it is attacked with.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use gatepass_core::contract::{
    Checksum, ContentType, Contract, ExpiresIn, KeyTemplate, Mode, Subject,
};
use gatepass_core::grant::{
    BucketAddress, Disposition, DownloadRequest, Method, PresignRequest, Signer,
    SigningCredentials, UploadRequest,
};
use iam_policy::BucketName;

use super::Grants;
use super::http::Raw;
use super::names::RunName;

/// What is uploaded, or as much of it as the contract allows.
const CONTENT: &[u8] = b"An object of `gatepass verify`, which removes it when it ends.\n";

/// Who asks, for contracts whose keys say it.
const SUBJECT: &str = "gatepass-verify";

/// How long the requests of probes may be used: a probe is sent at once.
const EXPIRES_IN: u32 = 300;

/// One bucket with what signs.
pub(super) struct Place {
    pub(super) bucket: BucketName,
    pub(super) address: BucketAddress,
    pub(super) signer: Signer,
    /// The contract of this bucket: a scratch bucket's differs from the real one in the bucket's name.
    pub(super) contract: Contract,
    /// What grants uploads as the presign endpoint does, by the contract; without it they are signed plainly.
    pub(super) grants: Option<Arc<dyn Grants>>,
    pub(super) content_type: ContentType,
    /// What the backend does not know of a scratch bucket's settings.
    pub(super) lacks: Option<String>,
}

/// How an upload is wanted.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Wanted {
    /// With a checksum under the signature, even where the contract does not ask for it.
    pub(super) checksum: bool,
    /// Signed so long ago.
    pub(super) signed_ago: Duration,
    /// `X-Amz-Expires`, in seconds.
    pub(super) expires_in: Option<u32>,
}

/// An upload ready to be sent.
pub(super) struct Upload {
    pub(super) raw: Raw,
    pub(super) key: String,
}

impl Place {
    /// The contract's bucket, where uploads are granted as the presign endpoint grants them, but for one thing: the
    /// run's name stands in their keys, after the prefix, so that they can be told from everybody else's.
    pub(super) fn of_contract(
        contract: &Contract,
        run: &RunName,
        credentials: SigningCredentials,
        content_type: ContentType,
        grants: Arc<dyn Grants>,
    ) -> Self {
        let mut contract = contract.clone();
        if let Some(key) = Self::key_of_run(&contract, run.as_str()) {
            contract.upload.key = key;
        }
        Self { grants: Some(grants), ..Self::new(contract, credentials, content_type) }
    }

    /// The contract's key template with the run's name after its prefix; none where its keys would get too long for S3.
    pub(super) fn key_of_run(contract: &Contract, run: &str) -> Option<KeyTemplate> {
        let template = &contract.upload.key;
        let rest = template.as_str().strip_prefix(template.prefix())?;
        KeyTemplate::parse(&format!("{}{run}/{rest}", template.prefix())).ok()
    }

    /// Another bucket behind the same endpoint, where nothing of the contract counts.
    pub(super) fn plain(
        contract: &Contract,
        bucket: BucketName,
        credentials: SigningCredentials,
        content_type: ContentType,
    ) -> Self {
        let mut contract = contract.clone();
        contract.bucket.name = bucket;
        Self::new(contract, credentials, content_type)
    }

    fn new(contract: Contract, credentials: SigningCredentials, content_type: ContentType) -> Self {
        Self {
            bucket: contract.bucket.name.clone(),
            address: BucketAddress::of(&contract),
            signer: Signer::new(credentials, &contract.bucket.region),
            contract,
            grants: None,
            content_type,
            lacks: None,
        }
    }

    /// The same bucket with other credentials.
    pub(super) fn with_credentials(&self, credentials: SigningCredentials) -> Self {
        Self {
            grants: self.grants.clone(),
            ..Self::new(self.contract.clone(), credentials, self.content_type.clone())
        }
    }

    /// No bucket, but the service behind it.
    pub(super) fn service(&self) -> Self {
        let mut place = self.with_credentials(self.signer.credentials().clone());
        if let Some(host) = place.address.host.strip_prefix(&format!("{}.", place.bucket)) {
            place.address.host = host.to_owned();
        }
        "/".clone_into(&mut place.address.path_prefix);
        place
    }

    /// The same bucket over plain HTTP.
    pub(super) fn without_tls(&self) -> Self {
        let mut place = self.with_credentials(self.signer.credentials().clone());
        place.address.scheme = "http";
        place
    }

    /// What an upload of a probe contains.
    pub(super) fn content(&self) -> Bytes {
        let max = usize::try_from(self.contract.upload.max_size.bytes()).unwrap_or(usize::MAX);
        Bytes::from_static(&CONTENT[..CONTENT.len().min(max)])
    }

    /// An upload that must work if nothing about it is changed.
    pub(super) fn upload(&self, key: &str, wanted: Wanted) -> Result<Upload, String> {
        match &self.grants {
            Some(grants) => self.granted(&**grants, wanted),
            None => self.plainly_signed(key, wanted),
        }
    }

    /// As the presign endpoint does it; the key is the grant's own.
    fn granted(&self, grants: &dyn Grants, wanted: Wanted) -> Result<Upload, String> {
        let content = self.content();
        let contract = self.contract_wanted(wanted)?;
        let checksum = wanted.checksum || contract.upload.checksum == Checksum::Required;
        let request = UploadRequest {
            checksum_sha256: checksum.then(|| sha256(&content)),
            ..self.request_of(&content)
        };
        let checked = request
            .check(&contract.upload)
            .map_err(|refusal| refusal.to_string())?
            .of(Some(subject()?));
        let signed_at = SystemTime::now() - wanted.signed_ago;
        let granted =
            grants.grant(&contract, self.signer.credentials(), &checked, signed_at, random()?);
        let granted = granted.map_err(|refusal| refusal.to_string())?;
        let mut raw = Raw {
            method: reqwest::Method::PUT,
            url: granted.url,
            headers: granted.headers,
            body: content,
        };
        raw.unset("content-length");
        Ok(Upload { raw, key: granted.key })
    }

    /// The contract with what is wanted otherwise.
    pub(super) fn contract_wanted(&self, wanted: Wanted) -> Result<Contract, String> {
        let mut contract = self.contract.clone();
        if let Some(seconds) = wanted.expires_in {
            let expires_in = ExpiresIn::from_duration(Duration::from_secs(seconds.into()))
                .map_err(|invalid| invalid.problem)?;
            contract.upload.expires_in = expires_in;
            if let Some(download) = &mut contract.download {
                download.expires_in = expires_in;
            }
        }
        Ok(contract)
    }

    /// What a client would ask the presign endpoint for.
    pub(super) fn request_of(&self, content: &Bytes) -> UploadRequest {
        UploadRequest {
            content_type: self.content_type.as_str().to_owned(),
            size: Some(content.len() as u64),
            ..UploadRequest::default()
        }
    }

    /// Everything that a grant can bind is bound.
    fn plainly_signed(&self, key: &str, wanted: Wanted) -> Result<Upload, String> {
        let content = self.content();
        let (length, checksum) = (content.len().to_string(), sha256(&content));
        let mut headers = vec![
            ("content-length", length.as_str()),
            ("content-type", self.content_type.as_str()),
            ("if-none-match", "*"),
        ];
        if wanted.checksum {
            headers.push(("x-amz-checksum-sha256", &checksum));
        }
        let mut raw = self.signed(Method::Put, key, &[], &headers, wanted)?;
        raw.unset("content-length");
        raw.body = content;
        Ok(Upload { raw, key: key.to_owned() })
    }

    /// A download that must work if nothing about it is changed.
    pub(super) fn download(
        &self,
        key: &str,
        filename: &str,
        wanted: Wanted,
    ) -> Result<Raw, String> {
        let (content_disposition, content_type) = self.said_of_download(filename);
        let contract = self.contract_wanted(wanted)?;
        let (Some(grants), Some(download)) = (&self.grants, &contract.download) else {
            let query = [
                ("response-content-disposition", content_disposition.as_str()),
                ("response-content-type", &content_type),
            ];
            return self.signed(Method::Get, key, &query, &[], wanted);
        };
        let request = DownloadRequest {
            key: key.to_owned(),
            filename: Some(filename.to_owned()),
            content_type: Some(content_type),
            ..DownloadRequest::default()
        };
        let checked = request
            .check(download, &contract.upload, Some(&*subject()?))
            .map_err(|refusal| refusal.to_string())?;
        let signed_at = SystemTime::now() - wanted.signed_ago;
        let url = grants
            .download(&contract, self.signer.credentials(), &checked, signed_at)
            .map_err(|refusal| refusal.to_string())?;
        Ok(Raw {
            method: reqwest::Method::GET,
            url: url.expose().to_owned(),
            headers: Vec::new(),
            body: Bytes::new(),
        })
    }

    /// What the answer to a download says of it: disposition, and a type that differs from the object's own.
    pub(super) fn said_of_download(&self, filename: &str) -> (String, String) {
        (
            Disposition::Attachment.header(Some(filename)),
            format!("{}; charset=utf-8", self.content_type),
        )
    }

    /// An upload to `key` that names no more than it must to be let in, with these headers beside.
    pub(super) fn put(
        &self,
        key: &str,
        headers: &[(&str, &str)],
        wanted: Wanted,
    ) -> Result<Raw, String> {
        let mut all = vec![("content-type", self.content_type.as_str())];
        if self.contract.upload.mode == Mode::Strict {
            all.push(("if-none-match", "*"));
        }
        all.extend(headers);
        let mut raw = self.signed(Method::Put, key, &[("x-id", "PutObject")], &all, wanted)?;
        raw.body = self.content();
        Ok(raw)
    }

    /// The same without a condition that the object must not be there yet.
    pub(super) fn overwrite(&self, key: &str) -> Result<Raw, String> {
        let headers = [("content-type", self.content_type.as_str())];
        let mut raw =
            self.signed(Method::Put, key, &[("x-id", "PutObject")], &headers, Wanted::default())?;
        raw.body = self.content();
        Ok(raw)
    }

    /// A presigned request without a body.
    pub(super) fn request(
        &self,
        method: Method,
        key: &str,
        query: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Result<Raw, String> {
        self.signed(method, key, query, headers, Wanted::default())
    }

    /// A request that nobody signed.
    pub(super) fn unsigned(&self, method: reqwest::Method, key: &str, query: &str) -> Raw {
        let BucketAddress { scheme, host, path_prefix } = &self.address;
        Raw {
            method,
            url: format!("{scheme}://{host}{path_prefix}{key}{query}"),
            headers: Vec::new(),
            body: Bytes::new(),
        }
    }

    pub(super) fn signed(
        &self,
        method: Method,
        key: &str,
        query: &[(&str, &str)],
        headers: &[(&str, &str)],
        wanted: Wanted,
    ) -> Result<Raw, String> {
        let expires_in = wanted.expires_in.unwrap_or(EXPIRES_IN);
        let request =
            PresignRequest { method, address: &self.address, key, query, headers, expires_in };
        let url = self
            .signer
            .presign(&request, SystemTime::now() - wanted.signed_ago)
            .map_err(|error| error.to_string())?;
        let method = match method {
            Method::Delete => reqwest::Method::DELETE,
            Method::Get => reqwest::Method::GET,
            Method::Head => reqwest::Method::HEAD,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
        };
        let headers =
            headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Ok(Raw { method, url: url.expose().to_owned(), headers, body: Bytes::new() })
    }
}

/// Who asks.
pub(super) fn subject() -> Result<Arc<Subject>, String> {
    Subject::parse(SUBJECT).map(Arc::new).map_err(|invalid| invalid.to_string())
}

/// The base64 form of a content's SHA-256.
pub(super) fn sha256(content: &[u8]) -> String {
    STANDARD.encode(Sha256::digest(content))
}

pub(super) fn random() -> Result<[u8; 16], String> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|error| format!("no random bytes: {error}"))?;
    Ok(random)
}
