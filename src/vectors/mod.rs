//! The known answers of `vectors/`, compiled in.
