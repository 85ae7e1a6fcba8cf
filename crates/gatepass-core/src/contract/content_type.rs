//! The media type of an upload.

use std::fmt;

use mediatype::MediaType;

use super::{MediaRange, extension};

/// A media type as a client sends it in `Content-Type` (RFC 9110, section 8.3).
///
/// Signing binds the exact text, so the text is kept as given, without the white space around it; what is compared
/// with the contract is type and subtype in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentType {
    text: String,
    essence: String,
}

/// Why a text is no media type that can be signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ContentTypeError(pub String);

impl ContentType {
    /// The longest text that is taken.
    pub const MAX_LENGTH: usize = 255;

    /// Parses `type/subtype` with parameters.
    ///
    /// # Errors
    /// What RFC 9110 does not allow, wildcards, and what a header would not carry unchanged to where the signature is
    /// checked: characters other than visible ASCII and single spaces.
    pub fn parse(text: &str) -> Result<Self, ContentTypeError> {
        let wrong = |problem: &str| Err(ContentTypeError(problem.to_owned()));
        // Only what HTTP itself strips from the ends of a header (RFC 9110, section 5.5)
        let text = text.trim_matches([' ', '\t']);
        if text.is_empty() {
            return wrong("is empty; a content type is e.g. image/png");
        }
        if text.len() > Self::MAX_LENGTH {
            return wrong("is longer than 255 bytes");
        }
        if let Some(other) = text.chars().find(|c| !matches!(c, ' '..='~')) {
            return Err(ContentTypeError(format!(
                "contains {other:?}; a content type is made of visible ASCII characters and spaces"
            )));
        }
        // SigV4 folds runs of spaces before it signs, and proxies may or may not.
        if text.contains("  ") {
            return wrong("contains two spaces in a row, which signing cannot keep");
        }
        let (before_parameters, parameters) = text.split_at(text.find(';').unwrap_or(text.len()));
        if before_parameters.contains(',') {
            return wrong("names more than one type; an upload has one");
        }
        // Browsers' MediaRecorder lists codecs without the quotes that RFC 6381 asks for: video/webm;codecs=vp8,opus
        let is_bare_list = parameters.contains(',') && !parameters.contains('"');
        if is_bare_list
            && parameters.split([',', ';', '=']).skip(1).any(|value| value.trim().is_empty())
        {
            return wrong("has an empty value in the list of a parameter");
        }
        let comparable =
            if is_bare_list { text.replace(", ", ".").replace(',', ".") } else { text.to_owned() };
        let Ok(parsed) = MediaType::parse(&comparable) else {
            return wrong(
                "is not a media type; a content type is e.g. image/png or text/plain; charset=utf-8",
            );
        };
        // The library also reads media ranges, other characters than RFC 6838 allows in names, and empty values.
        let essence = text.split([';', ' ']).next().unwrap_or_default().to_ascii_lowercase();
        if essence.contains('*') {
            return wrong("is a media range; an upload has one type");
        }
        if essence.contains(['%', '\'']) {
            return wrong("has characters in its type or subtype that RFC 6838 does not allow");
        }
        if parsed.params.iter().any(|(_, value)| value.as_str().is_empty()) {
            return wrong("has a parameter without a value");
        }
        Ok(Self { text: text.to_owned(), essence })
    }

    /// The text to sign and to send.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// `type/subtype` in lower case, without parameters.
    #[must_use]
    pub fn essence(&self) -> &str {
        &self.essence
    }

    /// The subtype in lower case: `svg+xml`.
    #[must_use]
    pub fn subtype(&self) -> &str {
        self.essence.split_once('/').map_or("", |(_, subtype)| subtype)
    }

    /// Whether a browser that shows such a file would run scripts that are in it: HTML, and what is made of XML, SVG among it, as
    /// far as browsers know; a message of parts, which can have HTML in it; and what browsers take a guess at.
    /// See <https://mimesniff.spec.whatwg.org/>.
    #[must_use]
    pub fn can_run_scripts(&self) -> bool {
        let essence = self.essence.as_str();
        essence.starts_with("multipart/")
            || essence.ends_with("+xml")
            || matches!(self.subtype(), "html" | "xml" | "xsl" | "rfc822" | "unknown")
    }

    /// The file extension for this type, without a dot; `bin` where none is known.
    /// Whatever this returns for a type that a [`MediaRange`](super::MediaRange) matches is in its
    /// [`extensions`](super::MediaRange::extensions).
    #[must_use]
    pub fn extension(&self) -> &'static str {
        extension::of(&self.essence).unwrap_or(extension::UNKNOWN)
    }

    /// The type of a file by the extension of its name, in any case, where one is known.
    #[must_use]
    pub fn for_file_name(name: &str) -> Option<&'static str> {
        extension::media_type(&name.rsplit_once('.')?.1.to_ascii_lowercase())
    }

    /// Every extension by which [`for_file_name`](Self::for_file_name) knows one of these types.
    #[must_use]
    pub fn known_extensions(ranges: &[MediaRange]) -> Vec<&'static str> {
        let is_allowed = |(_, essence): &(&str, &str)| {
            Self::parse(essence).is_ok_and(|known| ranges.iter().any(|range| range.matches(&known)))
        };
        extension::media_types()
            .into_iter()
            .filter(is_allowed)
            .map(|(extension, _)| extension)
            .collect()
    }
}

impl fmt::Display for ContentType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;
    use iam_policy::test_support::verdicts;

    use proptest::prelude::*;

    #[test]
    fn verdict() {
        let longest = format!("text/plain; a={}", "b".repeat(241));
        let too_long = format!("{longest}b");
        let texts = [
            "image/png",
            "Image/PNG",
            " image/png\t",
            "image/svg+xml",
            "text/plain; charset=utf-8",
            "text/plain;charset=\"utf-8\"",
            "text/plain ;charset=utf-8",
            "application/vnd.api+json",
            "multipart/form-data; boundary=\"a, b\"",
            "text/plain;",
            &longest,
            &too_long,
            "image/../../x",
            "image/",
            "/png",
            "image",
            "",
            " ",
            "image/*",
            "*/*",
            "*/png",
            "image/png, text/html",
            "image/png,text/html",
            "image/png;q=1,text/html",
            "video/webm;codecs=vp8,opus",
            "video/mp4; codecs=avc1.64001f,mp4a.40.2",
            "video/x-matroska;codecs=avc1,opus;x=y",
            "video/mp4; codecs=\"avc1.64001f, mp4a.40.2\"",
            "audio/webm;codecs=opus",
            "video/webm;codecs=,opus",
            "video/webm;codecs=vp8,,opus",
            "video/webm;codecs=vp8,",
            "video/webm;codecs=vp8,;x=y",
            "video/webm;codecs=vp8, opus",
            "video/webm,video/mp4;codecs=vp8",
            "image/p/ng",
            "image/.png",
            "image/a..b",
            "image/png\r\nx-evil: 1",
            "image/png\n",
            "text/plain;\tcharset=utf-8",
            "text/plain;  charset=utf-8",
            "text/plain; a=\"b  c\"",
            "text/plain; a=\"b",
            "text/plain; a=",
            "text/plain; a=\"\"",
            "text/plain; a",
            "text/plain; =b",
            "text/plain; a=b c",
            "image/pñg",
            "image/%70ng",
            "image/p'ng",
            "image/p ng",
            "im age/png",
            "<script>/x",
            "image/png\0",
            "image\\png",
        ];
        insta::assert_snapshot!(verdicts(|text| ContentType::parse(text).map(|parsed| format!("{parsed} ({}, .{})", parsed.essence(), parsed.extension())), &texts), @r#"
        "image/png" → image/png (image/png, .png)
        "Image/PNG" → Image/PNG (image/png, .png)
        " image/png\t" → image/png (image/png, .png)
        "image/svg+xml" → image/svg+xml (image/svg+xml, .svg)
        "text/plain; charset=utf-8" → text/plain; charset=utf-8 (text/plain, .txt)
        "text/plain;charset=\"utf-8\"" → text/plain;charset="utf-8" (text/plain, .txt)
        "text/plain ;charset=utf-8" → text/plain ;charset=utf-8 (text/plain, .txt)
        "application/vnd.api+json" → application/vnd.api+json (application/vnd.api+json, .bin)
        "multipart/form-data; boundary=\"a, b\"" → multipart/form-data; boundary="a, b" (multipart/form-data, .bin)
        "text/plain;" → text/plain; (text/plain, .txt)
        "text/plain; a=bbbbb… (257) → text/plain; a=bbbbbb… (274)
        "text/plain; a=bbbbb… (258) ✗ is longer than 255 bytes
        "image/../../x" ✗ is not a media type; a content type is e.g. image/png or text/plain; charset=utf-8
        "image/" ✗ is not a media type; a content type is e.g. image/png or text/plain; charset=utf-8
        "/png" ✗ is not a media type; a content type is e.g. image/png or text/plain; charset=utf-8
        "image" ✗ is not a media type; a content type is e.g. image/png or text/plain; charset=utf-8
        "" ✗ is empty; a content type is e.g. image/png
        " " ✗ is empty; a content type is e.g. image/png
        "image/*" ✗ is a media range; an upload has one type
        "*/*" ✗ is a media range; an upload has one type
        "*/png" ✗ is a media range; an upload has one type
        "image/png, text/html" ✗ names more than one type; an upload has one
        "image/png,text/html" ✗ names more than one type; an upload has one
        "image/png;q=1,text/html" ✗ is not a media type; a content type is e.g. image/png or text/plain; charset=utf-8
        "video/webm;codecs=vp8,opus" → video/webm;codecs=vp8,opus (video/webm, .webm)
        "video/mp4; codecs=avc1.64001f,mp4a.40.2" → video/mp4; codecs=avc1.64001f,mp4a.40.2 (video/mp4, .mp4)
        "video/x-matroska;codecs=avc1,opus;x=y" → video/x-matroska;codecs=avc1,opus;x=y (video/x-matroska, .mkv)
        "video/mp4; codecs=\"avc1.64001f, mp4a.40.2\"" → video/mp4; codecs="avc1.64001f, mp4a.40.2" (video/mp4, .mp4)
        "audio/webm;codecs=opus" → audio/webm;codecs=opus (audio/webm, .weba)
        "video/webm;codecs=,opus" ✗ has an empty value in the list of a parameter
        "video/webm;codecs=vp8,,opus" ✗ has an empty value in the list of a parameter
        "video/webm;codecs=vp8," ✗ has an empty value in the list of a parameter
        "video/webm;codecs=vp8,;x=y" ✗ has an empty value in the list of a parameter
        "video/webm;codecs=vp8, opus" → video/webm;codecs=vp8, opus (video/webm, .webm)
        "video/webm,video/mp4;codecs=vp8" ✗ names more than one type; an upload has one
        "image/p/ng" ✗ is not a media type; a content type is e.g. image/png or text/plain; charset=utf-8
        "image/.png" ✗ is not a media type; a content type is e.g. image/png or text/plain; charset=utf-8
        "image/a..b" → image/a..b (image/a..b, .bin)
        "image/png\r\nx-evil: 1" ✗ contains '\r'; a content type is made of visible ASCII characters and spaces
        "image/png\n" ✗ contains '\n'; a content type is made of visible ASCII characters and spaces
        "text/plain;\tcharset=utf-8" ✗ contains '\t'; a content type is made of visible ASCII characters and spaces
        "text/plain;  charset=utf-8" ✗ contains two spaces in a row, which signing cannot keep
        "text/plain; a=\"b  c\"" ✗ contains two spaces in a row, which signing cannot keep
        "text/plain; a=\"b" ✗ is not a media type; a content type is e.g. image/png or text/plain; charset=utf-8
        "text/plain; a=" ✗ has a parameter without a value
        "text/plain; a=\"\"" → text/plain; a="" (text/plain, .txt)
        "text/plain; a" ✗ is not a media type; a content type is e.g. image/png or text/plain; charset=utf-8
        "text/plain; =b" ✗ is not a media type; a content type is e.g. image/png or text/plain; charset=utf-8
        "text/plain; a=b c" ✗ is not a media type; a content type is e.g. image/png or text/plain; charset=utf-8
        "image/pñg" ✗ contains 'ñ'; a content type is made of visible ASCII characters and spaces
        "image/%70ng" ✗ is not a media type; a content type is e.g. image/png or text/plain; charset=utf-8
        "image/p'ng" ✗ has characters in its type or subtype that RFC 6838 does not allow
        "image/p ng" ✗ is not a media type; a content type is e.g. image/png or text/plain; charset=utf-8
        "im age/png" ✗ is not a media type; a content type is e.g. image/png or text/plain; charset=utf-8
        "<script>/x" ✗ is not a media type; a content type is e.g. image/png or text/plain; charset=utf-8
        "image/png\0" ✗ contains '\0'; a content type is made of visible ASCII characters and spaces
        "image\\png" ✗ is not a media type; a content type is e.g. image/png or text/plain; charset=utf-8
        "#);
    }

    #[test]
    fn what_a_browser_would_run() {
        let runs = |text: &&str| ContentType::parse(text).unwrap().can_run_scripts();
        let types = [
            "text/html; charset=utf-8",
            "Application/XHTML+XML",
            "image/svg+xml",
            "application/xml",
            "text/xml",
            "text/xsl",
            "message/rfc822",
            "multipart/related",
            "application/unknown",
            "image/png",
            "application/pdf",
            "text/plain",
            "text/javascript",
            "application/octet-stream",
            "application/json",
        ];
        assert_eq!(types.iter().filter(|text| runs(text)).count(), 9);
        assert!(types[..9].iter().all(runs));
    }

    proptest! {
        #[test]
        fn whatever_is_taken_can_be_signed(text in "[ -~\\t\\r\\né]{0,40}|(image|text)/[a-z*+.]{0,9}( ?; ?[a-z]{0,3}=(\"[ -~]{0,6}\"|[!-~]{0,6})){0,2}") {
            if let Ok(parsed) = ContentType::parse(&text) {
                prop_assert!(parsed.as_str().bytes().all(|byte| matches!(byte, b' '..=b'~')));
                prop_assert!(!parsed.as_str().contains("  ") && parsed.as_str() == parsed.as_str().trim());
                prop_assert!(text.contains(parsed.as_str()));
                let (kind, subtype) = parsed.essence().split_once('/').expect("a type has a slash");
                for name in [kind, subtype] {
                    prop_assert!(name.starts_with(|c: char| c.is_ascii_alphanumeric()), "{name}");
                    prop_assert!(name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "!#$&-^_.+".contains(c)), "{name}");
                }
            }
        }
    }
}
