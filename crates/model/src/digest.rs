//! Content digests as the OCI image specification writes them: `sha256:<64 hex digits>`.

use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The hash functions registered by the OCI image specification (descriptor.md, "Registered algorithms").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// SHA-256, 64 hexadecimal digits.
    Sha256,
    /// SHA-512, 128 hexadecimal digits.
    Sha512,
}

impl Algorithm {
    /// The name before the colon.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        }
    }

    fn hex_length(self) -> usize {
        match self {
            Self::Sha256 => 64,
            Self::Sha512 => 128,
        }
    }
}

/// A validated digest: known algorithm, lower-case hexadecimal of the right length.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest {
    algorithm: Algorithm,
    hex: Box<str>,
}

impl Digest {
    /// Builds a SHA-256 digest from its 32 raw bytes.
    pub fn sha256(bytes: &[u8; 32]) -> Self {
        Self { algorithm: Algorithm::Sha256, hex: to_hex(bytes).into() }
    }

    /// Builds a SHA-512 digest from its 64 raw bytes.
    pub fn sha512(bytes: &[u8; 64]) -> Self {
        Self { algorithm: Algorithm::Sha512, hex: to_hex(bytes).into() }
    }

    /// Hashes `content` with SHA-256.
    pub fn of(content: &[u8]) -> Self {
        use sha2::Digest as _;
        Self::sha256(&sha2::Sha256::digest(content).into())
    }

    /// The hash function.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The hexadecimal part, which is also the file name in an OCI layout's `blobs/<algorithm>/`.
    pub fn hex(&self) -> &str {
        &self.hex
    }
}

/// Why a text is not a digest.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum DigestError {
    /// No colon between algorithm and value.
    #[error("digest lacks the form algorithm:hex")]
    Form,
    /// An algorithm that the specification does not register.
    #[error("digest algorithm is not supported")]
    Algorithm,
    /// Wrong length or a character outside `0-9a-f`.
    #[error("digest value is not lower-case hexadecimal of the right length")]
    Value,
}

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        let (name, hex) = text.split_once(':').ok_or(DigestError::Form)?;
        let algorithm = match name {
            "sha256" => Algorithm::Sha256,
            "sha512" => Algorithm::Sha512,
            _ => return Err(DigestError::Algorithm),
        };
        let valid = hex.len() == algorithm.hex_length()
            && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if valid { Ok(Self { algorithm, hex: hex.into() }) } else { Err(DigestError::Value) }
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.algorithm.name(), self.hex)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl JsonSchema for Digest {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Digest".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Algorithm and lower-case hexadecimal digits.",
            "type": "string",
            "pattern": "^sha(256:[0-9a-f]{64}|512:[0-9a-f]{128})$",
        })
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

pub(crate) fn to_hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut hex, byte| {
        // Writing into a String cannot fail.
        let _infallible = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_content_has_the_well_known_digest() {
        let digest = Digest::of(b"");
        assert_eq!(
            digest.to_string(),
            "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        assert_eq!(digest.to_string().parse(), Ok(digest));
    }

    #[test]
    fn malformed_digests_are_refused() {
        assert_eq!("e3b0".parse::<Digest>(), Err(DigestError::Form));
        assert_eq!("md5:e3b0".parse::<Digest>(), Err(DigestError::Algorithm));
        assert_eq!("sha256:e3b0".parse::<Digest>(), Err(DigestError::Value));
        assert_eq!(format!("sha256:{}", "A".repeat(64)).parse::<Digest>(), Err(DigestError::Value));
        assert_eq!(
            format!("sha256:../{}", "a".repeat(61)).parse::<Digest>(),
            Err(DigestError::Value)
        );
    }
}
