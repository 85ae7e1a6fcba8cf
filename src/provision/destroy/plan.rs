//! What is going to be removed, as data.

use serde::Serialize;
use serde::ser::{SerializeStruct as _, Serializer};

use gatepass_core::contract::RoleName;
use gatepass_core::policy::Note;
use iam_policy::{BucketName, Region};

use super::super::desired::OWNERSHIP_TAG;
use super::super::error::StateError;
use super::super::state::{Found, ObjectVersions};
use super::survey::{Survey, SurveyedBucket, SurveyedRole, Target};

/// What is going to be removed, in order: the bucket first, with its guardrails in place until it is gone, the role last.
///
/// `Display` shows it to people, `Serialize` gives `{"removals": […], "notes": […]}` to programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DestroyPlan {
    pub(super) target: Target,
    pub(super) removals: Vec<Removal>,
    pub(super) notes: Vec<Note>,
}

/// One thing to remove.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Removal {
    /// The bucket with every setting in it.
    Bucket {
        /// Its name.
        name: BucketName,
        /// What others set in it, in words.
        of_others: Vec<String>,
    },
    /// The role's inline policy that is ours.
    PermissionsPolicy,
    /// The role.
    Role {
        /// Its name.
        name: RoleName,
    },
}

/// One reason why nothing may be removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DestroyRefusal {
    /// Something lies in the bucket.
    NotEmpty {
        /// The bucket.
        bucket: BucketName,
        /// Objects and delete markers.
        versions: ObjectVersions,
        /// Open multipart uploads.
        uploads: Found,
    },
    /// The bucket may not be looked at.
    Forbidden {
        /// The bucket.
        bucket: BucketName,
        /// What AWS answered.
        error: StateError,
    },
    /// The bucket lies in another region.
    WrongRegion {
        /// The bucket.
        bucket: BucketName,
        /// The contract's region.
        desired: Region,
        /// The bucket's, if AWS told.
        actual: Option<Region>,
    },
    /// Others hung something on the role, which would have to be taken off for them.
    RoleInUse {
        /// The role.
        role: RoleName,
        /// What it is, in words.
        of_others: Vec<String>,
    },
}

/// Every reason why nothing may be removed, with its way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DestroyRefusals(pub Vec<DestroyRefusal>);

impl DestroyPlan {
    /// What is going to be removed, in order.
    #[must_use]
    pub fn removals(&self) -> &[Removal] {
        &self.removals
    }

    /// What the reader should know beside it.
    #[must_use]
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// Whether there is nothing to remove.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.removals.is_empty()
    }
}

impl Serialize for DestroyPlan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut plan = serializer.serialize_struct("DestroyPlan", 2)?;
        plan.serialize_field("removals", &self.removals)?;
        plan.serialize_field("notes", &self.notes)?;
        plan.end()
    }
}

impl Serialize for Removal {
    /// `{"setting", "name", "of_others"}`
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (setting, name, of_others) = match self {
            Self::Bucket { name, of_others } => ("bucket", name.as_str(), of_others.as_slice()),
            Self::PermissionsPolicy => {
                ("permissions_policy", super::super::PERMISSIONS_POLICY_NAME, [].as_slice())
            }
            Self::Role { name } => ("role", name.as_str(), [].as_slice()),
        };
        let mut removal = serializer.serialize_struct("Removal", 3)?;
        removal.serialize_field("setting", setting)?;
        removal.serialize_field("name", name)?;
        removal.serialize_field("of_others", of_others)?;
        removal.end()
    }
}

/// Decides what is removed: what carries our tag. Anything else is left alone, with a note.
///
/// # Errors
/// Every reason why nothing may be removed.
pub fn plan_destroy(target: &Target, survey: &Survey) -> Result<DestroyPlan, DestroyRefusals> {
    let (mut removals, mut notes, mut refusals) = (Vec::new(), Vec::new(), Vec::new());
    let bucket = || target.bucket.name.clone();
    let left_alone = |about: String| Note {
        about,
        text: format!("does not carry the tag {OWNERSHIP_TAG} = {}, so it is left alone", bucket()),
    };
    match &survey.bucket {
        SurveyedBucket::Missing => {}
        SurveyedBucket::NotOurs => notes.push(left_alone(format!("bucket {}", bucket()))),
        SurveyedBucket::Forbidden(error) => {
            refusals.push(DestroyRefusal::Forbidden { bucket: bucket(), error: error.clone() })
        }
        SurveyedBucket::Elsewhere(actual) => {
            refusals.push(DestroyRefusal::WrongRegion {
                bucket: bucket(),
                desired: target.region.clone(),
                actual: actual.clone(),
            });
        }
        SurveyedBucket::Ours { versions, uploads, of_others } => {
            if versions.versions.count + versions.delete_markers.count + uploads.count > 0 {
                let (versions, uploads) = (versions.clone(), uploads.clone());
                refusals.push(DestroyRefusal::NotEmpty { bucket: bucket(), versions, uploads });
            }
            removals.push(Removal::Bucket { name: bucket(), of_others: of_others.clone() });
        }
    }
    match &survey.role {
        SurveyedRole::Missing => {}
        SurveyedRole::NotOurs => notes.push(left_alone(format!("role {}", target.role))),
        SurveyedRole::Ours { of_others, .. } if !of_others.is_empty() => {
            refusals.push(DestroyRefusal::RoleInUse {
                role: target.role.clone(),
                of_others: of_others.clone(),
            });
        }
        SurveyedRole::Ours { has_permissions_policy, .. } => {
            if *has_permissions_policy {
                removals.push(Removal::PermissionsPolicy);
            }
            removals.push(Removal::Role { name: target.role.clone() });
        }
    }
    if refusals.is_empty() {
        Ok(DestroyPlan { target: target.clone(), removals, notes })
    } else {
        Err(DestroyRefusals(refusals))
    }
}
