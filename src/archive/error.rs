//! Why a downloaded file was not opened.

use std::io;
use zip::result::ZipError;

/// Why a file or one of its members was refused.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// A file of zero bytes.
    #[error("the file is empty")]
    EmptyFile,
    /// A web page, such as a licence page or an error page sent with status 200.
    #[error("the file is a web page (HTML), not a CMS file: most likely a licence or error page")]
    HtmlInsteadOfZip,
    /// Neither a zip nor text nor a workbook.
    #[error("the file is neither a zip nor a text file nor a workbook")]
    NotAZip,
    /// A zip whose end is missing.
    #[error("the zip is cut off: its table of contents, which stands at the end, is missing")]
    ZipTruncated(#[source] ZipError),
    /// A zip whose table of contents contradicts itself.
    #[error("the zip's table of contents is damaged")]
    ZipDamaged(#[source] ZipError),
    /// More bytes than any CMS file has.
    #[error("the file has {bytes} bytes, more than the {limit} allowed")]
    FileTooLarge {
        /// Its size.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// More members than any CMS file has.
    #[error("the zip has {members} members, more than the {limit} allowed")]
    TooManyMembers {
        /// How many it has.
        members: usize,
        /// The limit.
        limit: usize,
    },
    /// A name longer than any file system takes.
    #[error("a member has a name of {bytes} bytes, more than the {limit} allowed")]
    NameTooLong {
        /// Its length.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// A member that unpacks to too much.
    #[error("member `{member}` unpacks to more than the {limit} bytes allowed")]
    MemberTooLarge {
        /// Its name.
        member: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// Members that unpack to too much together.
    #[error("the members unpack to more than the {limit} bytes allowed in all")]
    TooMuchUnpacked {
        /// The limit in bytes.
        limit: u64,
    },
    /// A zip bomb.
    #[error("member `{member}` unpacks to more than {limit} times its packed size, as a zip bomb does")]
    CompressionRatio {
        /// Its name.
        member: String,
        /// The limit.
        limit: u64,
    },
    /// A name that would leave the folder it is unpacked in.
    #[error("member `{member}` has a path that leads outside the zip")]
    PathOutside {
        /// Its name.
        member: String,
    },
    /// A link instead of a file.
    #[error("member `{member}` is a symbolic link")]
    Symlink {
        /// Its name.
        member: String,
    },
    /// A member behind a password.
    #[error("member `{member}` is protected by a password")]
    EncryptedMember {
        /// Its name.
        member: String,
    },
    /// Two members of one name.
    #[error("the zip has two members of the same name, so it is not clear which one counts")]
    DuplicateMember,
    /// A packing method this tool cannot undo.
    #[error("member `{member}` is packed by a method that cannot be read here")]
    UnsupportedCompression {
        /// Its name.
        member: String,
        /// What the zip reader said.
        #[source]
        cause: ZipError,
    },
    /// A member whose bytes do not unpack or do not fit their checksum.
    #[error("member `{member}` is damaged")]
    MemberDamaged {
        /// Its name.
        member: String,
        /// What the unpacking said.
        #[source]
        cause: io::Error,
    },
    /// A name that is not in the zip.
    #[error("there is no member `{member}`")]
    NoSuchMember {
        /// The name.
        member: String,
    },
}

impl ArchiveError {
    /// The diagnostic code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::EmptyFile => "empty-file",
            Self::HtmlInsteadOfZip => "html-instead-of-zip",
            Self::NotAZip => "not-a-zip",
            Self::ZipTruncated(_) => "zip-truncated",
            Self::ZipDamaged(_) => "zip-damaged",
            Self::FileTooLarge { .. } => "file-too-large",
            Self::TooManyMembers { .. } => "too-many-members",
            Self::NameTooLong { .. } => "member-name-too-long",
            Self::MemberTooLarge { .. } => "member-too-large",
            Self::TooMuchUnpacked { .. } => "zip-too-large",
            Self::CompressionRatio { .. } => "zip-bomb",
            Self::PathOutside { .. } => "path-outside-zip",
            Self::Symlink { .. } => "symlink-member",
            Self::EncryptedMember { .. } => "encrypted-member",
            Self::DuplicateMember => "duplicate-member",
            Self::UnsupportedCompression { .. } => "unsupported-compression",
            Self::MemberDamaged { .. } => "member-damaged",
            Self::NoSuchMember { .. } => "no-such-member",
        }
    }

    /// What a person can do about it.
    #[must_use]
    pub fn next_step(&self) -> &'static str {
        match self {
            Self::HtmlInsteadOfZip => {
                "open the CMS page in a browser, accept the licence if asked, save the zip and hand it over with `releases import FILE`"
            }
            Self::EmptyFile | Self::ZipTruncated(_) | Self::ZipDamaged(_) | Self::MemberDamaged { .. } => {
                "the download was most likely cut off: run again, or download the file by hand and use `releases import FILE`"
            }
            Self::NotAZip => {
                "check that this is the file CMS links to: a .zip, or its .txt, .csv, .xlsx or .xls"
            }
            Self::EncryptedMember { .. } => {
                "CMS protects no file by a password: get the file from the CMS page itself"
            }
            Self::UnsupportedCompression { .. } => {
                "unpack the zip by hand and hand over the file in it with `releases import FILE`"
            }
            _ => "do not use this file: no CMS file looks like this; get it again from the CMS page itself",
        }
    }
}

/// The end of a zip's table of contents: its signature, and its length without the comment after it.
const END_OF_CONTENTS: (&[u8], usize) = (b"PK\x05\x06", 22);
/// A comment after it has at most this many bytes.
const LONGEST_COMMENT: usize = 65_535;

/// What it means that the zip `bytes` could not be opened: cut off, where the end of its table of contents is missing.
pub(super) fn of_opening(bytes: &[u8], cause: ZipError) -> ArchiveError {
    let (signature, length) = END_OF_CONTENTS;
    let start = bytes.len().saturating_sub(LONGEST_COMMENT + length);
    let tail = bytes.get(start..).unwrap_or_default();
    let is_whole = tail.windows(length).any(|record| record.starts_with(signature));
    if is_whole {
        ArchiveError::ZipDamaged(cause)
    } else {
        ArchiveError::ZipTruncated(cause)
    }
}

/// What it means that a member could not be opened.
pub(super) fn of_member(member: &str, cause: ZipError) -> ArchiveError {
    let member = member.to_owned();
    match cause {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) | ZipError::InvalidPassword => {
            ArchiveError::EncryptedMember { member }
        }
        ZipError::CompressionMethodNotSupported(_) | ZipError::UnsupportedArchive(_) => {
            ArchiveError::UnsupportedCompression { member, cause }
        }
        ZipError::Io(cause) => ArchiveError::MemberDamaged { member, cause },
        other => ArchiveError::MemberDamaged {
            member,
            cause: io::Error::new(io::ErrorKind::InvalidData, other),
        },
    }
}
