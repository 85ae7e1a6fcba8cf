//! A load of requests for grants, bounded in number of connections and in time.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

const CONNECTIONS: usize = 32;
const BODY: &str = r#"{"content_type":"image/png","size":12345}"#;

/// What came of one round.
pub(crate) struct Round {
    duration: Duration,
    /// Of each request, sorted.
    latencies: Vec<Duration>,
}

impl Round {
    pub(crate) fn requests(&self) -> usize {
        self.latencies.len()
    }

    pub(crate) fn per_second(&self) -> f64 {
        self.latencies.len() as f64 / self.duration.as_secs_f64()
    }

    /// The latency that this share of the requests stays below.
    pub(crate) fn milliseconds(&self, share: f64) -> f64 {
        let place = (self.latencies.len() as f64 * share) as usize;
        self.latencies[place.min(self.latencies.len() - 1)].as_secs_f64() * 1e3
    }
}

/// Asks on 32 connections at once, on each for one grant after the other, with these header lines too.
pub(crate) async fn run(
    address: SocketAddr,
    headers: &str,
    duration: Duration,
) -> io::Result<Round> {
    let mut connections = Vec::with_capacity(CONNECTIONS);
    for _ in 0..CONNECTIONS {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        connections.push(stream);
    }
    let request = format!(
        "POST /api/upload-url HTTP/1.1\r\nhost: localhost\r\n{headers}content-type: application/json\r\ncontent-length: {}\r\n\r\n{BODY}",
        BODY.len()
    );
    let start = Instant::now();
    let mut asking = JoinSet::new();
    for stream in connections {
        asking.spawn(ask_until(stream, request.clone(), start + duration));
    }
    let mut latencies = Vec::new();
    while let Some(asked) = asking.join_next().await {
        latencies.extend(asked??);
    }
    let duration = start.elapsed();
    latencies.sort();
    Ok(Round { duration, latencies })
}

async fn ask_until(
    mut stream: TcpStream,
    request: String,
    end: Instant,
) -> io::Result<Vec<Duration>> {
    let mut buffer = vec![0; 8192];
    let mut latencies = Vec::new();
    let mut start = Instant::now();
    while start < end {
        stream.write_all(request.as_bytes()).await?;
        read_grant(&mut stream, &mut buffer).await?;
        let now = Instant::now();
        latencies.push(now - start);
        start = now;
    }
    Ok(latencies)
}

/// Reads one answer to its end, and makes sure that it is a grant.
async fn read_grant(stream: &mut TcpStream, buffer: &mut [u8]) -> io::Result<()> {
    let mut filled = 0;
    loop {
        match stream.read(&mut buffer[filled..]).await? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            length => filled += length,
        }
        if let Some(whole) = whole_length(&buffer[..filled])?
            && filled >= whole
        {
            return Ok(());
        }
    }
}

/// The length of an answer, once its head is there.
fn whole_length(answer: &[u8]) -> io::Result<Option<usize>> {
    let Some(head_length) = answer.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = std::str::from_utf8(&answer[..head_length]).map_err(io::Error::other)?;
    if !head.starts_with("HTTP/1.1 200 ") {
        return Err(io::Error::other(head.to_owned()));
    }
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .ok_or_else(|| io::Error::other("no length"))?;
    Ok(Some(head_length + 4 + length.parse::<usize>().map_err(io::Error::other)?))
}
