//! What ops of more than two operands are made with: rules that only tensors record, and methods of tensors and
//! scalars side by side. The lane of scalars has instructions of one and two operands; there such an op is a few of them.

use crate::error::{At, Error, Result};
use crate::scalar::Scalar;
use crate::shape::{Dims, broadcast};
use crate::tape::Element;
use crate::tensor::Operand;

/// Rules of tensors alone, as blocks: `Type "name" (operands) -> result { primal, pull(y_bar): { one an operand } }`.
macro_rules! tensor_rules {
    ($(
        $(#[$doc:meta])*
        $type:ident $name:literal ($($x:ident),+) -> $y:ident {
            primal: $primal:expr,
            pull($y_bar:ident): { $($k:ident => $pull:expr),+ $(,)? } $(,)?
        }
    )*) => {$(
        $(#[$doc])*
        enum $type {}

        impl $crate::rule::Pointwise<{ [$(stringify!($x)),+].len() }> for $type {
            const NAME: &'static str = $name;
            const SAMPLE: [f64; [$(stringify!($x)),+].len()] = [$({ let _ = stringify!($x); 0.7 }),+];
            #[inline(always)]
            fn primal<T: wengert_kernels::Real>([$($x),+]: [T; [$(stringify!($x)),+].len()]) -> T {
                $primal
            }
            #[inline(always)]
            #[allow(unused_variables)]
            fn pull<A: $crate::rule::Arithmetic>(k: usize, [$($x),+]: [A; [$(stringify!($x)),+].len()], $y: A, $y_bar: A) -> A {
                let mut operand = 0..;
                $( if Some(k) == operand.next() { return $pull; } )+
                unreachable!("the op has no operand {k}")
            }
        }
    )*};
}
pub(crate) use tensor_rules;

/// Documented methods of `Tensor` and of `Scalar`, each with its `try_` twin: operands, then parameters, which are
/// plain numbers. The bodies are the twins'.
macro_rules! handles {
    ($(
        $(#[doc = $doc:expr])*
        $name:ident($x:ident, $at:ident; $($operand:ident),*; $($number:ident),*) {
            tensors: $tensors:expr,
            scalars: $scalars:expr $(,)?
        }
    )*) => {
        $(
            $crate::twins::documented!([$($doc),*] $name
                concat!("x.", stringify!($name), "(", stringify!($($operand),* $(, $number)*), ")"));
        )*
        pastey::paste! {
            impl<T: $crate::tape::Element> $crate::tensor::Tensor<T> {$(
                $(#[doc = $doc])*
                #[track_caller]
                pub fn $name(self $(, $operand: impl Into<$crate::tensor::Operand<T>>)* $(, $number: T)*) -> $crate::tensor::Tensor<T> {
                    $crate::error::OrRaise::or_raise(self.[<try_ $name>]($($operand,)* $($number),*))
                }

                #[doc = concat!("Like [`Tensor::", stringify!($name), "`](crate::Tensor::", stringify!($name), "), but returns the error.")]
                #[track_caller]
                pub fn [<try_ $name>](self $(, $operand: impl Into<$crate::tensor::Operand<T>>)* $(, $number: T)*) -> $crate::error::Result<$crate::tensor::Tensor<T>> {
                    let ($x, $at) = (self, $crate::error::At::caller());
                    $( let $operand: $crate::tensor::Operand<T> = $operand.into(); )*
                    $tensors
                }
            )*}

            impl<T: $crate::tape::Element> $crate::scalar::Scalar<T> {$(
                #[doc = concat!("The op `", stringify!($name), "`: see [`Tensor::", stringify!($name), "`](crate::Tensor::", stringify!($name), ").")]
                #[track_caller]
                pub fn $name(self $(, $operand: impl Into<$crate::scalar::Scalar<T>>)* $(, $number: T)*) -> $crate::scalar::Scalar<T> {
                    $crate::error::OrRaise::or_raise(self.[<try_ $name>]($($operand,)* $($number),*))
                }

                #[doc = concat!("Like [`Scalar::", stringify!($name), "`](crate::Scalar::", stringify!($name), "), but returns the error.")]
                #[track_caller]
                pub fn [<try_ $name>](self $(, $operand: impl Into<$crate::scalar::Scalar<T>>)* $(, $number: T)*) -> $crate::error::Result<$crate::scalar::Scalar<T>> {
                    let $x = self;
                    $( let $operand: $crate::scalar::Scalar<T> = $operand.into(); )*
                    let all = [$crate::tensor::Operand::Scalar($x) $(, $crate::tensor::Operand::Scalar($operand))*];
                    $crate::ops::handles::same_tape(stringify!($name), &all, $crate::error::At::caller())?;
                    $scalars
                }
            )*}
        }
    };
}
pub(crate) use handles;

/// The common shape of operands that an op is about to take, or why it cannot: what an op of several instructions
/// checks before the first of them.
pub(crate) fn meeting<T: Element>(op: &'static str, operands: &[Operand<T>], at: At) -> Result<Dims> {
    same_tape(op, operands, at)?;
    let mut dims = Dims::new();
    for operand in operands {
        let Operand::Tensor(x) = *operand else { continue };
        let own = x.dims_for(op, at)?;
        dims = broadcast(&dims, &own)
            .map_err(|differ| Error::broadcast(op, &["lhs", "rhs"], [&dims, &own], differ, at))?;
    }
    Ok(dims)
}

/// Whether the operands are alive, and on one tape.
pub(crate) fn same_tape<T: Element>(op: &'static str, operands: &[Operand<T>], at: At) -> Result<()> {
    let mut tape = None;
    for operand in operands {
        let core = match *operand {
            Operand::Number(_) => None,
            Operand::Scalar(x) => x.resolve(op, at)?.map(|(core, _)| core),
            Operand::Tensor(x) => Some(x.resolve(op, at)?.0),
        };
        if let Some(core) = core {
            let first = *tape.get_or_insert(core);
            if !std::ptr::eq(first, core) {
                return Err(Error::DifferentTapes { op, lhs: first.id.get(), rhs: core.id.get(), at });
            }
        }
    }
    Ok(())
}

/// A scalar of the given value with the slope 0 by `x`: it is active where `x` is.
#[track_caller]
pub(crate) fn flat<T: Element>(x: Scalar<T>, value: T) -> Result<Scalar<T>> {
    x.try_sign()?.try_mul(Scalar::passive(T::zero()))?.try_add(Scalar::passive(value))
}
