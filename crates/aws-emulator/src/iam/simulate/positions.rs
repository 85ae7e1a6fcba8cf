//! Where the statements of a document stand in its text.

/// A line and a column, both from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) line: usize,
    pub(super) column: usize,
}

/// The first character of each statement and the one after its last. Nothing where the text is no JSON.
pub(super) fn of_statements(text: &str) -> Vec<(Position, Position)> {
    let spans = Scanner { text: text.as_bytes(), at: 0 }.statements().unwrap_or_default();
    spans.into_iter().map(|(start, end)| (position(text, start), position(text, end))).collect()
}

fn position(text: &str, at: usize) -> Position {
    let before = text.get(..at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    Position {
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
    }
}

/// Walks through JSON that is known to be well-formed.
struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
}

impl Scanner<'_> {
    fn statements(mut self) -> Option<Vec<(usize, usize)>> {
        self.take(b'{')?;
        while self.peek()? != b'}' {
            let key = self.value()?;
            self.take(b':')?;
            if self.text.get(key.0..key.1)? == b"\"Statement\"" {
                return self.elements();
            }
            self.value()?;
            if self.peek()? == b',' {
                self.take(b',')?;
            }
        }
        None
    }

    /// A value, or each one of a list.
    fn elements(&mut self) -> Option<Vec<(usize, usize)>> {
        if self.peek()? != b'[' {
            return Some(vec![self.value()?]);
        }
        self.take(b'[')?;
        let mut spans = Vec::new();
        while self.peek()? != b']' {
            spans.push(self.value()?);
            if self.peek()? == b',' {
                self.take(b',')?;
            }
        }
        Some(spans)
    }

    /// Goes over one value; tells where it began and ended.
    fn value(&mut self) -> Option<(usize, usize)> {
        let first = self.peek()?;
        let start = self.at;
        let mut depth = 0_usize;
        loop {
            match *self.text.get(self.at)? {
                b'"' => self.string()?,
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' => {
                    depth = depth.checked_sub(1)?;
                    self.at += 1;
                }
                _ => self.at += 1,
            }
            let is_scalar_over = || {
                matches!(
                    self.text.get(self.at),
                    None | Some(b',' | b'}' | b']' | b':') | Some(b' ' | b'\n' | b'\r' | b'\t')
                )
            };
            if depth == 0 && (matches!(first, b'{' | b'[' | b'"') || is_scalar_over()) {
                return Some((start, self.at));
            }
        }
    }

    fn string(&mut self) -> Option<()> {
        self.at += 1;
        loop {
            match *self.text.get(self.at)? {
                b'\\' => self.at += 2,
                b'"' => {
                    self.at += 1;
                    return Some(());
                }
                _ => self.at += 1,
            }
        }
    }

    fn peek(&mut self) -> Option<u8> {
        while self.text.get(self.at)?.is_ascii_whitespace() {
            self.at += 1;
        }
        self.text.get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(text: &str) -> Vec<(usize, usize, usize, usize)> {
        of_statements(text)
            .into_iter()
            .map(|(start, end)| (start.line, start.column, end.line, end.column))
            .collect()
    }

    #[test]
    fn one_or_a_list() {
        assert_eq!(
            spans(
                "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": {\n    \"Effect\": \"Allow\"\n  }\n}"
            ),
            [(3, 16, 5, 4)]
        );
        assert_eq!(
            spans(r#"{"Id":1,"Statement":[{"Sid":"a}]\""},{"Action":["*"]}]}"#),
            [(1, 22, 1, 37), (1, 38, 1, 54)]
        );
        assert_eq!(spans("nonsense"), []);
        assert_eq!(spans(r#"{"Statement":"#), []);
    }
}
