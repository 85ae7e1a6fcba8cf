//! What a type says to many texts, on one line each, for snapshots.

use std::fmt::Display;

/// `text → value`, or `text ✗ problem; hint: hint`. Long texts are shown by their length.
pub fn verdicts<T: Display, E: Display>(
    parse: impl Fn(&str) -> Result<T, E>,
    texts: &[&str],
) -> String {
    let short = |text: String| match text.chars().count() {
        length @ 161.. => format!("{}… ({length})", text.chars().take(20).collect::<String>()),
        _ => text,
    };
    let verdict = |text: &&str| match parse(text) {
        Ok(value) => format!("{} → {}", short(format!("{text:?}")), short(value.to_string())),
        Err(error) => format!("{} ✗ {error}", short(format!("{text:?}"))),
    };
    texts.iter().map(verdict).collect::<Vec<_>>().join("\n")
}
