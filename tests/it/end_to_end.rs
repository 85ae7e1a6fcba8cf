//! From an empty account to the first upload, and back.

use crate::backend::{Backend, on_every_backend};

on_every_backend!(upload_end_to_end);

async fn upload_end_to_end(backend: &Backend) {
    let bucket = backend.unique_bucket("upload");
    let s3 = backend.s3();
    assert!(s3.head_bucket().bucket(&bucket).send().await.is_err());
}
