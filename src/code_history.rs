//! From what successive releases say of a code to the periods in which it is valid.

use crate::cms::hcpcs_file::{Action, HcpcsRecord};
use crate::domain::release::Release;

/// What one release says of one code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// The release.
    pub release: Release,
    /// The line of the code's first record in the release's main member.
    pub line: u32,
    /// What the release did to the code.
    pub action: Option<Action>,
    /// The record; its own `action` is that of the release which first held this content.
    pub record: HcpcsRecord,
}
