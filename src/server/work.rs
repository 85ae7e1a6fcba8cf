//! Work that takes a thread for longer than a request may hold one of the runtime's.

use super::error::ApiError;

/// Up to so many bytes, reading or writing JSON and XML takes some tenths of a millisecond.
const SMALL: usize = 32 * 1024;

/// Runs `work`, which takes time in proportion to `bytes`; on a thread for blocking work where there are many of them, so that other requests
/// do not wait for it.
pub(super) async fn of_size<T: Send + 'static>(
    bytes: usize,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ApiError> {
    if bytes <= SMALL {
        return Ok(work());
    }
    tokio::task::spawn_blocking(work).await.map_err(ApiError::internal)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn large_work_runs_on_another_thread() {
        let own = std::thread::current().id();
        assert_eq!(of_size(SMALL, || std::thread::current().id()).await.unwrap(), own);
        assert_ne!(of_size(SMALL + 1, || std::thread::current().id()).await.unwrap(), own);
    }
}
