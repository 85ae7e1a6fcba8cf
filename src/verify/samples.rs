//! What probes upload and where they come from.

use gatepass_core::contract::{AllowedOrigins, ContentType, MediaRange, Upload};

/// A known type of each top-level type, for ranges such as `image/*`.
const KNOWN: [&str; 8] = [
    "application/pdf",
    "audio/mpeg",
    "font/woff2",
    "image/png",
    "message/rfc822",
    "model/gltf+json",
    "text/plain",
    "video/mp4",
];

/// A page's origin that no contract allows, for the domain belongs to nobody.
/// See <https://www.rfc-editor.org/rfc/rfc2606>.
pub(super) const FOREIGN_ORIGIN: &str = "https://gatepass-verify.invalid";

/// A media type that no contract states: a contract may allow its range.
pub(super) const OTHER_TYPE: &str = "application/x-gatepass-verify";

/// A content type that the contract allows.
pub(super) fn content_type(upload: &Upload) -> Result<ContentType, String> {
    let range = upload.content_types.first().ok_or("the contract allows no content type")?;
    let text = match range.as_str().strip_suffix("/*") {
        None => range.as_str().to_owned(),
        Some("*") => "application/octet-stream".to_owned(),
        Some(top) => KNOWN
            .into_iter()
            .find(|known| known.split('/').next() == Some(top))
            .map_or_else(|| format!("{top}/plain"), str::to_owned),
    };
    ContentType::parse(&text).map_err(|error| format!("{text}: {error}"))
}

/// A content type that the contract does not allow; none where it allows all.
pub(super) fn forbidden_type(upload: &Upload) -> Option<&'static str> {
    let candidates = KNOWN.into_iter().chain([OTHER_TYPE, "gatepass/verify"]);
    candidates.into_iter().find(|text| {
        ContentType::parse(text).is_ok_and(|content_type| {
            !upload.content_types.iter().any(|range| MediaRange::matches(range, &content_type))
        })
    })
}

/// An origin that the contract allows; none where it allows no uploads from browsers.
pub(super) fn origin(origins: &AllowedOrigins) -> Option<String> {
    match origins {
        AllowedOrigins::Any => Some(FOREIGN_ORIGIN.to_owned()),
        AllowedOrigins::Listed(origins) => {
            origins.first().map(|origin| match origin.as_str().strip_suffix(":*") {
                Some(host) => format!("{host}:8443"),
                None => origin.as_str().replacen('*', "gatepass-verify", 1),
            })
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use gatepass_core::contract::{Contract, Overrides};

    use super::*;

    fn upload(content_types: &str, origins: &str) -> Upload {
        let text = format!(
            r#"
            [bucket]
            name = "acme-uploads"
            region = "eu-central-1"
            [upload]
            content_types = {content_types}
            max_size = "1 MiB"
            allowed_origins = {origins}
            [[role.trust]]
            principal = "account"
            "#
        );
        Contract::parse(&text, "gatepass.toml", &Overrides::default()).unwrap().upload
    }

    #[test]
    fn a_sample_is_allowed_and_a_forbidden_type_is_not() {
        let told: Vec<String> = [
            r#"["image/*"]"#,
            r#"["*/*"]"#,
            r#"["application/pdf", "image/*"]"#,
            r#"["chemical/*"]"#,
            r#"["application/*"]"#,
        ]
        .into_iter()
        .map(|types| {
            let upload = upload(types, "[]");
            let sample = content_type(&upload).unwrap();
            assert!(upload.content_types.iter().any(|range| range.matches(&sample)));
            format!("{types} {sample} {}", forbidden_type(&upload).unwrap_or("-"))
        })
        .collect();
        insta::assert_snapshot!(told.join("\n"), @r#"
        ["image/*"] image/png application/pdf
        ["*/*"] application/octet-stream -
        ["application/pdf", "image/*"] application/pdf audio/mpeg
        ["chemical/*"] chemical/plain application/pdf
        ["application/*"] application/pdf audio/mpeg
        "#);
    }

    #[test]
    fn a_sample_origin_is_allowed() {
        for origins in [
            r#"["https://app.example.com"]"#,
            r#"["https://*.example.com:8443"]"#,
            r#"["http://localhost:*"]"#,
        ] {
            let upload = upload(r#"["image/*"]"#, origins);
            assert!(
                upload.allowed_origins.allows(&origin(&upload.allowed_origins).unwrap()),
                "{origins}"
            );
            assert!(!upload.allowed_origins.allows(FOREIGN_ORIGIN), "{origins}");
        }
        assert_eq!(origin(&upload(r#"["image/*"]"#, "[]").allowed_origins), None);
    }
}
