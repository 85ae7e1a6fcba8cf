//! What S3 answers when it does not take a file.

use std::fmt;

use bounded_xml as xml;

/// An error that S3 answered with.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Error {
    /// The HTTP status.
    pub status: u16,
    /// S3's error code, such as `AccessDenied`, where the answer has one.
    pub code: Option<String>,
    /// S3's message.
    pub message: Option<String>,
    /// The id under which S3 keeps the request.
    pub request_id: Option<String>,
}

impl S3Error {
    /// Reads the XML of an answer. What it lacks stays empty: a proxy's answer is none of S3's.
    pub(crate) fn parse(status: u16, answer: &str) -> Self {
        Self {
            status,
            code: xml::text(answer, "Code"),
            message: xml::text(answer, "Message"),
            request_id: xml::text(answer, "RequestId"),
        }
    }

    /// Whether the same bytes under a new signature can go through a little later.
    pub(super) fn is_passing(&self) -> bool {
        let has_expired =
            self.message.as_deref().is_some_and(|message| message.contains("expired"));
        let is_passing_code = matches!(
            self.code.as_deref(),
            Some(
                "InternalError"
                    | "OperationAborted"
                    | "RequestTimeout"
                    | "SlowDown"
                    | "ServiceUnavailable"
                    | "ExpiredToken"
            )
        );
        matches!(self.status, 408 | 429 | 500 | 502..=504)
            || is_passing_code
            || (self.code.as_deref() == Some("AccessDenied") && has_expired)
    }

    /// What the error means for somebody who uploads.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        let has_expired =
            self.message.as_deref().is_some_and(|message| message.contains("expired"));
        match (self.status, self.code.as_deref()) {
            (412, _) => Some(
                "an object with this key is there already: a grant of a strict contract is good for one upload",
            ),
            (_, Some("AccessDenied")) if has_expired => {
                Some("the grant expired before the upload began; ask for a new one")
            }
            (_, Some("AccessDenied")) => Some(
                "the bucket policy or the signer's role does not allow this upload; see `gatepass plan`",
            ),
            (_, Some("SignatureDoesNotMatch")) => Some(
                "what was sent is not what was signed, or a proxy changed it on the way, or the signer's secret key is wrong",
            ),
            (_, Some("ExpiredToken")) => {
                Some("the credentials that signed have ended; ask for a new grant")
            }
            (_, Some("InvalidAccessKeyId" | "InvalidToken")) => {
                Some("the bucket's S3 does not know the endpoint's credentials")
            }
            (_, Some("RequestTimeTooSkewed")) => Some("the endpoint's clock is wrong"),
            (_, Some("BadDigest" | "XAmzContentChecksumMismatch")) => {
                Some("the file changed between its checksum and its upload; try again")
            }
            (_, Some("NoSuchBucket")) => Some("make the bucket with `gatepass apply`"),
            (301 | 307, _) => {
                Some("the bucket lies in another region than the endpoint's contract states")
            }
            (503, _) => Some("S3 asks for patience; try again in a moment"),
            _ => None,
        }
    }
}

impl fmt::Display for S3Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "S3 answered {}", self.status)?;
        if let Some(code) = &self.code {
            write!(f, " {code}")?;
        }
        if let Some(message) = &self.message {
            write!(f, ": {message}")?;
        }
        if let Some(request_id) = &self.request_id {
            write!(f, " (request id {request_id})")?;
        }
        Ok(())
    }
}

impl std::error::Error for S3Error {}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(status: u16, xml: &str) -> S3Error {
        S3Error::parse(status, xml)
    }

    #[test]
    fn says_what_s3_says_and_what_it_means() {
        let error = error(
            403,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>AccessDenied</Code><Message>Request has expired</Message>\
             <RequestId>4442587FB7D0A2F9</RequestId><HostId>x</HostId></Error>",
        );
        assert_eq!(
            error.to_string(),
            "S3 answered 403 AccessDenied: Request has expired (request id 4442587FB7D0A2F9)"
        );
        assert_eq!(
            error.hint(),
            Some("the grant expired before the upload began; ask for a new one")
        );
    }

    #[test]
    fn an_answer_of_a_proxy_is_told_by_its_status() {
        assert_eq!(error(502, "<html>Bad gateway</html>").to_string(), "S3 answered 502");
        assert_eq!(
            error(412, "").hint(),
            Some(
                "an object with this key is there already: a grant of a strict contract is good for one upload"
            )
        );
    }
}
