//! "Did you mean".

/// The candidate that was probably meant, if one is close enough.
#[must_use]
pub fn closest<'a>(text: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let text = text.to_ascii_lowercase().replace('-', "_");
    candidates
        .into_iter()
        .map(|candidate| {
            (
                strsim::damerau_levenshtein(
                    &text,
                    &candidate.to_ascii_lowercase().replace('-', "_"),
                ),
                candidate,
            )
        })
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len() / 5)
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::closest;

    #[test]
    fn close_enough() {
        let fields = ["content_types", "max_size", "key", "mode", "expires_in"];
        for (text, meant) in [
            ("content_type", Some("content_types")),
            ("contentTypes", Some("content_types")),
            ("Max-Size", Some("max_size")),
            ("maxsize", Some("max_size")),
            ("kye", Some("key")),
            ("mod", Some("mode")),
            ("expire_in", Some("expires_in")),
            ("bucket", None),
            ("", None),
        ] {
            assert_eq!(closest(text, fields), meant, "{text}");
        }
    }
}
