//! The bucket's CORS rule, derived from what a grant makes a client send.

use std::borrow::Cow;

use serde::Serialize;

use crate::contract::{AllowedOrigins, Contract};
use crate::grant::client_headers;

/// The `ID` of the one CORS rule that is ours; every other rule is somebody else's.
pub const CORS_RULE_ID: &str = "gatepass-upload";

/// How long a browser may keep the answer to a preflight, in seconds. An hour is within every browser's own limit, and is
/// how long a page can go on after a changed rule.
const MAX_AGE_SECONDS: i32 = 3600;

/// One CORS rule in S3's terms; lists are sorted.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CORSRule.html>.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CorsRule {
    /// `ID`
    #[serde(rename = "ID", skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// `AllowedOrigins`
    pub allowed_origins: Vec<String>,
    /// `AllowedMethods`
    pub allowed_methods: Vec<String>,
    /// `AllowedHeaders`, in lower case
    pub allowed_headers: Vec<String>,
    /// `ExposeHeaders`
    pub expose_headers: Vec<String>,
    /// `MaxAgeSeconds`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age_seconds: Option<i32>,
}

/// The rule that lets the contract's origins upload with exactly the headers that a grant or the contract can name, download where there are
/// downloads, and read what they need of the answer. None for a contract without origins: S3 knows no rule without one, and no rule refuses every page.
#[must_use]
pub fn cors_rule(contract: &Contract) -> Option<CorsRule> {
    let mut allowed_origins: Vec<String> = match &contract.upload.allowed_origins {
        AllowedOrigins::Listed(origins) => {
            origins.iter().map(|origin| origin.as_str().to_owned()).collect()
        }
        AllowedOrigins::Any => vec!["*".to_owned()],
    };
    if allowed_origins.is_empty() {
        return None;
    }
    allowed_origins.sort();
    let (download, form) = (contract.download.is_some(), contract.upload.form);
    let expose_headers = only([
        (download, "Content-Disposition"),
        (download, "Content-Range"),
        (true, "ETag"),
        // where the object is: S3 says so to forms alone
        (form, "Location"),
        (contract.bucket.versioning, "x-amz-version-id"),
    ]);
    let allowed_methods = only([(download, "GET"), (form, "POST"), (true, "PUT")]);
    Some(CorsRule {
        id: Some(CORS_RULE_ID.to_owned()),
        allowed_origins,
        allowed_methods,
        allowed_headers: client_headers(contract).into_iter().map(Cow::into_owned).collect(),
        expose_headers,
        max_age_seconds: Some(MAX_AGE_SECONDS),
    })
}

/// Those of the names that are wanted.
fn only<const N: usize>(names: [(bool, &str); N]) -> Vec<String> {
    names.iter().filter(|(is_wanted, _)| *is_wanted).map(|(_, name)| (*name).to_owned()).collect()
}
