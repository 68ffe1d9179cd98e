//! Where a language usually goes wrong.

use super::{Derivation, Sealing};

impl Derivation {
    /// Where `language` usually makes this mistake, one line. Languages: `php`, `go`,
    /// `javascript`, `python`, `rust`, `java`.
    pub fn hint(self, language: &str) -> Option<&'static str> {
        Some(match (self, language) {
            (Self::RawKey, _) => "the proof is over padKey(key), the data key over the key itself",
            (Self::NulPadded, "php") => {
                "openssl_encrypt pads a short key with NUL by itself: call str_pad($key, 32, '0') first"
            }
            (Self::NulPadded, "go") => {
                "copy into a [32]byte leaves NULs behind the key: fill it with '0' first"
            }
            (Self::NulPadded, "javascript") => {
                "Buffer.alloc(32) is filled with zeros: use Buffer.alloc(32, '0')"
            }
            (Self::NulPadded, "python") => "bytes.ljust takes the fill byte: key.ljust(32, b'0')",
            (Self::NulPadded, "rust") => "[0u8; 32] is NULs: start from [b'0'; 32]",
            (Self::NulPadded, "java") => {
                "Arrays.copyOf pads with NULs: fill the rest with (byte) '0'"
            }
            (Self::SpacePadded, "php") => "str_pad fills with spaces unless it is given '0'",
            (Self::SpacePadded, "javascript") => "padEnd fills with spaces unless it is given '0'",
            (Self::SpacePadded, "python") => "ljust fills with spaces unless it is given b'0'",
            (Self::LeftPadded, "php") => "STR_PAD_LEFT is the wrong side: leave it out",
            (Self::LeftPadded, "go") => "%032s pads on the left: append zeros behind the key",
            (Self::LeftPadded, "javascript") => {
                "padStart is the wrong side, and counts UTF-16 units"
            }
            (Self::LeftPadded, "python") => "rjust and zfill pad on the left: use ljust(32, b'0')",
            (Self::CutByCharacters, "php") => {
                "mb_substr and mb_str_pad count characters: use substr and str_pad"
            }
            (Self::CutByCharacters, "go") => "[]rune counts characters: slice []byte",
            (Self::CutByCharacters, "python") => "slice the bytes, not the str: encode first",
            (Self::CutByCharacters, "rust") => "chars() counts characters: work on as_bytes()",
            (Self::CutByUtf16Units, "javascript") => {
                "slice and padEnd of a string count UTF-16 units: encode with TextEncoder first"
            }
            (Self::CutByUtf16Units, "java") => {
                "String.substring counts UTF-16 units: take getBytes(StandardCharsets.UTF_8) first"
            }
            (Self::Utf16Key, "javascript") => "Buffer.from(key, 'utf16le') is not TextEncoder",
            (Self::Utf16Key, "java") => {
                "getBytes(StandardCharsets.UTF_16LE), or the two bytes of each char, are not UTF-8"
            }
            (Self::RepairedCut, "java") => {
                "PBEKeySpec takes chars: make them of the 32 bytes by a Mac of HmacSHA256 instead"
            }
            (Self::RepairedCut, "javascript") => {
                "TextDecoder puts U+FFFD for half a character: hand the bytes on"
            }
            (Self::RepairedCut, "python") => {
                "decode(errors='replace') puts U+FFFD for half a character: hand the bytes on"
            }
            (Self::RepairedCut, "rust") => {
                "from_utf8_lossy puts U+FFFD for half a character: hand the bytes on"
            }
            (Self::RepairedCut, "go") => {
                "strings.ToValidUTF8 and []rune repair half a character: keep the []byte"
            }
            (Self::Utf16KeyWithMark, "java") => {
                "StandardCharsets.UTF_16 writes a byte order mark: use UTF_8"
            }
            (Self::AsciiKey, "java") => {
                "getBytes() without a charset is ASCII under LC_ALL=C before Java 18: name UTF_8"
            }
            (Self::AsciiKey, "python") => "no encode('ascii', 'replace'): encode('utf-8')",
            (Self::AsciiKey, "php") => "no mb_convert_encoding to ASCII: leave the string as it is",
            (Self::Latin1Key, "php") => "utf8_decode gives Latin-1: leave the string as it is",
            (Self::Latin1Key, "javascript") => {
                "btoa, 'binary' and 'latin1' are Latin-1: use TextEncoder"
            }
            (Self::Latin1Key, "java") => {
                "getBytes() without a charset depends on the machine: name UTF_8"
            }
            (Self::HexDecodedKey, "php") => "no hex2bin: a key of 64 digits is text too",
            (Self::HexDecodedKey, "go") => "no hex.DecodeString: a key of 64 digits is text too",
            (Self::HexDecodedKey, "javascript") => {
                "Buffer.from(key, 'hex') decodes: a key of 64 digits is text too"
            }
            (Self::Base64DecodedKey, "php") => "no base64_decode of the key, only of the salt",
            (Self::Base64DecodedKey, "javascript") => "no atob of the key, only of the salt",
            (Self::TrimmedKey, "php") => "no trim() of the key",
            (Self::TrimmedKey, "go") => "no strings.TrimSpace of the key",
            (Self::TrimmedKey, _) => {
                "trim a file's last line feed where the file is read, never in the derivation"
            }
            (Self::ComposedKey | Self::DecomposedKey | Self::CompatibilityKey, "javascript") => {
                "no String.normalize"
            }
            (Self::ComposedKey | Self::DecomposedKey | Self::CompatibilityKey, "php") => {
                "no Normalizer::normalize"
            }
            (Self::SaltAsText, "php") => "base64_decode($salt, true) before hash_pbkdf2",
            (Self::SaltAsText, "go") => "base64.StdEncoding.DecodeString(salt) before pbkdf2.Key",
            (Self::SaltAsText, "javascript") => "Buffer.from(salt, 'base64') before deriveBits",
            (Self::SixteenBytes, "php") => {
                "without binary: true the length of hash_pbkdf2 counts hex digits: 32 digits are 16 bytes"
            }
            (Self::FourBytes, "java") => "the length of PBEKeySpec counts bits: 256, not 32",
            (Self::FourBytes, "javascript") => "deriveBits counts bits: 256, not 32",
            (Self::SixteenBytes, "javascript") => "deriveBits counts bits: 256, not 128",
            (Self::SixtyFourBytes, "php") => "the length of hash_pbkdf2 is 32 with binary: true",
            (Self::Sha1, "php") => "hash_pbkdf2's first argument is 'sha256'",
            (Self::Sha1, "python") => "hashlib.pbkdf2_hmac's first argument is 'sha256'",
            (Self::Sha1, "java") => "PBKDF2WithHmacSHA1 is the old name: use PBKDF2WithHmacSHA256",
            (Self::Sha1, "javascript") => "the hash of deriveBits is 'SHA-256'",
            (Self::HexText, "php") => "hash_pbkdf2 gives hex unless its last argument is true",
            (Self::HexText, "go") => "%x and hex.EncodeToString give hex: use base64.StdEncoding",
            (Self::HexText, "javascript") => "toString('hex') gives hex: use toString('base64')",
            (Self::Base64UrlText, "go") => {
                "base64.URLEncoding is the other alphabet: use base64.StdEncoding"
            }
            (Self::Base64UrlText, "javascript") => {
                "'base64url' is the other alphabet: use 'base64'"
            }
            (Self::Base64UrlText, "python") => {
                "urlsafe_b64encode is the other alphabet: use b64encode"
            }
            (Self::UnpaddedText, "go") => {
                "base64.RawStdEncoding has no padding: use base64.StdEncoding"
            }
            (Self::UnpaddedText, "rust") => "STANDARD_NO_PAD has no padding: use STANDARD",
            (Self::UnpaddedText, "php") => "no rtrim(…, '=')",
            (Self::PaddedKeyItself, _) => {
                "the helpers of the older cipher pad and do not derive: derive the data key first"
            }
            (Self::PaddedPassword, _) => {
                "padKey belongs to the proof: derive the data key from the key as it is"
            }
            _ => return None,
        })
    }
}

impl Sealing {
    /// Where `language` usually makes this mistake, one line. Languages as for
    /// [`Derivation::hint`].
    pub fn hint(self, language: &str) -> Option<&'static str> {
        Some(match (self, language) {
            (Self::TagBeforeCiphertext, "php") => {
                "openssl_encrypt gives the tag apart: append it behind the ciphertext"
            }
            (Self::TagBeforeCiphertext, "javascript") => {
                "createCipheriv gives the tag apart (getAuthTag): append it; WebCrypto does it itself"
            }
            (Self::IvAtTheEnd, "go") => {
                "gcm.Seal(nonce, nonce, plaintext, nil) puts the nonce in front"
            }
            (Self::IvOf16Bytes, "php") => {
                "openssl_cipher_iv_length of aes-256-gcm is 12: do not take the 16 of CBC"
            }
            (Self::IvOf16Bytes, "go") => {
                "cipher.NewGCMWithNonceSize is not needed: NewGCM takes 12 bytes"
            }
            (Self::IvOf16Bytes, _) => "16 bytes are the IV of CBC: GCM's is 12",
            (Self::TagOf12Bytes, "php") => "tag_length of openssl_encrypt is 16",
            (Self::TagOf12Bytes, "javascript") => "tagLength counts bits and is 128",
            (Self::AssociatedData, "go") => "the last argument of Seal and Open is nil",
            (Self::AssociatedData, "php") => "the aad argument of openssl_encrypt is empty",
            (Self::AssociatedData, "python") => "the last argument of AESGCM.encrypt is None",
            (Self::Aes128, "php") => {
                "'aes-128-gcm' silently takes the first 16 bytes: use 'aes-256-gcm'"
            }
            (Self::Aes128, "go") => "aes.NewCipher picks AES-128 for 16 bytes: hand it all 32",
            (Self::CtrWithoutTag, "php") => {
                "openssl_encrypt drops the tag unless it is given a variable for it"
            }
            (Self::HexText, "php") => "bin2hex is not base64_encode",
            (Self::Base64UrlText, "go") => {
                "base64.URLEncoding is the other alphabet: use base64.StdEncoding"
            }
            (Self::Base64UrlText, "javascript") => {
                "'base64url' is the other alphabet: use 'base64'"
            }
            (Self::Base64UrlText, "python") => {
                "urlsafe_b64encode is the other alphabet: use b64encode"
            }
            (Self::UnpaddedText, "go") => {
                "base64.RawStdEncoding has no padding: use base64.StdEncoding"
            }
            (Self::UnpaddedText, "rust") => "STANDARD_NO_PAD has no padding: use STANDARD",
            (Self::LineBrokenText, "php") => "no chunk_split",
            (Self::LineBrokenText, "python") => "encodebytes breaks lines: use b64encode",
            (Self::LineBrokenText, "java") => "getMimeEncoder breaks lines: use getEncoder",
            _ => return None,
        })
    }
}
