//! Every text is read without loss, and every place lies in it.
#![no_main]

use harden::syntax;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let file = syntax::parse(text);
    assert!(file.is_lossless());
    for instruction in &file.instructions {
        assert!(
            text.get(instruction.span.start..instruction.span.end)
                .is_some()
        );
    }
});
