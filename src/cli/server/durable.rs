//! An embedded mock that keeps what it answers in a file, so that it can be killed and started again.

use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::sync::Mutex;

use super::clock_timer::ClockTimer;
use super::settings::Settings;
use crate::harness::Need;
use crate::mock::{Clock, Limits as MockLimits, MockServer};
use crate::suite::server::{Access, Limits, Server, Timer, Tokens};

/// How often it is tried to open the file again: what was being written when the mock was dropped lets go of it soon.
const TRIES: u32 = 400;
const BETWEEN: Duration = Duration::from_millis(5);

/// The mock, which is there but for the moments of its restart.
pub(super) struct Durable {
    settings: Settings,
    /// One socket for all that are started, so that the address stays.
    listener: TcpListener,
    file: DataFile,
    running: Mutex<Option<MockServer>>,
    url: String,
    organization: String,
    tokens: Tokens,
    timer: ClockTimer,
}

impl Durable {
    pub(super) async fn start(settings: Settings) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let file = DataFile::new();
        let mock = start(&settings, &listener, &file).await?;
        let full = mock.token("full").map_err(std::io::Error::other)?;
        Ok(Self {
            url: mock.url().to_owned(),
            organization: mock.organization(),
            tokens: Tokens { full, ..Tokens::default() },
            timer: ClockTimer::of(Clock::driven(Clock::system().now())),
            running: Mutex::new(Some(mock)),
            settings,
            listener,
            file,
        })
    }
}

async fn start(
    settings: &Settings,
    listener: &TcpListener,
    file: &DataFile,
) -> std::io::Result<MockServer> {
    let builder = settings.builder().limits(MockLimits::Off).data(&file.0);
    builder.start_on(listener.try_clone()?).await.map_err(std::io::Error::other)
}

impl Server for Durable {
    fn url(&self) -> &str {
        &self.url
    }

    fn organization(&self) -> &str {
        &self.organization
    }

    fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    fn other_organization(&self) -> Option<&Access> {
        None
    }

    fn control(&self) -> Option<&Access> {
        None
    }

    fn supplies(&self, _: &Need) -> bool {
        true
    }

    fn job_wait(&self) -> Duration {
        Duration::ZERO
    }

    fn timer(&self) -> &dyn Timer {
        &self.timer
    }

    fn another(&self, _: Limits) -> BoxFuture<'_, Option<std::io::Result<Box<dyn Server>>>> {
        Box::pin(std::future::ready(None))
    }

    fn restart(&self) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(async {
            let mut running = self.running.lock().await;
            // It answers nothing that is open, and writes nothing more.
            drop(running.take());
            let mut started = start(&self.settings, &self.listener, &self.file).await;
            for _ in 1..TRIES {
                if started.is_ok() {
                    break;
                }
                tokio::time::sleep(BETWEEN).await;
                started = start(&self.settings, &self.listener, &self.file).await;
            }
            *running = Some(started.map_err(|error| error.to_string())?);
            Ok(())
        })
    }
}

/// The data file, which goes with its mock.
struct DataFile(PathBuf);

/// How many there were in this process.
static COUNT: AtomicUsize = AtomicUsize::new(0);

impl DataFile {
    fn new() -> Self {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("keyproof-{}-{number}.redb", std::process::id());
        Self(std::env::temp_dir().join(name))
    }
}

impl Drop for DataFile {
    fn drop(&mut self) {
        // Where it could not be made there is none.
        let _ = std::fs::remove_file(&self.0);
    }
}
