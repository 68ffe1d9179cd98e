//! Data keys that several parts of a process derive from the same.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use sha2::{Digest as _, Sha256};

use super::{DataKey, Iterations};

/// [`DataKey::derive`], once for as long as anyone keeps the data key of this key, salt and
/// iterations. A mock and the suite that checks it derive the same keys.
///
/// What nobody keeps is wiped: only a hash of its inputs stays, until another key is derived.
pub fn derive_shared(key: &[u8], salt: &[u8], iterations: Iterations) -> Arc<DataKey> {
    static SHARED: Mutex<BTreeMap<[u8; 32], Weak<DataKey>>> = Mutex::new(BTreeMap::new());

    let mut inputs = Sha256::new();
    inputs.update(iterations.get().to_be_bytes());
    inputs.update(Sha256::digest(key));
    inputs.update(salt);
    let inputs = inputs.finalize().into();
    if let Some(shared) = SHARED.lock().get(&inputs).and_then(Weak::upgrade) {
        return shared;
    }
    let derived = Arc::new(DataKey::derive(key, salt, iterations));
    let mut shared = SHARED.lock();
    shared.retain(|_, key| key.strong_count() > 0);
    shared.insert(inputs, Arc::downgrade(&derived));
    derived
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_inputs_share_a_data_key_while_it_is_kept() {
        let derive = |key: &[u8], salt: &[u8], count| {
            derive_shared(key, salt, Iterations::try_from(count).expect("more than none"))
        };
        let one = derive(b"shared", b"salt", 2);
        assert!(Arc::ptr_eq(&one, &derive(b"shared", b"salt", 2)));
        for other in [
            derive(b"other", b"salt", 2),
            derive(b"shared", b"pepper", 2),
            derive(b"shared", b"salt", 3),
        ] {
            assert!(*other != *one);
        }
        let shared = Arc::downgrade(&one);
        drop(one);
        assert!(shared.upgrade().is_none(), "nobody keeps it any more");
    }
}
