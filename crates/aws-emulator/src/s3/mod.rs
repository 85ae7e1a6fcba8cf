//! S3: the protocol and the checking of signatures are `s3s`'s; what the operations do, CORS, and what `s3s` does not refuse
//! are here.
//! See <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html>.

mod access;
mod admission;
mod arguments;
mod bucket;
mod buckets;
mod condition_keys;
mod cors;
mod elements;
mod error;
pub(crate) mod form;
mod multipart;
mod needs;
mod objects;
mod payload;
mod permission;
mod query_headers;
mod refused;
mod respell;
mod routes;
mod settings;
mod signature_v2;
pub(crate) mod sub_resources;
mod tags_of_create;

use std::sync::Arc;

use s3s::service::{S3Service, S3ServiceBuilder};

use super::account::Account;
use super::objects::ObjectStore;
use super::virtual_host::Localhost;

pub(crate) use admission::admit;
pub(crate) use cors::Cors;
pub(crate) use error::{Asked, Refusal, complete};
pub(crate) use payload::{check_document, check_payload};
pub(crate) use permission::{Caller, Signed};
pub(crate) use query_headers::add_query_headers;
pub use refused::SignedRequests;
pub(crate) use respell::respell;
pub(crate) use tags_of_create::take_tags_of_create;

/// S3 over one account's buckets.
#[derive(Debug, Clone)]
pub(crate) struct Buckets {
    account: Arc<Account>,
    objects: Arc<ObjectStore>,
}

impl Buckets {
    /// The account's buckets, whose objects are in this store.
    pub(crate) fn new(account: Arc<Account>, objects: Arc<ObjectStore>) -> Self {
        Self { account, objects }
    }

    /// The HTTP service.
    pub(crate) fn into_service(self) -> S3Service {
        let (account, objects) = (Arc::clone(&self.account), Arc::clone(&self.objects));
        let gate = access::Gate { account: Arc::clone(&account), objects };
        let routes = routes::Routes { gate: gate.clone(), buckets: self.clone() };
        let mut builder = S3ServiceBuilder::new(self);
        builder.set_auth(access::Keys(account));
        builder.set_access(gate);
        builder.set_route(routes);
        builder.set_host(Localhost);
        builder.build()
    }
}
