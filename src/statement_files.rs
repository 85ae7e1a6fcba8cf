//! The statement files under `policies/`, embedded in the binary.

use std::collections::BTreeMap;

use gatepass_core::policy::{StatementFiles, StatementFilesError};
use include_dir::{Dir, include_dir};

/// The files of `policies/`, with the `README.md` that explains a copy of the directory.
static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/policies");

/// Parses the embedded files.
///
/// # Errors
/// None that a test has not ruled out.
pub fn built_in() -> Result<StatementFiles, StatementFilesError> {
    StatementFiles::from_files(
        &built_in_texts()
            .into_iter()
            .map(|(path, text)| (path.to_owned(), text.to_owned()))
            .collect(),
    )
}

/// Returns the embedded files as text, by their path relative to the directory.
#[must_use]
pub fn built_in_texts() -> BTreeMap<&'static str, &'static str> {
    let directories = std::iter::once(&BUILT_IN).chain(BUILT_IN.dirs());
    directories
        .flat_map(Dir::files)
        .filter_map(|file| Some((file.path().to_str()?, file.contents_utf8()?)))
        .collect()
}
