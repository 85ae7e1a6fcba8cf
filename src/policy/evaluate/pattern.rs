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

/// A pattern, parsed once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern(Vec<Piece>);

impl Pattern {
    /// Parses a pattern. `variables` is false for version `2008-10-17`, where `${…}` is text.
    pub(super) fn parse(text: &str, variables: bool) -> Self {
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
                '*' => {
                    flush(&mut literal, &mut pieces);
                    if pieces.last() != Some(&Piece::Run) {
                        pieces.push(Piece::Run);
                    }
                }
                '?' => {
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
            pieces => self.resolved(context).is_some_and(|resolved| match_pieces(resolved.as_deref().unwrap_or(pieces), text)),
        }
    }

    /// The pattern as plain text with variables replaced and wildcards standing for themselves, for operators that
    /// know no wildcards. `None` where a variable cannot be resolved.
    pub(super) fn text<'a>(&'a self, context: &RequestContext) -> Option<Cow<'a, str>> {
        match self.0.as_slice() {
            [] => return Some(Cow::Borrowed("")),
            [Piece::Text(only)] => return Some(Cow::Borrowed(only)),
            _ => {}
        }
        let mut text = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(literal) => text.push_str(literal),
                Piece::Run => text.push('*'),
                Piece::One => text.push('?'),
                Piece::Variable { key, default } => text.push_str(value(key, default.as_deref(), context)?),
            }
        }
        Some(Cow::Owned(text))
    }

    /// Pieces with variables replaced by their values, which are text even where they hold `*`; the inner `None` where
    /// there is no variable.
    #[expect(clippy::option_option, reason = "unresolvable and nothing to resolve are different answers")]
    fn resolved(&self, context: &RequestContext) -> Option<Option<Vec<Piece>>> {
        if !self.0.iter().any(|piece| matches!(piece, Piece::Variable { .. })) {
            return Some(None);
        }
        let mut pieces = Vec::with_capacity(self.0.len());
        for piece in &self.0 {
            pieces.push(match piece {
                Piece::Variable { key, default } => Piece::Text(value(key, default.as_deref(), context)?.to_owned()),
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
                default: Some(default.trim().trim_start_matches('\'').trim_end_matches('\'').to_owned()),
            },
        },
    };
    Some((piece, after))
}

/// A variable's value: the key's one value, or the default. A key of several values cannot stand in a variable.
fn value<'a>(key: &str, default: Option<&'a str>, context: &'a RequestContext) -> Option<&'a str> {
    match context.get(key) {
        Some([only]) => Some(only),
        Some(_) => None,
        None => default,
    }
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
