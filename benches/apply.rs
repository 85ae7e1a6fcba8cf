//! `apply` of everything on LocalStack, beside the same SDK calls made bare.
//!
//! `GATEPASS_TEST_LOCALSTACK_URL=http://127.0.0.1:4566 cargo bench --bench apply`

mod harness;

use std::error::Error;
use std::time::Instant;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_s3::types;
use futures::try_join;
use gatepass::aws::Connection;
use gatepass::ca_certificates::CaCertificates;
use gatepass::provision::{
    Applied, Desired, Target, apply, destroy, observe, plan, plan_destroy, survey,
};
use gatepass_core::contract::{Contract, Overrides};
use gatepass_core::policy::Documents;
use harness::{Measured, Unit, print_table};
use iam_policy::AccountId;

/// An endpoint of LocalStack that runs.
const URL_VARIABLE: &str = "GATEPASS_TEST_LOCALSTACK_URL";
const ROUNDS: usize = 31;
const REGION: &str = "eu-central-1";
const ACCOUNT: &str = "000000000000";
const POLICY: &str = "gatepass-upload";

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let url = std::env::var(URL_VARIABLE).map_err(|_| {
        format!("no LocalStack to measure on\n  hint: start one (see localstack/) and set {URL_VARIABLE}=http://127.0.0.1:4566")
    })?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let measured = runtime.block_on(rounds(&url))?;
    print_table(Unit::Milliseconds, &measured, &[("the same calls", 1), ("the writing calls", 2)]);
    Ok(())
}

/// Each round makes a bucket and a role per case, in turn, and removes them again unmeasured.
async fn rounds(url: &str) -> Outcome<Vec<Measured<'static>>> {
    let mut times = [Vec::new(), Vec::new(), Vec::new()];
    let clients = Clients::new(url, &site(url, "first", 0)?.contract);
    for round in 0..=ROUNDS {
        let [by_gatepass, by_all, by_writing] =
            [site(url, "ours", round)?, site(url, "all", round)?, site(url, "writing", round)?];
        let measured = [
            measured(&clients, &by_gatepass, ours(&clients, &by_gatepass)).await?,
            measured(&clients, &by_all, all_calls(&clients, &by_all)).await?,
            measured(&clients, &by_writing, writing_calls(&clients, &by_writing)).await?,
        ];
        // the first round opens the connections
        if round > 0 {
            times.iter_mut().zip(measured).for_each(|(times, time)| times.push(time));
        }
    }
    let [ours, all, writing] = times;
    Ok(vec![
        Measured::of("gatepass: observe, plan, apply, read back", ours),
        Measured::of("the same 28 SDK calls, bare", all),
        Measured::of("the 9 of them that write, bare", writing),
    ])
}

async fn measured(
    clients: &Clients,
    site: &Site,
    work: impl Future<Output = Outcome<()>>,
) -> Outcome<f64> {
    let start = Instant::now();
    work.await?;
    let time = start.elapsed().as_secs_f64() * 1e9;
    let (reader, writer) = (clients.connection.reader(), clients.connection.writer());
    let left = plan(&site.desired, &observe(&reader, &site.desired).await?, true)?;
    if !left.is_empty() {
        return Err(format!("not everything was made:\n{left}").into());
    }
    let target = Target::of(&site.contract, &AccountId::parse(ACCOUNT)?);
    destroy(&plan_destroy(&target, &survey(&reader, &target).await?)?, &writer, &()).await?;
    Ok(time)
}

struct Clients {
    connection: Connection,
    s3: aws_sdk_s3::Client,
    iam: aws_sdk_iam::Client,
}

impl Clients {
    fn new(url: &str, contract: &Contract) -> Self {
        let credentials =
            SharedCredentialsProvider::new(Credentials::new("test", "test", None, None, "bench"));
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static(REGION))
            .endpoint_url(url)
            .credentials_provider(credentials.clone())
            .build();
        Self {
            connection: Connection::with_credentials(
                contract,
                credentials,
                CaCertificates::default(),
            ),
            s3: aws_sdk_s3::Client::from_conf(
                aws_sdk_s3::config::Builder::from(&config).force_path_style(true).build(),
            ),
            iam: aws_sdk_iam::Client::new(&config),
        }
    }
}

/// A bucket and a role that are to be made.
struct Site {
    contract: Contract,
    desired: Desired,
}

fn site(url: &str, what: &str, round: usize) -> Outcome<Site> {
    let bucket = format!("gatepass-bench-{what}-{}-{round}", std::process::id());
    let text = format!(
        r#"
[bucket]
name = "{bucket}"
region = "{REGION}"
versioning = true
[bucket.lifecycle]
expiration = "30d"
noncurrent_version_expiration = "7d"
[bucket.tags]
team = "web"
[upload]
content_types = ["image/*", "application/pdf"]
max_size = "10 MiB"
allowed_origins = ["https://app.example.com"]
[[role.trust]]
principal = "account"
[endpoint]
url = "{url}"
"#
    );
    let contract = Contract::parse(&text, "bench", &Overrides::default())?;
    let account = AccountId::parse(ACCOUNT)?;
    let documents =
        Documents::render(&contract, &account, &gatepass::statement_files::built_in()?)?;
    Ok(Site { desired: Desired::of(&contract, &account, &documents), contract })
}

async fn ours(clients: &Clients, Site { desired, .. }: &Site) -> Outcome<()> {
    let (reader, writer) = (clients.connection.reader(), clients.connection.writer());
    let plan = plan(desired, &observe(&reader, desired).await?, false)?;
    let Applied { notes, .. } = apply(&plan, &reader, &writer, &()).await?;
    if notes.is_empty() {
        Ok(())
    } else {
        Err(format!("not everything was taken: {notes:?}").into())
    }
}

/// What gatepass asks for, in its order: looking first, reading what others share before it is written, reading back.
async fn all_calls(clients: &Clients, site: &Site) -> Outcome<()> {
    let Clients { s3, iam, .. } = clients;
    let bucket = site.desired.bucket.name.as_str();
    let role = site.desired.role.name.as_str();
    if s3.head_bucket().bucket(bucket).send().await.is_ok()
        || iam.get_role().role_name(role).send().await.is_ok()
    {
        return Err("they are there already".into());
    }
    let write = Writes { clients, site };
    write.bucket().await?;
    s3.get_bucket_tagging().bucket(bucket).send().await?;
    write.public_access_block().await?;
    write.encryption().await?;
    write.versioning().await?;
    absent(s3.get_bucket_lifecycle_configuration().bucket(bucket).send().await)?;
    write.lifecycle().await?;
    absent(s3.get_bucket_policy().bucket(bucket).send().await)?;
    write.bucket_policy().await?;
    absent(s3.get_bucket_cors().bucket(bucket).send().await)?;
    write.cors().await?;
    write.role().await?;
    write.permissions_policy().await?;
    let bucket_is = async {
        s3.head_bucket().bucket(bucket).send().await?;
        try_join!(
            bare(s3.get_bucket_tagging().bucket(bucket).send()),
            bare(s3.get_bucket_ownership_controls().bucket(bucket).send()),
            bare(s3.get_public_access_block().bucket(bucket).send()),
            bare(s3.get_bucket_encryption().bucket(bucket).send()),
            bare(s3.get_bucket_versioning().bucket(bucket).send()),
            bare(s3.get_bucket_lifecycle_configuration().bucket(bucket).send()),
            bare(s3.get_bucket_cors().bucket(bucket).send()),
            bare(s3.get_bucket_policy().bucket(bucket).send()),
        )
    };
    let role_is = async {
        iam.get_role().role_name(role).send().await?;
        try_join!(
            bare(iam.get_role_policy().role_name(role).policy_name(POLICY).send()),
            bare(iam.list_role_policies().role_name(role).send()),
            bare(iam.list_attached_role_policies().role_name(role).send()),
        )
    };
    try_join!(bucket_is, role_is)?;
    Ok(())
}

/// What somebody who knows that nothing is there would call.
async fn writing_calls(clients: &Clients, site: &Site) -> Outcome<()> {
    let write = Writes { clients, site };
    write.bucket().await?;
    write.public_access_block().await?;
    write.encryption().await?;
    write.versioning().await?;
    write.lifecycle().await?;
    write.bucket_policy().await?;
    write.cors().await?;
    write.role().await?;
    write.permissions_policy().await
}

async fn bare<T, E: Error + 'static>(call: impl Future<Output = Result<T, E>>) -> Outcome<()> {
    call.await?;
    Ok(())
}

fn absent<T, E>(answer: Result<T, E>) -> Outcome<()> {
    if answer.is_ok() { Err("there is one already".into()) } else { Ok(()) }
}

/// The calls that write, bare.
struct Writes<'a> {
    clients: &'a Clients,
    site: &'a Site,
}

impl Writes<'_> {
    fn name(&self) -> &str {
        self.site.desired.bucket.name.as_str()
    }

    async fn bucket(&self) -> Outcome<()> {
        let tags = self
            .site
            .desired
            .bucket_tags
            .iter()
            .map(|(key, value)| types::Tag::builder().key(key).value(value).build());
        let configuration = types::CreateBucketConfiguration::builder()
            .location_constraint(types::BucketLocationConstraint::from(REGION))
            .set_tags(Some(tags.collect::<Result<_, _>>()?))
            .build();
        let request = self
            .clients
            .s3
            .create_bucket()
            .bucket(self.name())
            .create_bucket_configuration(configuration);
        bare(request.object_ownership(types::ObjectOwnership::BucketOwnerEnforced).send()).await
    }

    async fn public_access_block(&self) -> Outcome<()> {
        let block = types::PublicAccessBlockConfiguration::builder()
            .block_public_acls(true)
            .ignore_public_acls(true)
            .block_public_policy(true)
            .restrict_public_buckets(true)
            .build();
        bare(
            self.clients
                .s3
                .put_public_access_block()
                .bucket(self.name())
                .public_access_block_configuration(block)
                .send(),
        )
        .await
    }

    async fn encryption(&self) -> Outcome<()> {
        let default = types::ServerSideEncryptionByDefault::builder()
            .sse_algorithm(types::ServerSideEncryption::Aes256)
            .build()?;
        let rule = types::ServerSideEncryptionRule::builder()
            .apply_server_side_encryption_by_default(default)
            .bucket_key_enabled(false);
        let configuration =
            types::ServerSideEncryptionConfiguration::builder().rules(rule.build()).build()?;
        bare(
            self.clients
                .s3
                .put_bucket_encryption()
                .bucket(self.name())
                .server_side_encryption_configuration(configuration)
                .send(),
        )
        .await
    }

    async fn versioning(&self) -> Outcome<()> {
        let configuration = types::VersioningConfiguration::builder()
            .status(types::BucketVersioningStatus::Enabled)
            .build();
        bare(
            self.clients
                .s3
                .put_bucket_versioning()
                .bucket(self.name())
                .versioning_configuration(configuration)
                .send(),
        )
        .await
    }

    async fn lifecycle(&self) -> Outcome<()> {
        let rule = |id: &str| {
            types::LifecycleRule::builder()
                .id(id)
                .status(types::ExpirationStatus::Enabled)
                .filter(types::LifecycleRuleFilter::builder().prefix("uploads/").build())
        };
        let abort =
            types::AbortIncompleteMultipartUpload::builder().days_after_initiation(1).build();
        let configuration = types::BucketLifecycleConfiguration::builder()
            .rules(
                rule("gatepass-abort-incomplete-multipart-upload")
                    .abort_incomplete_multipart_upload(abort)
                    .build()?,
            )
            .rules(
                rule("gatepass-expire-uploads")
                    .expiration(types::LifecycleExpiration::builder().days(30).build())
                    .build()?,
            )
            .rules(
                rule("gatepass-expire-noncurrent-versions")
                    .noncurrent_version_expiration(
                        types::NoncurrentVersionExpiration::builder().noncurrent_days(7).build(),
                    )
                    .build()?,
            )
            .build()?;
        let request = self
            .clients
            .s3
            .put_bucket_lifecycle_configuration()
            .bucket(self.name())
            .lifecycle_configuration(configuration);
        let minimum = types::TransitionDefaultMinimumObjectSize::AllStorageClasses128K;
        bare(request.transition_default_minimum_object_size(minimum).send()).await
    }

    async fn bucket_policy(&self) -> Outcome<()> {
        let policy = self.site.desired.bucket_policy.to_json().to_string();
        bare(self.clients.s3.put_bucket_policy().bucket(self.name()).policy(policy).send()).await
    }

    async fn cors(&self) -> Outcome<()> {
        let Some(wanted) = &self.site.desired.cors else {
            return Err("the contract has an origin".into());
        };
        let rule = types::CorsRule::builder()
            .set_id(wanted.id.clone())
            .set_allowed_origins(Some(wanted.allowed_origins.clone()))
            .set_allowed_methods(Some(wanted.allowed_methods.clone()))
            .set_allowed_headers(Some(wanted.allowed_headers.clone()))
            .set_expose_headers(Some(wanted.expose_headers.clone()))
            .set_max_age_seconds(wanted.max_age_seconds)
            .build()?;
        let configuration = types::CorsConfiguration::builder().cors_rules(rule).build()?;
        bare(
            self.clients
                .s3
                .put_bucket_cors()
                .bucket(self.name())
                .cors_configuration(configuration)
                .send(),
        )
        .await
    }

    async fn role(&self) -> Outcome<()> {
        let wanted = &self.site.desired.role;
        let tags = wanted
            .tags
            .iter()
            .map(|(key, value)| aws_sdk_iam::types::Tag::builder().key(key).value(value).build());
        let request = self
            .clients
            .iam
            .create_role()
            .role_name(wanted.name.as_str())
            .path(wanted.path.as_str())
            .description(&wanted.description)
            .max_session_duration(wanted.max_session_duration.try_into()?)
            .assume_role_policy_document(wanted.trust_policy.to_json().to_string())
            .set_tags(Some(tags.collect::<Result<_, _>>()?));
        bare(request.send()).await
    }

    async fn permissions_policy(&self) -> Outcome<()> {
        let role = self.site.desired.role.name.as_str();
        let document = self.site.desired.permissions_policy.to_json().to_string();
        bare(
            self.clients
                .iam
                .put_role_policy()
                .role_name(role)
                .policy_name(POLICY)
                .policy_document(document)
                .send(),
        )
        .await
    }
}
