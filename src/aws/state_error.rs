//! From [`AwsError`] to provisioning's own error.

use crate::provision::{StateError, StateErrorKind};
use iam_policy::Region;

use super::error::Details;
use super::{AwsError, AwsErrorKind};

impl From<AwsError> for StateError {
    fn from(error: AwsError) -> Self {
        let Details { doing, kind, code, message, request_id, hint, may_be_done, .. } =
            error.into_details();
        let kind = match kind {
            AwsErrorKind::NotFound => StateErrorKind::NotFound,
            AwsErrorKind::AccessDenied => StateErrorKind::AccessDenied,
            AwsErrorKind::NotImplemented => StateErrorKind::NotSupported,
            AwsErrorKind::Conflict => StateErrorKind::Conflict,
            AwsErrorKind::NameTaken => StateErrorKind::NameTaken,
            AwsErrorKind::AlreadyExists => StateErrorKind::AlreadyExists,
            AwsErrorKind::NotEmpty => StateErrorKind::NotEmpty,
            AwsErrorKind::WrongRegion { region } => StateErrorKind::WrongRegion {
                actual: region.and_then(|region| Region::parse(&region).ok()),
            },
            AwsErrorKind::Unreachable
            | AwsErrorKind::TimedOut
            | AwsErrorKind::NoCredentials
            | AwsErrorKind::CredentialsExpired
            | AwsErrorKind::CredentialsInvalid
            | AwsErrorKind::ClockSkew
            | AwsErrorKind::OtherAccount
            | AwsErrorKind::Invalid
            | AwsErrorKind::Throttled
            | AwsErrorKind::Other => StateErrorKind::Other,
        };
        Self { doing, kind, code, message, request_id, hint, may_be_done }
    }
}
