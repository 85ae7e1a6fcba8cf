//! One AWS call in words: what goes wrong with it is told as an [`AwsError`], with the way out.

use std::error::Error;
use std::time::{Duration, SystemTime};

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::RequestId as _;
use aws_smithy_async::future::pagination_stream::PaginationStream;
use http_body_util::LengthLimitError;

use gatepass_core::contract::Contract;

use super::answer::UnlikeAws;
use super::attempts::is_refused;
use super::bounded::MAX_ANSWER;
use super::chain::FailedPlace;
use super::classify::kind_of;
use super::{AwsError, AwsErrorKind, Operation, WrongClock};

/// Upper bound of the pages of a list: the longest lists, of 10,000 parts or roles, come a hundred a page at the least.
const MAX_PAGES: usize = 100;

/// Upper bound of the time for all pages of a list together.
const LIST_TIMEOUT: Duration = Duration::from_secs(60);

/// What a connection talks to.
#[derive(Debug, Clone)]
pub(super) struct Target {
    endpoint: Option<String>,
    region: String,
    bucket: String,
}

/// A call that is about to be made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call<'a> {
    target: &'a Target,
    operation: Operation,
    subject: &'a str,
}

impl Target {
    pub(super) fn of(contract: &Contract) -> Self {
        Self {
            endpoint: contract.endpoint.as_ref().map(|endpoint| endpoint.url.to_string()),
            region: contract.bucket.region.to_string(),
            bucket: contract.bucket.name.to_string(),
        }
    }

    /// `subject` is the bucket or the role that the call is about.
    pub(super) fn call<'a>(&'a self, operation: Operation, subject: &'a str) -> Call<'a> {
        Call { target: self, operation, subject }
    }

    /// Whether it is AWS itself.
    pub(super) fn is_aws(&self) -> bool {
        self.endpoint.is_none()
    }

    fn name(&self) -> String {
        self.endpoint.clone().unwrap_or_else(|| format!("AWS in {}", self.region))
    }
}

impl Call<'_> {
    /// The answer, or None if it is one of these error codes, which say that there is no such thing.
    pub(super) fn found<T, E>(
        &self,
        answer: Result<T, SdkError<E, HttpResponse>>,
        absent: &[&str],
    ) -> Result<Option<T>, AwsError>
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        match answer {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.code().is_some_and(|code| absent.contains(&code)) => Ok(None),
            Err(error) => Err(self.failed(&error)),
        }
    }

    /// Reads a list page by page, at most [`MAX_PAGES`] within [`LIST_TIMEOUT`]. `take` returns where the next page begins, if there is one. The
    /// list ends where the answer is one of the codes `absent`, which say that there is no such thing.
    pub(super) async fn pages<P, E>(
        &self,
        mut pages: PaginationStream<Result<P, SdkError<E, HttpResponse>>>,
        absent: &[&str],
        mut take: impl FnMut(P) -> Result<Option<String>, AwsError>,
    ) -> Result<(), AwsError>
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        let reading = async {
            let mut next = None;
            for _ in 0..MAX_PAGES {
                let Some(page) = pages.next().await else { return Ok(()) };
                let Some(page) = self.found(page, absent)? else { return Ok(()) };
                let begins = take(page)?;
                if begins.is_some() && begins == next {
                    let message = format!(
                        "{} repeats a page of the list: the next one is to begin at {next:?} again",
                        self.target.name()
                    );
                    return Err(self.hinted_by_endpoint(self.error(AwsErrorKind::Other, message)));
                }
                next = begins;
            }
            match next {
                None => Ok(()),
                Some(_) => {
                    let message =
                        format!("{} answered with more than {MAX_PAGES} pages", self.target.name());
                    Err(self.hinted_by_endpoint(self.error(AwsErrorKind::Other, message)))
                }
            }
        };
        tokio::time::timeout(LIST_TIMEOUT, reading).await.unwrap_or_else(|_| {
            let message = format!(
                "the list of {} did not end within {} seconds",
                self.target.name(),
                LIST_TIMEOUT.as_secs()
            );
            Err(self.hinted_by_endpoint(self.error(AwsErrorKind::TimedOut, message)))
        })
    }

    /// What went wrong.
    pub(super) fn failed<E>(&self, error: &SdkError<E, HttpResponse>) -> AwsError
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        self.told(error).that_may_be_done(may_be_done(error))
    }

    fn told<E>(&self, error: &SdkError<E, HttpResponse>) -> AwsError
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        if let (Some(unlike), Some(response)) = (find::<UnlikeAws>(error), error.raw_response()) {
            let message = format!("{} {unlike}", self.target.name());
            let error =
                self.error(AwsErrorKind::Other, message).with_answer(None, response.request_id());
            return match self.target.is_aws() {
                true => error.with_hint(
                    "check for a proxy that answers in its place (HTTPS_PROXY, NO_PROXY)",
                ),
                false => self.hinted_by_endpoint(error),
            };
        }
        match error {
            // with a code it is an error of S3's that was found out after the answer had begun
            SdkError::ServiceError(answer)
                if answer.raw().status().is_success() && answer.err().code().is_none() =>
            {
                self.unreadable(answer.raw(), answer.err())
            }
            SdkError::ServiceError(answer) => {
                self.answered(answer.raw(), answer.err().code(), answer.err().message())
            }
            SdkError::TimeoutError(_) => self.timed_out(),
            SdkError::ResponseError(answer) => self.unreadable(answer.raw(), error),
            SdkError::DispatchFailure(failure) if !failure.is_other() => self.unreachable(error),
            _ => match find::<CredentialsError>(error) {
                Some(cause) => self.no_credentials(cause),
                None => self.error(AwsErrorKind::Other, innermost(error)),
            },
        }
    }

    /// A failure that the answer's content shows.
    pub(super) fn error(&self, kind: AwsErrorKind, message: impl Into<String>) -> AwsError {
        AwsError::new(self.operation, self.subject, kind, message)
    }

    /// A failure to find credentials.
    pub(super) fn no_credentials(&self, error: &CredentialsError) -> AwsError {
        const NOWHERE: &str = "no AWS credentials found: there are none in the environment, in the shared configuration files (for the \
                               profile that AWS_PROFILE names, or default), in a container's or in an instance's metadata";
        if let Some((problem, command)) = ended_session(error) {
            return self
                .error(AwsErrorKind::NoCredentials, format!("no AWS credentials from the shared configuration files: {problem}"))
                .with_hint(format!("log in by `{command}`, with --profile where AWS_PROFILE names one, then run the command again"));
        }
        let message = match (find::<FailedPlace>(error), error) {
            (Some(place), _) if place.was_asked_for() => {
                format!("no AWS credentials from {}: {}", place.name, innermost(place))
            }
            (Some(place), _) => format!("{NOWHERE} ({})", innermost(place)),
            (None, CredentialsError::CredentialsNotLoaded(_)) => NOWHERE.to_owned(),
            (None, _) => format!("no AWS credentials: {}", innermost(error)),
        };
        self.error(AwsErrorKind::NoCredentials, message).with_hint(self.credentials_hint())
    }

    fn credentials_hint(&self) -> &'static str {
        match &self.target.endpoint {
            Some(_) => {
                "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile by AWS_PROFILE; LocalStack takes `test` for both keys"
            }
            None => {
                "log in (`aws login`, `aws sso login`, `aws configure`), name a profile by AWS_PROFILE, or set AWS_ACCESS_KEY_ID and \
                 AWS_SECRET_ACCESS_KEY; `aws sts get-caller-identity` looks in the same places"
            }
        }
    }

    fn timed_out(&self) -> AwsError {
        self.error(AwsErrorKind::TimedOut, format!("no answer from {} in time", self.target.name()))
            .with_hint("check the network and the proxy (HTTPS_PROXY, NO_PROXY), then run the command again")
    }

    fn unreachable(&self, error: &(dyn Error + 'static)) -> AwsError {
        let cause = innermost(error);
        let hint = match &self.target.endpoint {
            _ if cause.contains("certificate") => {
                "name a file with the certificate's authority by endpoint.ca_certificate or AWS_CA_BUNDLE, or have the system trust it"
                    .to_owned()
            }
            Some(endpoint) => {
                format!("is anything listening at {endpoint}? it comes from endpoint.url, GATEPASS_ENDPOINT_URL or AWS_ENDPOINT_URL")
            }
            None => format!("check the network, the proxy (HTTPS_PROXY, NO_PROXY), and that AWS has a region {}", self.target.region),
        };
        self.error(
            AwsErrorKind::Unreachable,
            format!("cannot reach {}: {cause}", self.target.name()),
        )
        .with_hint(hint)
    }

    fn unreadable(&self, response: &HttpResponse, error: &(dyn Error + 'static)) -> AwsError {
        if find::<LengthLimitError>(error).is_some() {
            let message =
                format!("{} answered with more than {MAX_ANSWER} bytes", self.target.name());
            return self.hinted_by_endpoint(
                self.error(AwsErrorKind::Other, message).with_answer(None, response.request_id()),
            );
        }
        let cause = innermost(error);
        // the SDK takes the blame for whatever answers
        let cause = cause.strip_suffix(". This is likely a bug in the SDK").unwrap_or(&cause);
        let message = format!("the answer cannot be read: {cause}");
        self.hinted_by_endpoint(
            self.error(AwsErrorKind::Other, message).with_answer(None, response.request_id()),
        )
    }

    fn answered(
        &self,
        response: &HttpResponse,
        code: Option<&str>,
        message: Option<&str>,
    ) -> AwsError {
        let message = message.unwrap_or_default();
        let status = response.status().as_u16();
        let wrong_clock = WrongClock::of(|name| response.headers().get(name), SystemTime::now());
        let kind = kind_of(response, code.unwrap_or_default(), message, wrong_clock);
        // a HEAD is answered without a body, and so without code and message
        let mut what = if message.is_empty() {
            format!("HTTP status {status}")
        } else {
            message.trim_end_matches('.').to_owned()
        };
        if let Some(wrong_clock) = wrong_clock.filter(|_| matches!(status, 400 | 401 | 403)) {
            what.push_str(&format!(
                "; {wrong_clock}, compared with that of {}",
                self.target.name()
            ));
        }
        let told = self.error(kind, what).with_answer(code, response.request_id());
        match self.hint(told.kind(), message) {
            Some(hint) => told.with_hint(hint),
            None if code.is_none() => self.hinted_by_endpoint(told),
            None => told,
        }
    }

    /// For an answer that AWS would not give.
    fn hinted_by_endpoint(&self, error: AwsError) -> AwsError {
        match &self.target.endpoint {
            Some(endpoint) => error.with_hint(format!(
                "are S3, IAM and STS what answers at {endpoint}? it comes from endpoint.url"
            )),
            None => error,
        }
    }

    fn hint(&self, kind: &AwsErrorKind, message: &str) -> Option<String> {
        let Target { region: stated, bucket, .. } = self.target;
        let hint = match kind {
            AwsErrorKind::CredentialsExpired => {
                "renew the credentials (`aws login`, `aws sso login`, or whatever issued the session token)".to_owned()
            }
            AwsErrorKind::CredentialsInvalid => {
                "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or the profile of AWS_PROFILE, belong together and to \
                 one AWS partition: see which of them is another's"
                    .to_owned()
            }
            AwsErrorKind::ClockSkew => "set this machine's clock: `timedatectl` shows whether it is synchronised".to_owned(),
            AwsErrorKind::AccessDenied if message.contains("BlockPublicPolicy") => {
                "the public access block of the bucket or of the account refuses a bucket policy that allows everybody something: \
                 see its statements with \"Effect\": \"Allow\""
                    .to_owned()
            }
            AwsErrorKind::AccessDenied if self.operation.name == "HeadBucket" => format!(
                "the bucket {bucket} is there: if it is another account's, choose another name; if it is yours, the caller needs \
                 s3:ListBucket on it"
            ),
            AwsErrorKind::AccessDenied => match self.operation.actions {
                [] => return None,
                actions => {
                    format!(
                        "the caller needs {}, and nothing that denies it (a permissions boundary, an organization's policy)",
                        list(actions)
                    )
                }
            },
            AwsErrorKind::WrongRegion { region: Some(region) } if region != stated => {
                format!("if the bucket {bucket} is yours, write region = \"{region}\" under [bucket]; if not, choose another name")
            }
            AwsErrorKind::WrongRegion { .. } => {
                format!(
                    "the bucket {bucket} does not lie in {stated}: if it is yours, correct region under [bucket]; if not, choose another name"
                )
            }
            AwsErrorKind::NameTaken => {
                format!(
                    "bucket names are unique among all accounts: choose another than {bucket}, with the company's name in it for example"
                )
            }
            AwsErrorKind::Conflict => "another change to the same thing is under way: run the command again in a minute".to_owned(),
            AwsErrorKind::Throttled => {
                "AWS is being asked too often, perhaps by others in the account: run the command again in a minute".to_owned()
            }
            _ => return None,
        };
        Some(hint)
    }
}

/// Whether what was asked for may be done although the call failed.
fn may_be_done<E: Error + 'static>(error: &SdkError<E, HttpResponse>) -> bool {
    match error {
        SdkError::ConstructionFailure(_) => false,
        SdkError::ServiceError(answer) => !is_refused(answer.raw()),
        _ => find::<CredentialsError>(error).is_none(),
    }
}

fn list(actions: &[&str]) -> String {
    match actions {
        [init @ .., last] if !init.is_empty() => format!("{} and {last}", init.join(", ")),
        _ => actions.concat(),
    }
}

/// The error of this type among an error and what lies under it.
fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    std::iter::successors(Some(error), |&error| error.source())
        .find_map(|error| error.downcast_ref())
}

/// Why there are no credentials from a session that only its user can renew, and the command for it. The SDK has no type for these errors.
fn ended_session(error: &(dyn Error + 'static)) -> Option<(String, &'static str)> {
    std::iter::successors(Some(error), |&error| error.source()).find_map(|layer| {
        let problem = layer.to_string();
        let command = match &problem {
            text if text.contains("Login token") || text.contains("/login/cache/") => "aws login",
            text if text.contains("SSO token") || text.contains("/sso/cache/") => "aws sso login",
            _ => return None,
        };
        let cause = innermost(error);
        let problem =
            if problem.contains(&cause) { problem } else { format!("{problem}: {cause}") };
        Some((problem.trim_end_matches('.').to_owned(), command))
    })
}

/// The cause under all others: what lies above it are the SDK's words for its layers.
fn innermost(error: &(dyn Error + 'static)) -> String {
    std::iter::successors(Some(error), |&error| error.source())
        .last()
        .unwrap_or(error)
        .to_string()
        .trim_end_matches('.')
        .to_owned()
}
