//! The file of a form: its bytes as they come, counted.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use http_body_util::StreamBody;
use hyper::body::Frame;
use multer::Field;
use s3s::Body;

use crate::s3::Refusal;

/// What one upload takes at most, in bytes.
const LARGEST: u64 = 5 << 30;

/// How long a file may be, and whether it was.
#[derive(Debug, Clone, Default)]
pub(super) struct Length {
    range: Option<(u64, u64)>,
    refusal: Arc<Mutex<Option<Refusal>>>,
}

impl Length {
    /// Within `content-length-range`, if there is one.
    pub(super) fn within(range: Option<(u64, u64)>) -> Self {
        Self { range, refusal: Arc::default() }
    }

    /// Why the file was not taken, if it was its length.
    pub(super) fn refusal(&self) -> Option<Refusal> {
        self.refusal.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn refuse(&self, refusal: Refusal) -> std::io::Error {
        *self.refusal.lock().unwrap_or_else(PoisonError::into_inner) = Some(refusal);
        std::io::Error::other("the file has another length than the form allows")
    }

    fn check(&self, so_far: u64, is_all: bool) -> std::io::Result<()> {
        let (least, most) = self.range.unwrap_or((0, LARGEST));
        if so_far > most {
            let refusal = Refusal::bad_request(
                "EntityTooLarge",
                "Your proposed upload exceeds the maximum allowed size",
            )
            .with("ProposedSize", so_far.to_string())
            .with("MaxSizeAllowed", most.to_string());
            return Err(self.refuse(refusal));
        }
        if is_all && so_far < least {
            let refusal = Refusal::bad_request(
                "EntityTooSmall",
                "Your proposed upload is smaller than the minimum allowed size",
            )
            .with("ProposedSize", so_far.to_string())
            .with("MinSizeAllowed", least.to_string());
            return Err(self.refuse(refusal));
        }
        Ok(())
    }
}

/// The body of the PUT: it fails where the length is wrong, so that nothing is stored.
pub(super) fn body(file: Field<'static>, length: &Length) -> Body {
    let bytes =
        stream::try_unfold((file, length.clone(), 0), async |(mut file, length, before)| {
            let bytes = file.chunk().await.map_err(std::io::Error::other)?;
            let so_far = before + bytes.as_ref().map_or(0, |bytes| bytes.len() as u64);
            length.check(so_far, bytes.is_none())?;
            Ok::<Option<(Bytes, _)>, std::io::Error>(
                bytes.map(|bytes| (bytes, (file, length, so_far))),
            )
        });
    Body::http_body_unsync(StreamBody::new(bytes.map_ok(Frame::data).boxed()))
}
