//! Keeping numbers within bounds. What a bound is decides what happens at it, as in PyTorch: at a plain number the
//! slope is 0, as that of the constant; at a tensor the operand and the bound share the adjoint.

use super::bounds::{maximum, minimum};
use super::handles::{flat, handles, tensor_rules};
use super::table::rows;
use crate::error::{At, Result};
use crate::rule::pointwise::RuleOf;
use crate::rule::{Dual, Pointwise};
use crate::scalar::Scalar;
use crate::tape::Element;
use crate::tape::pointwise::pointwise;
use crate::tensor::{Operand, Tensor};

tensor_rules! {
    /// `x` within two numbers; nothing comes back from the bounds, nor from NaN.
    Clamp "clamp" (x, low, high) -> y {
        primal: within(x, low, high),
        pull(y_bar): {
            x => A::select(A::both(x.gt(low), high.gt(x)), y_bar, y_bar.zero_like()),
            low => y_bar.zero_like(),
            high => y_bar.zero_like(),
        },
    }

    /// `x` within two operands: those that are equal share what comes back.
    ClampBetween "clamp" (x, low, high) -> y {
        primal: within(x, low, high),
        pull(y_bar): {
            x => {
                let inside = A::both(x.gt(low), high.gt(x));
                let at_one = A::both(high.gt(low), A::either(x.same(low), x.same(high)));
                let at_both = A::both(x.same(low), low.same(high));
                A::select(inside, y_bar, shared(at_one, at_both, y_bar))
            },
            low => {
                let below = A::both(high.gt(low), low.gt(x));
                let at_one = A::either(A::both(high.gt(low), x.same(low)), A::both(low.same(high), low.gt(x)));
                let at_both = A::both(x.same(low), low.same(high));
                A::select(below, y_bar, shared(at_one, at_both, y_bar))
            },
            high => {
                let above = A::either(x.gt(high), low.gt(high));
                let at_one = A::either(A::both(high.gt(low), x.same(high)), A::both(low.same(high), low.gt(x)));
                let at_both = A::both(x.same(low), low.same(high));
                A::select(above, y_bar, shared(at_one, at_both, y_bar))
            },
        },
    }

    /// `max(x, low)` for a number.
    ClampMin "clamp_min" (x, low) -> y {
        primal: <maximum as Pointwise<2>>::primal([x, low]),
        pull(y_bar): { x => A::select(x.gt(low), y_bar, y_bar.zero_like()), low => y_bar.zero_like() },
    }

    /// `min(x, high)` for a number.
    ClampMax "clamp_max" (x, high) -> y {
        primal: <minimum as Pointwise<2>>::primal([x, high]),
        pull(y_bar): { x => A::select(high.gt(x), y_bar, y_bar.zero_like()), high => y_bar.zero_like() },
    }

    /// Like [`Clamp`], but the adjoint passes at NaN.
    Hardtanh "hardtanh" (x, low, high) -> y {
        primal: within(x, low, high),
        pull(y_bar): {
            x => A::select(A::either(x.le(low), high.le(x)), y_bar.zero_like(), y_bar),
            low => y_bar.zero_like(),
            high => y_bar.zero_like(),
        },
    }
}

/// `min(max(x, low), high)`, NaN if any is NaN.
fn within<T: wengert_kernels::Real>(x: T, low: T, high: T) -> T {
    if x.is_nan() || low.is_nan() || high.is_nan() {
        return T::nan();
    }
    x.max(low).min(high)
}

/// A half at one mask, a third at the other, else nothing.
fn shared<A: crate::rule::Arithmetic>(half: A::Mask, third: A::Mask, y_bar: A) -> A {
    let thirds = A::select(third, y_bar / y_bar.constant(3.0), y_bar.zero_like());
    A::select(half, y_bar * y_bar.constant(0.5), thirds)
}

/// Whether a bound is a plain number.
fn is_number<T: Element>(bound: Operand<T>) -> bool {
    match bound {
        Operand::Tensor(_) => false,
        Operand::Scalar(x) => !x.is_active(),
        Operand::Number(_) => true,
    }
}

handles! {
    /// The operand within two bounds, element by element, broadcast: `y = min(max(x, low), high)`. A bound is a
    /// number, a scalar or a tensor; NaN if any of them is.
    ///
    /// **Adjoint.** A gate: `y_bar` goes to the one that `y` is.
    ///
    /// **Edges.** At a bound that is a number nothing comes back. If a bound is a tensor or an active scalar, the
    /// operands that are equal to `y` get equal shares. Where `low > high`, `y` is `high`. Nothing comes back at NaN.
    /// PyTorch: `torch.clamp`, since 2.15; before, the operand got all of `y_bar` at a bound.
    ///
    /// # Panics
    /// Where the shapes do not broadcast; [`Tensor::try_clamp`](crate::Tensor::try_clamp) returns the error.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([-2.0, -1.0, 0.0, 2.0]);
    /// let y = x.clamp(-1.0, 1.0);
    /// y.sum().backward();
    /// assert_eq!(y.to_vec(), [-1.0, -1.0, 0.0, 1.0]);
    /// assert_eq!(x.grad().unwrap().as_slice().unwrap(), [0.0, 0.0, 1.0, 0.0]);
    /// ```
    clamp(x, at; low, high;) {
        tensors: {
            let rule = match is_number(low) && is_number(high) {
                true => RuleOf::<Clamp, T>::TERNARY,
                false => RuleOf::<ClampBetween, T>::TERNARY,
            };
            pointwise(rule, [x.into(), low, high], at)
        },
        scalars: clamped(x, low, high),
    }

    /// The larger of the operand and a bound, element by element, broadcast. The bound is a number, a scalar or a
    /// tensor; NaN if either is.
    ///
    /// **Adjoint.** A gate: `y_bar` goes to the one that `y` is.
    ///
    /// **Edges.** At a bound that is a number nothing comes back, nor at NaN; with a tensor or an active scalar it is
    /// [`Tensor::maximum`](crate::Tensor::maximum). PyTorch: `torch.clamp_min`, since 2.15.
    ///
    /// # Panics
    /// Where the shapes do not broadcast; [`Tensor::try_clamp_min`](crate::Tensor::try_clamp_min) returns the error.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([-1.0, 0.0, 2.0]);
    /// let y = x.clamp_min(0.0);
    /// y.sum().backward();
    /// assert_eq!(y.to_vec(), [0.0, 0.0, 2.0]);
    /// assert_eq!(x.grad().unwrap().as_slice().unwrap(), [0.0, 0.0, 1.0]);
    /// ```
    clamp_min(x, at; low;) {
        tensors: match is_number(low) {
            true => pointwise(RuleOf::<ClampMin, T>::BINARY, [x.into(), low], at),
            false => maximum::tensors(x.into(), low, at),
        },
        scalars: match low.is_active() || x.value() > low.value() {
            true => x.try_maximum(low),
            false => flat(x, <maximum as Pointwise<2>>::primal([x.value(), low.value()])),
        },
    }

    /// The smaller of the operand and a bound, element by element, broadcast. The bound is a number, a scalar or a
    /// tensor; NaN if either is.
    ///
    /// **Adjoint.** A gate: `y_bar` goes to the one that `y` is.
    ///
    /// **Edges.** At a bound that is a number nothing comes back, nor at NaN; with a tensor or an active scalar it is
    /// [`Tensor::minimum`](crate::Tensor::minimum). PyTorch: `torch.clamp_max`, since 2.15.
    ///
    /// # Panics
    /// Where the shapes do not broadcast; [`Tensor::try_clamp_max`](crate::Tensor::try_clamp_max) returns the error.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// assert_eq!(tape.leaf([-1.0, 2.0]).clamp_max(0.0).to_vec(), [-1.0, 0.0]);
    /// ```
    clamp_max(x, at; high;) {
        tensors: match is_number(high) {
            true => pointwise(RuleOf::<ClampMax, T>::BINARY, [x.into(), high], at),
            false => minimum::tensors(x.into(), high, at),
        },
        scalars: match high.is_active() || high.value() > x.value() {
            true => x.try_minimum(high),
            false => flat(x, <minimum as Pointwise<2>>::primal([x.value(), high.value()])),
        },
    }

    /// The identity within two numbers, and constant outside: `y = min(max(x, low), high)`.
    ///
    /// **Adjoint.** A gate: `y_bar` where `low < x < high`, else 0.
    ///
    /// **Edges.** At the bounds the slope is 0, at NaN it is 1. PyTorch: `torch.nn.functional.hardtanh`.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([-3.0, -1.0, 0.5]);
    /// let y = x.hardtanh(-1.0, 1.0);
    /// y.sum().backward();
    /// assert_eq!(y.to_vec(), [-1.0, -1.0, 0.5]);
    /// assert_eq!(x.grad().unwrap().as_slice().unwrap(), [0.0, 0.0, 1.0]);
    /// ```
    hardtanh(x, at;; low, high) {
        tensors: hard(x, low, high, at),
        scalars: match x.value() <= low || x.value() >= high {
            true => flat(x, within(x.value(), low, high)),
            false => x.try_add(Scalar::passive(T::zero())),
        },
    }
}

fn hard<T: Element>(x: Tensor<T>, low: T, high: T, at: At) -> Result<Tensor<T>> {
    pointwise(RuleOf::<Hardtanh, T>::TERNARY, [x.into(), Operand::Number(low), Operand::Number(high)], at)
}

/// Scalars are compared by value: what comes back goes by the ops that are recorded.
#[track_caller]
fn clamped<T: Element>(x: Scalar<T>, low: Scalar<T>, high: Scalar<T>) -> Result<Scalar<T>> {
    let (value, lowest, highest) = (x.value(), low.value(), high.value());
    let y = within(value, lowest, highest);
    if !low.is_active() && !high.is_active() {
        return match value > lowest && highest > value {
            true => x.try_maximum(low),
            false => flat(x, y),
        };
    }
    // The operands that are equal to the result, unless another bound decides against them.
    let takes_low = value <= lowest && lowest <= highest;
    let takes_x = value >= lowest && value <= highest;
    let takes_high = highest <= value || highest <= lowest;
    let chosen: smallvec::SmallVec<[Scalar<T>; 3]> = [(takes_x, x), (takes_low, low), (takes_high, high)]
        .into_iter()
        .filter_map(|(takes, scalar)| takes.then_some(scalar))
        .collect();
    let active = [x, low, high].into_iter().find(|scalar| scalar.is_active()).unwrap_or(x);
    match chosen[..] {
        [one] if one.is_active() => one.try_add(Scalar::passive(T::zero())),
        [] | [_] => flat(active, y),
        [a, b] => a.try_maximum(b),
        // A third each: two thirds to a pair that shares them.
        [a, b, ..] => {
            a.try_lerp(b.try_maximum(high)?, Scalar::passive(T::one() - (T::one() + two()).recip()))
        }
    }
}

impl<T: Element, const N: usize> Dual<T, N> {
    /// The number within two bounds: see [`Tensor::clamp`](crate::Tensor::clamp). What is equal to the result shares its
    /// slope; at a bound without tangents it is 0.
    pub fn clamp(self, low: impl Into<Dual<T, N>>, high: impl Into<Dual<T, N>>) -> Dual<T, N> {
        let (low, high) = (low.into(), high.into());
        let (value, lowest, highest) = (self.value, low.value, high.value);
        let y = within(value, lowest, highest);
        if low.is_passive() && high.is_passive() {
            let inside = value > lowest && highest > value;
            return if inside { self } else { Dual::passive(y) };
        }
        let takes_low = value <= lowest && lowest <= highest;
        let takes_x = value >= lowest && value <= highest;
        let takes_high = highest <= value || highest <= lowest;
        let takes = [(takes_x, self), (takes_low, low), (takes_high, high)];
        let chosen = takes.iter().filter(|(takes, _)| *takes);
        let count = chosen.clone().fold(T::zero(), |count, _| count + T::one());
        let sum = chosen.fold(Dual::passive(T::zero()), |sum, &(_, x)| sum + x);
        Dual { value: y, dot: (sum / count.max(T::one())).dot }
    }
}

rows! {
    "clamp" [[2, 3]] => |_, x| (x[0] * two::<T>()).clamp(number(-0.5), number(0.5));
    "clamp" [[2, 3], [3], [2, 1]] => |_, x| (x[0] * two::<T>()).clamp(x[1], x[2]);
    "clamp_min" [[2, 3]] => |_, x| x[0].clamp_min(number(-0.5));
    "clamp_max" [[2, 3], [3]] => |_, x| x[0].clamp_max(x[1]);
    "hardtanh" [[2, 3]] => |_, x| x[0].hardtanh(-T::one() / two(), T::one() / two());
}

/// A number as a bound of the rows.
fn number<T: Element>(x: f64) -> Operand<T> {
    Operand::Number(crate::rule::Arithmetic::constant(T::zero(), x))
}

fn two<T: Element>() -> T {
    T::one() + T::one()
}
