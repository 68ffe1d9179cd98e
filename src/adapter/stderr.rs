//! What a process writes to standard error.

use parking_lot::Mutex;

/// Bytes of one process's standard error that are kept: its end.
const KEPT: usize = 1024 * 1024;
/// Bytes of it that are reported with a breach.
const SHOWN: usize = 4096;

/// The end of a stream, bounded.
#[derive(Debug, Default)]
pub(super) struct Tail(Mutex<Vec<u8>>);

impl Tail {
    pub(super) fn push(&self, bytes: &[u8]) {
        let mut kept = self.0.lock();
        kept.extend_from_slice(bytes);
        if kept.len() > 2 * KEPT {
            let surplus = kept.len() - KEPT;
            kept.drain(..surplus);
        }
    }

    /// All that is kept.
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock()).into_owned()
    }

    /// Its last part, for people.
    pub(super) fn end(&self) -> String {
        let kept = self.0.lock();
        String::from_utf8_lossy(&kept[kept.len().saturating_sub(SHOWN)..]).into_owned()
    }
}
