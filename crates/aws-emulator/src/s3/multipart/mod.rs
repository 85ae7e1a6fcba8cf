//! Multipart uploads.
//! See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html>.

pub(super) mod complete;
pub(super) mod create;
pub(super) mod list;
pub(super) mod part;
pub(super) mod part_copy;

use s3s::{S3Error, s3_error};

use crate::objects::{SMALLEST_PART, UploadRefusal};

use super::elements::Explained as _;
use super::objects::put::not_received;

/// Why a request about an upload was refused, in S3's terms.
fn refused(refusal: UploadRefusal) -> S3Error {
    match refusal {
        UploadRefusal::NoSuchUpload => s3_error!(
            NoSuchUpload,
            "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed."
        ),
        UploadRefusal::InvalidPart { number, etag } => s3_error!(
            InvalidPart,
            "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag."
        )
        .with("PartNumber", number)
        .with("ETag", etag),
        UploadRefusal::PartWithoutChecksum { number, algorithm } => s3_error!(
            InvalidRequest,
            "The upload was created using a {} checksum. The complete request must include the checksum for each part. It was missing \
             for part {number} in the request.",
            algorithm.name().to_ascii_lowercase()
        ),
        UploadRefusal::InvalidPartOrder => {
            s3_error!(InvalidPartOrder, "The list of parts was not in ascending order. Parts must be ordered by part number.")
        }
        UploadRefusal::EntityTooSmall { number, size, etag } => {
            s3_error!(EntityTooSmall, "Your proposed upload is smaller than the minimum allowed size")
                .with("ProposedSize", size)
                .with("MinSizeAllowed", SMALLEST_PART)
                .with("PartNumber", number)
                .with("ETag", etag)
        }
        UploadRefusal::OtherChecksum(algorithm) => {
            s3_error!(BadDigest, "The {} you specified did not match the calculated checksum.", algorithm.name())
        }
        UploadRefusal::Receive(error) => not_received(error),
    }
}
