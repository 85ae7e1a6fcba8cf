//! The Chrome DevTools Protocol over a pair of pipes: JSON, each message ended by a zero byte.
//!
//! Spoken by hand, in values: what drives a browser by typed messages stops at the first one that a newer Chromium
//! words differently, and the tests use the Chromium of the machine.
//! See <https://chromedevtools.github.io/devtools-protocol/>.

use std::collections::HashMap;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::unix::pipe;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::timeout;

/// How long a command may take; far more than any does.
const LIMIT: Duration = Duration::from_secs(120);

/// A browser that answers. It ends with the last of these.
#[derive(Clone)]
pub(super) struct Connection {
    commands: mpsc::UnboundedSender<Vec<u8>>,
    state: Arc<Mutex<State>>,
    arrived: Arc<Notify>,
}

#[derive(Default)]
struct State {
    last_id: u64,
    waiting: HashMap<u64, oneshot::Sender<Value>>,
    /// Of all sessions, in their order.
    events: Vec<Event>,
    is_closed: bool,
}

/// What the browser tells unasked.
#[derive(Clone)]
pub(super) struct Event {
    pub(super) session: Option<String>,
    pub(super) method: String,
    pub(super) params: Value,
}

impl Connection {
    /// Takes the ends of the pipes that the browser reads from and writes to.
    pub(super) fn over(commands: OwnedFd, answers: OwnedFd) -> Self {
        let mut to_browser = pipe::Sender::from_owned_fd(commands).unwrap();
        let from_browser = BufReader::new(pipe::Receiver::from_owned_fd(answers).unwrap());
        let (commands, mut queue) = mpsc::unbounded_channel::<Vec<u8>>();
        tokio::spawn(async move {
            while let Some(message) = queue.recv().await {
                if to_browser.write_all(&message).await.is_err() {
                    break;
                }
            }
        });
        let state = Arc::<Mutex<State>>::default();
        let arrived = Arc::<Notify>::default();
        tokio::spawn(receive(from_browser, Arc::clone(&state), Arc::clone(&arrived)));
        Self { commands, state, arrived }
    }

    /// Calls a method, of a session or of the browser itself.
    pub(super) async fn call(
        &self,
        session: Option<&str>,
        method: &str,
        params: Value,
    ) -> Result<Value, String> {
        let ended = || format!("{method}: Chromium has ended");
        let (answer, answered) = oneshot::channel();
        let id = {
            let mut state = self.state.lock().unwrap();
            if state.is_closed {
                return Err(ended());
            }
            state.last_id += 1;
            let id = state.last_id;
            state.waiting.insert(id, answer);
            id
        };
        let mut command = json!({ "id": id, "method": method, "params": params });
        if let Some(session) = session {
            command["sessionId"] = session.into();
        }
        let mut message = command.to_string().into_bytes();
        message.push(0);
        self.commands.send(message).map_err(|_| ended())?;
        let answer = timeout(LIMIT, answered)
            .await
            .map_err(|_| format!("{method}: no answer"))?
            .map_err(|_| ended())?;
        match answer.get("error") {
            Some(error) => Err(format!("{method}: {error}")),
            None => Ok(answer["result"].clone()),
        }
    }

    /// What the browser tells next by this name, leaving out as many as came `before`.
    pub(super) async fn next(&self, session: &str, method: &str, before: usize) -> Value {
        let next = async {
            loop {
                let arrived = self.arrived.notified();
                tokio::pin!(arrived);
                // from here on nothing is missed
                arrived.as_mut().enable();
                if let Some(event) = self
                    .events(session)
                    .into_iter()
                    .filter(|event| event.method == method)
                    .nth(before)
                {
                    return event.params;
                }
                arrived.await;
            }
        };
        timeout(LIMIT, next).await.unwrap_or_else(|_| panic!("{method} did not come"))
    }

    /// What came unasked so far.
    pub(super) fn events(&self, session: &str) -> Vec<Event> {
        let state = self.state.lock().unwrap();
        state
            .events
            .iter()
            .filter(|event| event.session.as_deref() == Some(session))
            .cloned()
            .collect()
    }
}

async fn receive(
    mut from_browser: BufReader<pipe::Receiver>,
    state: Arc<Mutex<State>>,
    arrived: Arc<Notify>,
) {
    loop {
        let mut message = Vec::new();
        let read = from_browser.read_until(0, &mut message).await;
        let mut state = state.lock().unwrap();
        if read.is_err() || message.pop() != Some(0) {
            state.is_closed = true;
            state.waiting.clear();
            return;
        }
        let message: Value = serde_json::from_slice(&message).unwrap();
        match message["id"].as_u64() {
            Some(id) => {
                // whoever asked may have given up meanwhile
                let _ = state.waiting.remove(&id).map(|answer| answer.send(message));
            }
            None => {
                let session = message["sessionId"].as_str().map(str::to_owned);
                let method = message["method"].as_str().unwrap_or_default().to_owned();
                state.events.push(Event { session, method, params: message["params"].clone() });
                arrived.notify_waiters();
            }
        }
    }
}
