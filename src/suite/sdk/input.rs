//! Generated calls, of keys, salts, counts and plaintexts with the edges that implementations stumble over.

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::strategy::BoxedStrategy;
use proptest::string::string_regex;
use serde_json::json;

use crate::adapter::Request;
use crate::crypto::{
    self, DataKey, Iterations, derive_key_proof, encoding, seal, seal_with_project_key,
};
use crate::harness::Stop;
use crate::suite::random::random_hex;
use crate::vectors::{
    Answer, Call, Decrypt, DecryptWithProjectKey, Derive, Encrypt, EncryptWithProjectKey, Octets,
    PadKey, Verify,
};

/// A generated call.
#[derive(Debug, Clone)]
pub(super) struct Example {
    pub(super) call: Call,
    /// The right answer, where the way in which the call was made says it; otherwise it is the oracle's.
    pub(super) answer: Option<Answer>,
}

impl From<Call> for Example {
    fn from(call: Call) -> Self {
        Self { call, answer: None }
    }
}

/// Makes a strategy, on the thread that uses it: strategies can't cross threads.
pub(super) type Calls = fn() -> BoxedStrategy<Example>;

/// The IV of calls that seal. Requests leave it out, vectors that are made of such calls have it.
const IV: Octets<12> = Octets(*b"disagreement");

pub(super) fn padded_keys() -> BoxedStrategy<Example> {
    key().prop_map(|key| Call::PadKey(PadKey { key }).into()).boxed()
}

pub(super) fn proofs() -> BoxedStrategy<Example> {
    derive(iterations()).prop_map(|derive| Call::DeriveKeyProof(derive).into()).boxed()
}

pub(super) fn data_keys() -> BoxedStrategy<Example> {
    derive(iterations()).prop_map(|derive| Call::DeriveDataKey(derive).into()).boxed()
}

pub(super) fn right_proofs() -> BoxedStrategy<Example> {
    derive(iterations()).prop_map(|derive| verify(derive, None)).boxed()
}

/// Proofs of which one bit is flipped.
pub(super) fn wrong_proofs() -> BoxedStrategy<Example> {
    (derive(iterations()), 0..256_usize).prop_map(|(derive, bit)| verify(derive, Some(bit))).boxed()
}

fn verify(Derive { key, salt, iterations }: Derive, flipped: Option<usize>) -> Example {
    let bytes = encoding::decode(&salt).unwrap_or_default();
    let count = Iterations::try_from(iterations).unwrap_or(Iterations::PLATFORM);
    let mut proof = derive_key_proof(key.as_bytes(), &bytes, count);
    if let Some(bit) = flipped {
        let mut bytes = encoding::decode(&proof).unwrap_or_default();
        bytes[bit / 8] ^= 1 << (bit % 8);
        proof = encoding::encode(bytes);
    }
    let call = Call::VerifyKeyProof(Verify { key, salt, iterations, proof });
    Example { call, answer: Some(Answer::Valid(flipped.is_none())) }
}

pub(super) fn seals() -> BoxedStrategy<Example> {
    under_data_key(plaintext(), encrypt)
}

pub(super) fn long_seals() -> BoxedStrategy<Example> {
    under_data_key(long_plaintext(), encrypt)
}

pub(super) fn mebibyte_seal() -> BoxedStrategy<Example> {
    Just(encrypt(mebibyte())).boxed()
}

pub(super) fn opens() -> BoxedStrategy<Example> {
    under_data_key(plaintext(), decrypt)
}

pub(super) fn long_opens() -> BoxedStrategy<Example> {
    under_data_key(long_plaintext(), decrypt)
}

pub(super) fn mebibyte_open() -> BoxedStrategy<Example> {
    Just(decrypt(mebibyte())).boxed()
}

pub(super) fn older_seals() -> BoxedStrategy<Example> {
    let encrypt = |(key, plaintext)| EncryptWithProjectKey { key, iv: IV, plaintext };
    let encrypt = move |input| Call::EncryptWithProjectKey(encrypt(input)).into();
    (some_key(), plaintext()).prop_map(encrypt).boxed()
}

pub(super) fn older_opens() -> BoxedStrategy<Example> {
    let decrypt = |(key, plaintext): (String, String)| {
        let sealed = seal_with_project_key(key.as_bytes(), plaintext.as_bytes());
        let call = |content| Call::DecryptWithProjectKey(DecryptWithProjectKey { key, content });
        opening(call, sealed, plaintext)
    };
    (some_key(), plaintext()).prop_map(decrypt).boxed()
}

fn under_data_key(
    plaintext: BoxedStrategy<String>,
    call: fn(([u8; 32], String)) -> Example,
) -> BoxedStrategy<Example> {
    (any::<[u8; 32]>(), plaintext).prop_map(call).boxed()
}

fn encrypt((data_key, plaintext): ([u8; 32], String)) -> Example {
    Call::Encrypt(Encrypt { data_key: Octets(data_key), iv: IV, plaintext }).into()
}

/// Opens a blob that the oracle has sealed under a random IV.
fn decrypt((data_key, plaintext): ([u8; 32], String)) -> Example {
    let sealed = seal(&DataKey::from(data_key), plaintext.as_bytes());
    let call = |content| Call::Decrypt(Decrypt { data_key: Octets(data_key), content });
    opening(call, sealed, plaintext)
}

/// Where sealing failed there is no right answer, and no implementation to blame.
fn opening(
    call: impl FnOnce(String) -> Call,
    sealed: Result<String, crypto::Error>,
    plaintext: String,
) -> Example {
    let answer = sealed.is_ok().then_some(Answer::Plaintext(plaintext));
    Example { call: call(sealed.unwrap_or_default()), answer }
}

fn mebibyte() -> ([u8; 32], String) {
    ([0x42; 32], "0123456789abcde\n".repeat(1024 * 1024 / 16))
}

/// Any key and salt.
fn derive(iterations: impl Strategy<Value = i64>) -> impl Strategy<Value = Derive> {
    (key(), salt(), iterations).prop_map(|(key, salt, iterations)| Derive {
        key,
        salt: encoding::encode(salt),
        iterations,
    })
}

/// Keys around the lengths at which padding, cutting and HMAC's block change what happens; of one,
/// two, three and four bytes a character; with white space, NULs, noncharacters and what looks
/// encoded.
fn key() -> BoxedStrategy<String> {
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

/// A key that is not empty, often one that some languages take for empty.
fn some_key() -> BoxedStrategy<String> {
    let some = key().prop_map(|key| if key.is_empty() { "k".to_owned() } else { key });
    prop_oneof![3 => some, 1 => Just("0".to_owned())].boxed()
}

/// Salts of 1 to 70 bytes, most of them of 16.
fn salt() -> BoxedStrategy<Vec<u8>> {
    prop_oneof![4 => vec(any::<u8>(), 16), 1 => vec(any::<u8>(), 1..70)].boxed()
}

/// Counts that cost next to nothing.
fn iterations() -> BoxedStrategy<i64> {
    prop_oneof![1 => Just(1_u32), 1 => Just(2_u32), 6 => 1..1500_u32].prop_map(i64::from).boxed()
}

/// Plaintexts of up to some 4 KiB: `.env` text, any text, and line ends of all kinds.
fn plaintext() -> BoxedStrategy<String> {
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
fn long_plaintext() -> BoxedStrategy<String> {
    (text("[ -~é☃😀\\n]{64}"), 256..2800_usize)
        .prop_map(|(block, times)| block.repeat(times))
        .prop_map(|mut text| {
            text.truncate(text.floor_char_boundary(256 * 1024));
            text
        })
        .boxed()
}

/// A request for an operation of a random name.
pub(super) fn unknown_operation() -> Result<Request, Stop> {
    let op = format!("kp_{}", random_hex::<8>()?);
    Ok(Request::new(op, json!({"key": "k"})))
}

fn text(pattern: &str) -> BoxedStrategy<String> {
    // The patterns stand above: a wrong one gives empty texts, which the tests of the suite notice.
    string_regex(pattern).map_or_else(|_| Just(String::new()).boxed(), Strategy::boxed)
}
