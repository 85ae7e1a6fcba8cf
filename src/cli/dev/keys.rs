//! The administrator's key: made once for a directory and kept in it.

use std::io::{ErrorKind, Write as _};
use std::path::Path;

use anyhow::Context as _;
use secrecy::{ExposeSecret as _, SecretString};

use crate::cli::print;
use aws_emulator::{new_access_key_id, new_secret_access_key};

/// The file's name. It has the form of AWS's own, so `AWS_SHARED_CREDENTIALS_FILE` can name it.
/// See <https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html>.
const FILE: &str = "credentials";
const ID: &str = "aws_access_key_id";
const SECRET: &str = "aws_secret_access_key";

/// An access key.
pub(super) struct Keys {
    pub(super) access_key_id: String,
    pub(super) secret_access_key: SecretString,
}

impl Keys {
    /// The keys of a directory.
    pub(super) fn of(dir: &Path) -> anyhow::Result<Self> {
        let path = dir.join(FILE);
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::parse(&text).ok_or_else(|| {
                let error = anyhow::anyhow!("{} has no {ID} and {SECRET}", path.display());
                print::hinted(error, "remove it, and it is made anew")
            }),
            Err(error) if error.kind() == ErrorKind::NotFound => Self::make(&path),
            Err(error) => Err(error).with_context(|| format!("reading {}", path.display())),
        }
    }

    /// For the one who runs the backend.
    pub(super) fn expose_secret(&self) -> &str {
        self.secret_access_key.expose_secret()
    }

    fn make(path: &Path) -> anyhow::Result<Self> {
        let keys = Self {
            access_key_id: new_access_key_id(),
            secret_access_key: new_secret_access_key().into(),
        };
        let text = format!(
            "[default]\n{ID} = {}\n{SECRET} = {}\n",
            keys.access_key_id,
            keys.expose_secret()
        );
        let writing = || format!("writing {}", path.display());
        let dir = path.parent().unwrap_or(Path::new("."));
        // a temporary file is made with mode 0600
        let mut file = tempfile::NamedTempFile::new_in(dir).with_context(writing)?;
        file.write_all(text.as_bytes()).with_context(writing)?;
        file.persist_noclobber(path).with_context(writing)?;
        Ok(keys)
    }

    fn parse(text: &str) -> Option<Self> {
        let value = |wanted: &str| {
            text.lines().find_map(|line| {
                let (name, value) = line.split_once('=')?;
                (name.trim() == wanted && !value.trim().is_empty()).then(|| value.trim().to_owned())
            })
        };
        Some(Self { access_key_id: value(ID)?, secret_access_key: value(SECRET)?.into() })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_keeps_its_keys_to_its_owner() {
        let dir = tempfile::tempdir().unwrap();
        let made = Keys::of(dir.path()).unwrap();
        let found = Keys::of(dir.path()).unwrap();
        assert_eq!(
            (made.access_key_id.as_str(), made.expose_secret()),
            (found.access_key_id.as_str(), found.expose_secret())
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(
                std::fs::metadata(dir.path().join(FILE)).unwrap().permissions().mode() & 0o777,
                0o600
            );
        }
    }

    #[test]
    fn a_file_without_keys_is_not_guessed_at() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(FILE), "[default]\naws_access_key_id =\n").unwrap();
        let error = Keys::of(dir.path()).map(|_| ()).unwrap_err().to_string();
        assert!(error.ends_with("has no aws_access_key_id and aws_secret_access_key\n  hint: remove it, and it is made anew"), "{error}");
    }
}
