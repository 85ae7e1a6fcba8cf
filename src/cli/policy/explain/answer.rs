//! S3's own refusal, explained.

use anstyle::Style;

use super::action::print_reasons;
use super::url::print_findings;
use crate::cli::print::outln;
use crate::explain::presigned::{AnswerExplanation, Basis, Difference, S3Answer, Sent, SignedUrl};

pub(super) fn run(
    answer: &S3Answer,
    url: Option<&SignedUrl>,
    sent: &Sent,
    json: bool,
    basis: Basis<'_>,
) -> anyhow::Result<bool> {
    let explanation = AnswerExplanation::of(answer, url, sent, basis)?;
    if json {
        outln!("{}", serde_json::to_string(&explanation)?);
    } else {
        print(&explanation)?;
    }
    // it was refused, whatever is found
    Ok(false)
}

fn print(explanation: &AnswerExplanation) -> anyhow::Result<()> {
    let bold = Style::new().bold();
    outln!("{bold}{}{bold:#}: {}", explanation.code, explanation.message);
    print_findings(&explanation.findings);
    for (index, difference) in explanation.differences.iter().enumerate() {
        let Difference { part, signed, received } = difference;
        let which = if index == 0 { "first difference" } else { "then" };
        outln!("\n{bold}{which}{bold:#}: {part}");
        outln!("  signed    {signed}");
        outln!("  received  {}", received.as_deref().unwrap_or("nothing"));
    }
    if let Some(policies) = &explanation.policies {
        if policies.denied_by.is_empty()
            && explanation.findings.iter().any(|finding| finding.code == "denied_by_bucket_policy")
        {
            policies
                .would_deny
                .iter()
                .for_each(|denial| outln!("  {} {}", denial.sid, denial.says));
        }
        print_reasons(policies, false)?;
    }
    if let Some(url) =
        explanation.url.as_ref().filter(|url| url.findings.iter().any(|finding| finding.refused))
    {
        outln!("\nAnd of the URL itself, {}:", url.url);
        print_findings(&url.findings);
    }
    Ok(())
}
