//! The child.
fn main() {}
