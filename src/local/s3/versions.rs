//! The versions of objects: each object's current one.

use s3s::dto::*;
use s3s::{S3, S3Request, S3Result};

use super::Buckets;

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html>
pub(super) async fn list(buckets: &Buckets, input: ListObjectVersionsInput) -> S3Result<ListObjectVersionsOutput> {
    buckets.read(&input.bucket, |_| ())?;
    let page = ListObjectsV2Input {
        bucket: input.bucket.clone(),
        delimiter: input.delimiter.clone(),
        max_keys: input.max_keys,
        prefix: input.prefix.clone(),
        start_after: input.key_marker.clone(),
        ..Default::default()
    };
    let page = buckets.objects.list_objects_v2(internal(page)).await?.output;
    let versions = page.contents.unwrap_or_default().into_iter().map(|object| ObjectVersion {
        key: object.key,
        size: object.size,
        e_tag: object.e_tag,
        last_modified: object.last_modified,
        is_latest: Some(true),
        version_id: Some("null".to_owned()),
        storage_class: Some(ObjectVersionStorageClass::from_static(ObjectVersionStorageClass::STANDARD)),
        ..Default::default()
    });
    Ok(ListObjectVersionsOutput {
        common_prefixes: page.common_prefixes,
        delimiter: input.delimiter,
        is_truncated: page.is_truncated,
        key_marker: input.key_marker,
        max_keys: page.max_keys,
        name: Some(input.bucket),
        next_key_marker: page.next_continuation_token,
        prefix: input.prefix,
        versions: Some(versions.collect()),
        ..Default::default()
    })
}

impl Buckets {
    /// Whether a bucket holds an object.
    pub(super) async fn holds_anything(&self, bucket: &str) -> S3Result<bool> {
        let page = ListObjectsV2Input { bucket: bucket.to_owned(), max_keys: Some(1), ..Default::default() };
        let page = self.objects.list_objects_v2(internal(page)).await?.output;
        Ok(page.contents.is_some_and(|contents| !contents.is_empty()))
    }
}

/// A request that nobody sent.
fn internal<T>(input: T) -> S3Request<T> {
    S3Request {
        input,
        method: hyper::Method::GET,
        uri: hyper::Uri::default(),
        headers: hyper::HeaderMap::new(),
        extensions: hyper::http::Extensions::new(),
        credentials: None,
        region: None,
        service: None,
        trailing_headers: None,
    }
}
