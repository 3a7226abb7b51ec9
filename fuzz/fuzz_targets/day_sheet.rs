#![no_main]
hcpcs_watch_fuzz::target!(day_sheet);
