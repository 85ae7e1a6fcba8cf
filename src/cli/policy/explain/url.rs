//! A presigned URL, explained.

use anstyle::{AnsiColor, Style};

use super::action::print_reasons;
use crate::explain::presigned::{Basis, Finding, Sent, SignedUrl, UrlExplanation};

pub(super) fn run(url: &SignedUrl, sent: &Sent, json: bool, basis: Basis<'_>) -> anyhow::Result<bool> {
    let explanation = UrlExplanation::of(url, sent, basis)?;
    if json {
        anstream::println!("{}", serde_json::to_string(&explanation)?);
    } else {
        print(&explanation)?;
    }
    Ok(explanation.allowed)
}

fn print(explanation: &UrlExplanation) -> anyhow::Result<()> {
    let bold = Style::new().bold();
    let (verdict, style) = if explanation.allowed {
        ("allowed", AnsiColor::Green.on_default().bold())
    } else {
        ("refused", AnsiColor::Red.on_default().bold())
    };
    anstream::println!("{style}{verdict}{style:#}: {bold}{}{bold:#} {}", explanation.method, explanation.url);
    if !explanation.signed_headers.is_empty() {
        anstream::println!("  to be sent as signed: {}", explanation.signed_headers.join(", "));
    }
    print_findings(&explanation.findings);
    if let Some(policies) = &explanation.policies {
        print_reasons(policies, explanation.allowed)?;
    }
    if explanation.allowed {
        anstream::eprintln!("note: The signature itself cannot be checked without the secret key.");
    }
    Ok(())
}

/// Refusals, then what is worth knowing.
pub(super) fn print_findings(findings: &[Finding]) {
    let bold = Style::new().bold();
    let (refusals, notes): (Vec<&Finding>, Vec<&Finding>) = findings.iter().partition(|finding| finding.refused);
    for Finding { code, text, way_out, .. } in refusals {
        anstream::println!("\n{bold}{}{bold:#}: {text}", code.replace('_', " "));
        way_out.iter().for_each(|way_out| anstream::println!("  hint: {way_out}"));
    }
    for Finding { text, way_out, .. } in notes {
        anstream::eprintln!("note: {text}");
        way_out.iter().for_each(|way_out| anstream::eprintln!("  hint: {way_out}"));
    }
}
