//! The product over axes. Its derivative is a product of the other elements, found without a division, so that zeros
//! are elements like others, at every order.

use wengert_kernels::{Scratch, Strided, fold_lanes, map_lanes};

use super::{Reduction, axes_of, reduce, reduced, reductions, spread_out, sum_alike};
use crate::ops::arithmetic::{add, mul};
use crate::ops::recurrence::{Exclusive, exclusive_adjoint, exclusive_tangent, turned};
use crate::ops::table::rows;
use crate::rule::{Linear, Number, Structural, Verbs};
use crate::shape::{Axes, Dims};
use crate::tensor::Tensor;

reductions! {
    /// The product of all elements; of nothing, 1.
    ///
    /// **Adjoint.** `x_bar[i] += y_bar prod_(j != i) x[j]`: reads the operand. The product of the others is made of
    /// those before and those after, not by dividing.
    ///
    /// **Edges.** One zero gets the product of the others, and they get 0; of several zeros, all get 0. Second
    /// derivatives are right there too. PyTorch: `torch.prod`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([0.0, 2.0, 3.0]);
    /// x.prod().backward();
    /// assert_eq!(x.grad().unwrap().as_slice().unwrap(), [6.0, 0.0, 0.0]);
    /// ```
    Prod: prod, prod_axes, prod_keepdims;
}

struct Prod;
impl Structural for Prod {
    const NAME: &'static str = "prod";
    const LINEAR: Linear = Linear::No;
    fn dims(operands: &[&[usize]], payload: &[usize]) -> Dims {
        reduced(operands[0], payload)
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], payload: &[usize], scratch: &mut Scratch<T>) {
        fold_lanes(y, [x[0]], axes_of(payload), scratch, |_, [x]| Prod::of_lane(x, 0.0));
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let others = v.apply::<Others>(&[v.operand(0)], axes_of(v.payload()));
        let y_bar = spread_out(v, v.result_bar());
        v.add_binary::<mul>(0, y_bar, others);
    }
    fn tangent<'a, V: Verbs<'a>>(v: &mut V) -> V::X {
        let others = v.apply::<Others>(&[v.operand(0)], axes_of(v.payload()));
        let dot = v.operand_dot(0).expect("the operand has a tangent");
        let part = v.binary::<mul>(others, dot);
        sum_alike(v, part)
    }
    fn reads(_: usize, _: usize) -> u64 {
        1
    }
}
impl Reduction for Prod {
    fn of_nothing(_: f64) -> bool {
        true
    }
    fn of_lane<T: Number>(x: &[T], _: f64) -> T {
        x.iter().fold(T::one(), |product, &x| product * x)
    }
}

/// The product of the other elements of the lane, for each. The payload is the axes.
struct Others;
impl Others {
    /// The product of those before, and of those after, for each element: as many scans.
    fn halves<'a, V: Verbs<'a>>(v: &mut V) -> [V::X; 2] {
        let (x, axes) = (v.operand(0), v.payload());
        let before = v.apply::<Exclusive>(&[x], axes);
        let x = turned(v, x, axes);
        let after = v.apply::<Exclusive>(&[x], axes);
        [before, turned(v, after, axes)]
    }
}
impl Structural for Others {
    const NAME: &'static str = "prod_adjoint";
    const LINEAR: Linear = Linear::No;
    fn dims(operands: &[&[usize]], _: &[usize]) -> Dims {
        Dims::from_slice(operands[0])
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], axes: &[usize], scratch: &mut Scratch<T>) {
        map_lanes(y, [x[0]], axes, scratch, |_, y, [x]| {
            let mut before = T::one();
            for (y, &x) in y.iter_mut().zip(x) {
                *y = before;
                before *= x;
            }
            let mut after = T::one();
            for (y, &x) in y.iter_mut().zip(x).rev() {
                *y *= after;
                after *= x;
            }
        });
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let (x, axes, y_bar) = (v.operand(0), v.payload(), v.result_bar());
        let [before, after] = Others::halves(v);
        let before_bar = v.binary::<mul>(y_bar, after);
        let x_bar = exclusive_adjoint(v, x, before, before_bar, axes);
        v.add(0, x_bar);
        // Those after are those before when the lane is turned.
        let after_bar = v.binary::<mul>(y_bar, before);
        let [x, after, after_bar] = [x, after, after_bar].map(|x| turned(v, x, axes));
        let x_bar = exclusive_adjoint(v, x, after, after_bar, axes);
        let x_bar = turned(v, x_bar, axes);
        v.add(0, x_bar);
    }
    fn tangent<'a, V: Verbs<'a>>(v: &mut V) -> V::X {
        let (x, axes) = (v.operand(0), v.payload());
        let dot = v.operand_dot(0).expect("the operand has a tangent");
        let [before, after] = Others::halves(v);
        let before_dot = exclusive_tangent(v, x, before, dot, axes);
        let left = v.binary::<mul>(before_dot, after);
        let [x, turned_after, dot] = [x, after, dot].map(|x| turned(v, x, axes));
        let after_dot = exclusive_tangent(v, x, turned_after, dot, axes);
        let after_dot = turned(v, after_dot, axes);
        let right = v.binary::<mul>(before, after_dot);
        v.binary::<add>(left, right)
    }
    fn reads(_: usize, _: usize) -> u64 {
        1
    }
}

rows! {
    "prod" [[2, 3]] => |_, x| x[0].prod();
    "prod" [[2, 3, 2]] => |_, x| x[0].prod_axes([0, 2]);
}
