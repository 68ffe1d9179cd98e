//! The hidden `keyproof pipe ADDRESS TOKEN PAGE`: an adapter whose answers come from a page in a browser, through
//! the run of `keyproof sdk --browser` that has started it.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};

use super::{Trouble, output};
use crate::harness::Exit;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Where the run listens
    address: SocketAddr,
    /// What it knows its own processes by
    token: String,
    /// The page, for whoever looks at a list of processes
    #[arg(value_name = "PAGE")]
    _page: String,
}

/// What a part of the run's side of the connection is: a byte, then the length of its content, then that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Reply = 0,
    /// For standard error.
    Note = 1,
    /// There will be no more replies, and why.
    Lost = 2,
    /// There will be no more replies, as it should be.
    End = 3,
}

impl Part {
    const ALL: [Self; 4] = [Self::Reply, Self::Note, Self::Lost, Self::End];
    const HEAD: usize = 5;

    pub(super) fn head(self, length: usize) -> [u8; Self::HEAD] {
        let length = u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes();
        let mut head = [self as u8; Self::HEAD];
        head[1..].copy_from_slice(&length);
        head
    }

    /// The next part and its content.
    fn read(input: &mut impl io::Read) -> io::Result<(Self, Vec<u8>)> {
        let mut head = [0; Self::HEAD];
        input.read_exact(&mut head)?;
        let [kind, length @ ..] = head;
        let part = Self::ALL.into_iter().find(|part| *part as u8 == kind);
        let length = u64::from(u32::from_be_bytes(length));
        let mut content = Vec::new();
        input.take(length).read_to_end(&mut content)?;
        if content.len() as u64 != length {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        Ok((part.ok_or(ErrorKind::InvalidData)?, content))
    }
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Trouble> {
    let lost = |error| Trouble::unreachable(format!("the run cannot be reached: {error}"));
    let mut requests = TcpStream::connect(arguments.address).map_err(lost)?;
    let mut replies = requests.try_clone().map_err(lost)?;
    requests
        .set_nodelay(true)
        .and_then(|()| requests.write_all(arguments.token.as_bytes()))
        .map_err(lost)?;
    std::thread::spawn(move || {
        // The run notices itself that it is no longer heard.
        let _ = io::copy(&mut io::stdin().lock(), &mut requests);
        let _ = requests.shutdown(Shutdown::Write);
    });
    let exit = loop {
        let (part, mut content) = Part::read(&mut replies).map_err(lost)?;
        match part {
            Part::Reply => {
                content.push(b'\n');
                output::answer(&content)?;
            }
            Part::Note => output::note(&String::from_utf8_lossy(&content)),
            Part::Lost => {
                output::note(&String::from_utf8_lossy(&content));
                break Exit::Unreachable;
            }
            Part::End => break Exit::Held,
        }
    };
    // At once: its input may not have ended.
    std::process::exit(exit.code().into())
}
