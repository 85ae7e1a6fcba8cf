//! Which sub-resources of S3 this emulator implements. A request with one that it does not is answered with 501 before
//! anything is authorized or executed, and is never taken for the operation without the sub-resource.

use hyper::{HeaderMap, Method, StatusCode};
use iam_policy::s3_sub_resources;
#[cfg(test)]
use iam_policy::{S3Resource, S3SubResource};
use s3s::S3Error;

use super::elements::Explained as _;
use super::objects::custom;

/// The sub-resources of buckets that are implemented, with their methods.
const OF_BUCKETS: [(&str, &[Method]); 25] = [
    ("accelerate", &[Method::GET]),
    ("acl", &[Method::GET, Method::PUT]),
    ("analytics", &[Method::GET]),
    ("cors", &[Method::GET, Method::PUT, Method::DELETE]),
    ("delete", &[Method::POST]),
    ("encryption", &[Method::GET, Method::PUT, Method::DELETE]),
    ("intelligent-tiering", &[Method::GET]),
    ("inventory", &[Method::GET]),
    ("lifecycle", &[Method::GET, Method::PUT, Method::DELETE]),
    ("location", &[Method::GET]),
    ("logging", &[Method::GET, Method::PUT]),
    ("metrics", &[Method::GET]),
    ("notification", &[Method::GET, Method::PUT]),
    ("object-lock", &[Method::GET]),
    ("ownershipControls", &[Method::GET, Method::PUT, Method::DELETE]),
    ("policy", &[Method::GET, Method::PUT, Method::DELETE]),
    ("policyStatus", &[Method::GET]),
    ("publicAccessBlock", &[Method::GET, Method::PUT, Method::DELETE]),
    ("replication", &[Method::GET, Method::DELETE]),
    ("requestPayment", &[Method::GET, Method::PUT]),
    ("tagging", &[Method::GET, Method::PUT, Method::DELETE]),
    ("uploads", &[Method::GET]),
    ("versioning", &[Method::GET, Method::PUT]),
    ("versions", &[Method::GET]),
    ("website", &[Method::GET, Method::DELETE]),
];

/// The same of objects.
const OF_OBJECTS: [(&str, &[Method]); 8] = [
    ("acl", &[Method::GET, Method::PUT]),
    ("attributes", &[Method::GET]),
    ("legal-hold", &[Method::GET, Method::PUT]),
    ("restore", &[Method::POST]),
    ("retention", &[Method::GET, Method::PUT]),
    ("tagging", &[Method::GET, Method::PUT, Method::DELETE]),
    ("uploadId", &[Method::GET, Method::PUT, Method::POST, Method::DELETE]),
    ("uploads", &[Method::POST]),
];

/// Headers that ask for what general purpose buckets do not have: appending, renaming, other conditions.
const HEADERS: [&str; 5] = [
    "x-amz-if-match-initiated-time",
    "x-amz-if-match-last-modified-time",
    "x-amz-if-match-size",
    "x-amz-rename-source",
    "x-amz-write-offset-bytes",
];

/// Whether a query parameter is a sub-resource, of buckets or of objects.
pub(super) fn is_sub_resource(name: &str) -> bool {
    s3_sub_resources().any(|known| known.name == name)
}

/// Parts of a request that are not implemented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unimplemented {
    /// A sub-resource, with the method and with what it is asked of.
    SubResource { name: String, method: Method, of: &'static str },
    /// A part of a multipart upload without its number, or without the upload.
    Part,
    /// A header.
    Header(&'static str),
}

impl Unimplemented {
    /// Finds it. The query is decoded.
    pub(super) fn of(
        method: &Method,
        bucket: Option<&str>,
        key: Option<&str>,
        query: &[(String, String)],
        headers: &HeaderMap,
    ) -> Option<Self> {
        let (implemented, of): (&[(&str, &[Method])], _) = match (bucket, key) {
            (Some(_), Some(_)) => (&OF_OBJECTS, "an object"),
            (Some(_), None) => (&OF_BUCKETS, "a bucket"),
            (None, _) => (&[], "the service"),
        };
        let is_there = |name: &str| {
            implemented.iter().any(|(known, methods)| *known == name && methods.contains(method))
        };
        if let Some((name, _)) =
            query.iter().find(|(name, _)| is_sub_resource(name) && !is_there(name))
        {
            return Some(Self::SubResource { name: name.clone(), method: method.clone(), of });
        }
        // these documents would be taken for a form
        let is_form = headers
            .get(hyper::header::CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/"));
        if *method == Method::POST
            && is_form
            && let Some((name, _)) = query.iter().find(|(name, _)| is_sub_resource(name))
        {
            return Some(Self::SubResource { name: name.clone(), method: method.clone(), of });
        }
        let has = |wanted: &str| query.iter().any(|(name, _)| name == wanted);
        if *method == Method::PUT && key.is_some() && has("uploadId") != has("partNumber") {
            return Some(Self::Part);
        }
        HEADERS.into_iter().find(|name| headers.contains_key(*name)).map(Self::Header)
    }

    /// The answer.
    pub(super) fn refusal(&self) -> S3Error {
        match self {
            Self::SubResource { name, method, of } => {
                let message = format!(
                    "{method} of the sub-resource ?{name} of {of} is not implemented by this backend"
                );
                custom(StatusCode::NOT_IMPLEMENTED, "NotImplemented", message)
            }
            Self::Part => {
                let message = "A part is uploaded with both partNumber and uploadId; this request has only one of them";
                custom(StatusCode::BAD_REQUEST, "InvalidArgument", message)
            }
            Self::Header(name) => {
                let message = "A header you provided implies functionality that is not implemented";
                custom(StatusCode::NOT_IMPLEMENTED, "NotImplemented", message).with("Header", name)
            }
        }
    }
}

/// Whether S3 has an operation for a sub-resource with a method.
#[cfg(test)]
pub(crate) fn has_operation(sub_resource: &S3SubResource, method: &Method) -> bool {
    sub_resource.operations.iter().any(|(known, _)| *known == method.as_str())
}

/// Lists the implemented sub-resources with their level and methods.
#[cfg(test)]
pub(crate) fn implemented() -> impl Iterator<Item = (&'static str, S3Resource, &'static [Method])> {
    let of = |rows: &'static [(&'static str, &'static [Method])], resource| {
        rows.iter().map(move |(name, methods)| (*name, resource, *methods))
    };
    of(&OF_BUCKETS, S3Resource::Bucket).chain(of(&OF_OBJECTS, S3Resource::Object))
}
