//! Thirty-two bytes that are wiped when dropped and that `Debug` never prints.

use zeroize::Zeroizing;

use super::KEY_LENGTH;

#[derive(Clone, PartialEq, Eq)]
pub(super) struct Secret(Zeroizing<[u8; KEY_LENGTH]>);

impl Secret {
    pub(super) fn filled(fill: impl FnOnce(&mut [u8; KEY_LENGTH])) -> Self {
        let mut bytes = Zeroizing::new([0; KEY_LENGTH]);
        fill(&mut bytes);
        Self(bytes)
    }

    pub(super) fn as_bytes(&self) -> &[u8; KEY_LENGTH] {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("withheld")
    }
}
