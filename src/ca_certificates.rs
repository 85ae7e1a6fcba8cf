//! Certificates that are believed beside the system's: those of a proxy, of a store of one's own, of the embedded backend.

use std::fmt;
use std::path::{Path, PathBuf};

/// Certificate authorities to believe beside the system's own. The default has none.
#[derive(Clone, Default)]
pub struct CaCertificates {
    pem: Vec<u8>,
    certificates: Vec<reqwest::Certificate>,
    without_proxy: bool,
}

/// Why a file of certificates cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CaCertificatesError {
    /// The file cannot be read.
    #[error("reading the certificates in {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file holds no certificates in PEM form.
    #[error("{} holds no certificate in PEM form", .0.display())]
    Empty(PathBuf),
    /// One of the certificates is none.
    #[error("a certificate in {} cannot be used", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: reqwest::Error,
    },
}

impl CaCertificates {
    /// Reads a file in PEM form, as `AWS_CA_BUNDLE` names one.
    /// See <https://docs.aws.amazon.com/sdkref/latest/guide/feature-gen-config.html>.
    ///
    /// # Errors
    /// The file cannot be read, or something else than certificates stands in it.
    pub fn read(path: &Path) -> Result<Self, CaCertificatesError> {
        let pem = std::fs::read(path)
            .map_err(|source| CaCertificatesError::Read { path: path.to_owned(), source })?;
        let invalid = |source| CaCertificatesError::Invalid { path: path.to_owned(), source };
        let certificates = reqwest::Certificate::from_pem_bundle(&pem).map_err(invalid)?;
        if certificates.is_empty() {
            return Err(CaCertificatesError::Empty(path.to_owned()));
        }
        // what is inside the PEM is looked at only when a client is made
        reqwest::Client::builder().tls_certs_only(certificates.clone()).build().map_err(invalid)?;
        Ok(Self { pem, certificates, without_proxy: false })
    }

    /// These and those.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        if !self.pem.ends_with(b"\n") {
            self.pem.push(b'\n');
        }
        self.pem.extend(other.pem);
        self.certificates.extend(other.certificates);
        self
    }

    /// The same for servers on this machine: their clients ignore `HTTPS_PROXY`, `HTTP_PROXY` and `ALL_PROXY`.
    #[must_use]
    pub fn without_proxy(self) -> Self {
        Self { without_proxy: true, ..self }
    }

    /// Whether clients use the proxies of the environment.
    pub(crate) fn uses_proxy(&self) -> bool {
        !self.without_proxy
    }

    /// A client that believes them.
    pub(crate) fn http_client(&self) -> reqwest::ClientBuilder {
        let builder = reqwest::Client::builder();
        let builder = if self.without_proxy { builder.no_proxy() } else { builder };
        if self.certificates.is_empty() {
            builder
        } else {
            builder.tls_certs_merge(self.certificates.iter().cloned())
        }
    }

    /// The file's content; None where there is none beside the system's.
    pub(crate) fn pem(&self) -> Option<&[u8]> {
        (!self.certificates.is_empty()).then_some(&self.pem)
    }
}

impl fmt::Debug for CaCertificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CaCertificates").field("count", &self.certificates.len()).finish()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_certificate_is_refused_by_name() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ca.pem");
        let told = || {
            CaCertificates::read(&path)
                .unwrap_err()
                .to_string()
                .replace(&path.display().to_string(), "ca.pem")
        };
        insta::assert_snapshot!(told(), @"reading the certificates in ca.pem");
        std::fs::write(&path, "not one").unwrap();
        insta::assert_snapshot!(told(), @"ca.pem holds no certificate in PEM form");
        std::fs::write(&path, "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n")
            .unwrap();
        insta::assert_snapshot!(told(), @"a certificate in ca.pem cannot be used");
    }
}
