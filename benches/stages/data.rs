//! What the stages are fed: 28 quarters of files and a drug list, real where they can be had, else synthetic.

use crate::shared::shared;
use crate::synthetic;
use hcpcs_watch::archive::Archive;
use hcpcs_watch::cms::{self, Content};
use hcpcs_watch::domain::drug::DrugEntry;
use hcpcs_watch::domain::ndc::Ndc;
use hcpcs_watch::domain::quarter::Quarter;
use hcpcs_watch::domain::source::{Sha256, Source, SourceFile};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// The quarters measured: 2019Q1 to 2025Q4.
pub(crate) const QUARTERS: usize = 28;
/// The drugs of a large practice.
pub(crate) const DRUGS: usize = 500;

/// A file as downloaded.
#[derive(Debug, Clone)]
pub(crate) struct Download {
    pub(crate) source: Source,
    pub(crate) quarter: Quarter,
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// A member of a download, unpacked.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// Everything the stages are fed.
#[derive(Debug)]
pub(crate) struct Data {
    /// Where it comes from, in words.
    pub(crate) origin: String,
    /// Every file, oldest quarter first.
    pub(crate) downloads: Vec<Download>,
    /// The products a practice would list, as many as a large one has.
    pub(crate) products: Vec<DrugEntry>,
}

/// The input of all benches, read or made once.
pub(crate) fn get() -> &'static Data {
    static DATA: LazyLock<Data> =
        LazyLock::new(|| shared("cms/mirror/files").map_or_else(synthetic::data, |folder| real(&folder)));
    &DATA
}

/// The quarters measured, oldest first.
pub(crate) fn quarters() -> impl Iterator<Item = Quarter> {
    let first = Quarter::new(2019, 1).unwrap();
    std::iter::successors(Some(first), |quarter| Some(quarter.next())).take(QUARTERS)
}

impl Data {
    /// The file of `source` for the last quarter.
    pub(crate) fn newest(&self, source: Source) -> &Download {
        self.downloads.iter().rfind(|file| file.source == source).unwrap()
    }

    /// The files of the last quarter.
    pub(crate) fn last_quarter(&self) -> impl Iterator<Item = &Download> {
        let last = quarters().last().unwrap();
        self.downloads.iter().filter(move |file| file.quarter == last)
    }

    /// A list of `count` drugs; beyond the products known it repeats itself under other brands.
    pub(crate) fn drugs(&self, count: usize) -> Vec<DrugEntry> {
        let rounds = (0..).flat_map(|round| self.products.iter().map(move |entry| (round, entry)));
        let entry = |(round, entry): (usize, &DrugEntry)| DrugEntry {
            brand: match (&entry.brand, round) {
                (brand, 0) => brand.clone(),
                (brand, _) => Some(format!("{} {round}", brand.as_deref().unwrap_or("Brand"))),
            },
            ..entry.clone()
        };
        rounds.take(count).map(entry).collect()
    }
}

impl Download {
    /// The largest member whose name ends in `ending`: a release holds smaller tables beside its own.
    pub(crate) fn member(&self, ending: &str) -> Member {
        let mut archive = Archive::open(&self.name, &self.bytes).unwrap();
        let names: Vec<String> = archive.member_names().map(str::to_owned).collect();
        let members = names.into_iter().filter(|name| name.ends_with(ending));
        let members = members.map(|name| Member {
            bytes: archive.read(&name).unwrap().into_owned(),
            name,
        });
        members.max_by_key(|member| member.bytes.len()).unwrap()
    }

    /// What it is, for the reader and the store.
    pub(crate) fn described(&self) -> SourceFile {
        SourceFile {
            source: self.source,
            quarter: self.quarter,
            origin: self.name.clone(),
            name: self.name.clone(),
            sha256: Sha256::of(&self.bytes),
        }
    }

    /// Its rows.
    pub(crate) fn content(&self) -> Content {
        cms::read(&self.described(), &self.bytes).unwrap()
    }
}

/// A drug of the list, with nothing but what it is called and its NDC.
pub(crate) fn entry(brand: &str, proper_name: &str, ndc: Option<Ndc>) -> DrugEntry {
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    DrugEntry {
        brand: given(brand),
        proper_name: given(proper_name),
        ndcs: ndc.into_iter().collect(),
        ..DrugEntry::default()
    }
}

fn real(shared: &Path) -> Data {
    let downloads = real_downloads(&shared.join("cms/mirror/files"));
    let drugs = real_drugs(shared, &downloads);
    Data {
        origin: format!("real CMS files of {}", shared.display()),
        downloads,
        products: drugs,
    }
}

/// One file a series and quarter: the last posting.
fn real_downloads(folder: &Path) -> Vec<Download> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|item| item.unwrap().path())
        .collect();
    paths.sort();
    let last = quarters().last().unwrap();
    let mut newest: BTreeMap<(Quarter, Source), Download> = BTreeMap::new();
    for path in paths {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if let Some((source, quarter)) = of_name(&name).filter(|(_, quarter)| *quarter <= last) {
            let bytes = std::fs::read(&path).unwrap();
            let download = Download {
                source,
                quarter,
                name,
                bytes,
            };
            newest.insert((quarter, source), download);
        }
    }
    newest.into_values().collect()
}

/// Source and quarter of `xwalk-2025-oct.zip`.
fn of_name(name: &str) -> Option<(Source, Quarter)> {
    let mut words = name.split(['-', '.']);
    let source = match words.next()? {
        "hcpcs" => Source::Hcpcs,
        "asp" => Source::AspPricing,
        "xwalk" => Source::NdcCrosswalk,
        _ => return None,
    };
    let year = words.next()?.parse().ok()?;
    Some((source, Quarter::from_release_month(words.next()?, year)?))
}

/// The products that are known to have got a code, then those of the Purple Book, with an NDC where the crosswalk lists
/// one under their brand.
fn real_drugs(shared: &Path, downloads: &[Download]) -> Vec<DrugEntry> {
    let crosswalk = downloads
        .iter()
        .rfind(|file| file.source == Source::NdcCrosswalk)
        .unwrap();
    let Content::NdcCrosswalk(listed) = crosswalk.content() else {
        unreachable!("a crosswalk holds crosswalk rows");
    };
    let ndcs: HashMap<String, Ndc> = listed
        .rows
        .into_iter()
        .map(|placed| (placed.row.drug_name.to_lowercase(), placed.row.ndc))
        .collect();
    let mut listed = Vec::new();
    let transitions = std::fs::read_to_string(shared.join("truth/transitions.tsv")).unwrap();
    for line in transitions.lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        listed.push(entry(cells[0], cells[1], cells[2].parse().ok()));
    }
    let book = std::fs::read(shared.join("cms/purple-book.csv")).unwrap();
    let book = cms::purple_book::parse("purple-book.csv", &book).unwrap();
    for product in book.rows.into_iter().map(|placed| placed.row) {
        let brand = product.brands.first().cloned().unwrap_or_default();
        let ndc = ndcs.get(&brand.to_lowercase()).copied();
        listed.push(entry(&brand, &product.proper_name, ndc));
    }
    let mut seen = HashSet::new();
    listed.retain(|entry| {
        seen.insert([&entry.brand, &entry.proper_name].map(|name| name.as_deref().map(str::to_lowercase)))
    });
    listed.truncate(DRUGS);
    listed
}
