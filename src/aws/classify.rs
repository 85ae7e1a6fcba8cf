//! What AWS's error codes mean.
//!
//! See <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>,
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html> and the errors of each operation.

use aws_sdk_s3::config::http::HttpResponse;

use super::{AwsErrorKind, WrongClock};

/// What an answer with this code (empty if there is none) and message means, to a machine with this clock.
pub(super) fn kind_of(
    response: &HttpResponse,
    code: &str,
    message: &str,
    wrong_clock: Option<WrongClock>,
) -> AwsErrorKind {
    match code {
        "ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired" => {
            AwsErrorKind::CredentialsExpired
        }
        "RequestTimeTooSkewed" | "RequestExpired" | "RequestInTheFuture" => AwsErrorKind::ClockSkew,
        // IAM and STS tell a wrong clock by the code of a wrong secret
        "SignatureDoesNotMatch" | "InvalidSignatureException"
            if wrong_clock.is_some()
                || message.contains("Signature expired")
                || message.contains("Signature not yet current") =>
        {
            AwsErrorKind::ClockSkew
        }
        "InvalidAccessKeyId"
        | "InvalidClientTokenId"
        | "InvalidToken"
        | "SignatureDoesNotMatch"
        | "InvalidSignatureException"
        | "UnrecognizedClientException" => AwsErrorKind::CredentialsInvalid,
        "AccessDenied" | "AccessDeniedException" | "AllAccessDisabled" | "UnauthorizedAccess" => {
            AwsErrorKind::AccessDenied
        }
        "PermanentRedirect"
        | "TemporaryRedirect"
        | "AuthorizationHeaderMalformed"
        | "IllegalLocationConstraintException" => wrong_region(response),
        "BucketAlreadyExists" => AwsErrorKind::NameTaken,
        "BucketAlreadyOwnedByYou" | "EntityAlreadyExists" => AwsErrorKind::AlreadyExists,
        "OperationAborted" | "ConcurrentModification" => AwsErrorKind::Conflict,
        "BucketNotEmpty" | "DeleteConflict" => AwsErrorKind::NotEmpty,
        "SlowDown"
        | "Throttling"
        | "ThrottlingException"
        | "RequestLimitExceeded"
        | "TooManyRequestsException" => AwsErrorKind::Throttled,
        "NotImplemented" | "MethodNotAllowed" | "InvalidAction" => AwsErrorKind::NotImplemented,
        "MalformedPolicy"
        | "MalformedPolicyDocument"
        | "MalformedXML"
        | "InvalidArgument"
        | "InvalidRequest"
        | "InvalidInput"
        | "ValidationError"
        | "InvalidBucketName"
        | "InvalidLocationConstraint"
        | "InvalidTag"
        | "LimitExceeded" => AwsErrorKind::Invalid,
        "NoSuchBucket" | "NoSuchEntity" | "NotFound" => AwsErrorKind::NotFound,
        // S3 answers a HEAD without a body, and so without a code
        "" if wrong_clock.is_some() && refuses_signature(response) => AwsErrorKind::ClockSkew,
        _ => by_status(response),
    }
}

fn by_status(response: &HttpResponse) -> AwsErrorKind {
    match response.status().as_u16() {
        301 | 307 => wrong_region(response),
        // a HEAD that was signed for another region than the bucket's
        400 if response.headers().contains_key(REGION_HEADER) => wrong_region(response),
        403 => AwsErrorKind::AccessDenied,
        404 => AwsErrorKind::NotFound,
        405 | 501 => AwsErrorKind::NotImplemented,
        429 | 503 => AwsErrorKind::Throttled,
        _ => AwsErrorKind::Other,
    }
}

fn refuses_signature(response: &HttpResponse) -> bool {
    match response.status().as_u16() {
        400 => !response.headers().contains_key(REGION_HEADER),
        status => matches!(status, 401 | 403),
    }
}

const REGION_HEADER: &str = "x-amz-bucket-region";

/// S3 names the bucket's region by header, or in the body.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html>.
fn wrong_region(response: &HttpResponse) -> AwsErrorKind {
    let in_header = response.headers().get(REGION_HEADER).map(str::to_owned);
    AwsErrorKind::WrongRegion { region: in_header.or_else(|| element_of(response, "Region")) }
}

/// The text of the first element of this name in an XML body.
pub(super) fn element_of(response: &HttpResponse, name: &str) -> Option<String> {
    bounded_xml::text(std::str::from_utf8(response.body().bytes()?).ok()?, name)
}
