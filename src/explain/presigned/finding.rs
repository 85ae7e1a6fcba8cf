//! One thing about a URL or an answer.

use serde::Serialize;

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// A stable name for programs: `expired`, `header_missing`, …
    pub code: &'static str,
    /// Whether S3 refuses the request because of it. What it does not is worth knowing.
    pub refused: bool,
    /// A sentence.
    pub text: String,
    /// The way out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub way_out: Option<String>,
}

impl Finding {
    /// What S3 refuses.
    pub(super) fn refused(
        code: &'static str,
        text: impl Into<String>,
        way_out: impl Into<String>,
    ) -> Self {
        Self { code, refused: true, text: text.into(), way_out: Some(way_out.into()) }
    }

    /// What it does not.
    pub(super) fn note(
        code: &'static str,
        text: impl Into<String>,
        way_out: impl Into<String>,
    ) -> Self {
        Self { refused: false, ..Self::refused(code, text, way_out) }
    }
}
