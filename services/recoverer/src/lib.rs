//! Finds what was missed and publishes it. So far it knows what was missed ([`gaps`]), and does not run yet.

pub mod gaps;
