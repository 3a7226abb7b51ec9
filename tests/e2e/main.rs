//! The real binary from end to end: the fixtures in a folder or on a stand-in for the CMS site, mail as files or to a
//! mail server of the test's own, and what a biller and an operator then read.
#![cfg(test)]

mod broken_files;
#[path = "../support/certificates.rs"]
mod certificates;
mod contract;
mod delivery;
#[path = "../support/fake_cms.rs"]
mod fake_cms;
mod first_run;
mod list;
mod mirror;
mod old_claims;
mod practice;
#[path = "../support/shared.rs"]
mod shared;
mod site_faults;
#[expect(
    dead_code,
    reason = "the faults of certificates and connections are for the tests of the transport"
)]
#[path = "../support/smtp_server.rs"]
mod smtp_server;
mod story;
