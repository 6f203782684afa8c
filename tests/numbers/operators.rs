//! Operators, comparisons, sums.

use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Rem, RemAssign, Sub, SubAssign};

use num_traits::{Num, NumAssign, NumAssignRef, NumOps, NumRef, RefNum};
use wengert::check;
use wengert::{Element, Scalar, Tape};

/// Each combination of value and reference on either side has the same result.
macro_rules! every_side {
    ($op:tt, $a:expr, $b:expr) => {{
        let (a, b) = ($a, $b);
        let results = [a $op b, &a $op b, a $op &b, &a $op &b];
        assert!(results.iter().all(|&x| x == results[0]), "{results:?}");
        results[0]
    }};
}

#[test]
fn operators_take_values_references_and_numbers_on_either_side() {
    let tape = Tape::<f64>::new();
    let (x, y) = (tape.scalar(7.5), tape.scalar(2.0));
    assert_eq!(every_side!(+, x, y), 9.5);
    assert_eq!(every_side!(-, x, y), 5.5);
    assert_eq!(every_side!(*, x, y), 15.0);
    assert_eq!(every_side!(/, x, y), 3.75);
    assert_eq!(every_side!(%, x, y), 1.5);
    assert_eq!(every_side!(+, x, 2.0), 9.5);
    assert_eq!(every_side!(-, x, 2.0), 5.5);
    assert_eq!(every_side!(*, x, 2.0), 15.0);
    assert_eq!(every_side!(/, x, 2.0), 3.75);
    assert_eq!(every_side!(%, x, 2.0), 1.5);
    assert_eq!(every_side!(+, 7.5, y), 9.5);
    assert_eq!(every_side!(-, 7.5, y), 5.5);
    assert_eq!(every_side!(*, 7.5, y), 15.0);
    assert_eq!(every_side!(/, 7.5, y), 3.75);
    assert_eq!(every_side!(%, 7.5, y), 1.5);
    assert!(-x == -7.5 && -&x == -7.5);
}

#[test]
fn assigning_operators_take_them_too() {
    let tape = Tape::<f64>::new();
    let (x, two) = (tape.scalar(7.5), tape.scalar(2.0));
    let mut y = x;
    y += two;
    y += &two;
    y += 2.0;
    y += &2.0;
    y -= two;
    y -= &two;
    y -= 2.0;
    y *= two;
    y *= &two;
    y *= 2.0;
    y /= two;
    y /= &two;
    y /= 2.0;
    assert_eq!(y, 9.5);
    y %= two;
    assert_eq!(y, 1.5);
    y %= &two;
    y %= 2.0;
    y.backward();
    assert_eq!((y.value(), x.grad()), (1.5, Some(1.0)));
}

#[test]
fn the_remainder_is_that_of_rust_with_its_derivative() {
    let tape = Tape::<f64>::new();
    for (a, b) in [(7.5, 2.0), (-7.5, 2.0), (7.5, -2.0), (-7.5, -2.0), (1.0, 3.0)] {
        assert_eq!((tape.scalar(a) % b).value(), a % b);
        assert_eq!((a % tape.scalar(b)).value(), a % b);
        check::scalars("%", &[a, b], |x| x[0] % x[1]).assert_ok();
    }
}

#[test]
fn comparisons_are_by_value() {
    let tape = Tape::<f64>::new();
    let (x, y, nan) = (tape.scalar(1.0), tape.scalar(2.0), tape.scalar(f64::NAN));
    let equal = [x == Scalar::from(1.0), x == 1.0, 1.0 == x, x == y, x == 2.0, 2.0 == x];
    assert_eq!(equal, [true, true, true, false, false, false]);
    let ordered = [x < y, x <= y, x > y, x >= y, x < 2.0, 2.0 > x, 0.5 > x, x >= 1.0];
    assert_eq!(ordered, [true, true, false, false, true, true, false, true]);
    assert!(nan != 1.0 && nan.partial_cmp(&nan).is_none());
    assert_eq!(nan.partial_cmp(&x), None);
    assert_eq!(Scalar::<f64>::default(), 0.0);
    assert!(!Scalar::<f64>::default().requires_grad());
    let mut sorted = [y, nan, x];
    sorted.sort_by(|a, b| a.total_cmp(b));
    assert_eq!(&sorted[..2], &[1.0, 2.0]);
    sorted[..2].sort_by(|a, b| b.partial_cmp(a).unwrap());
    assert_eq!(sorted[0], 2.0);
}

#[test]
fn iterators_sum_and_multiply() {
    let tape = Tape::<f64>::new();
    let x = tape.scalars(&[2.0, 3.0, 4.0]);
    let before = tape.stats().instructions;
    let (sum, product): (Scalar<f64>, Scalar<f64>) = (x.iter().sum(), x.iter().product());
    assert_eq!(tape.stats().instructions, before + 4, "nothing is added to a first 0");
    assert_eq!((sum.value(), product.value()), (9.0, 24.0));
    let (again, more): (Scalar<f64>, Scalar<f64>) = (x.iter().copied().sum(), x.iter().copied().product());
    assert_eq!((again, more), (sum, product));
    (sum + product).backward();
    assert_eq!(x.iter().map(|x| x.grad().unwrap()).collect::<Vec<_>>(), [13.0, 9.0, 7.0]);
    let none: [Scalar<f64>; 0] = [];
    assert_eq!(
        (none.iter().sum::<Scalar<f64>>(), none.iter().product::<Scalar<f64>>()),
        (0.0.into(), 1.0.into())
    );
}

/// The bounds that generic code is written with hold.
#[test]
fn the_bounds_of_generic_code_hold() {
    fn operators<T>()
    where
        T: Add<Output = T>
            + Sub<Output = T>
            + Mul<Output = T>
            + Div<Output = T>
            + Rem<Output = T>
            + Neg<Output = T>,
        T: AddAssign + SubAssign + MulAssign + DivAssign + RemAssign,
        T: Num + NumAssign + NumRef + NumAssignRef + PartialOrd + Default + Copy + Send + Sync + 'static,
        for<'a> &'a T: RefNum<T> + NumOps<&'a T, T>,
    {
    }
    operators::<f64>();
    operators::<Scalar<f64>>();
    operators::<Scalar<f32>>();

    // Over the element type as well.
    fn twice<T: Element>(x: Scalar<T>) -> Scalar<T> {
        x * T::one() + Scalar::from(T::one()) * x
    }
    assert_eq!(twice(Tape::<f32>::new().scalar(1.5)).value(), 3.0);
}
