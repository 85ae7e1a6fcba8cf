//! The proof as a table for people.

use std::fmt;

use super::{Guardrail, Outcome, ProbeResult, Proof};

impl fmt::Display for Proof {
    /// One row a line, under a head, and a line that counts.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width =
            self.probes.iter().map(|probe| probe.guardrail.0.len()).max().unwrap_or_default();
        writeln!(f, "{:width$}  {:13}  {:12}  DETAIL", "GUARDRAIL", "ENFORCED BY", "OUTCOME")?;
        for ProbeResult { guardrail, enforced_by, outcome, detail } in &self.probes {
            let Guardrail(name) = guardrail;
            writeln!(
                f,
                "{name:width$}  {:13}  {:12}  {detail}",
                enforced_by.as_str(),
                outcome.as_str()
            )?;
        }
        let counts = [
            (Outcome::Held, "held"),
            (Outcome::Broken, "broken"),
            (Outcome::NotEnforced, "not enforced by this backend"),
            (Outcome::NotTested, "not tested"),
        ];
        let counts: Vec<String> = counts
            .iter()
            .map(|(outcome, name)| format!("{} {name}", self.count(*outcome)))
            .collect();
        write!(f, "\n{}", counts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use crate::verify::proof::example;

    #[test]
    fn a_table() {
        insta::assert_snapshot!(example(), @r#"
        GUARDRAIL     ENFORCED BY    OUTCOME       DETAIL
        upload works  signature      held          63 bytes of image/png arrived
        SSE-C         bucket policy  BROKEN        refused, but with 400 <x> instead of 403 AccessDenied
        role: read    role           not enforced  accepted with 200; a role without any permissions may do it too
        plain HTTP    bucket policy  not tested    the contract's endpoint is plain HTTP

        1 held, 1 broken, 1 not enforced by this backend, 1 not tested
        "#);
    }
}
