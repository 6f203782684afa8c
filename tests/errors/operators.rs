//! Operators and plain methods panic with the text of their twins' errors, and with nothing else.

use wengert::{Error, Tape, Tensor};
use wengert_tests::{live, panic_text, still_works};

/// The text without its places.
fn placeless(text: &str) -> String {
    text.lines()
        .filter(|line| !line.starts_with("  recorded at ") && !line.starts_with("  called at "))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn plain_methods_panic_with_the_text_of_their_twins() {
    let tape = Tape::<f64>::new();
    let (x, y, c) = (tape.leaf([[1.0, 2.0], [3.0, 4.0]]), tape.leaf([1.0, 2.0, 3.0]), tape.constant(1.0));
    let (none, view) = (tape.leaf(Vec::<f64>::new()), x.t());
    let nothing: [Tensor<f64>; 0] = [];
    fn ignore<V>(_: V) {}
    macro_rules! twins {
        ($($twin:expr => $plain:expr;)*) => {$({
            let before = live(&tape);
            let error: Error = $twin.map(ignore).expect_err(stringify!($twin));
            let text = panic_text(|| ignore($plain));
            assert_eq!(placeless(&text), placeless(&error.to_string()), "{}", stringify!($plain));
            let place = format!(" at {}:", file!());
            assert!(text.contains(&place), "{}: {text}", stringify!($plain));
            assert_eq!(live(&tape), before, "{}", stringify!($plain));
        })*};
    }
    twins! {
        x.try_add(y) => x + y;
        x.try_add(y) => x.add(y);
        x.try_add(y) => &x + &y;
        x.try_sub(y) => x - y;
        x.try_mul(y) => x * y;
        x.try_div(y) => x / y;
        x.try_pow(y) => x.pow(y);
        x.try_add(y) => { let mut z = x; z += y; z };
        x.try_matmul(y) => x.matmul(y);
        x.try_sum_axes(7) => x.sum_axes(7);
        x.try_mean_axes([0, 0]) => x.mean_axes([0, 0]);
        none.try_max() => none.max();
        x.try_logsumexp_keepdims(-9) => x.logsumexp_keepdims(-9);
        x.try_reshape([3]) => x.reshape([3]);
        x.try_reshape([-1, 3]) => x.reshape([-1, 3]);
        x.try_expand([3]) => x.expand([3]);
        x.try_broadcast_to([3, 3]) => x.broadcast_to([3, 3]);
        x.try_transpose(0, 2) => x.transpose(0, 2);
        x.try_permute([0]) => x.permute([0]);
        x.try_slice(0, (.., 0)) => x.slice(0, (.., 0));
        x.try_index_axis(0, 2) => x.index_axis(0, 2);
        x.try_squeeze_axes(2) => x.squeeze_axes(2);
        x.try_unsqueeze(9) => x.unsqueeze(9);
        x.try_flip([0, 0]) => x.flip([0, 0]);
        x.try_at([0]) => x.at([0]);
        x.try_at([0, 2]) => x.at([0, 2]);
        x.try_item() => x.item();
        x.try_softmax(2) => x.softmax(2);
        x.try_log_softmax(2) => x.log_softmax(2);
        x.try_nll_loss([0, 2]) => x.nll_loss([0, 2]);
        x.try_backward() => x.backward();
        x.try_backward_with([1.0]) => x.backward_with([1.0]);
        c.try_backward() => c.backward();
        c.try_retain_grad() => c.retain_grad();
        view.try_retain_grad() => view.retain_grad();
        c.try_zero_grad() => c.zero_grad();
        x.try_set_value([1.0]) => x.set_value([1.0]);
        tape.try_leaf((vec![1.0], [2])) => tape.leaf((vec![1.0], [2]));
        tape.try_constant((vec![1.0], [2])) => tape.constant((vec![1.0], [2]));
        tape.try_cat(&nothing, 0) => tape.cat(&nothing, 0);
        tape.try_stack(&[x, x], 5) => tape.stack(&[x, x], 5);
        tape.try_grad(&[x], &[x]) => tape.grad(&[x], &[x]);
        tape.try_grad_with(&[x], &[1.0], &[x]) => tape.grad_with(&[x], &[1.0], &[x]);
    }
    tape.scope(|| {
        assert_eq!(
            placeless(&panic_text(|| tape.clear())),
            placeless(&tape.try_clear().unwrap_err().to_string())
        )
    });
    still_works(&tape);
}

#[test]
fn creations_without_a_twin_panic_with_an_errors_text_too() {
    let tape = Tape::<f64>::new();
    let first = |text: String| text.lines().next().unwrap_or_default().to_string();
    assert_eq!(
        first(panic_text(|| tape.zeros([-1, 2]))),
        "zeros: the shape [-1, 2] has the negative extent -1"
    );
    assert_eq!(first(panic_text(|| tape.randn(-5, 1))), "randn: the shape [-5] has the negative extent -5");
    assert_eq!(
        first(panic_text(|| tape.arange(0.0, 1.0, 0.0))),
        "arange: from 0 to 1 there are no steps of 0"
    );
    assert_eq!(
        first(panic_text(|| tape.arange(0.0, 1.0, -0.5))),
        "arange: from 0 to 1 there are no steps of -0.5"
    );
    assert_eq!(
        first(panic_text(|| tape.arange(0.0, 1.0, f64::NAN))),
        "arange: from 0 to 1 there are no steps of NaN"
    );
    assert_eq!(
        first(panic_text(|| tape.arange(0.0, f64::INFINITY, 1.0))),
        "arange: from 0 to inf there are no steps of 1"
    );
    assert_eq!(live(&tape).variables, 0);
    assert_eq!(tape.arange(1.0, -1.0, -0.5).to_vec(), [1.0, 0.5, 0.0, -0.5]);
    assert_eq!(tape.arange(1.0, 1.0, 0.5).to_vec(), [0.0; 0]);
    assert_eq!(
        (tape.eye(0).shape().to_vec(), tape.linspace(1.0, 2.0, 0).len(), tape.linspace(1.0, 2.0, 1).to_vec()),
        (vec![0, 0], 0, vec![1.0])
    );
    assert_eq!(tape.eye(2).to_vec(), [1.0, 0.0, 0.0, 1.0]);
    assert_eq!((tape.full([2], 7.0).to_vec(), tape.ones(()).item()), (vec![7.0, 7.0], 1.0));
    still_works(&tape);
}
