//! Uploads at S3, as far as no URL can be signed for it: with the credentials that sign.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, SharedCredentialsProvider, future};
use aws_sdk_s3::config::RequestChecksumCalculation;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::error::BuildError;
use aws_sdk_s3::types::{
    ChecksumAlgorithm, ChecksumMode, ChecksumType, CompletedMultipartUpload, CompletedPart,
    ServerSideEncryption, Tag, Tagging,
};
use secrecy::ExposeSecret as _;

use gatepass_core::contract::{Contract, Encryption, Looks};
use gatepass_core::grant::{NewMultipartUpload, PartPlan, StoredObject, StoredPart};

use super::call::{Call, Target};
use super::{AwsError, AwsErrorKind, Connection, SigningCredentialSource, operation};

/// Making an object of many parts can take S3 minutes, in which it keeps the connection.
const COMPLETE_TIMEOUT: Duration = Duration::from_secs(10 * 60);

/// The bucket's objects, as the credentials that sign may see and change them.
#[derive(Debug, Clone)]
pub struct AwsObjects {
    s3: aws_sdk_s3::Client,
    target: Target,
    bucket: String,
    looks: Looks,
}

impl Connection {
    /// The bucket's objects, seen with the credentials that `source` signs with.
    #[must_use]
    pub fn objects(&self, contract: &Contract, source: SigningCredentialSource) -> AwsObjects {
        let config = self
            .s3()
            .config()
            .to_builder()
            .credentials_provider(SharedCredentialsProvider::new(source))
            // a default checksum of an upload would bind parts that come without one
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .build();
        AwsObjects {
            s3: aws_sdk_s3::Client::from_conf(config),
            target: Target::of(contract),
            bucket: contract.bucket.name.to_string(),
            looks: contract.looks(),
        }
    }
}

impl ProvideCredentials for SigningCredentialSource {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            let signing = self.current().await.map_err(CredentialsError::provider_error)?;
            let token =
                signing.session_token.as_ref().map(|token| token.expose_secret().to_owned());
            let secret = signing.secret_access_key.expose_secret();
            provider::Result::Ok(Credentials::new(
                &signing.access_key_id,
                secret,
                token,
                signing.expires_at,
                "gatepass",
            ))
        })
    }
}

/// S3 calls a version `null` that was written while the bucket had none.
fn version_id(id: Option<String>) -> Option<String> {
    id.filter(|id| id != "null")
}

fn with_size_and_etag(
    call: &Call<'_>,
    seen: StoredObject,
    size: Option<i64>,
    etag: Option<String>,
) -> Result<Option<StoredObject>, AwsError> {
    match (size.and_then(|size| u64::try_from(size).ok()), etag) {
        (Some(size), Some(etag)) => {
            Ok(Some(StoredObject { size, etag: etag.trim_matches('"').to_owned(), ..seen }))
        }
        _ => {
            Err(call.error(AwsErrorKind::Other, "the object in the answer lacks its size or ETag"))
        }
    }
}

impl AwsObjects {
    /// How [`find`](Self::find) looks.
    #[must_use]
    pub fn looks(&self) -> Looks {
        self.looks
    }

    /// Begins an upload in parts and gives its id.
    ///
    /// See <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html>.
    ///
    /// # Errors
    /// The call failed.
    pub async fn create_multipart_upload(
        &self,
        upload: &NewMultipartUpload,
    ) -> Result<String, AwsError> {
        let call = self.call(operation::CREATE_MULTIPART_UPLOAD, upload.key.as_str());
        let mut request = self
            .s3
            .create_multipart_upload()
            .bucket(&self.bucket)
            .key(upload.key.as_str())
            .content_type(upload.content_type.as_str())
            .set_metadata(
                (!upload.extras.metadata.is_empty())
                    .then(|| upload.extras.metadata.clone().into_iter().collect()),
            )
            .set_tagging(upload.extras.tagging())
            .set_content_disposition(upload.extras.content_disposition.clone())
            .set_cache_control(upload.extras.cache_control.clone())
            .set_checksum_algorithm(upload.part_checksums.then_some(ChecksumAlgorithm::Sha256));
        request = match &upload.encryption {
            None => request,
            Some(Encryption::SseS3) => request.server_side_encryption(ServerSideEncryption::Aes256),
            Some(Encryption::SseKms { key }) => request
                .server_side_encryption(ServerSideEncryption::AwsKms)
                .ssekms_key_id(key.as_str()),
        };
        let answer = request.send().await.map_err(|error| call.failed(&error))?;
        answer
            .upload_id
            .ok_or_else(|| call.error(AwsErrorKind::Other, "the answer has no upload id"))
    }

    /// All parts of an upload, page by page.
    ///
    /// See <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html>.
    ///
    /// # Errors
    /// The call failed; with the code `NoSuchUpload` where there is no such upload any more.
    pub async fn list_parts(
        &self,
        key: &str,
        upload_id: &str,
    ) -> Result<Vec<StoredPart>, AwsError> {
        let call = self.call(operation::LIST_PARTS, key);
        let request = self.s3.list_parts().bucket(&self.bucket).key(key).upload_id(upload_id);
        let pages = request.into_paginator().stop_on_duplicate_token(false).send();
        let mut parts = Vec::new();
        let read = call.pages(pages, &[], |page| {
            for part in page.parts.unwrap_or_default() {
                let (Some(number), Some(size), Some(etag)) =
                    (part.part_number, part.size, part.e_tag)
                else {
                    return Err(call.error(
                        AwsErrorKind::Other,
                        "a part in the answer lacks its number, size or ETag",
                    ));
                };
                parts.push(StoredPart {
                    number: u32::try_from(number).unwrap_or_default(),
                    size: u64::try_from(size).unwrap_or_default(),
                    etag: etag.trim_matches('"').to_owned(),
                    checksum_sha256: part.checksum_sha256,
                });
            }
            if parts.len() > PartPlan::MAX_PARTS as usize {
                let message = format!(
                    "the answer lists more than the {} parts that an upload can have",
                    PartPlan::MAX_PARTS
                );
                return Err(call.error(AwsErrorKind::Other, message));
            }
            Ok(page.next_part_number_marker.filter(|_| page.is_truncated == Some(true)))
        });
        read.await?;
        Ok(parts)
    }

    /// Makes an object of the parts and gives its ETag without quotes and its version id; with `write_once` only where there is no object yet.
    ///
    /// See <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html>.
    ///
    /// # Errors
    /// The call failed; with the code `NoSuchUpload`, `PreconditionFailed` where there is an object,
    /// `ConditionalRequestConflict`, `InvalidPart`, `EntityTooSmall`.
    pub async fn complete_multipart_upload(
        &self,
        key: &str,
        upload_id: &str,
        parts: &[StoredPart],
        write_once: bool,
    ) -> Result<(String, Option<String>), AwsError> {
        let call = self.call(operation::COMPLETE_MULTIPART_UPLOAD, key);
        let part = |part: &StoredPart| {
            CompletedPart::builder()
                .part_number(i32::try_from(part.number).unwrap_or_default())
                .e_tag(format!("\"{}\"", part.etag))
                .set_checksum_sha256(part.checksum_sha256.clone())
                .build()
        };
        let whole = CompletedMultipartUpload::builder()
            .set_parts(Some(parts.iter().map(part).collect()))
            .build();
        let timeouts = TimeoutConfig::builder()
            .operation_timeout(COMPLETE_TIMEOUT)
            .operation_attempt_timeout(COMPLETE_TIMEOUT)
            .build();
        let answer = self
            .s3
            .complete_multipart_upload()
            .bucket(&self.bucket)
            .key(key)
            .upload_id(upload_id)
            .multipart_upload(whole)
            .set_if_none_match(write_once.then(|| "*".to_owned()))
            .customize()
            .config_override(aws_sdk_s3::Config::builder().timeout_config(timeouts))
            .send()
            .await
            .map_err(|error| call.failed(&error))?;
        let etag = answer
            .e_tag
            .ok_or_else(|| call.error(AwsErrorKind::Other, "the answer has no ETag"))?;
        Ok((etag.trim_matches('"').to_owned(), version_id(answer.version_id)))
    }

    /// The object at a key; none where there is none.
    ///
    /// # Errors
    /// The call failed. Where the role may read and not list, S3 tells with `403` alike that there is no object, and that it may not
    /// be read.
    pub async fn find(&self, key: &str) -> Result<Option<StoredObject>, AwsError> {
        match self.looks {
            Looks::Head => self.head(key).await,
            Looks::Versions => self.newest_version(key).await,
            Looks::Listing => self.listed(key).await,
        }
    }

    /// See <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html>.
    async fn head(&self, key: &str) -> Result<Option<StoredObject>, AwsError> {
        let call = self.call(operation::HEAD_OBJECT, key);
        let request = self
            .s3
            .head_object()
            .bucket(&self.bucket)
            .key(key)
            .checksum_mode(ChecksumMode::Enabled);
        let object = match request.send().await.map_err(|error| call.failed(&error)) {
            Ok(object) => object,
            Err(error) if *error.kind() == AwsErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        // of an upload in parts it may be one of their checksums
        let is_whole = object.checksum_type.is_none_or(|kind| kind == ChecksumType::FullObject);
        let seen = StoredObject {
            version_id: version_id(object.version_id),
            content_type: object.content_type,
            checksum_sha256: object
                .checksum_sha256
                .filter(|checksum| is_whole && !checksum.contains('-')),
            ..StoredObject::default()
        };
        with_size_and_etag(&call, seen, object.content_length, object.e_tag)
    }

    /// See <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html>.
    async fn newest_version(&self, key: &str) -> Result<Option<StoredObject>, AwsError> {
        let call = self.call(operation::LIST_VERSIONS_OF_OBJECT, key);
        // of all keys that begin with it, it comes first itself, and its newest version before the others
        let request = self.s3.list_object_versions().bucket(&self.bucket).prefix(key).max_keys(1);
        let answer = request.send().await.map_err(|error| call.failed(&error))?;
        let mut versions = answer.versions.unwrap_or_default().into_iter();
        match versions
            .find(|version| version.key.as_deref() == Some(key) && version.is_latest == Some(true))
        {
            None => Ok(None),
            Some(version) => {
                let seen = StoredObject {
                    version_id: version_id(version.version_id),
                    ..StoredObject::default()
                };
                with_size_and_etag(&call, seen, version.size, version.e_tag)
            }
        }
    }

    /// See <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>.
    async fn listed(&self, key: &str) -> Result<Option<StoredObject>, AwsError> {
        let call = self.call(operation::LIST_OBJECTS, key);
        // of all keys that begin with it, it comes first itself
        let request = self.s3.list_objects_v2().bucket(&self.bucket).prefix(key).max_keys(1);
        let answer = request.send().await.map_err(|error| call.failed(&error))?;
        match answer
            .contents
            .unwrap_or_default()
            .into_iter()
            .find(|object| object.key.as_deref() == Some(key))
        {
            None => Ok(None),
            Some(object) => {
                with_size_and_etag(&call, StoredObject::default(), object.size, object.e_tag)
            }
        }
    }

    /// Takes the tag with this key away from the object at a key, which keeps its others. An object without it stays as it is.
    ///
    /// See <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectTagging.html>,
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectTagging.html> and
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjectTagging.html>.
    ///
    /// Gives the id of the version that was changed, or is without it, where the bucket has versions.
    ///
    /// # Errors
    /// A call failed; with the code `NoSuchKey` where there is no object any more.
    pub async fn remove_tag(&self, key: &str, tag_key: &str) -> Result<Option<String>, AwsError> {
        let call = self.call(operation::GET_OBJECT_TAGGING, key);
        let answer = self.s3.get_object_tagging().bucket(&self.bucket).key(key).send().await;
        let found = answer.map_err(|error| call.failed(&error))?;
        let tags = found.tag_set;
        let others: Vec<Tag> = tags.iter().filter(|tag| tag.key != tag_key).cloned().collect();
        if others.len() == tags.len() {
            return Ok(version_id(found.version_id));
        }
        if others.is_empty() {
            let call = self.call(operation::DELETE_OBJECT_TAGGING, key);
            let request = self.s3.delete_object_tagging().bucket(&self.bucket).key(key);
            let changed = request.send().await.map_err(|error| call.failed(&error))?;
            return Ok(version_id(changed.version_id));
        }
        let call = self.call(operation::PUT_OBJECT_TAGGING, key);
        let incomplete = |error: BuildError| call.error(AwsErrorKind::Other, error.to_string());
        let tagging = Tagging::builder().set_tag_set(Some(others)).build().map_err(incomplete)?;
        let request = self.s3.put_object_tagging().bucket(&self.bucket).key(key).tagging(tagging);
        let changed = request.send().await.map_err(|error| call.failed(&error))?;
        Ok(version_id(changed.version_id))
    }

    /// Gives an upload up.
    ///
    /// See <https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html>.
    ///
    /// # Errors
    /// The call failed; with the code `NoSuchUpload` where there is no such upload any more.
    pub async fn abort_multipart_upload(&self, key: &str, upload_id: &str) -> Result<(), AwsError> {
        let call = self.call(operation::ABORT_MULTIPART_UPLOAD, key);
        let request =
            self.s3.abort_multipart_upload().bucket(&self.bucket).key(key).upload_id(upload_id);
        request.send().await.map_err(|error| call.failed(&error))?;
        Ok(())
    }

    fn call<'a>(&'a self, operation: super::Operation, key: &'a str) -> Call<'a> {
        self.target.call(operation, key)
    }
}
