//! What a browser does with a file that it gets, and the name that it gives it (RFC 6266).

use serde::Deserialize;

use super::encode::push_encoded;

/// Whether a browser is told to save a file or to show it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Disposition {
    /// To save it.
    #[default]
    Attachment,
    /// To show it, where it can.
    Inline,
}

impl Disposition {
    /// As in `Content-Disposition`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Attachment => "attachment",
            Self::Inline => "inline",
        }
    }

    /// The header with a file's name: in ASCII for everybody, and where that says less than the name, in UTF-8 (RFC 8187).
    ///
    /// Folders, control characters, and characters that change the direction of writing (by which `gnp.exe` can look like `exe.png`)
    /// become `_`.
    #[must_use]
    pub fn header(self, filename: Option<&str>) -> String {
        let mut header = self.as_str().to_owned();
        let Some(filename) = filename.filter(|name| !name.is_empty()) else { return header };
        let name: String = filename.chars().map(|c| if misleads(c) { '_' } else { c }).collect();
        let plain: String = name
            .chars()
            .map(|c| if matches!(c, ' '..='~') && !matches!(c, '"' | '%') { c } else { '_' })
            .collect();
        header.push_str("; filename=\"");
        header.push_str(&plain);
        header.push('"');
        if plain != name {
            header.push_str("; filename*=UTF-8''");
            push_encoded(&mut header, &name);
        }
        header
    }
}

fn misleads(c: char) -> bool {
    c.is_control()
        || matches!(c, '/' | '\\' | '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::Disposition::{Attachment, Inline};

    #[test]
    fn names() {
        let names = [
            "a.png",
            "Résumé (1).pdf",
            "100 %; \"x\".txt",
            "../../etc/passwd",
            "C:\\x.txt",
            "a\r\nSet-Cookie: b",
            "exe\u{202e}gnp.txt",
            "日本.txt",
            " ",
        ];
        let told: Vec<String> = names.iter().map(|name| Attachment.header(Some(name))).collect();
        insta::assert_snapshot!(told.join("\n"), @r#"
        attachment; filename="a.png"
        attachment; filename="R_sum_ (1).pdf"; filename*=UTF-8''R%C3%A9sum%C3%A9%20%281%29.pdf
        attachment; filename="100 _; _x_.txt"; filename*=UTF-8''100%20%25%3B%20%22x%22.txt
        attachment; filename=".._.._etc_passwd"
        attachment; filename="C:_x.txt"
        attachment; filename="a__Set-Cookie: b"
        attachment; filename="exe_gnp.txt"
        attachment; filename="__.txt"; filename*=UTF-8''%E6%97%A5%E6%9C%AC.txt
        attachment; filename=" "
        "#);
        assert_eq!(Attachment.header(None), "attachment");
        assert_eq!(Inline.header(Some("")), "inline");
    }
}
