//! The contract that `dev` works by: the user's own or a demo, made to fit what runs here.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use toml_edit::{Array, DocumentMut, Item, TableLike, Value, table, value};

use crate::cli::{Global, env, print, read};
use gatepass_core::contract::{AuditTo, Contract, JwtKeys, Overrides};
use iam_policy::{AccountId, Region};

/// The file that the contract in use is written to.
pub(super) const FILE: &str = "gatepass.toml";

/// The account that the backend is, where the contract does not say.
const ACCOUNT: &str = "111122223333";

/// What the written file begins with.
const MARK: &str = "# Written by `gatepass dev`, anew at every start.";

const DEMO: &str = include_str!("demo.toml");

/// A contract, before it is known where things listen.
pub(super) struct ContractInUse {
    document: DocumentMut,
    origin: String,
    name: String,
    pub(super) account_id: AccountId,
    pub(super) region: Region,
}

impl ContractInUse {
    /// Finds the user's contract: `--config`, `GATEPASS_CONFIG`, `./gatepass.toml`; the demo where there is none.
    pub(super) fn find(global: &Global, dir: &Path) -> anyhow::Result<Self> {
        let path = global.config_path();
        let is_named = global.config.is_some() || std::env::var_os(env::CONFIG).is_some();
        let (text, source) = if is_named || path.exists() {
            (read(&path)?, Some(path))
        } else {
            (DEMO.to_owned(), None)
        };
        if let Some(source) = &source {
            refuse_to_overwrite(source, &dir.join(FILE), &text)?;
        }
        // what is written would lose against these in every other command, but not here
        let overrides = Overrides { endpoint_url: None, listen: None, ..global.overrides() };
        Self::new(&text, source, &overrides)
    }

    fn new(text: &str, source: Option<PathBuf>, overrides: &Overrides) -> anyhow::Result<Self> {
        let (file, origin) = match &source {
            Some(path) => (path.display().to_string(), format!("It is {}, made to fit what runs here: change that one.", path.display())),
            None => (
                "the demo contract".to_owned(),
                "It is a demo; `gatepass init` writes a contract of your own, which `dev` then takes.".to_owned(),
            ),
        };
        let contract = Contract::parse(text, &file, overrides)?;
        let mut document: DocumentMut =
            text.parse().with_context(|| format!("reading {file} again"))?;
        let account_id = match &contract.account_id {
            Some(account_id) => account_id.clone(),
            None => AccountId::parse(ACCOUNT)?,
        };
        let from = source.as_deref().and_then(Path::parent).unwrap_or(Path::new(""));
        name_files_from(from, &contract, document.as_table_mut())?;
        Ok(Self {
            document,
            origin,
            name: contract.bucket.name.to_string(),
            account_id,
            region: contract.bucket.region,
        })
    }

    /// The contract's text for an endpoint and a backend that listen at these addresses; the backend is reached by https
    /// where its certificate authority is given.
    pub(super) fn text(
        &self,
        endpoint: SocketAddr,
        backend: SocketAddr,
        ca_certificate: Option<&Path>,
    ) -> String {
        let mut document = self.document.clone();
        let root: &mut dyn TableLike = document.as_table_mut();
        set(root, "account_id", self.account_id.as_str());
        set_in(root, "bucket", &[("name", &self.name), ("region", self.region.as_str())]);
        set_in(root, "serve", &[("listen", &endpoint.to_string())]);
        // a place that only the contract's own endpoint has
        if let Some(serve) = root.get_mut("serve").and_then(Item::as_table_like_mut)
            && serve.contains_key("url")
        {
            set(serve, "url", &format!("http://{endpoint}"));
        }
        let mut other_s3 = table();
        if let Some(other_s3) = other_s3.as_table_like_mut() {
            set(
                other_s3,
                "url",
                &format!("{}://{backend}", if ca_certificate.is_some() { "https" } else { "http" }),
            );
            if let Some(path) = ca_certificate {
                set(other_s3, "ca_certificate", &path.display().to_string());
            }
        }
        root.insert("endpoint", other_s3);
        add_origins(root, endpoint.port());
        format!("{MARK}\n# {}\n\n{}", self.origin, without_mark(&document.to_string()))
    }
}

/// What the contract names is beside the user's file, not beside the one that is written. `[endpoint]` is replaced as a whole.
fn name_files_from(
    directory: &Path,
    contract: &Contract,
    root: &mut dyn TableLike,
) -> anyhow::Result<()> {
    let absolute = |path: &Path| -> anyhow::Result<String> {
        let path = directory.join(path);
        let absolute =
            std::path::absolute(&path).with_context(|| format!("finding {}", path.display()))?;
        Ok(absolute.display().to_string())
    };
    if let Some(policies) = &contract.policies {
        set(root, "policies", &absolute(policies)?);
    }
    let serve = &contract.serve;
    let audit = match &serve.audit {
        Some(AuditTo::File(path)) => Some(path),
        Some(AuditTo::Stdout) | None => None,
    };
    for (name, path) in [
        ("audit", audit),
        ("ticket_secrets_file", serve.ticket_secrets_file.as_ref()),
        ("receipt_secrets_file", serve.receipt_secrets_file.as_ref()),
    ] {
        if let Some(path) = path {
            set_in(root, "serve", &[(name, &absolute(path)?)]);
        }
    }
    let (name, path) =
        match contract.auth.as_ref().and_then(|auth| auth.jwt.as_ref()).map(|jwt| &jwt.keys) {
            Some(JwtKeys::File(path)) => ("jwks_file", path),
            Some(JwtKeys::Secret(path)) => ("secret_file", path),
            Some(JwtKeys::Url(_)) | None => return Ok(()),
        };
    if let Some(auth) = root.get_mut("auth").and_then(Item::as_table_like_mut) {
        set_in(auth, "jwt", &[(name, &absolute(path)?)]);
    }
    Ok(())
}

/// The user's own file must not be replaced by what is made of it.
fn refuse_to_overwrite(source: &Path, target: &Path, text: &str) -> anyhow::Result<()> {
    let is_same = matches!((source.canonicalize(), target.canonicalize()), (Ok(source), Ok(target)) if source == target);
    if is_same && !text.starts_with(MARK) {
        let error = anyhow::anyhow!(
            "{} is your contract, and `dev` would write its own there",
            source.display()
        );
        return Err(print::hinted(error, "choose another directory with --dir"));
    }
    Ok(())
}

fn without_mark(text: &str) -> &str {
    match text.strip_prefix(MARK) {
        Some(rest) => rest.split_once("\n\n").map_or("", |(_, rest)| rest),
        None => text,
    }
}

/// The origins of the endpoint's own page, beside the contract's.
fn add_origins(root: &mut dyn TableLike, port: u16) {
    let Some(upload) = root.get_mut("upload").and_then(Item::as_table_like_mut) else { return };
    let Some(origins) = upload.get_mut("allowed_origins").and_then(Item::as_array_mut) else {
        return;
    };
    let has = |origins: &Array, wanted: &str| {
        origins.iter().any(|origin| origin.as_str() == Some(wanted))
    };
    if has(origins, "*") {
        return;
    }
    for host in ["127.0.0.1", "localhost"] {
        let origin = format!("http://{host}:{port}");
        if !has(origins, &origin) {
            origins.push(origin);
        }
    }
}

fn set_in(root: &mut dyn TableLike, name: &str, settings: &[(&str, &str)]) {
    let section = root.entry(name).or_insert_with(table);
    if let Some(section) = section.as_table_like_mut() {
        for (name, setting) in settings {
            set(section, name, setting);
        }
    }
}

/// Replaces a setting and keeps the comment beside it.
fn set(section: &mut dyn TableLike, name: &str, setting: &str) {
    match section.get_mut(name).and_then(Item::as_value_mut) {
        Some(old) => {
            let decor = old.decor().clone();
            *old = Value::from(setting);
            *old.decor_mut() = decor;
        }
        None => {
            section.insert(name, value(setting));
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const ENDPOINT: &str = "127.0.0.1:8080";
    const BACKEND: &str = "127.0.0.1:9444";

    fn made(text: &str, source: Option<&str>) -> String {
        let in_use =
            ContractInUse::new(text, source.map(PathBuf::from), &Overrides::default()).unwrap();
        in_use.text(ENDPOINT.parse().unwrap(), BACKEND.parse().unwrap(), None)
    }

    #[test]
    fn the_demo_is_a_contract() {
        let text = made(DEMO, None);
        assert!(text.contains(ACCOUNT), "{text}");
        let contract = Contract::parse(&text, FILE, &Overrides::default()).unwrap();
        assert_eq!(contract.endpoint.unwrap().url.as_str(), "http://127.0.0.1:9444");
        assert_eq!(contract.serve.listen.to_string(), ENDPOINT);
    }

    #[test]
    fn a_contract_of_ones_own_keeps_everything_but_where_things_listen() {
        let own = r#"policies = "statements"  # ours

[bucket]
name = "acme-uploads" # taken
region = "eu-central-1"

[upload]
content_types = ["image/*"]
max_size = "1 MiB"
allowed_origins = ["https://app.example.com"]

[[role.trust]]
principal = "account"

[serve]
max_body = "8 KiB"
listen = "0.0.0.0:80"
url = "https://uploads.example.com"
allow_unauthenticated = true

[endpoint]
url = "http://localhost:4566"
public_url = "http://other:4566"
path_style = false
"#;
        insta::assert_snapshot!(made(own, Some("/project/gatepass.toml")), @r#"
        # Written by `gatepass dev`, anew at every start.
        # It is /project/gatepass.toml, made to fit what runs here: change that one.

        policies = "/project/statements"  # ours
        account_id = "111122223333"

        [bucket]
        name = "acme-uploads" # taken
        region = "eu-central-1"

        [upload]
        content_types = ["image/*"]
        max_size = "1 MiB"
        allowed_origins = ["https://app.example.com", "http://127.0.0.1:8080", "http://localhost:8080"]

        [[role.trust]]
        principal = "account"

        [serve]
        max_body = "8 KiB"
        listen = "127.0.0.1:8080"
        url = "http://127.0.0.1:8080"
        allow_unauthenticated = true

        [endpoint]
        url = "http://127.0.0.1:9444"
        "#);
    }

    #[test]
    fn files_are_looked_for_beside_ones_own_contract() {
        let own = |audit: &str, keys: &str| {
            format!(
                r#"{DEMO}
audit = "{audit}" # every right
ticket_secrets_file = "secrets/tickets"
receipt_secrets_file = "/run/secrets/receipts"
[auth.jwt]
issuer = "https://login.example.com/"
audience = "uploads"
{keys}
"#
            )
        };
        let text = made(
            &own("audit.jsonl", "algorithms = [\"RS256\"]\njwks_file = \"keys.json\""),
            Some("/project/gatepass.toml"),
        );
        for line in [
            "audit = \"/project/audit.jsonl\" # every right",
            "ticket_secrets_file = \"/project/secrets/tickets\"",
            "receipt_secrets_file = \"/run/secrets/receipts\"",
            "jwks_file = \"/project/keys.json\"",
        ] {
            assert!(text.lines().any(|written| written == line), "{line}: {text}");
        }
        let text = made(
            &own("stdout", "algorithms = [\"HS256\"]\nsecret_file = \"../secret\""),
            Some("/project/gatepass.toml"),
        );
        for line in ["audit = \"stdout\" # every right", "secret_file = \"/project/../secret\""] {
            assert!(text.lines().any(|written| written == line), "{line}: {text}");
        }
        // a contract that is named from the working directory
        let text = made(
            &own("audit.jsonl", "algorithms = [\"HS256\"]\nsecret_file = \"secret\""),
            Some("gatepass.toml"),
        );
        let here = std::env::current_dir().unwrap();
        assert!(
            text.contains(&format!("secret_file = \"{}\"", here.join("secret").display())),
            "{text}"
        );
    }

    #[test]
    fn what_was_written_is_made_the_same_again() {
        let once = made(DEMO, None);
        let body = |text: &str| text.split_once("\n\n").unwrap().1.to_owned();
        assert_eq!(body(&made(&once, Some("/dir/gatepass.toml"))), body(&once));
    }

    #[test]
    fn a_contract_of_ones_own_is_not_written_over() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join(FILE);
        std::fs::write(&file, DEMO).unwrap();
        assert!(
            refuse_to_overwrite(&file, &file, DEMO)
                .unwrap_err()
                .to_string()
                .contains("is your contract")
        );
        assert!(refuse_to_overwrite(&file, &file, &made(DEMO, None)).is_ok());
    }
}
