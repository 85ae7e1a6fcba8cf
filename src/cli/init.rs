//! `gatepass init`

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use toml_edit::{DocumentMut, value};

use gatepass_core::contract::{Contract, INIT_TEMPLATE, Overrides, Source, Sourced};

use super::{Global, Outcome, print};

/// The flags of `gatepass init`. `--config` says where to write, and `--account-id`, `--bucket`, `--region`
/// and `--endpoint-url` what stands in the file.
#[derive(Debug, clap::Args)]
pub(super) struct InitArgs {
    /// Replace the file if there is one
    #[arg(long)]
    force: bool,
}

pub(super) fn run(args: &InitArgs, global: &Global) -> anyhow::Result<Outcome> {
    let path = global.config_path();
    let overrides = flags_only(global.overrides());
    // Checked before anything is written, and told with the name of the flag.
    Contract::parse(INIT_TEMPLATE, &path.display().to_string(), &overrides)?;
    let text = contract_text(&overrides)?;
    if args.force { replace(&path, &text) } else { create(&path, &text) }?;

    anstream::eprintln!("wrote {}", path.display());
    if overrides.bucket_name.is_none() {
        anstream::eprintln!(
            "next: choose bucket.name and bucket.region in it, and list your pages in upload.allowed_origins"
        );
    } else {
        anstream::eprintln!("next: list your pages in upload.allowed_origins");
    }
    anstream::eprintln!("then: `gatepass plan` shows what AWS lacks to keep it");
    Ok(Outcome::Done)
}

/// Environment variables go on overriding the file wherever they are set; only what was said for this file stands in it.
fn flags_only(overrides: Overrides) -> Overrides {
    let flag = |sourced: Option<Sourced>| {
        sourced.filter(|sourced| matches!(sourced.source, Source::Flag(_)))
    };
    Overrides {
        account_id: flag(overrides.account_id),
        bucket_name: flag(overrides.bucket_name),
        region: flag(overrides.region),
        region_fallback: None,
        endpoint_url: flag(overrides.endpoint_url),
        listen: None,
        // a directory in the file is relative to the file, one in a flag is not
        policies: None,
    }
}

/// The commented contract with the flags' values in their places.
fn contract_text(overrides: &Overrides) -> anyhow::Result<String> {
    // What is only an example in the template is taken out of its comment first.
    let mut text = INIT_TEMPLATE.to_owned();
    if overrides.account_id.is_some() {
        text = text.replace("\n# account_id = ", "\naccount_id = ");
    }
    if overrides.endpoint_url.is_some() {
        text = text.replace("\n# [endpoint]\n# url = ", "\n[endpoint]\nurl = ");
    }
    let mut document: DocumentMut = text.parse().context("reading the template of a contract")?;
    let mut set = |path: &[&str], sourced: &Option<Sourced>| {
        if let Some(sourced) = sourced {
            let item = path.iter().fold(document.as_item_mut(), |item, key| &mut item[key]);
            *item = value(&sourced.value);
        }
    };
    set(&["account_id"], &overrides.account_id);
    set(&["bucket", "name"], &overrides.bucket_name);
    set(&["bucket", "region"], &overrides.region);
    set(&["endpoint", "url"], &overrides.endpoint_url);
    Ok(document.to_string())
}

/// Writes a file that is not there yet.
fn create(path: &Path, text: &str) -> anyhow::Result<()> {
    match write_new(path, text) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(print::hinted(
            anyhow::anyhow!("{} is already there", path.display()),
            "`gatepass init --force` replaces it, and --config FILE writes another",
        )),
        result => result.with_context(|| format!("writing the contract {}", path.display())),
    }
}

/// Puts a file in the place of another in one step, so that there is always one of the two.
fn replace(path: &Path, text: &str) -> anyhow::Result<()> {
    let mut beside = path.to_path_buf().into_os_string();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    write_new(&beside, text).with_context(|| format!("writing {}", beside.display()))?;
    std::fs::rename(&beside, path)
        .with_context(|| format!("replacing the contract {}", path.display()))
        .inspect_err(|_| {
            // the error of the rename is the one to tell
            let _ = std::fs::remove_file(&beside);
        })
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut file: File = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    fn flag(name: &'static str, value: &str) -> Option<Sourced> {
        Some(Sourced { value: value.to_owned(), source: Source::Flag(name) })
    }

    #[test]
    fn flags_stand_in_the_file() {
        let overrides = Overrides {
            account_id: flag("--account-id", "111122223333"),
            bucket_name: flag("--bucket", "acme-uploads"),
            region: flag("--region", "eu-central-1"),
            endpoint_url: flag("--endpoint-url", "http://localhost:4566"),
            ..Overrides::default()
        };
        let text = contract_text(&overrides).unwrap();
        let changed: Vec<_> = text
            .lines()
            .filter(|line| !INIT_TEMPLATE.lines().any(|other| other == *line))
            .collect();
        insta::assert_snapshot!(changed.join("\n"), @r#"
        account_id = "111122223333"
        name = "acme-uploads"
        region = "eu-central-1"
        [endpoint]
        url = "http://localhost:4566"
        "#);
        let written = Contract::parse(&text, "gatepass.toml", &Overrides::default()).unwrap();
        assert_eq!(written, Contract::parse(INIT_TEMPLATE, "gatepass.toml", &overrides).unwrap());
    }

    #[test]
    fn without_flags_it_is_the_template() {
        assert_eq!(contract_text(&Overrides::default()).unwrap(), INIT_TEMPLATE);
    }

    #[test]
    fn a_file_that_is_there_is_replaced_only_when_told() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("gatepass.toml");
        create(&path, "first").unwrap();
        let refused = create(&path, "second").unwrap_err().to_string();
        assert!(refused.contains("is already there") && refused.contains("--force"), "{refused}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "first");
        replace(&path, "second").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "second");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
