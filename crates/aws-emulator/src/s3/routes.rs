//! Operations whose requests or answers `s3s` does not know all of: they are read and written here. What is not implemented
//! is refused here too, before `s3s` takes it for another operation.

use hyper::http::Extensions;
use hyper::{HeaderMap, Method, Uri};
use s3s::path::S3Path;
use s3s::route::S3Route;
use s3s::{Body, S3Request, S3Response, S3Result, s3_error};

use crate::virtual_host;

use super::access::{Gate, Passing};
use super::objects::object_attributes;
use super::settings::encryption;
use super::sub_resources::Unimplemented;
use super::{Buckets, permission};

/// What a document has at most, in bytes.
const LARGEST: usize = 64 * 1024;

/// Leads to those operations.
pub(super) struct Routes {
    pub(super) gate: Gate,
    pub(super) buckets: Buckets,
}

/// One of them.
enum Route {
    GetBucketEncryption,
    PutBucketEncryption,
    GetObjectAttributes,
    Unimplemented(Unimplemented),
}

impl Route {
    /// The operation that a request asks for, if it is one of them.
    fn of(method: &Method, uri: &Uri, headers: &HeaderMap) -> Option<Self> {
        let (bucket, key) = virtual_host::address(uri, headers);
        let query = permission::query(uri);
        if let Some(unimplemented) =
            Unimplemented::of(method, bucket.as_deref(), key.as_deref(), &query, headers)
        {
            return Some(Self::Unimplemented(unimplemented));
        }
        bucket?;
        let has = |name: &str| query.iter().any(|(own, _)| own == name);
        match (method, key.is_some()) {
            (&Method::GET, false) if has("encryption") => Some(Self::GetBucketEncryption),
            (&Method::PUT, false) if has("encryption") => Some(Self::PutBucketEncryption),
            (&Method::GET, true) if has("attributes") => Some(Self::GetObjectAttributes),
            _ => None,
        }
    }

    /// The operation's name, as `s3s` would name it.
    fn name(&self) -> S3Result<&'static str> {
        match self {
            Self::GetBucketEncryption => Ok("GetBucketEncryption"),
            Self::PutBucketEncryption => Ok("PutBucketEncryption"),
            Self::GetObjectAttributes => Ok("GetObjectAttributes"),
            Self::Unimplemented(unimplemented) => Err(unimplemented.refusal()),
        }
    }
}

#[async_trait::async_trait]
impl S3Route for Routes {
    fn is_match(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        _: &mut Extensions,
    ) -> bool {
        Route::of(method, uri, headers).is_some()
    }

    async fn check_access(&self, request: &mut S3Request<Body>) -> S3Result<()> {
        let Some(route) = Route::of(&request.method, &request.uri, &request.headers) else {
            return Err(s3_error!(NotImplemented));
        };
        let operation = route.name()?;
        let path = match virtual_host::address(&request.uri, &request.headers) {
            (Some(bucket), Some(key)) => S3Path::object(&bucket, &key),
            (bucket, _) => S3Path::bucket(&bucket.unwrap_or_default()),
        };
        self.gate.pass(Passing {
            is_proved: request.credentials.is_some(),
            operation,
            path: &path,
            headers: &request.headers,
            uri: &request.uri,
            extensions: &mut request.extensions,
        })
    }

    async fn call(&self, mut request: S3Request<Body>) -> S3Result<S3Response<Body>> {
        let (bucket, key) = virtual_host::address(&request.uri, &request.headers);
        let bucket = bucket.unwrap_or_default();
        match Route::of(&request.method, &request.uri, &request.headers) {
            Some(Route::GetBucketEncryption) => {
                encryption::get(&self.buckets, &bucket).map(document)
            }
            Some(Route::PutBucketEncryption) => {
                let body = request
                    .input
                    .store_all_limited(LARGEST)
                    .await
                    .map_err(|_| s3_error!(MalformedXML))?;
                encryption::put(&self.buckets, &bucket, &body)?;
                Ok(S3Response::new(Body::empty()))
            }
            Some(Route::GetObjectAttributes) => {
                let query = permission::query(&request.uri);
                let wanted = object_attributes::Wanted::read(&request.headers, &query)?;
                let (text, headers) =
                    wanted.get(&self.buckets, &bucket, &key.unwrap_or_default())?;
                let mut response = document(text);
                response.headers.extend(headers);
                Ok(response)
            }
            Some(Route::Unimplemented(unimplemented)) => Err(unimplemented.refusal()),
            None => Err(s3_error!(NotImplemented)),
        }
    }
}

/// An answer with an XML document.
fn document(text: String) -> S3Response<Body> {
    let mut response = S3Response::new(Body::from(text));
    response.headers.insert(
        hyper::header::CONTENT_TYPE,
        hyper::header::HeaderValue::from_static("application/xml"),
    );
    response
}
