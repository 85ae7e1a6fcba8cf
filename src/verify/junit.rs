//! The proof as JUnit XML, which CI systems show.

use std::fmt::Write as _;

use super::{Outcome, ProbeResult, Proof};

impl Proof {
    /// One test case a row: what is broken fails, what is not enforced or not tested is skipped.
    /// See <https://github.com/testmoapp/junitxml>.
    #[must_use]
    pub fn to_junit(&self) -> String {
        let skipped = self.count(Outcome::NotEnforced) + self.count(Outcome::NotTested);
        let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        let head = format!(
            "tests=\"{}\" failures=\"{}\" skipped=\"{skipped}\"",
            self.probes.len(),
            self.count(Outcome::Broken)
        );
        // writing to a string does not fail
        let _ = writeln!(xml, "<testsuites {head}>\n  <testsuite name=\"gatepass verify\" {head}>");
        for ProbeResult { guardrail, enforced_by, outcome, detail } in &self.probes {
            let (name, class, detail) =
                (escaped(guardrail.0), escaped(enforced_by.as_str()), escaped(detail));
            let inner = match outcome {
                Outcome::Held => format!("<system-out>{detail}</system-out>"),
                Outcome::Broken => format!("<failure message=\"{detail}\"/>"),
                Outcome::NotEnforced => {
                    format!("<skipped message=\"not enforced by this backend: {detail}\"/>")
                }
                Outcome::NotTested => format!("<skipped message=\"not tested: {detail}\"/>"),
            };
            let _ = writeln!(
                xml,
                "    <testcase name=\"{name}\" classname=\"{class}\">{inner}</testcase>"
            );
        }
        xml + "  </testsuite>\n</testsuites>\n"
    }
}

/// Text for an element or an attribute. XML 1.0 has no way to write most control characters, so they become spaces.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            _ if character.is_control() => escaped.push(' '),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escaped;
    use crate::verify::proof::example;

    #[test]
    fn what_is_broken_fails_and_what_says_nothing_is_skipped() {
        insta::assert_snapshot!(example().to_junit(), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites tests="4" failures="1" skipped="2">
          <testsuite name="gatepass verify" tests="4" failures="1" skipped="2">
            <testcase name="upload works" classname="signature"><system-out>63 bytes of image/png arrived</system-out></testcase>
            <testcase name="SSE-C" classname="bucket policy"><failure message="refused, but with 400 &lt;x&gt; instead of 403 AccessDenied"/></testcase>
            <testcase name="role: read" classname="role"><skipped message="not enforced by this backend: accepted with 200; a role without any permissions may do it too"/></testcase>
            <testcase name="plain HTTP" classname="bucket policy"><skipped message="not tested: the contract's endpoint is plain HTTP"/></testcase>
          </testsuite>
        </testsuites>
        "#);
    }

    #[test]
    fn what_xml_cannot_write_becomes_a_space() {
        assert_eq!(escaped("a\u{0}b\n<&>\""), "a b &lt;&amp;&gt;&quot;");
    }
}
