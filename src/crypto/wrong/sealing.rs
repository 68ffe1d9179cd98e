//! How a sealed blob goes wrong.

use aes_gcm::aead::consts::{U12, U16};
use aes_gcm::aead::{Aead, KeyInit as _, Payload};
use aes_gcm::aes::{Aes128, Aes256};
use aes_gcm::{Aes256Gcm, AesGcm, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE};
use ctr::Ctr32BE;
use ctr::cipher::{KeyIvInit as _, StreamCipher as _};

use super::super::{DataKey, Error, IV_LENGTH, TAG_LENGTH, encoding};
use super::{from_hex, hex};
use crate::named::named;

/// What [`Sealing::AssociatedData`] authenticates: any text does.
const ASSOCIATED_DATA: &[u8] = b"associated data";
/// GCM's counter at the first block of the text, after the block of the tag.
const FIRST_COUNTER: u32 = 2;
/// Characters of a line of base64 in mail.
const LINE: usize = 76;
/// A plaintext of so many bytes comes out of another key by chance once in 2³².
const TELLING_LENGTH: usize = 4;

type Iv16Gcm = AesGcm<Aes256, U16>;
type Tag12Gcm = AesGcm<Aes256, U12, U12>;
type Aes128Gcm = AesGcm<Aes128, U12>;

named! {
    /// One mistake in sealing a blob, everything else being right.
    pub enum Sealing with
        /// What was done and what to do instead, one line.
        words
    {
        TagBeforeCiphertext = "tag-before-ciphertext": "`IV ‖ tag ‖ ciphertext`", "the tag stands before the ciphertext: put it behind, IV ‖ ciphertext ‖ tag";
        IvAtTheEnd = "iv-at-the-end": "`ciphertext ‖ tag ‖ IV`", "the IV stands at the end: put it in front, IV ‖ ciphertext ‖ tag";
        IvOf16Bytes = "iv-of-16-bytes": "An IV of 16 bytes, the block length", "the IV has 16 bytes: draw one of 12";
        TagOf12Bytes = "tag-of-12-bytes": "A tag of 12 bytes", "the tag has 12 bytes: keep all 16";
        AssociatedData = "associated-data": "Something is authenticated beside the ciphertext", "associated data was authenticated, or the tag is not GCM's: give no associated data";
        Aes128 = "aes-128": "AES-128 under the first 16 bytes of the key", "this is AES-128 under the first 16 bytes of the key: use AES-256 and all 32";
        CtrWithoutTag = "ctr-without-tag": "`IV ‖ ciphertext`: the tag was dropped, or never made", "there is no tag behind the ciphertext: use GCM and append its tag of 16 bytes";
        CiphertextAsText = "ciphertext-as-text": "`IV ‖ base64 of the ciphertext ‖ tag`", "the ciphertext in the blob is base64 itself: join raw bytes, and encode once";
        Utf16Text = "utf-16-text": "The UTF-16 bytes of the text", "the text was sealed as UTF-16: take its UTF-8 bytes";
        HexText = "hex-text": "Hexadecimal digits instead of base64", "the blob is written in hexadecimal digits: write standard base64";
        Base64UrlText = "base64-url-text": "The URL-safe alphabet", "the blob is in the URL-safe alphabet, - and _: use the standard one, + and /";
        UnpaddedText = "unpadded-text": "No `=` at the end", "the base64 lacks its padding: end it with = to a multiple of 4";
        LineBrokenText = "line-broken-text": "Line breaks, as in mail", "the base64 has line breaks, as in mail: write it on one line";
    }
}

impl Sealing {
    /// Seals as an implementation with this mistake does. Where an IV of 12 bytes is needed, they
    /// are the first of `iv`.
    ///
    /// # Errors
    /// [`Error::TooLong`] past 64 GiB.
    pub fn seal(self, key: &DataKey, iv: &[u8; 16], plaintext: &[u8]) -> Result<String, Error> {
        let iv12 = first_12(iv);
        let cipher = Aes256Gcm::new(key.as_bytes().into());
        let sealed = match self {
            Self::IvOf16Bytes => {
                let cipher = Iv16Gcm::new(key.as_bytes().into());
                cipher.encrypt(&(*iv).into(), plaintext).map_err(|_| Error::TooLong)?
            }
            Self::TagOf12Bytes => encrypt(&Tag12Gcm::new(key.as_bytes().into()), &iv12, plaintext)?,
            Self::AssociatedData => {
                encrypt(&cipher, &iv12, Payload { msg: plaintext, aad: ASSOCIATED_DATA })?
            }
            Self::Aes128 => encrypt(&Aes128Gcm::new(&first_16(key).into()), &iv12, plaintext)?,
            Self::Utf16Text => {
                let text = String::from_utf8_lossy(plaintext);
                let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
                encrypt(&cipher, &iv12, &units[..])?
            }
            _ => encrypt(&cipher, &iv12, plaintext)?,
        };
        let blob = match self {
            Self::TagBeforeCiphertext => {
                let (ciphertext, tag) = sealed.split_at(plaintext.len());
                [&iv12, tag, ciphertext].concat()
            }
            Self::CiphertextAsText => {
                let (ciphertext, tag) = sealed.split_at(plaintext.len());
                [&iv12, encoding::encode(ciphertext).as_bytes(), tag].concat()
            }
            Self::IvAtTheEnd => [&sealed[..], &iv12].concat(),
            Self::IvOf16Bytes => [&iv[..], &sealed].concat(),
            Self::CtrWithoutTag => [&iv12[..], &sealed[..plaintext.len()]].concat(),
            _ => [&iv12[..], &sealed].concat(),
        };
        Ok(self.write(&blob))
    }

    /// Opens as an implementation with this mistake opens its own blobs. Without a tag anything
    /// opens.
    pub fn open(self, key: &DataKey, content: &str) -> Option<Vec<u8>> {
        let bytes = self.read(content)?;
        if matches!(self, Self::IvOf16Bytes) {
            let (iv, sealed) = bytes.split_first_chunk::<16>()?;
            return Iv16Gcm::new(key.as_bytes().into()).decrypt(&(*iv).into(), sealed).ok();
        }
        let (iv, sealed) = match self {
            Self::IvAtTheEnd => {
                let (sealed, iv) = bytes.split_last_chunk::<IV_LENGTH>()?;
                (iv, sealed)
            }
            _ => bytes.split_first_chunk::<IV_LENGTH>()?,
        };
        let cipher = Aes256Gcm::new(key.as_bytes().into());
        match self {
            Self::TagBeforeCiphertext => {
                let (tag, ciphertext) = sealed.split_first_chunk::<TAG_LENGTH>()?;
                decrypt(&cipher, iv, &[ciphertext, tag].concat()[..])
            }
            Self::CiphertextAsText => {
                let (text, tag) = sealed.split_last_chunk::<TAG_LENGTH>()?;
                let ciphertext = encoding::decode(str::from_utf8(text).ok()?).ok()?;
                decrypt(&cipher, iv, &[&ciphertext[..], tag].concat()[..])
            }
            Self::Utf16Text => {
                let units = decrypt(&cipher, iv, sealed)?;
                let (units, rest) = units.as_chunks::<2>();
                let units: Vec<u16> = units.iter().map(|unit| u16::from_le_bytes(*unit)).collect();
                let text = rest.is_empty().then(|| String::from_utf16(&units).ok());
                text.flatten().map(String::into_bytes)
            }
            Self::TagOf12Bytes => decrypt(&Tag12Gcm::new(key.as_bytes().into()), iv, sealed),
            Self::AssociatedData => {
                let payload = Payload { msg: sealed, aad: ASSOCIATED_DATA };
                decrypt(&cipher, iv, payload)
            }
            Self::Aes128 => decrypt(&Aes128Gcm::new(&first_16(key).into()), iv, sealed),
            Self::CtrWithoutTag => counted(key, iv, FIRST_COUNTER, sealed),
            _ => decrypt(&cipher, iv, sealed),
        }
    }

    /// Whether `content` is what this mistake makes of `plaintext`.
    ///
    /// Some inputs do not show a mistake, and their right blob is claimed as well: an empty
    /// plaintext under [`Self::TagBeforeCiphertext`], a blob without `+` and `/` under
    /// [`Self::Base64UrlText`], one of a single line. Ask only about a blob that does not open.
    pub fn made(self, key: &DataKey, content: &str, plaintext: &[u8]) -> bool {
        let Some(bytes) = self.read(content) else {
            return false;
        };
        match self {
            Self::AssociatedData => authenticated_more(key, &bytes, plaintext),
            Self::CtrWithoutTag => encrypted_only(key, &bytes, plaintext),
            // After how many characters, and by which characters, differs from library to library.
            Self::LineBrokenText => {
                let opened = self.open(key, content);
                content.contains('\n') && opened.as_deref() == Some(plaintext)
            }
            _ => self
                .iv(&bytes)
                .is_some_and(|iv| self.seal(key, &iv, plaintext).is_ok_and(|made| made == content)),
        }
    }

    /// The IV of a blob with this mistake, with zeros behind one of 12 bytes.
    fn iv(self, bytes: &[u8]) -> Option<[u8; 16]> {
        if matches!(self, Self::IvOf16Bytes) {
            return bytes.first_chunk().copied();
        }
        let iv12 = match self {
            Self::IvAtTheEnd => bytes.last_chunk::<IV_LENGTH>()?,
            _ => bytes.first_chunk::<IV_LENGTH>()?,
        };
        Some(block(iv12, 0))
    }

    fn write(self, blob: &[u8]) -> String {
        match self {
            Self::HexText => hex(blob),
            Self::Base64UrlText => URL_SAFE.encode(blob),
            Self::UnpaddedText => STANDARD_NO_PAD.encode(blob),
            Self::LineBrokenText => broken(&encoding::encode(blob)),
            _ => encoding::encode(blob),
        }
    }

    fn read(self, content: &str) -> Option<Vec<u8>> {
        match self {
            Self::HexText => from_hex(content),
            Self::Base64UrlText => URL_SAFE.decode(content).ok(),
            Self::UnpaddedText => STANDARD_NO_PAD.decode(content).ok(),
            Self::LineBrokenText => encoding::decode(&content.replace(['\r', '\n'], "")).ok(),
            _ => encoding::decode(content).ok(),
        }
    }
}

/// A break at the end of each line, the last one too.
fn broken(text: &str) -> String {
    let lines = text.as_bytes().chunks(LINE);
    let lines = lines.map(|line| String::from_utf8_lossy(line) + "\r\n");
    lines.collect()
}

/// The text is right and the tag is not: the associated data is unknown, so nothing more can be
/// asked. Of a text of a few bytes that says nothing, since other keys may give it too.
fn authenticated_more(key: &DataKey, bytes: &[u8], plaintext: &[u8]) -> bool {
    let Some((iv, sealed)) = bytes.split_first_chunk::<IV_LENGTH>() else {
        return false;
    };
    let Some((ciphertext, _)) = sealed.split_last_chunk::<TAG_LENGTH>() else {
        return false;
    };
    plaintext.len() >= TELLING_LENGTH
        && counted(key, iv, FIRST_COUNTER, ciphertext).is_some_and(|text| text == plaintext)
        && decrypt(&Aes256Gcm::new(key.as_bytes().into()), iv, sealed).is_none()
}

/// Beside GCM without its tag there is plain CTR, whose counter starts at 0 or at 1.
fn encrypted_only(key: &DataKey, bytes: &[u8], plaintext: &[u8]) -> bool {
    bytes.split_first_chunk::<IV_LENGTH>().is_some_and(|(iv, ciphertext)| {
        (0..=FIRST_COUNTER).any(|counter| {
            counted(key, iv, counter, ciphertext).is_some_and(|text| text == plaintext)
        })
    })
}

/// AES-256-CTR over `text`, with the counter in the last four bytes of the block.
fn counted(key: &DataKey, iv: &[u8; IV_LENGTH], counter: u32, text: &[u8]) -> Option<Vec<u8>> {
    let mut text = text.to_vec();
    Ctr32BE::<Aes256>::new(key.as_bytes().into(), &block(iv, counter).into())
        .try_apply_keystream(&mut text)
        .ok()?;
    Some(text)
}

fn block(iv: &[u8; IV_LENGTH], counter: u32) -> [u8; 16] {
    let mut block = [0; 16];
    block[..IV_LENGTH].copy_from_slice(iv);
    block[IV_LENGTH..].copy_from_slice(&counter.to_be_bytes());
    block
}

fn first_12(iv: &[u8; 16]) -> [u8; IV_LENGTH] {
    std::array::from_fn(|at| iv[at])
}

fn first_16(key: &DataKey) -> [u8; 16] {
    std::array::from_fn(|at| key.as_bytes()[at])
}

fn encrypt<'a>(
    cipher: &impl Aead<NonceSize = U12>,
    iv: &[u8; IV_LENGTH],
    payload: impl Into<Payload<'a, 'a>>,
) -> Result<Vec<u8>, Error> {
    cipher.encrypt(&Nonce::from(*iv), payload).map_err(|_| Error::TooLong)
}

fn decrypt<'a>(
    cipher: &impl Aead<NonceSize = U12>,
    iv: &[u8; IV_LENGTH],
    payload: impl Into<Payload<'a, 'a>>,
) -> Option<Vec<u8>> {
    cipher.decrypt(&Nonce::from(*iv), payload).ok()
}
