//! Listing versions of objects and delete markers.

use s3s::S3Result;
use s3s::dto::*;

use crate::objects::{Position, Version, page};
use crate::s3::Buckets;
use crate::s3::elements::invalid_argument;

use super::list::{Encoding, page_size, storage_class};
use super::{etag, modified};

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html>
pub(crate) async fn list(
    buckets: &Buckets,
    input: ListObjectVersionsInput,
) -> S3Result<ListObjectVersionsOutput> {
    buckets.read(&input.bucket, |_| ())?;
    let encoding = Encoding::of(input.encoding_type.as_ref())?;
    let max_keys = page_size("maxKeys", input.max_keys)?;
    if let Some(marker) = input.version_id_marker.as_deref().filter(|marker| !marker.is_empty())
        && input.key_marker.as_deref().is_none_or(str::is_empty)
    {
        let message = "A version-id marker cannot be specified without a key marker.";
        return Err(invalid_argument(message, "version-id-marker", marker));
    }
    let after = input.key_marker.clone().filter(|key| !key.is_empty());
    let after = after.map(|key| Position {
        key,
        version_id: input.version_id_marker.clone().filter(|id| !id.is_empty()),
    });
    let found = buckets.objects.read(&input.bucket, |keys| {
        let all = keys.iter().flat_map(|(key, versions)| {
            versions.iter().enumerate().map(|(age, version)| {
                (key.as_str(), Some(version.id_text()), (age == 0, version.clone()))
            })
        });
        let prefix = input.prefix.as_deref().unwrap_or_default();
        page(
            all,
            prefix,
            input.delimiter.as_deref(),
            after.as_ref(),
            usize::try_from(max_keys).unwrap_or_default(),
        )
    });
    let (markers, versions): (Vec<_>, Vec<_>) =
        found.items.into_iter().partition(|(_, version)| version.delete_marker);
    let versions = versions
        .iter()
        .map(|(is_latest, version)| object_version(buckets, &encoding, *is_latest, version));
    let markers = markers.iter().map(|(is_latest, marker)| DeleteMarkerEntry {
        key: Some(encoding.text(&marker.key)),
        version_id: Some(marker.id_text().to_owned()),
        is_latest: Some(*is_latest),
        last_modified: Some(modified(marker.modified)),
        owner: Some(buckets.owner()),
    });
    let next_key = found.next.as_ref().map(|next| encoding.text(&next.key));
    Ok(ListObjectVersionsOutput {
        versions: Some(versions.collect()),
        delete_markers: Some(markers.collect()),
        common_prefixes: Some(encoding.prefixes(&found.common_prefixes)),
        is_truncated: Some(found.next.is_some()),
        next_key_marker: next_key,
        next_version_id_marker: found.next.and_then(|next| next.version_id),
        name: Some(input.bucket),
        prefix: Some(encoding.text(input.prefix.as_deref().unwrap_or_default())),
        delimiter: input.delimiter.as_deref().map(|text| encoding.text(text)),
        key_marker: Some(encoding.text(input.key_marker.as_deref().unwrap_or_default())),
        version_id_marker: Some(input.version_id_marker.unwrap_or_default()),
        max_keys: Some(max_keys),
        encoding_type: input.encoding_type,
        ..Default::default()
    })
}

fn object_version(
    buckets: &Buckets,
    encoding: &Encoding,
    is_latest: bool,
    version: &Version,
) -> ObjectVersion {
    ObjectVersion {
        key: Some(encoding.text(&version.key)),
        version_id: Some(version.id_text().to_owned()),
        is_latest: Some(is_latest),
        size: i64::try_from(version.size).ok(),
        e_tag: Some(etag(version)),
        last_modified: Some(modified(version.modified)),
        storage_class: Some(storage_class(version).into()),
        owner: Some(buckets.owner()),
        checksum_algorithm: version
            .checksums
            .value
            .as_ref()
            .map(|(algorithm, _)| vec![ChecksumAlgorithm::from_static(algorithm.name())]),
        checksum_type: version.checksums.kind(),
        ..Default::default()
    }
}
