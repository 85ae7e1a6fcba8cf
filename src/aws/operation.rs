//! The AWS calls that gatepass makes, each with the IAM action that allows it.

use std::fmt;

/// One AWS call: its name in the API and the IAM action that a policy must allow for it, which often differ.
/// See <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// The service as people call it: `S3`, `IAM`, `STS`.
    pub service: &'static str,
    /// The API's name, such as `PutBucketCors`.
    pub name: &'static str,
    /// The IAM action, such as `s3:PutBucketCORS`; none where no permission is needed.
    pub action: Option<&'static str>,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.service, self.name)
    }
}

/// Finding credentials, which is no call of a service's API.
pub(super) const FIND_CREDENTIALS: Operation = Operation { service: "AWS", name: "credentials", action: None };
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>
pub(super) const GET_CALLER_IDENTITY: Operation = Operation { service: "STS", name: "GetCallerIdentity", action: None };
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
pub(super) const ASSUME_ROLE: Operation = Operation { service: "STS", name: "AssumeRole", action: Some("sts:AssumeRole") };
