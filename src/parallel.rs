//! Work on two processors.

use std::panic::resume_unwind;
use std::thread::scope;

/// Does `other` on a thread of its own beside `here`, which stays on the caller's; gives both results. A panic of either
/// is the caller's.
pub(crate) fn beside<H, O: Send>(here: impl FnOnce() -> H, other: impl FnOnce() -> O + Send) -> (H, O) {
    scope(|scope| {
        let other = scope.spawn(other);
        let here = here();
        (here, other.join().unwrap_or_else(|panic| resume_unwind(panic)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_results_are_given_and_a_panic_is_not_lost() {
        assert_eq!(beside(|| 1, || "two"), (1, "two"));
        let lost = std::panic::catch_unwind(|| beside(|| 1, || panic!("on the other thread")));
        assert!(lost.is_err());
    }
}
