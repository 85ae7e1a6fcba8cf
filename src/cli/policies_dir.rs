//! The statement files that a contract names: the built-in ones, or a directory of one's own.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::Context as _;

use super::print;
use gatepass_core::contract::Contract;
use gatepass_core::policy::StatementFiles;

/// Reads the contract's `policies` directory, relative to the contract file's own; the built-in files where it names none.
pub(super) fn statement_files(
    contract: &Contract,
    contract_path: &Path,
) -> anyhow::Result<StatementFiles> {
    let Some(policies) = &contract.policies else {
        return Ok(crate::statement_files::built_in()?);
    };
    let directory = contract_path.parent().unwrap_or(Path::new("")).join(policies);
    let mut files = BTreeMap::new();
    read_directory(&directory, "", &mut files)?;
    StatementFiles::from_files(&files)
        .with_context(|| format!("in the policies directory {}", directory.display()))
}

/// Reads every file below, by its path with slashes. What begins with a dot is not for us and may be large.
fn read_directory(
    directory: &Path,
    prefix: &str,
    files: &mut BTreeMap<String, String>,
) -> anyhow::Result<()> {
    let reading = |path: &Path| format!("reading {}", path.display());
    let entries = std::fs::read_dir(directory).map_err(|error| {
        let not_there = matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory);
        let error = anyhow::Error::from(error).context(format!("reading the policies directory {}", directory.display()));
        let hint = "write the built-in files there with `gatepass policy export DIR`, or leave `policies` out of the contract";
        if not_there { print::hinted(error, hint) } else { error }
    })?;
    for entry in entries {
        let path = entry.with_context(|| reading(directory))?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            anyhow::bail!("{}: the name is not UTF-8", path.display());
        };
        if name.starts_with('.') {
            continue;
        }
        let relative = format!("{prefix}{name}");
        if path.is_dir() {
            read_directory(&path, &format!("{relative}/"), files)?;
        } else {
            files.insert(relative, std::fs::read_to_string(&path).with_context(|| reading(&path))?);
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_export_writes_is_what_is_built_in() {
        let directory = tempfile::tempdir().unwrap();
        for (path, text) in crate::statement_files::built_in_texts() {
            let path = directory.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        std::fs::create_dir(directory.path().join(".git")).unwrap();
        std::fs::write(directory.path().join(".git/index"), [0xff]).unwrap();
        let mut files = BTreeMap::new();
        read_directory(directory.path(), "", &mut files).unwrap();
        assert_eq!(
            StatementFiles::from_files(&files).unwrap(),
            crate::statement_files::built_in().unwrap()
        );
    }

    #[test]
    fn a_directory_that_is_not_there_says_how_to_make_one() {
        let error =
            read_directory(Path::new("/nowhere/policies"), "", &mut BTreeMap::new()).unwrap_err();
        insta::assert_snapshot!(format!("{error:#}"), @"
        reading the policies directory /nowhere/policies: No such file or directory (os error 2)
          hint: write the built-in files there with `gatepass policy export DIR`, or leave `policies` out of the contract
        ");
    }
}
