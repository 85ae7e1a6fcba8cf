//! A line that is cut while a file is on it.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// Passes connections on. It ends when dropped.
pub(crate) struct Line {
    pub(crate) address: String,
    cuts: Arc<Mutex<Cuts>>,
    /// There was a cut.
    cut: Arc<Notify>,
    accepting: JoinHandle<()>,
}

/// What still passes before the next cut, in bytes, and how many cuts there will be.
struct Cuts {
    each_after: usize,
    left: u32,
    passing: usize,
    /// Whether nothing passes any more once there was a cut.
    is_last: bool,
    is_dead: bool,
}

impl Cuts {
    /// Whether so many more bytes pass.
    fn pass(&mut self, length: usize) -> bool {
        if self.is_dead {
            return false;
        }
        if self.left == 0 || length < self.passing {
            self.passing = self.passing.saturating_sub(length);
            return true;
        }
        self.left -= 1;
        self.is_dead = self.is_last;
        self.passing = self.each_after;
        false
    }
}

impl Line {
    /// A line to this host and port.
    pub(crate) async fn to(target: &str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let cuts = Arc::new(Mutex::new(Cuts {
            each_after: 0,
            left: 0,
            passing: 0,
            is_last: false,
            is_dead: false,
        }));
        let cut = Arc::<Notify>::default();
        let (target, all, notify) = (target.to_owned(), Arc::clone(&cuts), Arc::clone(&cut));
        let accepting = tokio::spawn(async move {
            loop {
                let (near, _) = listener.accept().await.unwrap();
                let far = TcpStream::connect(&target).await.unwrap();
                tokio::spawn(pass(near, far, Arc::clone(&all), Arc::clone(&notify)));
            }
        });
        Self { address, cuts, cut, accepting }
    }

    /// So many times, once so many more bytes went towards the target, cuts the connection that they went by.
    pub(crate) fn cut(&self, times: u32, each_after: usize) {
        *self.cuts.lock().unwrap() =
            Cuts { each_after, left: times, passing: each_after, is_last: false, is_dead: false };
    }

    /// Once so many more bytes went towards the target, nothing passes any more, until [`cut`](Self::cut) says otherwise.
    pub(crate) fn die_after(&self, bytes: usize) {
        *self.cuts.lock().unwrap() =
            Cuts { each_after: bytes, left: 1, passing: bytes, is_last: true, is_dead: false };
    }

    /// Waits until nothing passes any more.
    pub(crate) async fn is_dead(&self) {
        while !self.cuts.lock().unwrap().is_dead {
            self.cut.notified().await;
        }
    }
}

async fn pass(near: TcpStream, far: TcpStream, cuts: Arc<Mutex<Cuts>>, cut: Arc<Notify>) {
    let ((mut from_near, mut to_near), (mut from_far, mut to_far)) =
        (near.into_split(), far.into_split());
    let up = async {
        let mut chunk = vec![0; 64 * 1024];
        loop {
            let length = match from_near.read(&mut chunk).await {
                Ok(0) | Err(_) => return,
                Ok(length) => length,
            };
            if !cuts.lock().unwrap().pass(length) {
                cut.notify_one();
                return;
            }
            if to_far.write_all(&chunk[..length]).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = up => {}
        // either end may go away at any time: that is what this is for
        _ = copy(&mut from_far, &mut to_near) => {}
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}
