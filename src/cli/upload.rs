//! `gatepass upload`

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytesize::ByteSize;
use futures::{StreamExt as _, stream};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::client::{Client, Parts, Progress, Upload, UploadError, Uploaded, memory_directory};
use gatepass_core::contract::ContentType;

use super::token::TokenArgs;
use super::{Global, Outcome, print};

/// The flags of `gatepass upload`.
#[derive(Debug, clap::Args)]
pub(super) struct UploadArgs {
    /// The files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The presign endpoint's address
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    endpoint: String,
    /// The files' media type [default: by each file name's extension, where that is a known one]
    #[arg(long, value_name = "TYPE")]
    content_type: Option<String>,
    /// The name to tell the endpoint instead of the file's own; for one file
    #[arg(long, value_name = "NAME")]
    filename: Option<String>,
    /// Compute each file's SHA-256 first, for S3 to compare with what arrives
    #[arg(long)]
    checksum: bool,
    /// How many files go at a time
    #[arg(long, value_name = "N", default_value = "3", value_parser = clap::value_parser!(u8).range(1..))]
    at_once: u8,
    /// From this size on a file goes in parts, where the endpoint has them
    #[arg(long, value_name = "SIZE", default_value = "64 MiB")]
    parts_from: ByteSize,
    /// Begin uploads in parts anew, and remember nothing of them
    #[arg(long)]
    no_resume: bool,
    #[command(flatten)]
    token: TokenArgs,
    /// Print what was uploaded as JSON, a line for each file, instead of its key
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: &UploadArgs, global: &Global) -> anyhow::Result<Outcome> {
    if let Some(url) = &global.endpoint_url {
        let error = anyhow::anyhow!(
            "--endpoint-url {url} names an S3, and the endpoint alone decides which S3 an upload goes to"
        );
        return Err(print::hinted(
            error,
            format!("name the presign endpoint with --endpoint {url}"),
        ));
    }
    if args.filename.is_some() && args.files.len() > 1 {
        let error =
            anyhow::anyhow!("--filename is one name, and there are {} files", args.files.len());
        return Err(print::hinted(error, "upload that file by itself"));
    }
    let remember_in = if args.no_resume { None } else { memory_directory() };
    let parts = Parts { from: args.parts_from.as_u64(), remember_in, ..Parts::default() };
    let uploads: Vec<Upload> = args
        .files
        .iter()
        .map(|file| upload_of(file, args, &parts))
        .collect::<anyhow::Result<_>>()?;
    let client = Client::new(&args.endpoint, &super::ca_certificates()?)
        .map_err(hinted)?
        .with_token(args.token.token());
    if let [upload] = &uploads[..] {
        tell(&watched(&client, upload, &MultiProgress::new(), "").await?, args.json)?;
        return Ok(Outcome::Done);
    }
    let bars = MultiProgress::new();
    let (client, bars) = (&client, &bars);
    // what is done is told in the order of the command line, whatever ends first
    let mut ended = stream::iter(&uploads)
        .map(async |upload| {
            let uploaded =
                watched(client, upload, bars, &format!("{}: ", upload.path.display())).await;
            (upload, uploaded)
        })
        .buffered(args.at_once.into());
    let mut failed = 0;
    while let Some((upload, uploaded)) = ended.next().await {
        match uploaded {
            Ok(uploaded) => bars.suspend(|| tell(&uploaded, args.json))?,
            Err(error) => {
                failed += 1;
                bars.suspend(|| anstream::eprintln!("error: {}: {error:#}", upload.path.display()));
            }
        }
    }
    anyhow::ensure!(failed == 0, "{failed} of {} files were not uploaded", uploads.len());
    Ok(Outcome::Done)
}

fn upload_of(file: &Path, args: &UploadArgs, parts: &Parts) -> anyhow::Result<Upload> {
    let content_type = match &args.content_type {
        Some(content_type) => content_type.clone(),
        None => guess(file)?,
    };
    let (path, filename) = (file.to_owned(), args.filename.clone());
    Ok(Upload { path, content_type, filename, checksum: args.checksum, parts: parts.clone() })
}

fn tell(uploaded: &Uploaded, json: bool) -> anyhow::Result<()> {
    if json {
        anstream::println!("{}", serde_json::to_string(uploaded)?);
    } else {
        anstream::println!("{}", uploaded.key);
    }
    Ok(())
}

/// Uploads one file for `gatepass dev`, with progress on standard error: a bar on a terminal, lines otherwise.
#[cfg(feature = "dev")]
pub(super) async fn upload_with_progress(
    client: Client,
    upload: &Upload,
) -> anyhow::Result<Uploaded> {
    watched(&client, upload, &MultiProgress::new(), "").await
}

/// The same beside others; `name` begins each line that tells how far it is.
async fn watched(
    client: &Client,
    upload: &Upload,
    bars: &MultiProgress,
    name: &str,
) -> anyhow::Result<Uploaded> {
    let start = Instant::now();
    let display = Arc::new(Display::new(bars, name)?);
    let shown = Arc::clone(&display);
    let result = client.upload(upload, move |progress| shown.show(progress)).await;
    display.bar.finish_and_clear();
    let uploaded = result.map_err(hinted)?;
    let seconds = start.elapsed().as_secs_f64();
    bars.suspend(|| {
        let (file, size) = (upload.path.display(), ByteSize::b(uploaded.size));
        anstream::eprintln!(
            "uploaded {file} ({size}, {}) in {seconds:.1} s",
            uploaded.content_type
        );
    });
    Ok(uploaded)
}

pub(super) fn hinted(error: UploadError) -> anyhow::Error {
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
    /// What a line begins with.
    name: String,
}

impl Display {
    fn new(bars: &MultiProgress, name: &str) -> anyhow::Result<Self> {
        let style = "{prefix}{msg:9} {wide_bar:.cyan/dim} {bytes:>10} of {total_bytes}  {bytes_per_sec:>12}  {eta:>4}";
        let bar = bars
            .add(ProgressBar::no_length())
            .with_prefix(name.to_owned())
            .with_style(ProgressStyle::with_template(style)?.progress_chars("━━─"));
        bar.enable_steady_tick(Duration::from_millis(100));
        Ok(Self { bar, told: AtomicU64::new(0), name: name.to_owned() })
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
            anstream::eprintln!("{}{doing}: {} % of {}", self.name, quarter * 25, ByteSize::b(of));
        }
    }
}

/// The media type by the file name's extension.
pub(super) fn guess(file: &Path) -> anyhow::Result<String> {
    let known =
        file.file_name().and_then(|name| ContentType::for_file_name(&name.to_string_lossy()));
    known.map(ToOwned::to_owned).ok_or_else(|| {
        let error =
            anyhow::anyhow!("the media type of {} is not known by its name", file.display());
        print::hinted(error, "say it with --content-type, e.g. --content-type application/pdf")
    })
}
