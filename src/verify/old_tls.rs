//! The first message of a client that knows no TLS above 1.1. No maintained TLS library would send it any more.
//! See <https://www.rfc-editor.org/rfc/rfc4346#section-7.4.1.2>.

use std::io;
use std::net::IpAddr;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

/// `{3, 2}`
const TLS_1_1: [u8; 2] = [3, 2];

const HANDSHAKE: u8 = 22;
const ALERT: u8 = 21;
const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 2;

/// What servers of that time could do: ECDHE and RSA with AES in CBC mode.
const CIPHER_SUITES: [[u8; 2]; 6] =
    [[0xc0, 0x14], [0xc0, 0x13], [0xc0, 0x0a], [0xc0, 0x09], [0, 0x35], [0, 0x2f]];

/// What a server makes of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// A fatal alert with this description: 70 is `protocol_version`, 40 `handshake_failure`.
    Alert(u8),
    /// It hung up.
    Closed,
    /// It goes on with the handshake.
    Hello,
    /// No TLS.
    Other,
}

/// Sends the message for a server of this name and reads the beginning of what it replies.
pub(super) async fn offer(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    name: &str,
) -> io::Result<Reply> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    stream.write_all(&client_hello(name, random)).await?;
    // a record's type, version and length; then an alert's level and description, or a handshake's message type
    let mut reply = [0; 7];
    Ok(match stream.read_exact(&mut reply).await {
        Err(_) => Reply::Closed,
        Ok(_) => match reply {
            [ALERT, .., description] => Reply::Alert(description),
            [HANDSHAKE, _, _, _, _, SERVER_HELLO, _] => Reply::Hello,
            _ => Reply::Other,
        },
    })
}

fn client_hello(name: &str, random: [u8; 32]) -> Vec<u8> {
    let mut body = TLS_1_1.to_vec();
    body.extend(random);
    body.push(0); // no session to resume
    body.extend(with_length(CIPHER_SUITES.concat()));
    body.extend([1, 0]); // no compression
    let mut extensions = Vec::new();
    // an address is no server name: <https://www.rfc-editor.org/rfc/rfc6066#section-3>
    if name.trim_matches(['[', ']']).parse::<IpAddr>().is_err() {
        let server_name = [vec![0], with_length(name.as_bytes().to_vec())].concat();
        extensions.extend(extension(0, with_length(server_name)));
    }
    extensions.extend(extension(10, with_length(vec![0, 23, 0, 24]))); // supported_groups: secp256r1, secp384r1
    extensions.extend(extension(11, vec![1, 0])); // ec_point_formats: uncompressed
    body.extend(with_length(extensions));

    // a handshake message's length has three bytes, of which a message this short needs two
    let message = [vec![CLIENT_HELLO, 0], with_length(body)].concat();
    [vec![HANDSHAKE], TLS_1_1.to_vec(), with_length(message)].concat()
}

fn extension(kind: u16, data: Vec<u8>) -> Vec<u8> {
    [kind.to_be_bytes().to_vec(), with_length(data)].concat()
}

/// Its length in two bytes, and then itself. Nothing here is longer than a host name and a few lists.
fn with_length(data: Vec<u8>) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap_or(u16::MAX);
    [length.to_be_bytes().to_vec(), data].concat()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    async fn reply(bytes: &[u8]) -> Reply {
        let (client, mut server) = tokio::io::duplex(4096);
        server.write_all(bytes).await.unwrap();
        let replying = async {
            let mut hello = [0; 5];
            server.read_exact(&mut hello).await.unwrap();
            drop(server);
        };
        let (reply, ()) =
            tokio::join!(offer(client, "acme.s3.eu-central-1.amazonaws.com"), replying);
        reply.unwrap()
    }

    #[tokio::test]
    async fn replies() {
        assert_eq!(reply(&[21, 3, 1, 0, 2, 2, 70]).await, Reply::Alert(70));
        assert_eq!(reply(&[22, 3, 2, 0, 80, 2, 0]).await, Reply::Hello);
        assert_eq!(reply(b"HTTP/1.1 400 Bad Request").await, Reply::Other);
        assert_eq!(reply(&[]).await, Reply::Closed);
    }

    #[test]
    fn lengths_add_up() {
        let hello = client_hello("example.com", [7; 32]);
        assert_eq!(hello[..3], [22, 3, 2]);
        assert_eq!(usize::from(u16::from_be_bytes([hello[3], hello[4]])), hello.len() - 5);
        assert_eq!(hello[5..7], [1, 0]);
        assert_eq!(usize::from(u16::from_be_bytes([hello[7], hello[8]])), hello.len() - 9);
        assert!(hello.windows(11).any(|window| window == b"example.com"));
    }
}
