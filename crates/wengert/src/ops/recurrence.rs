//! Linear recurrences along lanes, of which the derivatives of products so far are made.

use wengert_kernels::{Scratch, Strided, map_lanes};

use super::arithmetic::{add, mul};
use crate::rule::{Linear, Number, RESULT, Structural, Verbs};
use crate::shape::Dims;

/// The lanes walked from their ends.
pub(crate) fn turned<'a, V: Verbs<'a>>(v: &mut V, x: V::X, axes: &[usize]) -> V::X {
    axes.iter().fold(x, |x, &axis| v.flip(x, axis))
}

/// Shifts by one towards the start of the lanes; 0 comes in.
fn shifted_back<'a, V: Verbs<'a>>(v: &mut V, x: V::X, axes: &[usize]) -> V::X {
    let x = turned(v, x, axes);
    let x = v.apply::<Shift>(&[x], axes);
    turned(v, x, axes)
}

/// `s[k] = u[k] + a[k + 1] s[k + 1]` along the lanes; with `late`, `a[k]` in place of `a[k + 1]`.
pub(super) fn backward_recurrence<'a, V: Verbs<'a>>(
    v: &mut V,
    a: V::X,
    u: V::X,
    late: bool,
    axes: &[usize],
) -> V::X {
    let (a, u) = (turned(v, a, axes), turned(v, u, axes));
    let s = v.apply::<Recurrence>(&[a, u], &recurrence_payload(!late, axes));
    turned(v, s, axes)
}

pub(super) fn recurrence_payload(late: bool, axes: &[usize]) -> Dims {
    let mut payload = Dims::from_slice(&[usize::from(late)]);
    payload.extend_from_slice(axes);
    payload
}

/// The products of the elements before each of a lane; 1 for the first. The payload is the axes.
pub(crate) struct Exclusive;
impl Structural for Exclusive {
    const NAME: &'static str = "cumprod_before";
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
        });
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let (x, y, y_bar, axes) = (v.operand(0), v.result(), v.result_bar(), v.payload());
        let x_bar = exclusive_adjoint(v, x, y, y_bar, axes);
        v.add(0, x_bar);
    }
    fn tangent<'a, V: Verbs<'a>>(v: &mut V) -> V::X {
        let (x, y, axes) = (v.operand(0), v.result(), v.payload());
        let dot = v.operand_dot(0).expect("the operand has a tangent");
        exclusive_tangent(v, x, y, dot, axes)
    }
    fn reads(_: usize, _: usize) -> u64 {
        1 | RESULT
    }
}

/// What an adjoint of `y`, the products before, is for `x`: `y[k] t[k]`, where
/// `t[k] = y_bar[k + 1] + x[k + 1] t[k + 1]`.
pub(crate) fn exclusive_adjoint<'a, V: Verbs<'a>>(
    v: &mut V,
    x: V::X,
    y: V::X,
    y_bar: V::X,
    axes: &[usize],
) -> V::X {
    let y_bar = shifted_back(v, y_bar, axes);
    let t = backward_recurrence(v, x, y_bar, false, axes);
    v.binary::<mul>(y, t)
}

/// The tangent of `y`, the products before, for that of `x`.
pub(crate) fn exclusive_tangent<'a, V: Verbs<'a>>(
    v: &mut V,
    x: V::X,
    y: V::X,
    dot: V::X,
    axes: &[usize],
) -> V::X {
    let drive = v.binary::<mul>(y, dot);
    let inclusive = v.apply::<Recurrence>(&[x, drive], &recurrence_payload(false, axes));
    v.apply::<Shift>(&[inclusive], axes)
}

/// `s[k] = u[k] + a[k] s[k - 1]` along the lanes, of operands `a`, `u`; with the first word of the payload,
/// `a[k - 1]` in place of `a[k]`. The first or the last of `a` is not used.
pub(super) struct Recurrence;
impl Structural for Recurrence {
    const NAME: &'static str = "recurrence";
    const LINEAR: Linear = Linear::No;
    fn dims(operands: &[&[usize]], _: &[usize]) -> Dims {
        Dims::from_slice(operands[1])
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], payload: &[usize], scratch: &mut Scratch<T>) {
        let late = payload[0];
        map_lanes(y, [x[0], x[1]], &payload[1..], scratch, |_, s, [a, u]| {
            s[0] = u[0];
            for k in 1..s.len() {
                s[k] = u[k] + a[k - late] * s[k - 1];
            }
        });
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let (late, axes) = (v.payload()[0] != 0, &v.payload()[1..]);
        let (a, s, s_bar) = (v.operand(0), v.result(), v.result_bar());
        let r = backward_recurrence(v, a, s_bar, late, axes);
        if v.is_active(0) {
            if late {
                let r = shifted_back(v, r, axes);
                v.add_binary::<mul>(0, r, s);
            } else {
                let before = v.apply::<Shift>(&[s], axes);
                v.add_binary::<mul>(0, r, before);
            }
        }
        if v.is_active(1) {
            v.add(1, r);
        }
    }
    fn tangent<'a, V: Verbs<'a>>(v: &mut V) -> V::X {
        let (late, axes) = (v.payload()[0] != 0, &v.payload()[1..]);
        let (a, s) = (v.operand(0), v.result());
        let from_a = v.operand_dot(0).map(|a_dot| {
            if late {
                let part = v.binary::<mul>(a_dot, s);
                v.apply::<Shift>(&[part], axes)
            } else {
                let before = v.apply::<Shift>(&[s], axes);
                v.binary::<mul>(a_dot, before)
            }
        });
        let drive = match (from_a, v.operand_dot(1)) {
            (Some(from_a), Some(u_dot)) => v.binary::<add>(from_a, u_dot),
            (from_a, u_dot) => from_a.or(u_dot).expect("an operand has a tangent"),
        };
        v.apply::<Recurrence>(&[a, drive], v.payload())
    }
    fn reads(_: usize, operand: usize) -> u64 {
        if operand == 0 { 1 | RESULT } else { 1 }
    }
}

/// Lanes moved by one towards their ends; 0 comes in first, and the last is lost. The payload is the axes.
pub(super) struct Shift;
impl Structural for Shift {
    const NAME: &'static str = "shift";
    const LINEAR: Linear = Linear::Jointly;
    fn dims(operands: &[&[usize]], _: &[usize]) -> Dims {
        Dims::from_slice(operands[0])
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], axes: &[usize], scratch: &mut Scratch<T>) {
        map_lanes(y, [x[0]], axes, scratch, |_, y, [x]| {
            y[0] = T::zero();
            y[1..].copy_from_slice(&x[..x.len() - 1]);
        });
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let (y_bar, axes) = (v.result_bar(), v.payload());
        let x_bar = shifted_back(v, y_bar, axes);
        v.add(0, x_bar);
    }
}
