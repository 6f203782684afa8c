//! Gradients made smaller before a step.

use wengert::{At, Element, Result, Tensor};

use crate::options::{caller, domain, or_raise};
use crate::parameters::{leaf, writable};

/// Scales the gradients of all parameters together, so that their Euclidean norm is at most `max_norm`; answers the norm they had.
/// PyTorch: `torch.nn.utils.clip_grad_norm_`.
///
/// With `g` all gradients as one vector, each is multiplied by `max_norm / (|g| + 1e-6)` where that is less than 1. A parameter without a
/// gradient counts as 0. It allocates nothing.
///
/// **Edges.** By an infinite `max_norm` nothing changes, and the norm is read. Where the norm is NaN all gradients become NaN; where it is
/// infinite, infinite elements become NaN and all others 0, as in PyTorch: ask the norm, or `nan_cause` of the loss.
///
/// # Panics
/// Where [`try_clip_grad_norm`] gives an error.
///
/// ```
/// use wengert::Tape;
/// use wengert_optim::clip_grad_norm;
///
/// let tape = Tape::<f64>::new();
/// let (a, b) = (tape.leaf([3.0]), tape.leaf([4.0]));
/// ((a * a + b * b) / 2.0).sum().backward();
/// assert_eq!(clip_grad_norm(&[a, b], 1.0), 5.0);
/// assert!((a.grad().unwrap()[0] - 0.6).abs() < 1e-6);
/// assert!((b.grad().unwrap()[0] - 0.8).abs() < 1e-6);
/// ```
#[track_caller]
pub fn clip_grad_norm<T: Element>(parameters: &[Tensor<T>], max_norm: f64) -> f64 {
    or_raise(try_clip_grad_norm(parameters, max_norm))
}

/// Like [`clip_grad_norm`], but returns the error: a norm that is negative or NaN, a tensor that was computed, a stale handle, or
/// slots that are lent. Constants are passed by. Nothing has changed then.
#[track_caller]
pub fn try_clip_grad_norm<T: Element>(parameters: &[Tensor<T>], max_norm: f64) -> Result<f64> {
    let (op, at) = ("clip_grad_norm", caller());
    check(op, parameters, at)?;
    bound(op, "max_norm", max_norm, at)?;
    let squares = parameters.iter().filter_map(|parameter| {
        parameter.with_grad(|grad| grad.iter().map(|grad| wide(*grad) * wide(*grad)).sum::<f64>())
    });
    // Not `sum`, which is -0 for nothing.
    let norm = squares.fold(0.0, |sum, square| sum + square).sqrt();
    if max_norm.is_infinite() {
        return Ok(norm);
    }
    let factor = max_norm / (norm + 1e-6);
    // A NaN is passed on, as a factor below 1 is.
    if factor.is_nan() || factor < 1.0 {
        let factor = narrow::<T>(factor);
        each(parameters, |grad| *grad *= factor)?;
    }
    Ok(norm)
}

/// Brings each element of each gradient between `-max` and `max`. PyTorch: `torch.nn.utils.clip_grad_value_`.
///
/// **Edges.** A NaN stays one.
///
/// # Panics
/// Where [`try_clip_grad_value`] gives an error.
///
/// ```
/// use wengert::Tape;
/// use wengert_optim::clip_grad_value;
///
/// let tape = Tape::<f64>::new();
/// let w = tape.leaf([3.0, -0.25]);
/// w.square().sum().backward();
/// clip_grad_value(&[w], 1.0);
/// assert_eq!(w.grad().unwrap().as_slice().unwrap(), [1.0, -0.5]);
/// ```
#[track_caller]
pub fn clip_grad_value<T: Element>(parameters: &[Tensor<T>], max: f64) {
    or_raise(try_clip_grad_value(parameters, max));
}

/// Like [`clip_grad_value`], but returns the error: a bound that is negative or NaN, a tensor that was computed, a stale handle, or
/// slots that are lent. Constants are passed by. Nothing has changed then.
#[track_caller]
pub fn try_clip_grad_value<T: Element>(parameters: &[Tensor<T>], max: f64) -> Result<()> {
    let (op, at) = ("clip_grad_value", caller());
    check(op, parameters, at)?;
    let max = narrow::<T>(bound(op, "max", max, at)?);
    each(parameters, |grad| {
        *grad = if *grad > max {
            max
        } else if *grad < -max {
            -max
        } else {
            *grad
        }
    })
}

/// A number that is 0 or more, infinite perhaps.
fn bound(op: &'static str, name: &str, value: f64, at: At) -> Result<f64> {
    if value >= 0.0 {
        return Ok(value);
    }
    domain(op, format!("{name} is {value}, and it is 0 or more"), "give a number that is not negative", at)
}

/// All are leaves that can be written, before any is.
#[track_caller]
fn check<T: Element>(op: &'static str, parameters: &[Tensor<T>], at: At) -> Result<()> {
    for (place, &parameter) in parameters.iter().enumerate() {
        leaf(op, place, parameter, at)?;
        if parameter.requires_grad() {
            writable(op, parameter)?;
        }
    }
    Ok(())
}

/// Changes each element of each gradient; passive parameters never have one.
#[track_caller]
fn each<T: Element>(parameters: &[Tensor<T>], f: impl Fn(&mut T)) -> Result<()> {
    for parameter in parameters.iter().filter(|parameter| parameter.requires_grad()) {
        parameter.try_update_grad(|grad| grad.iter_mut().for_each(&f))?;
    }
    Ok(())
}

fn wide<T: Element>(number: T) -> f64 {
    number.to_f64().expect("every float is one in `f64`")
}

fn narrow<T: Element>(number: f64) -> T {
    T::from(number).expect("every float is one in `f32`, infinite perhaps")
}
