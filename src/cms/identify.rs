//! Tells what a local file is: by its own name where that is one CMS gives, else by the names of its members and by its
//! content.

use super::effective_quarter::{NamedQuarter, of_name};
use super::members::{Role, main_member, role};
use super::read::{Opened, period_quarter};
use super::refusal::{Refusal, in_words};
use super::site::Naming;
use super::{Dated, asp_pricing, hcpcs_file, ndc_crosswalk, noc, purple_book};
use crate::archive::base_name;
use crate::domain::quarter::Quarter;
use crate::domain::source::Source;
use chrono::NaiveDate;

/// What the file `bytes` is to be taken for: what `name` says where it is named as CMS names its files, else what
/// [`identify`] finds.
///
/// [`read`](super::read()) holds the content against it. So a damaged file is refused as the file it should have been,
/// and one whose name and content disagree takes the place of no quarter.
pub fn taken_for(name: &str, bytes: &[u8]) -> Result<(Source, Quarter), Refusal> {
    Naming::of(name).file().map_or_else(|| identify(name, bytes), Ok)
}

/// The series and the quarter of the file `bytes`, known as `name`.
///
/// The series comes from the members of a zip or, for a bare file, from its columns. The quarter comes from the
/// `Effective ... through ...` row, else from the member's name, else (HCPCS) from the codes it adds, else from `name`.
/// A Purple Book listing is not quarterly: its quarter is that of its newest approval.
///
/// Refused is what cannot be opened, is none of the files read here, belongs to two series at once, or does not tell
/// its quarter.
pub fn identify(name: &str, bytes: &[u8]) -> Result<(Source, Quarter), Refusal> {
    let mut opened = Opened::open(name, bytes)?;
    let (role, member) = if opened.archive.is_bare() {
        let member = base_name(name).to_owned();
        (bare_role(&mut opened, &member)?, member)
    } else {
        zip_role(&opened)?
    };
    let bytes = opened.bytes(&member)?;
    let quarter = match inner_quarter(role, &member, &bytes)? {
        Some(quarter) => Some(quarter),
        None => match of_name(name) {
            Some(NamedQuarter::Quarter(quarter)) => Some(quarter),
            _ => None,
        },
    };
    let quarter = quarter.ok_or_else(|| Refusal::NoQuarter {
        file: name.to_owned(),
    })?;
    Ok((role.series(), quarter))
}

/// The role and the main member of a zip: exactly one series may be in it.
fn zip_role(opened: &Opened<'_>) -> Result<(Role, String), Refusal> {
    let mut found: Vec<(Role, String)> = Vec::new();
    for series in Source::ALL {
        for role in Role::of_series(series) {
            if found.iter().any(|(known, _)| known.series() == series) {
                continue;
            }
            let member = main_member(&opened.file, &opened.archive, *role)?;
            found.extend(member.map(|member| (*role, member)));
        }
    }
    let unknown = |found| Refusal::UnknownFile {
        file: opened.file.clone(),
        found,
    };
    match found.len() {
        1 => found.pop().ok_or_else(|| unknown(String::new())),
        0 => Err(unknown(in_words(opened.archive.member_names()))),
        _ => {
            let members = in_words(found.iter().map(|(_, member)| member.as_str()));
            Err(unknown(format!("the main files of several series: {members}")))
        }
    }
}

/// Whether the bytes of a member are laid out as one kind of file.
type Fits = fn(&str, &[u8]) -> bool;

/// The role of a file without a zip around it: its content decides, its name only where the content has no header.
fn bare_role(opened: &mut Opened<'_>, member: &str) -> Result<Role, Refusal> {
    let bytes = opened.bytes(member)?;
    let by_content: [(Role, Fits); 7] = [
        (Role::Codes, |_, bytes| hcpcs_file::is_fixed_width(bytes)),
        (Role::Codes, hcpcs_file::is_workbook),
        (Role::Pricing, asp_pricing::has_header),
        (Role::Crosswalk, ndc_crosswalk::has_header),
        (Role::NocPricing, noc::has_pricing_header),
        (Role::NocCrosswalk, noc::has_crosswalk_header),
        (Role::PurpleBook, purple_book::has_header),
    ];
    let recognised = by_content.into_iter().find(|(_, fits)| fits(member, &bytes));
    recognised
        .map(|(role, _)| role)
        .or_else(|| role(member))
        .ok_or_else(|| Refusal::UnknownFile {
            file: opened.file.clone(),
            found: "no columns of a file that is read".to_owned(),
        })
}

/// The quarter that the member itself tells.
fn inner_quarter(role: Role, member: &str, bytes: &[u8]) -> Result<Option<Quarter>, Refusal> {
    let stated = match role {
        Role::Codes => None,
        Role::Pricing => stated(&asp_pricing::parse(member, bytes)?)?,
        Role::Crosswalk => stated(&ndc_crosswalk::parse(member, bytes)?)?,
        Role::NocPricing => stated(&noc::parse_pricing(member, bytes)?)?,
        Role::NocCrosswalk => stated(&noc::parse_crosswalk(member, bytes)?)?,
        Role::PurpleBook => {
            let newest = newest_approval(member, bytes)?;
            return Ok(newest.and_then(Quarter::containing));
        }
    };
    let named = of_name(base_name(member));
    Ok(match (stated, named) {
        (Some(quarter), _) | (None, Some(NamedQuarter::Quarter(quarter))) => Some(quarter),
        (None, named) if role == Role::Codes => {
            let added = hcpcs_file::quarter_of_additions(&hcpcs_file::parse(member, bytes)?);
            added.map(|(quarter, _)| quarter).or(match named {
                Some(NamedQuarter::Year(year)) => Quarter::new(year, 1),
                _ => None,
            })
        }
        _ => None,
    })
}

fn stated<R>(dated: &Dated<R>) -> Result<Option<Quarter>, Refusal> {
    Ok(period_quarter(dated)?.map(|(quarter, _)| quarter))
}

fn newest_approval(member: &str, bytes: &[u8]) -> Result<Option<NaiveDate>, Refusal> {
    let table = purple_book::parse(member, bytes)?;
    Ok(table
        .rows
        .iter()
        .filter_map(|placed| placed.row.approved_on)
        .max())
}
