//! The presigner role with a wider policy, for some seconds.
//!
//! Two statements of the bucket policy are backstops: what they deny, the role's own permissions do not allow anyway, so
//! that nothing shows whether they are there. A session policy can only narrow, so the role itself has to be widened. On
//! an account where others work, this opens nothing to anybody, whether the bucket policy holds or not:
//!
//! - The policy allows only the session that this run opens for it: `aws:userid` ends in the session's name, which is the
//!   run's own and has 32 random bits. Everybody else's sessions of the role, the presign endpoint's among them, stay as
//!   they are.
//! - It allows what concerns objects under names that are this run's own and nobody else's, and to list the names of the
//!   account's buckets.
//! - It ends by itself after some minutes (`aws:CurrentTime`), should the run be killed.
//! - It is noted for clean-up before it is written, and removed before everything else.
//!
//! IAM is eventually consistent. A refusal says nothing while the policy is not in effect, so there is a sign: listing
//! the account's buckets, which this session may not do before, which no bucket policy has a say in, and which must work
//! before and after each attack. Where the role may do it anyway, or a backend cannot do it, there is no such sign, and a
//! refusal is not counted.

use std::time::{Duration, Instant, SystemTime};

use serde_json::json;

use gatepass_core::grant::{Method, SigningCredentials};
use iam_policy::Document;

use super::place::Place;
use super::stage::Stage;

/// How long the policy is good for.
const OPEN_FOR: Duration = Duration::from_secs(5 * 60);
/// How long it may take until it is in effect. Only IAM is known to be late.
const PATIENCE: Duration = Duration::from_secs(60);
const PATIENCE_ELSEWHERE: Duration = Duration::from_secs(5);
const ASK_AGAIN_AFTER: Duration = Duration::from_millis(250);

/// The open window.
#[derive(Debug, Clone)]
pub(super) struct Window {
    /// The session that the wider policy is for.
    pub(super) credentials: SigningCredentials,
    /// Whether it can be seen that the policy is in effect.
    pub(super) has_sign: bool,
}

/// What listing buckets gave instead of a list.
#[derive(Debug)]
pub(super) struct Refused {
    /// Whether it is for want of permission.
    is_denied: bool,
    pub(super) told: String,
}

impl Stage {
    /// The window, which the first who asks opens.
    pub(super) async fn window(&self) -> Result<Window, String> {
        self.window.get_or_init(async || self.open_window().await).await.clone()
    }

    async fn open_window(&self) -> Result<Window, String> {
        let subject = &self.subject;
        subject.role_session.as_ref().map_err(Clone::clone)?;
        if !subject.may_widen_role {
            return Err("it takes a wider policy on the role for some seconds, and the role is to be left alone".to_owned());
        }
        let name = self.run.as_str();
        let credentials = subject.operator.presigner_session(name).await?;
        let service = self.place.with_credentials(credentials.clone()).service();
        let has_sign =
            matches!(self.lists_buckets(&service).await, Err(Refused { is_denied: true, .. }));
        let document = self.wider_policy()?;
        // whether it can be taken away again, before it is given
        let narrowed = subject.operator.narrow_presigner(name).await;
        narrowed.map_err(|why| {
            format!("the role got no wider policy, because none could be taken away again: {why}")
        })?;
        self.cleanup.presigner_policy(name);
        subject
            .operator
            .widen_presigner(name, &document)
            .await
            .map_err(|why| format!("the role got no wider policy: {why}"))?;
        if has_sign {
            let patience =
                if subject.contract.endpoint.is_none() { PATIENCE } else { PATIENCE_ELSEWHERE };
            self.wait_for_sign(&service, patience).await?;
        }
        Ok(Window { credentials, has_sign })
    }

    async fn wait_for_sign(&self, service: &Place, patience: Duration) -> Result<(), String> {
        let began = Instant::now();
        while let Err(Refused { told, .. }) = self.lists_buckets(service).await {
            if began.elapsed() > patience {
                let seconds = patience.as_secs();
                return Err(format!(
                    "a wider policy on the role was not in effect after {seconds} s: listing buckets gave {told}"
                ));
            }
            tokio::time::sleep(ASK_AGAIN_AFTER).await;
        }
        Ok(())
    }

    /// Whether the window's policy is in effect.
    pub(super) async fn lists_buckets(&self, service: &Place) -> Result<(), Refused> {
        let refused = |told| Refused { is_denied: false, told };
        let request = service.request(Method::Get, "", &[], &[]).map_err(refused)?;
        let answer = self.send(&request).await.map_err(|none| refused(none.cause))?;
        if answer.is_success() {
            Ok(())
        } else {
            Err(Refused { is_denied: answer.status == 403, told: answer.told() })
        }
    }

    fn wider_policy(&self) -> Result<Document, String> {
        let bucket = self.bucket_arn(self.place.bucket.as_str());
        let (prefix, run) = (self.subject.contract.upload.key.prefix(), &self.run);
        let end = humantime::format_rfc3339_seconds(SystemTime::now() + OPEN_FOR).to_string();
        let condition = json!({"StringLike": {"aws:userid": format!("*:{run}")}, "DateLessThan": {"aws:CurrentTime": end}});
        let allow = |actions: &[&str], resource: &str| json!({"Effect": "Allow", "Action": actions, "Resource": resource, "Condition": condition});
        let json = json!({
            "Version": "2012-10-17",
            "Statement": [
                allow(&["s3:DeleteObject", "s3:GetObject"], &format!("{bucket}/{prefix}{run}/*")),
                allow(&["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"], &format!("{bucket}/{run}/*")),
                allow(&["s3:ListAllMyBuckets"], "*"),
            ],
        });
        Document::parse(&json.to_string()).map_err(|error| error.to_string())
    }
}
