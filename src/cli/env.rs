//! The environment variables that gatepass reads, one constant each.

use gatepass_core::contract::{Source, Sourced};

/// The contract file (`--config`).
pub(super) const CONFIG: &str = "GATEPASS_CONFIG";
/// `account_id` (`--account-id`).
pub(super) const ACCOUNT_ID: &str = "GATEPASS_ACCOUNT_ID";
/// `bucket.name` (`--bucket`).
pub(super) const BUCKET: &str = "GATEPASS_BUCKET";
/// `bucket.region` (`--region`).
pub(super) const REGION: &str = "GATEPASS_REGION";
/// `endpoint.url` (`--endpoint-url`).
pub(super) const ENDPOINT_URL: &str = "GATEPASS_ENDPOINT_URL";
/// `serve.listen` (`serve --listen`).
pub(super) const LISTEN: &str = "GATEPASS_LISTEN";
/// `policies` (`--policies`).
pub(super) const POLICIES: &str = "GATEPASS_POLICIES";
/// The secrets that seal tickets, instead of `serve.ticket_secrets_file`.
pub(super) const TICKET_SECRETS: &str = "GATEPASS_TICKET_SECRETS";
/// The access key or token that says who asks an endpoint (`--token`).
pub(super) const TOKEN: &str = "GATEPASS_TOKEN";
/// The secrets that sign receipts, instead of `serve.receipt_secrets_file`.
pub(super) const RECEIPT_SECRETS: &str = "GATEPASS_RECEIPT_SECRETS";
/// What is logged, in the form of `RUST_LOG`.
pub(super) const LOG: &str = "GATEPASS_LOG";

/// AWS's own: see <https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>.
pub(super) const AWS_ENDPOINT_URL: &str = "AWS_ENDPOINT_URL";
/// The same for S3 alone, which wins.
pub(super) const AWS_ENDPOINT_URL_S3: &str = "AWS_ENDPOINT_URL_S3";
/// A file of certificates in PEM form: <https://docs.aws.amazon.com/sdkref/latest/guide/feature-gen-config.html>.
pub(super) const AWS_CA_BUNDLE: &str = "AWS_CA_BUNDLE";
/// See <https://docs.aws.amazon.com/sdkref/latest/guide/feature-region.html>.
pub(super) const AWS_REGION: &str = "AWS_REGION";
/// What the AWS CLI and boto3 read where `AWS_REGION` is not set.
pub(super) const AWS_DEFAULT_REGION: &str = "AWS_DEFAULT_REGION";

/// Set by AWS Lambda: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>.
const AWS_LAMBDA_FUNCTION_NAME: &str = "AWS_LAMBDA_FUNCTION_NAME";

/// Whether the process runs in AWS Lambda, which freezes it between requests.
pub(super) fn is_lambda() -> bool {
    std::env::var_os(AWS_LAMBDA_FUNCTION_NAME).is_some_and(|name| !name.is_empty())
}

/// The flag's value, or that of the first variable that is set and not empty.
pub(super) fn flag_or(
    flag: Option<&String>,
    name: &'static str,
    variables: &[&'static str],
) -> Option<Sourced> {
    if let Some(value) = flag {
        return Some(Sourced { value: value.clone(), source: Source::Flag(name) });
    }
    variables.iter().find_map(|variable| {
        let value = std::env::var(variable).ok().filter(|value| !value.is_empty())?;
        Some(Sourced { value, source: Source::Environment(variable) })
    })
}
