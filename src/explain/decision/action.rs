//! An action as somebody types it.

use std::fmt;

use iam_policy::{Invalid, closest};
use iam_policy::{S3Resource, s3_actions};

/// An action with its service, as AWS writes it: `s3:PutObject`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    name: String,
    /// What it is about, where that is known.
    about: Option<S3Resource>,
}

/// Operations of S3 that are no actions, and the action that each needs.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html>.
const OPERATIONS: [(&str, &str); 25] = [
    ("CompleteMultipartUpload", "PutObject"),
    ("CopyObject", "PutObject"),
    ("CreateMultipartUpload", "PutObject"),
    ("DeleteBucketCors", "PutBucketCORS"),
    ("DeleteBucketEncryption", "PutEncryptionConfiguration"),
    ("DeleteBucketLifecycle", "PutLifecycleConfiguration"),
    ("DeleteObjects", "DeleteObject"),
    ("DeletePublicAccessBlock", "PutBucketPublicAccessBlock"),
    ("GetBucketEncryption", "GetEncryptionConfiguration"),
    ("GetBucketLifecycleConfiguration", "GetLifecycleConfiguration"),
    ("GetPublicAccessBlock", "GetBucketPublicAccessBlock"),
    ("HeadBucket", "ListBucket"),
    ("HeadObject", "GetObject"),
    ("ListBuckets", "ListAllMyBuckets"),
    ("ListMultipartUploads", "ListBucketMultipartUploads"),
    ("ListObjectVersions", "ListBucketVersions"),
    ("ListObjects", "ListBucket"),
    ("ListObjectsV2", "ListBucket"),
    ("ListParts", "ListMultipartUploadParts"),
    ("PostObject", "PutObject"),
    ("PutBucketEncryption", "PutEncryptionConfiguration"),
    ("PutBucketLifecycleConfiguration", "PutLifecycleConfiguration"),
    ("PutPublicAccessBlock", "PutBucketPublicAccessBlock"),
    ("UploadPart", "PutObject"),
    ("UploadPartCopy", "PutObject"),
];

impl Action {
    /// What lets somebody be a role.
    pub const ASSUME_ROLE: &str = "sts:AssumeRole";

    /// Reads an action; one without a service is S3's. Of other services every name is taken, for their actions are not known here.
    ///
    /// # Errors
    /// What is no action of S3, with the one that was probably meant.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let (service, name) = text.split_once(':').unwrap_or(("s3", text));
        if name.contains(['*', '?']) {
            let hint = "name one action; `gatepass policy check` tries all of them";
            return Err(Invalid::new("stands for many actions").hint(hint));
        }
        if !service.eq_ignore_ascii_case("s3") {
            let is_word = |word: &str| {
                !word.is_empty()
                    && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            };
            return match closest_service(service) {
                _ if text.eq_ignore_ascii_case(Self::ASSUME_ROLE) => {
                    Ok(Self { name: Self::ASSUME_ROLE.to_owned(), about: None })
                }
                None if is_word(service) && is_word(name) => {
                    Ok(Self { name: text.to_owned(), about: None })
                }
                None => Err(Invalid::new("is not an action").hint("write e.g. \"s3:PutObject\"")),
                Some(meant) => {
                    Err(Invalid::new(format!("is of a service {service:?}, which there is not"))
                        .hint(format!("write \"{meant}:{name}\"")))
                }
            };
        }
        if let Some((action, about)) =
            s3_actions().find(|(action, _)| action.eq_ignore_ascii_case(name))
        {
            return Ok(Self { name: format!("s3:{action}"), about: Some(about) });
        }
        if let Some((operation, action)) =
            OPERATIONS.iter().find(|(operation, _)| operation.eq_ignore_ascii_case(name))
        {
            return Err(Invalid::new(format!(
                "is not an action of S3: {operation} is an operation"
            ))
            .hint(format!("it needs s3:{action}, so ask about that")));
        }
        let hint = match closest(name, s3_actions().map(|(action, _)| action)) {
            Some(meant) => format!("did you mean s3:{meant}?"),
            None => "AWS lists them: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html".to_owned(),
        };
        Err(Invalid::new("is not an action of S3").hint(hint))
    }

    /// The action with its service.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// What an action of S3 is about.
    #[must_use]
    pub fn about(&self) -> Option<S3Resource> {
        self.about
    }

    /// Whether it is decided by a role's trust policy.
    #[must_use]
    pub fn assumes_a_role(&self) -> bool {
        self.name == Self::ASSUME_ROLE
    }
}

/// The service that a mistyped one means. Only those that the documents speak of are known.
fn closest_service(service: &str) -> Option<&'static str> {
    ["s3", "sts", "kms"].into_iter().filter(|known| !known.eq_ignore_ascii_case(service)).find(
        |known| {
            let service = service.to_ascii_lowercase();
            service == format!("{known}s")
                || service == format!("aws-{known}")
                || service == format!("amazon{known}")
        },
    )
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}
