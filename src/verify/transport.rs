//! How requests travel: attacks by plain HTTP and by a TLS that is too old.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::bucket_policy::IGNORED;
use super::finding::{Finding, Refusals, judge};
use super::http::NoAnswer;
use super::place::{Place, Wanted};
use super::probe::{Control, Probe};
use super::scratch::{Scratch, WriteStatement};
use super::stage::Stage;
use super::{EnforcedBy, Guardrail, Outcome, old_tls};

const PATIENCE: Duration = Duration::from_secs(10);

const DENIED: Refusals = &[(403, "AccessDenied")];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attack {
    PlainHttp,
    OldTls,
}

impl Attack {
    pub(super) const ALL: [Self; 2] = [Self::PlainHttp, Self::OldTls];

    async fn on(self, stage: &Stage, place: &Place) -> Result<Finding, String> {
        match self {
            Self::PlainHttp => plain_http(stage, place).await,
            Self::OldTls => Ok(old_tls(&place.address.host).await),
        }
    }
}

/// The URL is a right to one short upload and travels in the clear: that is what the guardrail is about.
async fn plain_http(stage: &Stage, place: &Place) -> Result<Finding, String> {
    let place = place.without_tls();
    let wanted = Wanted { expires_in: Some(60), ..Wanted::default() };
    let answer = match stage.send(&place.put(&stage.key(&place), &[], wanted)?).await {
        Err(NoAnswer { is_timeout: false, cause }) => {
            return Ok(Finding::Held(format!("no plain HTTP is spoken there: {cause}")));
        }
        Err(NoAnswer { cause, .. }) => {
            return Ok(Finding::NotTested(format!("no answer by plain HTTP: {cause}")));
        }
        Ok(answer) => answer,
    };
    let location = answer.header("location").unwrap_or_default();
    if (300..400).contains(&answer.status) && location.starts_with("https://") {
        return Ok(Finding::Held(format!("{} to HTTPS", answer.status)));
    }
    // what a TLS server says to somebody who speaks HTTP to it
    if answer.status == 400 && answer.code().is_none() {
        return Ok(Finding::Held("400, no plain HTTP is spoken there".to_owned()));
    }
    Ok(judge(Ok(answer), DENIED))
}

/// Offers TLS 1.1 at most.
async fn old_tls(host: &str) -> Finding {
    let (name, address) = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
            (name, host.to_owned())
        }
        _ => (host, format!("{host}:443")),
    };
    let connecting = timeout(PATIENCE, TcpStream::connect(&address)).await;
    let stream = match connecting {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => {
            return Finding::NotTested(format!("no connection to {address}: {error}"));
        }
        Err(_) => return Finding::NotTested(format!("no connection to {address} in time")),
    };
    match timeout(PATIENCE, old_tls::offer(stream, name)).await {
        Ok(Ok(reply)) => reply.into(),
        Ok(Err(error)) => {
            Finding::NotTested(format!("no random numbers or no way to write: {error}"))
        }
        Err(_) => Finding::NotTested("no reply to an offer of TLS 1.1 in time".to_owned()),
    }
}

impl From<old_tls::Reply> for Finding {
    fn from(reply: old_tls::Reply) -> Self {
        match reply {
            old_tls::Reply::Alert(description) => Self::Held(format!("TLS alert {description}")),
            old_tls::Reply::Closed => Self::Held("the connection was closed".to_owned()),
            old_tls::Reply::Hello => Self::NotHeld("an offer of TLS 1.1 was taken".to_owned()),
            old_tls::Reply::Other => {
                Self::NotTested("the reply to an offer of TLS 1.1 is no TLS".to_owned())
            }
        }
    }
}

#[async_trait]
impl Probe for Attack {
    fn guardrail(&self) -> Guardrail {
        Guardrail(match self {
            Self::PlainHttp => "plain HTTP",
            Self::OldTls => "old TLS",
        })
    }

    fn enforced_by(&self) -> EnforcedBy {
        EnforcedBy::BucketPolicy
    }

    fn untried(&self, stage: &Stage) -> Option<String> {
        (stage.place.address.scheme == "http")
            .then(|| "the contract's endpoint is plain HTTP".to_owned())
    }

    async fn attack(&self, stage: &Stage) -> Finding {
        self.on(stage, &stage.place).await.unwrap_or_else(Finding::NotTested)
    }

    /// For plain HTTP, the same on a scratch bucket whose policy denies it. TLS is not a bucket's matter.
    async fn control(&self, stage: &Stage, finding: &Finding) -> Control {
        if *self == Self::OldTls {
            return Control::Nothing;
        }
        let statement = |names: &Scratch| -> Value {
            let condition = json!({"Bool": {"aws:SecureTransport": "false"}});
            let objects = format!("{}/*", names.bucket_arn);
            json!({"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": objects, "Condition": condition})
        };
        let policy =
            matches!(finding, Finding::NotHeld(_)).then_some(&statement as &WriteStatement<'_>);
        let (elsewhere, lacks) = match stage.scratch_bucket(policy, None).await {
            Ok(place) => (self.on(stage, &place).await, place.lacks),
            Err(why) => (Err(why), None),
        };
        Control::compare(finding, elsewhere, lacks.as_deref().unwrap_or(IGNORED), |told| {
            Control::Settled(
                Outcome::NotTested,
                format!("this backend refuses it without any bucket policy ({told})"),
            )
        })
    }
}
