//! The upload contract: `gatepass.toml` parsed into values that cannot be wrong.
//!
//! A [`Contract`] states who may upload what, from where, how big and for how long. Everything else that gatepass does
//! (CORS rules, bucket policy, role, what the endpoint accepts, what a grant signs) is rendered from it.
//!
//! This room is pure: it reads no file, no environment and no clock. [`Contract::parse`] takes the text of the file and
//! the [`Overrides`] that flags and environment variables gave.

mod allowed_header;
mod auth;
mod content_type;
mod dialect;
mod duration;
mod endpoint_url;
mod error;
mod extension;
mod extras;
mod jwt;
mod key_template;
mod media_range;
mod origin;
mod parse;
mod proxies;
mod rate;
mod role_name;
mod serve_url;
mod size;
mod subject;
mod tags;
mod template;

pub use allowed_header::AllowedHeader;
pub use auth::{AccessKey, Auth, KeyHash, KeyId};
pub use content_type::{ContentType, ContentTypeError};
pub use dialect::Dialect;
pub use duration::{Days, ExpiresIn, SessionDuration, SignatureAge, TicketExpiresIn};
pub use endpoint_url::EndpointUrl;
pub use error::{ContractError, ContractErrors, Location};
pub use extras::{AllowedExtras, MetadataName, TagKey, UNCONFIRMED_TAG};
pub use jwt::{Claims, JwksUrl, Jwt, JwtAlgorithm, JwtKeys};
pub use key_template::{KeyPart, KeyTemplate};
pub use media_range::MediaRange;
pub use origin::{AllowedOrigins, Origin};
pub use parse::{Overrides, Source, Sourced};
pub use proxies::{ForwardedBy, TrustedProxies};
pub use rate::Rate;
pub use role_name::{RoleName, RolePath};
pub use serve_url::ServeUrl;
pub use size::{ObjectSize, PartSize};
pub use subject::Subject;
pub use tags::Tags;
pub use template::INIT_TEMPLATE;

use iam_policy::{AccountId, BucketName, KmsKeyArn, PolicyArn, PrincipalArn, Region};

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// One upload contract, as stated by a `gatepass.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contract {
    /// The AWS account that the bucket and the role live in. When stated, also by a name in an account regional
    /// namespace, no other account is ever touched; when not, it is the account of the caller (STS `GetCallerIdentity`).
    pub account_id: Option<AccountId>,
    /// `[bucket]`: where uploads go.
    pub bucket: Bucket,
    /// `[upload]`: what may be uploaded.
    pub upload: Upload,
    /// `[download]`: how uploads may be read. None turns downloads off.
    pub download: Option<Download>,
    /// `[role]`: the presigner role, whose rights a presigned URL carries.
    pub role: Role,
    /// `[serve]`: the presign endpoint.
    pub serve: Serve,
    /// `[auth]`: who may ask the endpoint. None lets everybody who reaches it upload.
    pub auth: Option<Auth>,
    /// `[limits]`: how much one address or one subject may ask for.
    pub limits: Limits,
    /// `[endpoint]`: another S3 than AWS's own (LocalStack, the embedded backend, an S3-compatible store).
    pub endpoint: Option<Endpoint>,
    /// `policies`: a directory of statement files that replaces the built-in ones.
    pub policies: Option<PathBuf>,
}

/// `[bucket]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// The whole name of the bucket: `name`, with the suffix that `namespace = "account-regional"` adds to a prefix.
    pub name: BucketName,
    /// `region`
    pub region: Region,
    /// `encryption` and `kms_key_arn`: the bucket's default encryption.
    pub encryption: Encryption,
    /// Whether `encryption` is stated. If not, a bucket that exists keeps what it has, unless that is weaker.
    pub states_encryption: bool,
    /// `versioning`: whether the bucket keeps every version of an object.
    pub versioning: bool,
    /// Whether `versioning` is stated. If not, a bucket that exists keeps what it has.
    pub states_versioning: bool,
    /// `[bucket.lifecycle]`
    pub lifecycle: Lifecycle,
    /// `[bucket.tags]`: tags beside gatepass's own ownership tag.
    pub tags: Tags,
}

/// The bucket's default encryption.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Encryption {
    /// SSE-S3 (`encryption = "AES256"`).
    SseS3,
    /// SSE-KMS (`encryption = "aws:kms"`) with a customer managed key and an S3 Bucket Key.
    SseKms {
        /// The key's ARN (`kms_key_arn`).
        key: KmsKeyArn,
    },
}

/// `[bucket.lifecycle]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lifecycle {
    /// `abort_incomplete_multipart_upload`: days after which S3 removes the parts of an upload that was never completed.
    pub abort_incomplete_multipart_upload: Days,
    /// `expiration`: days after which uploaded objects are removed. None keeps them.
    pub expiration: Option<Days>,
    /// `noncurrent_version_expiration`: days after which replaced versions are removed. Needs `versioning`.
    pub noncurrent_version_expiration: Option<Days>,
    /// `unconfirmed_expiration`: days after which uploads are removed that were never confirmed. None keeps them. Needs
    /// `confirm` under `[upload]`, and strict mode.
    pub unconfirmed_expiration: Option<Days>,
}

/// How much a client must know and do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The client declares `size` and sends the headers it is given; a grant can be used once.
    Strict,
    /// A client that sends only `{content_type}` and PUTs with only that header works too: size and single use are
    /// not enforced by S3.
    Compatible,
}

/// Whether uploads carry a SHA-256 of their content, which S3 checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checksum {
    /// A client may declare `checksum_sha256`; if it does, it is signed.
    Optional,
    /// A client must declare `checksum_sha256`.
    Required,
}

/// `[upload]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// `mode`
    pub mode: Mode,
    /// `content_types`: at least one.
    pub content_types: Vec<MediaRange>,
    /// `max_size`: at most 5 GiB, S3's limit for one PUT, unless there are uploads in parts.
    pub max_size: ObjectSize,
    /// `expires_in`: how long a grant is valid.
    pub expires_in: ExpiresIn,
    /// `max_signature_age`: the bucket policy's limit on the age of any signature on an object; never below `expires_in`.
    pub max_signature_age: SignatureAge,
    /// `key`: how object keys are made.
    pub key: KeyTemplate,
    /// `checksum`
    pub checksum: Checksum,
    /// `sign_encryption_headers`: whether a grant names the bucket's encryption in signed headers, for buckets whose
    /// policies demand them. The bucket's default encryption applies either way.
    pub sign_encryption_headers: bool,
    /// `multipart`: whether a file can be uploaded in parts. None turns it off.
    pub multipart: Option<Multipart>,
    /// `form`: whether a file can be uploaded by a form (presigned POST). Never in strict mode.
    pub form: bool,
    /// `confirm`: whether the endpoint looks at what was uploaded, and says so in a receipt.
    pub confirm: bool,
    /// `metadata`, `tags`, `content_disposition`, `cache_control`: what an upload may carry beside its type.
    pub extras: AllowedExtras,
    /// `ticket_expires_in`: how long the ticket is valid that an upload goes on with.
    pub ticket_expires_in: TicketExpiresIn,
    /// `allowed_origins`: web origins whose pages may upload and ask for grants.
    pub allowed_origins: AllowedOrigins,
    /// `allowed_headers`: headers that those pages may send to S3 beside those of a grant; sorted.
    pub allowed_headers: Vec<AllowedHeader>,
}

/// Uploads in parts (`multipart = true` under `[upload]`).
/// See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html>.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Multipart {
    /// `part_size`: how big parts are, but the last one and those of files that would have more than 10,000 such parts.
    pub part_size: PartSize,
}

/// `[download]`: uploads can be read by a grant.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Download {
    /// `expires_in`: how long a grant is valid; never above the upload's `max_signature_age`.
    pub expires_in: ExpiresIn,
    /// `inline`: what a browser may be told to show. Everything else it is told to save.
    pub inline: Vec<MediaRange>,
}

/// How an upload is looked at by whoever may not read it, or may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looks {
    /// By HeadObject, where the role may read: all that S3 knows of an object.
    Head,
    /// By ListObjectVersions with the exact key, in a bucket with versions: size, ETag, version id.
    Versions,
    /// By ListObjectsV2 with the exact key: size and ETag.
    Listing,
}

/// `[role]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// `name`
    pub name: RoleName,
    /// `path`: `/` unless stated.
    pub path: RolePath,
    /// `description`
    pub description: String,
    /// Whether `description` is stated. If not, a role that exists keeps what it has.
    pub states_description: bool,
    /// `max_session_duration`: one to twelve hours.
    pub max_session_duration: SessionDuration,
    /// Whether `max_session_duration` is stated. If not, a role that exists keeps what it has.
    pub states_max_session_duration: bool,
    /// `permissions_boundary`: the ARN of a managed policy.
    pub permissions_boundary: Option<PolicyArn>,
    /// `[[role.trust]]`: who may assume the role; at least one.
    pub trust: Vec<Trust>,
    /// `[role.tags]`: tags beside gatepass's own ownership tag.
    pub tags: Tags,
}

/// One `[[role.trust]]`: somebody who may assume the role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// `service = "ecs-tasks.amazonaws.com"`
    EcsTasks,
    /// `service = "ec2.amazonaws.com"`
    Ec2,
    /// `service = "lambda.amazonaws.com"`
    Lambda,
    /// `principal = "account"`: every principal of the bucket's own account that its own policies let assume the role.
    SameAccount {
        /// `external_id`
        external_id: Option<String>,
    },
    /// `principal = "arn:aws:iam::…"` or a 12-digit account id.
    Principal {
        /// The principal's ARN; an account id stands as `arn:P:iam::ACCOUNT:root`.
        principal: PrincipalArn,
        /// `external_id`: what another party must present (`sts:ExternalId`).
        external_id: Option<String>,
    },
}

/// `[serve]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Serve {
    /// `listen`
    pub listen: SocketAddr,
    /// `url`: where clients reach the endpoint, for answers that name a place at it.
    pub url: Option<ServeUrl>,
    /// `allow_unauthenticated`: the plain words without which only a loopback address is listened on.
    pub allow_unauthenticated: bool,
    /// `allow_credentials`: whether pages of allowed origins may send cookies to the endpoint.
    pub allow_credentials: bool,
    /// `sign_as_role`: assume the presigner role for signing, so that URLs carry its rights only.
    pub sign_as_role: bool,
    /// `max_body`: bytes that a request body may have.
    pub max_body: u64,
    /// `request_timeout`
    pub request_timeout: Duration,
    /// `max_connections`: connections served at once.
    pub max_connections: usize,
    /// `metrics_listen`: where metrics are; none unless stated.
    pub metrics_listen: Option<SocketAddr>,
    /// `audit`: where a line for every right that is given goes.
    pub audit: Option<AuditTo>,
    /// `trusted_proxies` and `forwarded_by`
    pub trusted_proxies: TrustedProxies,
    /// `ticket_secrets_file`: the secrets that seal tickets, relative to the contract file. `GATEPASS_TICKET_SECRETS` wins.
    pub ticket_secrets_file: Option<PathBuf>,
    /// `dialects`: what else is answered, for clients that were written for other servers.
    pub dialects: Vec<Dialect>,
    /// `receipt_secrets_file`: the secrets that sign receipts, relative to the contract file. `GATEPASS_RECEIPT_SECRETS` wins.
    pub receipt_secrets_file: Option<PathBuf>,
}

/// Where the audit goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuditTo {
    /// `"stdout"`: standard output, on which nothing else is.
    Stdout,
    /// A file.
    File(PathBuf),
}

impl AuditTo {
    /// Has a file's path begin in this directory, where it is relative.
    pub fn rebase(&mut self, directory: &Path) {
        if let Self::File(path) = self {
            *path = directory.join(&*path);
        }
    }
}

/// `[limits]`: none of them unless stated.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Limits {
    /// `per_address`: requests of one IPv4 address, or of one /64 of IPv6.
    pub per_address: Option<Rate>,
    /// `per_subject`: requests of one subject.
    pub per_subject: Option<Rate>,
    /// `outstanding_bytes`: what grants of one subject that have not expired are for, all together.
    pub outstanding_bytes: Option<u64>,
}

/// `[endpoint]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// `url`: where gatepass itself reaches S3, IAM and STS.
    pub url: EndpointUrl,
    /// `public_url`: the host that grants name, where browsers reach the same S3 under another name than gatepass does.
    pub public_url: Option<EndpointUrl>,
    /// `path_style`: the bucket in the path instead of the host name.
    pub path_style: bool,
    /// `ca_certificate`: a file in PEM form with the authorities to believe beside the system's, relative to the contract file.
    pub ca_certificate: Option<PathBuf>,
}

impl Contract {
    /// Parses the text of a contract file, with what flags and environment variables say on top.
    ///
    /// # Errors
    /// Everything that is wrong with it, all at once, each with its place, field, value and the way out.
    pub fn parse(text: &str, file: &str, overrides: &Overrides) -> Result<Self, ContractErrors> {
        parse::parse(text, file, overrides)
    }

    /// The ARN of the presigner role in `account`, with its path.
    #[must_use]
    pub fn role_arn(&self, account: &AccountId) -> String {
        let Role { name, path, .. } = &self.role;
        format!("arn:{}:iam::{account}:role{path}{name}", self.bucket.region.partition())
    }

    /// How the endpoint looks at an upload that it confirms.
    #[must_use]
    pub fn looks(&self) -> Looks {
        match (&self.download, self.bucket.versioning) {
            (Some(_), _) => Looks::Head,
            (None, true) => Looks::Versions,
            (None, false) => Looks::Listing,
        }
    }

    /// The keys of tags that an upload can carry: the client's, and the one that says that it was not confirmed yet.
    pub fn tag_keys(&self) -> impl Iterator<Item = &str> {
        let unconfirmed = self.bucket.lifecycle.unconfirmed_expiration.map(|_| UNCONFIRMED_TAG.0);
        self.upload.extras.tags.iter().map(TagKey::as_str).chain(unconfirmed)
    }

    /// Whether browsers and gatepass reach S3 by TLS. False for a plain-HTTP endpoint such as LocalStack.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.endpoint.as_ref().is_none_or(|endpoint| endpoint.url.is_tls())
    }
}
