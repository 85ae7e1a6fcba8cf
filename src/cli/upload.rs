//! `gatepass upload`

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytesize::ByteSize;
use indicatif::{ProgressBar, ProgressStyle};
use secrecy::SecretString;

use crate::ca_certificates::CaCertificates;
use crate::client::{Client, Progress, Upload, UploadError, Uploaded};
use crate::contract::ContentType;

use super::token::TokenArgs;
use super::{Global, Outcome, print};

/// The flags of `gatepass upload`.
#[derive(Debug, clap::Args)]
pub(super) struct UploadArgs {
    /// The file
    file: PathBuf,
    /// The presign endpoint's address
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    endpoint: String,
    /// The file's media type [default: by the file name's extension, where that is a known one]
    #[arg(long, value_name = "TYPE")]
    content_type: Option<String>,
    /// The name to tell the endpoint instead of the file's own
    #[arg(long, value_name = "NAME")]
    filename: Option<String>,
    /// Compute the file's SHA-256 first, for S3 to compare with what arrives
    #[arg(long)]
    checksum: bool,
    #[command(flatten)]
    token: TokenArgs,
    /// Print what was uploaded as JSON instead of its key
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: &UploadArgs, global: &Global) -> anyhow::Result<Outcome> {
    if let Some(url) = &global.endpoint_url {
        let error = anyhow::anyhow!("--endpoint-url {url} names an S3, and the endpoint alone decides which S3 an upload goes to");
        return Err(print::hinted(error, format!("name the presign endpoint with --endpoint {url}")));
    }
    let content_type = match &args.content_type {
        Some(content_type) => content_type.clone(),
        None => guess(&args.file)?,
    };
    let upload = Upload { path: args.file.clone(), content_type, filename: args.filename.clone(), checksum: args.checksum };
    let uploaded = upload_with_progress(&args.endpoint, args.token.token(), &upload, &super::ca_certificates()?).await?;
    if args.json {
        anstream::println!("{}", serde_json::to_string(&uploaded)?);
    } else {
        anstream::println!("{}", uploaded.key);
    }
    Ok(Outcome::Done)
}

/// Uploads, with progress on standard error: a bar on a terminal, lines otherwise.
pub(super) async fn upload_with_progress(
    endpoint: &str,
    token: Option<SecretString>,
    upload: &Upload,
    ca_certificates: &CaCertificates,
) -> anyhow::Result<Uploaded> {
    let client = Client::new(endpoint, ca_certificates).map_err(hinted)?.with_token(token);
    let start = Instant::now();
    let display = Arc::new(Display::new()?);
    let shown = Arc::clone(&display);
    let result = client.upload(upload, move |progress| shown.show(progress)).await;
    display.bar.finish_and_clear();
    let uploaded = result.map_err(hinted)?;
    let seconds = start.elapsed().as_secs_f64();
    anstream::eprintln!("uploaded {} ({}, {}) in {seconds:.1} s", upload.path.display(), ByteSize::b(uploaded.size), uploaded.content_type);
    Ok(uploaded)
}

fn hinted(error: UploadError) -> anyhow::Error {
    match error.hint() {
        Some(hint) => print::hinted(error.into(), hint),
        None => error.into(),
    }
}

/// A bar, and lines where there is no terminal for it.
struct Display {
    bar: ProgressBar,
    /// The last quarter that a line told of.
    told: AtomicU64,
}

impl Display {
    fn new() -> anyhow::Result<Self> {
        let style = "{msg:9} {wide_bar:.cyan/dim} {bytes:>10} of {total_bytes}  {bytes_per_sec:>12}  {eta:>4}";
        let bar = ProgressBar::no_length().with_style(ProgressStyle::with_template(style)?.progress_chars("━━─"));
        bar.enable_steady_tick(Duration::from_millis(100));
        Ok(Self { bar, told: AtomicU64::new(0) })
    }

    fn show(&self, progress: Progress) {
        let (doing, done, of) = match progress {
            Progress::Hashed(done, of) => ("hashing", done, of),
            Progress::Sent(done, of) => ("uploading", done, of),
        };
        if !self.bar.is_hidden() {
            if self.bar.message() != doing {
                self.bar.set_message(doing);
                self.bar.reset();
            }
            self.bar.set_length(of);
            self.bar.set_position(done);
            return;
        }
        // of() is above zero: the endpoint gives no grant for an empty file
        let quarter = done.saturating_mul(4) / of.max(1);
        if self.told.swap(quarter, Ordering::Relaxed) != quarter && (1..4).contains(&quarter) {
            anstream::eprintln!("{doing}: {} % of {}", quarter * 25, ByteSize::b(of));
        }
    }
}

/// The media type by the file name's extension.
pub(super) fn guess(file: &Path) -> anyhow::Result<String> {
    let extension = file.extension().and_then(|extension| extension.to_str());
    let known = extension.and_then(ContentType::for_extension);
    known.map(ToOwned::to_owned).ok_or_else(|| {
        let error = anyhow::anyhow!("the media type of {} is not known by its name", file.display());
        print::hinted(error, "say it with --content-type, e.g. --content-type application/pdf")
    })
}
