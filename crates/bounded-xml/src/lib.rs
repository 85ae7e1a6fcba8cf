//! Reads elements out of XML that a client or S3 sent, in one pass.
//!
//! Character references and the five entities of XML are replaced. A document type, through which a document could define more, is
//! rejected, and so is deep nesting.

use quick_xml::events::Event;

/// The most elements that may be open at once. The documents of S3, IAM and STS open fewer than ten.
const MAX_DEPTH: usize = 32;

/// Error text for an answer that [`read`] rejects.
pub const MALFORMED: &str = "the answer is not well-formed XML";

/// Calls `visit` at the end of each element, with the names that lead to it (its own is the last one; without prefixes) and with its text. The
/// text of an element that contains others is what follows the last of them. `visit` returns whether to read on.
///
/// Returns `None` where the document is not well-formed, has a document type, or is nested too deeply; what comes before that place has been
/// visited by then.
pub fn read(document: &str, mut visit: impl FnMut(&[String], &str) -> bool) -> Option<()> {
    let mut reader = quick_xml::Reader::from_str(document);
    let mut path: Vec<String> = Vec::new();
    let mut text = String::new();
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                if path.len() == MAX_DEPTH {
                    return None;
                }
                path.push(start.local_name().into_inner().to_owned());
                text.clear();
            }
            Event::Empty(empty) => {
                path.push(empty.local_name().into_inner().to_owned());
                text.clear();
                if !visit(&path, &text) {
                    return Some(());
                }
                path.pop();
            }
            Event::Text(part) => text.push_str(&part),
            Event::CData(part) => text.push_str(&part),
            Event::GeneralRef(reference) => match reference.resolve_char_ref().ok()? {
                Some(character) => text.push(character),
                None => text.push_str(quick_xml::escape::resolve_predefined_entity(&reference)?),
            },
            Event::End(_) => {
                if !visit(&path, &text) {
                    return Some(());
                }
                path.pop();
                text.clear();
            }
            Event::DocType(_) => return None,
            Event::Eof => return path.is_empty().then_some(()),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
}

/// The text of the first element of this name, in a document or at the beginning of something else.
#[must_use]
pub fn text(document: &str, name: &str) -> Option<String> {
    let mut first = None;
    let _ = read(document, |path, text| {
        if path.last().is_some_and(|own| own == name) {
            first = Some(text.to_owned());
        }
        first.is_none()
    });
    first
}

/// The texts of all elements of this name; `None` for what [`read`] rejects.
#[must_use]
pub fn texts(document: &str, name: &str) -> Option<Vec<String>> {
    let mut texts = Vec::new();
    read(document, |path, text| {
        if path.last().is_some_and(|own| own == name) {
            texts.push(text.to_owned());
        }
        true
    })?;
    Some(texts)
}

/// For each element of the name `of`, the texts of its children with these names, each the first of its name; `None` for what [`read`] rejects.
#[must_use]
pub fn records<const N: usize>(
    document: &str,
    of: &str,
    children: [&str; N],
) -> Option<Vec<[Option<String>; N]>> {
    let mut records = Vec::new();
    let mut record = [const { None }; N];
    read(document, |path, text| {
        match path {
            [.., own] if own == of => {
                records.push(std::mem::replace(&mut record, [const { None }; N]))
            }
            [.., parent, own] if parent == of => {
                if let Some(index) = children.iter().position(|child| child == own) {
                    record[index].get_or_insert_with(|| text.to_owned());
                }
            }
            _ => {}
        }
        true
    })?;
    Some(records)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn all_elements_of_a_name() {
        let xml = "<?xml version=\"1.0\"?>\n<L xmlns=\"https://example.com/\"><V><Key>a/b</Key><VersionId>1</VersionId></V>\
                   <x:V><Key a='1'>c&amp;d</Key><Owner><Key>no</Key></Owner></x:V><V/><!-- <V> --></L>";
        assert_eq!(texts(xml, "Key").unwrap(), ["a/b", "c&d", "no"]);
        assert_eq!(text(xml, "VersionId").as_deref(), Some("1"));
        assert_eq!(text(xml, "Name"), None);
        let of =
            |key: &str, version: Option<&str>| [Some(key.to_owned()), version.map(str::to_owned)];
        assert_eq!(
            records(xml, "V", ["Key", "VersionId"]).unwrap(),
            [of("a/b", Some("1")), of("c&d", None), [None, None]]
        );
    }

    #[test]
    fn references_to_characters() {
        let xml = "<M>&lt;a&gt; &amp;amp; &quot;b&quot; &apos;&#38;&#x26;<![CDATA[<&amp;>]]></M>";
        assert_eq!(text(xml, "M").as_deref(), Some("<a> &amp; \"b\" '&&<&amp;>"));
    }

    #[test]
    fn what_is_before_the_end_of_well_formed_xml_is_found() {
        assert_eq!(
            text("<Error><Code>AccessDenied</Code></Error>\n* closing & done", "Code").as_deref(),
            Some("AccessDenied")
        );
        assert_eq!(text("<html><head><Code>", "Code"), None);
    }

    #[test]
    fn nothing_else_is_taken() {
        let deep = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
        assert!(texts(&deep(MAX_DEPTH), "a").is_some());
        for xml in [
            deep(MAX_DEPTH + 1).as_str(),
            "<a>",
            "<a></b>",
            "<a>&</a>",
            "<a>&nbsp;</a>",
            "<a>&#x110000;</a>",
            "<!DOCTYPE a [<!ENTITY b \"bbbb\">]><a>&b;</a>",
            "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>",
        ] {
            assert!(texts(xml, "a").is_none(), "{xml}");
        }
    }

    /// Eight times as much takes about eight times as long; what looks ahead to the end from every place takes 64 times as long.
    #[test]
    #[allow(clippy::disallowed_methods)]
    fn reading_takes_time_in_proportion_to_the_length() {
        const SHORT: usize = 64 * 1024;
        let took = |pattern: &str, length: usize| {
            let document = format!("<a>{}", pattern.repeat(length / pattern.len()));
            let once = || {
                let start = Instant::now();
                let _ = std::hint::black_box(records(&document, "Part", ["PartNumber", "ETag"]));
                start.elapsed()
            };
            (0..5).map(|_| once()).min().unwrap()
        };
        for pattern in [
            "&",
            "&a",
            "&amp;",
            "&#38;",
            "<",
            "<Part>",
            "<Part><ETag></ETag></Part>",
            "<!--",
            "<![CDATA[",
            "<?",
            "]]>",
            "<a b=\"",
            "</",
            "a",
        ] {
            let (short, long) = (took(pattern, SHORT), took(pattern, 8 * SHORT));
            assert!(
                long < 32 * short || long < Duration::from_millis(100),
                "{pattern}: {short:?} and {long:?}"
            );
        }
    }
}
