use super::*;
use proptest::prelude::*;
use std::io::Write;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

fn zip_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn refused(name: &str, bytes: &[u8]) -> &'static str {
    Archive::open(name, bytes).map(|_| ()).unwrap_err().code()
}

/// The first error of opening or of reading the only member.
fn read_within(limits: Limits, bytes: &[u8]) -> Result<Vec<u8>, &'static str> {
    let mut archive = Archive::open_within(limits, "a.zip", bytes).map_err(|error| error.code())?;
    let member = archive.member_names().next().unwrap().to_owned();
    let unpacked = archive.read(&member).map_err(|error| error.code())?;
    Ok(unpacked.into_owned())
}

/// Replaces every `from` by `to`, of one length.
fn patched(mut bytes: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut at = 0;
    while at + from.len() <= bytes.len() {
        if &bytes[at..at + from.len()] == from {
            bytes[at..at + to.len()].copy_from_slice(to);
        }
        at += 1;
    }
    bytes
}

const SMALL: Limits = Limits {
    file_bytes: 10_000,
    members: 3,
    member_bytes: 2_000,
    name_bytes: 20,
    total_bytes: 3_000,
    ratio: 20,
    ratio_floor: 100,
};

#[test]
fn members_are_listed_and_read() {
    let bytes = zip_of(&[("folder/a.txt", b"one"), ("b.csv", b"two")]);
    let mut archive = Archive::open("x.zip", &bytes).unwrap();
    assert_eq!(
        archive.member_names().collect::<Vec<_>>(),
        ["folder/a.txt", "b.csv"]
    );
    assert_eq!(&*archive.read("b.csv").unwrap(), b"two");
    assert_eq!(&*archive.read("folder/a.txt").unwrap(), b"one");
    assert_eq!(archive.read("c.csv").unwrap_err().code(), "no-such-member");
}

#[test]
fn a_bare_file_is_its_own_only_member() {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    workbook.add_worksheet().write_string(0, 0, "HCPC").unwrap();
    let xlsx = workbook.save_to_buffer().unwrap();
    for (name, bytes) in [
        ("in/codes.txt", b"J2329".to_vec()),
        ("a.csv", b"x,y".to_vec()),
        ("book.xlsx", xlsx),
        ("old.xls", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1\0\0".to_vec()),
    ] {
        let mut archive = Archive::open(name, &bytes).unwrap();
        let member = archive.member_names().next().unwrap().to_owned();
        assert!(archive.is_bare(), "{name}");
        assert_eq!(member, base_name(name));
        assert_eq!(*archive.read(&member).unwrap(), bytes);
    }
}

#[test]
fn what_is_no_zip_is_refused_with_its_own_code() {
    for (name, bytes, code) in [
        ("a.zip", &b""[..], "empty-file"),
        ("a.zip", b"\r\n<!DOCTYPE html><html>", "html-instead-of-zip"),
        ("a.csv", b"\xEF\xBB\xBF<html lang=en>", "html-instead-of-zip"),
        ("a.zip", b"not a zip at all", "not-a-zip"),
        ("a.txt", b"\0\x01\x02binary", "not-a-zip"),
        ("a.zip", b"PK\x03\x04 and then nothing of use", "zip-truncated"),
    ] {
        assert_eq!(refused(name, bytes), code, "{name}");
    }
}

#[test]
fn a_cut_zip_is_refused_wherever_it_was_cut() {
    let noise: Vec<u8> = (0..2_000_u32)
        .flat_map(|n| (n.wrapping_mul(2_654_435_761)).to_le_bytes())
        .collect();
    let whole = zip_of(&[("a.txt", &noise)]);
    for length in [whole.len() / 2, whole.len() - 30, whole.len() - 1] {
        assert_eq!(refused("a.zip", &whole[..length]), "zip-truncated", "{length}");
    }
}

#[test]
fn a_damaged_member_is_refused() {
    let whole = zip_of(&[(
        "a.txt",
        b"some text that is long enough to be packed packed packed packed",
    )]);
    let mut damaged = whole.clone();
    damaged[45] ^= 0xFF;
    assert!(read_within(Limits::CMS, &whole).is_ok());
    assert_eq!(read_within(Limits::CMS, &damaged), Err("member-damaged"));
}

#[test]
fn paths_that_lead_outside_are_refused() {
    for name in [
        "../a.txt",
        "x/../../a.txt",
        "/etc/a.txt",
        "\\a.txt",
        "..\\a.txt",
        "C:\\a.txt",
        "C:a.txt",
    ] {
        // The writer mends such names, so they are put in afterwards.
        let placeholder = "x".repeat(name.len());
        let bytes = zip_of(&[(&placeholder, b"x")]);
        let bytes = patched(bytes, placeholder.as_bytes(), name.as_bytes());
        assert_eq!(refused("a.zip", &bytes), "path-outside-zip", "{name}");
    }
}

#[test]
fn links_encrypted_and_duplicate_members_are_refused() {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer
        .add_symlink("link.txt", "/etc/passwd", SimpleFileOptions::default())
        .unwrap();
    let linked = writer.finish().unwrap().into_inner();
    assert_eq!(refused("a.zip", &linked), "symlink-member");

    // Bit 0 of the general purpose flags, in the local and in the central header.
    let mut encrypted = zip_of(&[("a.txt", b"secret")]);
    encrypted[6] |= 1;
    let central = encrypted
        .windows(4)
        .position(|four| four == b"PK\x01\x02")
        .unwrap();
    encrypted[central + 8] |= 1;
    assert_eq!(refused("a.zip", &encrypted), "encrypted-member");

    let twice = patched(
        zip_of(&[("a.txt", b"one"), ("b.txt", b"two")]),
        b"b.txt",
        b"a.txt",
    );
    assert_eq!(refused("a.zip", &twice), "duplicate-member");
}

#[test]
fn limits_hold_at_their_edge() {
    let one = |size: usize| {
        let noise: Vec<u8> = (0..size)
            .map(|n| u8::try_from((n * 7919 / 13) % 251).unwrap())
            .collect();
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        writer.start_file("a.txt", stored).unwrap();
        writer.write_all(&noise).unwrap();
        writer.finish().unwrap().into_inner()
    };
    assert_eq!(read_within(SMALL, &one(2_000)).unwrap().len(), 2_000);
    assert_eq!(read_within(SMALL, &one(2_001)), Err("member-too-large"));
    assert_eq!(read_within(SMALL, &one(9_990)), Err("file-too-large"));
    let zeros = |size: usize| zip_of(&[("a.txt", &vec![0; size])]);
    assert_eq!(read_within(SMALL, &zeros(100)).unwrap().len(), 100);
    assert_eq!(read_within(SMALL, &zeros(1_900)), Err("zip-bomb"));
    let four = zip_of(&[("a", b""), ("b", b""), ("c", b""), ("d", b"")]);
    assert_eq!(read_within(SMALL, &four), Err("too-many-members"));
    let named = |length: usize| zip_of(&[(&"n".repeat(length), b"")]);
    assert_eq!(read_within(SMALL, &named(20)).unwrap().len(), 0);
    assert_eq!(read_within(SMALL, &named(21)), Err("member-name-too-long"));
    let bare = |size: usize| Archive::open_within(SMALL, "a.csv", &vec![b'x'; size]).map(|_| ());
    assert!(bare(2_000).is_ok());
    assert_eq!(bare(2_001).unwrap_err().code(), "file-too-large");
    let much = zip_of(&[("a", &[1; 1_900]), ("b", &[1; 1_900])]);
    assert_eq!(read_within(SMALL, &much), Err("zip-too-large"));
}

#[test]
fn a_bomb_that_declares_a_small_size_is_stopped_by_what_comes_out() {
    let packed = zip_of(&[("a.txt", &vec![0; 30 << 20])]);
    let bytes = patched(packed, &(30_u32 << 20).to_le_bytes(), &100_u32.to_le_bytes());
    let mut archive = Archive::open("a.zip", &bytes).unwrap();
    let refused = archive.read("a.txt").unwrap_err();
    assert!(
        ["zip-bomb", "member-damaged"].contains(&refused.code()),
        "{refused}"
    );
}

#[test]
fn a_workbook_that_is_a_bomb_is_refused() {
    let bytes = zip_of(&[
        ("[Content_Types].xml", b"<x/>"),
        ("xl/sheet1.xml", &vec![b' '; 30 << 20]),
    ]);
    assert_eq!(check_workbook(&bytes).unwrap_err().code(), "zip-bomb");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_damage_makes_it_panic(at in 0_usize..200, value: u8, cut in 0_usize..200) {
        let mut bytes = zip_of(&[("a.txt", b"some text, some text, some text"), ("b.csv", b"x,y\r\n1,2\r\n")]);
        let length = bytes.len();
        bytes[at % length] = value;
        bytes.truncate(length - cut.min(length) / 2);
        if let Ok(mut archive) = Archive::open("a.zip", &bytes) {
            let names: Vec<String> = archive.member_names().map(str::to_owned).collect();
            for name in names {
                let _ = archive.read(&name);
            }
        }
    }
}
