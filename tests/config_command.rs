//! The real binary: `config` and `completions`, their streams and exit codes.

use assert_cmd::Command;
use predicates::prelude::*;
use std::path::Path;

const BINARY: &str = env!("CARGO_BIN_EXE_hcpcs-watch");

fn hcpcs_watch(folder: &Path) -> Command {
    let mut command = Command::new(BINARY);
    command
        .current_dir(folder)
        .env_remove("HCPCS_WATCH_SMTP_PASSWORD")
        .env("XDG_CONFIG_HOME", folder.join("config-home"));
    command
}

#[test]
fn a_new_practice_writes_checks_and_sees_its_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let run = |words: &[&str]| hcpcs_watch(folder.path()).args(words).assert();
    run(&["config", "check"])
        .code(3)
        .stdout("")
        .stderr(predicate::str::contains("hcpcs-watch config init"));
    run(&["config", "init"])
        .code(0)
        .stdout(predicate::str::contains("hcpcs-watch.toml"));
    run(&["config", "init"])
        .code(1)
        .stderr(predicate::str::contains("never overwritten"));
    run(&["config", "check"])
        .code(3)
        .stderr(predicate::str::contains("reading the drug list drugs.csv"));
    std::fs::write(
        folder.path().join("drugs.csv"),
        "Brand;Proper name\nBriumvi;ublituximab-xiiy\n",
    )
    .unwrap();
    run(&["config", "check"])
        .code(0)
        .stdout(
            predicate::str::contains("hcpcs-watch.toml: all is well.")
                .and(predicate::str::contains("listed: 1.")),
        )
        .stdout(predicate::str::contains(
            "HCPCS_WATCH_SMTP_PASSWORD (mail.password_env) is not set",
        ));
    run(&["config", "show"])
        .code(0)
        .stdout(predicate::str::contains("location = \"https://www.cms.gov/\""))
        .stderr("");
}

#[test]
fn every_problem_of_list_and_configuration_is_told_on_stderr_with_code_3() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write(
        "bad.toml",
        "[practice]\ntime_zone = \"Mars\"\n[mail]\ntransport = \"none\"\npassword = \"hunter2\"\n",
    );
    let check = |name: &str| {
        hcpcs_watch(folder.path())
            .args(["config", "check", "--config", name])
            .assert()
    };
    check("bad.toml")
        .code(3)
        .stdout("")
        .stderr(predicate::str::contains("3 problems"))
        .stderr(predicate::str::contains("line 2: practice.time_zone = \"Mars\""))
        .stderr(predicate::str::contains("hunter2").not());
    write(
        "list.toml",
        "[practice]\nname = \"x\"\ndrug_list = \"list.csv\"\n[mail]\ntransport = \"none\"\n",
    );
    write("list.csv", "brand,ndc\nBriumvi,7315015006\nLeqembi,\u{1b}[2J\n");
    check("list.toml")
        .code(3)
        .stderr(predicate::str::contains("line 2, ndc `7315015006`"))
        .stderr(predicate::str::contains("line 3, ndc"))
        .stderr(predicate::str::contains("\u{1b}").not());
}

#[test]
fn a_completion_script_is_printed_for_each_shell() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let printed = hcpcs_watch(folder.path())
            .args(["completions", shell])
            .assert()
            .code(0);
        printed.stdout(predicate::str::contains("hcpcs-watch"));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_and_no_panic() {
    let folder = tempfile::tempdir().unwrap();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let ended = std::process::Command::new(BINARY)
        .args(["completions", "bash"])
        .current_dir(folder.path())
        .stdout(full)
        .stderr(std::process::Stdio::piped())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!(ended.status.code(), Some(1), "{told}");
    assert!(
        told.contains("error: writing the result to stdout") && !told.contains("panicked"),
        "{told}"
    );
}
