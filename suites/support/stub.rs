//! A server that says one thing, whatever it is asked.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

/// Answers the first `count` requests with these bytes, then closes its door.
pub(crate) fn answering(count: usize, answer: impl Into<String>) -> String {
    let answer = answer.into();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().take(count) {
            let Ok(mut stream) = stream else { return };
            // The suite's requests fit into one packet; what is unread when the stream is closed
            // would reset the connection.
            let mut request = [0; 65536];
            let mut read = 0;
            while !is_whole(&request[..read]) {
                match stream.read(&mut request[read..]) {
                    Ok(0) | Err(_) => break,
                    Ok(more) => read += more,
                }
            }
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    url
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    length.is_none_or(|(_, length)| body.len() >= length.parse().unwrap_or(0))
}

/// An answer as it goes over the wire. The connection is not used again.
pub(crate) fn answer(status: &str, headers: &[&str], body: &str) -> String {
    let mut text =
        format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
    for header in headers {
        text.push_str(header);
        text.push_str("\r\n");
    }
    format!("{text}\r\n{body}")
}

/// A port on which nothing listens.
pub(crate) fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}
