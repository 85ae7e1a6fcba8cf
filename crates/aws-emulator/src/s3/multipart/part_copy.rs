//! Taking a part from an object that is there.

use s3s::dto::*;
use s3s::{S3Error, S3Result, s3_error};
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};

use crate::objects::Declared;
use crate::s3::Buckets;
use crate::s3::arguments::check_version_id;
use crate::s3::elements::invalid_argument;
use crate::s3::objects::archived;
use crate::s3::objects::copy::source_conditions;
use crate::s3::objects::customer_key::{CustomerKey, customer_key, customer_key_of_source};
use crate::s3::objects::put::not_received;
use crate::s3::objects::{missing_source, modified, set_checksums, set_encryption};

use super::part::check_number;
use super::refused;

/// Which bytes of the source are taken.
const RANGE: &str = "x-amz-copy-source-range";

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html>
pub(crate) async fn copy(
    buckets: &Buckets,
    input: UploadPartCopyInput,
) -> S3Result<UploadPartCopyOutput> {
    check_number(input.part_number)?;
    let upload =
        buckets.objects.upload(&input.bucket, &input.key, &input.upload_id).map_err(refused)?;
    CustomerKey::check_part(customer_key!(input)?.as_ref(), &upload.attributes.encryption)?;
    let CopySource::Bucket { bucket, key, version_id } = &input.copy_source else {
        return Err(s3_error!(
            NotImplemented,
            "Only objects of this account's buckets can be copied"
        ));
    };
    buckets.read(bucket, |_| ())?;
    if let Some(id) = version_id {
        check_version_id(&buckets.account, bucket, id)?;
    }
    let source = buckets.objects.find(bucket, key, version_id.as_deref());
    let source = source.map_err(|found| missing_source(found, key, version_id.as_deref()))?;
    CustomerKey::check(customer_key_of_source!(input)?.as_ref(), &source.attributes.encryption)?;
    source_conditions!(input).check(&source)?;
    archived::check(&source, "Operation is not valid for the source object's storage class")?;
    let (first, length) = match input.copy_source_range.as_deref() {
        None => (0, source.size),
        Some(range) => {
            let (first, last) = parse_range(range)
                .ok_or_else(|| invalid_argument("The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy", RANGE, range))?;
            if last >= source.size {
                let message = format!(
                    "Range specified is not valid for source object of size: {}",
                    source.size
                );
                return Err(invalid_argument(message, RANGE, range));
            }
            (first, last - first + 1)
        }
    };
    let mut file = tokio::fs::File::open(buckets.objects.file(bucket, &source.id))
        .await
        .map_err(S3Error::internal_error)?;
    file.seek(std::io::SeekFrom::Start(first)).await.map_err(S3Error::internal_error)?;
    let body =
        futures::StreamExt::map(tokio_util::io::ReaderStream::new(file.take(length)), |bytes| {
            bytes.map_err(Into::into)
        });
    let checksum = upload.algorithm.map(|algorithm| (algorithm, None));
    let declared = Declared { length: Some(length), checksum, ..Declared::default() };
    let received = buckets.objects.receive(Some(body), declared).await.map_err(not_received)?;
    let part = buckets.objects.add_part(&upload, input.part_number, received).map_err(refused)?;
    let mut result = CopyPartResult {
        e_tag: Some(ETag::Strong(part.etag)),
        last_modified: Some(modified(part.modified)),
        ..Default::default()
    };
    if upload.algorithm.is_some() {
        set_checksums!(result, part.checksums);
    }
    let mut output = UploadPartCopyOutput {
        copy_part_result: Some(result),
        copy_source_version_id: source.version_id,
        ..Default::default()
    };
    set_encryption!(output, upload.attributes.encryption);
    Ok(output)
}

/// `bytes=first-last`
fn parse_range(text: &str) -> Option<(u64, u64)> {
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last).then_some((first, last))
}
