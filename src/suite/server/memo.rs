//! Values that are made once a run and kept by their types, so that the run need not know them.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

type AnyValue = Arc<dyn Any + Send + Sync>;

/// Values of any types, each made once.
#[derive(Default)]
pub(super) struct Memo(Mutex<HashMap<(TypeId, &'static str), AnyValue>>);

impl Memo {
    /// The value of a type and a name, which is the type's default when it is first asked for.
    pub(super) fn of<T: Any + Default + Send + Sync>(&self, name: &'static str) -> Arc<T> {
        let mut values = self.0.lock();
        let value = values.entry((TypeId::of::<T>(), name));
        let value = Arc::clone(value.or_insert_with(|| Arc::<T>::default()));
        // The key says that it is of this type.
        value.downcast().unwrap_or_default()
    }
}
