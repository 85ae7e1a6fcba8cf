//! Requests to imagine: who makes them, where, and under which circumstances.

use serde_json::{Value, json};

use super::{Circumstance, circumstance, witness};
use crate::contract::Contract;
use crate::policy::Documents;
use iam_policy::AccountId;
use iam_policy::evaluate::{
    Caller, Decision, Policy, PolicyError, PolicySet, Request, RequestContext,
};
use iam_policy::{Document, S3Resource};

/// Who makes an imagined request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// The presigner role, with the permissions that it has.
    Presigner,
    /// The presigner role, after somebody attached a policy that allows everything.
    WidenedPresigner,
    /// Another user of the account, with all of S3.
    User,
    /// Nobody that signed.
    Anonymous,
}

impl Actor {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::Presigner, Self::WidenedPresigner, Self::User, Self::Anonymous];

    /// A few words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Presigner => "the role",
            Self::WidenedPresigner => "the role with a wider policy",
            Self::User => "a user with s3:*",
            Self::Anonymous => "anybody",
        }
    }
}

/// Where an imagined request goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// A key as the contract makes them.
    Upload,
    /// A key under the prefix with an extension that the contract does not make; only where keys end in `.{ext}`.
    OtherExtension,
    /// A key outside the prefix.
    OtherPrefix,
    /// The bucket itself.
    Bucket,
    /// A key in another bucket of the account.
    OtherBucketObject,
    /// Another bucket of the account.
    OtherBucket,
    /// Something of S3 in the account that is neither bucket nor object.
    Account,
}

impl Place {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Upload,
        Self::OtherExtension,
        Self::OtherPrefix,
        Self::Bucket,
        Self::OtherBucketObject,
        Self::OtherBucket,
        Self::Account,
    ];

    /// A few words that go after an action.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Upload => "of uploads",
            Self::OtherExtension => "with another extension",
            Self::OtherPrefix => "outside the prefix",
            Self::Bucket => "of the bucket",
            Self::OtherBucketObject => "in another bucket",
            Self::OtherBucket => "of another bucket",
            Self::Account => "of the account",
        }
    }

    /// What kind of resource it is.
    #[must_use]
    pub fn resource(self) -> S3Resource {
        match self {
            Self::Upload | Self::OtherExtension | Self::OtherPrefix | Self::OtherBucketObject => {
                S3Resource::Object
            }
            Self::Bucket | Self::OtherBucket => S3Resource::Bucket,
            Self::Account => S3Resource::Other,
        }
    }

    /// Whether the bucket policy has a say in it.
    #[must_use]
    pub fn is_in_bucket(self) -> bool {
        !matches!(self, Self::OtherBucketObject | Self::OtherBucket | Self::Account)
    }
}

/// A contract's documents, and all that requests against them are imagined from.
#[derive(Debug)]
pub struct Stage<'a> {
    contract: &'a Contract,
    account: &'a AccountId,
    bucket_policy: Policy,
    presigner: Vec<Policy>,
    widened: Vec<Policy>,
    user: Vec<Policy>,
    given: RequestContext,
}

/// One imagined request.
#[derive(Debug, Clone, Copy)]
pub struct Imagined<'a> {
    /// Who.
    pub actor: Actor,
    /// The action with its service: `s3:PutObject`.
    pub action: &'a str,
    /// Where.
    pub place: Place,
    /// Under which circumstances.
    pub circumstance: &'a Circumstance,
}

/// The last part of the keys and names that are imagined.
const NAME: &str = "gatepass-check";

impl<'a> Stage<'a> {
    /// Takes the documents that were rendered from this contract for this account. `given` holds condition keys of every
    /// request, such as `aws:SourceIp`, that statements of one's own ask about.
    ///
    /// # Errors
    /// A document that cannot be evaluated.
    pub fn new(
        contract: &'a Contract,
        account: &'a AccountId,
        documents: &Documents,
        given: RequestContext,
    ) -> Result<Self, PolicyError> {
        let permissions = Policy::parse(&documents.permissions_policy.to_json())?;
        let wide = Policy::parse(&Self::wide_policy("*"))?;
        Ok(Self {
            contract,
            account,
            bucket_policy: Policy::parse(&documents.bucket_policy.to_json())?,
            widened: vec![permissions.clone(), wide],
            presigner: vec![permissions],
            user: vec![Policy::parse(&Self::wide_policy("s3:*"))?],
            given,
        })
    }

    /// A policy that allows these actions everywhere: [`Actor::WidenedPresigner`]'s (`*`) and [`Actor::User`]'s (`s3:*`).
    #[must_use]
    pub fn wide_policy(actions: &str) -> Value {
        json!({"Version": "2012-10-17", "Statement": [{"Sid": "Wide", "Effect": "Allow", "Action": actions, "Resource": "*"}]})
    }

    /// The condition keys of this caller's request just after a grant of the contract was made, or as close to one as the
    /// action allows.
    #[must_use]
    pub fn usual_context(
        contract: &Contract,
        account: &AccountId,
        caller: &Caller,
        action: &str,
    ) -> RequestContext {
        let keys = circumstance::usual(contract, account, caller, action);
        keys.into_iter()
            .fold(RequestContext::new(), |context, (key, value)| context.with(key, value))
    }

    /// Decides a request.
    #[must_use]
    pub fn decide(&self, imagined: &Imagined<'_>) -> Decision {
        self.decide_under(imagined, imagined.place.is_in_bucket().then_some(&self.bucket_policy))
    }

    /// The same under another bucket policy, which speaks for every bucket.
    pub(super) fn decide_under(
        &self,
        imagined: &Imagined<'_>,
        bucket_policy: Option<&Policy>,
    ) -> Decision {
        let set = PolicySet {
            identity: self.identity(imagined.actor),
            resource: bucket_policy,
            resource_account: self.account.as_str(),
            ..PolicySet::default()
        };
        let (caller, context) = (self.caller(imagined.actor), self.context(imagined));
        // a place that this contract does not have is denied as any other nowhere
        let arn = self.arn(imagined.place).unwrap_or_default();
        set.decide(&Request::new(&caller, imagined.action, &arn, &context))
    }

    /// Whether the presigner role may use a KMS key by its own permissions, through S3 or directly. The key's own policy,
    /// which has to agree, is not known here.
    pub(super) fn decide_kms(&self, action: &str, key_arn: &str, through_s3: bool) -> Decision {
        let region = &self.contract.bucket.region;
        let caller = self.caller(Actor::Presigner);
        let mut context = self.given.clone();
        if through_s3 {
            context
                .set("kms:ViaService", format!("s3.{region}.{}", region.partition().dns_suffix()));
        }
        let owner = key_arn.split(':').nth(4).unwrap_or_default();
        let key_policy = Policy::parse(&json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": self.account.as_str()}, "Action": "kms:*", "Resource": "*"}
        ]}));
        let set = PolicySet {
            identity: self.identity(Actor::Presigner),
            resource: key_policy.as_ref().ok(),
            resource_account: owner,
            ..PolicySet::default()
        };
        set.decide(&Request::new(&caller, action, key_arn, &context))
    }

    fn identity(&self, actor: Actor) -> &[Policy] {
        match actor {
            Actor::Presigner => &self.presigner,
            Actor::WidenedPresigner => &self.widened,
            Actor::User => &self.user,
            Actor::Anonymous => &[],
        }
    }

    /// The actor as a principal.
    #[must_use]
    pub fn caller(&self, actor: Actor) -> Caller {
        let (partition, account) = (self.contract.bucket.region.partition(), self.account);
        match actor {
            Actor::Presigner | Actor::WidenedPresigner => Caller::RoleSession {
                role_arn: self.contract.role_arn(account),
                session_arn: format!(
                    "arn:{partition}:sts::{account}:assumed-role/{}/{NAME}",
                    self.contract.role.name
                ),
            },
            Actor::User => {
                Caller::User { arn: format!("arn:{partition}:iam::{account}:user/{NAME}") }
            }
            Actor::Anonymous => Caller::Anonymous,
        }
    }

    /// The place's ARN; none where the contract has no such place.
    #[must_use]
    pub fn arn(&self, place: Place) -> Option<String> {
        let (bucket, key) = (&self.contract.bucket, &self.contract.upload.key);
        let (partition, prefix) = (bucket.region.partition(), key.prefix());
        let extension = if key.ends_in_extension() {
            format!(
                ".{}",
                self.contract
                    .upload
                    .content_types
                    .iter()
                    .flat_map(|range| range.extensions())
                    .next()?
            )
        } else {
            String::new()
        };
        let within = |name: String| format!("arn:{partition}:s3:::{name}");
        Some(match place {
            Place::Upload => within(format!("{}/{prefix}{NAME}{extension}", bucket.name)),
            Place::OtherExtension if extension.is_empty() => return None,
            Place::OtherExtension => within(format!("{}/{prefix}{NAME}.{NAME}", bucket.name)),
            Place::OtherPrefix => within(format!("{}/{NAME}/{NAME}{extension}", bucket.name)),
            Place::Bucket => within(bucket.name.to_string()),
            Place::OtherBucketObject => within(format!("{NAME}/{prefix}{NAME}{extension}")),
            Place::OtherBucket => within(NAME.to_owned()),
            Place::Account => {
                format!("arn:{partition}:s3:{}:{}:accesspoint/{NAME}", bucket.region, self.account)
            }
        })
    }

    /// The request's context.
    #[must_use]
    pub fn context(&self, imagined: &Imagined<'_>) -> RequestContext {
        let context = Self::usual_context(
            self.contract,
            self.account,
            &self.caller(imagined.actor),
            imagined.action,
        );
        imagined.circumstance.change(context.and(&self.given))
    }

    /// Every circumstance that this contract's guardrails are about, the usual one first, and those that the conditions of
    /// statements of one's own ask about.
    #[must_use]
    pub fn circumstances(&self, bucket_policy: &Document) -> Vec<Circumstance> {
        let mut all = circumstance::all(self.contract);
        let known: Vec<String> =
            all.iter().flat_map(Circumstance::keys).map(str::to_ascii_lowercase).collect();
        all.extend(
            bucket_policy
                .statements()
                .iter()
                .filter_map(|statement| witness::of(statement, &known)),
        );
        all
    }
}
