//! What the user, a terminal or a supervisor asks of this process.

use std::fs::{self, File};
use std::io;

use rustix::process::Signal as Number;
use tokio::signal::unix::{self, SignalKind};

/// What a shell adds to the number of the signal that ended a command.
const SIGNALLED: i32 = 128;

/// A request from outside.
///
/// On Windows they come as console events: CTRL_C, CTRL_BREAK or CTRL_SHUTDOWN, and CTRL_CLOSE.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Ctrl-C.
    Interrupt,
    /// A supervisor wants the process to end.
    Terminate,
    /// The terminal was closed; to a service, the wish that it reads its configuration again.
    HangUp,
}

impl Signal {
    /// Catches this signal from now on, instead of ending by it. To be called inside a runtime.
    ///
    /// # Errors
    /// The system refuses.
    pub fn listen(self) -> io::Result<Listener> {
        let stream = unix::signal(self.kind())?;
        Ok(Listener { signal: self, stream })
    }

    /// What a shell reports of a process that this signal ended.
    pub fn exit_code(self) -> i32 {
        SIGNALLED + self.kind().as_raw_value()
    }

    fn kind(self) -> SignalKind {
        match self {
            Self::Interrupt => SignalKind::interrupt(),
            Self::Terminate => SignalKind::terminate(),
            Self::HangUp => SignalKind::hangup(),
        }
    }
}

/// A signal that is caught.
#[derive(Debug)]
pub struct Listener {
    signal: Signal,
    stream: unix::Signal,
}

impl Listener {
    /// Waits until the signal comes again. Nothing is lost if this is dropped before.
    pub async fn next(&mut self) -> Signal {
        match self.stream.recv().await {
            Some(()) => self.signal,
            None => std::future::pending().await,
        }
    }
}

/// Whether the process was started to outlive its terminal, as `nohup` does it: a listener would
/// undo that. Known on Linux only; elsewhere, and on Windows, the answer is no.
pub fn ignores_hang_up() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    // The mask begins with signal 1, which is SIGHUP.
    ignored.is_some_and(|mask| mask & 1 == 1)
}

/// Whether the process was started from a terminal. Once that is closed, this cannot be known any more. On Windows:
/// whether `CONIN$` can be opened.
pub fn has_terminal() -> bool {
    File::open("/dev/tty").is_ok()
}

/// A write beyond the limit that the process has for the size of a file fails from now on as one to a full disk
/// does, instead of ending the process. To be called inside a runtime. Windows has no such limit: nothing is to
/// be done.
pub fn survive_file_size_limit() {
    // Where it cannot be caught, the limit ends the process as a kill does.
    let _ = unix::signal(SignalKind::from_raw(Number::XFSZ.as_raw()));
}
