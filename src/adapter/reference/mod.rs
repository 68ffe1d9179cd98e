//! The Rust reference adapter: `keyproof adapter`. Right, unless it is given bugs.

mod answer;
mod behaviour;
mod bug;
mod client;
mod crypto;
mod descriptor;
mod flow;
mod protocol;
mod quirk;
mod slip;
mod variant;
mod wrong;

use std::io::{self, BufReader, Read, Write};

pub use behaviour::Behaviour;
pub use bug::Bug;
pub use quirk::Quirk;
pub use slip::Slip;
pub use variant::Variant;

use self::protocol::Right;
use self::wrong::Wrong;

/// Serves the protocol on two streams until the input ends. Gives the exit code.
///
/// # Errors
/// The streams failed.
pub fn serve(behaviour: &Behaviour, input: impl Read, output: impl Write + Send) -> io::Result<u8> {
    let input = BufReader::new(input);
    if behaviour.is_plain() {
        Right::new(behaviour).serve(input, output)
    } else {
        Wrong::new(behaviour).serve(input, output)
    }
}
