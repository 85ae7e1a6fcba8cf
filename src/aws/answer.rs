//! Rejects answers that AWS never gives.
//!
//! The SDK reads an empty body, and elements that are absent, as "there is none". Others' settings would then be overwritten, because an
//! absent setting is a reason to write it. So every answer to a call that reads a setting or a list is checked before it counts.

use std::collections::BTreeSet;
use std::fmt;

use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::FinalizerInterceptorContextRef;
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use bounded_xml as xml;
use serde_json::Value;

/// Required form of an answer.
enum Shape {
    /// An XML document: elements by their path, each with the elements that it always has. The first is the root.
    Xml(&'static [(&'static str, &'static [&'static str])]),
    /// A policy document.
    Policy,
}

/// The elements that AWS's answer to a call always has, as far as something is decided by them.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html> and
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html>.
fn shape(operation: &str) -> Option<Shape> {
    Some(Shape::Xml(match operation {
        "GetBucketPolicy" => return Some(Shape::Policy),
        "GetBucketLocation" => &[("LocationConstraint", &[])],
        "GetBucketTagging" => &[
            ("Tagging", &["TagSet"]),
            ("Tagging/TagSet", &["Tag"]),
            ("Tagging/TagSet/Tag", &["Key", "Value"]),
        ],
        "GetBucketOwnershipControls" => {
            &[("OwnershipControls", &["Rule"]), ("OwnershipControls/Rule", &["ObjectOwnership"])]
        }
        // what it lacks is planned as a change
        "GetPublicAccessBlock" => &[("PublicAccessBlockConfiguration", &[])],
        "GetBucketEncryption" => &[
            ("ServerSideEncryptionConfiguration", &["Rule"]),
            (
                "ServerSideEncryptionConfiguration/Rule/ApplyServerSideEncryptionByDefault",
                &["SSEAlgorithm"],
            ),
        ],
        // without a status versions were never enabled
        "GetBucketVersioning" => &[("VersioningConfiguration", &[])],
        "GetBucketLifecycleConfiguration" => {
            &[("LifecycleConfiguration", &["Rule"]), ("LifecycleConfiguration/Rule", &["Status"])]
        }
        "GetBucketCors" => &[
            ("CORSConfiguration", &["CORSRule"]),
            ("CORSConfiguration/CORSRule", &["AllowedMethod", "AllowedOrigin"]),
        ],
        "ListObjectVersions" => &[("ListVersionsResult", &["IsTruncated"])],
        "ListMultipartUploads" => &[("ListMultipartUploadsResult", &["IsTruncated"])],
        "ListBuckets" => &[("ListAllMyBucketsResult", &["Buckets"])],
        "ListObjectsV2" => &[("ListBucketResult", &[])],
        "ListParts" => &[("ListPartsResult", &[])],
        "GetObjectTagging" => &[("Tagging", &["TagSet"])],
        "GetRole" => &[
            ("GetRoleResponse", &["GetRoleResult"]),
            ("GetRoleResponse/GetRoleResult", &["Role"]),
            (
                "GetRoleResponse/GetRoleResult/Role",
                &["Path", "RoleName", "AssumeRolePolicyDocument"],
            ),
        ],
        "GetRolePolicy" => &[
            ("GetRolePolicyResponse", &["GetRolePolicyResult"]),
            (
                "GetRolePolicyResponse/GetRolePolicyResult",
                &["RoleName", "PolicyName", "PolicyDocument"],
            ),
        ],
        "ListRolePolicies" => &[
            ("ListRolePoliciesResponse", &["ListRolePoliciesResult"]),
            ("ListRolePoliciesResponse/ListRolePoliciesResult", &["PolicyNames"]),
        ],
        "ListAttachedRolePolicies" => &[
            ("ListAttachedRolePoliciesResponse", &["ListAttachedRolePoliciesResult"]),
            (
                "ListAttachedRolePoliciesResponse/ListAttachedRolePoliciesResult",
                &["AttachedPolicies"],
            ),
            (
                "ListAttachedRolePoliciesResponse/ListAttachedRolePoliciesResult/AttachedPolicies/member",
                &["PolicyArn"],
            ),
        ],
        "ListInstanceProfilesForRole" => &[
            ("ListInstanceProfilesForRoleResponse", &["ListInstanceProfilesForRoleResult"]),
            (
                "ListInstanceProfilesForRoleResponse/ListInstanceProfilesForRoleResult",
                &["InstanceProfiles"],
            ),
        ],
        "ListRoles" => &[
            ("ListRolesResponse", &["ListRolesResult"]),
            ("ListRolesResponse/ListRolesResult", &["Roles"]),
        ],
        "GetPolicy" => &[
            ("GetPolicyResponse", &["GetPolicyResult"]),
            ("GetPolicyResponse/GetPolicyResult", &["Policy"]),
        ],
        "GetPolicyVersion" => &[
            ("GetPolicyVersionResponse", &["GetPolicyVersionResult"]),
            ("GetPolicyVersionResponse/GetPolicyVersionResult", &["PolicyVersion"]),
            ("GetPolicyVersionResponse/GetPolicyVersionResult/PolicyVersion", &["Document"]),
        ],
        _ => return None,
    }))
}

/// The root element of moto's answer to `GetBucketVersioning`, which other endpoints than AWS's may have.
const MOTO_VERSIONING: Shape = Shape::Xml(&[("GetBucketVersioningResponse", &[])]);

/// An answer with a success status that AWS never gives.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("answered {operation} with status {status} and {what}, which AWS never does")]
pub(super) struct UnlikeAws {
    operation: String,
    status: u16,
    what: What,
}

/// Reason to reject an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    Empty,
    /// Another body, with its beginning.
    Other(String),
    /// A policy document without a statement.
    NoStatement,
    /// An element without one that it always has.
    Lacks {
        element: String,
        lacking: &'static str,
    },
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("an empty body"),
            Self::Other(beginning) => write!(f, "the body {beginning:?}"),
            Self::NoStatement => f.write_str("a policy without a statement"),
            Self::Lacks { element, lacking } => write!(f, "<{element}> without <{lacking}>"),
        }
    }
}

/// Rejects answers of a connection that AWS never gives.
#[derive(Debug)]
pub(super) struct CheckAnswers {
    pub(super) is_aws: bool,
}

#[aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint]
impl Intercept for CheckAnswers {
    fn name(&self) -> &'static str {
        "CheckAnswers"
    }

    /// At the end of a call, because such an answer is no reason to ask again.
    fn read_after_execution(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let (Some(response), Some(metadata)) = (context.response(), cfg.load::<Metadata>()) else {
            return Ok(());
        };
        let (Some(shape), Some(body)) = (shape(metadata.name()), response.body().bytes()) else {
            return Ok(());
        };
        if !response.status().is_success() {
            return Ok(());
        }
        match shape.check(body) {
            Err(_)
                if !self.is_aws
                    && metadata.name() == "GetBucketVersioning"
                    && MOTO_VERSIONING.check(body).is_ok() =>
            {
                Ok(())
            }
            Err(what) => Err(UnlikeAws {
                operation: metadata.name().to_owned(),
                status: response.status().as_u16(),
                what,
            }
            .into()),
            Ok(()) => Ok(()),
        }
    }
}

impl Shape {
    fn check(&self, body: &[u8]) -> Result<(), What> {
        if body.trim_ascii().is_empty() {
            return Err(What::Empty);
        }
        match self {
            Self::Xml(elements) => check_xml(body, elements),
            Self::Policy => check_policy(body),
        }
    }
}

/// Whether the statements themselves can be understood is seen when they are read.
fn check_policy(body: &[u8]) -> Result<(), What> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(policy)) => match policy.get("Statement") {
            None => Err(What::NoStatement),
            Some(Value::Array(statements)) if statements.is_empty() => Err(What::NoStatement),
            Some(_) => Ok(()),
        },
        _ => Err(What::Other(beginning(body))),
    }
}

fn check_xml(
    body: &[u8],
    elements: &[(&'static str, &'static [&'static str])],
) -> Result<(), What> {
    let other = || What::Other(beginning(body));
    let text = std::str::from_utf8(body).map_err(|_| other())?;
    let mut roots = Vec::new();
    // the names of the elements that ended inside of each one that is open, by depth
    let mut inside: Vec<BTreeSet<String>> = Vec::new();
    let mut lacks = None;
    let read = xml::read(text, |path, _| {
        inside.resize_with(path.len().max(inside.len()) + 1, BTreeSet::new);
        let has = std::mem::take(&mut inside[path.len()]);
        if let Some(name) = path.last() {
            inside[path.len() - 1].insert(name.clone());
            let place = path.join("/");
            let always = elements
                .iter()
                .find(|(known, _)| *known == place)
                .map(|(_, always)| *always)
                .unwrap_or_default();
            if let Some(lacking) = always.iter().find(|name| !has.contains(**name)) {
                lacks.get_or_insert(What::Lacks { element: name.clone(), lacking });
            }
        }
        if let [root] = path {
            roots.push(root.clone());
        }
        true
    });
    match (read, roots.as_slice()) {
        // an error of S3's after the answer had begun is for the SDK to read
        (Some(()), [root]) if root == "Error" => Ok(()),
        (Some(()), [root]) if elements.first().is_some_and(|(known, _)| known == root) => {
            lacks.map_or(Ok(()), Err)
        }
        _ => Err(other()),
    }
}

/// Returns the beginning of a body, short enough for a message.
fn beginning(body: &[u8]) -> String {
    const LONGEST: usize = 60;
    let text = String::from_utf8_lossy(body);
    let text = text.trim();
    let mut beginning: String = text.chars().take(LONGEST).collect();
    if text.chars().count() > LONGEST {
        beginning.push('…');
    }
    beginning
}
