//! One change to one setting.

use serde::Serialize;
use serde::ser::{SerializeStruct as _, Serializer};
use serde_json::{Value, json};

use gatepass_core::policy::CorsRule;
use iam_policy::{BucketName, PolicyArn, Region};
use iam_policy::{Document, diff};

use super::super::lifecycle::LifecycleConfiguration;
use super::super::settings::{
    DefaultEncryption, ObjectOwnership, PublicAccessBlock, TagSet, Versioning,
};
use super::super::state::NewRole;

/// One change to one setting: what is there, and what shall be there instead.
///
/// Where others may have a part in a setting (tags, lifecycle rules, CORS rules, bucket policy), both sides are the whole
/// of it, theirs included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Creates the bucket.
    CreateBucket {
        /// Its name.
        name: BucketName,
        /// Where it shall lie.
        region: Region,
        /// Who shall own objects.
        ownership: ObjectOwnership,
        /// Its tags.
        tags: TagSet,
    },
    /// Sets the bucket's tags.
    BucketTags {
        /// All tags that are there.
        before: TagSet,
        /// All tags that shall be there.
        after: TagSet,
    },
    /// Sets who owns objects.
    OwnershipControls {
        /// What is there.
        before: Option<ObjectOwnership>,
        /// What shall be there.
        after: ObjectOwnership,
    },
    /// Sets the public access block.
    PublicAccessBlock {
        /// What is there.
        before: Option<PublicAccessBlock>,
        /// What shall be there.
        after: PublicAccessBlock,
    },
    /// Sets the default encryption.
    Encryption {
        /// What is there.
        before: Option<DefaultEncryption>,
        /// What shall be there.
        after: DefaultEncryption,
    },
    /// Enables or suspends versioning.
    Versioning {
        /// What is there.
        before: Versioning,
        /// Whether it shall be enabled; otherwise suspended.
        enabled: bool,
    },
    /// Sets the lifecycle configuration.
    Lifecycle {
        /// What is there.
        before: Option<LifecycleConfiguration>,
        /// What shall be there.
        after: LifecycleConfiguration,
    },
    /// Sets the bucket policy.
    BucketPolicy {
        /// What is there.
        before: Option<Document>,
        /// What shall be there; none removes it.
        after: Option<Document>,
    },
    /// Sets the CORS rules.
    Cors {
        /// What is there.
        before: Vec<CorsRule>,
        /// What shall be there; nothing removes the configuration.
        after: Vec<CorsRule>,
    },
    /// Creates the role, which can do nothing until it has its permissions policy.
    CreateRole(NewRole),
    /// Sets tags of the role.
    RoleTags {
        /// What is there under the keys of `after`.
        before: TagSet,
        /// The tags to set.
        after: TagSet,
    },
    /// Sets the role's description and maximum session duration, which AWS takes in one call.
    RoleSettings {
        /// What is there.
        before: RoleLimits,
        /// What shall be there.
        after: RoleLimits,
    },
    /// Sets the role's permissions boundary.
    PermissionsBoundary {
        /// What is there.
        before: Option<String>,
        /// What shall be there.
        after: PolicyArn,
    },
    /// Sets the role's trust policy.
    TrustPolicy {
        /// What is there.
        before: Document,
        /// What shall be there.
        after: Document,
    },
    /// Sets the role's inline policy that is ours.
    PermissionsPolicy {
        /// What is there.
        before: Option<Document>,
        /// What shall be there.
        after: Document,
    },
}

/// A role's description and maximum session duration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RoleLimits {
    /// `Description`
    pub description: Option<String>,
    /// `MaxSessionDuration`, seconds
    pub max_session_duration: Option<u32>,
}

/// Whether a setting comes, goes, or becomes another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// There is nothing yet.
    Create,
    /// It becomes another.
    Update,
    /// It is removed.
    Delete,
}

impl Change {
    /// A stable name for programs.
    #[must_use]
    pub fn setting(&self) -> &'static str {
        match self {
            Self::CreateBucket { .. } => "bucket",
            Self::BucketTags { .. } => "bucket_tags",
            Self::OwnershipControls { .. } => "ownership_controls",
            Self::PublicAccessBlock { .. } => "public_access_block",
            Self::Encryption { .. } => "encryption",
            Self::Versioning { .. } => "versioning",
            Self::Lifecycle { .. } => "lifecycle",
            Self::BucketPolicy { .. } => "bucket_policy",
            Self::Cors { .. } => "cors",
            Self::CreateRole(_) => "role",
            Self::RoleTags { .. } => "role_tags",
            Self::RoleSettings { .. } => "role_settings",
            Self::PermissionsBoundary { .. } => "permissions_boundary",
            Self::TrustPolicy { .. } => "trust_policy",
            Self::PermissionsPolicy { .. } => "permissions_policy",
        }
    }

    /// Whether it is the role's; otherwise it is the bucket's.
    #[must_use]
    pub fn is_of_role(&self) -> bool {
        matches!(
            self,
            Self::CreateRole(_)
                | Self::RoleTags { .. }
                | Self::RoleSettings { .. }
                | Self::PermissionsBoundary { .. }
                | Self::TrustPolicy { .. }
                | Self::PermissionsPolicy { .. }
        )
    }

    /// Whether a promise of the contract rests on the setting. It does on all but the role's description and maximum session duration.
    #[must_use]
    pub fn is_guardrail(&self) -> bool {
        !matches!(self, Self::RoleSettings { .. })
    }

    /// A name for people: "default encryption".
    #[must_use]
    pub fn title(&self) -> String {
        match self {
            Self::CreateBucket { name, .. } => format!("bucket {name}"),
            Self::BucketTags { .. } => "bucket tags".to_owned(),
            Self::OwnershipControls { .. } => "object ownership".to_owned(),
            Self::PublicAccessBlock { .. } => "public access block".to_owned(),
            Self::Encryption { .. } => "default encryption".to_owned(),
            Self::Versioning { .. } => "versioning".to_owned(),
            Self::Lifecycle { .. } => "lifecycle rules".to_owned(),
            Self::BucketPolicy { .. } => "bucket policy".to_owned(),
            Self::Cors { .. } => "CORS rules".to_owned(),
            Self::CreateRole(role) => format!("role {}", role.name),
            Self::RoleTags { .. } => "role tags".to_owned(),
            Self::RoleSettings { .. } => "role settings".to_owned(),
            Self::PermissionsBoundary { .. } => "permissions boundary".to_owned(),
            Self::TrustPolicy { .. } => "trust policy".to_owned(),
            Self::PermissionsPolicy { .. } => "permissions policy".to_owned(),
        }
    }

    /// Whether the setting comes, goes, or becomes another.
    #[must_use]
    pub fn action(&self) -> Action {
        match (self.before(), self.after()) {
            (Value::Null, _) => Action::Create,
            (_, Value::Null) => Action::Delete,
            _ => Action::Update,
        }
    }

    /// What is there, as JSON in AWS's terms; null for nothing.
    #[must_use]
    pub fn before(&self) -> Value {
        match self {
            Self::CreateBucket { .. } | Self::CreateRole(_) => Value::Null,
            Self::BucketTags { before, .. } | Self::RoleTags { before, .. } => {
                if before.is_empty() { Value::Null } else { json!(before) }
            }
            Self::OwnershipControls { before, .. } => json!(before),
            Self::PublicAccessBlock { before, .. } => json!(before),
            Self::Encryption { before, .. } => json!(before),
            Self::Versioning { before: Versioning::NeverEnabled, .. } => Value::Null,
            Self::Versioning { before, .. } => json!(before),
            Self::Lifecycle { before, .. } => json!(before),
            Self::BucketPolicy { before, .. } | Self::PermissionsPolicy { before, .. } => {
                before.as_ref().map_or(Value::Null, Document::to_json)
            }
            Self::Cors { before, .. } => rules(before),
            Self::RoleSettings { before, .. } => json!(before),
            Self::PermissionsBoundary { before, .. } => json!(before),
            Self::TrustPolicy { before, .. } => before.to_json(),
        }
    }

    /// What shall be there, as JSON in AWS's terms; null for nothing.
    #[must_use]
    pub fn after(&self) -> Value {
        match self {
            Self::CreateBucket { name, region, ownership, tags } => json!({
                "Name": name.as_str(),
                "BucketNamespace": if name.account_regional().is_some() { "account-regional" } else { "global" },
                "Region": region.as_str(),
                "ObjectOwnership": ownership,
                "Tags": tags,
            }),
            Self::BucketTags { after, .. } | Self::RoleTags { after, .. } => json!(after),
            Self::OwnershipControls { after, .. } => json!(after),
            Self::PublicAccessBlock { after, .. } => json!(after),
            Self::Encryption { after, .. } => json!(after),
            Self::Versioning { enabled, .. } => {
                json!(if *enabled { Versioning::Enabled } else { Versioning::Suspended })
            }
            Self::Lifecycle { after, .. } => json!(after),
            Self::BucketPolicy { after, .. } => {
                after.as_ref().map_or(Value::Null, Document::to_json)
            }
            Self::Cors { after, .. } => rules(after),
            Self::CreateRole(role) => json!({
                "RoleName": role.name.as_str(),
                "Path": role.path.as_str(),
                "Description": role.description,
                "MaxSessionDuration": role.max_session_duration,
                "PermissionsBoundary": role.permissions_boundary.as_ref().map(PolicyArn::as_str),
                "AssumeRolePolicyDocument": role.trust_policy.to_json(),
                "Tags": role.tags,
            }),
            Self::RoleSettings { after, .. } => json!(after),
            Self::PermissionsBoundary { after, .. } => json!(after.as_str()),
            Self::TrustPolicy { after, .. } | Self::PermissionsPolicy { after, .. } => {
                after.to_json()
            }
        }
    }
}

fn rules(rules: &[CorsRule]) -> Value {
    if rules.is_empty() { Value::Null } else { json!(rules) }
}

impl Serialize for Change {
    /// `{"setting", "action", "before", "after"}`, and for a policy document `"statements"`: what changes by meaning.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let statements = match self {
            Self::BucketPolicy { before, after } => {
                Some(diff(before.as_ref(), after.as_ref().unwrap_or(&Document::new(Vec::new()))))
            }
            Self::TrustPolicy { before, after } => Some(diff(Some(before), after)),
            Self::PermissionsPolicy { before, after } => Some(diff(before.as_ref(), after)),
            _ => None,
        };
        let mut change =
            serializer.serialize_struct("Change", 4 + usize::from(statements.is_some()))?;
        change.serialize_field("setting", self.setting())?;
        change.serialize_field("action", &self.action())?;
        change.serialize_field("before", &self.before())?;
        change.serialize_field("after", &self.after())?;
        if let Some(statements) = statements {
            change.serialize_field("statements", &statements)?;
        }
        change.end()
    }
}
