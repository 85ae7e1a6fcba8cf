//! The settings of a bucket: a file each.

pub(super) mod absent;
pub(super) mod acl;
pub(super) mod bucket_policy;
mod bucket_policy_form;
pub(super) mod cors_rules;
pub(super) mod encryption;
pub(super) mod expiration;
pub(super) mod lifecycle;
mod lifecycle_form;
pub(super) mod object_lock;
pub(super) mod ownership;
pub(super) mod public_access;
pub(super) mod public_policy;
pub(super) mod tagging;
pub(super) mod versioning;
