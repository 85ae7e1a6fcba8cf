//! What a client sends with a URL.

use gatepass_core::contract::{ContentType, Contract, Encryption, Mode};
use iam_policy::Invalid;

/// A client's request, as far as it is told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sent {
    /// The method; none: that of the URL.
    pub method: Option<String>,
    /// Headers, names in lower case. None are told: what is signed is taken to be sent.
    headers: Option<Vec<(String, String)>>,
}

impl Sent {
    /// Reads headers as `curl -H` takes them.
    ///
    /// # Errors
    /// What is not `Name: value`.
    pub fn new(method: Option<&str>, headers: &[String]) -> Result<Self, (String, Invalid)> {
        let parsed = headers.iter().map(|line| match line.split_once(':') {
            Some((name, value)) if !name.trim().is_empty() => {
                Ok((name.trim().to_ascii_lowercase(), value.trim().to_owned()))
            }
            _ => Err((
                line.clone(),
                Invalid::new("is not a header").hint("write e.g. -H 'Content-Type: image/png'"),
            )),
        });
        let parsed: Vec<_> = parsed.collect::<Result<_, _>>()?;
        Ok(Self {
            method: method.map(str::to_ascii_uppercase),
            headers: (!headers.is_empty()).then_some(parsed),
        })
    }

    /// Whether headers are told.
    pub(super) fn tells_headers(&self) -> bool {
        self.headers.is_some()
    }

    /// A header's value, where headers are told and it is among them.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .flatten()
            .find(|(sent, _)| sent == name)
            .map(|(_, value)| value.as_str())
    }

    /// Every header that is told.
    pub(super) fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().flatten().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// What the contract wants a header to be for an upload to this key; none: it signs no such header, or the value is right.
pub(super) fn wrong_value(
    contract: &Contract,
    key: &str,
    name: &str,
    value: &str,
) -> Option<String> {
    let upload = &contract.upload;
    match name {
        "content-type" => {
            let Ok(content_type) = ContentType::parse(value) else {
                return Some("a media type".to_owned());
            };
            if !upload.content_types.iter().any(|range| range.matches(&content_type)) {
                let allowed: Vec<&str> = upload
                    .content_types
                    .iter()
                    .map(gatepass_core::contract::MediaRange::as_str)
                    .collect();
                return Some(format!("one that the contract allows ({})", allowed.join(", ")));
            }
            let extension = content_type.extension();
            let fits = !upload.key.ends_in_extension()
                || key.rsplit_once('.').is_some_and(|(_, other)| other == extension);
            (!fits).then(|| {
                format!(
                    "the type that the key was made for, and keys of {value} end in .{extension}"
                )
            })
        }
        "content-length" => match value.parse::<u64>() {
            Ok(length) if length <= upload.max_size.bytes() => None,
            Ok(_) => Some(format!("at most upload.max_size, {} bytes", upload.max_size.bytes())),
            Err(_) => Some("a number of bytes".to_owned()),
        },
        "if-none-match" if upload.mode == Mode::Strict && value != "*" => Some("*".to_owned()),
        "x-amz-server-side-encryption" => {
            let own = match contract.bucket.encryption {
                Encryption::SseS3 => "AES256",
                Encryption::SseKms { .. } => "aws:kms",
            };
            (value != own).then(|| own.to_owned())
        }
        "x-amz-server-side-encryption-aws-kms-key-id" => match &contract.bucket.encryption {
            Encryption::SseKms { key } if key.as_str() != value => Some(key.to_string()),
            _ => None,
        },
        _ => None,
    }
}
