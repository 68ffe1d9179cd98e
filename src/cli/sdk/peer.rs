//! `--peer NAME=FILE`: other implementations, which the adapter is compared with.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use super::launch::start as start_adapter;
use crate::cli::Trouble;
use crate::cli::input::Source;
use crate::suite::sdk::Peer;

/// Longest name: it heads a column.
const NAME: usize = 20;
/// Most bytes of a file. The kernel takes no longer command either.
const LIMIT: usize = 128 * 1024;

/// What a peer is called, and the file that has its command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct PeerOption {
    pub(in crate::cli) name: String,
    file: PathBuf,
}

impl FromStr for PeerOption {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, file) = text
            .split_once('=')
            .filter(|(_, file)| !file.is_empty())
            .ok_or("give NAME=FILE, for example php=php.json")?;
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if name.is_empty() || name.len() > NAME || !name.bytes().all(is_plain) {
            return Err(format!(
                "a peer's name has 1 to {NAME} letters, digits, hyphens, underscores and dots"
            ));
        }
        Ok(Self { name: name.to_owned(), file: file.into() })
    }
}

/// As it was given.
impl fmt::Display for PeerOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.name, self.file.display())
    }
}

impl PeerOption {
    /// The command and its arguments.
    pub(in crate::cli) fn command(&self) -> Result<Vec<OsString>, Trouble> {
        let source = Source::File(self.file.clone());
        let bytes = source.read(&format!("the command of peer {}", self.name), LIMIT)?;
        let refused = |what: &str| {
            Trouble::usage(format!(
                "{source}: {what}: peer {} needs a JSON array of its command and arguments, for \
                 example [\"php\",\"adapter.php\"]",
                self.name
            ))
        };
        let command: Vec<String> =
            serde_json::from_slice(&bytes).map_err(|error| refused(&error.to_string()))?;
        match command.first() {
            Some(program) if !program.is_empty() => {
                Ok(command.into_iter().map(Into::into).collect())
            }
            _ => Err(refused("there is no command in it")),
        }
    }
}

/// No two may have one name.
pub(in crate::cli) fn unique(peers: &[PeerOption]) -> Result<(), Trouble> {
    for (position, peer) in peers.iter().enumerate() {
        if peers.iter().take(position).any(|one| one.name == peer.name) {
            return Err(Trouble::usage(format!(
                "--peer {peer}: there is a peer {} already: give it another name",
                peer.name
            )));
        }
    }
    Ok(())
}

/// Starts them beside the adapter of that name.
pub(in crate::cli) async fn start(
    peers: &[PeerOption],
    commands: &[Vec<OsString>],
    (one_shot, timeout_scale): (bool, u32),
    beside: &str,
) -> Result<Vec<Peer>, Trouble> {
    if let Some(peer) = peers.iter().find(|peer| peer.name == beside) {
        return Err(Trouble::usage(format!(
            "--peer {peer}: that is what the adapter calls itself: give the peer another name"
        )));
    }
    let mut started = Vec::with_capacity(peers.len());
    for (peer, command) in peers.iter().zip(commands) {
        let name = peer.name.clone();
        let session = start_adapter(command, (one_shot, timeout_scale), false).await;
        let session = session.map_err(|trouble| trouble.of_whom(&format!("peer {name}")))?;
        started.push(Peer { name, session });
    }
    Ok(started)
}
