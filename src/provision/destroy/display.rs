//! What is going to be removed, and why nothing may be, for people to read.

use std::fmt;

use super::super::plan::count;
use super::super::state::Found;
use super::plan::{DestroyPlan, DestroyRefusal, DestroyRefusals, Removal};

impl fmt::Display for DestroyPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for removal in &self.removals {
            writeln!(f, "- {}", removal.title())?;
            if let Removal::Bucket { of_others, .. } = removal {
                of_others
                    .iter()
                    .try_for_each(|what| writeln!(f, "    - {what}, which others set"))?;
            }
        }
        for note in &self.notes {
            writeln!(f, "note: {}: {}", note.about, note.text)?;
        }
        if self.removals.is_empty() {
            return write!(
                f,
                "Nothing to remove: no bucket {} and no role {} of this contract.",
                self.target.bucket.name, self.target.role
            );
        }
        write!(
            f,
            "\n{} to make in {}, account {}.",
            count(self.removals.len(), "removal"),
            self.target.region,
            self.target.bucket.owner
        )
    }
}

impl Removal {
    /// A name for people: "bucket acme-uploads".
    #[must_use]
    pub fn title(&self) -> String {
        match self {
            Self::Bucket { name, .. } => format!("bucket {name}"),
            Self::PermissionsPolicy => "permissions policy".to_owned(),
            Self::Role { name } => format!("role {name}"),
        }
    }
}

impl DestroyRefusal {
    /// The way out, as an imperative.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::NotEmpty { bucket, versions, uploads } => {
                let mut ways = Vec::new();
                if versions.versions.count > 0 {
                    ways.push(format!(
                        "remove the objects (aws s3 rm s3://{bucket} --recursive, and every version where the bucket has versions)"
                    ));
                } else if versions.delete_markers.count > 0 {
                    ways.push(
                        "remove the delete markers (aws s3api delete-object --version-id …)"
                            .to_owned(),
                    );
                }
                if uploads.count > 0 {
                    ways.push(
                        "abort the multipart uploads (aws s3api abort-multipart-upload …)"
                            .to_owned(),
                    );
                }
                format!("{}; or let lifecycle rules do it, and run destroy again", ways.join(", "))
            }
            Self::Forbidden { error, .. } => error.hint.clone().unwrap_or_else(|| {
                "use credentials that may read the bucket, or correct bucket.name".to_owned()
            }),
            Self::WrongRegion { actual: Some(actual), .. } => {
                format!("set bucket.region = \"{actual}\"")
            }
            Self::WrongRegion { actual: None, .. } => {
                "set bucket.region to the bucket's".to_owned()
            }
            Self::RoleInUse { .. } => {
                "take it off the role, or ask whoever put it there, and run destroy again"
                    .to_owned()
            }
        }
    }
}

impl fmt::Display for DestroyRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotEmpty { bucket, versions, uploads } => {
                let found = [
                    (&versions.versions, "object version"),
                    (&versions.delete_markers, "delete marker"),
                    (uploads, "open multipart upload"),
                ];
                let found: Vec<String> = found
                    .into_iter()
                    .filter(|(found, _)| found.count > 0)
                    .map(|(found, thing)| listed(found, thing))
                    .collect();
                write!(
                    f,
                    "bucket {bucket} is not empty, so nothing was removed: {}",
                    found.join("; ")
                )
            }
            Self::Forbidden { bucket, error } => {
                write!(f, "bucket {bucket} cannot be looked at, so nothing was removed ({error})")
            }
            Self::WrongRegion { bucket, desired, actual: Some(actual) } => {
                write!(
                    f,
                    "bucket {bucket} lies in {actual}, not in {desired}, so nothing was removed"
                )
            }
            Self::WrongRegion { bucket, desired, actual: None } => {
                write!(
                    f,
                    "bucket {bucket} lies in another region than {desired}, so nothing was removed"
                )
            }
            Self::RoleInUse { role, of_others } => {
                write!(
                    f,
                    "role {role} has what others put there, so nothing was removed: {}",
                    of_others.join(", ")
                )
            }
        }
    }
}

/// `3 object versions (a.png, b.png, …)`, or `1000 or more …`
fn listed(found: &Found, thing: &str) -> String {
    let number = if found.more {
        format!("at least {} {thing}s", found.count)
    } else {
        count(found.count, thing)
    };
    let rest = if found.more || found.examples.len() < found.count { ", …" } else { "" };
    format!(
        "{number} ({}{rest})",
        found.examples.iter().map(|key| printable(key)).collect::<Vec<_>>().join(", ")
    )
}

/// An object key may hold what would change a terminal.
fn printable(key: &str) -> String {
    key.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

impl fmt::Display for DestroyRefusals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, refusal) in self.0.iter().enumerate() {
            let separator = if index > 0 { "\n" } else { "" };
            write!(f, "{separator}{refusal}\n  hint: {}", refusal.hint())?;
        }
        Ok(())
    }
}

impl std::error::Error for DestroyRefusals {}
