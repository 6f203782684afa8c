//! Where a formula is right and its numbers are not: intermediate results that overflow, quotients that round over an
//! integer, branches that are not taken and yet have a derivative.

use wengert::{Dual, Pool, Tape, Tensor};
use wengert_tests::{assert_all_close, assert_same, grad};

const INF: f64 = f64::INFINITY;

/// The gradient of the sum of `f` at `x`.
fn slopes(x: &[f64], f: impl Fn(Tensor<f64>) -> Tensor<f64>) -> Vec<f64> {
    let tape = Tape::<f64>::new();
    let x = tape.leaf(x);
    f(x).sum().backward();
    grad(x).unwrap()
}

/// The Hessian of the sum of `f` at `x` times ones, recorded and by `hvp`.
fn curvatures(x: &[f64], f: impl Fn(Tensor<f64>) -> Tensor<f64>) -> [Vec<f64>; 2] {
    let tape = Tape::<f64>::new();
    let ones = vec![1.0; x.len()];
    let x = tape.leaf(x);
    let y = f(x).sum();
    let hvp = tape.hvp(y, &[x], &[ones])[0].to_vec();
    let slopes = tape.grad_recorded(&[y], &[x])[0];
    [tape.grad(&[slopes.sum()], &[x])[0].to_vec(), hvp]
}

#[test]
fn an_integer_power_is_right_at_the_ends_of_the_integers() {
    for (x, n, y, slope) in
        [(0.5f32, i32::MAX, 0.0, 0.0), (2.0, i32::MIN, 0.0, 0.0), (1.0, i32::MIN, 1.0, i32::MIN as f32)]
    {
        let tape = Tape::<f32>::new();
        let (a, b) = (tape.leaf([x]), tape.scalar(x));
        let (of_a, of_b) = (a.powi(n), b.powi(n));
        of_a.backward();
        of_b.backward();
        assert_eq!((of_a.item(), of_b.value()), (y, y), "{x}^{n}");
        assert_eq!((a.grad().unwrap()[0], b.grad()), (slope, Some(slope)), "{x}^{n}");
        let [dual] = Dual::<f32, 1>::independent([x]);
        assert_eq!((dual.powi(n).value, dual.powi(n).dot), (y, [slope]), "{x}^{n}");
    }
    assert_eq!(slopes(&[2.0, 0.5, 1.0], |x| x.powi(i32::MIN)), [0.0, -INF, f64::from(i32::MIN)]);
}

/// `1 / 0.1` is rounded to 10, and 0.1 goes into 1 nine times, with a rest.
#[test]
fn a_remainder_is_linear_in_the_divisor_with_the_exact_quotient() {
    assert_eq!(slopes(&[0.1], |b| (b * 0.0 + 1.0).fmod(b)), [-9.0]);
    assert_eq!(slopes(&[0.1], |b| (b * 0.0 - 1.0).fmod(b)), [9.0]);
    let five = |b: Tensor<f64>| b.detach().clamp(5.0, 5.0);
    assert_eq!(slopes(&[-3.0, 7.0, INF, 0.0], |b| five(b).fmod(b)), [1.0, 0.0, 0.0, -INF]);
    let tape = Tape::<f64>::new();
    let b = tape.scalar(0.1);
    (1.0 % b).backward();
    assert_eq!(b.grad(), Some(-9.0));
}

#[test]
fn what_is_not_taken_has_no_second_derivative_either() {
    type Row = (&'static str, fn(Tensor<f64>) -> Tensor<f64>, [f64; 3]);
    let rows: [Row; 6] = [
        ("smooth_l1", |x| x.smooth_l1(0.0), [0.0; 3]),
        ("pow 0", |x| x.pow(0.0), [0.0; 3]),
        ("powi 0", |x| x.powi(0), [0.0; 3]),
        ("0 to the power", |x| (x.detach() * 0.0).pow(x), [0.0; 3]),
        // Of one element each, which is its size.
        ("norm 1/2", |x| x.unsqueeze(1).norm_axes(1, 0.5), [0.0; 3]),
        ("norm -1", |x| x.unsqueeze(1).norm_axes(1, -1.0), [0.0; 3]),
    ];
    for (name, f, want) in rows {
        let [recorded, hvp] = curvatures(&[0.0, 2.0, 3.0], f);
        assert_all_close(format!("{name}, recorded"), &recorded, &want, 1e-12);
        assert_all_close(format!("{name}, hvp"), &hvp, &want, 1e-12);
    }
}

#[test]
fn a_euclidean_norm_neither_overflows_nor_vanishes_on_the_way() {
    for size in [1e200f64, 1e-200, 1e307, 1e-300] {
        let x = [3.0 * size, -4.0 * size];
        let want = x[0].hypot(x[1]);
        let tape = Tape::<f64>::new();
        let leaf = tape.leaf(x);
        assert_all_close(size, &[leaf.norm(2).item() / want], &[1.0], 1e-14);
        let unit = [x[0] / want, x[1] / want];
        assert_all_close(size, &slopes(&x, |x| x.norm(2)), &unit, 1e-14);
        assert_all_close(size, &leaf.normalize(2.0, 0, 0.0).to_vec(), &unit, 1e-14);
        assert_all_close(size, &[leaf.cosine_similarity(leaf, 0, 0.0).item()], &[1.0], 1e-14);
    }
    let tape = Tape::<f32>::new();
    assert_eq!(tape.leaf([3e20f32, 4e20]).norm(2).item(), 5e20);
    assert_eq!(tape.leaf([[3e-30f32, 4e-30], [0.0, 0.0]]).norm_axes(1, 2).to_vec(), [5e-30, 0.0]);
    let wild = tape
        .leaf([[f32::INFINITY, 1.0], [f32::NAN, 1.0], [f32::NAN, f32::INFINITY]])
        .norm_axes(1, 2)
        .to_vec();
    assert!(wild[0] == f32::INFINITY && wild[1].is_nan() && wild[2].is_nan(), "{wild:?}");
}

/// PyTorch has variances in double precision, of which only the result is rounded.
#[test]
fn a_deviation_is_finite_where_its_variance_is_not() {
    let tape = Tape::<f32>::new();
    let x = tape.leaf([1e20f32, -1e20]);
    let y = x.std(0);
    y.backward();
    assert_eq!((y.item(), x.var(0).item()), (1e20, f32::INFINITY));
    assert_eq!(x.grad().unwrap().as_slice().unwrap(), [0.5, -0.5]);
    assert_same("f64", &slopes(&[1e200, -1e200], |x| x.std(0)), &[0.5, -0.5]);
}

#[test]
fn an_angle_has_slopes_where_the_squares_of_its_sides_have_no_size() {
    for size in [1e200f64, 1e-200, 1.0] {
        let tape = Tape::<f64>::new();
        let (a, b) = (tape.leaf(3.0 * size), tape.leaf(4.0 * size));
        a.atan2(b).backward();
        let got = [a, b].map(|x| x.grad().unwrap().sum() * size);
        assert_all_close(size, &got, &[0.16, -0.12], 1e-15);
    }
    assert_same("nowhere", &slopes(&[0.0, -0.0], |x| x.atan2(x * 0.0)), &[0.0, 0.0]);
    let [recorded, hvp] = curvatures(&[0.0, 3.0], |x| x.atan2(4.0));
    assert_all_close("recorded", &recorded, &[0.0, -24.0 / 625.0], 1e-15);
    assert_all_close("hvp", &hvp, &[0.0, -24.0 / 625.0], 1e-15);
}

/// The derivative of the exponential is a block of a larger one, in which an adjoint stands beside the matrix.
#[test]
fn the_slope_of_a_matrix_exponential_is_linear_in_the_adjoint() {
    let tape = Tape::<f64>::new();
    let a = tape.leaf([[0.3, 0.1], [0.2, 0.4]]);
    let along = [[[1.0, -0.5], [2.0, 0.0]]];
    let sum = a.matrix_exp().sum();
    let (slope, curve) = (tape.grad(&[sum], &[a])[0].to_vec(), tape.hvp(sum, &[a], &along)[0].to_vec());
    for size in [1e4, 1e12, 1e100, 1e-100] {
        let y = a.matrix_exp().sum() * size;
        let over = |x: &Tensor<f64>| x.to_vec().iter().map(|x| x / size).collect::<Vec<_>>();
        assert_all_close(size, &over(&tape.grad(&[y], &[a])[0]), &slope, 1e-14);
        assert_all_close(size, &over(&tape.hvp(y, &[a], &along)[0]), &curve, 1e-14);
    }
    let far = |x: f64| <[f64; 4]>::try_from(tape.leaf([[0.0, x], [0.0, 0.0]]).matrix_exp().to_vec()).unwrap();
    assert_all_close("far", &far(1e300).map(|x| x / 1e300), &[1e-300, 1.0, 0.0, 1e-300], 1e-15);
    // The norm is no number: it was taken for a reason to halve two thousand million times.
    assert_eq!(tape.leaf([[1e308, 1e308], [1e308, 1e308]]).matrix_exp().to_vec(), [INF; 4]);
}

/// All of `y` is `want`, to what 512 roundings the same way may take.
#[track_caller]
fn near(name: &str, y: Tensor<f32>, want: f32) {
    assert!(y.to_vec().iter().all(|y| (y / want - 1.0).abs() < 2e-5), "{name}: {y}");
}

/// A lane of thousands of like numbers is rounded one way, over and over.
#[test]
fn a_sum_of_many_like_numbers_keeps_its_digits() {
    let tape = Tape::<f32>::new();
    let x = tape.leaf(vec![0.1f32; 1_000_000]);
    let got = [x.sum().item() / 1e6, x.mean().item(), x.norm(2).item() / 1e3, x.norm(1).item() / 1e6];
    assert!(got.iter().all(|got| (got - 0.1).abs() < 2e-7), "{got:?}");
    assert!(x.var(1).item() < 1e-13);
    // Along any axes, and where a layer measures its channels.
    near("rows", x.reshape([-1, 2]).sum_axes(0), 5e4);
    near("column", x.reshape([-1, 1]).sum_axes(0), 1e5);
    near("hundred columns", x.reshape([-1, 100]).mean_axes(0), 0.1);
    near("lanes", x.reshape([2, -1]).sum_axes(1), 5e4);
    near("channel", x.reshape([1000, 1, 1000]).batch_statistics().0, 0.1);
    let steps =
        tape.leaf((0..1_000_000).map(|k| (k % 2) as f32).collect::<Vec<_>>()).reshape([1000, 1, 1000]);
    near("variance of a channel", steps.batch_statistics().1, 0.25);
    let size = steps.batch_norm(None, None, None, 0.0).square().mean();
    near("a normalised channel", size, 1.0);
    // So far, in one window, and in a product.
    near("running sum", x.cumsum(0).slice(0, -1..), 1e5);
    near("running sums beside each other", x.reshape([2, -1, 100]).cumsum(1).slice(1, -1..), 500.0);
    let logarithms = x.logcumsumexp(0).slice(0, -1..) - 0.1;
    near("running logarithm", logarithms, 1e6f32.ln());
    let image = x.reshape([1, 1, 1000, 1000]);
    near("window", image.avg_pool2d(&Pool::new([1000, 1000])), 0.1);
    near("dot", x.dot(tape.ones([1_000_000])), 1e5);
    for columns in [1usize, 2, 8, 100] {
        let rows = x.reshape([-1, columns as isize]);
        let ones = tape.ones([rows.shape()[0]]);
        near("vector times matrix", ones.matmul(rows), 1e5 / columns as f32);
        near("matrix times vector", rows.t().matmul(ones), 1e5 / columns as f32);
    }
}

/// What comes back to an operand that was repeated, as the weights and the bias of a layer, is such a sum.
#[test]
fn an_adjoint_of_many_like_numbers_keeps_its_digits() {
    let tape = Tape::<f32>::new();
    let x = tape.leaf(vec![0.1f32; 1_000_000]);
    near("running sum", tape.grad_with(&[x.cumsum(0)], &[x], &[x])[0].slice(0, ..1), 1e5);
    for columns in [1usize, 2, 10, 100] {
        let (w, rows) = (tape.leaf(vec![1.0; columns]), x.reshape([-1, columns as isize]));
        let want = 1e5 / columns as f32;
        near("weights", tape.grad(&[(rows * w).sum()], &[w])[0], want);
        near("weights of columns", tape.grad(&[(rows.t() * w.reshape([-1, 1])).sum()], &[w])[0], want);
        let seed = rows * 1.0;
        near("bias", tape.grad_with(&[rows + w], &[seed], &[w])[0], want);
        near("bias taken away", tape.grad_with(&[rows - w], &[seed], &[w])[0], -want);
        let cut = x.reshape([-1, 1, 10 * columns as isize]).slice(2, ..columns as isize);
        near("parts of rows", tape.grad(&[(cut * w).sum()], &[w])[0], want / 10.0);
        let normalised = rows.layer_norm([columns], None, Some(w), 1e-5);
        near("bias after a norm", tape.grad_with(&[normalised], &[seed], &[w])[0], want);
    }
}

#[test]
fn what_is_joined_keeps_its_sign() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([-0.0, 0.0]);
    let joined = [tape.cat(&[x, x], 0), tape.stack(&[x, x], 0), tape.stack(&[x.at([0]), x.at([1])], 0)];
    for y in joined {
        let signs: Vec<bool> = y.to_vec().iter().map(|y| y.is_sign_negative()).collect();
        assert_eq!(signs, [true, false].repeat(signs.len() / 2));
    }
}

/// The logarithm of the determinant of nothing is 0, not -0.
#[test]
fn a_sum_of_nothing_is_zero() {
    let tape = Tape::<f64>::new();
    let none = tape.leaf((Vec::new(), [0, 0]));
    assert!(none.slogdet().1.item().is_sign_positive() && none.logdet().item().is_sign_positive());
}

#[test]
fn the_tanh_form_of_gelu_is_flat_far_out() {
    let far = [1e200, -1e200, 1e155, -30.0, 30.0];
    assert_eq!(slopes(&far, |x| x.gelu_tanh()), [1.0, 0.0, 1.0, 0.0, 1.0]);
    assert_eq!(curvatures(&far, |x| x.gelu_tanh()), [vec![0.0; 5], vec![0.0; 5]]);
    let tape = Tape::<f32>::new();
    let x = tape.leaf([1e20f32, -1e20, 99.0, 101.0]);
    x.gelu_tanh().sum().backward();
    assert_eq!(grad(x), Some(vec![1.0, 0.0, 1.0, 1.0]));
}

/// Against mpmath, relative to what is small. What is lost are the digits of `-x / sqrt 2` below its last, times `x^2`.
#[test]
fn gelu_keeps_its_digits_in_the_left_tail() {
    // The operand, the value, its slope, its second derivative.
    let rows = [
        [-37.0, -2.1184613523340935e-298, -7.838298669418516e-297, -2.898048955934136e-295],
        [-20.0, -5.507248237212468e-88, -1.1014360483133464e-86, -2.1973374481395856e-85],
        [-5.0, -1.4332578593959695e-6, -7.146946001792295e-6, -3.4194548838888845e-5],
        [-1e-20, -5e-21, 0.5, 0.7978845608028654],
        [0.0, 0.0, 0.5, 0.7978845608028654],
        [0.5, 0.34573123063700656, 0.8674951246561629, 0.6161143218375241],
        [6.0, 5.999999994080474, 1.0000000354687095, -2.065800168939917e-7],
    ];
    let x = rows.map(|row| row[0]);
    let [recorded, by_hvp] = curvatures(&x, |x| x.gelu());
    let got =
        [(Tape::new().leaf(x).gelu().to_vec(), 1), (slopes(&x, |x| x.gelu()), 2), (recorded, 3), (by_hvp, 3)];
    for (got, column) in got {
        for (row, got) in rows.iter().zip(got) {
            let (x, want) = (row[0], row[column]);
            assert!((got - want).abs() <= 4e-13 * want.abs(), "at {x}: {got:e}, not {want:e}");
        }
    }
    for (x, y, slope) in [(-13.0f32, -7.95231372e-38, -1.03373044e-36), (-5.0, -1.43325786e-6, -7.146946e-6)]
    {
        let tape = Tape::<f32>::new();
        let (x, scalar) = (tape.leaf([x; 40]), tape.scalar(x));
        let (of_x, of_scalar) = (x.gelu(), scalar.gelu());
        of_x.sum().backward();
        of_scalar.backward();
        let got = [of_x.to_vec()[0], of_scalar.value(), x.grad().unwrap()[0], scalar.grad().unwrap()];
        for (got, want) in got.into_iter().zip([y, y, slope, slope]) {
            assert!((f64::from(got) / want - 1.0).abs() < 2e-5, "at {x}: {got:e}, not {want:e}");
        }
    }
}
