//! The endpoint on one core: requests a second and memory, beside the same axum around the AWS SDK's presigner.
//!
//! `cargo bench --bench endpoint` (Linux, two cores: the servers run on the first, the load comes from the second)

mod load;
mod peer;
mod server;

use std::time::Duration;

use server::Server;

const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(2);
const WARM_UP: Duration = Duration::from_millis(500);
const SERVER_CORE: usize = 0;
const LOAD_CORE: usize = 1;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    if std::env::args().nth(1).as_deref() == Some(peer::ARGUMENT) {
        return peer::run();
    }
    server::pin_this_process(LOAD_CORE)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let servers = [Server::gatepass()?, Server::peer()?];
    let mut rounds = [Vec::new(), Vec::new()];
    for server in &servers {
        runtime.block_on(load::run(server.address(), WARM_UP))?;
    }
    for _ in 0..ROUNDS {
        for (server, rounds) in servers.iter().zip(&mut rounds) {
            rounds.push(runtime.block_on(load::run(server.address(), ROUND))?);
        }
    }

    let ratios = rounds[0].iter().zip(&rounds[1]).map(|(ours, theirs)| ours.per_second() / theirs.per_second());
    anstream::println!(
        "| | requests/s (median of {ROUNDS} rounds) | p50 ms | p99 ms | resident MB | at most MB |\n|---|---:|---:|---:|---:|---:|"
    );
    for (server, rounds) in servers.iter().zip(&rounds) {
        let of = |value: fn(&load::Round) -> f64| median(rounds.iter().map(value));
        let memory = server.memory()?;
        anstream::println!(
            "| {} | {:.0} | {:.2} | {:.2} | {:.1} | {:.1} |",
            server.name(),
            of(load::Round::per_second),
            of(|round| round.milliseconds(0.5)),
            of(|round| round.milliseconds(0.99)),
            memory.resident_mb,
            memory.peak_mb,
        );
    }
    anstream::println!("\n{:.1} times the requests (median of the rounds' ratios; at least 8 wanted, below 20 MB)", median(ratios));
    Ok(())
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
