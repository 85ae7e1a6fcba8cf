//! A small XML writer: elements and escaped text, which is all that these services answer with; and a reader for as much.

use quick_xml::escape::escape;

/// What every document begins with.
const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// An XML document in the making.
#[derive(Debug, Default)]
pub(crate) struct Xml(String);

impl Xml {
    /// A document with its declaration.
    pub(crate) fn document() -> Self {
        Self(DECLARATION.to_owned())
    }

    /// An element with others in it.
    pub(crate) fn element(&mut self, name: &str, content: impl FnOnce(&mut Self)) {
        self.open(name, None);
        content(self);
        self.close(name);
    }

    /// The same in a namespace.
    pub(crate) fn element_in(
        &mut self,
        name: &str,
        namespace: &str,
        content: impl FnOnce(&mut Self),
    ) {
        self.open(name, Some(namespace));
        content(self);
        self.close(name);
    }

    /// An element with text in it.
    pub(crate) fn text(&mut self, name: &str, text: &str) {
        self.open(name, None);
        self.0.push_str(&escape(text));
        self.close(name);
    }

    /// The same where there is any.
    pub(crate) fn optional(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(name, text);
        }
    }

    /// The elements of another one.
    pub(crate) fn append(&mut self, other: &Self) {
        self.0.push_str(&other.0);
    }

    /// The text of the document.
    pub(crate) fn into_string(self) -> String {
        self.0
    }

    fn open(&mut self, name: &str, namespace: Option<&str>) {
        self.0.push('<');
        self.0.push_str(name);
        if let Some(namespace) = namespace {
            self.0.push_str(" xmlns=\"");
            self.0.push_str(&escape(namespace));
            self.0.push('"');
        }
        self.0.push('>');
    }

    fn close(&mut self, name: &str) {
        self.0.push_str("</");
        self.0.push_str(name);
        self.0.push('>');
    }
}

/// An element of a document that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Element {
    /// The names that lead to it and its own, without prefixes.
    pub(crate) path: Vec<String>,
    /// Its text; of an element with others in it, what stands after the last of them.
    pub(crate) text: String,
}

/// The elements of a document, in the order of their ends; None where it is not well-formed.
pub(crate) fn elements(document: &str) -> Option<Vec<Element>> {
    let mut elements = Vec::new();
    bounded_xml::read(document, |path, text| {
        elements.push(Element { path: path.to_vec(), text: text.to_owned() });
        true
    })?;
    Some(elements)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_break_out_of_its_element() {
        let mut xml = Xml::document();
        xml.element_in("A", "https://example.com/", |xml| {
            xml.text("B", "<C>&\"'</C>");
            xml.optional("D", None);
        });
        insta::assert_snapshot!(xml.into_string(), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <A xmlns="https://example.com/"><B>&lt;C&gt;&amp;&quot;&apos;&lt;/C&gt;</B></A>
        "#);
    }
}
