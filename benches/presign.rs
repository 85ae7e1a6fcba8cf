//! One presigned PUT: how far from the floor that hashing sets, and how its peers do.
//!
//! `cargo bench --bench presign`

mod harness;

use std::hint::black_box;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_sdk_s3::config::{BehaviorVersion, Region};
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sigv4::http_request::{
    PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use gatepass_core::contract::{Contract, Overrides};
use gatepass_core::grant::{
    BucketAddress, GrantMaker, Method, PresignRequest, Signer, SigningCredentials, UploadRequest,
};
use harness::{Case, Unit, measure, print_table};
use rusty_s3::S3Action as _;

const CONTRACT: &str = r#"
[bucket]
name = "acme-uploads"
region = "eu-central-1"
[upload]
content_types = ["image/*", "application/pdf"]
max_size = "10 MiB"
allowed_origins = ["https://app.example.com"]
[[role.trust]]
principal = "account"
"#;
const REQUEST: &[u8] = br#"{"content_type":"image/png","size":12345}"#;
const ACCESS_KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET_ACCESS_KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const KEY: &str = "uploads/2026-01-31/1b4e28ba-2fa1-4d23-9f6b-0c5a6f3a2d11.png";
const HEADERS: [(&str, &str); 3] =
    [("content-length", "12345"), ("content-type", "image/png"), ("if-none-match", "*")];
const EXPIRES_IN: u32 = 300;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let now = UNIX_EPOCH + Duration::from_secs(1_769_860_800);
    let contract = Contract::parse(CONTRACT, "bench", &Overrides::default())?;
    let credentials = SigningCredentials {
        access_key_id: ACCESS_KEY_ID.to_owned(),
        secret_access_key: SECRET_ACCESS_KEY.into(),
        session_token: None,
        expires_at: None,
    };
    let address = BucketAddress::of(&contract);
    let signer = Signer::new(credentials.clone(), &contract.bucket.region);
    let ours = || {
        let request = PresignRequest {
            method: Method::Put,
            address: &address,
            key: KEY,
            query: &[("x-id", "PutObject")],
            headers: &HEADERS,
            expires_in: EXPIRES_IN,
        };
        signer.presign(black_box(&request), black_box(now))
    };
    let maker = GrantMaker::new(&contract, credentials);
    let whole_job = || whole_job(&maker, &contract, now);

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let client = runtime.block_on(sdk_client());
    let sdk = || runtime.block_on(by_the_sdk(&client, now));
    let by_aws_sigv4 = || by_aws_sigv4(&address, now);
    let bucket = rusty_s3::Bucket::new(
        "https://s3.eu-central-1.amazonaws.com".parse()?,
        rusty_s3::UrlStyle::VirtualHost,
        "acme-uploads",
        "eu-central-1",
    )?;
    let rusty_credentials = rusty_s3::Credentials::new(ACCESS_KEY_ID, SECRET_ACCESS_KEY);
    let by_rusty_s3 = || by_rusty_s3(&bucket, &rusty_credentials);

    let url = ours()?;
    assert_eq!(url.expose(), sdk()?, "the SDK signs something else");
    assert!(url.expose().ends_with(&by_aws_sigv4()?), "aws-sigv4 signs something else");
    assert_eq!(
        by_rusty_s3().query_pairs().count(),
        url.expose().split('&').count(),
        "rusty-s3 signs something else"
    );
    whole_job()?;

    let compressions = compressions(url.expose());
    let floor = format!("the floor: {compressions} SHA-256 compressions, each after the other");
    let measured = measure(vec![
        Case::new(&floor, || hash(compressions)),
        Case::new("gatepass: the signer", || drop(black_box(ours()))),
        Case::new("gatepass: parse JSON, check, make the key, sign, render JSON", || {
            drop(black_box(whole_job()))
        }),
        Case::new("rusty-s3", || drop(black_box(by_rusty_s3()))),
        Case::new("aws-sigv4", || drop(black_box(by_aws_sigv4()))),
        Case::new("aws-sdk-s3 `.presigned()`", || drop(black_box(sdk()))),
    ]);
    print_table(Unit::Nanoseconds, &measured, &[("floor", 0), ("gatepass", 1)]);
    Ok(())
}

fn whole_job(
    maker: &GrantMaker,
    contract: &Contract,
    now: SystemTime,
) -> Result<String, Box<dyn std::error::Error>> {
    let upload = UploadRequest::from_json(black_box(REQUEST))?.check(&contract.upload)?;
    let grant = maker.grant(&upload, black_box(now), black_box([7; 16]))?;
    Ok(serde_json::to_string(&grant.expose())?)
}

/// Made as AWS's guide says.
async fn sdk_client() -> aws_sdk_s3::Client {
    let config = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::from_static("eu-central-1"))
        .credentials_provider(Credentials::new(
            ACCESS_KEY_ID,
            SECRET_ACCESS_KEY,
            None,
            None,
            "bench",
        ));
    aws_sdk_s3::Client::new(&config.load().await)
}

async fn by_the_sdk(
    client: &aws_sdk_s3::Client,
    now: SystemTime,
) -> Result<String, Box<dyn std::error::Error>> {
    let expiry = PresigningConfig::builder()
        .start_time(now)
        .expires_in(Duration::from_secs(EXPIRES_IN.into()))
        .build()?;
    let put = client
        .put_object()
        .bucket("acme-uploads")
        .key(KEY)
        .content_type("image/png")
        .content_length(12345)
        .if_none_match("*");
    Ok(put.presigned(expiry).await?.uri().to_owned())
}

/// The signature alone, from a URL made by hand.
fn by_aws_sigv4(
    address: &BucketAddress,
    now: SystemTime,
) -> Result<String, Box<dyn std::error::Error>> {
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(Duration::from_secs(EXPIRES_IN.into()));
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    let identity = Credentials::new(ACCESS_KEY_ID, SECRET_ACCESS_KEY, None, None, "bench").into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region("eu-central-1")
        .name("s3")
        .time(now)
        .settings(settings)
        .build()?
        .into();
    let url = format!("{}://{}/{KEY}?x-id=PutObject", address.scheme, address.host);
    let request =
        SignableRequest::new("PUT", url, HEADERS.into_iter(), SignableBody::UnsignedPayload)?;
    Ok(sign(request, &parameters)?.signature().to_owned())
}

/// At the present second: the library's way to pass a time is not for users.
fn by_rusty_s3(bucket: &rusty_s3::Bucket, credentials: &rusty_s3::Credentials) -> url::Url {
    let mut put = bucket.put_object(Some(credentials), KEY);
    put.query_mut().insert("x-id", "PutObject");
    for (name, value) in HEADERS {
        put.headers_mut().insert(name, value);
    }
    put.sign(Duration::from_secs(EXPIRES_IN.into()))
}

/// How many blocks have to be hashed one after the other for this URL, whoever does it: the canonical request, what of
/// the string to sign is not the same for a whole second, and the outer hash.
fn compressions(url: &str) -> usize {
    let blocks = |bytes: usize| (bytes + 1 + 8).div_ceil(64);
    let (address, query) = url.split_once('?').unwrap_or((url, ""));
    let host = address.split('/').nth(2).unwrap_or_default();
    let query = query.split("&X-Amz-Signature=").next().unwrap_or_default();
    let headers: usize = HEADERS
        .iter()
        .chain(&[("host", host)])
        .map(|(name, value)| name.len() + value.len() + 2)
        .sum();
    let names = HEADERS.iter().map(|(name, _)| name.len() + 1).sum::<usize>() + "host".len();
    let canonical_request = "PUT\n/".len()
        + KEY.len()
        + 1
        + query.len()
        + 1
        + headers
        + 1
        + names
        + 1
        + "UNSIGNED-PAYLOAD".len();
    let string_to_sign =
        "AWS4-HMAC-SHA256\n20260131T120000Z\n20260131/eu-central-1/s3/aws4_request\n".len() + 64;
    blocks(canonical_request) + blocks(string_to_sign - 64) + blocks(32)
}

fn hash(compressions: usize) {
    let mut state = black_box([1_u32; 8]);
    let block = black_box([[2_u8; 64]]);
    for _ in 0..compressions {
        sha2::block_api::compress256(&mut state, &block);
    }
    black_box(state);
}
