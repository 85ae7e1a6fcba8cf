//! Collects everything that is wrong with a contract.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::super::{AccessKey, ContractError, ContractErrors, Location, Source};
use iam_policy::Invalid;

/// Where a field was looked for or found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// A value or a table's header in the file, in bytes.
    Span(Range<usize>),
    /// Outside of the file.
    Override(Source),
    /// Nowhere: the field's table is not in the file, or the field has its default.
    Nowhere,
}

/// A field with its place, and its value as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct At {
    pub(super) field: String,
    pub(super) place: Place,
    pub(super) value: Option<String>,
}

/// Proof that a problem was reported, which stands where a value cannot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reported(());

/// A key that nothing asked for.
struct Unknown {
    table: String,
    key: String,
    at: At,
}

/// Everything that is wrong with one contract.
pub(super) struct Problems<'t> {
    text: &'t str,
    /// The lines that are not TOML. What the parser made of them is a guess, about which nothing is said.
    broken_lines: BTreeSet<usize>,
    found: RefCell<Vec<(Order, ContractError)>>,
    known: RefCell<BTreeMap<String, BTreeSet<&'static str>>>,
    unknown: RefCell<Vec<Unknown>>,
}

/// Overrides first, then the order of the file, then what has no place in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Order {
    Override,
    Offset(usize),
    Nowhere,
}

impl<'t> Problems<'t> {
    /// Begins with what the TOML parser found: at most one problem for a line, the first.
    pub(super) fn new(text: &'t str, syntax: Vec<toml::de::Error>) -> Self {
        let mut problems = Self {
            text,
            broken_lines: BTreeSet::new(),
            found: RefCell::default(),
            known: RefCell::default(),
            unknown: RefCell::default(),
        };
        let mut syntax: Vec<(usize, String)> = syntax
            .iter()
            .map(|error| {
                (error.span().map_or(text.len(), |span| span.start), error.message().to_owned())
            })
            .collect();
        syntax.sort();
        for (offset, message) in syntax {
            let line = problems.line(offset);
            if problems.broken_lines.insert(line) {
                let written = text
                    .lines()
                    .nth(line - 1)
                    .map(|line| shown(line.trim()))
                    .filter(|line| !line.is_empty());
                let invalid = Invalid::new(format!("is not TOML: {message}"));
                let error = ContractError {
                    location: Location::Line(line),
                    field: String::new(),
                    value: written,
                    invalid,
                };
                problems.found.get_mut().push((Order::Offset(offset), error));
            }
        }
        problems
    }

    /// The value in the file as written, on one line.
    pub(super) fn written(&self, span: &Range<usize>) -> Option<String> {
        self.text.get(span.clone()).map(shown)
    }

    /// Adds a problem.
    pub(super) fn report(&self, at: &At, invalid: Invalid) -> Reported {
        let (order, location) = match &at.place {
            Place::Override(source) => (Order::Override, Location::Override(source.clone())),
            Place::Span(span) => {
                let lines = self.line(span.start)..=self.line(span.end);
                if lines.clone().any(|line| self.broken_lines.contains(&line)) {
                    return Reported(());
                }
                (Order::Offset(span.start), Location::Line(*lines.start()))
            }
            Place::Nowhere => (Order::Nowhere, Location::File),
        };
        // Problems and hints repeat pieces of values.
        let invalid = Invalid {
            problem: printable(&invalid.problem),
            hint: invalid.hint.as_deref().map(printable),
        };
        let error =
            ContractError { location, field: at.field.clone(), value: at.value.clone(), invalid };
        self.found.borrow_mut().push((order, error));
        Reported(())
    }

    /// Adds a problem that is one only if a field is absent: in a file that is no TOML somewhere, it may stand there.
    pub(super) fn report_unless_guess(&self, at: &At, invalid: Invalid) -> Reported {
        if self.broken_lines.is_empty() { self.report(at, invalid) } else { Reported(()) }
    }

    /// Reports two fields that contradict each other, at the first of them.
    pub(super) fn contradict(&self, at: &At, other: &At, invalid: Invalid) -> Reported {
        if other.place == Place::Nowhere {
            self.report_unless_guess(at, invalid)
        } else {
            self.report(at, invalid)
        }
    }

    /// Remembers that a table has a field of this name.
    pub(super) fn know(&self, table: &str, field: &'static str) {
        self.known.borrow_mut().entry(table.to_owned()).or_default().insert(field);
    }

    /// Adds a key that its table does not know. What was meant is said at the end, when every field is known.
    pub(super) fn unknown(&self, table: &str, key: &str, at: At) -> Reported {
        self.unknown.borrow_mut().push(Unknown {
            table: table.to_owned(),
            key: key.to_owned(),
            at,
        });
        Reported(())
    }

    #[cfg(test)]
    pub(super) fn fields(&self) -> Vec<(String, &'static str)> {
        let known = self.known.borrow();
        known
            .iter()
            .flat_map(|(table, fields)| fields.iter().map(|field| (table.clone(), *field)))
            .collect()
    }

    /// Whether nothing is wrong.
    pub(super) fn is_empty(&self) -> bool {
        self.found.borrow().is_empty() && self.unknown.borrow().is_empty()
    }

    /// Everything that was found, in order.
    pub(super) fn into_errors(self, file: &str) -> ContractErrors {
        for unknown in self.unknown.take() {
            let hint = self.meant(&unknown.table, &unknown.key);
            let invalid = Invalid { problem: "is not a field of a contract".to_owned(), hint };
            self.report(&unknown.at, invalid);
        }
        let mut found = self.found.into_inner();
        found.sort_by_key(|(order, _)| *order);
        ContractErrors {
            file: file.to_owned(),
            errors: found.into_iter().map(|(_, error)| error).collect(),
        }
    }

    /// What was meant by an unknown key: a field of the same table, or one of another table.
    fn meant(&self, table: &str, key: &str) -> Option<String> {
        let known = self.known.borrow();
        let here = known.get(table);
        if let Some(field) =
            here.and_then(|fields| iam_policy::closest(key, fields.iter().copied()))
        {
            return Some(format!("did you mean {field:?}?"));
        }
        // of several tables the one that is more likely to be known
        let elsewhere =
            known.iter().filter(|(other, fields)| *other != table && fields.contains(key));
        let elsewhere = elsewhere
            .map(|(other, _)| other.as_str())
            .min_by_key(|other| other.matches('.').count());
        match elsewhere {
            Some("") => {
                Some(format!("{key:?} belongs at the top of the file, above the first table"))
            }
            Some(other) => Some(format!("{key:?} belongs in [{other}]")),
            None => here.map(|fields| {
                let fields: Vec<_> = fields.iter().copied().collect();
                format!("there are {}", fields.join(", "))
            }),
        }
    }

    /// The line of an offset, from 1.
    fn line(&self, offset: usize) -> usize {
        1 + self.text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
    }
}

/// A text without what a terminal would obey.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

fn without_password(text: &str) -> String {
    let masked = text
        .split_once("://")
        .and_then(|(scheme, rest)| Some(format!("{scheme}://…@{}", rest.rsplit_once('@')?.1)));
    masked.unwrap_or_else(|| text.to_owned())
}

/// An access key that was written where only its hash belongs.
fn without_key(text: &str) -> String {
    match text.split_once(AccessKey::PREFIX) {
        Some((before, key)) => {
            let end = key
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_')
                .unwrap_or(key.len());
            format!("{before}{}…{}", AccessKey::PREFIX, &key[end..])
        }
        None => text.to_owned(),
    }
}

/// A piece of the file on one line, of a readable length, printable, without the password of a URL and without an access key.
pub(super) fn shown(text: &str) -> String {
    const LONGEST: usize = 120;
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    let first = without_key(&without_password(&printable(first)));
    let mut shown: String = first.chars().take(LONGEST).collect();
    if lines.next().is_some() || first.chars().count() > LONGEST {
        shown.push('…');
    }
    shown
}
