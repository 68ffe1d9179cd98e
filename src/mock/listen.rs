//! Where a mock listens: at one address, or as `localhost` in both families under one port.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::str::FromStr;

use axum::serve::Listener;
use serde::de::{Deserialize, Deserializer, Error, Visitor};
use tokio::net::{TcpListener, TcpStream};

/// Ports that the system is asked for before one is free in both families.
const TRIES: u32 = 16;

/// Where a mock listens. Port 0 takes a free one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listen {
    /// At one address.
    At(SocketAddr),
    /// At 127.0.0.1 and at ::1, under one port: a client that asks for `localhost` may begin with either.
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

/// Why a text is no place to listen at.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error(
    "give a port (4747, or 0 for a free one), or with it an address of this machine: localhost:4747, 127.0.0.1:4747, [::1]:4747"
)]
pub struct NotAPlace;

impl FromStr for Listen {
    type Err = NotAPlace;

    /// A port alone is one of `localhost`.
    fn from_str(text: &str) -> Result<Self, NotAPlace> {
        if let Ok(address) = text.parse() {
            return Ok(Self::At(address));
        }
        let port = match text.rsplit_once(':') {
            None => text,
            Some((host, port)) if host.is_empty() || host.eq_ignore_ascii_case("localhost") => port,
            Some(_) => return Err(NotAPlace),
        };
        if !port.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NotAPlace);
        }
        port.parse().map(Self::Localhost).map_err(|_| NotAPlace)
    }
}

impl<'de> Deserialize<'de> for Listen {
    /// As text, or a port as a number.
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

/// An address that cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {cause}")]
pub struct NotBound {
    /// The address.
    pub address: SocketAddr,
    /// Why not.
    pub cause: io::Error,
}

impl Listen {
    /// Whether nobody but this machine reaches it.
    pub fn is_loopback(self) -> bool {
        self.first().ip().is_loopback()
    }

    /// The origin at which this machine reaches it; none as long as the port is to be found.
    pub fn origin(self) -> Option<String> {
        let first = self.first();
        (first.port() != 0).then(|| origin(first))
    }

    /// The address, or the first of them.
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
            let Self::Localhost(asked) = self else {
                let second = None;
                return Ok(Listeners { first, second });
            };
            let port =
                first.local_addr().map_err(|cause| NotBound { address: self.first(), cause });
            let port = port?.port();
            let second = match bind((Ipv6Addr::LOCALHOST, port).into()).await {
                Ok(second) => Some(second),
                Err(error) if error.cause.kind() != io::ErrorKind::AddrInUse => {
                    // A machine without IPv6: `localhost` is 127.0.0.1 alone there.
                    None
                }
                Err(_) if asked == 0 && tries < TRIES => {
                    tries += 1;
                    continue;
                }
                Err(error) => return Err(error),
            };
            return Ok(Listeners { first, second });
        }
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, NotBound> {
    let bound = TcpListener::bind(address).await;
    bound.map_err(|cause| NotBound { address, cause })
}

/// The origin at which this machine reaches an address. One that stands for all of them is no place to go
/// to: a loopback address is named then.
pub(super) fn origin(address: SocketAddr) -> String {
    let loopback = |ip: IpAddr| SocketAddr::new(ip, address.port());
    let address = match address.ip() {
        ip if !ip.is_unspecified() => address,
        IpAddr::V6(_) if UdpSocket::bind((Ipv6Addr::LOCALHOST, 0)).is_ok() => {
            loopback(Ipv6Addr::LOCALHOST.into())
        }
        // Where a machine has no ::1, the socket of [::] takes IPv4 too.
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
    /// A socket that listens already.
    pub(super) fn of(listener: std::net::TcpListener) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        Ok(Self { first: TcpListener::from_std(listener)?, second: None })
    }

    pub(super) fn local_addr(&self) -> io::Result<SocketAddr> {
        self.first.local_addr()
    }

    /// The next connection, at whichever of them.
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
