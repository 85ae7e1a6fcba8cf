//! The bucket's CORS rule, derived from what a grant makes a client send.

use serde::Serialize;

use crate::contract::Contract;

/// The `ID` of the one CORS rule that is ours; every other rule is somebody else's.
pub const CORS_RULE_ID: &str = "gatepass-upload";

/// One CORS rule in S3's terms; lists are sorted.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CORSRule.html>.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CorsRule {
    /// `ID`
    #[serde(rename = "ID")]
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
    pub max_age_seconds: Option<i32>,
}

/// The rule that lets the contract's origins upload with exactly the headers that a grant can name.
#[must_use]
pub fn cors_rule(_contract: &Contract) -> CorsRule {
    todo!()
}
