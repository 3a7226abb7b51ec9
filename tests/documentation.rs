//! What the manuals promise is so.
#![cfg(test)]

use std::path::Path;
use std::process::Command;

fn read(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// The kebab-case codes that a source file gives out.
fn codes(source: &str) -> Vec<String> {
    let is_code = |text: &&str| {
        text.contains('-')
            && text
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    source
        .lines()
        .filter_map(|line| line.split_once("=> \"")?.1.split_once("\","))
        .map(|(code, _)| code)
        .filter(is_code)
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_reason_to_refuse_a_file_is_in_the_manual_and_no_other() {
    let manual = read("docs/DIAGNOSTICS.md");
    let sources = [
        "src/archive/error.rs",
        "src/cms/refusal.rs",
        "src/validate/failed_gate.rs",
        "src/validate/share.rs",
    ];
    let given: Vec<String> = sources.iter().flat_map(|name| codes(&read(name))).collect();
    assert!(given.len() > 30, "{given:?}");
    for code in &given {
        assert!(
            manual.contains(&format!("| `{code}` |")),
            "{code} is not in docs/DIAGNOSTICS.md"
        );
    }
    for row in manual
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
    {
        assert!(
            given.iter().any(|code| code == row.0),
            "{} is given by no source",
            row.0
        );
    }
}

#[test]
fn every_command_of_the_readme_is_one_and_every_command_is_in_the_readme() {
    let readme = read("README.md");
    let help = Command::new(env!("CARGO_BIN_EXE_hcpcs-watch"))
        .arg("--help")
        .output()
        .unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let listed = help
        .split_once("Commands:")
        .unwrap()
        .1
        .split_once("\n\n")
        .unwrap()
        .0;
    let commands: Vec<&str> = listed
        .lines()
        .filter_map(|line| line.strip_prefix("  ").filter(|rest| !rest.starts_with(' ')))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect();
    assert!(commands.len() >= 9, "{commands:?}");
    for command in &commands {
        assert!(
            readme.contains(&format!("| `{command} ")) || readme.contains(&format!("| `{command}`")),
            "{command} is not in the README"
        );
    }
    let table = readme
        .split_once("## Commands")
        .unwrap()
        .1
        .split_once("\n## ")
        .unwrap()
        .0;
    for row in table.lines().filter_map(|line| line.strip_prefix("| `")) {
        let command = row.split([' ', '`']).next().unwrap();
        assert!(
            commands.contains(&command),
            "the README names {command}, which is no command"
        );
    }
}

#[test]
fn files_the_readme_links_to_exist() {
    let readme = read("README.md");
    let targets = readme
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(target, _)| target);
    for target in targets.filter(|target| !target.starts_with("http")) {
        assert!(
            Path::new(env!("CARGO_MANIFEST_DIR")).join(target).exists(),
            "{target}"
        );
    }
}

/// The names of tests in a manual: words in backticks that only a function can have.
fn tests_named(manual: &str) -> Vec<&str> {
    let quoted = manual.split('`').skip(1).step_by(2);
    quoted
        .map(|name| name.rsplit("::").next().unwrap_or(name))
        .filter(|name| name.matches('_').count() >= 3 && !name.contains([' ', '.', '/']))
        .filter(|name| {
            name.chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        })
        .collect()
}

fn add_sources(folder: &Path, text: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            add_sources(&path, text);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            text.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
}

#[test]
fn every_test_that_a_manual_names_is_there() {
    let mut sources = String::new();
    for folder in ["src", "tests"] {
        add_sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut sources);
    }
    let security = read("docs/SECURITY.md");
    assert!(tests_named(&security).len() > 30);
    for name in tests_named(&security)
        .into_iter()
        .chain(tests_named(&read("docs/TESTING.md")))
    {
        assert!(
            sources.contains(&format!("fn {name}(")),
            "there is no test {name}"
        );
    }
}
