//! What an app asks for, before and after it was checked.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Number, Value};

use crate::contract::{Checksum, ContentType, MediaRange, Mode, ObjectSize, Subject, Upload};

use super::extras::AskedExtras;
use super::{Extras, Refusal};

/// The most bytes of a client's file name that are looked at.
const MAX_FILENAME: usize = 1024;

/// The body of `POST /api/upload-url`, and of the other requests for an upload.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct UploadRequest {
    /// The media type that the client will send as `Content-Type`. Where it is empty, as a browser's `File.type` is for types that the
    /// system does not know, the extension of `filename` decides.
    #[serde(default, deserialize_with = "read_text")]
    pub content_type: String,
    /// The exact number of bytes.
    #[serde(default, deserialize_with = "read_whole")]
    pub size: Option<u64>,
    /// The client's name for the file; it can become part of the key only where the key template says so.
    #[serde(default)]
    pub filename: Option<String>,
    /// The base64 form of the content's SHA-256.
    #[serde(default)]
    pub checksum_sha256: Option<String>,
    /// Whether every part will come with its SHA-256; for uploads in parts only.
    #[serde(default)]
    pub part_checksums: Option<bool>,
    /// User-defined metadata, names without `x-amz-meta-`.
    #[serde(default)]
    pub metadata: Option<BTreeMap<String, String>>,
    /// Object tags.
    #[serde(default)]
    pub tags: Option<BTreeMap<String, String>>,
    /// The object's `Content-Disposition`.
    #[serde(default)]
    pub content_disposition: Option<String>,
    /// The object's `Cache-Control`.
    #[serde(default)]
    pub cache_control: Option<String>,
}

/// How a file is to be uploaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// By one PUT.
    Put,
    /// In parts that the endpoint cuts.
    Multipart,
    /// In parts that the client cuts as it likes.
    FreeParts,
    /// By a form.
    Form,
}

impl Way {
    fn is_in_parts(self) -> bool {
        matches!(self, Self::Multipart | Self::FreeParts)
    }
}

/// A request that the contract allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedUpload {
    /// Allowed by the contract.
    pub content_type: ContentType,
    /// Within the contract's maximum.
    pub size: Option<u64>,
    /// As sent.
    pub filename: Option<String>,
    /// The base64 form of 32 bytes.
    pub checksum_sha256: Option<String>,
    /// Whether every part carries its SHA-256.
    pub part_checksums: bool,
    /// Who asks, where that is known.
    pub subject: Option<Arc<Subject>>,
    /// What else it carries.
    pub extras: Extras,
}

/// A request for a form that the contract allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedForm {
    /// The upload.
    pub upload: CheckedUpload,
    /// What the content type lies in that the client sends in the end; none for the upload's own.
    pub content_type_range: Option<MediaRange>,
    /// The most bytes that the form takes where no size was declared.
    pub max_size: u64,
}

impl CheckedUpload {
    /// An upload of which nothing but the type is known.
    #[must_use]
    pub fn new(content_type: ContentType) -> Self {
        Self {
            content_type,
            size: None,
            filename: None,
            checksum_sha256: None,
            part_checksums: false,
            subject: None,
            extras: Extras::default(),
        }
    }

    /// The same upload, asked for by somebody.
    #[must_use]
    pub fn of(self, subject: Option<Arc<Subject>>) -> Self {
        Self { subject, ..self }
    }
}

impl UploadRequest {
    /// Reads a request from JSON. Fields that it does not know are left alone, for clients written for another
    /// endpoint send more than is needed here.
    ///
    /// # Errors
    /// [`Refusal::BodyMalformed`] and [`Refusal::ContentTypeMissing`].
    pub fn from_json(body: &[u8]) -> Result<Self, Refusal> {
        // a derived reader would also take an array of the values
        if body.trim_ascii_start().first().is_some_and(|first| *first != b'{') {
            return Err(Refusal::BodyMalformed { problem: "it is not a JSON object".to_owned() });
        }
        let request: Self =
            serde_json::from_slice(body).map_err(|error| match serde_json::from_slice(body) {
                Ok(Value::Object(fields)) => explain(&fields, &error),
                _ => Refusal::BodyMalformed { problem: error.to_string() },
            })?;
        if request.content_type.is_empty()
            && let Ok(Value::Object(fields)) = serde_json::from_slice(body)
            && let Some(instead) = content_type_by_another_name(&fields)
        {
            return Err(Refusal::ContentTypeMissing { instead: Some(instead), filename: None });
        }
        Ok(request)
    }

    /// The declared media type, else the one by the extension of the file's name.
    fn media_type(&self) -> Result<&str, Refusal> {
        if !self.content_type.is_empty() {
            return Ok(&self.content_type);
        }
        let inferred = self.filename.as_deref().and_then(ContentType::for_file_name);
        inferred.ok_or_else(|| Refusal::ContentTypeMissing {
            instead: None,
            filename: self.filename.as_deref().map(excerpt),
        })
    }

    /// Checks a request for one PUT against the contract.
    ///
    /// # Errors
    /// The first reason to refuse it.
    pub fn check(self, upload: &Upload) -> Result<CheckedUpload, Refusal> {
        self.check_for(Way::Put, upload)
    }

    /// Checks the request against the contract.
    ///
    /// # Errors
    /// The first reason to refuse it.
    pub fn check_for(self, way: Way, upload: &Upload) -> Result<CheckedUpload, Refusal> {
        let media_type = self.media_type()?;
        let content_type = ContentType::parse(media_type).map_err(|error| {
            Refusal::ContentTypeMalformed { value: excerpt(media_type), problem: error.to_string() }
        })?;
        if !upload.content_types.iter().any(|range| range.matches(&content_type)) {
            return Err(Refusal::ContentTypeNotAllowed {
                value: excerpt(media_type),
                allowed: upload.content_types.iter().map(MediaRange::to_string).collect(),
            });
        }
        match self.size {
            None if upload.mode == Mode::Strict || way == Way::Multipart => {
                return Err(Refusal::SizeMissing);
            }
            Some(0) => return Err(Refusal::SizeZero),
            Some(size) if size > upload.max_size.bytes() => {
                return Err(Refusal::TooLarge { size, max: upload.max_size.bytes() });
            }
            Some(size) if !way.is_in_parts() && size > ObjectSize::MAX_PUT => {
                return Err(Refusal::TooLargeForOnePut { size });
            }
            None | Some(_) => {}
        }
        let is_required = upload.checksum == Checksum::Required;
        match &self.checksum_sha256 {
            // S3 checks the SHA-256 of each part and knows none of the whole
            Some(_) if way == Way::Form => return Err(Refusal::ChecksumOfForm),
            Some(_) if way != Way::Put => return Err(Refusal::ChecksumOfParts),
            None if way.is_in_parts() => {}
            None if is_required => return Err(Refusal::ChecksumMissing),
            Some(checksum) if !is_sha256(checksum) => return Err(Refusal::ChecksumMalformed),
            None | Some(_) => {}
        }
        if self.filename.as_ref().is_some_and(|name| name.len() > MAX_FILENAME) {
            return Err(Refusal::FilenameTooLong);
        }
        let asked = AskedExtras {
            metadata: self.metadata.as_ref(),
            tags: self.tags.as_ref(),
            content_disposition: self.content_disposition.as_deref(),
            cache_control: self.cache_control.as_deref(),
        };
        let extras = Extras::check(asked, &upload.extras)?;
        Ok(CheckedUpload {
            content_type,
            size: self.size,
            filename: self.filename,
            checksum_sha256: self.checksum_sha256,
            part_checksums: way.is_in_parts() && (is_required || self.part_checksums == Some(true)),
            subject: None,
            extras,
        })
    }

    /// Checks a request for a form against the contract. `content_type` may be a range such as `image/*` if keys say nothing
    /// of the type: the client then fills in the type that the file turns out to have.
    ///
    /// # Errors
    /// The first reason to refuse it.
    pub fn check_form(mut self, upload: &Upload) -> Result<CheckedForm, Refusal> {
        let max_size = upload.max_size.bytes().min(ObjectSize::MAX_PUT);
        let range =
            MediaRange::parse(&self.content_type).ok().filter(|range| range.wildcard().is_some());
        let Some(range) = range else {
            return Ok(CheckedForm {
                upload: self.check_for(Way::Form, upload)?,
                content_type_range: None,
                max_size,
            });
        };
        if !upload.content_types.iter().any(|allowed| allowed.contains(&range)) {
            return Err(Refusal::ContentTypeNotAllowed {
                value: excerpt(&self.content_type),
                allowed: upload.content_types.iter().map(MediaRange::to_string).collect(),
            });
        }
        if upload.key.names_type() {
            return Err(Refusal::ContentTypeRange);
        }
        // any type of the range will do: nothing is made of it
        let beginning = range.wildcard().unwrap_or_default();
        self.content_type = if beginning.is_empty() {
            "application/octet-stream".to_owned()
        } else {
            format!("{beginning}any")
        };
        Ok(CheckedForm {
            upload: self.check_for(Way::Form, upload)?,
            content_type_range: Some(range),
            max_size,
        })
    }
}

/// What is wrong with an object that is not an [`UploadRequest`].
fn explain(fields: &Map<String, Value>, error: &serde_json::Error) -> Refusal {
    let fits = |name: &str, value: &Value| match name {
        "size" => value.is_null() || value.as_number().and_then(whole).is_some(),
        "part_checksums" => value.is_boolean() || value.is_null(),
        "metadata" | "tags" => {
            value.is_null()
                || value.as_object().is_some_and(|pairs| pairs.values().all(Value::is_string))
        }
        _ => value.is_string() || value.is_null(),
    };
    let expectations = [
        ("content_type", "a string"),
        ("size", "a whole number of bytes"),
        ("filename", "a string"),
        ("checksum_sha256", "a string"),
        ("part_checksums", "true or false"),
        ("metadata", "an object of strings"),
        ("tags", "an object of strings"),
        ("content_disposition", "a string"),
        ("cache_control", "a string"),
    ];
    let unexpected = expectations.iter().find_map(|(name, expected)| {
        let value = fields.get(*name).filter(|value| !fits(name, value))?;
        Some(format!("`{name}` is {}, not {expected}", excerpt(&value.to_string())))
    });
    Refusal::BodyMalformed { problem: unexpected.unwrap_or_else(|| error.to_string()) }
}

/// JSON has one kind of numbers: 5.0 is the whole number 5. Above 2⁵³ such a number is not exact.
#[must_use]
pub fn whole(number: &Number) -> Option<u64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let of_float = || {
        number
            .as_f64()
            .filter(|number| number.fract() == 0.0 && (0.0..=EXACT).contains(number))
            .map(|number| number as u64)
    };
    number.as_u64().or_else(of_float)
}

fn read_whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let number = Option::<Number>::deserialize(deserializer)?;
    number
        .map(|number| whole(&number).ok_or_else(|| D::Error::custom("not a whole number")))
        .transpose()
}

/// S3 refuses a checksum in any other than base64's one canonical form.
pub(super) fn is_sha256(text: &str) -> bool {
    STANDARD.decode(text).is_ok_and(|bytes| bytes.len() == 32)
}

/// A missing text and `null` are an empty one.
fn read_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Option::<String>::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// The field that states a media type under a name that other endpoints use for `content_type`.
fn content_type_by_another_name(fields: &Map<String, Value>) -> Option<String> {
    let states_type = |(name, value): &(&String, &Value)| {
        name.as_str() != "content_type"
            && means_content_type(name)
            && value.as_str().is_some_and(|text| !text.is_empty())
    };
    fields.iter().find(states_type).map(|(name, _)| name.clone())
}

/// Whether a field's name is what somebody else calls `content_type`.
fn means_content_type(name: &str) -> bool {
    let plain: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .collect();
    matches!(plain.as_str(), "type" | "mime" | "mimetype" | "mediatype" | "filetype")
        || strsim::osa_distance(&plain, "contenttype") <= 2
}

/// At most 128 characters of a text, for a message.
pub(super) fn excerpt(text: &str) -> String {
    text.chars().take(128).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::fixtures::contract_with;
    use super::*;

    const CHECKSUM: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

    fn read(body: &str) -> String {
        match UploadRequest::from_json(body.as_bytes()) {
            Ok(request) => format!("{request:?}"),
            Err(refusal) => format!("{}: {refusal}; {}", refusal.code(), refusal.hint().unwrap()),
        }
    }

    fn check(upload: &str, request: UploadRequest) -> Result<CheckedUpload, String> {
        request.check(&contract_with(upload).upload).map_err(|refusal| refusal.code().to_owned())
    }

    fn png() -> UploadRequest {
        UploadRequest {
            content_type: "image/png".to_owned(),
            size: Some(1),
            ..UploadRequest::default()
        }
    }

    #[test]
    fn bodies() {
        let bodies = [
            r#"{"content_type": "image/png", "size": 5, "filename": "a.png", "checksum_sha256": "x"}"#,
            r#"{"content_type": "image/png", "size": null, "bucket": "other", "contentType": "x"}"#,
            r#"{"contentType": "image/png"}"#,
            r#"{"size": 1, "content-type": "image/png"}"#,
            r#"{"mime_type": "image/png"}"#,
            r#"{"name": "a.png", "type": "image/png"}"#,
            r#"{"name": "a.png"}"#,
            r#"{"filename": "a.png"}"#,
            r#"{"content_type": null, "type": "", "filename": "a.png"}"#,
            r#"{"type": "image/png", "filename": "a.jpg"}"#,
            r#"{"content_type": 5}"#,
            r#"{"content_type": "image/png", "size": 5.0}"#,
            r#"{"content_type": "image/png", "size": 5.5}"#,
            r#"{"content_type": "image/png", "size": 1e300}"#,
            r#"{"content_type": "image/png", "size": -1}"#,
            r#"{"content_type": "image/png", "size": "5"}"#,
            r#"{"content_type": "image/png", "content_type": "text/html"}"#,
            r#"["image/png", 5]"#,
            r#""image/png""#,
            "",
            "{",
        ];
        let told: Vec<String> = bodies.map(read).to_vec();
        insta::assert_snapshot!(told.join("\n"), @r#"
        UploadRequest { content_type: "image/png", size: Some(5), filename: Some("a.png"), checksum_sha256: Some("x"), part_checksums: None, metadata: None, tags: None, content_disposition: None, cache_control: None }
        UploadRequest { content_type: "image/png", size: None, filename: None, checksum_sha256: None, part_checksums: None, metadata: None, tags: None, content_disposition: None, cache_control: None }
        content_type_missing: `content_type` is missing; did you mean `content_type` where "contentType" stands?
        content_type_missing: `content_type` is missing; did you mean `content_type` where "content-type" stands?
        content_type_missing: `content_type` is missing; did you mean `content_type` where "mime_type" stands?
        content_type_missing: `content_type` is missing; did you mean `content_type` where "type" stands?
        UploadRequest { content_type: "", size: None, filename: None, checksum_sha256: None, part_checksums: None, metadata: None, tags: None, content_disposition: None, cache_control: None }
        UploadRequest { content_type: "", size: None, filename: Some("a.png"), checksum_sha256: None, part_checksums: None, metadata: None, tags: None, content_disposition: None, cache_control: None }
        UploadRequest { content_type: "", size: None, filename: Some("a.png"), checksum_sha256: None, part_checksums: None, metadata: None, tags: None, content_disposition: None, cache_control: None }
        content_type_missing: `content_type` is missing; did you mean `content_type` where "type" stands?
        body_malformed: the body is not an upload request: `content_type` is 5, not a string; send JSON such as {"content_type": "image/png", "size": 12345}
        UploadRequest { content_type: "image/png", size: Some(5), filename: None, checksum_sha256: None, part_checksums: None, metadata: None, tags: None, content_disposition: None, cache_control: None }
        body_malformed: the body is not an upload request: `size` is 5.5, not a whole number of bytes; send JSON such as {"content_type": "image/png", "size": 12345}
        body_malformed: the body is not an upload request: `size` is 1e+300, not a whole number of bytes; send JSON such as {"content_type": "image/png", "size": 12345}
        body_malformed: the body is not an upload request: `size` is -1, not a whole number of bytes; send JSON such as {"content_type": "image/png", "size": 12345}
        body_malformed: the body is not an upload request: `size` is "5", not a whole number of bytes; send JSON such as {"content_type": "image/png", "size": 12345}
        body_malformed: the body is not an upload request: duplicate field `content_type` at line 1 column 44; send JSON such as {"content_type": "image/png", "size": 12345}
        body_malformed: the body is not an upload request: it is not a JSON object; send JSON such as {"content_type": "image/png", "size": 12345}
        body_malformed: the body is not an upload request: it is not a JSON object; send JSON such as {"content_type": "image/png", "size": 12345}
        body_malformed: the body is not an upload request: EOF while parsing a value at line 1 column 0; send JSON such as {"content_type": "image/png", "size": 12345}
        body_malformed: the body is not an upload request: EOF while parsing an object at line 1 column 1; send JSON such as {"content_type": "image/png", "size": 12345}
        "#);
    }

    #[test]
    fn content_types_are_compared_without_case_and_parameters_and_kept_as_sent() {
        for content_type in ["image/png", "IMAGE/Png", "text/plain; charset=utf-8"] {
            let checked =
                check("", UploadRequest { content_type: content_type.to_owned(), ..png() })
                    .unwrap();
            assert_eq!(checked.content_type.as_str(), content_type);
        }
        for (content_type, code) in [
            ("text/html", "content_type_not_allowed"),
            ("image/../../x", "content_type_malformed"),
            ("image/*", "content_type_malformed"),
            ("image", "content_type_malformed"),
            ("", "content_type_missing"),
            (" ", "content_type_malformed"),
            ("image/png\r\nx-amz-acl: public-read", "content_type_malformed"),
        ] {
            let request = UploadRequest { content_type: content_type.to_owned(), ..png() };
            assert_eq!(check("", request), Err(code.to_owned()), "{content_type}");
        }
    }

    #[test]
    fn a_refused_value_is_told_in_part() {
        let request = UploadRequest { content_type: "ü".repeat(1000), ..png() };
        let Err(Refusal::ContentTypeMalformed { value, .. }) =
            request.check(&contract_with("").upload)
        else {
            panic!()
        };
        assert_eq!(value, "ü".repeat(128));
    }

    #[test]
    fn sizes() {
        let sized = |upload, size| {
            check(upload, UploadRequest { size, ..png() }).map(|checked| checked.size)
        };
        let compatible = "mode = \"compatible\"";
        assert_eq!(sized("", None), Err("size_missing".to_owned()));
        assert_eq!(sized(compatible, None), Ok(None));
        for mode in ["", compatible] {
            assert_eq!(sized(mode, Some(0)), Err("size_zero".to_owned()));
            assert_eq!(sized(mode, Some(1)), Ok(Some(1)));
            assert_eq!(sized(mode, Some(10_485_760)), Ok(Some(10_485_760)));
            assert_eq!(sized(mode, Some(10_485_761)), Err("too_large".to_owned()));
            assert_eq!(sized(mode, Some(u64::MAX)), Err("too_large".to_owned()));
        }
    }

    #[test]
    fn one_request_carries_less_than_parts() {
        let mut upload = contract_with("multipart = true").upload;
        upload.max_size = ObjectSize::parse("6 GiB").unwrap();
        for way in [Way::Put, Way::Form, Way::Multipart, Way::FreeParts] {
            let asked = UploadRequest { size: Some(ObjectSize::MAX_PUT + 1), ..png() };
            let is_taken = asked.check_for(way, &upload).is_ok();
            assert_eq!(is_taken, way.is_in_parts(), "{way:?}");
        }
    }

    #[test]
    fn checksums() {
        let summed = |upload, checksum: Option<&str>| {
            check(upload, UploadRequest { checksum_sha256: checksum.map(str::to_owned), ..png() })
                .map(|checked| checked.checksum_sha256)
        };
        assert_eq!(summed("", None), Ok(None));
        assert_eq!(summed("checksum = \"required\"", None), Err("checksum_missing".to_owned()));
        assert_eq!(
            summed("checksum = \"required\"", Some(CHECKSUM)),
            Ok(Some(CHECKSUM.to_owned()))
        );
        let unpadded = CHECKSUM.trim_end_matches('=');
        let url_safe = CHECKSUM.replace('+', "-").replace('/', "_");
        // the last character has two bits that say nothing and must be zero
        let loose = CHECKSUM.replace("FU=", "FV=");
        for wrong in [
            "",
            "x",
            unpadded,
            &url_safe,
            &loose,
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "47DEQpj8HBQ=",
        ] {
            assert_eq!(summed("", Some(wrong)), Err("checksum_malformed".to_owned()), "{wrong}");
        }
    }

    #[test]
    fn an_empty_content_type_is_that_of_the_file_name() {
        let named = |filename: &str| {
            check(
                "",
                UploadRequest {
                    content_type: String::new(),
                    filename: Some(filename.to_owned()),
                    ..png()
                },
            )
            .map(|checked| checked.content_type.to_string())
        };
        for (filename, content_type) in [
            ("IMG_0001.HEIC", "image/heic"),
            ("a.b.jpeg", "image/jpeg"),
            (".png", "image/png"),
            ("C:\\scans\\a.PDF", "application/pdf"),
        ] {
            assert_eq!(named(filename), Ok(content_type.to_owned()), "{filename}");
        }
        assert_eq!(named("page.html"), Err("content_type_not_allowed".to_owned()));
        for filename in ["", "photo", "photo.", "a.gatepass", "jpg"] {
            assert_eq!(named(filename), Err("content_type_missing".to_owned()), "{filename}");
        }
    }

    #[test]
    fn file_names() {
        let named = |name: String| {
            check("", UploadRequest { filename: Some(name), ..png() })
                .map(|checked| checked.filename.map(|name| name.len()))
        };
        assert_eq!(named("ü".repeat(512)), Ok(Some(1024)));
        assert_eq!(named("ü".repeat(513)), Err("filename_too_long".to_owned()));
    }
}
