//! Opening and sealing on behalf of a server-managed key, off the async threads.

use std::sync::Arc;

use super::Room;
use crate::crypto::{self, DataKey, IV_LENGTH};
use crate::mock::Refusal;
use crate::mock::model::ServerKey;

pub(super) async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Refusal> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| Refusal::internal("The mock could not finish a piece of work."))
}

/// A blob and the key that it is under.
#[derive(Clone)]
pub(super) struct Sheet {
    pub(super) key: Arc<ServerKey>,
    pub(super) content: Arc<str>,
}

/// Seals blobs again under another key. That each opens under the key that it names is an invariant of the mock.
pub(super) async fn reseal(
    room: &Room,
    sheets: Vec<Sheet>,
    onto: &Arc<ServerKey>,
) -> Result<Vec<Arc<str>>, Refusal> {
    if sheets.is_empty() {
        return Ok(Vec::new());
    }
    let onto = onto.data_key().await;
    let mut work: Vec<(DataKey, Arc<str>, [u8; IV_LENGTH])> = Vec::with_capacity(sheets.len());
    for sheet in sheets {
        work.push((sheet.key.data_key().await, sheet.content, room.cell.draw()));
    }
    off_thread(move || {
        work.iter()
            .map(|(from, content, iv)| {
                let plaintext = crypto::open(from, content)?;
                crypto::seal_with_iv(&onto, iv, &plaintext).map(Arc::from)
            })
            .collect::<Result<_, crypto::Error>>()
    })
    .await?
    .map_err(|_| Refusal::internal("A stored blob does not open under the key that it names."))
}
