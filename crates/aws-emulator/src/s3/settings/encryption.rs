//! A bucket's default encryption, kept. `s3s` does not know all elements of it, so its documents are read and written here.

use s3s::dto::*;
use s3s::{S3Result, s3_error};

use crate::s3::Buckets;
use crate::s3::elements::invalid_argument;
use crate::state::Bucket;
use crate::xml::{self, Xml};

const DOCUMENT: &str = "ServerSideEncryptionConfiguration";
const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";
/// What can be blocked, and that nothing is.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/API/API_BlockedEncryptionTypes.html>.
const SSE_C: &str = "SSE-C";
const NONE: &str = "NONE";

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketEncryption.html>
pub(crate) fn get(buckets: &Buckets, bucket: &str) -> S3Result<String> {
    let (configuration, blocks_sse_c) =
        buckets.read(bucket, |bucket| (bucket.encryption.clone(), bucket.blocks_sse_c))?;
    let mut xml = Xml::document();
    xml.element_in(DOCUMENT, NAMESPACE, |xml| {
        for rule in &configuration.rules {
            xml.element("Rule", |xml| write_rule(xml, rule, blocks_sse_c));
        }
    });
    Ok(xml.into_string())
}

fn write_rule(xml: &mut Xml, rule: &ServerSideEncryptionRule, blocks_sse_c: bool) {
    if let Some(default) = &rule.apply_server_side_encryption_by_default {
        xml.element("ApplyServerSideEncryptionByDefault", |xml| {
            xml.text("SSEAlgorithm", default.sse_algorithm.as_str());
            xml.optional("KMSMasterKeyID", default.kms_master_key_id.as_deref());
        });
    }
    xml.optional(
        "BucketKeyEnabled",
        rule.bucket_key_enabled.map(|enabled| if enabled { "true" } else { "false" }),
    );
    xml.element("BlockedEncryptionTypes", |xml| {
        xml.text("EncryptionType", if blocks_sse_c { SSE_C } else { NONE })
    });
}

/// What names no blocked types blocks SSE-C, as a new bucket does.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketEncryption.html>
pub(crate) fn put(buckets: &Buckets, bucket: &str, body: &[u8]) -> S3Result<()> {
    let Given { algorithm, kms_master_key_id, bucket_key_enabled, blocked } =
        Given::read(body).ok_or_else(|| s3_error!(MalformedXML))?;
    let blocks_sse_c = match blocked.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] | [SSE_C] => true,
        [NONE] => false,
        _ => return Err(s3_error!(MalformedXML)),
    };
    let mut encryption = Bucket::default_encryption();
    if let (Some(algorithm), [rule]) = (algorithm, encryption.rules.as_mut_slice()) {
        match algorithm.as_str() {
            ServerSideEncryption::AES256 if kms_master_key_id.is_some() => {
                let message = "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse";
                return Err(invalid_argument(
                    message,
                    "ApplyServerSideEncryptionByDefault",
                    "null",
                ));
            }
            ServerSideEncryption::AES256
            | ServerSideEncryption::AWS_KMS
            | ServerSideEncryption::AWS_KMS_DSSE => {}
            _ => return Err(s3_error!(MalformedXML)),
        }
        rule.apply_server_side_encryption_by_default = Some(ServerSideEncryptionByDefault {
            sse_algorithm: ServerSideEncryption::from(algorithm),
            kms_master_key_id,
        });
        rule.bucket_key_enabled = Some(bucket_key_enabled.unwrap_or_default());
    } else if blocked.is_empty() {
        return Err(s3_error!(MalformedXML));
    }
    buckets.change(bucket, |bucket| {
        bucket.encryption = encryption;
        bucket.blocks_sse_c = blocks_sse_c;
    })
}

/// What the one rule of a document says.
#[derive(Debug, Default)]
struct Given {
    algorithm: Option<String>,
    kms_master_key_id: Option<String>,
    bucket_key_enabled: Option<bool>,
    blocked: Vec<String>,
}

impl Given {
    fn read(body: &[u8]) -> Option<Self> {
        let mut elements = xml::elements(str::from_utf8(body).ok()?)?;
        elements.pop().filter(|root| root.path == [DOCUMENT])?;
        let mut given = Self::default();
        let mut rules = 0;
        for element in elements {
            match element.path.get(1..)?.join("/").as_str() {
                "Rule" => rules += 1,
                "Rule/ApplyServerSideEncryptionByDefault" | "Rule/BlockedEncryptionTypes" => {}
                "Rule/ApplyServerSideEncryptionByDefault/SSEAlgorithm" => {
                    given.algorithm = Some(element.text)
                }
                "Rule/ApplyServerSideEncryptionByDefault/KMSMasterKeyID" => {
                    given.kms_master_key_id = Some(element.text)
                }
                "Rule/BucketKeyEnabled" => {
                    given.bucket_key_enabled = Some(element.text.parse().ok()?)
                }
                "Rule/BlockedEncryptionTypes/EncryptionType" => given.blocked.push(element.text),
                _ => return None,
            }
        }
        (rules == 1).then_some(given)
    }
}

/// Goes back to SSE-S3 alone.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketEncryption.html>
pub(crate) async fn delete(
    buckets: &Buckets,
    input: DeleteBucketEncryptionInput,
) -> S3Result<DeleteBucketEncryptionOutput> {
    buckets.change(&input.bucket, |bucket| {
        bucket.encryption = Bucket::default_encryption();
        bucket.blocks_sse_c = true;
    })?;
    Ok(DeleteBucketEncryptionOutput {})
}
