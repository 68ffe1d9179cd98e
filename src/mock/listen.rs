//! Where a mock listens: at one address, or as `localhost` in both families under one port.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::str::FromStr;

use axum::serve::Listener;
use serde::de::{Deserialize, Deserializer, Error, Visitor};
use tokio::net::{TcpListener, TcpStream};

/// How often the system is asked for a port until one is free in both families.
const TRIES: u32 = 16;

/// The address that a mock listens at. Port 0 stands for a free port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listen {
    /// One address.
    At(SocketAddr),
    /// 127.0.0.1 and ::1, under one port: a client of `localhost` may try either of them first.
    Localhost(u16),
}

impl From<SocketAddr> for Listen {
    fn from(address: SocketAddr) -> Self {
        Self::At(address)
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(address) => address.fmt(f),
            Self::Localhost(port) => write!(f, "localhost:{port}"),
        }
    }
}

/// The text is no address to listen at.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error(
    "give a port (4747, or 0 for a free one), or with it an address of this machine: localhost:4747, 127.0.0.1:4747, [::1]:4747"
)]
pub struct NotAPlace;

impl FromStr for Listen {
    type Err = NotAPlace;

    /// Reads `localhost:4747`, `127.0.0.1:4747`, `[::1]:4747`, or a port alone, which is one of `localhost`.
    fn from_str(text: &str) -> Result<Self, NotAPlace> {
        if let Ok(address) = text.parse() {
            return Ok(Self::At(address));
        }
        let port = match text.rsplit_once(':') {
            None => text,
            Some((host, port)) if host.is_empty() || host.eq_ignore_ascii_case("localhost") => port,
            Some(_) => return Err(NotAPlace),
        };
        // A number may have a sign for Rust, which a port may not.
        let port = port.parse().ok().filter(|_| !port.starts_with('+'));
        port.map(Self::Localhost).ok_or(NotAPlace)
    }
}

impl<'de> Deserialize<'de> for Listen {
    /// Takes a text as [`Listen::from_str`] reads it, or a port as a number.
    fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = Listen;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a port, or an address and a port")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Listen, E> {
                text.parse().map_err(E::custom)
            }

            fn visit_i64<E: Error>(self, port: i64) -> Result<Listen, E> {
                let port = u16::try_from(port).map_err(|_| E::custom(NotAPlace))?;
                Ok(Listen::Localhost(port))
            }
        }

        value.deserialize_any(Text)
    }
}

/// The mock cannot listen at an address.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {cause}")]
pub struct NotBound {
    /// The address.
    pub address: SocketAddr,
    /// What the system says.
    pub cause: io::Error,
}

impl Listen {
    /// Whether only this machine can reach the address.
    pub fn is_loopback(self) -> bool {
        self.first().ip().is_loopback()
    }

    /// The origin at which this machine reaches the mock; none if the port is 0.
    pub fn origin(self) -> Option<String> {
        let first = self.first();
        (first.port() != 0).then(|| origin(first))
    }

    /// The address, or the first of two.
    pub(super) fn first(self) -> SocketAddr {
        match self {
            Self::At(address) => address,
            Self::Localhost(port) => (Ipv4Addr::LOCALHOST, port).into(),
        }
    }

    pub(super) async fn bind(self) -> Result<Listeners, NotBound> {
        let mut tries = 1;
        loop {
            let first = bind(self.first()).await?;
            let Self::Localhost(port) = self else {
                return Ok(Listeners { first, second: None });
            };
            let bound = first.local_addr();
            let bound = bound.map_err(|cause| NotBound { address: self.first(), cause })?;
            match bind((Ipv6Addr::LOCALHOST, bound.port()).into()).await {
                Ok(second) => return Ok(Listeners { first, second: Some(second) }),
                // A machine without IPv6: `localhost` is 127.0.0.1 alone there.
                Err(error) if error.cause.kind() != io::ErrorKind::AddrInUse => {
                    return Ok(Listeners { first, second: None });
                }
                Err(_) if port == 0 && tries < TRIES => tries += 1,
                Err(error) => return Err(error),
            }
        }
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, NotBound> {
    let bound = TcpListener::bind(address).await;
    bound.map_err(|cause| NotBound { address, cause })
}

/// The origin at which this machine reaches an address. For an address that stands for all of them, `0.0.0.0` or `[::]`, it
/// names a loopback address.
pub(super) fn origin(address: SocketAddr) -> String {
    let loopback = |ip: IpAddr| SocketAddr::new(ip, address.port());
    let address = match address.ip() {
        ip if !ip.is_unspecified() => address,
        IpAddr::V6(_) if UdpSocket::bind((Ipv6Addr::LOCALHOST, 0)).is_ok() => {
            loopback(Ipv6Addr::LOCALHOST.into())
        }
        // On a machine without ::1 the socket of [::] takes IPv4 too.
        _ => loopback(Ipv4Addr::LOCALHOST.into()),
    };
    format!("http://{address}")
}

/// The sockets of a mock.
pub(super) struct Listeners {
    first: TcpListener,
    second: Option<TcpListener>,
}

impl Listeners {
    pub(super) fn of(listener: std::net::TcpListener) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        Ok(Self { first: TcpListener::from_std(listener)?, second: None })
    }

    pub(super) fn local_addr(&self) -> io::Result<SocketAddr> {
        self.first.local_addr()
    }

    /// The next connection at any of the sockets.
    pub(super) async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        let Some(second) = &mut self.second else {
            return Listener::accept(&mut self.first).await;
        };
        tokio::select! {
            accepted = Listener::accept(&mut self.first) => accepted,
            accepted = Listener::accept(second) => accepted,
        }
    }
}
