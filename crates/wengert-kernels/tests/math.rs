//! The elementary functions: how far they are from the exact value, and what they make of special values.

use wengert_kernels::{Elementary, Kernel, Real, dispatch};

/// How many floats `y` is away from what `exact` rounds to.
fn ulps<T: Real>(y: T, exact: T) -> f64 {
    if y == exact || (y.is_nan() && exact.is_nan()) {
        return 0.0;
    }
    let smallest = T::epsilon() * T::min_positive_value();
    let unit = (exact.abs() * T::epsilon()).max(smallest);
    // Between powers of two the unit is that of the power below.
    let unit = unit.log2().floor().exp2().max(smallest);
    ((y - exact) / unit).abs().to_f64().unwrap()
}

/// Points of both signs, dense in every binade of which `e^x` and its kin make something.
fn points() -> impl Iterator<Item = f64> {
    let binades =
        (-60..11).flat_map(|k| (0..2_000).map(move |i| (1.0 + (i as f64 + 0.37) / 2_000.0) * 2f64.powi(k)));
    binades.flat_map(|x| [x, -x])
}

struct Case {
    name: &'static str,
    single: fn(f32) -> f32,
    double: fn(f64) -> f64,
    exact: fn(f64) -> f64,
    /// Of how many units in the last place it may be wrong, in `f32` and `f64`.
    within: [f64; 2],
}

fn sigmoid(x: f64) -> f64 {
    if x < 0.0 { x.exp() / (1.0 + x.exp()) } else { 1.0 / (1.0 + (-x).exp()) }
}

const CASES: [Case; 8] = [
    Case { name: "exp", single: f32::fast_exp, double: f64::fast_exp, exact: f64::exp, within: [1.0, 1.0] },
    Case {
        name: "exp_m1",
        single: f32::fast_exp_m1,
        double: f64::fast_exp_m1,
        exact: f64::exp_m1,
        within: [2.0, 2.0],
    },
    Case { name: "ln", single: f32::fast_ln, double: f64::fast_ln, exact: f64::ln, within: [1.0, 1.0] },
    Case {
        name: "ln_1p",
        single: f32::fast_ln_1p,
        double: f64::fast_ln_1p,
        exact: f64::ln_1p,
        within: [2.0, 2.0],
    },
    Case {
        name: "tanh",
        single: f32::fast_tanh,
        double: f64::fast_tanh,
        exact: f64::tanh,
        within: [2.0, 2.0],
    },
    Case {
        name: "sigmoid",
        single: f32::fast_sigmoid,
        double: f64::fast_sigmoid,
        exact: sigmoid,
        within: [2.0, 2.0],
    },
    Case { name: "erf", single: f32::fast_erf, double: f64::fast_erf, exact: libm::erf, within: [1.0, 1.0] },
    Case {
        name: "erfc",
        single: f32::fast_erfc,
        double: f64::fast_erfc,
        // Of which the tail in `f64` is wrong by more than 2 units itself; the test below has exact values.
        exact: libm::erfc,
        within: [2.0, 4.0],
    },
];

#[test]
fn results_are_within_two_units_in_the_last_place() {
    for Case { name, single, double, exact, within } in CASES {
        let (mut worst, mut at) = ([0.0; 2], [0.0; 2]);
        for x in points() {
            let single = ulps(single(x as f32), exact(f64::from(x as f32)) as f32);
            let double = ulps(double(x), exact(x));
            for (k, ulps) in [single, double].into_iter().enumerate() {
                if ulps > worst[k] {
                    (worst[k], at[k]) = (ulps, x);
                }
            }
        }
        assert!(worst[0] <= within[0] && worst[1] <= within[1], "{name}: {worst:?} at {at:?}");
    }
}

/// Where it is worst of 120,000 points, by mpmath at 50 digits; the last result is subnormal.
#[test]
fn the_complement_of_the_error_function_keeps_its_digits_in_the_tail() {
    for (x, exact) in [
        (0.49172045762670913, 0.4868060764318078),
        (0.7419030324648924, 0.294081785258799),
        (0.8231430476666366, 0.24438346361880953),
        (1.115423331211489, 0.11469275346811336),
        (1.7613279613676613, 0.012742216804072786),
        (2.7268349921893953, 0.00011510347804809618),
        (4.85082332256668, 6.881229778524498e-12),
        (6.267117411374923, 7.7859924059636155e-19),
        (8.812817331673886, 1.1850908476619364e-35),
        (11.709430923844764, 1.364167792344082e-61),
        (17.70133390817853, 2.6430309720056494e-138),
        (22.62880016085925, 1.024189592417637e-224),
        (25.456176096825438, 8.224944126040421e-284),
        (27.0, 5.23705e-319),
    ] {
        let y = f64::fast_erfc(x);
        assert!(ulps(y, exact) <= 2.0, "erfc at {x}: {y}, not {exact}");
        let (y, exact) = (f64::fast_erfc(-x), 2.0 - exact);
        assert!(ulps(y, exact) <= 1.0, "erfc at -{x}: {y}, not {exact}");
    }
}

/// What IEEE 754 says at the edges, and where a result overflows, underflows or is subnormal.
#[test]
fn special_values_are_exact() {
    const INF: f64 = f64::INFINITY;
    let edges =
        [0.0, -0.0, INF, -INF, f64::NAN, 1.0, -1.0, 1e-310, -1e-310, 5e-324, f64::MAX, f64::MIN, -2.0];
    let beyond = [
        709.78, 709.79, -745.13, -745.14, -720.0, -708.5, 88.72, 88.73, -103.97, -103.98, -90.0, -37.5, 19.1,
        26.54, 26.55, 27.22, 27.23, 9.19, 9.2, 10.05, 10.06, 10.1, 10.2, 28.0, 28.1,
    ];
    for Case { name, single, double, exact, within } in CASES {
        for x in edges.into_iter().chain(beyond) {
            let (y, expected) = (double(x), exact(x));
            assert!(ulps(y, expected) <= within[1], "{name} at {x}: {y}, not {expected}");
            let (y, expected) = (single(x as f32), exact(f64::from(x as f32)) as f32);
            assert!(ulps(y, expected) <= within[0], "{name} at {x}: {y}, not {expected}");
        }
        if exact(0.0) == 0.0 {
            assert!(
                double(-0.0).is_sign_negative() && single(-0.0).is_sign_negative(),
                "{name}: the sign of 0"
            );
            assert!(
                double(0.0).is_sign_positive() && single(0.0).is_sign_positive(),
                "{name}: the sign of 0"
            );
        }
    }
    assert_eq!([f64::fast_exp(0.0), f64::fast_exp(-INF), f64::fast_exp(INF)], [1.0, 0.0, INF]);
    assert_eq!([f64::fast_ln(1.0), f64::fast_ln(0.0), f64::fast_ln(INF)], [0.0, -INF, INF]);
    assert_eq!([f64::fast_tanh(INF), f64::fast_tanh(-INF), f64::fast_sigmoid(0.0)], [1.0, -1.0, 0.5]);
    assert_eq!([f64::fast_erf(INF), f64::fast_erf(-INF)], [1.0, -1.0]);
    assert_eq!([f64::fast_erfc(0.0), f64::fast_erfc(INF), f64::fast_erfc(-INF)], [1.0, 0.0, 2.0]);
    assert!(f64::fast_ln(-1e-320).is_nan() && f64::fast_ln_1p(-1.5).is_nan());
}

/// A loop of a function, compiled for every vector unit.
struct Loop<'a, T, F>(&'a mut [T], &'a [T], F);

impl<T: Real, F: Fn(T) -> T> Kernel for Loop<'_, T, F> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for (y, &x) in self.0.iter_mut().zip(self.1) {
            *y = self.2(x);
        }
    }
}

/// One number by itself, a loop on the widest vector unit and its odd end give the same bits.
fn check_bits<T: Real>(name: &str, f: impl Fn(T) -> T + Copy) {
    let x: Vec<T> = points().step_by(97).map(|x| T::from(x).unwrap()).collect();
    for len in [x.len(), 33, 7] {
        let mut y = vec![T::zero(); len];
        dispatch(Loop(&mut y, &x[..len], f));
        for (&x, &y) in x.iter().zip(&y) {
            let alone = std::hint::black_box(f)(std::hint::black_box(x));
            assert!(
                alone == y || (alone.is_nan() && y.is_nan()),
                "{name} at {x}: {alone} alone, {y} in a loop"
            );
        }
    }
}

#[test]
fn a_loop_gives_the_same_bits_as_one_number() {
    macro_rules! check {
        ($($f:ident)*) => {$(
            check_bits::<f32>(stringify!($f), |x| x.$f());
            check_bits::<f64>(stringify!($f), |x| x.$f());
        )*};
    }
    check!(fast_exp fast_exp_m1 fast_ln fast_ln_1p fast_tanh fast_sigmoid fast_erf fast_erfc);
}
