//! The checker on functions that are wrong, each in its own way, and on what only looks wrong.

use ndarray::array;
use wengert::check::{self, Check, Comparison, Report, Verdict};
use wengert::{Scalar, Tape, Tensor};
use wengert_tests::panic_text;

/// What is wrong, without repetition.
fn wrong(report: &Report) -> Vec<Comparison> {
    let mut found: Vec<Comparison> = Vec::new();
    for failure in report.failures() {
        if !found.contains(&failure.comparison) {
            found.push(failure.comparison);
        }
    }
    found
}

fn order_two(name: &str, at: f64, f: impl Fn(Tensor<f64>) -> Tensor<f64>) -> Report {
    check::gradients(name, &[at], |_, x| f(x[0]))
}

#[test]
fn a_right_function_is_right_in_every_comparison() {
    let report = check::gradients("mix", ([[0.3, -1.2], [2.0, 0.7]], [0.5, 1.5]), |_, x| {
        x[0].matmul(x[1].exp()).sin() * x[0].t().sum_axes(0)
    })
    .assert_ok();
    assert_eq!((report.name(), report.notes().count(), report.error()), ("mix", 0, None));
    assert!((report.taylor_order().unwrap() - 2.0).abs() < 0.1, "{report}");
    // 2 values; 6 elements for 2 outputs and weighted; each alone; 2 identities; recorded, twice and numeric;
    // alone thrice an element; and the Taylor remainder.
    assert_eq!(report.compared(), 2 + 6 * 3 + 6 + 2 + 6 * 3 + 6 * 3 + 1);
    let text = report.to_string();
    assert!(text.starts_with("mix: 65 comparisons agree, the Taylor remainder is of order "), "{text}");
}

#[test]
fn a_derivative_that_is_cut_is_told_with_both_numbers() {
    let report = check::gradients("square", &[[3.0, 1.0], [2.0, 5.0]], |_, x| {
        (x[0] * x[1].detach()).sum_axes(0) + x[1].slice(0, 0..1).sum()
    });
    assert!(!report.is_ok());
    assert_eq!(
        wrong(&report),
        [Comparison::Tangent, Comparison::Gradient, Comparison::Hessian, Comparison::Taylor]
    );
    let first = report.failures().next().unwrap();
    assert_eq!(first.input, Some((1, vec![0])));
    assert_eq!((first.analytic, first.verdict), (1.0, Verdict::Wrong));
    assert!((first.numeric - 4.0).abs() < 1e-9 && (first.error() - 3.0).abs() < 1e-9);
    let text = panic_text(|| report.clone().assert_ok());
    assert!(
        text.starts_with("square: 7 of 40 comparisons are wrong, the Taylor remainder is of order 1."),
        "{text}"
    );
    assert!(text.contains("\n  the derivative by input 1 at [0]: jvp 1.0, numeric 4.0"), "{text}");
    assert!(text.contains("\n  the gradient by input 1 at [1]: grad 0.0, numeric "), "{text}");
    assert!(text.contains("\n  help: `detach`, `no_grad`"), "{text}");
}

#[test]
fn a_function_that_is_wholly_cut_has_gradient_zero() {
    let report = check::gradients("cut", &[[1.0, 2.0]], |_, x| x[0].detach().square());
    assert!(report.failures().all(|failure| failure.analytic == 0.0 || failure.input.is_none()));
    assert!(!report.is_ok());
    let report = check::scalars("cut", &[2.0f64], |x| Scalar::from(x[0].value().powi(2)));
    assert!(!report.is_ok(), "{report}");
    // A constant is as constant as its derivative says.
    check::gradients("constant", &[[1.0, 2.0]], |tape, _| tape.constant([7.0, 8.0])).assert_ok();
    check::gradients("number", &[[1.0, 2.0]], |_: &Tape<f64>, _| 7.0).assert_ok();
}

/// The value of one function and the derivative of another: `f(x)` cut, plus `g(x) - g(x)` cut.
fn value_and_slope(value: Tensor<f64>, slope: Tensor<f64>) -> Tensor<f64> {
    value.detach() + slope - slope.detach()
}

#[test]
fn a_slope_that_is_slightly_off_is_wrong() {
    for (off, is_ok) in [(1e-6, false), (-1e-7, false), (1e-10, true)] {
        let report = order_two("off", 0.7, |x| value_and_slope(x.sin(), x.sin() * (1.0 + off)));
        assert_eq!(report.is_ok(), is_ok, "{off}: {report}");
    }
    let off = |x: Tensor<f64>| value_and_slope(x.sin(), x.sin() * (1.0 + 1e-6));
    assert!(Check::new("off").order(1).tolerance(1e-4).run(&[0.7], |_, x| off(x[0])).is_ok());
}

#[test]
fn a_wrong_second_order_is_found_where_the_first_is_right() {
    // The slope at every point is that of x^2, and its own slope is 0.
    let report = order_two("half", 1.5, |x| value_and_slope(x.square(), x * 2.0 * x.detach()));
    assert_eq!(wrong(&report), [Comparison::Hessian]);
    assert!(
        report.to_string().contains("the second derivative by input 0: hvp 0.0, numeric 2.0"),
        "{report}"
    );
    let first = Check::new("half").order(1);
    assert!(first.run(&[1.5], |_, x| value_and_slope(x[0].square(), x[0] * 2.0 * x[0].detach())).is_ok());
}

#[test]
fn a_sign_that_is_wrong_in_one_of_many_elements_is_found() {
    let sign = array![1.0, 1.0, -1.0, 1.0, 1.0];
    let report = check::gradients("one", &[[0.1, 0.2, 0.3, 0.4, 0.5]], |tape, x| {
        value_and_slope(x[0].exp(), x[0].exp() * tape.constant(&sign))
    });
    let places: Vec<_> = report.failures().filter_map(|failure| failure.input.clone()).collect();
    assert!(!places.is_empty() && places.iter().all(|place| *place == (0, vec![2])), "{report}");
    let outputs: Vec<_> = report.failures().filter_map(|failure| failure.output.clone()).collect();
    assert_eq!(outputs, [[2]], "{report}");
}

#[test]
fn a_function_of_many_elements_is_sampled() {
    let at = ndarray::Array1::linspace(-1.0, 1.0, 1000);
    let report = check::gradients("many", &[&at], |_, x| x[0].sin().sum()).assert_ok();
    assert!(report.compared() < 3200, "{report}");
    // What the sample misses, the tests that move all elements see.
    let cut = |x: Tensor<f64>| (x.sin().sum() - x.sin().at(501)) + x.sin().at(501).detach();
    let report = Check::new("many").elements(10).run(&[&at], |_, x| cut(x[0]));
    assert_eq!(wrong(&report), [Comparison::Taylor]);
}

#[test]
fn what_is_random_is_no_function() {
    let calls = std::cell::Cell::new(0.0);
    let report = check::gradients("random", &[1.0], |_, x| {
        calls.set(calls.get() + 1.0);
        x[0] * calls.get()
    });
    assert_eq!(wrong(&report)[0], Comparison::Value);
}

#[test]
fn kinks_are_noted_and_are_not_wrong() {
    let cases: [(&str, f64, fn(Tensor<f64>) -> Tensor<f64>, f64, f64); 5] = [
        ("abs", 0.0, |x| x.abs(), -1.0, 1.0),
        ("relu", 0.0, |x| x.relu(), 0.0, 1.0),
        ("bent", 1.0, |x| (x - 1.0).abs() * 0.01 + x.exp(), 1f64.exp() - 0.01, 1f64.exp() + 0.01),
        ("far", 1e6, |x| (x - 1e6).relu(), 0.0, 1.0),
        ("root", 0.0, |x| x.square().sqrt() * x.cos(), -1.0, 1.0),
    ];
    for (name, at, f, left, right) in cases {
        let report = order_two(name, at, f);
        if name == "root" {
            // 0 / 0: PyTorch's gradient is NaN too, and no choice between the slopes.
            assert!(
                !report.is_ok() && report.failures().all(|failure| failure.analytic.is_nan()),
                "{report}"
            );
            continue;
        }
        assert!(report.is_ok(), "{report}");
        let kink = report.notes().find(|note| note.comparison == Comparison::Tangent).expect("a kink");
        let Verdict::Kink { left: l, right: r } = kink.verdict else { panic!("{report}") };
        assert!((l - left).abs() < 1e-4 && (r - right).abs() < 1e-4, "{report}");
        assert!(
            report.to_string().contains(
                "not wrong, but not told by differences:\n  the derivative by input 0: kink, slope "
            ),
            "{report}"
        );
    }
    // The maximum of two that tie: each has half of it.
    let report = check::gradients("max", &[[2.0, 2.0, 1.0]], |_, x| x[0].max()).assert_ok();
    assert_eq!(report.notes().filter(|note| note.comparison == Comparison::Tangent).count(), 2, "{report}");
}

#[test]
fn a_kink_beside_the_point_does_not_disturb() {
    for distance in [1e-2, 1e-3, 1e-4, 1e-5] {
        let report = order_two("near", distance, |x| x.relu() * x).assert_ok();
        assert_eq!(report.notes().count(), 0, "{distance}: {report}");
    }
}

#[test]
fn a_derivative_beyond_the_slopes_of_a_kink_is_wrong() {
    let report = order_two("beyond", 0.0, |x| value_and_slope(x.abs(), x * 1.5));
    assert!(wrong(&report).contains(&Comparison::Gradient), "{report}");
    assert!(order_two("within", 0.0, |x| value_and_slope(x.abs(), x * 0.5)).is_ok());
}

#[test]
fn jumps_are_noted() {
    // 1 on the right of 0, else 0: the slope of relu.
    let step =
        |tape: &Tape<f64>, x: &[Tensor<f64>]| tape.grad_recorded(&[x[0].relu().sum()], x)[0] + x[0] * 0.0;
    let report = Check::new("step").all_active().run(&[[0.0, 1.0]], step).assert_ok();
    let jumps: Vec<_> = report.notes().filter(|note| note.verdict == Verdict::Jump).collect();
    assert!(jumps.iter().any(|note| note.input == Some((0, vec![0]))), "{report}");
    assert!(jumps.iter().all(|note| note.input == Some((0, vec![0]))), "{report}");
}

#[test]
fn the_edge_of_a_domain_is_noted() {
    let report = order_two("sqrt", 0.0, |x| x.sqrt()).assert_ok();
    assert!(report.notes().any(|note| note.verdict == Verdict::NotFinite), "{report}");
    let report = order_two("ln", -1.0, |x| x.ln()).assert_ok();
    assert!(report.notes().any(|note| note.verdict == Verdict::NotFinite), "{report}");
    // Near the edge steps become small enough.
    for at in [1e-2, 1e-4, 1e-6] {
        let report = order_two("ln", at, |x| x.ln()).assert_ok();
        assert_eq!(report.notes().count(), 0, "{report}");
    }
}

#[test]
fn a_gradient_that_is_not_finite_where_the_slope_is_is_wrong() {
    // The product of 0 and an infinite slope: sqrt at 0 that does not reach the value.
    let report = check::gradients("nan", ([0.0], [1.0]), |_, x| x[0].abs().sqrt() * 0.0 + x[1]);
    let nan = report.failures().find(|failure| failure.comparison == Comparison::Gradient).expect("NaN");
    assert!(nan.analytic.is_nan() && nan.numeric == 0.0, "{report}");
    assert!(report.to_string().contains("grad NaN, numeric 0.0"), "{report}");
}

#[test]
fn points_of_any_size_have_their_own_steps() {
    for at in [1e-9, 1e-3, 1.0, 1e3, 1e9] {
        order_two("ratio", at, |x| (x / (x + at)).sin()).assert_ok();
        order_two("log", at, |x| x.ln().sin() * x).assert_ok();
    }
    order_two("steep", 0.3, |x| (x * 1e4).sin()).assert_ok();
    order_two("bump", 5e-7, |x| (-(x * 1e6).square()).exp()).assert_ok();
}

#[test]
fn flat_points_are_no_kinks() {
    for power in 2..6 {
        let report = order_two("flat", 0.0, |x| x.powi(power)).assert_ok();
        assert_eq!(report.notes().count(), 0, "{power}: {report}");
    }
}

#[test]
fn single_precision_has_its_own_tolerance() {
    let f = |x: Tensor<f32>| (x.sin() * x).exp();
    let report = check::gradients("f32", &[[0.4f32, 1.2]], |_, x| f(x[0])).assert_ok();
    assert_eq!(report.notes().count(), 0, "{report}");
    let report = check::gradients("f32", &[[0.4f32, 1.2]], |_, x| f(x[0]) + x[0].detach() * 0.01);
    assert!(!report.is_ok());
    check::scalars("f32", &[0.4f32, 1.2], |x| (x[0] * x[1]).sin()).assert_ok();
}

#[test]
fn inputs_are_lists_or_tuples_and_outputs_tensors_or_scalars() {
    let arrays = vec![array![[1.0, 2.0]].into_dyn(), array![0.5, 0.25].into_dyn()];
    check::gradients("arrays", &arrays, |_, x| x[0] * x[1]).assert_ok();
    check::gradients("slices", &arrays[..], |_, x| x[0] * x[1]).assert_ok();
    check::gradients("references", &[&arrays[0], &arrays[1]], |_, x| x[0] * x[1]).assert_ok();
    check::gradients("tuple", (1.0, vec![2.0], &arrays[0]), |_, x| x[0] * x[1] * x[2]).assert_ok();
    check::gradients("element", &[[1.0, 2.0]], |_, x| x[0].at(0) * x[0].at(1)).assert_ok();
    check::gradients("nothing", &[(Vec::<f64>::new(), [0, 2])], |_, x| x[0].exp()).assert_ok();
    check::gradients("sum of nothing", &[(Vec::<f64>::new(), [0, 2])], |_, x| x[0].exp().sum()).assert_ok();
}

#[test]
fn an_error_of_a_sweep_is_in_the_report() {
    let report = check::gradients("written", &[[1.0, 2.0]], |_, x| {
        let y = x[0].square();
        x[0].set_value([1.0, 2.0]);
        y
    });
    assert!(!report.is_ok());
    assert!(matches!(report.error(), Some(wengert::Error::Overwritten { .. })), "{report}");
    assert!(report.to_string().contains("needs the old value of %0 [2]"), "{report}");
}

#[test]
fn steps_that_meet_a_jump_far_off_say_nothing() {
    // Lines, bent at 1 and 2: right beside the bends, and no remainder where they are straight.
    let bent = |_: &Tape<f64>, x: &[Tensor<f64>]| (x[0] - 1.0).relu() * 3.0 - (x[0] - 2.0).relu() * 2.0;
    let report = check::gradients("bent", &[[1.01, 1.99, 2.003]], bent).assert_ok();
    assert_eq!((report.notes().count(), report.taylor_order()), (0, None), "{report}");
}
