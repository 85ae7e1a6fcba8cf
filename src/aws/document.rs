//! Policy documents as AWS returns them.

use percent_encoding::percent_decode_str;

use iam_policy::Document;

use super::{AwsError, AwsErrorKind, call::Call};

pub(super) fn parse(call: &Call<'_>, text: &str) -> Result<Document, AwsError> {
    Document::parse(text).map_err(|error| {
        call.error(
            AwsErrorKind::Other,
            format!("the document that is there cannot be understood: {error}"),
        )
    })
}

/// IAM returns documents URL-encoded (RFC 3986); some emulators return them as they are.
/// See <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html>.
pub(super) fn parse_encoded(call: &Call<'_>, text: &str) -> Result<Document, AwsError> {
    if text.trim_start().starts_with('{') {
        return parse(call, text);
    }
    let text = percent_decode_str(text).decode_utf8().map_err(|error| {
        call.error(
            AwsErrorKind::Other,
            format!("the document that is there is not URL-encoded UTF-8: {error}"),
        )
    })?;
    parse(call, &text)
}
