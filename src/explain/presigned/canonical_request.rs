//! The canonical request that S3 made of what it received, as its answer tells it.
//! See <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>.

/// A canonical request, line by line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CanonicalRequest {
    pub(super) method: String,
    /// Encoded.
    pub(super) path: String,
    /// Names and values, encoded, in the order of the text.
    pub(super) query: Vec<(String, String)>,
    /// Names, in lower case, and values.
    pub(super) headers: Vec<(String, String)>,
    pub(super) signed_headers: Vec<String>,
    pub(super) payload: String,
}

impl CanonicalRequest {
    /// Reads the text; none for one of another form.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut lines = text.trim_end().split('\n').map(|line| line.trim_end_matches('\r'));
        let (method, path, query) =
            (lines.next()?.to_owned(), lines.next()?.to_owned(), lines.next()?);
        let mut rest: Vec<&str> = lines.collect();
        let (payload, signed_headers) = (rest.pop()?.to_owned(), rest.pop()?);
        let pair = |text: &str, between: char| {
            let (name, value) = text.split_once(between).unwrap_or((text, ""));
            (name.to_owned(), value.to_owned())
        };
        Some(Self {
            method,
            path,
            query: query
                .split('&')
                .filter(|parameter| !parameter.is_empty())
                .map(|parameter| pair(parameter, '='))
                .collect(),
            headers: rest
                .into_iter()
                .filter(|line| !line.is_empty())
                .map(|line| pair(line, ':'))
                .collect(),
            signed_headers: signed_headers.split(';').map(str::to_owned).collect(),
            payload,
        })
    }

    /// A header's value as S3 received it. One that was not sent is absent or empty, as the backend has it.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(received, _)| received == name)
            .map(|(_, value)| value.trim())
            .filter(|value| !value.is_empty())
    }

    /// A query parameter's value, encoded.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(received, _)| received == name).map(|(_, value)| value.as_str())
    }
}
