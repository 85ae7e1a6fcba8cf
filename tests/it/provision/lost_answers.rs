//! Answers that are lost between AWS and gatepass: what the report says is what is there.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use futures::future::join_all;
use gatepass::provision::{self, Change, Plan};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::writer::cut_off_after;
use super::{Stack, plain};
use crate::backend::{Backend, on_every_backend};

on_every_backend!(
    an_apply_reports_what_may_have_been_made,
    a_destroy_reports_what_may_have_been_removed
);

/// What happens to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// It never gets there.
    NotForwarded,
    /// It gets there, and the connection is closed without an answer.
    NoAnswer,
    /// It gets there, and half of the answer comes back.
    HalfAnAnswer,
    /// It gets there, and a gateway answers instead.
    BadGateway,
    /// It gets there without an answer, and what is sent again is refused.
    ThenDenied,
}

const FAULTS: [Fault; 5] = [
    Fault::NotForwarded,
    Fault::NoAnswer,
    Fault::HalfAnAnswer,
    Fault::BadGateway,
    Fault::ThenDenied,
];

/// Forwards whole requests over connections of their own, and loses answers.
struct Lossy {
    url: String,
    shared: Arc<Shared>,
    serving: tokio::task::JoinHandle<()>,
}

struct Shared {
    target: String,
    fault: Fault,
    calls: AtomicUsize,
    /// The calls that meet the fault.
    lost: std::ops::Range<usize>,
    forwarded_writes: Mutex<Vec<String>>,
}

impl Lossy {
    async fn start(backend: &Backend, fault: Fault, lost: std::ops::Range<usize>) -> Self {
        let target = backend.endpoint.trim_start_matches("http://").to_owned();
        let shared = Arc::new(Shared {
            target,
            fault,
            calls: AtomicUsize::new(0),
            lost,
            forwarded_writes: Mutex::default(),
        });
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let serving = tokio::spawn({
            let shared = Arc::clone(&shared);
            async move {
                loop {
                    let (client, _) = listener.accept().await.unwrap();
                    let shared = Arc::clone(&shared);
                    // a client that goes away early is none of the test's concern
                    tokio::spawn(async move { shared.forward(client).await.ok() });
                }
            }
        });
        Self { url, shared, serving }
    }

    fn has_forwarded_writes(&self) -> bool {
        !self.shared.forwarded_writes.lock().unwrap().is_empty()
    }
}

impl Drop for Lossy {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Shared {
    async fn forward(&self, mut client: TcpStream) -> std::io::Result<()> {
        let Some(request) = read_request(&mut client).await? else { return Ok(()) };
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        let fault = self.lost.contains(&call).then_some(self.fault);
        match fault {
            Some(Fault::NotForwarded) => return Ok(()),
            Some(Fault::ThenDenied) if call > self.lost.start => {
                let body =
                    "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";
                return client
                    .write_all(
                        format!("HTTP/1.1 403 Forbidden\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len()).as_bytes(),
                    )
                    .await;
            }
            _ => {}
        }
        let text = String::from_utf8_lossy(&request);
        let is_read = ["GET ", "HEAD "].iter().any(|method| text.starts_with(method))
            || text.contains("Action=Get")
            || text.contains("Action=List");
        if !is_read {
            self.forwarded_writes
                .lock()
                .unwrap()
                .push(text.lines().next().unwrap_or_default().to_owned());
        }
        let mut server = TcpStream::connect(&self.target).await?;
        let line_end = request.windows(2).position(|two| two == b"\r\n").unwrap() + 2;
        server.write_all(&request[..line_end]).await?;
        server.write_all(b"Connection: close\r\n").await?;
        server.write_all(&request[line_end..]).await?;
        let mut answer = Vec::new();
        server.read_to_end(&mut answer).await?;
        match fault {
            None => client.write_all(&answer).await,
            Some(Fault::HalfAnAnswer) => client.write_all(&answer[..answer.len() / 2]).await,
            Some(Fault::BadGateway) => client
                .write_all(
                    b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
                )
                .await,
            Some(Fault::NotForwarded | Fault::NoAnswer | Fault::ThenDenied) => Ok(()),
        }
    }
}

/// One request with its body; none if the connection ends before.
async fn read_request(client: &mut TcpStream) -> std::io::Result<Option<Vec<u8>>> {
    let mut request = Vec::new();
    loop {
        if let Some(head) = request.windows(4).position(|four| four == b"\r\n\r\n") {
            let text = String::from_utf8_lossy(&request[..head]).to_ascii_lowercase();
            let length = text
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(0, |length| length.parse().unwrap());
            if request.len() >= head + 4 + length {
                return Ok(Some(request));
            }
        }
        if client.read_buf(&mut request).await? == 0 {
            return Ok(None);
        }
    }
}

/// A contract on the backend, and the same behind a proxy that loses answers.
async fn behind(
    backend: &Backend,
    what: &str,
    fault: Fault,
    lost: std::ops::Range<usize>,
) -> (Stack, Stack, Lossy) {
    let proxy = Lossy::start(backend, fault, lost).await;
    let contract = plain(backend, &backend.unique_bucket(what));
    (
        Stack::new(backend, &contract),
        Stack::new(backend, &contract.replace(&backend.endpoint, &proxy.url)),
        proxy,
    )
}

fn titles(plan: &Plan) -> BTreeSet<String> {
    plan.changes().iter().map(Change::title).collect()
}

/// What a new bucket is set to before anything is written.
async fn set_by_creation(stack: &Stack) -> BTreeSet<String> {
    let plan = stack.plan().await;
    stack.make(&plan, &cut_off_after(&stack.writer, 1)).await.unwrap_err();
    let mut set: BTreeSet<String> =
        titles(&plan).difference(&titles(&stack.plan().await)).cloned().collect();
    set.remove(&format!("bucket {}", stack.bucket));
    stack.destroy().await;
    set
}

async fn an_apply_reports_what_may_have_been_made(backend: &Backend) {
    let (direct, lossy, proxy) = behind(backend, "lost", Fault::NoAnswer, 0..0).await;
    lossy.make(&direct.plan().await, &lossy.writer).await.unwrap();
    let calls = proxy.shared.calls.load(Ordering::Relaxed);
    assert!(calls > 16, "{calls}");
    direct.destroy().await;
    let defaults = set_by_creation(&direct).await;
    for fault in FAULTS {
        // once, or from then on
        let runs = (0..calls).flat_map(|call| [call..call + 1, call..usize::MAX]);
        let told: Vec<Option<String>> = join_all(runs.map(async |lost| {
            let (direct, lossy, proxy) = behind(backend, "lost", fault, lost.clone()).await;
            let plan = direct.plan().await;
            let outcome = lossy.make(&plan, &lossy.writer).await;
            let told = outcome.err().map(|error| {
                let text = error.to_string();
                assert_eq!(
                    text.contains("nothing was changed"),
                    error.done.is_empty() && error.unfinished.is_none(),
                    "{text}"
                );
                (error, text)
            });
            let left = match provision::observe(&direct.reader, &direct.desired).await {
                Ok(observed) => titles(&provision::plan(&direct.desired, &observed, true).unwrap()),
                Err(error) => panic!("{error}"),
            };
            let made: BTreeSet<String> = titles(&plan).difference(&left).cloned().collect();
            if let Some((error, text)) = &told {
                let what = format!("{fault:?} {lost:?}: {text}\nmade: {made:?}");
                let done: BTreeSet<String> = error.done.iter().cloned().collect();
                assert!(done.is_subset(&made), "{what}");
                let maybe: BTreeSet<String> =
                    error.unfinished.iter().map(|unfinished| unfinished.title.clone()).collect();
                assert!(
                    made.difference(&defaults)
                        .all(|title| done.contains(title) || maybe.contains(title)),
                    "{what}"
                );
                assert!(
                    error.unfinished.iter().all(
                        |unfinished| !unfinished.is_certain || made.contains(&unfinished.title)
                    ),
                    "{what}"
                );
                assert!(
                    error.unfinished.iter().all(|unfinished| text.contains(&unfinished.title)),
                    "{what}"
                );
                if text.contains("nothing was changed") {
                    assert!(!proxy.has_forwarded_writes(), "{what}");
                }
            } else {
                assert_eq!(made, titles(&plan), "{fault:?} {lost:?}");
            }
            direct.apply().await;
            direct.destroy().await;
            told.map(|(_, text)| text.replace(&direct.bucket, "BUCKET"))
        }))
        .await;
        let failed: Vec<&String> = told.iter().flatten().collect();
        assert!(!failed.is_empty(), "{fault:?}");
        // the very first write
        let first = told[1].as_ref().unwrap();
        assert!(
            first.contains("may have been made: bucket BUCKET (the answer to it was lost)"),
            "{fault:?}: {first}"
        );
        // the read after it
        let second = told[3].as_ref().unwrap();
        assert!(second.contains("made in part: bucket BUCKET"), "{fault:?}: {second}");
    }
}

async fn a_destroy_reports_what_may_have_been_removed(backend: &Backend) {
    for fault in FAULTS {
        for call in 0..3 {
            for lost in [call..call + 1, call..usize::MAX] {
                let (direct, lossy, _proxy) =
                    behind(backend, "lost-destroy", fault, lost.clone()).await;
                direct.apply().await;
                let plan = direct.plan_destroy().await.unwrap();
                let outcome = provision::destroy(&plan, &lossy.writer, &()).await;
                let left: Vec<String> = direct
                    .plan_destroy()
                    .await
                    .unwrap()
                    .removals()
                    .iter()
                    .map(provision::Removal::title)
                    .collect();
                if let Err(error) = outcome {
                    let text = format!("{fault:?} {lost:?}: {error}\nleft: {left:?}");
                    assert!(error.done.iter().all(|title| !left.contains(title)), "{text}");
                    let told = |title: &String| {
                        error.done.contains(title) || error.may_be_done.as_ref() == Some(title)
                    };
                    let gone = plan
                        .removals()
                        .iter()
                        .map(provision::Removal::title)
                        .filter(|title| !left.contains(title));
                    assert!(gone.into_iter().all(|title| told(&title)), "{text}");
                    assert_eq!(
                        text.contains("nothing was removed"),
                        error.done.is_empty() && error.may_be_done.is_none(),
                        "{text}"
                    );
                    assert!(
                        error.may_be_done.is_none_or(
                            |title| text.contains(&format!("may have been removed: {title}"))
                        ),
                        "{text}"
                    );
                } else {
                    assert_eq!(left, [""; 0], "{fault:?} {lost:?}");
                }
                direct.destroy().await;
            }
        }
    }
}
