//! Where a language usually goes wrong.

use super::{Derivation, Sealing};

/// Gives an enum of mistakes its hints, a row each: the mistakes, the language or `_` for all that have no row
/// of their own, and the hint.
macro_rules! hints {
    ($Mistake:ident: $($($mistake:ident)|+, $language:pat => $hint:literal,)+) => {
        impl $Mistake {
            /// Where `language` usually makes this mistake, one line. Languages: `php`, `go`,
            /// `javascript`, `python`, `rust`, `java`.
            pub fn hint(self, language: &str) -> Option<&'static str> {
                Some(match (self, language) {
                    $(($(Self::$mistake)|+, $language) => $hint,)+
                    _ => return None,
                })
            }
        }
    };
}

hints! { Derivation:
    RawKey, _ => "the proof is over padKey(key), the data key over the key itself",
    NulPadded, "php" => "openssl_encrypt pads a short key with NUL by itself: call str_pad($key, 32, '0') first",
    NulPadded, "go" => "copy into a [32]byte leaves NULs behind the key: fill it with '0' first",
    NulPadded, "javascript" => "Buffer.alloc(32) is filled with zeros: use Buffer.alloc(32, '0')",
    NulPadded, "python" => "bytes.ljust takes the fill byte: key.ljust(32, b'0')",
    NulPadded, "rust" => "[0u8; 32] is NULs: start from [b'0'; 32]",
    NulPadded, "java" => "Arrays.copyOf pads with NULs: fill the rest with (byte) '0'",
    SpacePadded, "php" => "str_pad fills with spaces unless it is given '0'",
    SpacePadded, "javascript" => "padEnd fills with spaces unless it is given '0'",
    SpacePadded, "python" => "ljust fills with spaces unless it is given b'0'",
    LeftPadded, "php" => "STR_PAD_LEFT is the wrong side: leave it out",
    LeftPadded, "go" => "%032s pads on the left: append zeros behind the key",
    LeftPadded, "javascript" => "padStart is the wrong side, and counts UTF-16 units",
    LeftPadded, "python" => "rjust and zfill pad on the left: use ljust(32, b'0')",
    CutByCharacters, "php" => "mb_substr and mb_str_pad count characters: use substr and str_pad",
    CutByCharacters, "go" => "[]rune counts characters: slice []byte",
    CutByCharacters, "python" => "slice the bytes, not the str: encode first",
    CutByCharacters, "rust" => "chars() counts characters: work on as_bytes()",
    CutByUtf16Units, "javascript" => "slice and padEnd of a string count UTF-16 units: encode with TextEncoder first",
    CutByUtf16Units, "java" => "String.substring counts UTF-16 units: take getBytes(StandardCharsets.UTF_8) first",
    Utf16Key, "javascript" => "Buffer.from(key, 'utf16le') is not TextEncoder",
    Utf16Key, "java" => "getBytes(StandardCharsets.UTF_16LE), or the two bytes of each char, are not UTF-8",
    RepairedCut, "java" => "PBEKeySpec takes chars: make them of the 32 bytes by a Mac of HmacSHA256 instead",
    RepairedCut, "javascript" => "TextDecoder puts U+FFFD for half a character: hand the bytes on",
    RepairedCut, "python" => "decode(errors='replace') puts U+FFFD for half a character: hand the bytes on",
    RepairedCut, "rust" => "from_utf8_lossy puts U+FFFD for half a character: hand the bytes on",
    RepairedCut, "go" => "strings.ToValidUTF8 and []rune repair half a character: keep the []byte",
    Utf16KeyWithMark, "java" => "StandardCharsets.UTF_16 writes a byte order mark: use UTF_8",
    AsciiKey, "java" => "getBytes() without a charset is ASCII under LC_ALL=C before Java 18: name UTF_8",
    AsciiKey, "python" => "no encode('ascii', 'replace'): encode('utf-8')",
    AsciiKey, "php" => "no mb_convert_encoding to ASCII: leave the string as it is",
    Latin1Key, "php" => "utf8_decode gives Latin-1: leave the string as it is",
    Latin1Key, "javascript" => "btoa, 'binary' and 'latin1' are Latin-1: use TextEncoder",
    Latin1Key, "java" => "getBytes() without a charset depends on the machine: name UTF_8",
    HexDecodedKey, "php" => "no hex2bin: a key of 64 digits is text too",
    HexDecodedKey, "go" => "no hex.DecodeString: a key of 64 digits is text too",
    HexDecodedKey, "javascript" => "Buffer.from(key, 'hex') decodes: a key of 64 digits is text too",
    Base64DecodedKey, "php" => "no base64_decode of the key, only of the salt",
    Base64DecodedKey, "javascript" => "no atob of the key, only of the salt",
    TrimmedKey, "php" => "no trim() of the key",
    TrimmedKey, "go" => "no strings.TrimSpace of the key",
    TrimmedKey, _ => "trim a file's last line feed where the file is read, never in the derivation",
    ComposedKey | DecomposedKey | CompatibilityKey, "javascript" => "no String.normalize",
    ComposedKey | DecomposedKey | CompatibilityKey, "php" => "no Normalizer::normalize",
    SaltAsText, "php" => "base64_decode($salt, true) before hash_pbkdf2",
    SaltAsText, "go" => "base64.StdEncoding.DecodeString(salt) before pbkdf2.Key",
    SaltAsText, "javascript" => "Buffer.from(salt, 'base64') before deriveBits",
    SixteenBytes, "php" => "without binary: true the length of hash_pbkdf2 counts hex digits: 32 digits are 16 bytes",
    FourBytes, "java" => "the length of PBEKeySpec counts bits: 256, not 32",
    FourBytes, "javascript" => "deriveBits counts bits: 256, not 32",
    SixteenBytes, "javascript" => "deriveBits counts bits: 256, not 128",
    SixtyFourBytes, "php" => "the length of hash_pbkdf2 is 32 with binary: true",
    Sha1, "php" => "hash_pbkdf2's first argument is 'sha256'",
    Sha1, "python" => "hashlib.pbkdf2_hmac's first argument is 'sha256'",
    Sha1, "java" => "PBKDF2WithHmacSHA1 is the old name: use PBKDF2WithHmacSHA256",
    Sha1, "javascript" => "the hash of deriveBits is 'SHA-256'",
    HexText, "php" => "hash_pbkdf2 gives hex unless its last argument is true",
    HexText, "go" => "%x and hex.EncodeToString give hex: use base64.StdEncoding",
    HexText, "javascript" => "toString('hex') gives hex: use toString('base64')",
    Base64UrlText, "go" => "base64.URLEncoding is the other alphabet: use base64.StdEncoding",
    Base64UrlText, "javascript" => "'base64url' is the other alphabet: use 'base64'",
    Base64UrlText, "python" => "urlsafe_b64encode is the other alphabet: use b64encode",
    UnpaddedText, "go" => "base64.RawStdEncoding has no padding: use base64.StdEncoding",
    UnpaddedText, "rust" => "STANDARD_NO_PAD has no padding: use STANDARD",
    UnpaddedText, "php" => "no rtrim(…, '=')",
    PaddedKeyItself, _ => "the helpers of the older cipher pad and do not derive: derive the data key first",
    PaddedPassword, _ => "padKey belongs to the proof: derive the data key from the key as it is",
}

hints! { Sealing:
    TagBeforeCiphertext, "php" => "openssl_encrypt gives the tag apart: append it behind the ciphertext",
    TagBeforeCiphertext, "javascript" => "createCipheriv gives the tag apart (getAuthTag): append it; WebCrypto does it itself",
    IvAtTheEnd, "go" => "gcm.Seal(nonce, nonce, plaintext, nil) puts the nonce in front",
    IvOf16Bytes, "php" => "openssl_cipher_iv_length of aes-256-gcm is 12: do not take the 16 of CBC",
    IvOf16Bytes, "go" => "cipher.NewGCMWithNonceSize is not needed: NewGCM takes 12 bytes",
    IvOf16Bytes, _ => "16 bytes are the IV of CBC: GCM's is 12",
    TagOf12Bytes, "php" => "tag_length of openssl_encrypt is 16",
    TagOf12Bytes, "javascript" => "tagLength counts bits and is 128",
    AssociatedData, "go" => "the last argument of Seal and Open is nil",
    AssociatedData, "php" => "the aad argument of openssl_encrypt is empty",
    AssociatedData, "python" => "the last argument of AESGCM.encrypt is None",
    Aes128, "php" => "'aes-128-gcm' silently takes the first 16 bytes: use 'aes-256-gcm'",
    Aes128, "go" => "aes.NewCipher picks AES-128 for 16 bytes: hand it all 32",
    CtrWithoutTag, "php" => "openssl_encrypt drops the tag unless it is given a variable for it",
    HexText, "php" => "bin2hex is not base64_encode",
    Base64UrlText, "go" => "base64.URLEncoding is the other alphabet: use base64.StdEncoding",
    Base64UrlText, "javascript" => "'base64url' is the other alphabet: use 'base64'",
    Base64UrlText, "python" => "urlsafe_b64encode is the other alphabet: use b64encode",
    UnpaddedText, "go" => "base64.RawStdEncoding has no padding: use base64.StdEncoding",
    UnpaddedText, "rust" => "STANDARD_NO_PAD has no padding: use STANDARD",
    LineBrokenText, "php" => "no chunk_split",
    LineBrokenText, "python" => "encodebytes breaks lines: use b64encode",
    LineBrokenText, "java" => "getMimeEncoder breaks lines: use getEncoder",
}
