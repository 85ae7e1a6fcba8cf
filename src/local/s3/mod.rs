//! S3: the protocol is `s3s`'s, the configuration of buckets and the checks that `s3s` does not make are here.
//! See <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html>.

mod access;
mod action;
mod admission;
mod bucket;
mod bucket_policy;
mod buckets;
mod cors;
mod cors_rules;
mod encryption;
mod error;
mod lifecycle;
mod ownership;
mod public_access;
mod put_object;
mod tagging;
mod uploads;
mod versioning;
mod versions;

use std::sync::Arc;

use s3s::service::{S3Service, S3ServiceBuilder};

use super::account::Account;

pub(crate) use admission::admit;
pub(crate) use cors::Cors;
pub(crate) use error::{Refusal, complete};

/// S3 over one account's buckets and one directory's objects.
#[derive(Debug)]
pub(crate) struct Buckets {
    account: Arc<Account>,
    objects: s3s_fs::FileSystem,
    /// Where the objects are.
    dir: std::path::PathBuf,
    conditional_writes: put_object::ConditionalWrites,
}

impl Buckets {
    /// Opens the directory that holds the objects.
    pub(crate) fn open(account: Arc<Account>, dir: std::path::PathBuf) -> Result<Self, s3s_fs::Error> {
        Ok(Self { account, objects: s3s_fs::FileSystem::new(&dir)?, dir, conditional_writes: put_object::ConditionalWrites::default() })
    }

    /// The HTTP service.
    pub(crate) fn into_service(self) -> S3Service {
        let account = Arc::clone(&self.account);
        let mut builder = S3ServiceBuilder::new(self);
        builder.set_auth(access::Keys(Arc::clone(&account)));
        builder.set_access(access::Gate(account));
        builder.build()
    }
}
