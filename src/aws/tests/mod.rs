//! What only AWS does, by replayed answers: regions and partitions, redirects, error codes, throttling, encodings. What
//! LocalStack does as well is tested against it, end to end.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod answers;
mod bounds;
mod calls;
mod errors;
mod lists;
mod objects;
mod round_trip;

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_s3::config::IntoShared as _;
use aws_sdk_s3::config::http::HttpRequest;
use aws_sdk_s3::primitives::SdkBody;
use aws_smithy_http_client::test_util::{ReplayEvent, StaticReplayClient};

use crate::provision::ExpectedBucket;
use gatepass_core::contract::{Contract, Overrides, RoleName};
use iam_policy::{AccountId, Region};

use super::Connection;
use super::connection::{Hosts, Transport};

/// A contract for a bucket in this region, with these lines at its end.
pub(super) fn contract(region: &str, more: &str) -> Contract {
    let text = format!(
        r#"
[bucket]
name = "acme-uploads"
region = "{region}"
[upload]
content_types = ["image/*"]
max_size = "10 MiB"
allowed_origins = ["https://app.example.com"]
[[role.trust]]
service = "ecs-tasks.amazonaws.com"
{more}
"#
    );
    Contract::parse(&text, "gatepass.toml", &Overrides::default()).unwrap()
}

pub(super) fn bucket() -> ExpectedBucket {
    ExpectedBucket { name: contract("eu-central-1", "").bucket.name, owner: account() }
}

pub(super) fn account() -> AccountId {
    AccountId::parse("111122223333").unwrap()
}

pub(super) fn region(code: &str) -> Region {
    Region::parse(code).unwrap()
}

pub(super) fn role() -> RoleName {
    RoleName::parse("acme-uploads-presigner").unwrap()
}

/// One answer of AWS: status, headers, body.
pub(super) struct Answer<'a>(
    pub(super) u16,
    pub(super) &'a [(&'a str, &'a str)],
    pub(super) &'a str,
);

/// An error as S3 tells it.
pub(super) fn s3_error(code: &str, message: &str) -> String {
    format!(
        "<Error><Code>{code}</Code><Message>{message}</Message><RequestId>4442587FB7D0A2F9</RequestId></Error>"
    )
}

/// An error as IAM and STS tell it.
pub(super) fn query_error(code: &str, message: &str) -> String {
    format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>ae2e6fbd-1234</RequestId></ErrorResponse>"
    )
}

/// A connection that gets these answers, in their order, and what it asked for.
pub(super) struct Replay {
    pub(super) connection: Connection,
    client: StaticReplayClient,
}

impl Replay {
    pub(super) fn of(contract: &Contract, answers: &[Answer<'_>]) -> Self {
        let credentials = Credentials::new("AKIDEXAMPLE", "secret", None, None, "test");
        Self::with_credentials(contract, SharedCredentialsProvider::new(credentials), answers)
    }

    pub(super) fn with_credentials(
        contract: &Contract,
        credentials: SharedCredentialsProvider,
        answers: &[Answer<'_>],
    ) -> Self {
        let client = StaticReplayClient::new(answers.iter().map(event).collect());
        let transport = Transport {
            http_client: client.clone().into_shared(),
            retry: RetryConfig::standard().with_initial_backoff(Duration::from_millis(1)),
        };
        Self {
            connection: Connection::new(contract, credentials, Hosts::default(), transport),
            client,
        }
    }

    /// Every request that was made, as its method, URL, the headers that mean something, and the body.
    pub(super) fn requests(&self) -> String {
        self.client.actual_requests().map(told).collect::<Vec<_>>().join("\n")
    }

    pub(super) fn calls(&self) -> usize {
        self.client.actual_requests().count()
    }
}

fn event(Answer(status, headers, body): &Answer<'_>) -> ReplayEvent {
    let mut response = axum::http::Response::builder().status(*status);
    for (name, value) in *headers {
        response = response.header(*name, *value);
    }
    let request = axum::http::Request::builder()
        .uri("https://any.example.com/")
        .body(SdkBody::empty())
        .unwrap();
    ReplayEvent::new(request, response.body(SdkBody::from(*body)).unwrap())
}

/// Headers of the request that a caller of the API decides about, and the credential scope, which names the region.
fn told(request: &HttpRequest) -> String {
    let mut lines = vec![format!("{} {}", request.method(), request.uri())];
    let mut headers: Vec<_> =
        request.headers().iter().filter(|(name, _)| is_telling(name)).collect();
    headers.sort_unstable();
    lines.extend(headers.iter().map(|(name, value)| format!("{name}: {value}")));
    if let Some(authorization) = request.headers().get("authorization") {
        let scope = authorization.split(['/', ',']).skip(2).take(2).collect::<Vec<_>>().join("/");
        lines.push(format!("scope: {scope}"));
    }
    let body = std::str::from_utf8(request.body().bytes().unwrap()).unwrap();
    match body.starts_with("Action=") {
        true => lines.extend(form(body)),
        false if !body.is_empty() => lines.push(body.replace("><", ">\n<")),
        false => {}
    }
    lines.push(String::new());
    lines.join("\n")
}

fn is_telling(header: &str) -> bool {
    let unstable =
        ["x-amz-date", "x-amz-content-sha256", "x-amz-user-agent", "x-amz-security-token"];
    let asks =
        ["if-none-match", "x-amz-checksum-algorithm", "x-amz-checksum-type"].contains(&header);
    asks || header.starts_with("x-amz-")
        && !header.starts_with("x-amz-checksum-")
        && !unstable.contains(&header)
}

fn form(body: &str) -> Vec<String> {
    url::form_urlencoded::parse(body.as_bytes())
        .map(|(name, value)| format!("{name}={value}"))
        .collect()
}
