//! Percent-encoding as SigV4 wants it.
