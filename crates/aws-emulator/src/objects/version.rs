//! One version of an object.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Checksums, NULL};

/// A version, without its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Version {
    /// The name of its file.
    pub(crate) id: String,
    pub(crate) key: String,
    /// None where it was made without versioning.
    pub(crate) version_id: Option<String>,
    /// A delete marker has no bytes.
    pub(crate) delete_marker: bool,
    /// Later versions have higher numbers.
    pub(crate) sequence: u64,
    /// In milliseconds since 1970.
    pub(crate) modified: i64,
    pub(crate) size: u64,
    /// Without quotation marks.
    pub(crate) etag: String,
    pub(crate) checksums: Checksums,
    /// The sizes of the parts that it was put together from; none for one that came as a whole.
    pub(crate) parts: Vec<u64>,
    /// The checksums of those parts, where the object's is one over them.
    #[serde(default)]
    pub(crate) part_checksums: Vec<String>,
    pub(crate) attributes: Attributes,
}

/// What the uploader says of an object.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attributes {
    pub(crate) content_type: Option<String>,
    pub(crate) cache_control: Option<String>,
    pub(crate) content_disposition: Option<String>,
    pub(crate) content_encoding: Option<String>,
    pub(crate) content_language: Option<String>,
    /// In seconds since 1970.
    pub(crate) expires: Option<i64>,
    pub(crate) website_redirect_location: Option<String>,
    pub(crate) storage_class: Option<String>,
    /// `x-amz-meta-…`
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) tags: Vec<(String, String)>,
    pub(crate) encryption: Encryption,
}

/// How an object would be encrypted: said, not done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Encryption {
    /// `AES256`, `aws:kms` or `aws:kms:dsse`.
    pub(crate) algorithm: Option<String>,
    pub(crate) kms_key_id: Option<String>,
    pub(crate) bucket_key: Option<bool>,
    /// In base64, with SSE-C.
    pub(crate) customer_key_md5: Option<String>,
}

impl Encryption {
    /// The algorithm of a customer's key, where there is one.
    pub(crate) fn customer_algorithm(&self) -> Option<String> {
        self.customer_key_md5.as_ref().map(|_| "AES256".to_owned())
    }

    /// The ETag of bytes with this MD5. Only an object that is encrypted with S3's own keys tells what the MD5 is.
    /// See <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html>.
    pub(crate) fn etag(&self, md5: &[u8]) -> String {
        if self.algorithm.as_deref() == Some("AES256") {
            super::hex(md5)
        } else {
            uuid::Uuid::new_v4().simple().to_string()
        }
    }
}

impl Version {
    /// A version that is not anywhere yet.
    pub(crate) fn new(key: &str, attributes: Attributes) -> Self {
        Self {
            id: uuid::Uuid::new_v4().simple().to_string(),
            key: key.to_owned(),
            version_id: None,
            delete_marker: false,
            sequence: 0,
            modified: 0,
            size: 0,
            etag: String::new(),
            checksums: Checksums::default(),
            parts: Vec::new(),
            part_checksums: Vec::new(),
            attributes,
        }
    }

    /// The version id, `null` for one made without versioning.
    pub(crate) fn id_text(&self) -> &str {
        self.version_id.as_deref().unwrap_or(NULL)
    }
}
