//! AWS policy documents as values: parse, compare by meaning, diff, evaluate.
//!
//! The crate is pure: it reads no clock, environment, file or network.
//!
//! - [`Document`] and [`Statement`] keep a policy document as it was written; two documents are equal when they mean the
//!   same, and [`diff`] returns what a change permits or forbids.
//! - [`evaluate`] decides whether a request passes a set of documents, and returns the statement that decides.
//! - [`AccountId`], [`Region`], [`BucketName`] and the ARN types are parsed once and valid from then on.
//!
//! ```
//! use iam_policy::evaluate::{Caller, Policy, PolicySet, Request, RequestContext};
//!
//! let policy = Policy::parse(&serde_json::json!({
//!     "Version": "2012-10-17",
//!     "Statement": [{ "Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::acme-uploads/*" }]
//! }))?;
//! let caller = Caller::User { arn: "arn:aws:iam::111122223333:user/ops".to_owned() };
//! let policies = PolicySet { identity: &[policy], resource_account: "111122223333", ..PolicySet::default() };
//! let context = RequestContext::new();
//! let request = Request::new(&caller, "s3:PutObject", "arn:aws:s3:::acme-uploads/a.png", &context);
//! assert!(policies.decide(&request).allowed);
//! # Ok::<(), iam_policy::evaluate::PolicyError>(())
//! ```

mod document;
pub mod evaluate;
mod invalid;
mod names;
mod s3_actions;
mod s3_sub_resources;
mod suggest;
#[cfg(any(test, feature = "test-support"))]
#[doc(hidden)]
pub mod test_support;

pub use document::{
    Document, DocumentError, ELEMENTS, ElementChange, Statement, StatementChange,
    StatementChangeKind, condition_in_words, diff, json_kind, strict_json,
};
pub use invalid::Invalid;
pub use names::{
    AccountId, AccountRegionalName, BucketName, KmsKeyArn, Partition, PolicyArn, PrincipalArn,
    Region,
};
pub use s3_actions::{S3Resource, s3_actions};
pub use s3_sub_resources::{S3SubResource, s3_sub_resources};
pub use suggest::closest;
