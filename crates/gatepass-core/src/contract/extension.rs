//! The file extensions of media types.
//!
//! A list of our own: a bucket policy limits keys to these extensions, so one type has exactly one of them, and an
//! update of a library must not change what a bucket policy says.

use std::collections::BTreeMap;

/// The extension of a type that is not in the list.
pub(super) const UNKNOWN: &str = "bin";

/// The extension of a media type in lower case without parameters.
pub(super) fn of(essence: &str) -> Option<&'static str> {
    EXTENSIONS
        .binary_search_by_key(&essence, |(known, _)| known)
        .ok()
        .map(|index| EXTENSIONS[index].1)
}

/// Every extension of a type that begins with this, e.g. `image/`.
pub(super) fn beginning(prefix: &str) -> impl Iterator<Item = &'static str> {
    EXTENSIONS
        .iter()
        .filter(move |(essence, _)| essence.starts_with(prefix))
        .map(|(_, extension)| *extension)
}

/// Every known type.
#[cfg(test)]
pub(super) fn all() -> Vec<String> {
    EXTENSIONS.iter().map(|(essence, _)| (*essence).to_owned()).collect()
}

/// The media type of files with this extension, in lower case and without a dot.
pub(super) fn media_type(extension: &str) -> Option<&'static str> {
    let usual =
        USUAL_TYPES.iter().find(|(known, _)| *known == extension).map(|(_, essence)| *essence);
    usual.or_else(|| {
        EXTENSIONS.iter().find(|(_, known)| *known == extension).map(|(essence, _)| *essence)
    })
}

/// Every known extension with its media type, sorted.
pub(super) fn media_types() -> BTreeMap<&'static str, &'static str> {
    let known = EXTENSIONS
        .iter()
        .map(|(_, extension)| *extension)
        .chain(USUAL_TYPES.iter().map(|(extension, _)| *extension));
    known.filter_map(|extension| Some((extension, media_type(extension)?))).collect()
}

/// Where the first type of an extension in the list below is not the one to send, and other spellings of extensions.
const USUAL_TYPES: &[(&str, &str)] = &[
    ("3gp", "video/3gpp"),
    ("htm", "text/html"),
    ("jpeg", "image/jpeg"),
    ("js", "text/javascript"),
    ("mjs", "text/javascript"),
    ("mp3", "audio/mpeg"),
    ("mpg", "video/mpeg"),
    ("tif", "image/tiff"),
    ("yaml", "application/yaml"),
    ("yml", "application/yaml"),
    ("zip", "application/zip"),
];

/// Sorted by type. See <https://www.iana.org/assignments/media-types/media-types.xhtml>; types that were never
/// registered but that browsers send are among them.
const EXTENSIONS: &[(&str, &str)] = &[
    ("application/epub+zip", "epub"),
    ("application/geo+json", "geojson"),
    ("application/gpx+xml", "gpx"),
    ("application/gzip", "gz"),
    ("application/java-archive", "jar"),
    ("application/javascript", "js"),
    ("application/json", "json"),
    ("application/ld+json", "jsonld"),
    ("application/manifest+json", "webmanifest"),
    ("application/msword", "doc"),
    ("application/octet-stream", "bin"),
    ("application/ogg", "ogx"),
    ("application/pdf", "pdf"),
    ("application/pgp-signature", "asc"),
    ("application/postscript", "ps"),
    ("application/rtf", "rtf"),
    ("application/sql", "sql"),
    ("application/vnd.android.package-archive", "apk"),
    ("application/vnd.apache.parquet", "parquet"),
    ("application/vnd.google-earth.kml+xml", "kml"),
    ("application/vnd.google-earth.kmz", "kmz"),
    ("application/vnd.ms-excel", "xls"),
    ("application/vnd.ms-fontobject", "eot"),
    ("application/vnd.ms-outlook", "msg"),
    ("application/vnd.ms-powerpoint", "ppt"),
    ("application/vnd.oasis.opendocument.presentation", "odp"),
    ("application/vnd.oasis.opendocument.spreadsheet", "ods"),
    ("application/vnd.oasis.opendocument.text", "odt"),
    ("application/vnd.openxmlformats-officedocument.presentationml.presentation", "pptx"),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
    ("application/vnd.rar", "rar"),
    ("application/vnd.sqlite3", "sqlite"),
    ("application/wasm", "wasm"),
    ("application/x-7z-compressed", "7z"),
    ("application/x-bzip2", "bz2"),
    ("application/x-ndjson", "ndjson"),
    ("application/x-sh", "sh"),
    ("application/x-tar", "tar"),
    ("application/x-xz", "xz"),
    ("application/x-yaml", "yaml"),
    ("application/x-zip-compressed", "zip"),
    ("application/xhtml+xml", "xhtml"),
    ("application/xml", "xml"),
    ("application/yaml", "yaml"),
    ("application/zip", "zip"),
    ("application/zstd", "zst"),
    ("audio/3gpp", "3gp"),
    ("audio/aac", "aac"),
    ("audio/aiff", "aiff"),
    ("audio/amr", "amr"),
    ("audio/flac", "flac"),
    ("audio/midi", "mid"),
    ("audio/mp3", "mp3"),
    ("audio/mp4", "m4a"),
    ("audio/mpeg", "mp3"),
    ("audio/ogg", "ogg"),
    ("audio/opus", "opus"),
    ("audio/wav", "wav"),
    ("audio/wave", "wav"),
    ("audio/webm", "weba"),
    ("audio/x-aiff", "aiff"),
    ("audio/x-flac", "flac"),
    ("audio/x-m4a", "m4a"),
    ("audio/x-wav", "wav"),
    ("font/collection", "ttc"),
    ("font/otf", "otf"),
    ("font/ttf", "ttf"),
    ("font/woff", "woff"),
    ("font/woff2", "woff2"),
    ("image/apng", "apng"),
    ("image/avif", "avif"),
    ("image/bmp", "bmp"),
    ("image/gif", "gif"),
    ("image/heic", "heic"),
    ("image/heic-sequence", "heics"),
    ("image/heif", "heif"),
    ("image/heif-sequence", "heifs"),
    ("image/jpeg", "jpg"),
    ("image/jpg", "jpg"),
    ("image/jxl", "jxl"),
    ("image/pjpeg", "jpg"),
    ("image/png", "png"),
    ("image/svg+xml", "svg"),
    ("image/tiff", "tiff"),
    ("image/vnd.adobe.photoshop", "psd"),
    ("image/vnd.microsoft.icon", "ico"),
    ("image/webp", "webp"),
    ("image/x-icon", "ico"),
    ("message/rfc822", "eml"),
    ("model/gltf+json", "gltf"),
    ("model/gltf-binary", "glb"),
    ("model/obj", "obj"),
    ("model/stl", "stl"),
    ("text/calendar", "ics"),
    ("text/css", "css"),
    ("text/csv", "csv"),
    ("text/html", "html"),
    ("text/javascript", "js"),
    ("text/markdown", "md"),
    ("text/plain", "txt"),
    ("text/rtf", "rtf"),
    ("text/tab-separated-values", "tsv"),
    ("text/vcard", "vcf"),
    ("text/vtt", "vtt"),
    ("text/xml", "xml"),
    ("text/yaml", "yaml"),
    ("video/3gpp", "3gp"),
    ("video/3gpp2", "3g2"),
    ("video/mp2t", "ts"),
    ("video/mp4", "mp4"),
    ("video/mpeg", "mpeg"),
    ("video/ogg", "ogv"),
    ("video/quicktime", "mov"),
    ("video/webm", "webm"),
    ("video/x-flv", "flv"),
    ("video/x-m4v", "m4v"),
    ("video/x-matroska", "mkv"),
    ("video/x-ms-wmv", "wmv"),
    ("video/x-msvideo", "avi"),
];

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::super::ContentType;
    use super::*;

    #[test]
    fn sorted_valid_and_safe_in_keys() {
        assert!(EXTENSIONS.is_sorted_by(|(before, _), (after, _)| before < after));
        for (essence, extension) in EXTENSIONS {
            assert_eq!(ContentType::parse(essence).unwrap().extension(), *extension, "{essence}");
            assert!(
                (1..=super::super::KeyPart::Ext.max_bytes()).contains(&extension.len()),
                "{extension}"
            );
            assert!(
                extension.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()),
                "{extension}"
            );
        }
    }

    #[test]
    fn a_file_by_the_media_type_of_its_extension_gets_that_extension() {
        for (_, extension) in EXTENSIONS {
            assert_eq!(media_type(extension).and_then(of), Some(*extension));
        }
    }

    #[test]
    fn other_spellings_of_an_extension_are_known() {
        for (extension, essence) in USUAL_TYPES {
            assert!(of(essence).is_some(), "{extension} is {essence}");
        }
    }

    #[test]
    fn an_unknown_extension_has_no_media_type() {
        assert_eq!(media_type("gatepass"), None);
        assert_eq!(media_type(""), None);
    }
}
