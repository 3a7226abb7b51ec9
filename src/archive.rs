//! Opens a downloaded file, a zip or a bare CSV, text or workbook, without trusting it: every limit is held against
//! the bytes that really come out, never against the sizes a zip declares. Bytes in, members out; nothing is written
//! to disk and members are never opened as archives in turn.

mod error;
#[cfg(test)]
mod tests;

pub use error::ArchiveError;

use std::borrow::Cow;
use std::io::{Cursor, Read};
use zip::ZipArchive;

/// How much a file may hold. A CMS zip has up to 10 members and 0.3 to 2.5 MB, 3 to 6 MB unpacked; the largest part of a
/// workbook has 14.4 MB. These keep a run below 300 MiB of memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file as downloaded.
    pub file_bytes: u64,
    /// Members of a zip.
    pub members: usize,
    /// Unpacked bytes of one member, or of a file without a zip around it.
    pub member_bytes: u64,
    /// Bytes of a member's name.
    pub name_bytes: usize,
    /// Unpacked bytes of all members together, declared or read.
    pub total_bytes: u64,
    /// Unpacked bytes for one packed byte, once a member is larger than `ratio_floor`.
    pub ratio: u64,
    /// Unpacked bytes that are allowed at any ratio.
    pub ratio_floor: u64,
}

impl Limits {
    /// The limits every CMS file is held to.
    pub const CMS: Self = Self {
        file_bytes: 64 << 20,
        members: 1000,
        member_bytes: 32 << 20,
        name_bytes: 255,
        total_bytes: 64 << 20,
        ratio: 200,
        ratio_floor: 4 << 20,
    };
}

/// A file that was opened and whose list of members was checked.
#[derive(Debug)]
pub struct Archive<'a> {
    limits: Limits,
    members: Vec<Member>,
    content: Content<'a>,
    unpacked: u64,
}

#[derive(Debug)]
enum Content<'a> {
    Zip(ZipArchive<Cursor<&'a [u8]>>),
    Bare(&'a [u8]),
}

#[derive(Debug)]
struct Member {
    name: String,
    /// The place in the zip; zero for a bare file.
    index: usize,
    packed: u64,
}

/// Whether an entry of a zip is something to read.
enum Entry {
    File(Member),
    Directory,
}

impl<'a> Archive<'a> {
    /// Opens `bytes`, known as `name`: a zip, or a bare text or workbook, which is its own only member.
    ///
    /// Refused are HTML, empty and truncated files, and zips with encrypted, duplicate, linked or outward-pointing
    /// members or more content than [`Limits::CMS`].
    pub fn open(name: &str, bytes: &'a [u8]) -> Result<Self, ArchiveError> {
        Self::open_within(Limits::CMS, name, bytes)
    }

    /// [`Archive::open`] with other limits.
    pub fn open_within(limits: Limits, name: &str, bytes: &'a [u8]) -> Result<Self, ArchiveError> {
        if byte_count(bytes) > limits.file_bytes {
            return Err(ArchiveError::FileTooLarge {
                bytes: byte_count(bytes),
                limit: limits.file_bytes,
            });
        }
        if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
            let zip = Self::open_zip(limits, bytes)?;
            let is_workbook = zip.member_names().any(|member| member == "[Content_Types].xml");
            return Ok(if is_workbook {
                Self::bare(limits, name, bytes)
            } else {
                zip
            });
        }
        check_bare(limits, name, bytes)?;
        Ok(Self::bare(limits, name, bytes))
    }

    /// Opens `bytes` as the zip it is, even where that zip is a workbook.
    fn open_zip(limits: Limits, bytes: &'a [u8]) -> Result<Self, ArchiveError> {
        // Opening a zip reads its whole table of contents, so the entries are counted before.
        let members = entries(bytes);
        if members > limits.members {
            let limit = limits.members;
            return Err(ArchiveError::TooManyMembers { members, limit });
        }
        let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(|cause| error::of_opening(bytes, cause))?;
        if zip.has_duplicate_names() {
            return Err(ArchiveError::DuplicateMember);
        }
        let (mut members, mut declared) = (Vec::with_capacity(zip.len()), 0_u64);
        for index in 0..zip.len() {
            declared = declared.saturating_add(of_entry(bytes, zip.by_index_raw(index))?.size());
            if let Entry::File(member) = checked_entry(limits, &mut zip, index, bytes)? {
                members.push(member);
            }
        }
        if declared > limits.total_bytes {
            return Err(ArchiveError::TooMuchUnpacked {
                limit: limits.total_bytes,
            });
        }
        Ok(Self {
            limits,
            members,
            content: Content::Zip(zip),
            unpacked: 0,
        })
    }

    fn bare(limits: Limits, name: &str, bytes: &'a [u8]) -> Self {
        let member = Member {
            name: base_name(name).to_owned(),
            index: 0,
            packed: byte_count(bytes),
        };
        Self {
            limits,
            members: vec![member],
            content: Content::Bare(bytes),
            unpacked: 0,
        }
    }

    /// The names of the members in the order of the zip; directories are no members.
    pub fn member_names(&self) -> impl Iterator<Item = &str> {
        self.members.iter().map(|member| member.name.as_str())
    }

    /// Whether the file came without a zip around it.
    #[must_use]
    pub fn is_bare(&self) -> bool {
        matches!(self.content, Content::Bare(_))
    }

    /// The bytes of the member called `name`; its checksum has been checked.
    pub fn read(&mut self, name: &str) -> Result<Cow<'a, [u8]>, ArchiveError> {
        let member = self.members.iter().find(|member| member.name == name);
        let member = member.ok_or_else(|| ArchiveError::NoSuchMember {
            member: name.to_owned(),
        })?;
        match &mut self.content {
            Content::Bare(bytes) => Ok(Cow::Borrowed(bytes)),
            Content::Zip(zip) => {
                let left = self.limits.total_bytes.saturating_sub(self.unpacked);
                let unpacked = unpack(&self.limits, left, zip, member)?;
                self.unpacked = self.unpacked.saturating_add(byte_count(&unpacked));
                Ok(Cow::Owned(unpacked))
            }
        }
    }
}

/// Checks that the parts of an xlsx workbook, itself a zip, keep the limits when unpacked.
pub fn check_workbook(bytes: &[u8]) -> Result<(), ArchiveError> {
    let mut parts = Archive::open_zip(Limits::CMS, bytes)?;
    let names: Vec<String> = parts.member_names().map(str::to_owned).collect();
    names.iter().try_for_each(|name| parts.read(name).map(drop))
}

/// The last part of a path, whichever slash it is written with.
#[must_use]
pub fn base_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

fn byte_count(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

/// The entries of a zip's table of contents, by their signature; at most a few too many where stored bytes look like one.
fn entries(bytes: &[u8]) -> usize {
    memchr::memmem::find_iter(bytes, b"PK\x01\x02").count()
}

/// Refuses what is neither text nor workbook, before anything is made of it.
fn check_bare(limits: Limits, name: &str, bytes: &[u8]) -> Result<(), ArchiveError> {
    let start = bytes.get(..bytes.len().min(1024)).unwrap_or_default();
    if bytes.is_empty() {
        return Err(ArchiveError::EmptyFile);
    }
    if is_html(start) {
        return Err(ArchiveError::HtmlInsteadOfZip);
    }
    let is_old_workbook = start.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]);
    if has_extension(name, "zip") || (start.contains(&0) && !is_old_workbook) {
        return Err(ArchiveError::NotAZip);
    }
    if byte_count(bytes) > limits.member_bytes {
        return Err(ArchiveError::FileTooLarge {
            bytes: byte_count(bytes),
            limit: limits.member_bytes,
        });
    }
    Ok(())
}

fn is_html(start: &[u8]) -> bool {
    let text = String::from_utf8_lossy(start).to_ascii_lowercase();
    let text = text.trim_start_matches('\u{feff}').trim_start();
    ["<!doctype", "<html", "<head", "<?xml", "<!--", "<script", "<body"]
        .iter()
        .any(|opening| text.starts_with(opening))
}

/// Whether `name` ends with a dot and `extension`, in any case.
pub(crate) fn has_extension(name: &str, extension: &str) -> bool {
    name.rsplit_once('.')
        .is_some_and(|(_, end)| end.eq_ignore_ascii_case(extension))
}

/// An entry of the zip `bytes`, or why there is none.
fn of_entry<E>(bytes: &[u8], entry: Result<E, zip::result::ZipError>) -> Result<E, ArchiveError> {
    entry.map_err(|cause| error::of_opening(bytes, cause))
}

/// The entry at `index`, refused where reading it could do harm.
fn checked_entry(
    limits: Limits,
    zip: &mut ZipArchive<Cursor<&[u8]>>,
    index: usize,
    bytes: &[u8],
) -> Result<Entry, ArchiveError> {
    let entry = of_entry(bytes, zip.by_index_raw(index))?;
    if entry.name_raw().len() > limits.name_bytes {
        return Err(ArchiveError::NameTooLong {
            bytes: entry.name_raw().len(),
            limit: limits.name_bytes,
        });
    }
    let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
    if points_outside(&name) {
        return Err(ArchiveError::PathOutside { member: name });
    }
    if entry.is_symlink() {
        return Err(ArchiveError::Symlink { member: name });
    }
    if entry.is_dir() {
        return Ok(Entry::Directory);
    }
    if entry.encrypted() {
        return Err(ArchiveError::EncryptedMember { member: name });
    }
    Ok(Entry::File(Member {
        name,
        index,
        packed: entry.compressed_size().min(byte_count(bytes)),
    }))
}

fn points_outside(name: &str) -> bool {
    let has_drive = name.as_bytes().get(1) == Some(&b':');
    name.starts_with(['/', '\\'])
        || has_drive
        || name.contains('\0')
        || name.split(['/', '\\']).any(|part| part == "..")
}

/// Unpacks one member, stopping at the first byte past a limit.
fn unpack(
    limits: &Limits,
    left: u64,
    zip: &mut ZipArchive<Cursor<&[u8]>>,
    member: &Member,
) -> Result<Vec<u8>, ArchiveError> {
    let by_ratio = member.packed.saturating_mul(limits.ratio).max(limits.ratio_floor);
    let allowed = limits.member_bytes.min(left).min(by_ratio);
    let entry = zip
        .by_index(member.index)
        .map_err(|cause| error::of_member(&member.name, cause))?;
    let expected = usize::try_from(entry.size().min(allowed)).unwrap_or(0);
    // The declared size is a hint: a false one must not take memory that nothing fills.
    let mut bytes = Vec::with_capacity(expected.min(8 << 20));
    let read = entry.take(allowed.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|cause| ArchiveError::MemberDamaged {
        member: member.name.clone(),
        cause,
    })?;
    if byte_count(&bytes) <= allowed {
        return Ok(bytes);
    }
    let member = member.name.clone();
    Err(if allowed == limits.member_bytes {
        ArchiveError::MemberTooLarge {
            member,
            limit: limits.member_bytes,
        }
    } else if allowed == left {
        ArchiveError::TooMuchUnpacked {
            limit: limits.total_bytes,
        }
    } else {
        ArchiveError::CompressionRatio {
            member,
            limit: limits.ratio,
        }
    })
}
