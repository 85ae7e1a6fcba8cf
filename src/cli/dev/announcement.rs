//! What `dev` prints when it is ready.

use std::borrow::Cow;
use std::fmt;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_emulator::Backend;
use gatepass_core::contract::{ContentType, Contract, Mode, Subject};
use gatepass_core::grant::{GrantMaker, SigningCredentials, UploadRequest};

use super::contract_in_use::FILE;
use super::keys::Keys;

/// Everything that somebody needs to go on.
pub(super) struct Announcement<'a> {
    pub(super) took: Duration,
    pub(super) endpoint: SocketAddr,
    pub(super) backend: &'a Backend,
    pub(super) contract: &'a Contract,
    pub(super) keys: &'a Keys,
    pub(super) dir: &'a Path,
    pub(super) is_temporary: bool,
}

/// What is uploaded with curl, and its length and SHA-256.
const CONTENT: &str = "hello";
const CONTENT_SHA256: &str = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=";

impl Announcement<'_> {
    /// One line for a program.
    pub(super) fn to_json(&self) -> String {
        serde_json::json!({
            "endpoint": format!("http://{}", self.endpoint),
            "backend": format!("http://{}", self.backend.address()),
            "backend_https": format!("https://{}", self.backend.address()),
            "ca_certificate": self.backend.ca_certificate().display().to_string(),
            "bucket": self.contract.bucket.name.as_str(),
            "region": self.contract.bucket.region.as_str(),
            "access_key_id": self.keys.access_key_id,
            "secret_access_key": self.keys.expose_secret(),
            "config": self.dir.join(FILE).display().to_string(),
        })
        .to_string()
    }

    /// The two requests of an upload as curl makes them; None where this contract lets curl's example not through.
    fn curl(&self) -> Option<[String; 2]> {
        let content_type = example_type(self.contract)?;
        let request = serde_json::json!({ "content_type": content_type, "size": CONTENT.len(), "checksum_sha256": CONTENT_SHA256 });
        let strict = self.contract.upload.mode == Mode::Strict;
        let simple = serde_json::json!({ "content_type": content_type });
        let request = if strict
            || self.contract.upload.checksum == gatepass_core::contract::Checksum::Required
        {
            request
        } else {
            simple
        };
        // the headers that such a grant names, whoever signs it
        let credentials = SigningCredentials {
            access_key_id: self.keys.access_key_id.clone(),
            secret_access_key: self.keys.secret_access_key.clone(),
            session_token: None,
            expires_at: None,
        };
        let checked = UploadRequest::from_json(request.to_string().as_bytes())
            .ok()?
            .check(&self.contract.upload)
            .ok()?
            .of(Subject::parse("dev").ok().map(Arc::new));
        let grant = GrantMaker::new(self.contract, credentials)
            .grant(&checked, SystemTime::now(), [0; 16])
            .ok()?;
        let headers = grant.headers.iter().filter(|(name, _)| *name != "Content-Length");
        let headers: String = headers
            .map(|(name, value)| format!(" -H {}", shell(&format!("{name}: {value}"))))
            .collect();
        let ask = format!(
            "url=$(curl -sS http://{}/api/upload-url -H 'Content-Type: application/json'{} -d {} | sed 's/.*\"upload_url\":\"\\([^\"]*\\)\".*/\\1/')",
            self.endpoint,
            if self.contract.auth.is_some() {
                " -H \"Authorization: Bearer $GATEPASS_TOKEN\""
            } else {
                ""
            },
            shell(&request.to_string())
        );
        Some([ask, format!("curl -sS -i -X PUT \"$url\"{headers} --data-binary {CONTENT}")])
    }
}

impl fmt::Display for Announcement<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { took, endpoint, backend, contract, keys, dir, is_temporary } = self;
        let (bucket, region) = (&contract.bucket.name, &contract.bucket.region);
        let bold = anstyle::Style::new().bold();
        let kept = if *is_temporary { "removed at the end; --dir DIR keeps it" } else { "kept" };
        let config = dir.join(FILE).display().to_string();
        let config = shell(&config);
        writeln!(
            f,
            "{bold}Ready{bold:#} in {:.2} s. Drop a file on {bold}http://{endpoint}/{bold:#}",
            took.as_secs_f64()
        )?;
        writeln!(f)?;
        writeln!(f, "  endpoint  http://{endpoint}/api/upload-url")?;
        writeln!(
            f,
            "  backend   http://{}  (S3, IAM, STS; bucket {bucket}, region {region})",
            backend.address()
        )?;
        writeln!(
            f,
            "            https://{}  (certificate authority {})",
            backend.address(),
            backend.ca_certificate().display()
        )?;
        writeln!(f, "  data      {}  ({kept})", dir.display())?;
        if contract.upload.mode == Mode::Compatible {
            writeln!(
                f,
                "  mode      compatible: S3 enforces neither the size of an upload nor that a grant is used once"
            )?;
        }
        if let Some([ask, put]) = self.curl() {
            writeln!(f, "\nThe same with curl:\n\n  {ask}\n  {put}")?;
        }
        writeln!(f, "\nOther commands work on it, too:\n")?;
        writeln!(
            f,
            "  export AWS_ACCESS_KEY_ID={} AWS_SECRET_ACCESS_KEY={}",
            keys.access_key_id,
            keys.expose_secret()
        )?;
        writeln!(f, "  gatepass --config {config} plan")?;
        writeln!(f, "  gatepass upload FILE --endpoint http://{endpoint}")?;
        write!(f, "\nCtrl-C stops it.")
    }
}

/// A media type that the contract allows, the plainest first.
fn example_type(contract: &Contract) -> Option<String> {
    const PLAIN: [&str; 8] = [
        "text/plain",
        "application/octet-stream",
        "application/json",
        "image/png",
        "application/pdf",
        "video/mp4",
        "audio/mpeg",
        "text/csv",
    ];
    let ranges = &contract.upload.content_types;
    let allowed = |text: &str| {
        ContentType::parse(text)
            .is_ok_and(|content_type| ranges.iter().any(|range| range.matches(&content_type)))
    };
    let stated = ranges.iter().map(|range| range.as_str().replace('*', "x-any"));
    PLAIN.into_iter().map(str::to_owned).chain(stated).find(|text| allowed(text))
}

/// A text as one word of a shell's.
fn shell(text: &str) -> Cow<'_, str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-:=@%+,".contains(&byte);
    if !text.is_empty() && text.bytes().all(plain) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(format!("'{}'", text.replace('\'', "'\\''")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_of_a_shell_is_one_word() {
        assert_eq!(shell("/tmp/a-b"), "/tmp/a-b");
        assert_eq!(shell("it's $HOME"), r"'it'\''s $HOME'");
        assert_eq!(shell(""), "''");
    }
}
