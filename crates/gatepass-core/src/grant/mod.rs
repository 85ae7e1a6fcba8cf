//! One upload's rights: a request is checked against the contract, given a key, and signed. And one download's.
//!
//! This room is pure: time, credentials and randomness are parameters.

mod address;
mod credentials;
mod disposition;
mod download;
mod encode;
mod exposed;
mod extras;
mod form;
mod free_parts;
mod headers;
mod hmac;
mod key;
mod key_shape;
mod link;
mod method;
mod moment;
mod multipart;
mod parts;
mod presigned_url;
mod receipt;
mod refusal;
mod request;
mod seal;
mod signed_headers;
mod sigv4;
mod ticket;
mod unsigned_url;
mod upload;

#[cfg(any(test, feature = "test-support"))]
#[doc(hidden)]
#[allow(missing_docs)]
pub mod fixtures;

pub use address::BucketAddress;
pub use credentials::SigningCredentials;
pub use disposition::Disposition;
pub use download::{CheckedDownload, DownloadGrant, DownloadRefusal, DownloadRequest};
pub use exposed::{ExposedDownload, ExposedForm, ExposedGrant, ExposedPart};
pub use extras::{ExtraRefusal, Extras};
pub use form::FormGrant;
pub use free_parts::whole_of_free_parts;
pub use headers::client_headers;
pub use key::ObjectKey;
pub use link::{Link, LinkError, LinkOperation};
pub use method::Method;
pub use multipart::{NewMultipartUpload, PartGrant, PartsError, StoredPart};
pub use parts::PartPlan;
pub use presigned_url::PresignedUrl;
pub use receipt::{ObjectDiffers, Receipt, ReceiptError, ReceiptKeys, StoredObject};
pub use refusal::Refusal;
pub use request::{CheckedForm, CheckedUpload, UploadRequest, Way, whole};
pub use sigv4::{PresignRequest, SignError, Signer};
pub use ticket::{MultipartTicket, SecretError, Ticket, TicketError, TicketKeys};
pub use upload::{Grant, GrantMaker};
