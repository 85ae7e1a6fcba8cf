//! Reads elements out of what S3 answers with, and writes text into the same: XML that the names of its elements tell all about, without attributes where
//! anything is read.

/// The contents of all elements of this name, as they stand there.
pub(crate) fn elements<'a>(xml: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let mut rest = xml;
    std::iter::from_fn(move || {
        let (content, after) = rest.split_once(&open)?.1.split_once(&close)?;
        rest = after;
        Some(content)
    })
}

/// The text of the first element of this name.
pub(crate) fn text(xml: &str, name: &str) -> Option<String> {
    texts(xml, name).next()
}

/// The texts of all elements of this name.
pub(crate) fn texts(xml: &str, name: &str) -> impl Iterator<Item = String> {
    elements(xml, name).map(unescaped)
}

/// Text as it stands between tags.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
    out
}

/// Text with its character references replaced.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let reference = after.split_once(';').and_then(|(name, after)| Some((character(name)?, after)));
        rest = match reference {
            Some((character, after)) => {
                out.push(character);
                after
            }
            None => {
                out.push('&');
                after
            }
        };
    }
    out.push_str(rest);
    out
}

fn character(name: &str) -> Option<char> {
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "amp" => Some('&'),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = number.strip_prefix(['x', 'X']).map_or_else(|| number.parse().ok(), |digits| u32::from_str_radix(digits, 16).ok());
            char::from_u32(code?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_elements_of_a_name() {
        let xml = "<V><Key>a/b</Key><VersionId>1</VersionId></V><V><Key>c&amp;d</Key><VersionId>null</VersionId></V><Key>";
        assert_eq!(texts(xml, "Key").collect::<Vec<_>>(), ["a/b", "c&d"]);
        assert_eq!(elements(xml, "Key").collect::<Vec<_>>(), ["a/b", "c&amp;d"]);
        assert_eq!(elements(xml, "V").count(), 2);
        assert_eq!(text(xml, "VersionId").as_deref(), Some("1"));
        assert_eq!(text(xml, "Name"), None);
    }

    #[test]
    fn text_stays_text() {
        let text = "<a> & \"b\" &amp; ü";
        assert_eq!(escaped(text), "&lt;a&gt; &amp; &quot;b&quot; &amp;amp; ü");
        assert_eq!(unescaped(&escaped(text)), text);
    }

    #[test]
    fn references_to_characters() {
        let xml = "<M>&lt;a&gt; &amp;amp; &quot;b&quot; &apos;&#38;&#x26;&#x110000; & &nbsp;</M>";
        assert_eq!(text(xml, "M").as_deref(), Some("<a> &amp; \"b\" '&&&#x110000; & &nbsp;"));
    }
}
