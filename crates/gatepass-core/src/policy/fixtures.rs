//! A contract to render, for the tests of this room.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::Path;

use super::{Documents, StatementFiles};
use crate::contract::{Contract, Overrides};
use iam_policy::AccountId;

const ACCOUNT: &str = "111122223333";

/// A contract with these lines in the places of its own.
pub struct Written<'a> {
    pub bucket: &'a str,
    pub upload: &'a str,
    pub role: &'a str,
    pub endpoint: &'a str,
}

pub const PLAIN: Written<'static> = Written {
    bucket: r#"region = "eu-central-1""#,
    upload: r#"content_types = ["image/png", "image/jpeg", "application/pdf"]"#,
    role: "[[role.trust]]\nservice = \"lambda.amazonaws.com\"",
    endpoint: "",
};

impl Written<'_> {
    pub fn contract(&self) -> Contract {
        let Self { bucket, upload, role, endpoint } = self;
        let text = format!(
            "[bucket]\nname = \"acme-uploads\"\n{bucket}\n\
             [upload]\nmax_size = \"10 MiB\"\nallowed_origins = [\"https://b.example\", \"https://a.example\"]\n{upload}\n\
             {role}\n{endpoint}"
        );
        Contract::parse(&text, "gatepass.toml", &Overrides::default()).unwrap()
    }

    pub fn documents(&self) -> Documents {
        rendered(&self.contract(), &built_in())
    }
}

pub fn account() -> AccountId {
    AccountId::parse(ACCOUNT).unwrap()
}

pub fn rendered(contract: &Contract, files: &StatementFiles) -> Documents {
    Documents::render(contract, &account(), files).unwrap()
}

pub fn refused(contract: &Contract, files: &StatementFiles) -> String {
    Documents::render(contract, &account(), files).unwrap_err().to_string()
}

/// The built-in files with these written over them; an empty text takes one away.
pub fn own_files(changes: &[(&str, &str)]) -> StatementFiles {
    let mut files = built_in_texts();
    for (path, text) in changes {
        match *text {
            "" => files.remove(*path),
            text => files.insert((*path).to_owned(), text.to_owned()),
        };
    }
    StatementFiles::from_files(&files).unwrap()
}

/// The files of `policies/`, by their path relative to it.
#[allow(clippy::disallowed_methods)]
pub fn built_in_texts() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies");
    let mut texts = BTreeMap::new();
    for directory in ["", "bucket", "role", "trust"] {
        for entry in std::fs::read_dir(root.join(directory)).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_file() {
                let path = Path::new(directory).join(entry.file_name());
                texts.insert(
                    path.to_str().unwrap().to_owned(),
                    std::fs::read_to_string(entry.path()).unwrap(),
                );
            }
        }
    }
    texts
}

pub fn built_in() -> StatementFiles {
    StatementFiles::from_files(&built_in_texts()).unwrap()
}
