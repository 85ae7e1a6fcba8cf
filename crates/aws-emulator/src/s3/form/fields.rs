//! The fields of a form, up to its file.

use futures::StreamExt as _;
use multer::{Field, Multipart};
use s3s::Body;

use crate::s3::Refusal;

/// All fields before the file together, in bytes.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList> (`MaxPostPreDataLengthExceeded`).
const MOST: usize = 20 * 1024;

/// A form's fields: names in lower case, in their order.
#[derive(Debug, Default)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// A field that has to be there.
    pub(super) fn required(&self, name: &str) -> Result<&str, Refusal> {
        self.get(name).ok_or_else(|| {
            let shown = shown(name);
            let message =
                format!("Bucket POST must contain a field named '{shown}'.  If it is specified, please check the order of the fields.");
            Refusal::bad_request("InvalidArgument", message).with("ArgumentName", shown).with("ArgumentValue", "")
        })
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    #[cfg(test)]
    pub(super) fn of(fields: &[(&str, &str)]) -> Self {
        Self(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }
}

/// Reads a form until its file begins.
pub(super) async fn read(
    body: Body,
    boundary: String,
) -> Result<(Fields, Field<'static>), Refusal> {
    let body = body.map(|bytes| bytes.map_err(|error| std::io::Error::other(error.to_string())));
    let mut form = Multipart::new(body, boundary);
    let (mut fields, mut size) = (Fields::default(), 0);
    while let Some(mut field) = form.next_field().await.map_err(malformed)? {
        let name = field.name().unwrap_or_default().to_ascii_lowercase();
        if name == "file" {
            return Ok((fields, field));
        }
        let mut value = Vec::new();
        while let Some(bytes) = field.chunk().await.map_err(malformed)? {
            size += bytes.len();
            if size > MOST {
                let message = "Your POST request fields preceding the upload file were too large.";
                return Err(Refusal::bad_request("MaxPostPreDataLengthExceeded", message)
                    .with("MaxPostPreDataLengthBytes", MOST.to_string()));
            }
            value.extend_from_slice(&bytes);
        }
        let value = String::from_utf8(value).map_err(|_| malformed("a field is no UTF-8"))?;
        fields.0.push((name, value));
    }
    let message = "POST requires exactly one file upload per request.";
    Err(Refusal::bad_request("InvalidArgument", message)
        .with("ArgumentName", "file")
        .with("ArgumentValue", "0"))
}

fn malformed(error: impl std::fmt::Display) -> Refusal {
    tracing::debug!(%error, "a form cannot be read");
    Refusal::bad_request(
        "MalformedPOSTRequest",
        "The body of your POST request is not well-formed multipart/form-data.",
    )
}

/// The last part of a client's name for a file, which may be a path of another system.
pub(super) fn base_name(file_name: &str) -> &str {
    file_name.rsplit(['/', '\\']).next().unwrap_or_default()
}

/// As S3 writes the names of the signature's fields.
fn shown(name: &str) -> String {
    if !name.starts_with("x-amz-") {
        return name.to_owned();
    }
    let capital = |word: &str| word[..1].to_ascii_uppercase() + &word[1..];
    name.split('-').map(capital).collect::<Vec<_>>().join("-")
}
