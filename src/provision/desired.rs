//! What a contract wants of AWS.

use gatepass_core::contract::{Bucket, Contract, Encryption, UNCONFIRMED_TAG};
use gatepass_core::policy::{CorsRule, Documents, Note};
use iam_policy::Document;
use iam_policy::{AccountId, Region};

use super::lifecycle::{
    LifecycleConfiguration, LifecycleExpiration, LifecycleFilter, LifecycleRule,
    NoncurrentVersionExpiration,
};
use super::plan::RoleLimits;
use super::settings::{DefaultEncryption, ObjectOwnership, PublicAccessBlock, TagSet};
use super::state::{ExpectedBucket, NewRole};

/// The key of the tag that says that a bucket or a role is ours; its value is the name of the contract's bucket.
pub const OWNERSHIP_TAG: &str = "gatepass:contract";

/// The name of the presigner role's inline policy that is ours.
pub const PERMISSIONS_POLICY_NAME: &str = "gatepass-upload";

/// What the `ID` of every lifecycle rule of ours begins with.
pub const LIFECYCLE_RULE_ID_PREFIX: &str = "gatepass-";

/// What `TransitionDefaultMinimumObjectSize` is set to, S3's own default for new configurations.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html>.
const TRANSITION_DEFAULT_MINIMUM_OBJECT_SIZE: &str = "all_storage_classes_128K";

/// Everything that the contract wants of AWS. It names no more than that: what others add is theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desired {
    /// The bucket and the account it must be in.
    pub bucket: ExpectedBucket,
    /// Where the bucket lies.
    pub region: Region,
    /// Whether this is AWS itself. Another endpoint may not know every setting, and is not blamed for it.
    pub is_aws: bool,
    /// Who owns objects.
    pub ownership: ObjectOwnership,
    /// The public access block.
    pub public_access_block: PublicAccessBlock,
    /// The default encryption.
    pub encryption: DefaultEncryption,
    /// Whether the contract states the default encryption. If not, a bucket that exists keeps what it has, unless that is weaker.
    pub states_encryption: bool,
    /// Whether every version of an object is kept. None where the contract does not state it: a bucket that exists keeps what it has.
    pub versioning: Option<bool>,
    /// The key prefix, under which every upload is.
    pub key_prefix: String,
    /// Our lifecycle rules.
    pub lifecycle: LifecycleConfiguration,
    /// The bucket's tags, the ownership tag among them.
    pub bucket_tags: TagSet,
    /// Our CORS rule; none for a contract without browser uploads.
    pub cors: Option<CorsRule>,
    /// Our statements of the bucket policy.
    pub bucket_policy: Document,
    /// The presigner role as it is created.
    pub role: NewRole,
    /// The description and the maximum session duration that the contract states. A role that exists keeps what is not stated.
    pub role_limits: RoleLimits,
    /// The presigner role's inline policy.
    pub permissions_policy: Document,
    /// What the reader of a plan should know about these documents.
    pub notes: Vec<Note>,
}

impl Desired {
    /// What `contract` wants of `account`, with the documents that were rendered from it.
    #[must_use]
    pub fn of(contract: &Contract, account: &AccountId, documents: &Documents) -> Self {
        let name = &contract.bucket.name;
        let tags = |stated: &gatepass_core::contract::Tags| -> TagSet {
            let stated = stated.iter().map(|(key, value)| (key.to_owned(), value.to_owned()));
            stated.chain([(OWNERSHIP_TAG.to_owned(), name.as_str().to_owned())]).collect()
        };
        Self {
            bucket: ExpectedBucket { name: name.clone(), owner: account.clone() },
            region: contract.bucket.region.clone(),
            is_aws: contract.endpoint.is_none(),
            ownership: ObjectOwnership::BucketOwnerEnforced,
            public_access_block: PublicAccessBlock::ALL,
            encryption: default_encryption(&contract.bucket.encryption),
            states_encryption: contract.bucket.states_encryption,
            versioning: contract.bucket.states_versioning.then_some(contract.bucket.versioning),
            key_prefix: contract.upload.key.prefix().to_owned(),
            lifecycle: lifecycle(&contract.bucket, contract.upload.key.prefix()),
            bucket_tags: tags(&contract.bucket.tags),
            cors: documents.cors.clone(),
            bucket_policy: documents.bucket_policy.clone(),
            role: NewRole {
                name: contract.role.name.clone(),
                path: contract.role.path.clone(),
                description: contract.role.description.clone(),
                max_session_duration: contract.role.max_session_duration.seconds(),
                permissions_boundary: contract.role.permissions_boundary.clone(),
                trust_policy: documents.trust_policy.clone(),
                tags: tags(&contract.role.tags),
            },
            role_limits: RoleLimits {
                description: contract
                    .role
                    .states_description
                    .then(|| contract.role.description.clone()),
                max_session_duration: contract
                    .role
                    .states_max_session_duration
                    .then(|| contract.role.max_session_duration.seconds()),
            },
            permissions_policy: documents.permissions_policy.clone(),
            notes: documents.notes.clone(),
        }
    }

    /// Whether a bucket can keep this default encryption: it is the stated one; or none is stated, and this one is not weaker.
    #[must_use]
    pub fn encryption_suffices(&self, observed: &DefaultEncryption) -> bool {
        let meaning = |encryption: &DefaultEncryption| {
            let (algorithm, kms_key) = (encryption.algorithm.clone(), encryption.kms_key.clone());
            // a bucket key matters to KMS only, and an absent one is none
            let bucket_key = algorithm != SSE_S3 && encryption.bucket_key_enabled == Some(true);
            (algorithm, kms_key, bucket_key)
        };
        meaning(observed) == meaning(&self.encryption)
            || !self.states_encryption
                && [SSE_S3, "aws:kms", "aws:kms:dsse"].contains(&observed.algorithm.as_str())
    }
}

const SSE_S3: &str = "AES256";

fn default_encryption(encryption: &Encryption) -> DefaultEncryption {
    match encryption {
        Encryption::SseS3 => DefaultEncryption {
            algorithm: SSE_S3.to_owned(),
            kms_key: None,
            bucket_key_enabled: Some(false),
            blocked_encryption_types: Vec::new(),
        },
        Encryption::SseKms { key } => DefaultEncryption {
            algorithm: "aws:kms".to_owned(),
            kms_key: Some(key.as_str().to_owned()),
            bucket_key_enabled: Some(true),
            blocked_encryption_types: Vec::new(),
        },
    }
}

/// One rule for each thing to remove. Each is limited to the prefix: the rest of an adopted bucket is others'.
fn lifecycle(bucket: &Bucket, prefix: &str) -> LifecycleConfiguration {
    let lifecycle = &bucket.lifecycle;
    let rule = |name: &str| LifecycleRule {
        id: Some(format!("{LIFECYCLE_RULE_ID_PREFIX}{name}")),
        enabled: true,
        filter: LifecycleFilter {
            prefix: (!prefix.is_empty()).then(|| prefix.to_owned()),
            ..LifecycleFilter::default()
        },
        expiration: None,
        noncurrent_version_expiration: None,
        abort_incomplete_multipart_upload_days: None,
        transitions: Vec::new(),
        noncurrent_version_transitions: Vec::new(),
    };
    // `Days` is within i32 by its own bounds
    let days = |days: gatepass_core::contract::Days| i32::try_from(days.get()).unwrap_or(i32::MAX);

    let mut rules = vec![LifecycleRule {
        abort_incomplete_multipart_upload_days: Some(days(
            lifecycle.abort_incomplete_multipart_upload,
        )),
        ..rule("abort-incomplete-multipart-upload")
    }];
    if let Some(expiration) = lifecycle.expiration {
        rules.push(LifecycleRule {
            expiration: Some(LifecycleExpiration {
                days: Some(days(expiration)),
                ..LifecycleExpiration::default()
            }),
            ..rule("expire-uploads")
        });
    }
    if let Some(expiration) = lifecycle.noncurrent_version_expiration {
        rules.push(LifecycleRule {
            noncurrent_version_expiration: Some(NoncurrentVersionExpiration {
                noncurrent_days: Some(days(expiration)),
                newer_noncurrent_versions: None,
            }),
            ..rule("expire-noncurrent-versions")
        });
    }
    if let Some(expiration) = lifecycle.unconfirmed_expiration {
        let mut unconfirmed = rule("unconfirmed");
        unconfirmed.filter.tags.push((UNCONFIRMED_TAG.0.to_owned(), UNCONFIRMED_TAG.1.to_owned()));
        unconfirmed.expiration = Some(LifecycleExpiration {
            days: Some(days(expiration)),
            ..LifecycleExpiration::default()
        });
        // in a bucket with versions an expired object is hidden at first, and becomes a noncurrent version that keeps its tag
        unconfirmed.noncurrent_version_expiration =
            bucket.versioning.then_some(NoncurrentVersionExpiration {
                noncurrent_days: Some(1),
                newer_noncurrent_versions: None,
            });
        rules.push(unconfirmed);
    }
    LifecycleConfiguration {
        rules,
        transition_default_minimum_object_size: Some(
            TRANSITION_DEFAULT_MINIMUM_OBJECT_SIZE.to_owned(),
        ),
    }
}
