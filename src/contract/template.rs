//! The commented contract that `gatepass init` writes.

/// A valid contract with a comment on every field.
pub const INIT_TEMPLATE: &str = "";
