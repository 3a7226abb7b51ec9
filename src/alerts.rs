//! (to be written)

pub mod digest;
