//! The README's commands are run, and its outputs compared with what really comes.
//!
//! A fenced block says by the words after its language what it is:
//!
//! - `console test=NAME`: lines after `$ ` are run by one shell per NAME, block after block, and what follows each must
//!   be what it prints on standard output and standard error. `…` stands for anything within a line, and on a line of
//!   its own for any lines. Values that differ from run to run (ports, times, keys) are taken as what came in
//!   their place, here and in the blocks that follow: see [`output`].
//! - `console test=NAME exit=2`: the last command's exit code.
//! - `console test=NAME background`: the one command goes on while the blocks that follow are run.
//! - `sh test=NAME`: run as a whole; it has to succeed.
//! - `toml test=NAME`: a valid contract, and the `gatepass.toml` of the blocks that follow. `file=OTHER` is any file.
//! - `js test=NAME`: a client, the function `upload(file)`, run by node.
//! - `illustration`: nothing that can be run. A block of these languages must be one or the other.

mod blocks;
mod output;
mod python;
mod session;

use std::collections::BTreeMap;

use blocks::Block;
use session::Session;

const README: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md"));

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LocalStack, Node.js, Python and curl: run tests/all"]
async fn every_command_does_what_it_shows() {
    let mut sessions: BTreeMap<&str, Vec<Block>> = BTreeMap::new();
    for block in blocks::of(README) {
        sessions.entry(block.session).or_default().push(block);
    }
    assert!(!sessions.is_empty(), "README.md has no block that is tested");
    let runs = sessions.into_iter().map(|(name, blocks)| async move {
        let mut session = Session::start(name).await;
        for block in &blocks {
            session.run(block).await;
        }
        session.end().await;
    });
    futures::future::join_all(runs).await;
}
