//! What a process writes to standard error.

use parking_lot::Mutex;

/// Bytes that are kept of the end of standard error, at least.
const KEPT: usize = 1024 * 1024;
/// Bytes of the end that are reported with a breach.
const REPORTED: usize = 4096;

/// The end of a stream: between `KEPT` bytes and twice as many.
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

    /// The part that is reported with a breach.
    pub(super) fn end(&self) -> String {
        let kept = self.0.lock();
        String::from_utf8_lossy(&kept[kept.len().saturating_sub(REPORTED)..]).into_owned()
    }
}
