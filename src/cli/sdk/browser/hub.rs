//! What the adapter's processes and the page in the browser have to say to each other, while one of them asks and
//! the other one is not there yet.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;
use tokio::time::{Instant, interval, timeout};

/// How long a page that asks is left without an answer.
const IDLE: Duration = Duration::from_secs(20);
/// How long a page whose request was cut off may be loading anew before it is taken for closed: less than a request
/// has, so that this is told first.
const LOADING: Duration = Duration::from_secs(3);
/// How long a page may take to ask again once it was answered, on a machine with other things to do.
const SLOW: Duration = Duration::from_secs(30);
/// After what time a frame without a sign of life is told.
const SILENCE: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_millis(250);

const CLOSED: &str = "the page was closed, or its browser has ended";
const LOADED_AGAIN: &str = "the page was loaded again while the adapter was running";
const SILENT: &str = "the page was loaded and does not ask for requests: does it fetch keyproof/next? The \
                      browser's console may say why";

/// What happens in a frame, for its process.
#[derive(Debug)]
pub(super) enum Event {
    Reply(Vec<u8>),
    /// Something to be said on standard error.
    Note(String),
    /// The page has answered all, and the input has ended.
    End,
    /// The page is gone, with what was open.
    Lost(&'static str),
}

/// What a frame is given when it asks.
#[derive(Debug)]
pub(super) enum Next {
    Line(Vec<u8>),
    Nothing,
    /// The input has ended.
    Over,
}

pub(super) struct Hub {
    state: Mutex<State>,
    changes: watch::Sender<()>,
}

#[derive(Default)]
struct State {
    /// How often the page was loaded.
    loads: u64,
    viewer: Option<Viewer>,
    /// How many frames there were.
    opened: u64,
    frames: BTreeMap<u64, Frame>,
}

/// The page that shows the frames.
struct Viewer {
    number: u64,
    /// Its requests that are not answered.
    asking: usize,
    /// When it last stopped asking, and how long it may do so.
    seen: Instant,
    patience: Duration,
}

/// A process of the adapter, and the frame that stands for it.
struct Frame {
    requests: VecDeque<Vec<u8>>,
    is_over: bool,
    is_shown: bool,
    /// Whether its page was loaded.
    is_loaded: bool,
    has_asked: bool,
    /// Whether it was told that it does not ask.
    has_noted: bool,
    /// When it was shown.
    since: Instant,
    events: UnboundedSender<Event>,
}

impl Hub {
    pub(super) fn new() -> Self {
        Self { state: Mutex::default(), changes: watch::Sender::new(()) }
    }

    /// Changes what is known, and wakes whoever waits for that.
    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let changed = change(&mut self.state.lock());
        self.changes.send_replace(());
        changed
    }

    /// Waits until something is found.
    async fn find<T>(&self, mut look: impl FnMut(&mut State) -> Option<T>) -> T {
        let mut changes = self.changes.subscribe();
        loop {
            let found = look(&mut self.state.lock());
            if let Some(found) = found {
                return found;
            }
            // Its sender is this hub's own.
            let _ = changes.changed().await;
        }
    }

    /// A frame for a process: its number, and what will happen in it.
    pub(super) fn open(&self) -> (u64, UnboundedReceiver<Event>) {
        let (events, receiver) = unbounded_channel();
        let number = self.change(|state| {
            state.opened += 1;
            if state.viewer.is_none() {
                let _ = events.send(Event::Lost(CLOSED));
            }
            let frame = Frame {
                requests: VecDeque::new(),
                is_over: false,
                is_shown: false,
                is_loaded: false,
                has_asked: false,
                has_noted: false,
                since: Instant::now(),
                events,
            };
            state.frames.insert(state.opened, frame);
            state.opened
        });
        (number, receiver)
    }

    pub(super) fn request(&self, number: u64, line: Vec<u8>) {
        self.change(|state| {
            state.frames.get_mut(&number).map(|frame| frame.requests.push_back(line))
        });
    }

    pub(super) fn end_input(&self, number: u64) {
        self.change(|state| state.frames.get_mut(&number).map(|frame| frame.is_over = true));
    }

    pub(super) fn close(&self, number: u64) {
        self.change(|state| state.frames.remove(&number));
    }

    pub(super) async fn next(&self, number: u64) -> Next {
        let line = self.find(|state| {
            let Some(frame) = state.frames.get_mut(&number) else {
                return Some(Next::Over);
            };
            frame.has_asked = true;
            let line = frame.requests.pop_front().map(Next::Line);
            line.or(frame.is_over.then_some(Next::Over))
        });
        timeout(IDLE, line).await.unwrap_or(Next::Nothing)
    }

    /// Hands something to the process of a frame. False if there is none.
    pub(super) fn tell(&self, number: u64, event: Event) -> bool {
        let state = self.state.lock();
        state.frames.get(&number).is_some_and(|frame| frame.events.send(event).is_ok())
    }

    /// The page of a frame is loaded. What the one before had taken is lost with it.
    pub(super) fn load_frame(&self, number: u64) {
        let mut state = self.state.lock();
        if let Some(frame) = state.frames.get_mut(&number)
            && std::mem::replace(&mut frame.is_loaded, true)
        {
            let _ = frame.events.send(Event::Lost(LOADED_AGAIN));
        }
    }

    /// The page is loaded: by this number it asks for frames. Those of another load are lost.
    pub(super) fn load(&self) -> u64 {
        self.change(|state| {
            state.loads += 1;
            let (seen, patience) = (Instant::now(), SLOW);
            state.viewer = Some(Viewer { number: state.loads, asking: 0, seen, patience });
            state.lose(LOADED_AGAIN);
            state.loads
        })
    }

    /// The numbers of the frames, once they are others than those that are shown. None if the page was loaded again since.
    pub(super) async fn frames(&self, viewer: u64, shown: &[u64]) -> Option<Vec<u64>> {
        let mut asking = Asking::new(self, viewer)?;
        let frames = self.find(|state| {
            if state.viewer.as_ref().is_none_or(|current| current.number != viewer) {
                return Some(None);
            }
            let frames: Vec<u64> = state.frames.keys().copied().collect();
            let is_new = frames != shown;
            is_new.then(|| {
                for frame in state.frames.values_mut().filter(|frame| !frame.is_shown) {
                    frame.is_shown = true;
                    frame.since = Instant::now();
                }
                Some(frames)
            })
        });
        let frames = timeout(IDLE, frames).await.unwrap_or_else(|_| Some(shown.to_vec()));
        asking.patience = SLOW;
        frames
    }

    /// Returns when a page is there and asks.
    pub(super) async fn arrival(&self) {
        self.find(|state| state.viewer.as_ref().filter(|viewer| viewer.asking > 0).map(|_| ()))
            .await;
    }

    /// Notices for ever what does not happen.
    pub(super) async fn look_after(&self) {
        let mut looks = interval(LOOK);
        loop {
            looks.tick().await;
            self.state.lock().look_after();
        }
    }
}

impl State {
    fn look_after(&mut self) {
        let is_absent =
            |viewer: &mut Viewer| viewer.asking == 0 && viewer.seen.elapsed() > viewer.patience;
        if self.viewer.take_if(is_absent).is_some() {
            self.lose(CLOSED);
        }
        let is_silent = |frame: &&mut Frame| {
            frame.is_shown
                && !frame.has_asked
                && !frame.has_noted
                && frame.since.elapsed() > SILENCE
        };
        for frame in self.frames.values_mut().filter(is_silent) {
            frame.has_noted = true;
            let _ = frame.events.send(Event::Note(SILENT.to_owned()));
        }
    }

    /// What is shown is gone.
    fn lose(&mut self, why: &'static str) {
        for frame in self.frames.values().filter(|frame| frame.is_shown) {
            let _ = frame.events.send(Event::Lost(why));
        }
    }
}

/// A request of the page, as long as its connection lives and it is not answered.
struct Asking<'a> {
    hub: &'a Hub,
    viewer: u64,
    /// How long the page may be absent afterwards.
    patience: Duration,
}

impl<'a> Asking<'a> {
    /// None if the page was loaded again since, or was given up.
    fn new(hub: &'a Hub, viewer: u64) -> Option<Self> {
        let is_it = hub.change(|state| {
            let viewer = state.viewer.as_mut().filter(|current| current.number == viewer);
            viewer.map(|viewer| viewer.asking += 1).is_some()
        });
        is_it.then(|| Self { hub, viewer, patience: LOADING })
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        let mut state = self.hub.state.lock();
        if let Some(viewer) = state.viewer.as_mut().filter(|current| current.number == self.viewer)
        {
            viewer.asking -= 1;
            viewer.seen = Instant::now();
            viewer.patience = self.patience;
        }
    }
}
