//! Our signer against AWS's own code: the same URL to the byte for generated requests.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sdk_s3::config::{BehaviorVersion, Region};
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::types::ServerSideEncryption;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SignatureLocation, SigningSettings};
use aws_sigv4::sign::v4;
use proptest::prelude::*;
use secrecy::ExposeSecret as _;

use gatepass_core::contract::Contract;
use iam_policy::BucketName;

use gatepass_core::grant::fixtures::{at, contract};
use gatepass_core::grant::{BucketAddress, Method, PresignRequest, Signer, SigningCredentials};

/// One bucket, one set of credentials.
#[derive(Debug)]
struct Place {
    bucket: String,
    region: String,
    endpoint: Option<(String, bool)>,
    credentials: SigningCredentials,
}

impl Place {
    fn contract(&self) -> Contract {
        let endpoint = self.endpoint.as_ref().map_or(String::new(), |(url, path_style)| {
            format!("[endpoint]\nurl = \"{url}\"\npath_style = {path_style}")
        });
        contract(
            &format!("name = \"{}\"\nregion = \"{}\"", self.bucket, self.region),
            "",
            &endpoint,
        )
    }

    fn sdk_credentials(&self) -> Credentials {
        let SigningCredentials { access_key_id, secret_access_key, session_token, .. } =
            &self.credentials;
        let token = session_token.as_ref().map(|token| token.expose_secret().to_owned());
        Credentials::new(access_key_id, secret_access_key.expose_secret(), token, None, "test")
    }

    fn client(&self) -> aws_sdk_s3::Client {
        let mut config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(self.region.clone()))
            .credentials_provider(self.sdk_credentials());
        if let Some((url, path_style)) = &self.endpoint {
            config = config.endpoint_url(url).force_path_style(*path_style);
        }
        aws_sdk_s3::Client::from_conf(config.build())
    }

    fn signer(&self) -> Signer {
        Signer::new(self.credentials.clone(), &iam_policy::Region::parse(&self.region).unwrap())
    }
}

/// One PUT.
#[derive(Debug)]
struct Put {
    key: String,
    content_type: Option<String>,
    content_length: Option<u64>,
    write_once: bool,
    checksum: Option<String>,
    encryption: Option<Option<String>>,
    expires_in: u32,
    time: u64,
}

impl Put {
    fn headers(&self) -> Vec<(&'static str, String)> {
        let mut headers = Vec::new();
        if let Some(length) = self.content_length {
            headers.push(("content-length", length.to_string()));
        }
        if let Some(content_type) = &self.content_type {
            headers.push(("content-type", content_type.clone()));
        }
        if self.write_once {
            headers.push(("if-none-match", "*".to_owned()));
        }
        if let Some(checksum) = &self.checksum {
            headers.push(("x-amz-checksum-sha256", checksum.clone()));
        }
        match &self.encryption {
            Some(Some(key)) => {
                headers.push(("x-amz-server-side-encryption", "aws:kms".to_owned()));
                headers.push(("x-amz-server-side-encryption-aws-kms-key-id", key.clone()));
            }
            Some(None) => headers.push(("x-amz-server-side-encryption", "AES256".to_owned())),
            None => {}
        }
        headers
    }

    fn by_the_sdk(&self, client: &aws_sdk_s3::Client, bucket: &str) -> String {
        let mut put = client
            .put_object()
            .bucket(bucket)
            .key(&self.key)
            .set_content_type(self.content_type.clone())
            .set_content_length(self.content_length.map(u64::cast_signed))
            .set_if_none_match(self.write_once.then(|| "*".to_owned()))
            .set_checksum_sha256(self.checksum.clone());
        put = match &self.encryption {
            Some(Some(key)) => {
                put.server_side_encryption(ServerSideEncryption::AwsKms).ssekms_key_id(key)
            }
            Some(None) => put.server_side_encryption(ServerSideEncryption::Aes256),
            None => put,
        };
        wait(put.presigned(presigning(self.time, self.expires_in)))
            .expect("the SDK signs")
            .uri()
            .to_owned()
    }

    fn by_us(&self, signer: &Signer, address: &BucketAddress) -> String {
        let headers = self.headers();
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let request = PresignRequest {
            method: Method::Put,
            address,
            key: &self.key,
            query: &[("x-id", "PutObject")],
            headers: &headers,
            expires_in: self.expires_in,
        };
        signer.presign(&request, at(self.time)).expect("we sign").expose().to_owned()
    }
}

fn presigning(time: u64, expires_in: u32) -> PresigningConfig {
    PresigningConfig::builder()
        .start_time(at(time))
        .expires_in(Duration::from_secs(expires_in.into()))
        .build()
        .unwrap()
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn credentials() -> impl Strategy<Value = SigningCredentials> {
    ("[A-Z0-9]{16,20}", "[A-Za-z0-9/+]{40}", proptest::option::of("[A-Za-z0-9/+=]{1,400}"))
        .prop_map(|(id, secret, token)| SigningCredentials {
            access_key_id: id,
            secret_access_key: secret.into(),
            session_token: token.map(Into::into),
            expires_at: None,
        })
}

fn place() -> impl Strategy<Value = Place> {
    let region = proptest::sample::select(vec![
        "us-east-1",
        "us-west-2",
        "eu-central-1",
        "eu-west-1",
        "ap-southeast-3",
        "sa-east-1",
        "me-central-1",
        "cn-north-1",
        "cn-northwest-1",
        "us-gov-west-1",
        "us-gov-east-1",
    ]);
    let named = proptest::sample::select(vec![
        "http://localhost:4566",
        "http://s3.internal",
        "https://s3.internal",
        "https://minio.example.com:8443",
        "https://account.r2.cloudflarestorage.com",
    ]);
    let numbered = proptest::sample::select(vec![
        "http://127.0.0.1:9000",
        "http://[::1]:9000",
        "https://10.0.0.7",
    ]);
    let endpoint = prop_oneof![(named, any::<bool>()), (numbered, Just(true))];
    let endpoint =
        proptest::option::of(endpoint.prop_map(|(url, path_style)| (url.to_owned(), path_style)));
    let bucket = prop_oneof![3 => "[a-z0-9][a-z0-9-]{1,40}[a-z0-9]", 1 => "[a-z][a-z0-9]{1,10}\\.([a-z0-9]{1,10}\\.)?[a-z0-9]{1,10}"]
        .prop_filter("names that AWS reserves", |name| BucketName::parse(name).is_ok());
    (bucket, region.prop_map(str::to_owned), endpoint, credentials()).prop_map(
        |(bucket, region, endpoint, credentials)| Place { bucket, region, endpoint, credentials },
    )
}

/// Any key: spaces, percent and plus signs, dots, slashes, Unicode.
fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("uploads/2026-01-31/1b4e28ba-2fa1-4d23-9f6b-0c5a6f3a2d11.png".to_owned()),
        "[a-zA-Z0-9/._~-]{1,60}",
        "[ -~]{1,60}",
        "[a %+./]{1,20}",
        "\\PC{1,40}",
        any::<String>(),
    ]
    .prop_filter("the SDK takes no key of white space alone", |key| !key.trim().is_empty())
}

fn put() -> impl Strategy<Value = Put> {
    let content_type = prop_oneof![
        Just("image/png".to_owned()),
        Just("text/plain; charset=\"utf-8\"".to_owned()),
        "[!-~]([ -~]{0,60}[!-~])?",
    ];
    let checksum = proptest::array::uniform32(any::<u8>()).prop_map(|bytes| {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(bytes)
    });
    let kms_key =
        "[0-9a-f]{8}".prop_map(|id| format!("arn:aws:kms:eu-central-1:111122223333:key/{id}"));
    (
        key(),
        proptest::option::of(content_type),
        proptest::option::of(0..=5 * 1024 * 1024 * 1024_u64),
        any::<bool>(),
        proptest::option::of(checksum),
        proptest::option::of(proptest::option::of(kms_key)),
        1..=604_800_u32,
        0..253_402_300_800_u64,
    )
        .prop_map(
            |(
                key,
                content_type,
                content_length,
                write_once,
                checksum,
                encryption,
                expires_in,
                time,
            )| Put {
                key,
                content_type,
                content_length,
                write_once,
                checksum,
                encryption,
                expires_in,
                time,
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// 100 places, 30 PUTs in each.
    #[test]
    fn a_presigned_put_is_the_sdks(place in place(), puts in proptest::collection::vec(put(), 30)) {
        let (client, signer, address) = (place.client(), place.signer(), BucketAddress::of(&place.contract()));
        for put in puts {
            prop_assert_eq!(put.by_us(&signer, &address), put.by_the_sdk(&client, &place.bucket), "{:?}", put);
        }
    }
}

/// One GET.
#[derive(Debug)]
struct Get {
    key: String,
    content_disposition: Option<String>,
    content_type: Option<String>,
    expires_in: u32,
    time: u64,
}

impl Get {
    fn by_the_sdk(&self, client: &aws_sdk_s3::Client, bucket: &str) -> String {
        let get = client
            .get_object()
            .bucket(bucket)
            .key(&self.key)
            .set_response_content_disposition(self.content_disposition.clone())
            .set_response_content_type(self.content_type.clone());
        wait(get.presigned(presigning(self.time, self.expires_in)))
            .expect("the SDK signs")
            .uri()
            .to_owned()
    }

    fn by_us(&self, signer: &Signer, address: &BucketAddress) -> String {
        let mut query = vec![("x-id", "GetObject")];
        query.extend(
            self.content_disposition
                .as_deref()
                .map(|value| ("response-content-disposition", value)),
        );
        query.extend(self.content_type.as_deref().map(|value| ("response-content-type", value)));
        let (key, expires_in) = (self.key.as_str(), self.expires_in);
        let request = PresignRequest {
            method: Method::Get,
            address,
            key,
            query: &query,
            headers: &[],
            expires_in,
        };
        signer.presign(&request, at(self.time)).expect("we sign").expose().to_owned()
    }
}

fn get() -> impl Strategy<Value = Get> {
    let disposition = prop_oneof![
        Just("attachment; filename=\"a b.png\"; filename*=UTF-8''a%20b.png".to_owned()),
        "\\PC{1,60}"
    ];
    let content_type =
        prop_oneof![Just("text/plain; charset=\"utf-8\"".to_owned()), "[!-~]([ -~]{0,60}[!-~])?"];
    let (expires_in, time) = (1..=604_800_u32, 0..253_402_300_800_u64);
    (key(), proptest::option::of(disposition), proptest::option::of(content_type), expires_in, time)
        .prop_map(|(key, content_disposition, content_type, expires_in, time)| Get {
            key,
            content_disposition,
            content_type,
            expires_in,
            time,
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// 100 places, 30 GETs in each.
    #[test]
    fn a_presigned_get_is_the_sdks(place in place(), gets in proptest::collection::vec(get(), 30)) {
        let (client, signer, address) = (place.client(), place.signer(), BucketAddress::of(&place.contract()));
        for get in gets {
            prop_assert_eq!(get.by_us(&signer, &address), get.by_the_sdk(&client, &place.bucket), "{:?}", get);
        }
    }
}

/// Any method, any query, any headers: what the SDK's operations never ask for, from the SDK's signing library.
#[derive(Debug)]
struct Anything {
    method: Method,
    key: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
}

impl Anything {
    fn signature_by_aws_sigv4(&self, place: &Place, address: &BucketAddress, time: u64) -> String {
        let encode = |text: &str| {
            percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC)
                .to_string()
        };
        let query: Vec<String> = self
            .query
            .iter()
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
            .collect();
        const IN_KEY: &percent_encoding::AsciiSet = &percent_encoding::NON_ALPHANUMERIC
            .remove(b'-')
            .remove(b'.')
            .remove(b'_')
            .remove(b'~')
            .remove(b'/');
        let path = percent_encoding::utf8_percent_encode(&self.key, IN_KEY);
        let url = format!(
            "{}://{}{}{path}?{}",
            address.scheme,
            address.host,
            address.path_prefix,
            query.join("&")
        );

        let mut settings = SigningSettings::default();
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(Duration::from_secs(300));
        settings.percent_encoding_mode = aws_sigv4::http_request::PercentEncodingMode::Single;
        settings.uri_path_normalization_mode =
            aws_sigv4::http_request::UriPathNormalizationMode::Disabled;
        settings.excluded_headers = None;
        let identity = place.sdk_credentials().into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&place.region)
            .name("s3")
            .time(at(time))
            .settings(settings)
            .build()
            .unwrap()
            .into();
        let headers = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let request =
            SignableRequest::new(self.method.as_str(), url, headers, SignableBody::UnsignedPayload)
                .unwrap();
        aws_sigv4::http_request::sign(request, &parameters).unwrap().signature().to_owned()
    }

    fn by_us(&self, signer: &Signer, address: &BucketAddress, time: u64) -> String {
        fn borrowed(pairs: &[(String, String)]) -> Vec<(&str, &str)> {
            pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
        }
        let request = PresignRequest {
            method: self.method,
            address,
            key: &self.key,
            query: &borrowed(&self.query),
            headers: &borrowed(&self.headers),
            expires_in: 300,
        };
        signer.presign(&request, at(time)).expect("we sign").expose().to_owned()
    }
}

fn anything() -> impl Strategy<Value = Anything> {
    let method = proptest::sample::select(vec![
        Method::Delete,
        Method::Get,
        Method::Head,
        Method::Post,
        Method::Put,
    ]);
    // around SigV4's own names in the order of bytes, and around each other
    let name = prop_oneof![
        "[A-Za-z0-9-]{1,12}",
        "[ -~]{1,12}",
        Just("X-Am".to_owned()),
        Just("X-B".to_owned()),
        Just("a".to_owned()),
        "a[-=.]?"
    ];
    let query = proptest::collection::vec(
        (name.prop_filter("not SigV4's own", |name| !name.starts_with("X-Amz-")), "\\PC{0,12}"),
        0..6,
    );
    let headers =
        proptest::collection::btree_map("[a-z][a-z0-9-]{0,20}", "[!-~]([ -~]{0,30}[!-~])?", 0..6)
            .prop_map(|headers| {
                headers.into_iter().filter(|(name, _)| name != "host").collect::<Vec<_>>()
            })
            .prop_shuffle();
    (method, "\\PC{0,40}", query, headers).prop_map(|(method, key, query, headers)| Anything {
        method,
        key,
        query,
        headers,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn any_signature_is_that_of_aws_sigv4(request in anything(), credentials in credentials(), time in 0..4_102_444_800_u64) {
        let place = Place { bucket: "acme".to_owned(), region: "eu-central-1".to_owned(), endpoint: None, credentials };
        let address = BucketAddress { scheme: "https", host: "acme.example.com:8443".to_owned(), path_prefix: "/".to_owned() };
        let ours = request.by_us(&place.signer(), &address, time);
        let signature = format!("X-Amz-Signature={}", request.signature_by_aws_sigv4(&place, &address, time));
        prop_assert!(ours.contains(&signature), "{ours}\nlacks {signature}");
    }
}
