//! What a request says of the object that it makes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use hyper::StatusCode;
use s3s::dto::{ObjectStorageClass, ServerSideEncryption, Timestamp};
use s3s::{S3Result, s3_error};
use time::OffsetDateTime;

use crate::account::Account;
use crate::objects::Encryption;
use crate::s3::Buckets;
use crate::s3::elements::{Explained as _, invalid_argument};
use crate::s3::objects::custom;
use crate::s3::objects::customer_key::CustomerKey;
use crate::sigv4::payload_hash;

/// The header that names how an object is to be encrypted.
const ENCRYPTION: &str = "x-amz-server-side-encryption";

/// The attributes that an object gets from a request, after everything in them was checked.
macro_rules! attributes {
    ($buckets:expr, $input:expr) => {{
        use crate::s3::objects::attributes;
        let grants = [
            &$input.grant_full_control,
            &$input.grant_read,
            &$input.grant_read_acp,
            &$input.grant_write_acp,
        ];
        let grants: Vec<&str> = grants.into_iter().flatten().map(String::as_str).collect();
        let wanted = crate::s3::settings::acl::Wanted {
            canned: $input.acl.as_ref().map(|acl| acl.as_str()),
            grants: &grants,
        };
        crate::s3::settings::acl::check($buckets, &$input.bucket, wanted)?;
        if $input.object_lock_mode.is_some()
            || $input.object_lock_retain_until_date.is_some()
            || $input.object_lock_legal_hold_status.is_some()
        {
            return Err(crate::s3::settings::object_lock::missing());
        }
        attributes::check_redirect($input.website_redirect_location.as_deref())?;
        attributes::check_storage_class($input.storage_class.as_ref().map(|class| class.as_str()))?;
        let named = attributes::NamedEncryption {
            algorithm: $input.server_side_encryption.as_ref().map(|encryption| encryption.as_str()),
            kms_key_id: $input.ssekms_key_id.clone(),
            bucket_key: $input.bucket_key_enabled,
            customer_key: crate::s3::objects::customer_key::customer_key!($input)?,
        };
        let encryption = attributes::encryption($buckets, &$input.bucket, named)?;
        crate::objects::Attributes {
            content_type: $input.content_type.clone(),
            cache_control: $input.cache_control.clone(),
            content_disposition: $input.content_disposition.clone(),
            content_encoding: $input
                .content_encoding
                .as_deref()
                .and_then(attributes::content_encoding),
            content_language: $input.content_language.clone(),
            expires: $input.expires.clone().map(attributes::seconds),
            website_redirect_location: $input.website_redirect_location.clone(),
            storage_class: $input.storage_class.as_ref().map(|class| class.as_str().to_owned()),
            metadata: attributes::metadata($input.metadata.as_ref())?,
            tags: attributes::tags($input.tagging.as_deref())?,
            encryption,
        }
    }};
}

pub(crate) use attributes;

/// A user's metadata, of which S3 takes 2 KB: the bytes of all names and values.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html#UserMetadata>.
pub(crate) fn metadata(
    given: Option<&HashMap<String, String>>,
) -> S3Result<BTreeMap<String, String>> {
    const LARGEST: usize = 2048;
    let given = given.into_iter().flatten();
    let size = given.clone().map(|(name, value)| name.len() + value.len()).sum::<usize>();
    if size > LARGEST {
        return Err(s3_error!(
            MetadataTooLarge,
            "Your metadata headers exceed the maximum allowed metadata size"
        )
        .with("Size", size)
        .with("MaxSizeAllowed", LARGEST));
    }
    Ok(given.map(|(name, value)| (name.clone(), value.clone())).collect())
}

/// Refuses what is no storage class.
pub(crate) fn check_storage_class(class: Option<&str>) -> S3Result<()> {
    const KNOWN: [&str; 8] = [
        ObjectStorageClass::STANDARD,
        ObjectStorageClass::REDUCED_REDUNDANCY,
        ObjectStorageClass::STANDARD_IA,
        ObjectStorageClass::ONEZONE_IA,
        ObjectStorageClass::INTELLIGENT_TIERING,
        ObjectStorageClass::GLACIER,
        ObjectStorageClass::GLACIER_IR,
        ObjectStorageClass::DEEP_ARCHIVE,
    ];
    match class {
        Some(class) if !KNOWN.contains(&class) => {
            Err(s3_error!(InvalidStorageClass, "The storage class you specified is not valid")
                .with("StorageClassRequested", class))
        }
        _ => Ok(()),
    }
}

/// Refuses what a website cannot redirect to.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-to-page-redirect.html>.
pub(crate) fn check_redirect(location: Option<&str>) -> S3Result<()> {
    const LONGEST: usize = 2048;
    let Some(location) = location else { return Ok(()) };
    let refused =
        |message: &'static str| custom(StatusCode::BAD_REQUEST, "InvalidRedirectLocation", message);
    if !["/", "http://", "https://"].iter().any(|start| location.starts_with(start)) {
        return Err(refused(
            "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.",
        ));
    }
    if location.len() > LONGEST {
        return Err(refused(
            "The length of website redirect location cannot exceed 2,048 characters.",
        ));
    }
    Ok(())
}

/// What a request says of an object's encryption.
pub(crate) struct NamedEncryption<'a> {
    pub(crate) algorithm: Option<&'a str>,
    pub(crate) kms_key_id: Option<String>,
    pub(crate) bucket_key: Option<bool>,
    pub(crate) customer_key: Option<CustomerKey>,
}

/// The encryption that a request names, or else the bucket's.
pub(crate) fn encryption(
    buckets: &Buckets,
    bucket: &str,
    named: NamedEncryption<'_>,
) -> S3Result<Encryption> {
    let NamedEncryption { algorithm, kms_key_id, bucket_key, customer_key } = named;
    if let Some(key) = customer_key {
        if algorithm.is_some() {
            let message = "Server Side Encryption with Customer provided key is incompatible with the encryption method specified";
            return Err(invalid_argument(message, ENCRYPTION, algorithm.unwrap_or_default()));
        }
        if buckets.read(bucket, |bucket| bucket.blocks_sse_c)? {
            return Err(s3_error!(
                AccessDenied,
                "This bucket has blocked requests that specify Server Side Encryption with Customer provided keys (SSE-C)."
            ));
        }
        return Ok(key.encryption());
    }
    let Some(algorithm) = algorithm else {
        if kms_key_id.is_some() {
            let message = "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms";
            return Err(invalid_argument(message, ENCRYPTION, "null"));
        }
        return buckets.read(bucket, |bucket| {
            let rule = bucket.encryption.rules.first();
            let default =
                rule.and_then(|rule| rule.apply_server_side_encryption_by_default.as_ref());
            let algorithm = default.map(|default| default.sse_algorithm.as_str().to_owned());
            let key = default.and_then(|default| default.kms_master_key_id.clone());
            Encryption {
                kms_key_id: kms_key(&buckets.account, algorithm.as_deref(), key),
                algorithm,
                bucket_key: rule
                    .and_then(|rule| rule.bucket_key_enabled)
                    .filter(|enabled| *enabled),
                customer_key_md5: None,
            }
        });
    };
    match algorithm {
        ServerSideEncryption::AES256 if kms_key_id.is_some() => {
            let message = "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms";
            Err(invalid_argument(message, ENCRYPTION, algorithm))
        }
        ServerSideEncryption::AES256
        | ServerSideEncryption::AWS_KMS
        | ServerSideEncryption::AWS_KMS_DSSE => {
            let kms_key_id = kms_key(&buckets.account, Some(algorithm), kms_key_id);
            Ok(Encryption {
                algorithm: Some(algorithm.to_owned()),
                kms_key_id,
                bucket_key,
                customer_key_md5: None,
            })
        }
        _ => Err(invalid_argument(
            "The encryption method specified is not supported",
            ENCRYPTION,
            algorithm,
        )),
    }
}

/// The ARN of a KMS key as objects tell it: of one that is named by its id, and where none is named, of `aws/s3`, whose id is made up.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html>.
fn kms_key(account: &Account, algorithm: Option<&str>, named: Option<String>) -> Option<String> {
    algorithm.filter(|algorithm| {
        [ServerSideEncryption::AWS_KMS, ServerSideEncryption::AWS_KMS_DSSE].contains(algorithm)
    })?;
    let arn = |rest: &str| {
        format!("arn:{}:kms:{}:{}:{rest}", account.region.partition(), account.region, account.id)
    };
    Some(match named {
        Some(key) if key.starts_with("arn:") => key,
        Some(key) if key.starts_with("alias/") => arn(&key),
        Some(key) => arn(&format!("key/{key}")),
        None => {
            let hash = payload_hash(format!("{} aws/s3", account.id).as_bytes());
            arn(&format!(
                "key/{}-{}-{}-{}-{}",
                &hash[..8],
                &hash[8..12],
                &hash[12..16],
                &hash[16..20],
                &hash[20..32]
            ))
        }
    })
}

/// `x-amz-tagging`: a query string.
pub(crate) fn tags(query: Option<&str>) -> S3Result<Vec<(String, String)>> {
    let text = query.unwrap_or_default();
    let tags: Vec<(String, String)> =
        url::form_urlencoded::parse(text.as_bytes()).into_owned().collect();
    let keys: BTreeSet<&String> = tags.iter().map(|(key, _)| key).collect();
    if keys.len() < tags.len() {
        let message = "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.";
        return Err(invalid_argument(message, "x-amz-tagging", text));
    }
    super::tags::check(&tags)?;
    Ok(tags)
}

/// `aws-chunked` is how the bytes came, not what they are.
pub(crate) fn content_encoding(text: &str) -> Option<String> {
    let rest: Vec<&str> = text
        .split(',')
        .map(str::trim)
        .filter(|coding| !coding.is_empty() && *coding != "aws-chunked")
        .collect();
    (!rest.is_empty()).then(|| rest.join(","))
}

/// In seconds since 1970.
pub(crate) fn seconds(time: Timestamp) -> i64 {
    OffsetDateTime::from(time).unix_timestamp()
}
