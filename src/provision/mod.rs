//! Desired, observed, plan, apply, destroy.
