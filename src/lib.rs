//! keyproof
