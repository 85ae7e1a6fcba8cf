//! `[download]`

use super::super::{ContentType, Download, ExpiresIn, MediaRange, Upload};
use super::problems::Reported;
use super::table::Table;
use super::value::{span, text};
use iam_policy::Invalid;

pub(super) fn read(
    table: &Table<'_>,
    upload: &Result<Upload, Reported>,
) -> Result<Option<Download>, Reported> {
    let expires_in = table.field("expires_in").optional(span(ExpiresIn::parse));
    let inline = table.field("inline").list_or_empty("[\"image/*\"]", text(MediaRange::parse));
    if !table.is_present() {
        return Ok(None);
    }
    table.finish();
    let upload = upload.as_ref().map_err(|reported| *reported)?;

    if let Ok(Some(expires_in)) = &expires_in
        && expires_in.value.seconds() > upload.max_signature_age.seconds()
    {
        let problem = format!(
            "is above upload.max_signature_age, which is {}: the bucket policy would refuse the URL before it expires",
            upload.max_signature_age
        );
        let hint =
            format!("write \"{}\" or less, or raise max_signature_age", upload.max_signature_age);
        table.problems.report(&expires_in.at, Invalid::new(problem).hint(hint));
    }
    let mut ranges = Vec::new();
    for element in inline?.value {
        let element = element?;
        let range = element.value;
        if !upload.content_types.iter().any(|allowed| allowed.contains(&range)) {
            let refused = Invalid::new("is not among upload.content_types")
                .hint("name types that can be uploaded");
            return Err(table.problems.report(&element.at, refused));
        }
        if range.wildcard().is_none()
            && ContentType::parse(range.as_str())
                .is_ok_and(|content_type| content_type.can_run_scripts())
        {
            let refused = Invalid::new("can run scripts: whoever uploads such a file could run theirs on the bucket's origin")
                .hint("leave it out; browsers are told to save such files");
            return Err(table.problems.report(&element.at, refused));
        }
        ranges.push(range);
    }
    let expires_in = expires_in?.map_or(upload.expires_in, |setting| setting.value);
    Ok(Some(Download { expires_in, inline: ranges }))
}
