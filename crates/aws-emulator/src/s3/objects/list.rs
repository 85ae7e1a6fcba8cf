//! Listing objects.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use s3s::S3Result;
use s3s::dto::*;

use crate::objects::{Page, Position, Version, page};
use crate::s3::Buckets;
use crate::s3::elements::invalid_argument;

use super::{etag, modified};

/// What `encoding-type=url` leaves as it is.
const PLAIN: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');
/// What a page holds at most.
const MOST: i32 = 1000;

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>
pub(crate) async fn list_v2(
    buckets: &Buckets,
    input: ListObjectsV2Input,
) -> S3Result<ListObjectsV2Output> {
    let encoding = Encoding::of(input.encoding_type.as_ref())?;
    let after = match (&input.continuation_token, &input.start_after) {
        (Some(token), _) => Some(from_token(token)?),
        (None, after) => after.clone(),
    };
    let max_keys = page_size("maxKeys", input.max_keys)?;
    let found = objects(
        buckets,
        &input.bucket,
        input.prefix.as_deref(),
        input.delimiter.as_deref(),
        after,
        max_keys,
    )?;
    let owner = input.fetch_owner.unwrap_or_default().then(|| buckets.owner());
    let contents = found
        .items
        .iter()
        .map(|version| object(version, &encoding, owner.clone()))
        .collect::<Vec<_>>();
    let common_prefixes = encoding.prefixes(&found.common_prefixes);
    Ok(ListObjectsV2Output {
        key_count: i32::try_from(contents.len() + common_prefixes.len()).ok(),
        contents: Some(contents),
        common_prefixes: Some(common_prefixes),
        is_truncated: Some(found.next.is_some()),
        next_continuation_token: found.next.map(|next| to_token(&next.key)),
        name: Some(input.bucket),
        prefix: Some(encoding.text(input.prefix.as_deref().unwrap_or_default())),
        delimiter: input.delimiter.as_deref().map(|text| encoding.text(text)),
        start_after: input.start_after.as_deref().map(|text| encoding.text(text)),
        continuation_token: input.continuation_token,
        max_keys: Some(max_keys),
        encoding_type: input.encoding_type,
        ..Default::default()
    })
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html>
pub(crate) async fn list(
    buckets: &Buckets,
    input: ListObjectsInput,
) -> S3Result<ListObjectsOutput> {
    let encoding = Encoding::of(input.encoding_type.as_ref())?;
    let max_keys = page_size("maxKeys", input.max_keys)?;
    let found = objects(
        buckets,
        &input.bucket,
        input.prefix.as_deref(),
        input.delimiter.as_deref(),
        input.marker.clone(),
        max_keys,
    )?;
    let contents =
        found.items.iter().map(|version| object(version, &encoding, Some(buckets.owner())));
    Ok(ListObjectsOutput {
        contents: Some(contents.collect()),
        common_prefixes: Some(encoding.prefixes(&found.common_prefixes)),
        is_truncated: Some(found.next.is_some()),
        // without a delimiter the last key is the marker
        next_marker: found
            .next
            .filter(|_| input.delimiter.is_some())
            .map(|next| encoding.text(&next.key)),
        name: Some(input.bucket),
        prefix: Some(encoding.text(input.prefix.as_deref().unwrap_or_default())),
        delimiter: input.delimiter.as_deref().map(|text| encoding.text(text)),
        marker: Some(encoding.text(input.marker.as_deref().unwrap_or_default())),
        max_keys: Some(max_keys),
        encoding_type: input.encoding_type,
        ..Default::default()
    })
}

/// The newest versions of a bucket's objects that are no delete markers.
fn objects(
    buckets: &Buckets,
    bucket: &str,
    prefix: Option<&str>,
    delimiter: Option<&str>,
    after: Option<String>,
    max_keys: i32,
) -> S3Result<Page<Version>> {
    buckets.read(bucket, |_| ())?;
    let after =
        after.filter(|after| !after.is_empty()).map(|key| Position { key, version_id: None });
    Ok(buckets.objects.read(bucket, |keys| {
        let newest =
            keys.iter().filter_map(|(key, versions)| Some((key.as_str(), None, versions.first()?)));
        let objects = newest.filter(|(_, _, version)| !version.delete_marker);
        let found = page(
            objects,
            prefix.unwrap_or_default(),
            delimiter,
            after.as_ref(),
            usize::try_from(max_keys).unwrap_or_default(),
        );
        Page {
            items: found.items.into_iter().cloned().collect(),
            common_prefixes: found.common_prefixes,
            next: found.next,
        }
    }))
}

fn object(version: &Version, encoding: &Encoding, owner: Option<Owner>) -> Object {
    Object {
        key: Some(encoding.text(&version.key)),
        size: i64::try_from(version.size).ok(),
        e_tag: Some(etag(version)),
        last_modified: Some(modified(version.modified)),
        storage_class: Some(storage_class(version).into()),
        checksum_algorithm: version
            .checksums
            .value
            .as_ref()
            .map(|(algorithm, _)| vec![ChecksumAlgorithm::from_static(algorithm.name())]),
        checksum_type: version.checksums.kind(),
        owner,
        ..Default::default()
    }
}

/// `STANDARD` unless the uploader said another one.
pub(super) fn storage_class(version: &Version) -> String {
    version
        .attributes
        .storage_class
        .clone()
        .unwrap_or_else(|| ObjectStorageClass::STANDARD.to_owned())
}

/// The page size asked for, at most a thousand.
pub(crate) fn page_size(argument: &str, asked: Option<i32>) -> S3Result<i32> {
    match asked {
        Some(negative) if negative < 0 => Err(invalid_argument(
            format!("Argument {argument} must be an integer between 0 and {}", i32::MAX),
            argument,
            negative,
        )),
        asked => Ok(asked.unwrap_or(MOST).min(MOST)),
    }
}

/// A continuation token: where the next page begins.
pub(crate) fn to_token(key: &str) -> String {
    URL_SAFE_NO_PAD.encode(key)
}

/// What such a token says.
pub(crate) fn from_token(token: &str) -> S3Result<String> {
    let key = URL_SAFE_NO_PAD
        .decode(token)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .filter(|key| !key.is_empty());
    key.ok_or_else(|| {
        invalid_argument(
            "The continuation token provided is incorrect",
            "continuation-token",
            token,
        )
    })
}

/// How keys are written.
pub(crate) struct Encoding {
    url: bool,
}

impl Encoding {
    /// `encoding-type`
    pub(crate) fn of(encoding_type: Option<&EncodingType>) -> S3Result<Self> {
        match encoding_type.map(EncodingType::as_str) {
            None => Ok(Self { url: false }),
            Some(EncodingType::URL) => Ok(Self { url: true }),
            Some(unknown) => Err(invalid_argument(
                "Invalid Encoding Method specified in Request",
                "encoding-type",
                unknown,
            )),
        }
    }

    /// A key, a prefix, …
    pub(crate) fn text(&self, text: &str) -> String {
        // a blank is a plus, as in a form
        if self.url {
            utf8_percent_encode(text, PLAIN).to_string().replace("%20", "+")
        } else {
            text.to_owned()
        }
    }

    /// Common prefixes.
    pub(crate) fn prefixes(&self, prefixes: &[String]) -> Vec<CommonPrefix> {
        prefixes.iter().map(|prefix| CommonPrefix { prefix: Some(self.text(prefix)) }).collect()
    }
}

impl Buckets {
    /// The account, as the owner of everything.
    pub(crate) fn owner(&self) -> Owner {
        Owner { id: Some(self.account.canonical_id()), display_name: None }
    }
}
