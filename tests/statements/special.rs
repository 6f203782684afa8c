//! `Special`: one text on numbers, scalars and duals, against the methods of scalars.

use num_traits::Float;
use wengert::{Dual, Scalar, Special, Tape};

use crate::close;

/// A test a function: its text by the trait, on every number, and the same text by the own methods of scalars.
macro_rules! as_scalars_have_it {
    ($($name:ident at $at:literal: |$x:ident| $body:expr;)*) => {$(
        #[test]
        fn $name() {
            fn generic<T: Float + Special>($x: T) -> T {
                $body
            }
            let (name, at) = (stringify!($name), $at);
            let tape = Tape::<f64>::new();
            let (value, gradient) = tape.gradient(&[at], |x| {
                let $x = x[0];
                $body
            });
            assert_eq!(generic(at), value, "{name} of a number");
            let (found, by_trait) = tape.gradient(&[at], |x| generic(x[0]));
            assert_eq!((found, &by_trait), (value, &gradient), "{name} of a scalar");
            let [x] = Dual::independent([at]);
            assert_eq!(generic(x).value, value, "{name} of a dual");
            close(&format!("the slope of {name} by a dual"), generic(x).dot[0], gradient[0]);
            let fused = tape.gradient(&[at], |x| tape.fuse([x[0]], |[x]| generic(x)));
            assert_eq!(fused.0, value, "{name} when fused");
            close(&format!("the slope of {name} when fused"), fused.1[0], gradient[0]);

            let at = $at as f32;
            let single = Tape::<f32>::new();
            let (value, gradient) = single.gradient(&[at], |x| {
                let $x = x[0];
                $body
            });
            assert_eq!(generic(at), value, "{name} of an `f32`");
            assert_eq!(single.gradient(&[at], |x| generic(x[0])), (value, gradient), "{name} in `f32`");
        }
    )*};
}

as_scalars_have_it! {
    erf at 0.7: |x| x.erf();
    erfc at 1.3: |x| x.erfc();
    erfinv at -0.4: |x| x.erfinv();
    lgamma at 2.3: |x| x.lgamma();
    digamma at 1.7: |x| x.digamma();
    polygamma at 1.7: |x| x.polygamma(2);
    i0 at 0.9: |x| x.i0();
    i1 at 0.9: |x| x.i1();
    sigmoid at -0.8: |x| x.sigmoid();
    logit at 0.3: |x| x.logit();
    softplus at -1.1: |x| x.softplus();
    log_sigmoid at 0.6: |x| x.log_sigmoid();
    xlogy at 0.6: |x| x.xlogy(x + x);
}

/// The logarithm of Student's density, by location, scale and degrees of freedom.
fn student<T: Float + Special>([y, location, scale, degrees]: [T; 4]) -> T {
    let number = |x: f64| T::from(x).expect("a number");
    let half = number(0.5);
    let z = (y - location) / scale;
    let above = half * (degrees + T::one());
    above.lgamma()
        - (half * degrees).lgamma()
        - half * (degrees * number(std::f64::consts::PI)).ln()
        - scale.ln()
        - above * (z * z / degrees).ln_1p()
}

#[test]
fn a_density_on_every_number() {
    let at = [1.3, 0.4, 0.7, 5.0];
    let tape = Tape::<f64>::new();
    let (value, gradient) = tape.gradient(&at, |x| student([x[0], x[1], x[2], x[3]]));
    assert_eq!(student(at), value);
    // gamma(3) = 2, and gamma(5/2) = 3/4 sqrt(pi).
    let (z, pi) = (0.9 / 0.7, std::f64::consts::PI);
    let expected = (8.0 / 3.0 / pi / 5f64.sqrt() / 0.7).ln() - 3.0 * (1.0 + z * z / 5.0).ln();
    close("the density", value, expected);
    let dual = student(Dual::independent(at));
    assert_eq!(dual.value, value);
    dual.dot.iter().zip(&gradient).for_each(|(&dot, &grad)| close("a slope", dot, grad));
    assert!((f64::from(student(at.map(|x| x as f32))) - value).abs() < 1e-6);
    // By its formula: (degrees + 1) z / (degrees + z^2) / scale.
    close("the slope by the location", gradient[1], 6.0 * z / (5.0 + z * z) / 0.7);
}

/// A number whose type is known is asked by the trait's name.
#[test]
fn numbers_by_the_name_of_the_trait() {
    assert_eq!(Special::erf(0.0_f64), 0.0);
    assert_eq!(Special::xlogy(0.0_f32, 0.0), 0.0);
    assert_eq!(Special::polygamma(1.0, 0), Special::digamma(1.0));
    let tape = Tape::<f64>::new();
    let x: Scalar = tape.scalar(0.5);
    assert_eq!(Special::logit(Special::sigmoid(x)).value(), x.sigmoid().logit().value());
}
