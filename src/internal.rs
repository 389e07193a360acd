//! Bugs of harden: told as errors, with the place, and kept to the file in which they happen.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};

thread_local! {
    static LAST: Cell<Option<String>> = const { Cell::new(None) };
}

/// From now on a panic is not printed, but kept for [`catch`].
pub fn keep_panics() {
    panic::set_hook(Box::new(|panic| {
        let payload = panic.payload();
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
        let message = text.unwrap_or("unknown");
        let place = panic.location().map(|at| format!(" ({at})"));
        LAST.set(Some(format!("{message}{}", place.unwrap_or_default())));
    }));
}

/// Runs `work`.
///
/// # Errors
/// The message of a panic in it.
pub fn catch<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    panic::catch_unwind(AssertUnwindSafe(work)).map_err(|_| {
        let message = LAST.take().unwrap_or_default();
        format!("internal error: {message}; please report it")
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_panic_is_told_with_its_place() {
        super::keep_panics();
        let error = super::catch(|| panic!("no {}", "way")).unwrap_err();
        let _ = std::panic::take_hook();
        let start = "internal error: no way (src/internal.rs:";
        assert!(error.starts_with(start), "{error}");
        assert_eq!(super::catch(|| 1), Ok(1));
    }
}
