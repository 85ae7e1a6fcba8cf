//! Readers of single values.

use toml::de::DeValue;

use super::super::size;
use super::table::wrong_type;
use iam_policy::Invalid;

/// A string that `parse` accepts.
pub(super) fn text<T>(
    parse: impl Fn(&str) -> Result<T, Invalid>,
) -> impl Fn(&DeValue<'_>) -> Result<T, Invalid> {
    move |value| match value {
        DeValue::String(text) => parse(text),
        DeValue::Integer(number) => {
            Err(wrong_type(value, "a string").hint(format!("write it in quotes: \"{number}\"")))
        }
        other => Err(wrong_type(other, "a string")),
    }
}

/// A span of time that `parse` accepts.
pub(super) fn span<T>(
    parse: impl Fn(&str) -> Result<T, Invalid>,
) -> impl Fn(&DeValue<'_>) -> Result<T, Invalid> {
    move |value| match value {
        DeValue::String(text) => parse(text),
        other => Err(wrong_type(other, "a span of time")
            .hint("write it as a string with its unit, e.g. \"300s\", \"5m\" or \"7d\"")),
    }
}

/// `true` or `false`.
pub(super) fn boolean(value: &DeValue<'_>) -> Result<bool, Invalid> {
    value.as_bool().ok_or_else(|| wrong_type(value, "a boolean").hint("write true or false"))
}

/// A whole number of something, at least 0.
pub(super) fn integer(value: &DeValue<'_>) -> Result<u64, Invalid> {
    let DeValue::Integer(number) = value else { return Err(wrong_type(value, "an integer")) };
    if number.as_str().starts_with('-') {
        return Err(Invalid::new("is negative"));
    }
    u64::from_str_radix(number.as_str().trim_start_matches('+'), number.radix())
        .map_err(|_| Invalid::new("is too large a number"))
}

/// A number of bytes: an integer, or a string with a unit.
pub(super) fn bytes(value: &DeValue<'_>) -> Result<u64, Invalid> {
    match value {
        DeValue::String(text) => size::bytes(text),
        DeValue::Integer(_) => integer(value),
        other => {
            Err(wrong_type(other, "a size").hint("write e.g. \"10 MiB\", or an integer of bytes"))
        }
    }
}

/// One of a few words.
pub(super) fn choice<T: Copy>(
    words: &[(&'static str, T)],
) -> impl Fn(&DeValue<'_>) -> Result<T, Invalid> {
    text(move |text| {
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return Ok(*value);
        }
        let hint = match iam_policy::closest(text, words.iter().map(|(word, _)| *word)) {
            Some(word) => format!("did you mean {word:?}?"),
            None => {
                let words: Vec<_> = words.iter().map(|(word, _)| format!("{word:?}")).collect();
                format!("write {}", words.join(" or "))
            }
        };
        Err(Invalid::new("is not a value of this field").hint(hint))
    })
}
