//! From the SDK's errors to [`AwsError`].

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::RequestId as _;

use crate::contract::Contract;

use super::{AwsError, AwsErrorKind, Operation};

/// What a connection talks to, for messages.
#[derive(Debug, Clone)]
pub(super) struct Target {
    endpoint: Option<String>,
    region: String,
    bucket: String,
}

impl Target {
    pub(super) fn of(contract: &Contract) -> Self {
        Self {
            endpoint: contract.endpoint.as_ref().map(|endpoint| endpoint.url.to_string()),
            region: contract.bucket.region.to_string(),
            bucket: contract.bucket.name.to_string(),
        }
    }

    /// Tells an SDK error: what was being done, what is wrong, AWS's code and request id, the way out.
    pub(super) fn error<E>(&self, operation: Operation, error: &SdkError<E, HttpResponse>) -> AwsError
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        match error {
            SdkError::ServiceError(answer) => {
                let told = answer.err();
                self.answered(operation, answer.raw(), told.code(), told.message())
            }
            SdkError::TimeoutError(_) => self.timed_out(operation),
            SdkError::ResponseError(answer) => {
                let mut told = AwsError::new(operation, AwsErrorKind::Other, format!("the answer cannot be read: {}", causes(error)));
                told.request_id = answer.raw().request_id().map(str::to_owned);
                match &self.endpoint {
                    Some(endpoint) => told.with_hint(format!("does {endpoint} speak the AWS API? see endpoint.url")),
                    None => told,
                }
            }
            _ => match credentials_error(error) {
                Some(cause) => self.no_credentials(operation, cause),
                None => self.unreachable(operation, error),
            },
        }
    }

    /// Tells a failure to find credentials.
    pub(super) fn no_credentials(&self, operation: Operation, error: &CredentialsError) -> AwsError {
        match error {
            CredentialsError::CredentialsNotLoaded(_) => AwsError::new(
                operation,
                AwsErrorKind::NoCredentials,
                "no AWS credentials found: none in the environment, the shared configuration files, a container or an instance's metadata",
            )
            .with_hint("log in (`aws sso login`, `aws configure`), name a profile by AWS_PROFILE, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
            _ => AwsError::new(operation, AwsErrorKind::NoCredentials, format!("the AWS credentials cannot be loaded: {}", causes(error)))
                .with_hint("`aws sts get-caller-identity` uses the same chain of credentials and shows whether they work"),
        }
    }

    fn timed_out(&self, operation: Operation) -> AwsError {
        AwsError::new(operation, AwsErrorKind::TimedOut, format!("no answer from {} in time", self.name()))
            .with_hint("check the network and a proxy (HTTPS_PROXY, NO_PROXY), then run the command again")
    }

    fn unreachable(&self, operation: Operation, error: &(dyn Error + 'static)) -> AwsError {
        let hint = match &self.endpoint {
            Some(endpoint) => {
                format!("is anything listening at {endpoint}? it comes from endpoint.url, GATEPASS_ENDPOINT_URL or AWS_ENDPOINT_URL")
            }
            None => format!("check the network, a proxy (HTTPS_PROXY, NO_PROXY), and that the region {} exists", self.region),
        };
        AwsError::new(operation, AwsErrorKind::Unreachable, format!("cannot reach {}: {}", self.name(), causes(error))).with_hint(hint)
    }

    fn name(&self) -> String {
        self.endpoint.clone().unwrap_or_else(|| format!("AWS in {}", self.region))
    }

    fn answered(&self, operation: Operation, response: &HttpResponse, code: Option<&str>, message: Option<&str>) -> AwsError {
        let status = response.status().as_u16();
        let message = message.filter(|message| !message.is_empty()).unwrap_or_default();
        let kind = kind_of(code, status, message, response);
        let text = if message.is_empty() { format!("HTTP status {status}") } else { message.trim_end_matches('.').to_owned() };
        let mut told = AwsError::new(operation, kind, text);
        told.code = code.map(str::to_owned);
        told.request_id = response.request_id().map(str::to_owned);
        told.hint = self.hint(&told);
        told
    }

    fn hint(&self, error: &AwsError) -> Option<String> {
        let hint = match &error.kind {
            AwsErrorKind::CredentialsExpired => "renew the credentials (`aws sso login`, or whatever issued the session token)".to_owned(),
            AwsErrorKind::CredentialsInvalid => {
                "check AWS_PROFILE or AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN: they belong together, and to this endpoint".to_owned()
            }
            AwsErrorKind::ClockSkew => "set this machine's clock (`timedatectl` shows whether it is synchronised)".to_owned(),
            AwsErrorKind::AccessDenied if error.message.contains("BlockPublicPolicy") => {
                "the bucket's or the account's public access block refuses the bucket policy as public: see which statement allows everybody".to_owned()
            }
            AwsErrorKind::AccessDenied => match error.operation.action {
                Some(action) => format!("the caller needs {action}, and no service control policy or permissions boundary that denies it"),
                None => return None,
            },
            AwsErrorKind::WrongRegion { region: Some(region) } if *region != self.region => {
                format!("the bucket {} lies in {region}: write region = \"{region}\" under [bucket], or choose another name", self.bucket)
            }
            AwsErrorKind::WrongRegion { .. } => {
                format!("the bucket {} does not lie in {}: correct region under [bucket], or choose another name", self.bucket, self.region)
            }
            AwsErrorKind::BucketAlreadyExists => {
                format!("bucket names are unique among all accounts: choose another one than {}, for example with the company's name in it", self.bucket)
            }
            AwsErrorKind::Conflict => "another change to the same bucket or role is under way: run the command again in a minute".to_owned(),
            AwsErrorKind::Throttled => "AWS is asked too often at the moment: run the command again in a minute".to_owned(),
            _ => return None,
        };
        Some(hint)
    }
}

fn kind_of(code: Option<&str>, status: u16, message: &str, response: &HttpResponse) -> AwsErrorKind {
    match code.unwrap_or_default() {
        "ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired" => AwsErrorKind::CredentialsExpired,
        "RequestTimeTooSkewed" | "RequestExpired" | "RequestInTheFuture" => AwsErrorKind::ClockSkew,
        // IAM and STS tell a wrong clock by this code too
        "SignatureDoesNotMatch" if message.contains("Signature expired") || message.contains("not yet current") => AwsErrorKind::ClockSkew,
        "InvalidAccessKeyId" | "InvalidClientTokenId" | "SignatureDoesNotMatch" | "InvalidToken" | "UnrecognizedClientException" => {
            AwsErrorKind::CredentialsInvalid
        }
        "AccessDenied" | "AccessDeniedException" | "AllAccessDisabled" | "UnauthorizedAccess" => AwsErrorKind::AccessDenied,
        "PermanentRedirect" | "TemporaryRedirect" | "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException" => {
            AwsErrorKind::WrongRegion { region: bucket_region(response) }
        }
        "BucketAlreadyExists" => AwsErrorKind::BucketAlreadyExists,
        "BucketAlreadyOwnedByYou" => AwsErrorKind::BucketAlreadyOwnedByYou,
        "OperationAborted" | "ConcurrentModification" | "ConcurrentModificationException" => AwsErrorKind::Conflict,
        "BucketNotEmpty" | "DeleteConflict" => AwsErrorKind::InUse,
        "SlowDown" | "Throttling" | "ThrottlingException" | "RequestLimitExceeded" | "TooManyRequestsException" | "ServiceUnavailable" => {
            AwsErrorKind::Throttled
        }
        "NotImplemented" => AwsErrorKind::NotImplemented,
        "MalformedPolicy"
        | "MalformedPolicyDocument"
        | "MalformedXML"
        | "InvalidArgument"
        | "InvalidRequest"
        | "ValidationError"
        | "InvalidInput"
        | "InvalidBucketName"
        | "InvalidLocationConstraint"
        | "InvalidTag" => AwsErrorKind::Invalid,
        code if code.starts_with("NoSuch") || code == "NotFound" || code == "ServerSideEncryptionConfigurationNotFoundError" => {
            AwsErrorKind::NotFound
        }
        "OwnershipControlsNotFoundError" => AwsErrorKind::NotFound,
        // the answer to a HEAD has no body, and so no code
        _ => match status {
            301 | 307 => AwsErrorKind::WrongRegion { region: bucket_region(response) },
            403 => AwsErrorKind::AccessDenied,
            404 => AwsErrorKind::NotFound,
            501 => AwsErrorKind::NotImplemented,
            429 | 503 => AwsErrorKind::Throttled,
            _ => AwsErrorKind::Other,
        },
    }
}

/// The region that S3 names when it was asked in another one: by header, else in the body.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html>.
fn bucket_region(response: &HttpResponse) -> Option<String> {
    if let Some(region) = response.headers().get("x-amz-bucket-region") {
        return Some(region.to_owned());
    }
    let body = std::str::from_utf8(response.body().bytes()?).ok()?;
    let (_, after) = body.split_once("<Region>")?;
    let (region, _) = after.split_once("</Region>")?;
    Some(region.to_owned())
}

fn credentials_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a CredentialsError> {
    std::iter::successors(Some(error), |&error| error.source()).find_map(|error| error.downcast_ref())
}

/// What an error says, with what lies under it, and without the SDK's own words for its layers.
fn causes(error: &(dyn Error + 'static)) -> String {
    let mut said: Vec<String> = std::iter::successors(error.source(), |&error| error.source()).map(ToString::to_string).collect();
    // each layer may repeat the one below it
    said.dedup();
    match said.last() {
        Some(innermost) => innermost.clone(),
        None => error.to_string(),
    }
}
