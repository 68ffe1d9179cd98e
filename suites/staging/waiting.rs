//! `--wait`: a server that is not up yet is waited for.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use keyproof::mock::Limits;
use libtest_mimic::Failed;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpSocket, TcpStream};

use super::host::Host;
use crate::support::Trial;
use crate::support::process::{Completed, keyproof};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("waiting/a_server_that_comes_up_later_is_checked", comes_up),
        Trial::test("waiting/a_gateway_is_no_answer", gateway),
        Trial::test("waiting/an_answer_of_the_server_is_one", refused),
        Trial::test("waiting/the_end_of_the_time_is_told_of", in_vain),
        Trial::test("waiting/a_signal_ends_it_at_once", stopped),
    ]
}

const ONE: [&str; 2] = ["--run", "server/descriptor/server-managed"];
/// Far longer than anything here takes.
const LONG: Duration = Duration::from_secs(60);

/// A port that refuses connections and is nobody else's, until it listens.
struct Door {
    socket: TcpSocket,
    address: SocketAddr,
}

impl Door {
    fn shut() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = socket.local_addr().unwrap();
        Self { socket, address }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on it leads to the host.
    fn open(self, host: &Host) {
        let behind = host.proxy.url.strip_prefix("http://").unwrap().to_owned();
        host.runtime.spawn(async move {
            let listener = self.socket.listen(64).unwrap();
            while let Ok((mut stream, _)) = listener.accept().await {
                let behind = behind.clone();
                tokio::spawn(async move {
                    let mut inner = TcpStream::connect(behind).await.unwrap();
                    let _ = copy_bidirectional(&mut stream, &mut inner).await;
                });
            }
        });
    }
}

fn spawn(host: &Host, url: &str, arguments: &[&str]) -> Child {
    let organization = host.mock.organization();
    let place = ["check", "--url", url, "--org", &organization];
    let token = host.mock.token("full").unwrap();
    let variables = [("KEYPROOF_TOKEN", token.as_str())];
    keyproof(&[&place, &ONE[..], arguments].concat(), &variables).spawn().unwrap()
}

/// Waits until it says that it waits, and for what.
fn waits(child: &mut Child) -> String {
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("waits up to") {
        line.clear();
        assert!(stderr.read_line(&mut line).unwrap() > 0, "it ended without waiting");
    }
    // It may say more, and nobody reads that.
    std::thread::spawn(move || std::io::copy(&mut stderr, &mut std::io::sink()));
    line
}

fn comes_up() -> Result<(), Failed> {
    let host = Host::new(Limits::Off);
    let door = host.runtime.block_on(async { Door::shut() });
    let url = door.url();
    let mut child = spawn(&host, &url, &["--wait", "60"]);
    let line = waits(&mut child);
    let message = format!("keyproof: waits up to 60 s for {url}: the connection was refused\n");
    assert_eq!(line, message);
    door.open(&host);
    let output = Completed::from(child.wait_with_output()?);
    assert_eq!(output.exit, 0, "{output:?}");
    assert_eq!(host.left_behind(), Vec::<String>::new());
    Ok(())
}

fn gateway() -> Result<(), Failed> {
    let host = Host::new(Limits::Off);
    host.proxy.fail_gets(5);
    let output =
        Completed::from(spawn(&host, &host.proxy.url, &["--wait", "60"]).wait_with_output()?);
    assert_eq!(output.exit, 0, "{output:?}");
    let message = format!("waits up to 60 s for {}: a gateway answers 502", host.proxy.url);
    assert_eq!(output.stderr.matches(&message).count(), 1, "{output:?}");
    assert!(!output.last_line().contains("sent again"), "{output:?}");
    // The first answer is the first contact: nothing was asked for twice.
    let lists = host.proxy.take().into_iter();
    let lists = lists.take_while(|one| one.method == "GET" && one.path.ends_with("/projects"));
    assert_eq!(lists.count(), 2, "the first contact, and the sweep");
    Ok(())
}

fn refused() -> Result<(), Failed> {
    let host = Host::new(Limits::Off);
    let place = ["check", "--url", &host.proxy.url, "--org", &host.mock.organization()];
    let token = [("KEYPROOF_TOKEN", "dotenv_of_nobody_at_all")];
    let begun = Instant::now();
    let output = keyproof(&[&place[..], &["--wait", "600"]].concat(), &token).output()?;
    assert!(begun.elapsed() < LONG);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(host.proxy.take().len(), 1);
    Ok(())
}

fn in_vain() -> Result<(), Failed> {
    let host = Host::new(Limits::Off);
    let door = host.runtime.block_on(async { Door::shut() });
    let url = door.url();
    let output = Completed::from(spawn(&host, &url, &["--wait", "0.3"]).wait_with_output()?);
    assert_eq!(output.exit, 4);
    let message =
        format!("keyproof: {url}: not up after 0.3 s of waiting: the connection was refused");
    assert_eq!(output.stderr.lines().last(), Some(message.as_str()), "{output:?}");
    Ok(())
}

fn stopped() -> Result<(), Failed> {
    let host = Host::new(Limits::Off);
    let door = host.runtime.block_on(async { Door::shut() });
    let mut child = spawn(&host, &door.url(), &["--wait", "600"]);
    waits(&mut child);
    let begun = Instant::now();
    let status = Command::new("kill").args(["-TERM", &child.id().to_string()]).status()?;
    assert!(status.success());
    let output = Completed::from(child.wait_with_output()?);
    assert_eq!(output.exit, 3, "{output:?}");
    assert!(begun.elapsed() < LONG);
    Ok(())
}
