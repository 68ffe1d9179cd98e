//! Where a language usually goes wrong. Languages are named `php`, `go`, `javascript`, `python`,
//! `rust`, `java`; any other has no hints.

use super::{Derivation, Sealing};

impl Derivation {
    /// Where `language` (`php`, `go`, `javascript`, `python`, `rust`, `java`) usually makes this
    /// mistake, one line.
    pub fn hint(self, language: &str) -> Option<&'static str> {
        match language {
            "php" => self.php(),
            "go" => self.go(),
            "javascript" => self.javascript(),
            "python" => self.python(),
            "rust" => self.rust(),
            "java" => self.java(),
            _ => None,
        }
    }

    const fn php(self) -> Option<&'static str> {
        Some(match self {
            Self::RawKey => "str_pad does not cut: follow it with substr($key, 0, 32)",
            Self::NulPadded => "openssl_encrypt pads a short key with NULs and does not say so",
            Self::SpacePadded => "str_pad fills with spaces unless its third argument is '0'",
            Self::LeftPadded => "str_pad pads on the right, unless it is given STR_PAD_LEFT",
            Self::CutByCharacters => {
                "mb_substr and mb_str_pad count characters: substr and str_pad"
            }
            Self::CutByUtf16Units => return None,
            Self::Utf16Key | Self::Latin1Key => "a PHP string is bytes: no mb_convert_encoding",
            Self::HexDecodedKey => "no hex2bin over the key",
            Self::Base64DecodedKey => "no base64_decode over the key, and none of a base64: prefix",
            Self::TrimmedKey => "trim() in a form request or in the TrimStrings middleware",
            Self::LowerCasedKey => "no strtolower over the key",
            Self::ComposedKey | Self::DecomposedKey | Self::CompatibilityKey => {
                "no Normalizer::normalize over the key"
            }
            Self::SaltAsText => "hash_pbkdf2 takes bytes: base64_decode($salt, true)",
            Self::OneIteration
            | Self::ThousandIterations
            | Self::HundredThousandIterations
            | Self::PlatformIterations => "the iterations are hash_pbkdf2's fourth argument",
            Self::Sha1 | Self::Sha512 => "hash_pbkdf2's first argument names the hash: 'sha256'",
            Self::SixteenBytes => {
                "hash_pbkdf2 counts hexadecimal digits unless its last argument, binary, is true"
            }
            Self::SixtyFourBytes => {
                "hash_pbkdf2 counts bytes if its last argument, binary, is true"
            }
            Self::HexText => {
                "hash_pbkdf2 gives digits unless binary is true: then base64_encode the bytes"
            }
            Self::Base64UrlText => "no strtr($text, '+/', '-_') over the proof",
            Self::UnpaddedText => {
                "no rtrim($text, '='), and not SODIUM_BASE64_VARIANT_ORIGINAL_NO_PADDING"
            }
            Self::OneIterationLess
            | Self::OneIterationMore
            | Self::PaddedKeyItself
            | Self::PaddedPassword => return None,
        })
    }

    const fn go(self) -> Option<&'static str> {
        Some(match self {
            Self::RawKey => "strings.Repeat pads a short key only: cut a long one with key[:32]",
            Self::NulPadded => "copy into a [32]byte leaves NULs behind a short key",
            Self::SpacePadded => "fmt.Sprintf(\"%-32s\") fills with spaces",
            Self::LeftPadded => "fmt.Sprintf(\"%032s\") pads on the left",
            Self::CutByCharacters => "[]rune counts characters: []byte(key)",
            Self::CutByUtf16Units | Self::Utf16Key => "no utf16.Encode: []byte(key) is UTF-8",
            Self::Latin1Key => "byte(r) keeps the low byte of a rune: []byte(key)",
            Self::HexDecodedKey => "no hex.DecodeString over the key",
            Self::Base64DecodedKey => "no base64 decoding of the key",
            Self::TrimmedKey => "strings.TrimSpace belongs to key files, not to the derivation",
            Self::LowerCasedKey => "no strings.ToLower over the key",
            Self::ComposedKey | Self::DecomposedKey | Self::CompatibilityKey => {
                "no norm.NFC and its like over the key"
            }
            Self::SaltAsText => "[]byte(salt) is its text: base64.StdEncoding.DecodeString(salt)",
            Self::OneIteration
            | Self::ThousandIterations
            | Self::HundredThousandIterations
            | Self::PlatformIterations
            | Self::SixteenBytes
            | Self::SixtyFourBytes => {
                "x/crypto's pbkdf2.Key takes password, salt, iterations, length, hash; crypto/pbkdf2's takes the hash first"
            }
            Self::Sha1 | Self::Sha512 => "give pbkdf2.Key sha256.New, not another hash's New",
            Self::HexText => "fmt's %x and hex.EncodeToString give digits: base64.StdEncoding",
            Self::Base64UrlText => "base64.URLEncoding: take base64.StdEncoding",
            Self::UnpaddedText => "base64.RawStdEncoding: take base64.StdEncoding",
            Self::PaddedKeyItself => "EncryptWithProjectKey's key is not DeriveDataKey's",
            Self::OneIterationLess | Self::OneIterationMore | Self::PaddedPassword => return None,
        })
    }

    const fn javascript(self) -> Option<&'static str> {
        Some(match self {
            Self::RawKey => "padEnd does not cut: follow it with a cut of the bytes",
            Self::NulPadded => {
                "Buffer.alloc and new Uint8Array are filled with zero bytes: fill(0x30)"
            }
            Self::SpacePadded => "padEnd fills with spaces unless its second argument is '0'",
            Self::LeftPadded => "padStart pads on the left: padEnd, over bytes",
            Self::CutByCharacters => "Array.from and [...key] count characters: TextEncoder first",
            Self::CutByUtf16Units => {
                "length, padEnd and slice count UTF-16 units: TextEncoder or Buffer.from first"
            }
            Self::Utf16Key => "charCodeAt and 'utf16le' give UTF-16: Buffer.from(key, 'utf8')",
            Self::Latin1Key => "btoa, 'latin1' and 'binary' take one byte a unit: 'utf8'",
            Self::HexDecodedKey => "Buffer.from(key, 'hex') decodes: Buffer.from(key, 'utf8')",
            Self::Base64DecodedKey => "atob and Buffer.from(key, 'base64') decode the key",
            Self::TrimmedKey => "no trim() over the key",
            Self::LowerCasedKey => "no toLowerCase() over the key",
            Self::ComposedKey | Self::DecomposedKey | Self::CompatibilityKey => {
                "no normalize() over the key; without an argument it is NFC"
            }
            Self::SaltAsText => "a string as salt is its text: Buffer.from(salt, 'base64')",
            Self::OneIteration
            | Self::ThousandIterations
            | Self::HundredThousandIterations
            | Self::PlatformIterations => {
                "crypto.pbkdf2 takes password, salt, iterations, length, hash"
            }
            Self::Sha1 => "crypto-js's PBKDF2 had SHA-1 as its default before 4.2: name 'sha256'",
            Self::Sha512 => "crypto.pbkdf2's last argument is the hash: 'sha256'",
            Self::SixteenBytes => {
                "deriveBits counts bits, 256; crypto-js counts words of 4 bytes, 8"
            }
            Self::SixtyFourBytes => "deriveBits counts bits: 256; crypto.pbkdf2 counts bytes: 32",
            Self::HexText => "toString('hex'), and crypto-js's toString(), give digits: 'base64'",
            Self::Base64UrlText => "toString('base64url'): take 'base64'",
            Self::UnpaddedText => "no replace(/=+$/, '') over the proof",
            Self::OneIterationLess
            | Self::OneIterationMore
            | Self::PaddedKeyItself
            | Self::PaddedPassword => return None,
        })
    }

    const fn python(self) -> Option<&'static str> {
        Some(match self {
            Self::RawKey => "ljust does not cut: key.encode().ljust(32, b'0')[:32]",
            Self::NulPadded => "ljust(32, b'\\0') and struct's '32s' fill with NULs: b'0'",
            Self::SpacePadded => "ljust fills with spaces unless its second argument is b'0'",
            Self::LeftPadded => "zfill and rjust pad on the left: ljust(32, b'0')",
            Self::CutByCharacters => {
                "a str is counted in characters: encode() before ljust and [:32]"
            }
            Self::CutByUtf16Units | Self::Utf16Key => "encode('utf-16-le'): take encode('utf-8')",
            Self::Latin1Key => "encode('latin-1'): take encode('utf-8')",
            Self::HexDecodedKey => "no bytes.fromhex over the key",
            Self::Base64DecodedKey => "no base64.b64decode over the key",
            Self::TrimmedKey => "no strip() over the key",
            Self::LowerCasedKey => "no lower() or casefold() over the key",
            Self::ComposedKey | Self::DecomposedKey | Self::CompatibilityKey => {
                "no unicodedata.normalize over the key"
            }
            Self::SaltAsText => "salt.encode() is its text: base64.b64decode(salt, validate=True)",
            Self::OneIteration | Self::HundredThousandIterations | Self::PlatformIterations => {
                "the iterations are hashlib.pbkdf2_hmac's fourth argument"
            }
            Self::ThousandIterations => "PyCryptodome's PBKDF2 does 1000 unless it is given count",
            Self::Sha1 => "PyCryptodome's PBKDF2 is SHA-1 unless it is given hmac_hash_module",
            Self::Sha512 => "hashlib.pbkdf2_hmac's first argument names the hash: 'sha256'",
            Self::SixteenBytes => "PyCryptodome's PBKDF2 gives 16 bytes unless it is given dkLen",
            Self::SixtyFourBytes => "dklen counts bytes: 32",
            Self::HexText => "hex() gives digits: base64.b64encode(proof).decode()",
            Self::Base64UrlText => "base64.urlsafe_b64encode: take b64encode",
            Self::UnpaddedText => "no rstrip('=') over the proof",
            Self::OneIterationLess
            | Self::OneIterationMore
            | Self::PaddedKeyItself
            | Self::PaddedPassword => return None,
        })
    }

    const fn rust(self) -> Option<&'static str> {
        Some(match self {
            Self::NulPadded => "[0; 32] and resize(32, 0) leave NULs behind a short key: b'0'",
            Self::SpacePadded => "format!(\"{key:<32}\") fills with spaces",
            Self::LeftPadded => "format!(\"{key:0>32}\") pads on the left",
            Self::CutByCharacters => "chars() and {:0<32} count characters: as_bytes()",
            Self::CutByUtf16Units | Self::Utf16Key => "no encode_utf16: as_bytes() is UTF-8",
            Self::Latin1Key => "`as u8` keeps the low byte of a char: as_bytes()",
            Self::HexDecodedKey => "no hex::decode over the key",
            Self::Base64DecodedKey => "no base64 decoding of the key",
            Self::TrimmedKey => "trim() belongs to a line that was read, not to the derivation",
            Self::ComposedKey | Self::DecomposedKey | Self::CompatibilityKey => {
                "no unicode-normalization over the key"
            }
            Self::SaltAsText => "salt.as_bytes() is its text: STANDARD.decode(salt)",
            Self::Sha1 | Self::Sha512 => "pbkdf2_hmac's type parameter is the hash: Sha256",
            Self::SixteenBytes | Self::SixtyFourBytes => {
                "pbkdf2_hmac fills what it is given: [0; 32]"
            }
            Self::HexText => "{:x} and hex::encode give digits: STANDARD.encode",
            Self::Base64UrlText => "URL_SAFE: take STANDARD",
            Self::UnpaddedText => "STANDARD_NO_PAD: take STANDARD",
            _ => return None,
        })
    }

    const fn java(self) -> Option<&'static str> {
        Some(match self {
            Self::NulPadded => "Arrays.copyOf fills with zero bytes: Arrays.fill(..., (byte) '0')",
            Self::SpacePadded => "String.format(\"%-32s\") fills with spaces",
            Self::LeftPadded => "String.format(\"%32s\") and leftPad pad on the left",
            Self::CutByCharacters => "codePoints counts characters: getBytes(UTF_8) first",
            Self::CutByUtf16Units => {
                "length and substring count UTF-16 units: getBytes(UTF_8) before padding and cutting"
            }
            Self::Utf16Key => "getBytes(UTF_16LE): take StandardCharsets.UTF_8",
            Self::Latin1Key => {
                "getBytes() is the platform's charset before Java 18, and PBEKeySpec may keep 8 bits: UTF_8"
            }
            Self::HexDecodedKey => "no HexFormat.parseHex over the key",
            Self::Base64DecodedKey => "no Base64 decoding of the key",
            Self::TrimmedKey => "no trim() or strip() over the key",
            Self::LowerCasedKey => "no toLowerCase() over the key",
            Self::ComposedKey | Self::DecomposedKey | Self::CompatibilityKey => {
                "no Normalizer.normalize over the key"
            }
            Self::SaltAsText => {
                "getBytes of the salt is its text: Base64.getDecoder().decode(salt)"
            }
            Self::OneIteration
            | Self::ThousandIterations
            | Self::HundredThousandIterations
            | Self::PlatformIterations => "PBEKeySpec takes password, salt, iterations, length",
            Self::Sha1 | Self::Sha512 => "the name is PBKDF2WithHmacSHA256",
            Self::SixteenBytes | Self::SixtyFourBytes => "PBEKeySpec's length is in bits: 256",
            Self::HexText => "HexFormat and %02x give digits: Base64.getEncoder()",
            Self::Base64UrlText => "Base64.getUrlEncoder: take getEncoder",
            Self::UnpaddedText => "no withoutPadding() on the encoder",
            _ => return None,
        })
    }
}

impl Sealing {
    /// Where `language` (`php`, `go`, `javascript`, `python`, `rust`, `java`) usually makes this
    /// mistake, one line.
    pub fn hint(self, language: &str) -> Option<&'static str> {
        Some(match (language, self) {
            ("php", Self::TagBeforeCiphertext | Self::CtrWithoutTag) => {
                "openssl_encrypt gives the tag by reference: $iv . $ciphertext . $tag"
            }
            ("php", Self::IvOf16Bytes) => {
                "openssl_cipher_iv_length('aes-256-gcm') is 12; that of aes-256-cbc is 16"
            }
            ("php", Self::TagOf12Bytes) => "openssl_encrypt's tag_length is 16",
            ("php", Self::AssociatedData) => "openssl_encrypt's aad stays ''",
            ("php", Self::Aes128) => "aes-128-gcm cuts a long key and does not say so: aes-256-gcm",
            ("php", Self::HexText) => "no bin2hex: base64_encode",
            ("go", Self::TagBeforeCiphertext | Self::IvAtTheEnd) => {
                "gcm.Seal(nonce, nonce, plaintext, nil) puts the nonce in front and the tag behind"
            }
            ("go", Self::IvOf16Bytes) => {
                "the nonce has gcm.NonceSize() bytes, not aes.BlockSize; no NewGCMWithNonceSize"
            }
            ("go", Self::TagOf12Bytes) => "no cipher.NewGCMWithTagSize: cipher.NewGCM",
            ("go", Self::AssociatedData) => "gcm.Seal's last argument is nil",
            ("go", Self::Aes128) => {
                "aes.NewCipher takes its size from the key: give it all 32 bytes"
            }
            ("go", Self::CtrWithoutTag) => "no cipher.NewCTR: cipher.NewGCM",
            ("go", Self::HexText) => "fmt's %x and hex.EncodeToString: take base64.StdEncoding",
            ("go", Self::Base64UrlText) => "base64.URLEncoding: take base64.StdEncoding",
            ("go", Self::UnpaddedText) => "base64.RawStdEncoding: take base64.StdEncoding",
            ("javascript", Self::TagBeforeCiphertext | Self::CtrWithoutTag) => {
                "node:crypto gives the tag by getAuthTag(); Web Crypto has it behind the ciphertext"
            }
            ("javascript", Self::IvOf16Bytes) => "randomBytes(16) is CBC's: randomBytes(12)",
            ("javascript", Self::TagOf12Bytes) => {
                "tagLength is 128 bits in Web Crypto, authTagLength 16 bytes in node:crypto"
            }
            ("javascript", Self::AssociatedData) => "no additionalData, and no setAAD",
            ("javascript", Self::Aes128) => "importKey takes AES's size from the key: all 32 bytes",
            ("javascript", Self::HexText) => "toString('hex'): take 'base64'",
            ("javascript", Self::Base64UrlText) => "toString('base64url'): take 'base64'",
            ("javascript", Self::UnpaddedText) => "no replace(/=+$/, '') over the blob",
            ("python", Self::TagBeforeCiphertext | Self::CtrWithoutTag) => {
                "cryptography's AESGCM appends the tag; PyCryptodome's encrypt_and_digest gives it apart"
            }
            ("python", Self::IvOf16Bytes) => {
                "PyCryptodome draws a nonce of 16 bytes for GCM: give it nonce=os.urandom(12)"
            }
            ("python", Self::TagOf12Bytes) => "PyCryptodome's mac_len is 16",
            ("python", Self::AssociatedData) => "AESGCM.encrypt's last argument is None",
            ("python", Self::Aes128) => "AES takes its size from the key: give it all 32 bytes",
            ("python", Self::HexText) => "hex(): take base64.b64encode",
            ("python", Self::Base64UrlText) => "base64.urlsafe_b64encode: take b64encode",
            ("rust", Self::TagBeforeCiphertext | Self::CtrWithoutTag) => {
                "encrypt_in_place_detached gives the tag apart: encrypt appends it"
            }
            ("rust", Self::IvOf16Bytes) => {
                "AesGcm<Aes256, U16>: take Aes256Gcm, whose nonce is U12"
            }
            ("rust", Self::AssociatedData) => {
                "Payload's aad stays empty: encrypt the plaintext alone"
            }
            ("rust", Self::Aes128) => "Aes128Gcm: take Aes256Gcm",
            ("rust", Self::Base64UrlText) => "URL_SAFE: take STANDARD",
            ("rust", Self::UnpaddedText) => "STANDARD_NO_PAD: take STANDARD",
            ("java", Self::IvAtTheEnd) => "Cipher.doFinal has the tag behind: put the IV in front",
            ("java", Self::IvOf16Bytes) => {
                "IvParameterSpec's 16 bytes are CBC's: 12 in GCMParameterSpec"
            }
            ("java", Self::TagOf12Bytes) => "GCMParameterSpec's tag length is in bits: 128, not 96",
            ("java", Self::AssociatedData) => "no updateAAD",
            ("java", Self::Aes128) => "SecretKeySpec takes AES's size from the key: all 32 bytes",
            ("java", Self::CtrWithoutTag) => "AES/CTR/NoPadding: take AES/GCM/NoPadding",
            ("java", Self::Base64UrlText) => "Base64.getUrlEncoder: take getEncoder",
            ("java", Self::UnpaddedText) => "no withoutPadding() on the encoder",
            _ => return None,
        })
    }
}
