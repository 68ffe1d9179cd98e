//! A fixed number of bytes that JSON carries as base64.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::crypto::encoding;

/// `N` bytes, in JSON a standard padded base64 text. Public by nature: those of a vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Octets<const N: usize>(pub [u8; N]);

impl<const N: usize> Serialize for Octets<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&encoding::encode(self.0))
    }
}

impl<'de, const N: usize> Deserialize<'de> for Octets<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes =
            encoding::decode(&String::deserialize(deserializer)?).map_err(D::Error::custom)?;
        let found = bytes.len();
        let octets = bytes
            .try_into()
            .map_err(|_| D::Error::custom(format_args!("{found} bytes where {N} are needed")))?;
        Ok(Self(octets))
    }
}
