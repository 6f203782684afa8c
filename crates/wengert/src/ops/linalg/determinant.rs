//! Determinants.

use faer::linalg::solvers::PartialPivLu;
use wengert_kernels::{Scratch, Strided};

use super::check::squares;
use super::dense::{Matrices, narrow};
use super::inverse::Inverse;
use super::parts::{inner_product, times};
use super::samples::regular;
use crate::error::{At, Result};
use crate::ops::positions::named;
use crate::ops::select::{equals, masked};
use crate::ops::table::rows;
use crate::rule::{Linear, Number, RESULT, Structural, Verbs};
use crate::shape::Dims;
use crate::tape::Element;
use crate::tape::structural::structural;
use crate::tensor::Tensor;
use crate::twins::methods;

named! {
    /// The sign, or the logarithm.
    OfSlogdet "slogdet";
}

methods! {
    /// The determinant of square matrices, by LU with row exchanges: `[.., n, n] -> [..]`; of an empty matrix, 1.
    ///
    /// **Adjoint.** `a_bar += y_bar y a^-T`: reads the operand and the result.
    ///
    /// **Edges.** Of a singular matrix the determinant is 0. Where a pivot is exactly 0 the gradient is 0 too, as
    /// PyTorch's is, also where the cofactors are not. PyTorch: `torch.linalg.det`.
    ///
    /// # Errors
    /// The last two axes are not square.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let a = tape.leaf([[2.0, 0.0], [0.0, 4.0]]);
    /// a.det().backward();
    /// assert_eq!((a.det().item(), a.grad().unwrap()[[0, 0]]), (8.0, 4.0));
    /// ```
    det(a, at) -> Tensor<T> {
        squares(Determinant::NAME, a, at)?;
        structural::<Determinant, T>(&[a.into()], &[], at)
    }

    /// The sign of the determinant and the logarithm of its absolute value, which neither overflows nor underflows.
    ///
    /// **Adjoint.** `a_bar += y_bar a^-T` of the logarithm; the sign has no derivative. Reads the operand.
    ///
    /// **Edges.** Of a singular matrix the sign is 0 and the logarithm `-inf`, whose gradient is not finite. PyTorch:
    /// `torch.linalg.slogdet`.
    ///
    /// # Errors
    /// The last two axes are not square.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let (sign, log) = tape.leaf([[0.0, 1.0], [1.0, 0.0]]).slogdet();
    /// assert_eq!((sign.item(), log.item()), (-1.0, 0.0));
    /// ```
    slogdet(a, at) -> (Tensor<T>, Tensor<T>) {
        let op = SignAndLog::NAME;
        squares(op, a, at)?;
        let both = structural::<SignAndLog, T>(&[a.into()], &[], at)?;
        Ok((element(op, both, 0, at)?.own::<OfSlogdet>(at)?, element(op, both, 1, at)?.own::<OfSlogdet>(at)?))
    }

    /// The logarithm of the determinant: `-inf` where it is 0, NaN where it is negative.
    ///
    /// **Adjoint.** `a_bar += y_bar a^-T`, and 0 where the determinant is negative: reads the operand and the
    /// result. Where the determinant is 0 the gradient is not finite. PyTorch: `torch.logdet`.
    ///
    /// # Errors
    /// The last two axes are not square.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let a = tape.leaf([[2.0, 0.0], [0.0, 4.0]]);
    /// assert!((a.logdet().item() - 8f64.ln()).abs() < 1e-15);
    /// ```
    logdet(a, at) -> Tensor<T> {
        squares(LogDeterminant::NAME, a, at)?;
        structural::<LogDeterminant, T>(&[a.into()], &[], at)
    }
}

/// One index of the last axis, which goes.
fn element<T: Element>(op: &'static str, x: Tensor<T>, index: usize, at: At) -> Result<Tensor<T>> {
    x.seen(op, at, |view| Ok(view.index(view.layout.rank() - 1, index)))
}

/// The sign of the row exchanges.
fn parity(lu: &PartialPivLu<f64>) -> f64 {
    let to = lu.P().arrays().0;
    let mut seen = vec![false; to.len()];
    let mut sign = 1.0;
    for start in 0..to.len() {
        let (mut at, mut length) = (start, 0);
        while !std::mem::replace(&mut seen[at], true) {
            at = to[at];
            length += 1;
        }
        // A cycle of even length is an odd number of exchanges.
        if length > 0 && length % 2 == 0 {
            sign = -sign;
        }
    }
    sign
}

/// For each matrix of an operand, the sign of the row exchanges and the pivots, up to the first that is 0.
fn pivots<T: Number>(a: Strided<'_, T>, mut f: impl FnMut(f64, &[f64])) {
    let a = Matrices::of(a);
    let mut diagonal = Vec::new();
    for m in a.iter() {
        diagonal.clear();
        if m.nrows() == 0 {
            f(1.0, &diagonal);
            continue;
        }
        let lu = m.partial_piv_lu();
        for i in 0..m.nrows() {
            diagonal.push(lu.U()[(i, i)]);
            // What follows a pivot of 0 was divided by it.
            if diagonal[i] == 0.0 {
                break;
            }
        }
        f(parity(&lu), &diagonal);
    }
}

fn determinant(sign: f64, pivots: &[f64]) -> f64 {
    match pivots.contains(&0.0) {
        true => 0.0,
        false => pivots.iter().fold(sign, |product, pivot| product * pivot),
    }
}

fn sign_and_log(sign: f64, pivots: &[f64]) -> [f64; 2] {
    if pivots.contains(&0.0) {
        return [0.0, f64::NEG_INFINITY];
    }
    let sign =
        pivots.iter().fold(sign, |sign, pivot| if pivot.is_nan() { f64::NAN } else { sign * pivot.signum() });
    // Not `sum`, which is -0 for nothing.
    [sign, pivots.iter().fold(0.0, |log, pivot| log + pivot.abs().ln())]
}

/// The dims without the matrices.
fn batch(dims: &[usize]) -> Dims {
    Dims::from_slice(&dims[..dims.len() - 2])
}

/// A number for each matrix, with the axes of matrices.
fn for_each_element<'a, V: Verbs<'a>>(v: &mut V, x: V::X) -> V::X {
    let rank = v.dims(x).len();
    let x = v.unsqueeze(x, rank);
    v.unsqueeze(x, rank + 1)
}

/// `weight a^-T`
fn weighted_inverse<'a, V: Verbs<'a>>(v: &mut V, weight: V::X) -> V::X {
    let inverse = v.apply::<Inverse>(&[v.operand(0)], &[]);
    let inverse_t = v.t(inverse);
    let weight = for_each_element(v, weight);
    times(v, inverse_t, weight)
}

/// The trace of `a^-1 a_dot`.
fn relative_tangent<'a, V: Verbs<'a>>(v: &mut V) -> V::X {
    let inverse = v.apply::<Inverse>(&[v.operand(0)], &[]);
    let inverse_t = v.t(inverse);
    let dot = v.operand_dot(0).expect("the operand has a tangent");
    inner_product(v, inverse_t, dot)
}

/// The determinant.
pub(super) struct Determinant;

impl Structural for Determinant {
    const NAME: &'static str = "det";
    const LINEAR: Linear = Linear::No;

    fn dims(operands: &[&[usize]], _: &[usize]) -> Dims {
        batch(operands[0])
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], _: &[usize], _: &mut Scratch<T>) {
        let mut y = y.iter_mut();
        pivots(x[0], |sign, pivots| {
            *y.next().expect("a number for each matrix") = narrow(determinant(sign, pivots));
        });
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let (y, y_bar) = (v.result(), v.result_bar());
        let weight = times(v, y_bar, y);
        let a_bar = weighted_inverse(v, weight);
        let y = for_each_element(v, y);
        v.add_binary::<masked>(0, y, a_bar);
    }
    fn tangent<'a, V: Verbs<'a>>(v: &mut V) -> V::X {
        let relative = relative_tangent(v);
        let y_dot = times(v, v.result(), relative);
        v.binary::<masked>(v.result(), y_dot)
    }
    fn reads(_: usize, _: usize) -> u64 {
        1 | RESULT
    }
}

/// The sign of the determinant and the logarithm of its absolute value, side by side.
pub(super) struct SignAndLog;

impl Structural for SignAndLog {
    const NAME: &'static str = "slogdet";
    const LINEAR: Linear = Linear::No;

    fn dims(operands: &[&[usize]], _: &[usize]) -> Dims {
        let mut dims = batch(operands[0]);
        dims.push(2);
        dims
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], _: &[usize], _: &mut Scratch<T>) {
        let mut y = y.chunks_exact_mut(2);
        pivots(x[0], |sign, pivots| {
            y.next()
                .expect("a pair for each matrix")
                .copy_from_slice(&sign_and_log(sign, pivots).map(narrow));
        });
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let y_bar = v.result_bar();
        let axis = v.dims(y_bar).len() - 1;
        let of_log = v.narrow(y_bar, axis, 1, 1);
        let of_log = v.squeeze(of_log, axis);
        let a_bar = weighted_inverse(v, of_log);
        v.add(0, a_bar);
    }
    fn tangent<'a, V: Verbs<'a>>(v: &mut V) -> V::X {
        let log_dot = relative_tangent(v);
        let rank = v.dims(log_dot).len();
        let column = v.unsqueeze(log_dot, rank);
        let column = v.unsqueeze(column, rank);
        let pair = v.apply::<super::parts::Blocks>(&[column], &[1, 2, 0, 1]);
        v.squeeze(pair, rank)
    }
    fn reads(_: usize, _: usize) -> u64 {
        1
    }
}

/// The logarithm of the determinant.
pub(super) struct LogDeterminant;

impl Structural for LogDeterminant {
    const NAME: &'static str = "logdet";
    const LINEAR: Linear = Linear::No;

    fn dims(operands: &[&[usize]], _: &[usize]) -> Dims {
        batch(operands[0])
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], _: &[usize], _: &mut Scratch<T>) {
        let mut y = y.iter_mut();
        pivots(x[0], |sign, pivots| {
            let [sign, log] = sign_and_log(sign, pivots);
            *y.next().expect("a number for each matrix") = narrow(if sign < 0.0 { f64::NAN } else { log });
        });
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let (y, y_bar) = (v.result(), v.result_bar());
        let is_number = v.binary::<equals>(y, y);
        let weight = v.binary::<masked>(is_number, y_bar);
        let a_bar = weighted_inverse(v, weight);
        v.add(0, a_bar);
    }
    fn tangent<'a, V: Verbs<'a>>(v: &mut V) -> V::X {
        let is_number = v.binary::<equals>(v.result(), v.result());
        let relative = relative_tangent(v);
        v.binary::<masked>(is_number, relative)
    }
    fn reads(_: usize, _: usize) -> u64 {
        1 | RESULT
    }
}

rows! {
    "det" [[3, 3]] => |tape, x| regular(tape, x[0]).det();
    "det" [[2, 2, 2]] => |tape, x| regular(tape, x[0]).det();
    "slogdet" [[3, 3]] => |tape, x| regular(tape, x[0]).slogdet().1;
    "slogdet" [[2, 2, 2]] => |tape, x| regular(tape, x[0]).slogdet().1;
    "logdet" [[3, 3]] => |tape, x| regular(tape, x[0]).logdet();
    "logdet" [[2, 2, 2]] => |tape, x| regular(tape, x[0]).logdet();
}
