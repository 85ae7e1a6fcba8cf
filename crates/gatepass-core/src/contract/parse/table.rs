//! Walks the tables of a contract file by hand, so that every problem is found and has its place.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeSet;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Sourced;
use super::problems::{At, Place, Problems, Reported, shown};
use iam_policy::Invalid;

/// A value with the place that it was found at.
#[derive(Debug, Clone)]
pub(super) struct Setting<T> {
    pub(super) value: T,
    pub(super) at: At,
}

impl<T> Setting<T> {
    /// Whether the value is given, and not the default.
    pub(super) fn is_stated(&self) -> bool {
        self.at.place != Place::Nowhere
    }
}

/// What became of a field that has to have a value.
pub(super) type Read<T> = Result<Setting<T>, Reported>;

/// What became of a field that may be absent.
pub(super) type ReadOption<T> = Result<Option<Setting<T>>, Reported>;

/// The setting, if there is a good one.
pub(super) fn known<T>(read: &Read<T>) -> Result<&Setting<T>, Reported> {
    read.as_ref().map_err(|reported| *reported)
}

/// One table of the file. Fields that nothing asks for are unknown, see [`Self::finish`].
pub(super) struct Table<'a> {
    pub(super) problems: &'a Problems<'a>,
    name: String,
    content: Content<'a>,
    asked: RefCell<BTreeSet<&'static str>>,
    /// Unknown keys that were reported before [`Self::finish`].
    misspelt: RefCell<BTreeSet<String>>,
}

enum Content<'a> {
    Present {
        place: Place,
        entries: &'a DeTable<'a>,
    },
    Absent,
    /// There is something that is no table.
    Broken(Reported),
}

impl<'a> Table<'a> {
    /// The top of the file.
    pub(super) fn root(problems: &'a Problems<'a>, entries: &'a DeTable<'a>) -> Self {
        Self::new(problems, String::new(), Content::Present { place: Place::Nowhere, entries })
    }

    fn new(problems: &'a Problems<'a>, name: String, content: Content<'a>) -> Self {
        Self { problems, name, content, asked: RefCell::default(), misspelt: RefCell::default() }
    }

    fn path(&self, key: &str) -> String {
        let key = shown(key);
        if self.name.is_empty() { key } else { format!("{}.{key}", self.name) }
    }

    /// Whether the file has the table.
    pub(super) fn is_present(&self) -> bool {
        !matches!(self.content, Content::Absent)
    }

    /// What stands in the table's place, if that is no table.
    pub(super) fn broken(&self) -> Option<Reported> {
        if let Content::Broken(reported) = self.content { Some(reported) } else { None }
    }

    /// The place of the table itself, with what to call it there.
    pub(super) fn at(&self) -> At {
        let place = match &self.content {
            Content::Present { place, .. } => place.clone(),
            Content::Absent | Content::Broken(_) => Place::Nowhere,
        };
        At { field: self.name.clone(), place, value: None }
    }

    /// The value in the file under a key.
    fn entry(&self, key: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.problems.know(&self.name, key);
        self.asked.borrow_mut().insert(key);
        match &self.content {
            Content::Present { entries, .. } => entries.get(key),
            Content::Absent | Content::Broken(_) => None,
        }
    }

    fn at_value(&self, key: &str, value: &Spanned<DeValue<'a>>) -> At {
        let span = value.span();
        At { field: self.path(key), value: self.problems.written(&span), place: Place::Span(span) }
    }

    /// A table in this one.
    pub(super) fn table(&self, key: &'static str) -> Table<'a> {
        let content = match self.entry(key) {
            Some(value) => self.as_table(key, value),
            None => match self.misspelt(key) {
                Some(reported) => Content::Broken(reported),
                None => Content::Absent,
            },
        };
        Self::new(self.problems, self.path(key), content)
    }

    fn as_table(&self, key: &str, value: &'a Spanned<DeValue<'a>>) -> Content<'a> {
        match value.get_ref() {
            DeValue::Table(entries) => {
                Content::Present { place: Place::Span(value.span()), entries }
            }
            other => Content::Broken(
                self.problems.report(&self.at_value(key, value), wrong_type(other, "a table")),
            ),
        }
    }

    /// Reports a table whose name was probably meant to be `key`, so that its fields are not reported as missing.
    fn misspelt(&self, key: &'static str) -> Option<Reported> {
        let Content::Present { entries, .. } = &self.content else { return None };
        let (name, value) = entries
            .iter()
            .filter(|(name, value)| {
                value.get_ref().is_table() && !self.asked.borrow().contains(name.get_ref().as_ref())
            })
            .find(|(name, _)| iam_policy::closest(name.get_ref(), [key]).is_some())?;
        let at =
            At { field: self.path(name.get_ref()), place: Place::Span(value.span()), value: None };
        let reported = self.problems.unknown(&self.name, name.get_ref(), at);
        self.misspelt.borrow_mut().insert(name.get_ref().to_string());
        Some(reported)
    }

    /// The tables of an array of tables (`[[…]]`); empty if there is none.
    pub(super) fn tables(&self, key: &'static str) -> Result<Vec<Table<'a>>, Reported> {
        let Some(value) = self.entry(key) else {
            return self.broken().map_or_else(|| Ok(Vec::new()), Err);
        };
        let Some(elements) = value.get_ref().as_array() else {
            let refused = wrong_type(value.get_ref(), "an array of tables")
                .hint(format!("write [[{}]]", self.path(key)));
            return Err(self.problems.report(&self.at_value(key, value), refused));
        };
        Ok(elements
            .iter()
            .map(|element| Self::new(self.problems, self.path(key), self.as_table(key, element)))
            .collect())
    }

    /// Every key of the table with its value, for tables whose keys are anybody's.
    pub(super) fn each(&self, mut visit: impl FnMut(&str, &'a Spanned<DeValue<'a>>, At)) {
        let Content::Present { entries, .. } = &self.content else { return };
        let mut in_order: Vec<_> = entries.iter().collect();
        in_order.sort_by_key(|(key, _)| key.span().start);
        for (key, value) in in_order {
            visit(key.get_ref(), value, self.at_value(key.get_ref(), value));
        }
    }

    /// Reports that a field is missing, at the header of its table; `example` is how it could be written.
    pub(super) fn missing(&self, key: &str, example: &str) -> Reported {
        let at = At { field: self.path(key), ..self.at() };
        let hint = format!("write {key} = {example} under [{}]", self.name);
        self.problems.report_unless_guess(&at, Invalid::new("is missing").hint(hint))
    }

    /// A field of the table.
    pub(super) fn field<'t>(&'t self, key: &'static str) -> Field<'t, 'a> {
        Field { table: self, key, instead: None, otherwise: None }
    }

    /// Reports the keys that nothing asked for.
    pub(super) fn finish(&self) {
        let (asked, misspelt) = (self.asked.borrow(), self.misspelt.borrow());
        let is_unknown = |key: &str| !asked.contains(key) && !misspelt.contains(key);
        if let Content::Present { entries, .. } = &self.content {
            for (key, value) in entries.iter().filter(|(key, _)| is_unknown(key.get_ref())) {
                let mut at = self.at_value(key.get_ref(), value);
                if value.get_ref().is_table() {
                    at.value = None;
                }
                self.problems.unknown(&self.name, key.get_ref(), at);
            }
        }
    }
}

/// One field of a table, before it is read.
pub(super) struct Field<'t, 'a> {
    table: &'t Table<'a>,
    key: &'static str,
    instead: Option<&'t Sourced>,
    otherwise: Option<&'t Sourced>,
}

impl<'t> Field<'t, '_> {
    /// What stands in the place of the file's value.
    pub(super) fn instead(self, sourced: Option<&'t Sourced>) -> Self {
        Self { instead: sourced, ..self }
    }

    /// What is taken where the file has no value.
    pub(super) fn otherwise(self, sourced: Option<&'t Sourced>) -> Self {
        Self { otherwise: sourced, ..self }
    }

    /// Reads the field, if there is a value.
    pub(super) fn optional<T>(
        self,
        read: impl Fn(&DeValue<'_>) -> Result<T, Invalid>,
    ) -> ReadOption<T> {
        let entry = self.table.entry(self.key);
        if let Some(sourced) = self.instead {
            return self.read_sourced(sourced, read).map(Some);
        }
        if let Some(value) = entry {
            let at = self.table.at_value(self.key, value);
            return match read(value.get_ref()) {
                Ok(value) => Ok(Some(Setting { value, at })),
                Err(invalid) => Err(self.table.problems.report(&at, invalid)),
            };
        }
        if let Some(sourced) = self.otherwise {
            return self.read_sourced(sourced, read).map(Some);
        }
        self.table.broken().map_or(Ok(None), Err)
    }

    /// Reads the field, which has a default.
    pub(super) fn or<T>(
        self,
        default: T,
        read: impl Fn(&DeValue<'_>) -> Result<T, Invalid>,
    ) -> Read<T> {
        let field = self.table.path(self.key);
        let setting = self.optional(read)?;
        Ok(setting.unwrap_or_else(|| Setting {
            value: default,
            at: At { field, place: Place::Nowhere, value: None },
        }))
    }

    /// Reads the field, which there must be; `example` is how it could be written.
    pub(super) fn required<T>(
        self,
        example: &str,
        read: impl Fn(&DeValue<'_>) -> Result<T, Invalid>,
    ) -> Read<T> {
        let (table, key) = (self.table, self.key);
        self.optional(read)?.ok_or_else(|| table.missing(key, example))
    }

    /// Reads a list that may be absent.
    pub(super) fn list_or_empty<T>(
        self,
        example: &str,
        read: impl Fn(&DeValue<'_>) -> Result<T, Invalid>,
    ) -> Read<Vec<Read<T>>> {
        let (table, key) = (self.table, self.key);
        match table.entry(key) {
            Some(_) => self.list(example, read),
            None => match table.broken() {
                Some(reported) => Err(reported),
                None => Ok(Setting {
                    value: Vec::new(),
                    at: At { field: table.path(key), place: Place::Nowhere, value: None },
                }),
            },
        }
    }

    /// Reads a list, which there must be. Every element that is wrong is reported on its own.
    pub(super) fn list<T>(
        self,
        example: &str,
        read: impl Fn(&DeValue<'_>) -> Result<T, Invalid>,
    ) -> Read<Vec<Read<T>>> {
        let (table, key) = (self.table, self.key);
        let Some(value) = table.entry(key) else {
            return Err(table.broken().unwrap_or_else(|| table.missing(key, example)));
        };
        let at = table.at_value(key, value);
        let Some(elements) = value.get_ref().as_array() else {
            let refused =
                wrong_type(value.get_ref(), "a list").hint(format!("write {key} = {example}"));
            return Err(table.problems.report(&at, refused));
        };
        let element = |element| {
            let at = table.at_value(key, element);
            match read(element.get_ref()) {
                Ok(value) => Ok(Setting { value, at }),
                Err(invalid) => Err(table.problems.report(&at, invalid)),
            }
        };
        Ok(Setting { value: elements.iter().map(element).collect(), at })
    }

    fn read_sourced<T>(
        &self,
        sourced: &Sourced,
        read: impl Fn(&DeValue<'_>) -> Result<T, Invalid>,
    ) -> Read<T> {
        let field = self.table.path(self.key);
        let at = At {
            field,
            value: Some(shown(&format!("{:?}", sourced.value))),
            place: Place::Override(sourced.source.clone()),
        };
        match read(&DeValue::String(Cow::Borrowed(&sourced.value))) {
            Ok(value) => Ok(Setting { value, at }),
            Err(invalid) => Err(self.table.problems.report(&at, invalid)),
        }
    }
}

/// "is an integer, not a string"
pub(super) fn wrong_type(value: &DeValue<'_>, expected: &str) -> Invalid {
    let found = match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a floating-point number",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    };
    Invalid::new(format!("is {found}, not {expected}"))
}
