//! An action and a resource, explained.

use anstyle::{AnsiColor, Style};

use super::{ExplainArgs, mistyped};
use crate::cli::policy::documents;
use crate::cli::print::{errln, outln};
use crate::explain::decision::{Action, Denial, Explanation, resource};
use crate::explain::presigned::Basis;
use iam_policy::evaluate::RequestContext;

pub(super) fn run(text: &str, args: &ExplainArgs, basis: Basis<'_>) -> anyhow::Result<bool> {
    let Basis { contract, account, documents, principal, .. } = basis;
    let action = Action::parse(text).map_err(|invalid| mistyped(text, invalid))?;
    let named = args.resource.as_deref();
    let resource = resource(named, &action, contract, account)
        .map_err(|invalid| mistyped(named.unwrap_or(action.as_str()), invalid))?;
    let given = documents::context(&args.context)?;
    let change = |usual: RequestContext| {
        args.without.iter().fold(usual.and(&given), |context, key| context.without(key))
    };
    let explanation =
        Explanation::of(contract, account, documents, principal, &action, &resource, change)?;
    if args.json {
        outln!("{}", serde_json::to_string(&explanation)?);
    } else {
        print_verdict(&explanation);
        print_reasons(&explanation, explanation.allowed)?;
    }
    Ok(explanation.allowed)
}

fn print_verdict(explanation: &Explanation) {
    let bold = Style::new().bold();
    let (verdict, style) = if explanation.allowed {
        ("allowed", AnsiColor::Green.on_default().bold())
    } else {
        ("denied", AnsiColor::Red.on_default().bold())
    };
    outln!(
        "{style}{verdict}{style:#}: {bold}{}{bold:#} on {}",
        explanation.action,
        explanation.resource
    );
    outln!("  for {}", explanation.principal);
}

/// Prints what decides first, then everything else that stands in the way.
pub(super) fn print_reasons(explanation: &Explanation, allowed: bool) -> anyhow::Result<()> {
    for denial in &explanation.denied_by {
        print_denial(denial)?;
    }
    if let Some(allowing) = &explanation.allowed_by {
        let although = if allowed { "" } else { "although " };
        outln!("\n{although}{} of the {} {}", allowing.sid, allowing.document, allowing.says);
        if allowed {
            print_statement(&allowing.statement)?;
        }
    }
    if let Some(lacking) = explanation.lacking {
        let also = if explanation.denied_by.is_empty() { "" } else { "and " };
        outln!("\n{also}nothing in the {lacking} allows it");
        for near in &explanation.near_misses {
            outln!("  {} {}", near.sid, near.says);
            near.because.iter().for_each(|because| outln!("    but {because}"));
        }
    }
    for assumed in &explanation.assumed {
        errln!("note: {assumed}");
    }
    Ok(())
}

fn print_denial(denial: &Denial) -> anyhow::Result<()> {
    let bold = Style::new().bold();
    outln!("\n{bold}{}{bold:#} of the {} {}", denial.sid, denial.document, denial.says);
    match denial.because.as_slice() {
        [] => outln!("  whatever the circumstances"),
        circumstances => {
            outln!("  for as long as all of this is so:");
            circumstances.iter().for_each(|circumstance| outln!("    {circumstance}"));
        }
    }
    print_statement(&denial.statement)
}

fn print_statement(statement: &serde_json::Map<String, serde_json::Value>) -> anyhow::Result<()> {
    for line in serde_json::to_string_pretty(statement)?.lines() {
        outln!("  {line}");
    }
    Ok(())
}
