//! The audit report, in each of its formats, over several quarters of files: what it says, what it said on earlier days,
//! and whether a tampered event log shows.
#![cfg(test)]

#[path = "audit/browser.rs"]
mod browser;
#[path = "audit/event_log.rs"]
mod event_log;
#[path = "audit/formats.rs"]
mod formats;
#[path = "audit/knowledge.rs"]
mod knowledge;
#[path = "audit/practice.rs"]
mod practice;
#[path = "audit/real_quarters.rs"]
mod real_quarters;
#[path = "support/shared.rs"]
mod shared;
#[path = "support/webdriver.rs"]
mod webdriver;
