//! What the embedded backend keeps beside the objects: bucket configuration, users, groups, roles, managed policies,
//! identity providers and sessions.
//!
//! One JSON file in the data directory, replaced as a whole by every change, so that a process that is cut off leaves
//! either the old state or the new one.

mod bucket;
mod group;
mod provider;
mod role;
mod session;
mod user;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use serde::{Deserialize, Serialize};

pub(crate) use bucket::{Bucket, Lifecycle};
pub(crate) use group::Group;
pub(crate) use provider::OidcProvider;
pub(crate) use role::{InstanceProfile, ManagedPolicy, PolicyVersion, Role};
pub(crate) use session::{Session, UserSession};
pub(crate) use user::{User, UserKey};

/// The version of the file's form. A file of another version is refused, not guessed at.
const FORMAT: u32 = 1;

/// Everything kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct State {
    format: u32,
    /// By name.
    pub(crate) buckets: BTreeMap<String, Bucket>,
    /// By name: role names are unique in an account, whatever their paths.
    pub(crate) roles: BTreeMap<String, Role>,
    /// By name: user names are unique in an account, whatever their paths.
    #[serde(default)]
    pub(crate) users: BTreeMap<String, User>,
    /// By name: group names are unique in an account, whatever their paths.
    #[serde(default)]
    pub(crate) groups: BTreeMap<String, Group>,
    /// By name.
    #[serde(default)]
    pub(crate) instance_profiles: BTreeMap<String, InstanceProfile>,
    /// OpenID Connect providers, by ARN.
    #[serde(default)]
    pub(crate) oidc_providers: BTreeMap<String, OidcProvider>,
    /// Customer managed policies, by ARN.
    pub(crate) policies: BTreeMap<String, ManagedPolicy>,
    /// Temporary credentials of roles, by access key id.
    pub(crate) sessions: BTreeMap<String, Session>,
    /// Temporary credentials of users, by access key id.
    #[serde(default)]
    pub(crate) user_sessions: BTreeMap<String, UserSession>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            format: FORMAT,
            buckets: BTreeMap::new(),
            roles: BTreeMap::new(),
            users: BTreeMap::new(),
            groups: BTreeMap::new(),
            instance_profiles: BTreeMap::new(),
            oidc_providers: BTreeMap::new(),
            policies: BTreeMap::new(),
            sessions: BTreeMap::new(),
            user_sessions: BTreeMap::new(),
        }
    }
}

impl State {
    /// The groups that a user is in, with their names.
    pub(crate) fn groups_of<'a>(
        &'a self,
        user_name: &'a str,
    ) -> impl Iterator<Item = (&'a String, &'a Group)> {
        self.groups.iter().filter(move |(_, group)| group.members.contains(user_name))
    }
}

/// Why the state could not be read or written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StateError {
    /// The file system said no.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What it said.
        source: std::io::Error,
    },
    /// The file is not what this version writes.
    #[error("{path} is not a state file of this version of gatepass: {problem}")]
    Form {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
}

/// The state in memory, and its file.
#[derive(Debug)]
pub(crate) struct Store {
    path: PathBuf,
    current: ArcSwap<State>,
    changing: Mutex<()>,
}

impl Store {
    /// Reads the state file, or begins with nothing where there is none.
    pub(crate) fn open(path: PathBuf) -> Result<Self, StateError> {
        let state = match std::fs::read(&path) {
            Ok(text) => parse(&path, &text)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => State::default(),
            Err(source) => return Err(StateError::Io { path, source }),
        };
        Ok(Self { path, current: ArcSwap::from_pointee(state), changing: Mutex::new(()) })
    }

    /// The state as it is now. It does not change under the reader's hands.
    pub(crate) fn read(&self) -> Arc<State> {
        self.current.load_full()
    }

    /// Makes one change: all of it and on disk, or, where `change` refuses or the disk does, nothing.
    pub(crate) fn change<T, E: From<StateError>>(
        &self,
        change: impl FnOnce(&mut State) -> Result<T, E>,
    ) -> Result<T, E> {
        let _one_at_a_time = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut state = State::clone(&self.current.load());
        let result = change(&mut state)?;
        let text = serde_json::to_vec_pretty(&state).map_err(|error| StateError::Form {
            path: self.path.clone(),
            problem: error.to_string(),
        })?;
        write_private(&self.path, &text)
            .map_err(|source| StateError::Io { path: self.path.clone(), source })?;
        self.current.store(Arc::new(state));
        Ok(result)
    }
}

fn parse(path: &Path, text: &[u8]) -> Result<State, StateError> {
    let form = |problem: String| StateError::Form { path: path.to_owned(), problem };
    let state: State = serde_json::from_slice(text).map_err(|error| form(error.to_string()))?;
    if state.format != FORMAT {
        return Err(form(format!("its format is {}, not {FORMAT}", state.format)));
    }
    Ok(state)
}

/// Replaces a file in one step; only its owner can read it, as it may hold secrets.
pub(crate) fn write_private(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    // a temporary file is made with mode 0600
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(content)?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests;
