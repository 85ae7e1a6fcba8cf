//! `gatepass presign put`

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use anyhow::Context as _;

use crate::aws::Connection;
use crate::cli::{Global, Outcome, upload};
use crate::client::{OpenFile, UploadError};
use gatepass_core::contract::{Checksum, Contract, Subject};
use gatepass_core::grant::{Grant, GrantMaker, Refusal, UploadRequest};

use super::{expires_in, quoted, unavailable, with_hint};

/// The flags of `gatepass presign put`.
#[derive(Debug, Default, clap::Args)]
pub(super) struct PutArgs {
    /// The file's media type [default: by the extension of --file, where that is a known one]
    #[arg(long, value_name = "TYPE", required_unless_present = "file")]
    content_type: Option<String>,
    /// The file's size, which a contract in strict mode binds
    #[arg(long, value_name = "BYTES", conflicts_with = "file")]
    size: Option<u64>,
    /// The file, for its size and name, and its SHA-256 if the contract requires one; it is not sent
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// The name for {filename} in the contract's key template [default: that of --file]
    #[arg(long, value_name = "NAME")]
    filename: Option<String>,
    /// Who uploads, for {subject} in the contract's key template; an API key's begins with "api-key:"
    #[arg(long, value_name = "NAME", value_parser = Subject::parse)]
    subject: Option<Subject>,
    /// The base64 form of the content's SHA-256, for S3 to compare with what arrives
    #[arg(long, value_name = "BASE64")]
    checksum_sha256: Option<String>,
    /// Instead of the contract's upload.expires_in, e.g. "90s"
    #[arg(long, value_name = "SPAN")]
    expires_in: Option<String>,
    /// Print what the endpoint would answer, as JSON, instead of a curl command
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: &PutArgs, global: &Global) -> anyhow::Result<Outcome> {
    let mut contract = global.contract()?;
    if let Some(span) = &args.expires_in {
        contract.upload.expires_in = expires_in(span, &contract)?;
    }
    let upload = request(args, &contract)
        .await?
        .check(&contract.upload)
        .map_err(refused)?
        .of(args.subject.clone().map(Arc::new));

    let connection = Connection::open(&contract, global.ca_certificates(&contract)?).await;
    let credentials =
        connection.signing_credentials(&contract).current().await.map_err(unavailable)?;
    let mut random = [0; 16];
    getrandom::fill(&mut random).context("asking the system for random bytes")?;
    let grant = GrantMaker::new(&contract, (*credentials).clone())
        .grant(&upload, SystemTime::now(), random)
        .map_err(refused)?;

    if args.json {
        anstream::println!("{}", serde_json::to_string(&grant.expose())?);
    } else {
        anstream::eprintln!("key: {}", grant.key);
        anstream::eprintln!(
            "expires: {}, in {} s",
            humantime::format_rfc3339_seconds(grant.expires_at),
            grant.expires_in
        );
        anstream::println!("{}", curl(&grant, args.file.as_deref()));
    }
    Ok(Outcome::Done)
}

async fn request(args: &PutArgs, contract: &Contract) -> anyhow::Result<UploadRequest> {
    let mut request = UploadRequest {
        content_type: args.content_type.clone().unwrap_or_default(),
        size: args.size,
        filename: args.filename.clone(),
        checksum_sha256: args.checksum_sha256.clone(),
        ..UploadRequest::default()
    };
    let Some(path) = &args.file else { return Ok(request) };
    if args.content_type.is_none() {
        request.content_type = upload::guess(path)?;
    }
    if request.filename.is_none() {
        request.filename = path.file_name().and_then(|name| name.to_str()).map(ToOwned::to_owned);
    }
    let mut file = OpenFile::open(path).await.map_err(unreadable)?;
    request.size = Some(file.size());
    if request.checksum_sha256.is_none() && contract.upload.checksum == Checksum::Required {
        request.checksum_sha256 = Some(file.sha256(|_| ()).await.map_err(unreadable)?);
    }
    Ok(request)
}

/// The refusal, with the flag that mends it.
fn refused(refusal: Refusal) -> anyhow::Error {
    let hint = match refusal {
        Refusal::SizeMissing => {
            Some("say it with --size BYTES, or name the file with --file FILE".to_owned())
        }
        Refusal::ChecksumMissing => Some(
            "say it with --checksum-sha256 BASE64, or name the file with --file FILE".to_owned(),
        ),
        Refusal::SubjectMissing => Some("say it with --subject NAME".to_owned()),
        _ => refusal.hint(),
    };
    with_hint(refusal.into(), hint)
}

fn unreadable(error: UploadError) -> anyhow::Error {
    let hint = error.hint();
    with_hint(error.into(), hint)
}

/// The command that uses the grant. `Content-Length` is not in it: curl sends the file's own.
fn curl(grant: &Grant, file: Option<&Path>) -> String {
    let file = file.map_or_else(|| "FILE".to_owned(), |file| quoted(&file.display().to_string()));
    // without --globoff curl would read braces and brackets in the file's name
    let mut command = format!("curl --globoff --fail-with-body --upload-file {file} \\\n");
    for (name, value) in grant.headers.iter().filter(|(name, _)| *name != "Content-Length") {
        command += &format!("  -H {} \\\n", quoted(&format!("{name}: {value}")));
    }
    command + "  " + &quoted(grant.upload_url.expose())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::process::Command;
    use std::time::{Duration, UNIX_EPOCH};

    use crate::cli::presign::fixtures::{contract, credentials};

    use super::*;

    fn grant() -> Grant {
        let contract = contract("");
        let request = UploadRequest {
            content_type: "image/png; note=\"it's\"".to_owned(),
            size: Some(5),
            ..UploadRequest::default()
        };
        let upload = request.check(&contract.upload).unwrap();
        GrantMaker::new(&contract, credentials())
            .grant(&upload, UNIX_EPOCH + Duration::from_secs(1_369_353_600), [0x11; 16])
            .unwrap()
    }

    #[test]
    fn the_curl_command() {
        insta::assert_snapshot!(curl(&grant(), None), @r#"
        curl --globoff --fail-with-body --upload-file FILE \
          -H 'Content-Type: image/png; note="it'\''s"' \
          -H 'If-None-Match: *' \
          'https://acme-uploads.s3.eu-central-1.amazonaws.com/uploads/2013-05-24/11111111-1111-4111-9111-111111111111.png?x-id=PutObject&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Feu-central-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=300&X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost%3Bif-none-match&X-Amz-Signature=40b4c6ab2fb7b73de8c6a58510d7fbb83008bacb5d0cd8a4eb18c8fbeac3768c'
        "#);
    }

    /// What a shell hands to curl is what was signed, whatever the file is called.
    #[cfg(unix)]
    #[test]
    fn a_shell_reads_the_curl_command_as_it_was_meant() {
        let grant = grant();
        let name = r#"it's "$(mine)"; *.png"#;
        let command = curl(&grant, Some(Path::new(name))).replacen("curl", "printf '%s\\n'", 1);
        let read = Command::new("sh").args(["-c", &command]).output().unwrap();
        let words = String::from_utf8(read.stdout).unwrap();
        let expected = [
            "--globoff",
            "--fail-with-body",
            "--upload-file",
            name,
            "-H",
            "Content-Type: image/png; note=\"it's\"",
            "-H",
            "If-None-Match: *",
            grant.upload_url.expose(),
        ];
        assert_eq!(words.lines().collect::<Vec<_>>(), expected);
    }

    #[tokio::test]
    async fn a_file_says_its_type_size_name_and_where_the_contract_asks_its_checksum() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("photo.JPG");
        std::fs::write(&path, "hello").unwrap();
        let args = PutArgs { file: Some(path), ..PutArgs::default() };
        let asked = UploadRequest {
            content_type: "image/jpeg".to_owned(),
            size: Some(5),
            filename: Some("photo.JPG".to_owned()),
            checksum_sha256: None,
            ..UploadRequest::default()
        };
        assert_eq!(request(&args, &contract("")).await.unwrap(), asked);

        let required = contract("checksum = \"required\"");
        let sha256_of_hello = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=".to_owned();
        assert_eq!(
            request(&args, &required).await.unwrap(),
            UploadRequest { checksum_sha256: Some(sha256_of_hello), ..asked.clone() }
        );

        let said = PutArgs {
            content_type: Some("image/png".to_owned()),
            filename: Some("other".to_owned()),
            checksum_sha256: Some("mine".to_owned()),
            ..args
        };
        let overridden = UploadRequest {
            content_type: "image/png".to_owned(),
            filename: Some("other".to_owned()),
            checksum_sha256: Some("mine".to_owned()),
            ..asked
        };
        assert_eq!(request(&said, &required).await.unwrap(), overridden);
    }
}
