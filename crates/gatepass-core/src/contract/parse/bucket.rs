//! `[bucket]`

use super::super::{Bucket, Days, Encryption, Lifecycle, Tags};
use super::Ground;
use super::problems::Reported;
use super::table::{Read, ReadOption, Table, known};
use super::value::{boolean, choice, span, text};
use iam_policy::{Invalid, KmsKeyArn};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Algorithm {
    Aes256,
    Kms,
}

/// When S3 removes uploads that came to nothing, which those of `[upload]` are compared with.
pub(super) struct Removal {
    /// The parts of an upload that was never completed.
    pub(super) abort: Read<Days>,
    /// An upload that was never confirmed.
    pub(super) unconfirmed: ReadOption<Days>,
}

pub(super) fn read(table: &Table<'_>, ground: &Ground) -> (Result<Bucket, Reported>, Removal) {
    let encryption = encryption(table, ground);
    let versioning = table.field("versioning").or(false, boolean);
    let in_lifecycle = table.table("lifecycle");
    let removal = Removal {
        abort: in_lifecycle
            .field("abort_incomplete_multipart_upload")
            .or(Days::ONE, span(Days::parse)),
        unconfirmed: in_lifecycle.field("unconfirmed_expiration").optional(span(Days::parse)),
    };
    let lifecycle = lifecycle(&in_lifecycle, &versioning, &removal);
    let tags = tags(&table.table("tags"));
    table.finish();
    let bucket = || {
        let ((encryption, states_encryption), versioning) = (encryption?, versioning?);
        Ok(Bucket {
            name: known(&ground.bucket_name)?.value.clone(),
            region: known(&ground.region)?.value.clone(),
            encryption,
            states_encryption,
            versioning: versioning.value,
            states_versioning: versioning.is_stated(),
            lifecycle: lifecycle?,
            tags: tags?,
        })
    };
    (bucket(), removal)
}

/// The encryption, and whether it is stated.
fn encryption(table: &Table<'_>, ground: &Ground) -> Result<(Encryption, bool), Reported> {
    let algorithm = table.field("encryption").or(
        Algorithm::Aes256,
        choice(&[("AES256", Algorithm::Aes256), ("aws:kms", Algorithm::Kms)]),
    );
    let key = table.field("kms_key_arn").optional(text(KmsKeyArn::parse));
    if let (Ok(Some(key)), Ok(region)) = (&key, &ground.region) {
        let region = &region.value;
        if key.value.partition() != region.partition() || key.value.region() != region.as_str() {
            let problem = format!(
                "is not in the bucket's region, {region} of the partition {}",
                region.partition()
            );
            table.problems.report(
                &key.at,
                Invalid::new(problem).hint("S3 takes only a key of the bucket's own region"),
            );
        }
    }
    let (algorithm, key) = (algorithm?, key?);
    match (algorithm.value, key) {
        (Algorithm::Aes256, None) => Ok((Encryption::SseS3, algorithm.is_stated())),
        (Algorithm::Kms, Some(key)) => Ok((Encryption::SseKms { key: key.value }, true)),
        (Algorithm::Aes256, Some(key)) => {
            let refused = Invalid::new("names a key, and bucket.encryption is not \"aws:kms\"")
                .hint("write encryption = \"aws:kms\", or leave out kms_key_arn");
            Err(table.problems.contradict(&key.at, &algorithm.at, refused))
        }
        (Algorithm::Kms, None) => {
            let refused = Invalid::new("needs bucket.kms_key_arn")
                .hint("name a customer managed key; the key policy of AWS's own (alias/aws/s3) cannot be changed");
            Err(table.problems.report_unless_guess(&algorithm.at, refused))
        }
    }
}

fn lifecycle(
    table: &Table<'_>,
    versioning: &Read<bool>,
    removal: &Removal,
) -> Result<Lifecycle, Reported> {
    let expiration = table.field("expiration").optional(span(Days::parse));
    let noncurrent: ReadOption<Days> =
        table.field("noncurrent_version_expiration").optional(span(Days::parse));
    if let (Ok(Some(noncurrent)), Ok(versioning)) = (&noncurrent, versioning)
        && !versioning.value
    {
        let refused = Invalid::new(
            "needs bucket.versioning = true: without versions nothing becomes noncurrent",
        )
        .hint("write versioning = true under [bucket], or leave this out");
        table.problems.contradict(&noncurrent.at, &versioning.at, refused);
    }
    table.finish();
    Ok(Lifecycle {
        abort_incomplete_multipart_upload: known(&removal.abort)?.value,
        expiration: expiration?.map(|setting| setting.value),
        noncurrent_version_expiration: noncurrent?.map(|setting| setting.value),
        unconfirmed_expiration: removal
            .unconfirmed
            .as_ref()
            .map_err(|reported| *reported)?
            .as_ref()
            .map(|setting| setting.value),
    })
}

/// A table of tags, whose keys are anybody's.
pub(super) fn tags(table: &Table<'_>) -> Result<Tags, Reported> {
    let mut tags = Tags::default();
    let mut wrong = table.broken();
    table.each(|key, value, at| {
        let inserted = text(|value| Ok(value.to_owned()))(value.get_ref())
            .and_then(|value| tags.insert(key, &value));
        if let Err(invalid) = inserted {
            wrong = Some(table.problems.report(&at, invalid));
        }
    });
    wrong.map_or(Ok(tags), Err)
}
