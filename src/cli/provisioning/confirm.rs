//! Asks before anything is changed.

use std::io::{IsTerminal as _, Write as _, stdin};

use anyhow::Context as _;

use crate::cli::print;

/// What the person said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Confirmed {
    Yes,
    No,
}

/// Asks on a terminal, where `y`, `yes` and `also` mean yes. Where nobody can be asked, only `--yes` will do.
pub(in crate::cli) fn confirm(
    question: &str,
    also: &str,
    yes: bool,
    command: &str,
) -> anyhow::Result<Confirmed> {
    if yes {
        return Ok(Confirmed::Yes);
    }
    if !stdin().is_terminal() || !std::io::stderr().is_terminal() {
        let error = anyhow::anyhow!("nothing was changed: there is no terminal to ask on");
        return Err(print::hinted(
            error,
            format!("look at the plan, then run `gatepass {command} --yes`"),
        ));
    }
    anstream::eprint!("{question} ");
    anstream::stderr().flush().context("asking on standard error")?;
    let mut answer = String::new();
    stdin().read_line(&mut answer).context("reading the answer from standard input")?;
    let answer = answer.trim();
    let is_yes =
        answer.eq_ignore_ascii_case("y") || answer.eq_ignore_ascii_case("yes") || answer == also;
    Ok(if is_yes { Confirmed::Yes } else { Confirmed::No })
}
