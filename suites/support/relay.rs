//! A proxy for plain HTTP that works on the bytes of an answer: its head may lack what no library leaves out.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, mpsc};

/// Makes of an answer what it likes.
type Edit = dyn Fn(String) -> String + Send + Sync;

/// Where it is, and the first line of each request that it has sent on.
pub(crate) fn relay(
    edit: impl Fn(String) -> String + Send + Sync + 'static,
) -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (tell, seen) = mpsc::channel();
    let edit: Arc<Edit> = Arc::new(edit);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (stream, tell, edit) = (stream.unwrap(), tell.clone(), Arc::clone(&edit));
            std::thread::spawn(move || forward(stream, &tell, &*edit));
        }
    });
    (url, seen)
}

/// Sends one request on to the origin in its first line, and the answer back.
fn forward(mut stream: TcpStream, tell: &mpsc::Sender<String>, edit: &Edit) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).unwrap_or(0) == 0 {
            return;
        }
    }
    let line = head.lines().next().unwrap().to_owned();
    let url = line.split(' ').nth(1).unwrap();
    let (authority, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let mut origin = TcpStream::connect(authority).unwrap();
    let head = head.replacen(url, &format!("/{path}"), 1);
    let head = head.replacen("\r\n", "\r\nconnection: close\r\n", 1);
    origin.write_all(head.as_bytes()).unwrap();
    origin.write_all(&body).unwrap();
    let _ = tell.send(line);
    let mut answer = String::new();
    let _ = origin.read_to_string(&mut answer);
    let _ = stream.write_all(edit(answer).as_bytes());
}
