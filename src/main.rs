//! The `hcpcs-watch` command.

fn main() -> std::process::ExitCode {
    hcpcs_watch::cli::main(std::env::args_os()).into()
}
