//! The endpoint on one core: requests a second, CPU time and memory, beside the same axum around the AWS SDK's
//! presigner, and beside an axum that only says the same all the time.
//!
//! `cargo bench --bench endpoint` (Linux, two cores: the servers run on the first, the load comes from the second)

mod load;
mod peer;
mod server;

use std::error::Error;
use std::time::Duration;

use load::Round;
use server::{Asks, Server};

const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(2);
const WARM_UP: Duration = Duration::from_millis(500);
const SERVER_CORE: usize = 0;
const LOAD_CORE: usize = 1;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [peer @ (peer::SDK | peer::CONSTANT), address] => peer::run(peer, address),
        _ => measure(),
    }
}

fn measure() -> Result<(), Box<dyn Error>> {
    server::pin_this_process(LOAD_CORE)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let servers = [
        Server::gatepass("gatepass serve", Asks::Anybody)?,
        Server::gatepass("gatepass serve, an access key", Asks::AccessKey)?,
        Server::gatepass("gatepass serve, a token (ES256)", Asks::Token)?,
        Server::peer("axum and aws-sdk-s3 `.presigned()`", peer::SDK)?,
        Server::peer("axum, the same answer to everything", peer::CONSTANT)?,
    ];
    for server in &servers {
        runtime.block_on(load::run(server.address(), server.headers(), WARM_UP))?;
    }
    let mut measured = [const { (Vec::new(), Duration::ZERO) }; 5];
    for _ in 0..ROUNDS {
        for (server, (rounds, cpu_time)) in servers.iter().zip(&mut measured) {
            let before = server.cpu_time()?;
            rounds.push(runtime.block_on(load::run(server.address(), server.headers(), ROUND))?);
            *cpu_time += server.cpu_time()? - before;
        }
    }
    print(&servers, &measured)
}

fn print(servers: &[Server], measured: &[(Vec<Round>, Duration)]) -> Result<(), Box<dyn Error>> {
    anstream::println!(
        "| | requests/s | CPU µs/request | p50 ms | p99 ms | resident MB | at most MB |\n|---|---:|---:|---:|---:|---:|---:|"
    );
    for (server, (rounds, cpu_time)) in servers.iter().zip(measured) {
        let of = |value: fn(&Round) -> f64| median(rounds.iter().map(value));
        let requests: usize = rounds.iter().map(Round::requests).sum();
        let memory = server.memory()?;
        anstream::println!(
            "| {} | {:.0} | {:.1} | {:.2} | {:.2} | {:.1} | {:.1} |",
            server.name(),
            of(Round::per_second),
            cpu_time.as_secs_f64() * 1e6 / requests as f64,
            of(|round| round.milliseconds(0.5)),
            of(|round| round.milliseconds(0.99)),
            memory.resident_mb,
            memory.peak_mb,
        );
    }
    let [(ours, _), (with_key, _), (with_token, _), (sdk, _), (constant, _)] = measured else {
        return Err("a server is missing".into());
    };
    let times = |these: &[Round], others: &[Round]| {
        median(
            these
                .iter()
                .zip(others)
                .map(|(these, others)| these.per_second() / others.per_second()),
        )
    };
    anstream::println!(
        "\nMedians of {ROUNDS} interleaved rounds. gatepass serves {:.1} times the requests of the SDK's presigner, \
         and {:.2} times those of the same answer to everything; with an access key {:.2} times, and with a token {:.2} times \
         those that it serves to anybody.",
        times(ours, sdk),
        times(ours, constant),
        times(with_key, ours),
        times(with_token, ours)
    );
    Ok(())
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
