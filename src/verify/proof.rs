//! The proof: one row per guardrail.

use std::fmt;

use serde::Serialize;

/// What all probes found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proof {
    /// In the order in which they are told.
    pub probes: Vec<ProbeResult>,
}

/// What one probe found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProbeResult {
    /// What was attacked.
    pub guardrail: Guardrail,
    /// What has to refuse the attack.
    pub enforced_by: EnforcedBy,
    /// Whether it did.
    pub outcome: Outcome,
    /// What was seen, in a few words.
    pub detail: String,
}

/// A guardrail's name. Names are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Guardrail(pub &'static str);

/// What enforces a guardrail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EnforcedBy {
    /// S3, by what the presigned URL binds.
    Signature,
    /// S3, by the bucket policy.
    BucketPolicy,
    /// IAM, by what the presigner role may do.
    Role,
    /// S3 and browsers, by the bucket's CORS rules.
    Cors,
    /// S3, by the bucket's own settings.
    Bucket,
    /// The presign endpoint.
    Endpoint,
}

/// What became of a guardrail under attack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The attack was refused, and for the reason that the guardrail gives.
    Held,
    /// The attack went through, or was refused for another reason.
    Broken,
    /// The backend was shown, apart from the contract's documents, to ignore what this guardrail is made of.
    NotEnforced,
    /// Nothing can be said.
    NotTested,
}

impl Proof {
    /// How many guardrails had this outcome.
    #[must_use]
    pub fn count(&self, outcome: Outcome) -> usize {
        self.probes.iter().filter(|probe| probe.outcome == outcome).count()
    }

    /// Whether no attack went through that this backend could have refused.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.count(Outcome::Broken) == 0
    }
}

impl fmt::Display for Guardrail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

impl EnforcedBy {
    /// As it is told to people.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Signature => "signature",
            Self::BucketPolicy => "bucket policy",
            Self::Role => "role",
            Self::Cors => "CORS",
            Self::Bucket => "bucket",
            Self::Endpoint => "endpoint",
        }
    }
}

impl Outcome {
    /// As it is told to people.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Broken => "BROKEN",
            Self::NotEnforced => "not enforced",
            Self::NotTested => "not tested",
        }
    }
}

/// One row of each outcome.
#[cfg(test)]
pub(super) fn example() -> Proof {
    let row = |guardrail, enforced_by, outcome, detail: &str| ProbeResult {
        guardrail: Guardrail(guardrail),
        enforced_by,
        outcome,
        detail: detail.to_owned(),
    };
    Proof {
        probes: vec![
            row(
                "upload works",
                EnforcedBy::Signature,
                Outcome::Held,
                "63 bytes of image/png arrived",
            ),
            row(
                "SSE-C",
                EnforcedBy::BucketPolicy,
                Outcome::Broken,
                "refused, but with 400 <x> instead of 403 AccessDenied",
            ),
            row(
                "role: read",
                EnforcedBy::Role,
                Outcome::NotEnforced,
                "accepted with 200; a role without any permissions may do it too",
            ),
            row(
                "plain HTTP",
                EnforcedBy::BucketPolicy,
                Outcome::NotTested,
                "the contract's endpoint is plain HTTP",
            ),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json() {
        insta::assert_snapshot!(serde_json::to_string_pretty(&example()).unwrap_or_default(), @r#"
        {
          "probes": [
            {
              "guardrail": "upload works",
              "enforced_by": "signature",
              "outcome": "held",
              "detail": "63 bytes of image/png arrived"
            },
            {
              "guardrail": "SSE-C",
              "enforced_by": "bucket_policy",
              "outcome": "broken",
              "detail": "refused, but with 400 <x> instead of 403 AccessDenied"
            },
            {
              "guardrail": "role: read",
              "enforced_by": "role",
              "outcome": "not_enforced",
              "detail": "accepted with 200; a role without any permissions may do it too"
            },
            {
              "guardrail": "plain HTTP",
              "enforced_by": "bucket_policy",
              "outcome": "not_tested",
              "detail": "the contract's endpoint is plain HTTP"
            }
          ]
        }
        "#);
        assert!(!example().holds());
    }
}
