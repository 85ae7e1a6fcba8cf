//! A bucket's CORS configuration, kept; [`super::cors`] honours it.

use s3s::dto::*;
use s3s::{S3Result, s3_error};

use crate::s3::Buckets;

const MISSING: (&str, &str) = ("NoSuchCORSConfiguration", "The CORS configuration does not exist");

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketCors.html>
pub(crate) async fn get(
    buckets: &Buckets,
    input: GetBucketCorsInput,
) -> S3Result<GetBucketCorsOutput> {
    let cors_rules = buckets.setting(&input.bucket, MISSING, |bucket| bucket.cors.clone())?;
    Ok(GetBucketCorsOutput { cors_rules: Some(cors_rules) })
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html>
pub(crate) async fn put(
    buckets: &Buckets,
    input: PutBucketCorsInput,
) -> S3Result<PutBucketCorsOutput> {
    let rules = input.cors_configuration.cors_rules;
    check(&rules)?;
    buckets.change(&input.bucket, |bucket| bucket.cors = Some(rules))?;
    Ok(PutBucketCorsOutput {})
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketCors.html>
pub(crate) async fn delete(
    buckets: &Buckets,
    input: DeleteBucketCorsInput,
) -> S3Result<DeleteBucketCorsOutput> {
    buckets.change(&input.bucket, |bucket| bucket.cors = None)?;
    Ok(DeleteBucketCorsOutput {})
}

fn check(rules: &[CORSRule]) -> S3Result<()> {
    if rules.is_empty() || rules.len() > 100 {
        return Err(s3_error!(MalformedXML));
    }
    for rule in rules {
        if rule.allowed_methods.is_empty() || rule.allowed_origins.is_empty() {
            return Err(s3_error!(MalformedXML));
        }
        for method in &rule.allowed_methods {
            if !["GET", "PUT", "HEAD", "POST", "DELETE"].contains(&method.as_str()) {
                return Err(s3_error!(
                    InvalidRequest,
                    "Found unsupported HTTP method in CORS config. Unsupported method is {method}"
                ));
            }
        }
        for origin in &rule.allowed_origins {
            if origin.matches('*').count() > 1 {
                return Err(s3_error!(
                    InvalidRequest,
                    "AllowedOrigin \"{origin}\" can not have more than one wildcard."
                ));
            }
        }
        for header in rule.allowed_headers.iter().flatten() {
            if header.matches('*').count() > 1 {
                return Err(s3_error!(
                    InvalidRequest,
                    "AllowedHeader \"{header}\" can not have more than one wildcard."
                ));
            }
        }
        for header in rule.expose_headers.iter().flatten() {
            if header.contains('*') {
                return Err(s3_error!(
                    InvalidRequest,
                    "ExposeHeader \"{header}\" contains wildcard. We currently do not support wildcard for ExposeHeader."
                ));
            }
        }
        if rule.id.as_ref().is_some_and(|id| id.len() > 255) {
            return Err(s3_error!(MalformedXML));
        }
    }
    Ok(())
}
