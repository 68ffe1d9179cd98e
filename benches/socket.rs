//! Plain HTTP/1.1 over one kept connection, by hand: a client that costs next to nothing beside
//! the server that it measures.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

pub(super) struct Connection(BufReader<TcpStream>);

impl Connection {
    /// Connects to an origin as the mock prints it.
    pub(super) fn to(url: &str) -> Self {
        let address = url.strip_prefix("http://").unwrap();
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        Self(BufReader::new(stream))
    }

    /// Asks, and reads the whole answer. It must be a 200 with a `Content-Length`.
    pub(super) fn get(&mut self, path: &str, token: &str) -> Vec<u8> {
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n\
             Authorization: Bearer {token}\r\n\r\n"
        );
        self.0.get_mut().write_all(request.as_bytes()).unwrap();
        assert_eq!(self.line(), "HTTP/1.1 200 OK\r\n");
        let mut length = None;
        loop {
            let line = self.line();
            if line == "\r\n" {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = Some(value.trim_end().parse().unwrap());
            }
        }
        let mut body = vec![0; length.unwrap()];
        self.0.read_exact(&mut body).unwrap();
        body
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        assert_ne!(self.0.read_line(&mut line).unwrap(), 0, "closed by the mock");
        line
    }
}
