//! The settings of a bucket: a file each.

pub(super) mod bucket_policy;
pub(super) mod cors_rules;
pub(super) mod encryption;
pub(super) mod lifecycle;
pub(super) mod ownership;
pub(super) mod public_access;
pub(super) mod tagging;
pub(super) mod versioning;
