//! A large PUT to the embedded backend, beside the same PUT to the bare storage library (`s3s` with `s3s-fs`).
//!
//! `cargo bench --bench backend`

mod harness;

use std::convert::Infallible;
use std::error::Error;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Instant, SystemTime};

use aws_emulator::{Backend, BackendOptions};
use bytes::Bytes;
use gatepass_core::contract::{Contract, Overrides, Source, Sourced};
use gatepass_core::grant::{BucketAddress, Method, PresignRequest, Signer, SigningCredentials};
use harness::{Measured, Unit, print_table};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use iam_policy::AccountId;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use tokio::net::TcpListener;

const CONTRACT: &str = r#"
[bucket]
name = "acme-uploads"
region = "us-east-1"
[upload]
content_types = ["*/*"]
max_size = "1 GiB"
allowed_origins = []
[[role.trust]]
principal = "account"
"#;
const ACCESS_KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET_ACCESS_KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const KEY: &str = "uploads/large.bin";
const SIZE: usize = 100 << 20;
const ROUNDS: usize = 11;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (ours, theirs) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let backend = Backend::start(BackendOptions {
        listen: ([127, 0, 0, 1], 0).into(),
        dir: ours.path().to_owned(),
        account_id: AccountId::parse("111122223333")?,
        region: contract("127.0.0.1:1".parse()?)?.bucket.region,
        root_access_key_id: ACCESS_KEY_ID.to_owned(),
        root_secret_access_key: SECRET_ACCESS_KEY.into(),
        administrator: None,
    })
    .await?;
    let (ours, theirs) =
        (Target::new(backend.address())?, Target::new(bare(theirs.path()).await?)?);
    ours.send("", Bytes::new()).await?;
    let object = Bytes::from_iter(
        (0..SIZE).map(|place| (place.wrapping_mul(0x9e37_79b9) >> 13).to_le_bytes()[0]),
    );

    let (mut to_ours, mut to_theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        to_ours.push(ours.send(KEY, object.clone()).await?);
        to_theirs.push(theirs.send(KEY, object.clone()).await?);
    }
    let measured = [
        Measured::of("gatepass's embedded backend", to_ours),
        Measured::of("s3s with s3s-fs", to_theirs),
    ];
    print_table(Unit::Milliseconds, &measured, &[("s3s-fs", 1)]);
    backend.shutdown().await;
    Ok(())
}

/// The contract of a bucket that is reached there.
fn contract(address: SocketAddr) -> Result<Contract, Box<dyn Error>> {
    let endpoint =
        Sourced { value: format!("http://{address}"), source: Source::Flag("--endpoint-url") };
    Ok(Contract::parse(
        CONTRACT,
        "bench",
        &Overrides { endpoint_url: Some(endpoint), ..Overrides::default() },
    )?)
}

/// Serves the storage library as its own program does, with the bucket made.
async fn bare(dir: &Path) -> Result<SocketAddr, Box<dyn Error>> {
    std::fs::create_dir(dir.join("acme-uploads"))?;
    let mut builder =
        S3ServiceBuilder::new(s3s_fs::FileSystem::new(dir).map_err(|error| format!("{error:?}"))?);
    builder.set_auth(SimpleAuth::from_single(ACCESS_KEY_ID, SECRET_ACCESS_KEY));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(serve(listener, builder.build()));
    Ok(address)
}

async fn serve(listener: TcpListener, service: S3Service) -> Result<Infallible, std::io::Error> {
    loop {
        let (stream, _) = listener.accept().await?;
        let service = service.clone();
        tokio::spawn(async move {
            let builder = auto::Builder::new(TokioExecutor::new()).http1_only();
            builder
                .serve_connection(TokioIo::new(stream), service)
                .await
                .map_err(|error| error.to_string())
        });
    }
}

/// One of the two, with a client of its own.
struct Target {
    client: reqwest::Client,
    address: BucketAddress,
    signer: Signer,
}

impl Target {
    fn new(address: SocketAddr) -> Result<Self, Box<dyn Error>> {
        let contract = contract(address)?;
        let credentials = SigningCredentials {
            access_key_id: ACCESS_KEY_ID.to_owned(),
            secret_access_key: SECRET_ACCESS_KEY.into(),
            session_token: None,
            expires_at: None,
        };
        Ok(Self {
            client: reqwest::Client::builder().no_proxy().build()?,
            address: BucketAddress::of(&contract),
            signer: Signer::new(credentials, &contract.bucket.region),
        })
    }

    /// Puts this under the key (the bucket itself, where that is empty); how long it took, in nanoseconds.
    async fn send(&self, key: &str, body: Bytes) -> Result<f64, Box<dyn Error>> {
        let request = PresignRequest {
            method: Method::Put,
            address: &self.address,
            key,
            query: &[],
            headers: &[],
            expires_in: 900,
        };
        let url = self.signer.presign(&request, SystemTime::now())?;
        let start = Instant::now();
        let response = self.client.put(url.expose()).body(body).send().await?;
        let time = start.elapsed().as_secs_f64() * 1e9;
        if response.status().is_success() {
            return Ok(time);
        }
        Err(format!("PUT {key:?} answered {}: {}", response.status(), response.text().await?)
            .into())
    }
}
