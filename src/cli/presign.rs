//! `gatepass presign`

mod get;
mod put;

use crate::aws::AwsError;
use gatepass_core::contract::{Contract, ExpiresIn};

use super::{Global, Outcome, print};

/// The flags of `gatepass presign`.
#[derive(Debug, clap::Args)]
pub(super) struct PresignArgs {
    #[command(subcommand)]
    command: PresignCommand,
}

#[derive(Debug, clap::Subcommand)]
enum PresignCommand {
    /// Presign one upload by PUT, checked and signed as the endpoint would do it
    Put(put::PutArgs),
    /// Presign one download by GET, in the same way
    Get(get::GetArgs),
}

pub(super) async fn run(args: &PresignArgs, global: &Global) -> anyhow::Result<Outcome> {
    match &args.command {
        PresignCommand::Put(args) => put::run(args, global).await,
        PresignCommand::Get(args) => get::run(args, global).await,
    }
}

/// A flag's span has to keep what the contract's own has to keep.
fn expires_in(span: &str, contract: &Contract) -> anyhow::Result<ExpiresIn> {
    let expires_in = ExpiresIn::parse(span).map_err(|invalid| {
        let error = anyhow::anyhow!("flag --expires-in: {span:?} {}", invalid.problem);
        match invalid.hint {
            Some(hint) => print::hinted(error, hint),
            None => error,
        }
    })?;
    let most = contract.upload.max_signature_age.seconds();
    if expires_in.seconds() > most {
        let error = anyhow::anyhow!(
            "flag --expires-in: {span:?} is above the contract's upload.max_signature_age of {most} s"
        );
        return Err(print::hinted(error, "S3 would refuse the URL by then: write a shorter span"));
    }
    Ok(expires_in)
}

fn unavailable(error: AwsError) -> anyhow::Error {
    let hint = error.hint().map(ToOwned::to_owned);
    with_hint(error.into(), hint)
}

fn with_hint(error: anyhow::Error, hint: Option<String>) -> anyhow::Error {
    match hint {
        Some(hint) => print::hinted(error, hint),
        None => error,
    }
}

/// One word for a POSIX shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod fixtures {
    use gatepass_core::contract::{Contract, Overrides};
    use gatepass_core::grant::SigningCredentials;

    pub(super) fn credentials() -> SigningCredentials {
        SigningCredentials {
            access_key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into(),
            session_token: None,
            expires_at: None,
        }
    }

    pub(super) fn contract(upload: &str) -> Contract {
        let text = format!(
            r#"
            [bucket]
            name = "acme-uploads"
            region = "eu-central-1"
            [upload]
            content_types = ["image/*"]
            max_size = "10 MiB"
            allowed_origins = []
            {upload}
            [[role.trust]]
            principal = "account"
            "#
        );
        Contract::parse(&text, "gatepass.toml", &Overrides::default()).unwrap()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::fixtures::contract;
    use super::*;

    #[test]
    fn a_span_keeps_to_the_bucket_policy() {
        let contract = contract("max_signature_age = \"10m\"");
        let error = |span| format!("{:#}", expires_in(span, &contract).unwrap_err());
        assert_eq!(expires_in("10m", &contract).unwrap().seconds(), 600);
        insta::assert_snapshot!(error("11m"), @r#"
        flag --expires-in: "11m" is above the contract's upload.max_signature_age of 600 s
          hint: S3 would refuse the URL by then: write a shorter span
        "#);
        insta::assert_snapshot!(error("soon"), @r#"
        flag --expires-in: "soon" is not a span of time (expected number at 0)
          hint: write e.g. "300s", "5m", "1h 30m" or "7d"
        "#);
    }
}
