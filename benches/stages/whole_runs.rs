//! Commands from end to end.

use crate::data::{self, DRUGS, QUARTERS};
use crate::practice::{Practice, today};
use divan::Bencher;
use divan::counter::ItemsCount;
use std::process::{Command, Stdio};

/// Three zips in a folder, an empty database, 500 drugs: fetched, read, stored, matched, told.
#[divan::bench(sample_count = 10)]
fn first_run(bencher: Bencher<'_, '_>) {
    bencher
        .with_inputs(Practice::before_its_first_run)
        .bench_local_values(|practice| {
            let report = practice.run(false);
            (practice, report)
        });
}

/// The same run again, when nothing is new.
#[divan::bench(sample_count = 20)]
fn unchanged_run(bencher: Bencher<'_, '_>) {
    let practice = Practice::before_its_first_run();
    practice.run(false);
    bencher.bench_local(|| practice.run(false));
}

/// 28 quarters in one import, no drugs.
#[divan::bench(sample_count = 3, sample_size = 1)]
fn history_in_one_import(bencher: Bencher<'_, '_>) {
    bencher
        .counter(ItemsCount::new(QUARTERS))
        .with_inputs(|| Practice::new(&[], &data::get().downloads))
        .bench_local_values(|practice| {
            let report = practice.import_all();
            (practice, report)
        });
}

/// 28 quarters as they came, each with its own import, 500 drugs watched all the time.
#[divan::bench(sample_count = 3, sample_size = 1)]
fn replay_of_28_quarters(bencher: Bencher<'_, '_>) {
    bencher
        .counter(ItemsCount::new(QUARTERS))
        .with_inputs(|| {
            let practice = Practice::new(&[], &data::get().downloads);
            practice.sync(&data::get().drugs(DRUGS));
            practice
        })
        .bench_local_values(|practice| {
            for quarter in data::quarters() {
                let files = data::get()
                    .downloads
                    .iter()
                    .filter(|file| file.quarter == quarter);
                practice.import(&practice.offered(files), quarter.first_day());
            }
            practice
        });
}

/// The process itself, from start to exit.
#[divan::bench(args = ["--version", "status", "code --dos 2025-11-01 1", "drugs list"], sample_count = 20)]
fn start_up(bencher: Bencher<'_, '_>, command: &str) {
    let config = Practice::told().config_file();
    let today = today().to_string();
    bencher.bench_local(|| {
        let status = Command::new(env!("CARGO_BIN_EXE_hcpcs-watch"))
            .arg("--config")
            .arg(&config)
            .args(["--today", &today])
            .args(command.split(' '))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert!(status.success(), "{command}: {status}");
    });
}
