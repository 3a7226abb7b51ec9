//! The readers that the fuzz targets try by coverage: those of `tests/fuzz_corpus.rs`.

#[path = "../../tests/support/readers.rs"]
pub mod readers;

#[doc(hidden)]
pub use libfuzzer_sys;

/// The fuzz target of one reader.
///
/// libFuzzer's binding would end the process at any panic. The workbook reader's panics are caught and told as a refusal;
/// only one that gets out of the reader is a finding, so the panic hook of the binding is taken off and the usual one put back.
#[macro_export]
macro_rules! target {
    ($reader:ident) => {
        $crate::libfuzzer_sys::fuzz_target!(
            init: drop(std::panic::take_hook()),
            |bytes: &[u8]| $crate::readers::$reader(bytes)
        );
    };
}
