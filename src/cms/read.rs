//! From the bytes of a downloaded file to its rows: opens it, picks the member, parses it, and holds the quarter it
//! was taken for against what its names and its own words say.

use super::effective_quarter::{NamedQuarter, of_name};
use super::hcpcs_file::{self, HcpcsRecord};
use super::members::{Role, main_member, required_member};
use super::refusal::{Refusal, in_words};
use super::{Dated, Table, asp_pricing, ndc_crosswalk, noc, purple_book};
use crate::archive::{Archive, base_name};
use crate::cms::asp_pricing::PricingRow;
use crate::cms::ndc_crosswalk::CrosswalkRow;
use crate::cms::noc::NocTables;
use crate::cms::purple_book::PurpleBookProduct;
use crate::domain::quarter::Quarter;
use crate::domain::source::{Source, SourceFile};
use std::borrow::Cow;

/// The rows of a file, by its series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A HCPCS release.
    Hcpcs(Table<HcpcsRecord>),
    /// A pricing file.
    AspPricing(Table<PricingRow>),
    /// A crosswalk.
    NdcCrosswalk(Table<CrosswalkRow>),
    /// The NOC files.
    Noc(NocTables),
    /// A Purple Book listing.
    PurpleBook(Table<PurpleBookProduct>),
}

/// Opens and parses `bytes`, the file described by `file`.
///
/// The quarter of `file` must agree with the name of the main member and with the file's own `Effective ... through
/// ...` row, so far as they name one. A pricing file, crosswalk or NOC file that names none anywhere is refused. A
/// HCPCS release has no such row: where its member's name has no month (the annual files, and files renamed by hand),
/// the quarter in which most of the codes it adds begin decides; a release that tells nothing at all is believed.
pub fn read(file: &SourceFile, bytes: &[u8]) -> Result<Content, Refusal> {
    let mut opened = Opened::open(&file.name, bytes)?;
    match file.source {
        Source::Hcpcs => {
            let (member, bytes) = opened.required(Role::Codes)?;
            let table = hcpcs_file::parse(&member, &bytes)?;
            check_release_quarter(file, &member, &table)?;
            Ok(Content::Hcpcs(table))
        }
        Source::AspPricing => {
            let (member, bytes) = opened.required(Role::Pricing)?;
            checked(file, asp_pricing::parse(&member, &bytes)?).map(Content::AspPricing)
        }
        Source::NdcCrosswalk => {
            let (member, bytes) = opened.required(Role::Crosswalk)?;
            checked(file, ndc_crosswalk::parse(&member, &bytes)?).map(Content::NdcCrosswalk)
        }
        Source::Noc => read_noc(file, &mut opened).map(Content::Noc),
        Source::PurpleBook => {
            let (member, bytes) = opened.required(Role::PurpleBook)?;
            purple_book::parse(&member, &bytes).map(Content::PurpleBook)
        }
    }
}

/// A member's name and its bytes.
type NamedBytes<'a> = (String, Cow<'a, [u8]>);

/// An opened file with the name to complain about.
pub(super) struct Opened<'a> {
    pub(super) file: String,
    pub(super) archive: Archive<'a>,
}

impl<'a> Opened<'a> {
    pub(super) fn open(file: &str, bytes: &'a [u8]) -> Result<Self, Refusal> {
        let archive = Archive::open(file, bytes).map_err(|cause| Refusal::Archive {
            file: file.to_owned(),
            cause,
        })?;
        Ok(Self {
            file: file.to_owned(),
            archive,
        })
    }

    pub(super) fn bytes(&mut self, member: &str) -> Result<Cow<'a, [u8]>, Refusal> {
        self.archive.read(member).map_err(|cause| Refusal::Archive {
            file: self.file.clone(),
            cause,
        })
    }

    fn required(&mut self, role: Role) -> Result<NamedBytes<'a>, Refusal> {
        let member = required_member(&self.file, &self.archive, role)?;
        let bytes = self.bytes(&member)?;
        Ok((member, bytes))
    }

    fn optional(&mut self, role: Role) -> Result<Option<NamedBytes<'a>>, Refusal> {
        let Some(member) = main_member(&self.file, &self.archive, role)? else {
            return Ok(None);
        };
        let bytes = self.bytes(&member)?;
        Ok(Some((member, bytes)))
    }
}

fn read_noc(file: &SourceFile, opened: &mut Opened<'_>) -> Result<NocTables, Refusal> {
    if opened.archive.is_bare() {
        let (member, bytes) = opened.required(Role::NocPricing)?;
        let is_crosswalk = noc::has_crosswalk_header(&member, &bytes);
        return Ok(if is_crosswalk {
            NocTables {
                pricing: None,
                crosswalk: Some(checked(file, noc::parse_crosswalk(&member, &bytes)?)?),
            }
        } else {
            NocTables {
                pricing: Some(checked(file, noc::parse_pricing(&member, &bytes)?)?),
                crosswalk: None,
            }
        });
    }
    let pricing = opened.optional(Role::NocPricing)?;
    let crosswalk = opened.optional(Role::NocCrosswalk)?;
    if pricing.is_none() && crosswalk.is_none() {
        return Err(Refusal::NoMainMember {
            file: file.name.clone(),
            series: Source::Noc,
            found: in_words(opened.archive.member_names()),
        });
    }
    let pricing = pricing.map(|(member, bytes)| checked(file, noc::parse_pricing(&member, &bytes)?));
    let crosswalk = crosswalk.map(|(member, bytes)| checked(file, noc::parse_crosswalk(&member, &bytes)?));
    Ok(NocTables {
        pricing: pricing.transpose()?,
        crosswalk: crosswalk.transpose()?,
    })
}

/// The table, where its period and its member's name agree with the quarter of `file`.
fn checked<R>(file: &SourceFile, dated: Dated<R>) -> Result<Table<R>, Refusal> {
    let stated = period_quarter(&dated)?;
    if let Some((quarter, place)) = &stated {
        agree(file, *quarter, place)?;
    }
    let member = &dated.table.member;
    match of_name(base_name(member)) {
        Some(NamedQuarter::Quarter(quarter)) => agree(file, quarter, &name_place(member))?,
        _ if stated.is_none() => {
            return Err(Refusal::NoQuarter {
                file: file.name.clone(),
            });
        }
        _ => {}
    }
    Ok(dated.table)
}

/// The quarter of the period row with the place it stands in; refused where the period is none.
pub(super) fn period_quarter<R>(dated: &Dated<R>) -> Result<Option<(Quarter, String)>, Refusal> {
    let Some((line, text, period)) = &dated.period else {
        return Ok(None);
    };
    let member = dated.table.member.clone();
    let quarter = period.quarter().ok_or_else(|| Refusal::PeriodIsNoQuarter {
        member: member.clone(),
        line: *line,
        period: text.clone(),
    })?;
    Ok(Some((quarter, format!("line {line} of `{member}`, \"{text}\","))))
}

fn check_release_quarter(file: &SourceFile, member: &str, table: &Table<HcpcsRecord>) -> Result<(), Refusal> {
    let named = of_name(base_name(member));
    if let Some(NamedQuarter::Quarter(quarter)) = named {
        return agree(file, quarter, &name_place(member));
    }
    if let Some(NamedQuarter::Year(year)) = named
        && year != file.quarter.year()
    {
        let january = Quarter::new(year, 1).unwrap_or(file.quarter);
        return agree(file, january, &name_place(member));
    }
    if let Some((quarter, _)) = hcpcs_file::quarter_of_additions(table) {
        let place = format!("the quarter in which most codes added by `{member}` begin");
        return agree(file, quarter, &place);
    }
    match named {
        Some(NamedQuarter::Year(year)) => {
            let january = Quarter::new(year, 1).unwrap_or(file.quarter);
            agree(file, january, &name_place(member))
        }
        _ => Ok(()),
    }
}

fn name_place(member: &str) -> String {
    format!("the name of `{member}`")
}

fn agree(file: &SourceFile, found: Quarter, place: &str) -> Result<(), Refusal> {
    if found == file.quarter {
        return Ok(());
    }
    Err(Refusal::WrongQuarter {
        file: file.name.clone(),
        expected: file.quarter,
        found,
        place: place.to_owned(),
    })
}
