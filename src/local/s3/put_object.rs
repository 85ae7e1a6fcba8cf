//! PutObject. `s3s-fs` stores it; what it would let through is stopped here:
//! it replaces the object before it compares content and checksums, and of two conditional writes at once it lets both in.

use std::collections::HashSet;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures::{Stream, StreamExt as _, stream};
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum as _, Md5};
use s3s::dto::{Checksum, PutObjectInput, PutObjectOutput, StreamingBlob};
use s3s::{S3, S3ErrorCode, S3Request, S3Response, S3Result, s3_error};

use super::Buckets;
use super::bucket::no_bucket;

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html>
pub(super) async fn put(buckets: &Buckets, mut request: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
    let input = &mut request.input;
    // s3s-fs would make the bucket's directory
    if !buckets.account.store.read().buckets.contains_key(&input.bucket) {
        return Err(no_bucket(&input.bucket));
    }
    let _write = match &input.if_none_match {
        Some(condition) if condition.is_any() => Some(buckets.conditional_writes.begin(&input.bucket, &input.key)?),
        _ => None,
    };
    let differs = Arc::new(AtomicBool::new(false));
    if let Some(body) = input.body.take() {
        let body = Stated::by(input, body).checked(Arc::clone(&differs));
        input.body = Some(StreamingBlob::wrap(body));
    }
    let stored = buckets.objects.put_object(request).await;
    if differs.load(Ordering::Relaxed) { Err(S3ErrorCode::BadDigest.into()) } else { stored }
}

/// The keys that a write with `If-None-Match: *` is under way for.
#[derive(Debug, Default)]
pub(super) struct ConditionalWrites(Mutex<HashSet<(String, String)>>);

impl ConditionalWrites {
    /// See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html>.
    fn begin(&self, bucket: &str, key: &str) -> S3Result<ConditionalWrite<'_>> {
        let object = (bucket.to_owned(), key.to_owned());
        let mut under_way = self.0.lock().map_err(|_| s3_error!(InternalError))?;
        if !under_way.insert(object.clone()) {
            return Err(s3_error!(
                ConditionalRequestConflict,
                "The conditional request cannot succeed due to a conflicting operation against this resource."
            ));
        }
        Ok(ConditionalWrite { writes: self, object })
    }
}

struct ConditionalWrite<'a> {
    writes: &'a ConditionalWrites,
    object: (String, String),
}

impl Drop for ConditionalWrite<'_> {
    fn drop(&mut self) {
        if let Ok(mut under_way) = self.writes.0.lock() {
            under_way.remove(&self.object);
        }
    }
}

/// A body, and what the request's headers say of it.
struct Stated {
    body: StreamingBlob,
    checksums: Checksum,
    md5: Option<String>,
}

impl Stated {
    fn by(input: &PutObjectInput, body: StreamingBlob) -> Self {
        let checksums = Checksum {
            checksum_crc32: input.checksum_crc32.clone(),
            checksum_crc32c: input.checksum_crc32c.clone(),
            checksum_crc64nvme: input.checksum_crc64nvme.clone(),
            checksum_sha1: input.checksum_sha1.clone(),
            checksum_sha256: input.checksum_sha256.clone(),
            ..Checksum::default()
        };
        Self { body, checksums, md5: input.content_md5.clone() }
    }

    /// The body, ending in an error where it is not what was stated.
    fn checked(self, differs: Arc<AtomicBool>) -> impl Stream<Item = io::Result<Bytes>> {
        let Self { body, checksums: stated, md5: stated_md5 } = self;
        let hasher = ChecksumHasher {
            crc32: stated.checksum_crc32.as_ref().map(|_| Default::default()),
            crc32c: stated.checksum_crc32c.as_ref().map(|_| Default::default()),
            crc64nvme: stated.checksum_crc64nvme.as_ref().map(|_| Default::default()),
            sha1: stated.checksum_sha1.as_ref().map(|_| Default::default()),
            sha256: stated.checksum_sha256.as_ref().map(|_| Default::default()),
        };
        let md5 = stated_md5.map(|stated| (stated, Md5::new()));
        stream::try_unfold((body, hasher, md5, stated, differs), |(mut body, mut hasher, mut md5, stated, differs)| async move {
            if let Some(chunk) = body.next().await {
                let chunk = chunk.map_err(io::Error::other)?;
                hasher.update(&chunk);
                if let Some((_, md5)) = &mut md5 {
                    md5.update(&chunk);
                }
                return Ok(Some((chunk, (body, hasher, md5, stated, differs))));
            }
            if hasher.finalize() == stated && md5.is_none_or(|(stated, md5)| STANDARD.encode(md5.finalize()) == stated) {
                return Ok(None);
            }
            differs.store(true, Ordering::Relaxed);
            Err(io::Error::other("the content is not what the request says"))
        })
    }
}
