//! Generated keys, salts, counts and plaintexts, with the edges that implementations stumble over.

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::strategy::BoxedStrategy;
use proptest::string::string_regex;
use serde_json::json;

use crate::adapter::Request;
use crate::harness::Stop;
use crate::suite::random::random_hex;

/// Keys around the lengths at which padding, cutting and HMAC's block change what happens; of one,
/// two, three and four bytes a character; with white space, NULs, noncharacters and what looks
/// encoded.
pub(super) fn key() -> BoxedStrategy<String> {
    prop_oneof![
        4 => text("[!-~]{0,70}"),
        2 => text("[ -~]{28,36}"),
        2 => text("[a-zé☃😀]{1,40}"),
        1 => text("[a-y]{29,31}[é☃😀]"),
        1 => text("[\\PC]{0,40}"),
        1 => text("[\\t\\r\\n \\x00]{0,3}[a-z]{1,20}[\\t\\r\\n \\x00]{0,3}"),
        1 => text("([0-9a-f]{2}){1,32}"),
        1 => text("([0-9A-Za-z+/]{4}){1,10}"),
        1 => text("[A-Z]{1,12}(e\u{301}|ﬁ|Å){1,3}"),
        1 => text("[a-z]{0,6}[\u{fdd0}\u{fffe}\u{ffff}\u{10ffff}]{1,3}[a-z]{0,6}"),
        // What PHP, Perl and others take for nothing.
        1 => text("0{1,2}"),
        1 => text("[a-z]{63,65}"),
        1 => text("[a-z]{190,210}"),
    ]
    .boxed()
}

/// A key that is not empty, often one that some languages take for that.
pub(super) fn some_key() -> BoxedStrategy<String> {
    let some = key().prop_map(|key| if key.is_empty() { "k".to_owned() } else { key });
    prop_oneof![3 => some, 1 => Just("0".to_owned())].boxed()
}

/// Salts of 1 to 70 bytes, most of them of 16.
pub(super) fn salt() -> BoxedStrategy<Vec<u8>> {
    prop_oneof![4 => vec(any::<u8>(), 16), 1 => vec(any::<u8>(), 1..70)].boxed()
}

/// Counts that cost next to nothing.
pub(super) fn iterations() -> BoxedStrategy<u32> {
    prop_oneof![1 => Just(1_u32), 1 => Just(2_u32), 6 => 1..1500_u32].boxed()
}

/// Plaintexts of up to some 4 KiB: `.env` text, any text, and line ends of all kinds.
pub(super) fn plaintext() -> BoxedStrategy<String> {
    prop_oneof![
        2 => text("([A-Z_]{1,12}=[ -~]{0,40}\\n){0,40}"),
        2 => text("[\\PC]{0,200}"),
        2 => text("[a-z\\r\\n\\t\\x00 ]{0,80}"),
        1 => text("\u{feff}?[ -~]{0,40}(\\r\\n|\\n|\\r)?"),
        1 => text("0{1,2}"),
        1 => text("[ -~]{0,4096}"),
    ]
    .boxed()
}

/// Plaintexts of 16 KiB to 256 KiB.
pub(super) fn long_plaintext() -> BoxedStrategy<String> {
    (text("[ -~é☃😀\\n]{64}"), 256..2800_usize)
        .prop_map(|(block, times)| block.repeat(times))
        .prop_map(|mut text| {
            text.truncate(text.floor_char_boundary(256 * 1024));
            text
        })
        .boxed()
}

/// Any data key.
pub(super) fn data_key() -> BoxedStrategy<[u8; 32]> {
    any::<[u8; 32]>().boxed()
}

/// A request for an operation of a random name.
pub(super) fn unknown_operation() -> Result<Request, Stop> {
    let op = format!("kp_{}", random_hex::<8>()?);
    Ok(Request::new(op, json!({"key": "k"})))
}

fn text(pattern: &str) -> BoxedStrategy<String> {
    // The patterns stand above: one that is wrong gives no text, and the first run of a test says so.
    string_regex(pattern).map_or_else(|_| Just(String::new()).boxed(), Strategy::boxed)
}
