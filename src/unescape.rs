//! Undoes what programs and people do to a URL on its way: escapes of JSON and HTML, percent-encoding, invisible characters.

use percent_encoding::percent_decode_str;

/// Undoes JSON's escapes `\uXXXX`, `\/` and `\"`, however often their backslashes are doubled.
pub(crate) fn json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('\\') {
        out.push_str(&rest[..start]);
        let after = rest[start..].trim_start_matches('\\');
        let hex = after.strip_prefix(['u', 'U']).and_then(|hex| hex.get(..4));
        let escaped = hex.and_then(|hex| char::from_u32(u32::from_str_radix(hex, 16).ok()?));
        if let Some(escaped) = escaped {
            out.push(escaped);
            rest = &after[5..];
        } else if let Some(next) = after.chars().next().filter(|next| ['/', '"'].contains(next)) {
            out.push(next);
            rest = &after[1..];
        } else {
            out.push_str(&rest[start..rest.len() - after.len()]);
            rest = after;
        }
    }
    out + rest
}

/// Undoes HTML's and XML's character references once, those of characters that stand in URLs.
pub(crate) fn html(text: &str) -> String {
    const NAMED: [(&str, char); 12] = [
        ("amp", '&'),
        ("quot", '"'),
        ("apos", '\''),
        ("lt", '<'),
        ("gt", '>'),
        ("equals", '='),
        ("quest", '?'),
        ("sol", '/'),
        ("percnt", '%'),
        ("num", '#'),
        ("colon", ':'),
        ("period", '.'),
    ];
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        out.push_str(&rest[..start]);
        let after = &rest[start + 1..];
        let reference = after
            .split_once(';')
            .map(|(name, _)| name)
            .filter(|name| name.len() <= 8 && name.is_ascii());
        let number = |name: &str| {
            let name = name.strip_prefix('#')?.to_ascii_lowercase();
            let code = match name.strip_prefix('x') {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => name.parse().ok()?,
            };
            char::from_u32(code)
        };
        let named = |name: &str| {
            NAMED
                .iter()
                .find(|(known, _)| known.eq_ignore_ascii_case(name))
                .map(|(_, meant)| *meant)
        };
        match reference.and_then(|name| Some((number(name).or_else(|| named(name))?, name.len()))) {
            Some((meant, length)) => {
                out.push(meant);
                rest = &after[length + 1..];
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
    out + rest
}

/// Decodes percent-encoding once.
pub(crate) fn percent(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// Removes characters that are not seen, which come with text that is copied from a chat or a document.
pub(crate) fn invisible(text: &str) -> String {
    let is_invisible =
        |c: char| matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}');
    text.chars().filter(|c| !is_invisible(*c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_undone_and_other_text_stays() {
        assert_eq!(json(r#"a\u0026b\\u0026c\/d\"e\x\\"#), r#"a&b&c/d"e\x\\"#);
        assert_eq!(json(r"\u00"), r"\u00");
        assert_eq!(html("a&amp;b&#38;c&#x26;d&AMP;e&equals;f&g;h&"), "a&b&c&d&e=f&g;h&");
        assert_eq!(html("a&amp;amp;b"), "a&amp;b");
        assert_eq!(html("X=1&Y=2;&Z"), "X=1&Y=2;&Z");
        assert_eq!(percent("%26%2526"), "&%26");
        assert_eq!(invisible("a\u{200b}b\u{feff}"), "ab");
    }
}
