#![no_main]
hcpcs_watch_fuzz::target!(sheet);
