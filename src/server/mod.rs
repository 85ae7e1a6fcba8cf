//! The presign endpoint.
