//! SSE-C: objects that can be read only with the key that they came with. The key is asked for, and encrypts nothing.
//! See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html>.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::HeaderMap;
use s3s::crypto::{Checksum as _, Md5};
use s3s::dto::ServerSideEncryption;
use s3s::{S3Error, S3Result, s3_error};

use crate::objects::Encryption;
use crate::s3::elements::{Explained as _, invalid_argument};

/// What the names of its headers begin with, for the object that is asked for and for the source of a copy.
const PREFIXES: [&str; 2] = [
    "x-amz-server-side-encryption-customer-",
    "x-amz-copy-source-server-side-encryption-customer-",
];
/// What S3 calls each of its headers in an error.
const ARGUMENT: &str = "x-amz-server-side-encryption";
/// AES-256's, in bytes.
const LENGTH: usize = 32;

/// A key that came with a request. Nothing of it is kept but its MD5.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CustomerKey {
    /// In base64.
    md5: String,
}

/// Reads the key out of an input's three fields for it.
macro_rules! customer_key {
    ($input:expr) => {
        crate::s3::objects::customer_key::CustomerKey::read(
            $input.sse_customer_algorithm.as_deref(),
            $input.sse_customer_key.as_deref(),
            $input.sse_customer_key_md5.as_deref(),
        )
    };
}

/// The same for the source of a copy.
macro_rules! customer_key_of_source {
    ($input:expr) => {
        crate::s3::objects::customer_key::CustomerKey::read(
            $input.copy_source_sse_customer_algorithm.as_deref(),
            $input.copy_source_sse_customer_key.as_deref(),
            $input.copy_source_sse_customer_key_md5.as_deref(),
        )
    };
}

pub(crate) use {customer_key, customer_key_of_source};

/// Refuses keys that came in the clear.
pub(crate) fn check_connection(headers: &HeaderMap, is_tls: bool) -> S3Result<()> {
    let is_of_key = |name: &str| PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    if is_tls || !headers.keys().any(|name| is_of_key(name.as_str())) {
        return Ok(());
    }
    Err(s3_error!(
        InvalidRequest,
        "Requests specifying Server Side Encryption with Customer provided keys must be made over a secure connection."
    ))
}

impl CustomerKey {
    /// Checks the three headers; None where there is none of them.
    pub(crate) fn read(
        algorithm: Option<&str>,
        key: Option<&str>,
        md5: Option<&str>,
    ) -> S3Result<Option<Self>> {
        let lacks = |what: &str| {
            let message = format!(
                "Requests specifying Server Side Encryption with Customer provided keys must provide {what}."
            );
            invalid_argument(message, ARGUMENT, "null")
        };
        if algorithm.is_none() && key.is_none() && md5.is_none() {
            return Ok(None);
        }
        let algorithm = algorithm.ok_or_else(|| lacks("a valid encryption algorithm"))?;
        if algorithm != ServerSideEncryption::AES256 {
            let message =
                "The encryption request you specified is not valid. The valid value is AES256.";
            let error = s3_error!(InvalidEncryptionAlgorithmError, "{message}");
            return Err(error.with("ArgumentName", ARGUMENT).with("ArgumentValue", algorithm));
        }
        let key = key.ok_or_else(|| lacks("an appropriate secret key"))?;
        let md5 = md5.ok_or_else(|| lacks("the client calculated MD5 of the secret key"))?;
        let key = STANDARD.decode(key).ok().filter(|key| key.len() == LENGTH);
        let key = key.ok_or_else(|| {
            invalid_argument(
                "The secret key was invalid for the specified algorithm.",
                ARGUMENT,
                "null",
            )
        })?;
        let mut hasher = Md5::new();
        hasher.update(&key);
        if STANDARD.encode(hasher.finalize()) != md5 {
            let message =
                "The calculated MD5 hash of the key did not match the hash that was provided.";
            return Err(invalid_argument(message, ARGUMENT, "null"));
        }
        Ok(Some(Self { md5: md5.to_owned() }))
    }

    /// How an object is encrypted that comes with the key.
    pub(crate) fn encryption(self) -> Encryption {
        Encryption { customer_key_md5: Some(self.md5), ..Encryption::default() }
    }

    /// Lets an object be read with the key that it came with, and one that came without by who gives none.
    pub(crate) fn check(given: Option<&Self>, encryption: &Encryption) -> S3Result<()> {
        Self::compare(
            given,
            encryption,
            || s3_error!(AccessDenied, "Access Denied"),
            &Messages {
                missing: "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve \
                      the object.",
                needless: "The encryption parameters are not applicable to this object.",
            },
        )
    }

    /// The same for a part of an upload.
    pub(crate) fn check_part(given: Option<&Self>, encryption: &Encryption) -> S3Result<()> {
        let other = || {
            s3_error!(
                InvalidRequest,
                "The provided encryption parameters did not match the ones used originally."
            )
        };
        Self::compare(
            given,
            encryption,
            other,
            &Messages {
                missing: "The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate \
                      encryption parameters.",
                needless: "The multipart upload initiate did not request encryption. Please resend the request without sending encryption \
                       parameters.",
            },
        )
    }

    fn compare(
        given: Option<&Self>,
        encryption: &Encryption,
        other: impl Fn() -> S3Error,
        messages: &Messages,
    ) -> S3Result<()> {
        match (&encryption.customer_key_md5, given) {
            (None, None) => Ok(()),
            (Some(_), None) => Err(s3_error!(InvalidRequest, "{}", messages.missing)),
            (None, Some(_)) => Err(s3_error!(InvalidRequest, "{}", messages.needless)),
            (Some(wanted), Some(given)) if *wanted != given.md5 => Err(other()),
            (Some(_), Some(_)) => Ok(()),
        }
    }
}

/// What S3 says of a key that should be there, and of one that should not.
struct Messages {
    missing: &'static str,
    needless: &'static str,
}
