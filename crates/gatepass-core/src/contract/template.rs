//! The commented contract that `gatepass init` writes.

/// A valid contract with a comment on every field.
pub const INIT_TEMPLATE: &str = include_str!("init.toml");

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::super::{Contract, Overrides};
    use super::INIT_TEMPLATE;

    fn parse(text: &str) -> Contract {
        Contract::parse(text, "gatepass.toml", &Overrides::default())
            .unwrap_or_else(|errors| panic!("{errors}"))
    }

    fn is_setting(line: &str) -> bool {
        line.starts_with("[[")
            || line.starts_with('[') && line.ends_with(']')
            || line.split_once(" = ").is_some_and(|(key, _)| is_key(key))
    }

    fn is_key(key: &str) -> bool {
        key.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    }

    /// The template with its comments that begin with `mark` and hold a setting taken out of comment, from the first
    /// line on that is no comment.
    fn uncommented(text: &str, mark: &str) -> String {
        let (explanation, settings) = text.split_once("\n\n").unwrap();
        let settings = settings
            .lines()
            .map(|line| line.strip_prefix(mark).filter(|line| is_setting(line)).unwrap_or(line));
        format!("{explanation}\n\n{}\n", settings.collect::<Vec<_>>().join("\n"))
    }

    #[test]
    fn is_valid_as_it_stands() {
        parse(INIT_TEMPLATE);
    }

    #[test]
    fn shows_the_true_defaults() {
        let stated = uncommented(INIT_TEMPLATE, "#");
        assert!(stated.contains("\nmax_connections = 1024\n"), "{stated}");
        let mut contract = parse(&stated);
        let states = [
            &mut contract.bucket.states_encryption,
            &mut contract.bucket.states_versioning,
            &mut contract.role.states_max_session_duration,
        ];
        assert!(states.into_iter().all(std::mem::take));
        assert_eq!(contract, parse(INIT_TEMPLATE));
    }

    #[test]
    fn shows_valid_examples() {
        let text = INIT_TEMPLATE
            .replace("#encryption = \"AES256\"", "encryption = \"aws:kms\"")
            .replace("#versioning = false", "versioning = true")
            .replace("#multipart = false", "multipart = true")
            .replace("#confirm = false", "confirm = true");
        let contract = parse(&uncommented(&text, "# "));
        assert_eq!(contract.role.trust.len(), 3);
        assert!(contract.endpoint.is_some_and(|endpoint| endpoint.public_url.is_some()));
    }

    #[test]
    fn has_every_field() {
        for (table, field) in super::super::parse::fields() {
            let written = match (table.as_str(), field) {
                (
                    "",
                    "bucket" | "upload" | "download" | "role" | "serve" | "auth" | "limits"
                    | "endpoint",
                ) => format!("[{field}]\n"),
                ("role", "trust") | ("auth", "keys") => format!("[[{table}.{field}]]\n"),
                ("bucket", "lifecycle" | "tags")
                | ("role", "tags")
                | ("auth", "jwt" | "claims") => format!("[{table}.{field}]\n"),
                _ => format!("{field} = "),
            };
            assert!(INIT_TEMPLATE.contains(&written), "{table} {field}");
        }
    }
}
