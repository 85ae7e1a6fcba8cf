//! A URL that is a right, and so is never printed whole by accident.

use std::fmt;

/// The parameters that make the URL a right, or say whose.
const MASKED: [&str; 3] = ["X-Amz-Signature", "X-Amz-Security-Token", "X-Amz-Credential"];

/// A presigned URL. `Debug` and `Display` mask its signature, security token and credential;
/// [`expose`](Self::expose) gives it whole.
#[derive(Clone, PartialEq, Eq)]
pub struct PresignedUrl(String);

impl PresignedUrl {
    pub(super) fn new(url: String) -> Self {
        Self(url)
    }

    /// The whole URL, for the one who asked for it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PresignedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((address, query)) = self.0.split_once('?') else { return f.write_str(&self.0) };
        f.write_str(address)?;
        for (index, parameter) in query.split('&').enumerate() {
            f.write_str(if index == 0 { "?" } else { "&" })?;
            match parameter.split_once('=') {
                Some((name, _)) if MASKED.contains(&name) => write!(f, "{name}=****")?,
                _ => f.write_str(parameter)?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for PresignedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use iam_policy::Region;

    use super::super::fixtures::{EXAMPLE_TIME, at, credentials, example_address};
    use super::super::{Method, PresignRequest, Signer, SigningCredentials};
    use super::*;

    #[test]
    fn what_makes_it_a_right_is_masked() {
        let credentials =
            SigningCredentials { session_token: Some("the/token".into()), ..credentials() };
        let address = example_address();
        let request = PresignRequest {
            method: Method::Put,
            address: &address,
            key: "uploads/a.png",
            query: &[("x-id", "PutObject")],
            headers: &[("content-type", "image/png")],
            expires_in: 300,
        };
        let url = Signer::new(credentials, &Region::parse("us-east-1").unwrap())
            .presign(&request, at(EXAMPLE_TIME))
            .unwrap();

        let shown = url.to_string();
        insta::assert_snapshot!(shown, @"https://examplebucket.s3.amazonaws.com/uploads/a.png?x-id=PutObject&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=****&X-Amz-Date=20130524T000000Z&X-Amz-Expires=300&X-Amz-SignedHeaders=content-type%3Bhost&X-Amz-Signature=****&X-Amz-Security-Token=****");
        assert_eq!(format!("{url:?}"), shown);
        for (name, value) in url.expose().split('&').filter_map(|pair| pair.split_once('=')) {
            assert_eq!(shown.contains(value), !MASKED.contains(&name), "{name}");
        }
    }

    #[test]
    fn a_url_without_parameters_is_shown_as_it_is() {
        assert_eq!(
            PresignedUrl::new("https://example.com/a".to_owned()).to_string(),
            "https://example.com/a"
        );
    }
}
