//! Listing open uploads and their parts.

use s3s::S3Result;
use s3s::dto::*;

use crate::objects::{Algorithm, Position, Upload, page};
use crate::s3::Buckets;
use crate::s3::elements::invalid_argument;
use crate::s3::objects::list::{Encoding, page_size};
use crate::s3::objects::{modified, set_checksums};

use super::refused;

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html>
pub(crate) async fn uploads(
    buckets: &Buckets,
    input: ListMultipartUploadsInput,
) -> S3Result<ListMultipartUploadsOutput> {
    buckets.read(&input.bucket, |_| ())?;
    let encoding = Encoding::of(input.encoding_type.as_ref())?;
    let max = page_size("max-uploads", input.max_uploads)?;
    let open = buckets.objects.uploads(&input.bucket);
    let after = input.key_marker.clone().filter(|key| !key.is_empty());
    let after = after.map(|key| Position {
        key,
        version_id: input.upload_id_marker.clone().filter(|id| !id.is_empty()),
    });
    if let Some(Position { key, version_id: Some(id) }) = &after
        && !open.iter().any(|upload| upload.id == *id && upload.key == *key)
    {
        return Err(invalid_argument("Invalid uploadId marker", "upload-id-marker", id));
    }
    let entries = open.iter().map(|upload| (upload.key.as_str(), Some(upload.id.as_str()), upload));
    let prefix = input.prefix.as_deref().unwrap_or_default();
    let found = page(
        entries,
        prefix,
        input.delimiter.as_deref(),
        after.as_ref(),
        usize::try_from(max).unwrap_or_default(),
    );
    let next_key = found.next.as_ref().map(|next| encoding.text(&next.key));
    Ok(ListMultipartUploadsOutput {
        uploads: Some(
            found.items.into_iter().map(|upload| entry(buckets, &encoding, upload)).collect(),
        ),
        common_prefixes: Some(encoding.prefixes(&found.common_prefixes)),
        is_truncated: Some(found.next.is_some()),
        next_key_marker: next_key,
        next_upload_id_marker: found.next.and_then(|next| next.version_id),
        bucket: Some(input.bucket),
        prefix: Some(encoding.text(prefix)),
        delimiter: input.delimiter.as_deref().map(|text| encoding.text(text)),
        key_marker: Some(encoding.text(input.key_marker.as_deref().unwrap_or_default())),
        upload_id_marker: Some(input.upload_id_marker.unwrap_or_default()),
        max_uploads: Some(max),
        encoding_type: input.encoding_type,
        ..Default::default()
    })
}

fn entry(buckets: &Buckets, encoding: &Encoding, upload: &Upload) -> MultipartUpload {
    MultipartUpload {
        key: Some(encoding.text(&upload.key)),
        upload_id: Some(upload.id.clone()),
        initiated: Some(modified(upload.initiated)),
        initiator: initiator(upload),
        owner: Some(buckets.owner()),
        storage_class: Some(
            upload
                .attributes
                .storage_class
                .clone()
                .unwrap_or_else(|| StorageClass::STANDARD.to_owned())
                .into(),
        ),
        checksum_algorithm: upload.algorithm.map(algorithm),
        checksum_type: checksum_type(upload),
    }
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html>
pub(crate) async fn parts(buckets: &Buckets, input: ListPartsInput) -> S3Result<ListPartsOutput> {
    buckets.read(&input.bucket, |_| ())?;
    let upload =
        buckets.objects.upload(&input.bucket, &input.key, &input.upload_id).map_err(refused)?;
    let max = page_size("max-parts", input.max_parts)?;
    let marker = input.part_number_marker.unwrap_or_default();
    let mut rest = upload.parts.values().filter(|part| part.number > marker).peekable();
    let mut parts = Vec::new();
    while let Some(part) = rest.next_if(|_| parts.len() < usize::try_from(max).unwrap_or_default())
    {
        let mut listed = Part {
            part_number: Some(part.number),
            size: i64::try_from(part.size).ok(),
            e_tag: Some(ETag::Strong(part.etag.clone())),
            last_modified: Some(modified(part.modified)),
            ..Default::default()
        };
        if upload.algorithm.is_some() {
            set_checksums!(listed, part.checksums);
        }
        parts.push(listed);
    }
    Ok(ListPartsOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(input.upload_id),
        is_truncated: Some(rest.peek().is_some()),
        next_part_number_marker: Some(
            parts.last().and_then(|part| part.part_number).unwrap_or_default(),
        ),
        part_number_marker: Some(marker),
        max_parts: Some(max),
        parts: Some(parts),
        initiator: initiator(&upload),
        owner: Some(buckets.owner()),
        checksum_type: checksum_type(&upload),
        storage_class: Some(
            upload
                .attributes
                .storage_class
                .unwrap_or_else(|| StorageClass::STANDARD.to_owned())
                .into(),
        ),
        checksum_algorithm: upload.algorithm.map(algorithm),
        ..Default::default()
    })
}

fn initiator(upload: &Upload) -> Option<Initiator> {
    upload.initiator.clone().map(|id| Initiator { id: Some(id), display_name: None })
}

/// Of the object's checksum to be, where an algorithm was chosen.
fn checksum_type(upload: &Upload) -> Option<ChecksumType> {
    let kind =
        if upload.is_composite { ChecksumType::COMPOSITE } else { ChecksumType::FULL_OBJECT };
    upload.algorithm.map(|_| ChecksumType::from_static(kind))
}

fn algorithm(algorithm: Algorithm) -> ChecksumAlgorithm {
    ChecksumAlgorithm::from_static(algorithm.name())
}
