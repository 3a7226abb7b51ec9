//! Times every stage of the pipeline: `cargo bench`, or `cargo bench -- readers` for one group.
//!
//! Real CMS files are read from the folder given by `HCPCS_WATCH_SHARED` (default `../shared`); without them, files of
//! the same shape are made up, and the first line says so. `docs/PERFORMANCE.md` tells how to read the figures.
#![cfg(test)]

mod data;
mod instructions;
mod matching;
mod practice;
mod readers;
mod reporting;
#[path = "../../tests/support/shared.rs"]
mod shared;
mod storing;
mod synthetic;
mod telling;
mod whole_runs;

use divan::AllocProfiler;

/// Counts what the measured code allocates.
#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    if let Some(stage) = instructions::asked_for() {
        instructions::run(&stage);
        return;
    }
    eprintln!("Input: {}.", data::get().origin);
    divan::main();
}
