//! watches the CMS quarterly HCPCS and ASP files and tells a practice when a drug billed under J3590
//! gets its own code.
//!
//! Data flows one way: [`config`] and the drug list, [`fetch`], [`archive`], [`cms`] (parsing), [`validate`],
//! [`store`], [`matching`], [`alerts`], [`mail`]. [`pipeline`] is the one module that knows all stages; [`cli`]
//! reads arguments, calls it and presents the result. The picture is in `docs/ARCHITECTURE.md`.

pub mod alerts;
pub mod archive;
mod blanks;
pub mod cli;
pub mod cms;
pub mod code_history;
pub mod code_on_date;
pub mod config;
pub mod day_sheet;
pub mod domain;
pub mod drug_list;
pub mod fetch;
mod lines;
pub mod mail;
pub mod matching;
pub mod pipeline;
pub mod private;
pub mod report;
#[cfg(test)]
#[path = "../tests/support/shared.rs"]
mod shared;
pub mod staged;
pub mod store;
pub mod validate;
