//! Reads the bodies of HTTP answers, which a peer could make as long as it likes.

/// Upper bound of the body of an answer, in bytes, where nothing tighter is known: the largest of the endpoint's own, a list of all parts of an
/// upload, has less than two million.
pub(crate) const MAX_ANSWER: usize = 16 * 1024 * 1024;

/// Error for the body of an answer that was not read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BodyError {
    #[error(transparent)]
    Http(#[from] reqwest::Error),
    #[error("{host} answered with more than {max} bytes")]
    TooLarge { host: String, max: usize },
}

/// Reads a body of at most `max` bytes. The time for it is bounded by the timeout of the request.
pub(crate) async fn read(
    mut response: reqwest::Response,
    max: usize,
) -> Result<Vec<u8>, BodyError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > max {
            return Err(BodyError::TooLarge {
                host: response.url().host_str().unwrap_or_default().to_owned(),
                max,
            });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(crate) mod tests {
    use std::io;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    /// The URL of a server that answers each request with this status and a body that has no end.
    pub(crate) async fn endless(status: u16) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let mut head = [0; 4096];
                    let _ = stream.read(&mut head).await?;
                    stream
                        .write_all(
                            format!("HTTP/1.1 {status} -\r\ntransfer-encoding: chunked\r\n\r\n")
                                .as_bytes(),
                        )
                        .await?;
                    let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
                    loop {
                        stream.write_all(chunk.as_bytes()).await?;
                    }
                    #[allow(unreachable_code)]
                    io::Result::Ok(())
                });
            }
        });
        url
    }

    #[tokio::test]
    async fn a_body_is_read_up_to_its_bound() {
        let response = reqwest::get(endless(200).await).await.unwrap();
        assert_eq!(
            read(response, 100_000).await.unwrap_err().to_string(),
            "127.0.0.1 answered with more than 100000 bytes"
        );
    }
}
