//! CORS rules, to and from S3's own type.

use aws_sdk_s3::types;

use gatepass_core::policy::CorsRule;

use super::{AwsError, AwsErrorKind, call::Call};

/// Lists are sorted: their order means nothing to S3.
pub(super) fn from_s3(rule: types::CorsRule) -> CorsRule {
    let sorted = |mut list: Vec<String>| {
        list.sort();
        list
    };
    CorsRule {
        // some endpoints answer with an empty one where there is none
        id: rule.id.filter(|id| !id.is_empty()),
        allowed_origins: sorted(rule.allowed_origins),
        allowed_methods: sorted(rule.allowed_methods),
        allowed_headers: sorted(rule.allowed_headers.unwrap_or_default()),
        expose_headers: sorted(rule.expose_headers.unwrap_or_default()),
        max_age_seconds: rule.max_age_seconds,
    }
}

pub(super) fn to_s3(
    call: &Call<'_>,
    rules: &[CorsRule],
) -> Result<types::CorsConfiguration, AwsError> {
    let incomplete =
        |error: aws_sdk_s3::error::BuildError| call.error(AwsErrorKind::Invalid, error.to_string());
    let some = |list: &[String]| (!list.is_empty()).then(|| list.to_vec());
    let rules = rules
        .iter()
        .map(|rule| {
            types::CorsRule::builder()
                .set_id(rule.id.clone())
                .set_allowed_origins(Some(rule.allowed_origins.clone()))
                .set_allowed_methods(Some(rule.allowed_methods.clone()))
                .set_allowed_headers(some(&rule.allowed_headers))
                .set_expose_headers(some(&rule.expose_headers))
                .set_max_age_seconds(rule.max_age_seconds)
                .build()
                .map_err(incomplete)
        })
        .collect::<Result<Vec<_>, _>>()?;
    types::CorsConfiguration::builder().set_cors_rules(Some(rules)).build().map_err(incomplete)
}
