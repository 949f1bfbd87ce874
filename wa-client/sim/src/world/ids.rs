//! Identifiers that the simulator makes up. They repeat for the same seed.

use rand::rngs::StdRng;
use rand::{Rng, RngCore, SeedableRng};

pub(super) struct Ids {
    rng: StdRng,
}

impl Ids {
    pub(super) fn new(seed: u64) -> Self {
        Self { rng: StdRng::seed_from_u64(seed) }
    }

    fn pick(&mut self, alphabet: &[u8], length: usize) -> String {
        (0..length).map(|_| char::from(alphabet[self.rng.random_range(0..alphabet.len())])).collect()
    }

    fn hex(&mut self, length: usize) -> String {
        self.pick(b"0123456789ABCDEF", length)
    }

    /// A QR reference.
    pub(super) fn qr_ref(&mut self) -> String {
        let text = self.pick(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 120);
        format!("2@{text}")
    }

    /// An id as phones give to their messages.
    pub(super) fn message(&mut self) -> String {
        format!("3A{}", self.hex(18))
    }

    pub(super) fn call(&mut self) -> String {
        self.hex(32)
    }

    pub(super) fn group(&mut self) -> String {
        format!("120363{}", self.pick(b"0123456789", 12))
    }

    /// What a page shows to prove that it is a linked device.
    pub(super) fn token(&mut self) -> String {
        self.hex(32)
    }

    pub(super) fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.rng.fill_bytes(&mut bytes);
        bytes
    }
}
