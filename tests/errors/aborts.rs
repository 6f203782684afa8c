//! What may end the process is tried in one of its own: this test's binary, run again for one test.

use std::process::Command;

use wengert::{Error, Mask, Pad, Pool, Reduction, Tape};
use wengert_tests::{panic_text, still_works};

const CHILD: &str = "WENGERT_TESTS_CHILD";

/// Runs the named test of this binary again, as a child in which [`is_child`] holds.
///
/// It gets 32 GiB of addresses: a system that promises memory it does not have would give what no test can fill. Under the
/// address sanitizer, which takes more for itself, its allocator refuses.
#[track_caller]
fn survives(test: &str) {
    let binary = std::env::current_exe().expect("the test's own binary");
    let mut command = Command::new("sh");
    if cfg!(target_os = "linux") && std::env::var_os("ASAN_OPTIONS").is_none() {
        command.args(["-c", "ulimit -v 33554432; exec \"$0\" \"$@\""]).arg(binary);
    } else {
        command = Command::new(binary);
    }
    let output = command
        .args(["--exact", test, "--nocapture"])
        .env(CHILD, "1")
        .env("RUST_BACKTRACE", "0")
        .output()
        .expect("a child");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{test}: the child ended with {}: {said}", output.status);
}

fn is_child() -> bool {
    std::env::var_os(CHILD).is_some()
}

/// 2^45 numbers are 2^48 bytes: a size that an allocator takes, and that no machine has.
#[test]
fn memory_that_cannot_be_had_is_an_error_and_no_abort() {
    if !is_child() {
        return survives("aborts::memory_that_cannot_be_had_is_an_error_and_no_abort");
    }
    let tape = Tape::<f64>::new();
    let x = tape.leaf(1.0);
    let text = panic_text(|| tape.zeros([1usize << 45]));
    let asked = 1u64 << 45;
    let says = format!(
        "zeros: no memory for {asked} slots: there is room for 511 more, and the system gives none beyond\n"
    );
    assert!(text.starts_with(&says), "{text}");
    assert!(x.expand([1usize << 45]).try_exp().is_err());
    still_works(&tape);
}

#[test]
fn room_that_cannot_be_had_is_an_error_and_no_abort() {
    if !is_child() {
        return survives("aborts::room_that_cannot_be_had_is_an_error_and_no_abort");
    }
    let text = panic_text(|| Tape::<f64>::with_capacity(1 << 45, 0));
    assert!(text.contains("with_capacity: no memory for 35184372088832 slots: "), "{text}");
    assert!(text.ends_with("\n  help: ask for fewer"), "{text}");
    let text = panic_text(|| Tape::<f64>::with_capacity(usize::MAX, 0));
    assert!(text.starts_with("with_capacity: the tape is full: at most "), "{text}");
    assert!(text.ends_with("\n  help: ask for fewer"), "{text}");
}

/// Asks for a list of so many elements, and gets the error in the name of the op, at the line of the call.
#[track_caller]
fn refused<V>(tape: &Tape<f64>, op: &str, answer: wengert::Result<V>) {
    let line = std::panic::Location::caller().line();
    let error = answer.err().unwrap_or_else(|| panic!("{op}: there is memory for it"));
    assert!(matches!(error, Error::Capacity { .. }), "{error}");
    let text = error.to_string();
    assert!(text.starts_with(&format!("{op}: no memory for ")), "{op}: {text}");
    assert!(text.contains(&format!("tests/errors/aborts.rs:{line}:")), "{op}, {line}: {text}");
    still_works(tape);
}

/// A view of one number has any shape; what needs a list as long needs memory for it.
#[test]
fn lists_of_any_shape_are_errors_and_no_abort() {
    if !cfg!(target_os = "linux") {
        return; // Masks of 2^45 bytes might be promised, and be filled.
    }
    if !is_child() {
        return survives("aborts::lists_of_any_shape_are_errors_and_no_abort");
    }
    let tape = &Tape::<f64>::new();
    let (leaf, n) = (tape.leaf(1.0), 1usize << 45);
    let (big, wide) = (tape.constant(1.0).expand([n]), leaf.expand([n]));
    let (table, images) = (leaf.expand([1 << 22, 1 << 23]), leaf.expand([1, 1, 1 << 22, 1 << 23]));
    let before = tape.stats().instructions;

    // What is read.
    refused(tape, "value", big.try_value());
    refused(tape, "to_vec", big.try_to_vec());
    refused(tape, "gt", big.try_gt(0.0));
    refused(tape, "isnan", big.try_isnan());
    refused(tape, "argmax", big.try_argmax());
    refused(tape, "argmax", big.try_argmax_axis(0));
    refused(tape, "argsort", big.try_argsort(0, false));
    refused(tape, "count_nonzero", big.try_count_nonzero());
    refused(tape, "nan_cause", wide.try_nan_cause());

    // What is picked and put.
    refused(tape, "sort", big.try_sort(0, false));
    refused(tape, "topk", big.try_topk(1, 0, true));
    refused(tape, "kthvalue", big.try_kthvalue(1, 0));
    refused(tape, "median", big.try_median_with_indices(0));
    refused(tape, "max", big.try_max_with_indices(0));
    refused(tape, "masked_select", big.try_masked_select(&Mask::from(true)));
    refused(tape, "scatter", big.try_scatter(0, [0], 1.0));
    refused(tape, "index_get", table.try_index_get(&[[0, 1, 2, 3].repeat(1 << 15).into()]));
    refused(tape, "index_put", big.try_index_put(&[0.into()], 1.0, false));
    refused(tape, "diag_embed", leaf.expand([n, 1]).try_diag_embed(0));
    refused(tape, "pad", big.try_pad(&[(1, 1)], Pad::Replicate));
    assert!(big.try_unbind(0).is_err() && big.try_split_every(1, 0).is_err());

    // Layers.
    refused(tape, "dropout", big.try_dropout(0.5, 1));
    refused(tape, "bce_loss", big.try_bce_loss(0.5, Reduction::Mean));
    refused(tape, "max_pool2d", images.try_max_pool2d(&Pool::new([1, 1])));
    refused(tape, "adaptive_avg_pool2d", leaf.expand([1, 1, 1]).try_adaptive_avg_pool2d([1, n]));
    refused(tape, "det", leaf.expand([1 << 22, 1 << 22]).try_det());
    refused(tape, "svdvals", table.try_svdvals());
    refused(tape, "lu", tape.zeros([1 << 23, 0]).try_lu());
    refused(tape, "matrix_power", leaf.expand([1 << 23, 1 << 23]).try_matrix_power(0));

    // Creations.
    refused(tape, "randn", tape.try_randn([n], 1));
    refused(tape, "eye", tape.try_eye(1 << 23));
    refused(tape, "one_hot", tape.try_one_hot(0, n));
    refused(tape, "leaf", tape.try_leaf(big));
    refused(tape, "constant", tape.try_constant(big));

    // Sweeps and scopes.
    refused(tape, "backward", wide.try_backward_with(big));
    refused(tape, "grad", tape.try_grad_with(&[wide], &[big], &[leaf]));
    refused(tape, "jvp", tape.try_jvp(&[wide], &[leaf], &[1.0]));
    refused(tape, "scope", tape.try_scope(|| tape.constant(1.0).expand([n])));
    assert!(leaf.grad().is_none());
    assert!(tape.stats().instructions <= before + 8, "{} were recorded", tape.stats().instructions - before);

    let mask = Mask::new(vec![true; 1 << 24], [1 << 24, 1]);
    let text = panic_text(|| &mask & &Mask::new(vec![true; 1 << 24], [1 << 24]));
    assert!(text.starts_with("and: no memory for 281474976710656 elements: the system gives none"), "{text}");
    let text = panic_text(|| Mask::new(vec![], [n << 3, 0]).any_axes(1));
    assert!(text.starts_with("any: no memory for "), "{text}");
}

#[test]
fn jacobians_of_any_size_are_errors_and_no_abort() {
    if !is_child() {
        return survives("aborts::jacobians_of_any_size_are_errors_and_no_abort");
    }
    let tape = &Tape::<f64>::new();
    let x = tape.scalars(&vec![1.0; 1 << 21]);
    refused(tape, "jacobian", tape.try_jacobian(&x, &x));
    refused(tape, "vjp_lanes", tape.try_vjp_lanes(&x[..1], &vec![[1.0]; 1 << 21], &x));
}
