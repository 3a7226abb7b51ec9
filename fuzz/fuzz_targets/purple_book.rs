#![no_main]
hcpcs_watch_fuzz::target!(purple_book);
