//! SHA-256, written as registries and git write it.

use sha2::{Digest as _, Sha256};

/// The digest of some bytes: 64 digits in lower case, without what it was made with.
pub fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
