//! A contract, and what is there when it has been applied, for the tests of this room.

#![allow(clippy::unwrap_used)]

use gatepass_core::contract::{Contract, Overrides};
use gatepass_core::policy::Documents;
use iam_policy::AccountId;
use iam_policy::Document;

use super::desired::Desired;
use super::observed::{
    BucketSettings, Observed, ObservedBucket, ObservedRole, Reading, RoleSettings,
};
use super::settings::Versioning;
use super::state::RoleHead;

/// A contract with these lines in the places of its own.
pub(super) struct Written<'a> {
    pub(super) bucket: &'a str,
    pub(super) upload: &'a str,
    pub(super) role: &'a str,
    pub(super) endpoint: &'a str,
}

pub(super) const PLAIN: Written<'static> =
    Written { bucket: "", upload: "", role: "", endpoint: "" };
pub(super) const LOCAL: Written<'static> =
    Written { endpoint: "[endpoint]\nurl = \"https://s3.example\"", ..PLAIN };

impl Written<'_> {
    pub(super) fn contract(&self) -> Contract {
        let Self { bucket, upload, role, endpoint } = self;
        let text = format!(
            "[bucket]\nname = \"acme-uploads\"\nregion = \"eu-central-1\"\n{bucket}\n\
             [upload]\nmax_size = \"10 MiB\"\nallowed_origins = [\"https://app.example\"]\ncontent_types = [\"image/png\"]\n{upload}\n\
             [role]\n{role}\n[[role.trust]]\nservice = \"lambda.amazonaws.com\"\n{endpoint}"
        );
        Contract::parse(&text, "gatepass.toml", &Overrides::default()).unwrap()
    }

    pub(super) fn desired(&self) -> Desired {
        let (contract, account) = (self.contract(), account());
        let documents =
            Documents::render(&contract, &account, &crate::statement_files::built_in().unwrap())
                .unwrap();
        Desired::of(&contract, &account, &documents)
    }
}

pub(super) fn account() -> AccountId {
    AccountId::parse("111122223333").unwrap()
}

/// What is read once everything is as wanted.
pub(super) fn bucket_as(desired: &Desired) -> BucketSettings {
    BucketSettings {
        region: Some(desired.region.clone()),
        tags: Reading::Is(desired.bucket_tags.clone()),
        ownership: Reading::Is(Some(desired.ownership)),
        public_access_block: Reading::Is(Some(desired.public_access_block)),
        encryption: Reading::Is(Some(desired.encryption.clone())),
        versioning: Reading::Is(if desired.versioning == Some(true) {
            Versioning::Enabled
        } else {
            Versioning::NeverEnabled
        }),
        lifecycle: Reading::Is(Some(desired.lifecycle.clone())),
        cors: Reading::Is(desired.cors.iter().cloned().collect()),
        policy: Reading::Is(Some(desired.bucket_policy.clone())),
        is_empty: false,
    }
}

/// What is read once everything is as wanted.
pub(super) fn role_as(desired: &Desired) -> RoleSettings {
    let role = &desired.role;
    RoleSettings {
        head: RoleHead {
            path: role.path.as_str().to_owned(),
            description: Some(role.description.clone()),
            max_session_duration: Some(role.max_session_duration),
            permissions_boundary: role
                .permissions_boundary
                .as_ref()
                .map(|boundary| boundary.as_str().to_owned()),
            trust_policy: role.trust_policy.clone(),
            tags: role.tags.clone(),
        },
        permissions_policy: Some(desired.permissions_policy.clone()),
        other_inline_policies: Vec::new(),
        attached_policies: Vec::new(),
    }
}

pub(super) fn observed(bucket: BucketSettings, role: RoleSettings) -> Observed {
    Observed {
        bucket: ObservedBucket::Found(Box::new(bucket)),
        role: ObservedRole::Found(Box::new(role)),
        boundary_is_missing: false,
    }
}

pub(super) const NOTHING: Observed = Observed {
    bucket: ObservedBucket::Missing,
    role: ObservedRole::Missing,
    boundary_is_missing: false,
};

/// A document of one statement, with a `Sid` of somebody else's.
pub(super) fn statement(json: &str) -> Document {
    Document::parse(&format!(r#"{{"Version": "2012-10-17", "Statement": [{json}]}}"#)).unwrap()
}
