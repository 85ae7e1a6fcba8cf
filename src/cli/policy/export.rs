//! `gatepass policy export`

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::cli::{Outcome, print};

/// The flags of `gatepass policy export`.
#[derive(Debug, clap::Args)]
pub(super) struct ExportArgs {
    /// The directory to write to; it is made if it is not there, and no file in it is overwritten
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

pub(super) fn run(args: &ExportArgs) -> anyhow::Result<Outcome> {
    let files = crate::statement_files::built_in_texts();
    if let Some(existing) =
        files.keys().map(|path| args.directory.join(path)).find(|path| path.exists())
    {
        let error =
            anyhow::anyhow!("{} exists already, so nothing was written", existing.display());
        return Err(print::hinted(error, "name another directory"));
    }
    for (path, text) in &files {
        write_new(&args.directory.join(path), text)?;
    }
    anstream::eprintln!("Wrote {} files to {}.", files.len(), args.directory.display());
    anstream::eprintln!(
        "Use them with `policies = …` in the contract, relative to its directory, or with --policies."
    );
    Ok(Outcome::Done)
}

fn write_new(path: &Path, text: &str) -> anyhow::Result<()> {
    let writing = || format!("writing {}", path.display());
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory).with_context(writing)?;
    }
    match OpenOptions::new().write(true).create_new(true).open(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            anyhow::bail!("{} appeared while writing", path.display())
        }
        file => file.and_then(|mut file| file.write_all(text.as_bytes())).with_context(writing),
    }
}
