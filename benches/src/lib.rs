//! Shared helpers of the harness.
