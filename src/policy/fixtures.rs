//! A contract to render, for the tests of this room.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use super::{Documents, StatementFiles};
use crate::contract::{Contract, Overrides};
use iam_policy::AccountId;

const ACCOUNT: &str = "111122223333";

/// A contract with these lines in the places of its own.
pub(super) struct Written<'a> {
    pub(super) bucket: &'a str,
    pub(super) upload: &'a str,
    pub(super) role: &'a str,
    pub(super) endpoint: &'a str,
}

pub(super) const PLAIN: Written<'static> = Written {
    bucket: r#"region = "eu-central-1""#,
    upload: r#"content_types = ["image/png", "image/jpeg", "application/pdf"]"#,
    role: "[[role.trust]]\nservice = \"lambda.amazonaws.com\"",
    endpoint: "",
};

impl Written<'_> {
    pub(super) fn contract(&self) -> Contract {
        let Self { bucket, upload, role, endpoint } = self;
        let text = format!(
            "[bucket]\nname = \"acme-uploads\"\n{bucket}\n\
             [upload]\nmax_size = \"10 MiB\"\nallowed_origins = [\"https://b.example\", \"https://a.example\"]\n{upload}\n\
             {role}\n{endpoint}"
        );
        Contract::parse(&text, "gatepass.toml", &Overrides::default()).unwrap()
    }

    pub(super) fn documents(&self) -> Documents {
        rendered(&self.contract(), &StatementFiles::built_in().unwrap())
    }
}

pub(super) fn account() -> AccountId {
    AccountId::parse(ACCOUNT).unwrap()
}

pub(super) fn rendered(contract: &Contract, files: &StatementFiles) -> Documents {
    Documents::render(contract, &account(), files).unwrap()
}

pub(super) fn refused(contract: &Contract, files: &StatementFiles) -> String {
    Documents::render(contract, &account(), files).unwrap_err().to_string()
}

/// The built-in files with these written over them; an empty text takes one away.
pub(super) fn own_files(changes: &[(&str, &str)]) -> StatementFiles {
    let built_in = StatementFiles::built_in_texts();
    let mut files: BTreeMap<String, String> = built_in.into_iter().map(|(path, text)| (path.to_owned(), text.to_owned())).collect();
    for (path, text) in changes {
        match *text {
            "" => files.remove(*path),
            text => files.insert((*path).to_owned(), text.to_owned()),
        };
    }
    StatementFiles::from_files(&files).unwrap()
}
