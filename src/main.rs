//! The `hcpcs-watch` command.

fn main() -> std::process::ExitCode {
    std::process::ExitCode::SUCCESS
}
