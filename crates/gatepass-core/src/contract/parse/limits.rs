//! `[limits]`

use super::super::{Auth, Limits, Mode, Rate, Upload};
use super::problems::Reported;
use super::table::Table;
use super::value::{bytes, text};
use iam_policy::Invalid;

pub(super) fn read(
    table: &Table<'_>,
    auth: &Result<Option<Auth>, Reported>,
    upload: &Result<Upload, Reported>,
) -> Result<Limits, Reported> {
    let per_address = table.field("per_address").optional(text(Rate::parse));
    let per_subject = table.field("per_subject").optional(text(Rate::parse));
    let outstanding_bytes = table.field("outstanding_bytes").optional(bytes);
    table.finish();

    if let Ok(None) = auth {
        let at = [
            per_subject.as_ref().ok().and_then(|s| s.as_ref()).map(|s| &s.at),
            outstanding_bytes.as_ref().ok().and_then(|s| s.as_ref()).map(|s| &s.at),
        ];
        for at in at.into_iter().flatten() {
            let refused =
                Invalid::new("counts by subject, and the endpoint asks nobody who they are")
                    .hint("say who may ask under [auth], or leave this out");
            table.problems.report_unless_guess(at, refused);
        }
    }
    if let (Ok(Some(bytes)), Ok(upload)) = (&outstanding_bytes, upload) {
        if upload.mode == Mode::Compatible {
            let refused = Invalid::new("needs upload.mode = \"strict\": in the compatible mode nobody knows how many bytes a grant is for")
                .hint("write mode = \"strict\", or leave this out");
            table.problems.report(&bytes.at, refused);
        } else if bytes.value < upload.max_size.bytes() {
            let refused = Invalid::new(format!(
                "is below upload.max_size of {} bytes, so that no grant could be given for such a file",
                upload.max_size.bytes()
            ))
            .hint("raise it, or lower max_size");
            table.problems.report(&bytes.at, refused);
        }
    }
    Ok(Limits {
        per_address: per_address?.map(|setting| setting.value),
        per_subject: per_subject?.map(|setting| setting.value),
        outstanding_bytes: outstanding_bytes?.map(|setting| setting.value),
    })
}
