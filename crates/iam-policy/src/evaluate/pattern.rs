//! Patterns with `*`, `?` and policy variables.
//! See <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>.

use std::borrow::Cow;

use super::RequestContext;

/// A piece of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// `*`: any run of characters, the empty one too
    Run,
    /// `?`: any one character
    One,
    /// `${key}` or `${key, 'default'}`
    Variable {
        key: String,
        default: Option<String>,
    },
}

impl Piece {
    /// What stands in its place. `None` for a variable that cannot be resolved.
    fn text<'a>(&'a self, context: &'a RequestContext) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Run => Some("*"),
            Self::One => Some("?"),
            // a key of several values cannot stand in a variable
            Self::Variable { key, default } => match context.get(key) {
                Some([only]) => Some(only),
                Some(_) => None,
                None => default.as_deref(),
            },
        }
    }
}

/// A pattern, parsed once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern(Vec<Piece>);

impl Pattern {
    /// Parses a pattern with wildcards. `variables` is false for version `2008-10-17`, where `${…}` is text.
    pub(super) fn parse(text: &str, variables: bool) -> Self {
        Self::of(text, variables, true)
    }

    /// Parses text in which `*` and `?` are themselves, for the operators that know no wildcards.
    pub(super) fn literal(text: &str, variables: bool) -> Self {
        Self::of(text, variables, false)
    }

    fn of(text: &str, variables: bool, wildcards: bool) -> Self {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            if variables && let Some((piece, after)) = variable(rest) {
                match piece {
                    Piece::Text(text) => literal.push_str(&text),
                    piece => {
                        flush(&mut literal, &mut pieces);
                        pieces.push(piece);
                    }
                }
                rest = after;
                continue;
            }
            match character {
                '*' if wildcards => {
                    flush(&mut literal, &mut pieces);
                    if pieces.last() != Some(&Piece::Run) {
                        pieces.push(Piece::Run);
                    }
                }
                '?' if wildcards => {
                    flush(&mut literal, &mut pieces);
                    pieces.push(Piece::One);
                }
                other => literal.push(other),
            }
            rest = &rest[character.len_utf8()..];
        }
        flush(&mut literal, &mut pieces);
        Self(pieces)
    }

    /// Whether the text matches, with `*` and `?` as wildcards. A variable that cannot be resolved matches nothing.
    pub(super) fn matches(&self, text: &str, context: &RequestContext) -> bool {
        match self.0.as_slice() {
            [Piece::Run] => true,
            [Piece::Text(only)] => only == text,
            pieces => self
                .resolved(context)
                .is_some_and(|resolved| match_pieces(resolved.as_deref().unwrap_or(pieces), text)),
        }
    }

    /// A [`literal`](Self::literal) with its variables replaced. `None` where one cannot be resolved.
    pub(super) fn text<'a>(&'a self, context: &'a RequestContext) -> Option<Cow<'a, str>> {
        match self.0.as_slice() {
            [] => Some(Cow::Borrowed("")),
            [only] => only.text(context).map(Cow::Borrowed),
            pieces => pieces
                .iter()
                .map(|piece| piece.text(context))
                .collect::<Option<String>>()
                .map(Cow::Owned),
        }
    }

    /// Pieces with variables replaced by their values, which are text even where they hold `*`; the inner `None` where
    /// there is no variable.
    #[expect(
        clippy::option_option,
        reason = "unresolvable and nothing to resolve are different answers"
    )]
    fn resolved(&self, context: &RequestContext) -> Option<Option<Vec<Piece>>> {
        if !self.0.iter().any(|piece| matches!(piece, Piece::Variable { .. })) {
            return Some(None);
        }
        let mut pieces = Vec::with_capacity(self.0.len());
        for piece in &self.0 {
            pieces.push(match piece {
                variable @ Piece::Variable { .. } => {
                    Piece::Text(variable.text(context)?.to_owned())
                }
                other => other.clone(),
            });
        }
        Some(Some(pieces))
    }
}

fn flush(literal: &mut String, pieces: &mut Vec<Piece>) {
    if !literal.is_empty() {
        pieces.push(Piece::Text(std::mem::take(literal)));
    }
}

/// A `${…}` at the start of the text, and what follows it.
fn variable(text: &str) -> Option<(Piece, &str)> {
    let (inside, after) = text.strip_prefix("${")?.split_once('}')?;
    let piece = match inside {
        // the three escapes for characters that mean something in a pattern
        "*" | "?" | "$" => Piece::Text(inside.to_owned()),
        _ => match inside.split_once(',') {
            None => Piece::Variable { key: inside.trim().to_ascii_lowercase(), default: None },
            Some((key, default)) => Piece::Variable {
                key: key.trim().to_ascii_lowercase(),
                default: Some(
                    default.trim().trim_start_matches('\'').trim_end_matches('\'').to_owned(),
                ),
            },
        },
    };
    Some((piece, after))
}

/// Whether a text matches a pattern in which `*` and `?` are wildcards and nothing else means anything.
#[must_use]
pub fn matches_wildcards(pattern: &str, text: &str) -> bool {
    Pattern::parse(pattern, false).matches(text, &RequestContext::new())
}

/// Matches with the one backtracking point that wildcards need: the last run.
fn match_pieces(pieces: &[Piece], text: &str) -> bool {
    let (mut piece, mut rest) = (0, text);
    let mut last_run: Option<(usize, &str)> = None;
    loop {
        let advanced = match pieces.get(piece) {
            None if rest.is_empty() => return true,
            Some(Piece::Run) => {
                if piece + 1 == pieces.len() {
                    return true;
                }
                last_run = Some((piece, rest));
                Some(rest)
            }
            Some(Piece::One) => rest.chars().next().map(|character| &rest[character.len_utf8()..]),
            Some(Piece::Text(literal)) => rest.strip_prefix(literal.as_str()),
            Some(Piece::Variable { .. }) | None => None,
        };
        if let Some(after) = advanced {
            rest = after;
            piece += 1;
            continue;
        }
        // let the last run take one character more, and try what follows it again
        match last_run {
            Some((run, from)) if !from.is_empty() => {
                let shorter = &from[from.chars().next().map_or(0, char::len_utf8)..];
                last_run = Some((run, shorter));
                piece = run + 1;
                rest = shorter;
            }
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What the wildcards mean, said as plainly as can be.
    fn naive(pattern: &[char], text: &[char]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some(('*', rest)), None) => naive(rest, text),
            (Some(('*', rest)), Some((_, later))) => naive(rest, text) || naive(pattern, later),
            (Some((wanted, rest)), Some((found, later))) => {
                (*wanted == '?' || wanted == found) && naive(rest, later)
            }
            (None, Some(_)) | (Some(_), None) => false,
        }
    }

    fn characters(text: &str) -> Vec<char> {
        text.chars().collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn matches_as_the_naive_matcher_does(pattern in "[ab?é*]{0,9}", text in "[abé]{0,12}") {
            let matches = Pattern::parse(&pattern, true).matches(&text, &RequestContext::new());
            prop_assert_eq!(matches, naive(&characters(&pattern), &characters(&text)));
        }

        #[test]
        fn a_variable_is_its_value_and_no_wildcard(before in "[ab*]{0,3}", value in "[ab*?]{0,3}", after in "[ab*]{0,3}", text in "[ab*?]{0,9}") {
            let context = RequestContext::new().with("aws:username", value.as_str());
            let with_variable = Pattern::parse(&format!("{before}${{aws:username}}{after}"), true);
            let escaped: String = value.chars().map(|c| if c == 'a' || c == 'b' { c.to_string() } else { format!("${{{c}}}") }).collect();
            let with_value = Pattern::parse(&format!("{before}{escaped}{after}"), true);
            prop_assert_eq!(with_variable.matches(&text, &context), with_value.matches(&text, &context));
        }

        #[test]
        fn a_literal_is_itself(text in "[ab*?]{0,6}") {
            let (literal, context) = (Pattern::literal(&text, true), RequestContext::new());
            let itself = literal.text(&context);
            prop_assert_eq!(itself.as_deref(), Some(text.as_str()));
        }
    }
}
