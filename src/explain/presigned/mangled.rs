//! Detects and undoes what mangles a URL between the signer and its user.

use crate::unescape;

/// Upper bound of nested escapes that are undone.
const DEPTH: usize = 4;

/// Kind of damage to a URL, for which S3 refuses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mangling {
    Html,
    Json,
    Backslashes,
    Percent,
    Broken,
    Invisible,
    Fragment,
}

impl Mangling {
    /// A stable name, what is wrong, and what to do.
    pub(super) fn finding(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Html => (
                "escaped",
                "the URL comes out of HTML or XML: its & are written &amp;",
                "put & in the place of every &amp;",
            ),
            Self::Json => (
                "escaped_as_json",
                "the URL comes out of JSON with its escapes, such as \\u0026 for &",
                "let a JSON parser read it, or put & in the place of every \\u0026",
            ),
            Self::Backslashes => (
                "escaped_for_shell",
                "the URL has backslashes before its separators, as a shell needs them",
                "remove the backslashes, and put the URL into single quotes",
            ),
            Self::Percent => (
                "encoded_twice",
                "the URL is percent-encoded once too often: what separates its parts is written %26, %3D or %3F, or % is written %25",
                "decode it once, or use it as the endpoint answered it",
            ),
            Self::Broken => {
                ("line_break", "the URL has a space or a line break in it", "join its lines")
            }
            Self::Invisible => (
                "invisible_characters",
                "the URL has characters in it that are not seen, such as a zero-width space",
                "copy it from where it was made, as plain text",
            ),
            Self::Fragment => (
                "fragment",
                "the URL has a # in it, and what follows is never sent",
                "write # in a key as %23",
            ),
        }
    }
}

/// The URL that a text has in it, and what was done to it. A text without one is given back.
pub(super) fn repair(text: &str) -> (String, Vec<Mangling>) {
    let mut manglings = Vec::new();
    let mut text = text.trim().to_owned();
    let mut undo = |text: &mut String, mangling: Mangling, undone: &dyn Fn(&str) -> String| {
        for _ in 0..DEPTH {
            let plain = undone(text);
            if plain == *text {
                break;
            }
            *text = plain;
            if !manglings.contains(&mangling) {
                manglings.push(mangling);
            }
        }
    };
    undo(&mut text, Mangling::Invisible, &unescape::invisible);
    // an object of JSON is no mangled URL, but its URL may be
    undo(&mut text, Mangling::Json, &|text| {
        if text.contains("\\u") || text.contains("\\/") {
            unescape::json(text)
        } else {
            text.to_owned()
        }
    });
    undo(&mut text, Mangling::Html, &unescape::html);
    undo(&mut text, Mangling::Backslashes, &without_backslashes);
    if scheme(&text).is_none() {
        let is_encoded =
            |text: &str| scheme(text).is_none() && text.to_ascii_lowercase().contains("%3a%2f%2f");
        undo(&mut text, Mangling::Percent, &|text| {
            if is_encoded(text) || text.contains("%25") {
                unescape::percent(text)
            } else {
                text.to_owned()
            }
        });
    }
    let Some(start) = scheme(&text) else { return (text, manglings) };
    let before = text[..start].chars().next_back();
    let end = text[start..].find(|c: char| {
        "\"<>`'".contains(c)
            || (c == ')' && before == Some('('))
            || (c == ']' && before == Some('['))
            || (c == '}' && before == Some('{'))
    });
    let mut url = text[start..end.map_or(text.len(), |end| start + end)].trim().to_owned();
    if let Some((first, rest)) = url.split_once(char::is_whitespace) {
        let joined: String = url.split_whitespace().collect();
        let is_other = rest.trim_start().starts_with('-') || rest.contains(':');
        if is_whole(first) && (is_other || !ends_in_token(first)) {
            url = first.to_owned();
        } else if is_whole(&joined) {
            url = joined;
            manglings.push(Mangling::Broken);
        }
    }
    let decoded = structured(&url);
    if decoded != url {
        url = decoded;
        if !manglings.contains(&Mangling::Percent) {
            manglings.push(Mangling::Percent);
        }
    }
    if url.split_once('#').is_some_and(|(_, fragment)| fragment.contains('=')) {
        manglings.push(Mangling::Fragment);
    }
    (url, manglings)
}

/// Position at which a URL begins.
fn scheme(text: &str) -> Option<usize> {
    let lower = text.to_ascii_lowercase();
    ["https://", "http://"].iter().filter_map(|scheme| lower.find(scheme)).min()
}

fn without_backslashes(text: &str) -> String {
    ["\\&", "\\?", "\\=", "\\%", "\\:", "\\/"]
        .iter()
        .fold(text.to_owned(), |text, escaped| text.replace(escaped, &escaped[1..]))
}

/// Whether a URL has its signature, to the end.
fn is_whole(url: &str) -> bool {
    let plain = (0..DEPTH).fold(url.to_ascii_lowercase(), |text, _| unescape::percent(&text));
    let signature = plain
        .split_once("x-amz-signature=")
        .map(|(_, rest)| rest.split(|c: char| !c.is_ascii_hexdigit()).next());
    signature.flatten().is_some_and(|signature| signature.len() >= 64)
}

/// Whether the last parameter is a session token, of which more may follow.
fn ends_in_token(url: &str) -> bool {
    url.rsplit('&')
        .next()
        .is_some_and(|last| last.to_ascii_lowercase().starts_with("x-amz-security-token"))
}

/// The URL with its separators decoded, where they are encoded.
fn structured(url: &str) -> String {
    let mut url = url.to_owned();
    for _ in 0..DEPTH {
        let lower = url.to_ascii_lowercase();
        let decoded = match url.split_once('?') {
            None if lower.contains("%3fx-amz-")
                || lower.contains("%253fx-amz-")
                || (lower.contains("%3f") && lower.contains("x-amz-")) =>
            {
                unescape::percent(&url)
            }
            Some((address, query)) if has_encoded_separators(query) => {
                format!("{address}?{}", unescape::percent(query))
            }
            _ => return url,
        };
        if decoded == url {
            return url;
        }
        url = decoded;
    }
    url
}

fn has_encoded_separators(query: &str) -> bool {
    query.to_ascii_lowercase().split('&').any(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let is_own = name.starts_with("x-amz-");
        name.contains("%3d")
            || name.contains("%26")
            || (name.contains("%25") && name.contains("x-amz-"))
            || value.contains("%26x-amz-")
            || value.contains("%2526x-amz-")
            || (is_own
                && ["%252f", "%253b", "%253d", "%252b"].iter().any(|twice| value.contains(twice)))
    })
}
