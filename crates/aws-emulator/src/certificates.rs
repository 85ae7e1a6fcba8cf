//! The certificates that the backend shows by HTTPS, and the authority that vouches for them.
//!
//! The authority is made at every start and its key never leaves the process. It can vouch for this machine only
//! (name constraints), so that believing it opens nothing else.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, SanType,
    string::Ia5String,
};
use time::{Duration, OffsetDateTime};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{self, ServerConfig};

/// The name whose subdomains are this machine, too (RFC 6761, section 6.3).
const DOMAIN: &str = "localhost";

/// How long a certificate is good for: longer than a backend runs, shorter than what browsers refuse.
const VALID: Duration = Duration::days(397);

/// Why there are no certificates.
#[derive(Debug, thiserror::Error)]
pub(super) enum CertificateError {
    #[error(transparent)]
    Making(#[from] rcgen::Error),
    #[error(transparent)]
    Using(#[from] rustls::Error),
}

/// What HTTPS is spoken with.
pub(super) struct Certificates {
    /// Takes connections by TLS 1.2 or 1.3: `rustls` speaks no older one.
    pub(super) acceptor: TlsAcceptor,
    /// The authority's certificate, in PEM form.
    pub(super) authority_pem: String,
}

impl Certificates {
    pub(super) fn new() -> Result<Self, CertificateError> {
        let key = KeyPair::generate()?;
        let params = authority_params();
        let authority_pem = params.self_signed(&key)?.pem();
        let chooser = Chooser::new(Issuer::new(params, key))?;
        let mut config =
            ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
                .with_protocol_versions(&[&TLS13, &TLS12])?
                .with_no_client_auth()
                .with_cert_resolver(Arc::new(chooser));
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), authority_pem })
    }
}

/// Chooses the certificate by the name that a client asks for. A bucket in the host gets one of its own: no wildcard may
/// stand right before `localhost`.
struct Chooser {
    issuer: Issuer<'static, KeyPair>,
    key: KeyPair,
    of_this_machine: Arc<CertifiedKey>,
}

impl std::fmt::Debug for Chooser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Chooser").finish_non_exhaustive()
    }
}

impl Chooser {
    fn new(issuer: Issuer<'static, KeyPair>) -> Result<Self, CertificateError> {
        let key = KeyPair::generate()?;
        let names = vec![
            SanType::DnsName(Ia5String::try_from(DOMAIN)?),
            SanType::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            SanType::IpAddress(IpAddr::V6(Ipv6Addr::LOCALHOST)),
        ];
        let of_this_machine = certified(&issuer, &key, names)?;
        Ok(Self { issuer, key, of_this_machine })
    }

    fn for_bucket(&self, host: &str) -> Result<Arc<CertifiedKey>, CertificateError> {
        certified(&self.issuer, &self.key, vec![SanType::DnsName(Ia5String::try_from(host)?)])
    }
}

impl ResolvesServerCert for Chooser {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let bucket = hello.server_name().filter(|host| super::virtual_host::bucket(host).is_some());
        match bucket.map(|host| self.for_bucket(host)) {
            Some(Ok(certified)) => Some(certified),
            Some(Err(error)) => {
                tracing::debug!(%error, "no certificate for a bucket's host");
                None
            }
            None => Some(Arc::clone(&self.of_this_machine)),
        }
    }
}

fn authority_params() -> CertificateParams {
    let subnet = |address: IpAddr, bits| {
        GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(address, bits))
    };
    let mut params = params("gatepass dev, of this machine");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: vec![
            GeneralSubtree::DnsName(DOMAIN.to_owned()),
            subnet(IpAddr::V4(Ipv4Addr::LOCALHOST), 8),
            subnet(IpAddr::V6(Ipv6Addr::LOCALHOST), 128),
        ],
        excluded_subtrees: Vec::new(),
    });
    params
}

fn certified(
    issuer: &Issuer<'static, KeyPair>,
    key: &KeyPair,
    names: Vec<SanType>,
) -> Result<Arc<CertifiedKey>, CertificateError> {
    let mut params = params("embedded backend of gatepass dev");
    params.subject_alt_names = names;
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let certificate = params.signed_by(key, issuer)?;
    let private = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let certified = CertifiedKey::from_der(
        vec![certificate.der().clone()],
        private,
        &aws_lc_rs::default_provider(),
    )?;
    Ok(Arc::new(certified))
}

fn params(common_name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    // clocks differ
    params.not_before = OffsetDateTime::now_utc() - Duration::days(1);
    params.not_after = params.not_before + VALID;
    params
}
