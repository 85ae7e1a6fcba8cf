//! A presigned URL, explained.

use anstyle::{AnsiColor, Style};

use super::action::print_reasons;
use crate::cli::print::{errln, outln};
use crate::explain::presigned::{Basis, Finding, Sent, SignedUrl, UrlExplanation};

pub(super) fn run(
    url: &SignedUrl,
    sent: &Sent,
    json: bool,
    basis: Basis<'_>,
) -> anyhow::Result<bool> {
    let explanation = UrlExplanation::of(url, sent, basis)?;
    if json {
        outln!("{}", serde_json::to_string(&explanation)?);
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
    outln!("{style}{verdict}{style:#}: {bold}{}{bold:#} {}", explanation.method, explanation.url);
    if !explanation.signed_headers.is_empty() {
        outln!("  to be sent as signed: {}", explanation.signed_headers.join(", "));
    }
    print_findings(&explanation.findings);
    if let Some(policies) = &explanation.policies {
        print_reasons(policies, explanation.allowed)?;
    }
    if explanation.allowed {
        errln!("note: The signature itself cannot be checked without the secret key.");
    }
    Ok(())
}

/// Refusals, then what is worth knowing.
pub(super) fn print_findings(findings: &[Finding]) {
    let bold = Style::new().bold();
    let (refusals, notes): (Vec<&Finding>, Vec<&Finding>) =
        findings.iter().partition(|finding| finding.refused);
    for Finding { code, text, way_out, .. } in refusals {
        outln!("\n{bold}{}{bold:#}: {text}", code.replace('_', " "));
        way_out.iter().for_each(|way_out| outln!("  hint: {way_out}"));
    }
    for Finding { text, way_out, .. } in notes {
        errln!("note: {text}");
        way_out.iter().for_each(|way_out| errln!("  hint: {way_out}"));
    }
}
