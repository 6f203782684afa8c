//! What a user writes for the values of a tensor.

use ndarray::{ArrayBase, Data, Dimension};

use super::element::Element;
use crate::error::{At, Error, Result, Shape};
use crate::shape::{Dims, IntoShape, resolve_shape};
use crate::tensor::Tensor;

/// Values with a shape: a number (rank 0), nested arrays (rank 1 to 4), a slice or `Vec` (rank 1), `(slice or Vec,
/// shape)`, an `ndarray` array or view of any rank and layout, or a tensor (its value is copied).
#[diagnostic::on_unimplemented(
    message = "`{Self}` gives no values of type `{T}` for a tensor",
    label = "not values of the tape's element type",
    note = "a number, nested arrays, a slice or `Vec` of numbers, `(Vec, shape)`, or an ndarray array; no `Vec` of `Vec`s or of arrays",
    note = "numbers are of type `{T}`, and written with a point: `[2.0, 3.0]` instead of `[2, 3]`"
)]
pub trait IntoValues<T>: sealed::Sealed {
    /// The shape.
    #[doc(hidden)]
    fn dims(&self, op: &'static str, at: At) -> Result<Dims>;
    /// Writes the values in row-major order; `out` has as many places as the shape has elements.
    #[doc(hidden)]
    fn write(&self, out: &mut [T]);
    /// The word of a tensor.
    #[doc(hidden)]
    fn word(&self) -> Option<u64> {
        None
    }
}

mod sealed {
    /// `write` runs while the new slots are held exclusively, so that no code of a user's may run in it.
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
    impl<T, const N: usize> Sealed for [T; N] {}
    impl<T> Sealed for Vec<T> {}
    impl<X: ?Sized> Sealed for &X {}
    impl<V, S> Sealed for (V, S) {}
    impl<S: ndarray::RawData, D> Sealed for ndarray::ArrayBase<S, D> {}
    impl<T: super::Element> Sealed for super::Tensor<T> {}
}

macro_rules! numbers {
    ($($float:ty)*) => {$(
        impl IntoValues<$float> for $float {
            fn dims(&self, _: &'static str, _: At) -> Result<Dims> {
                Ok(Dims::new())
            }
            fn write(&self, out: &mut [$float]) {
                out[0] = *self;
            }
        }
    )*};
}
numbers!(f32 f64);

macro_rules! nested {
    ($($list:ty, [$($n:ident),+], $flat:expr;)*) => {$(
        impl<T: Element, $(const $n: usize),+> IntoValues<T> for $list {
            fn dims(&self, _: &'static str, _: At) -> Result<Dims> {
                Ok(Dims::from_slice(&[$($n),+]))
            }
            fn write(&self, out: &mut [T]) {
                let flat: fn(&Self) -> &[T] = $flat;
                out.copy_from_slice(flat(self));
            }
        }
        impl<T: Element, $(const $n: usize),+> IntoValues<T> for &$list {
            fn dims(&self, op: &'static str, at: At) -> Result<Dims> {
                (**self).dims(op, at)
            }
            fn write(&self, out: &mut [T]) {
                (**self).write(out);
            }
        }
    )*};
}
nested! {
    [T; A], [A], |list| list.as_slice();
    [[T; B]; A], [A, B], |list| list.as_flattened();
    [[[T; C]; B]; A], [A, B, C], |list| list.as_flattened().as_flattened();
    [[[[T; D]; C]; B]; A], [A, B, C, D], |list| list.as_flattened().as_flattened().as_flattened();
}

macro_rules! lists {
    ($($list:ty),*) => {$(
        impl<T: Element> IntoValues<T> for $list {
            fn dims(&self, _: &'static str, _: At) -> Result<Dims> {
                Ok(Dims::from_slice(&[self.len()]))
            }
            fn write(&self, out: &mut [T]) {
                out.copy_from_slice(self);
            }
        }
        impl<T: Element, S: IntoShape> IntoValues<T> for ($list, S) {
            fn dims(&self, op: &'static str, at: At) -> Result<Dims> {
                shaped(op, self.0.len(), &self.1, at)
            }
            fn write(&self, out: &mut [T]) {
                out.copy_from_slice(&self.0);
            }
        }
    )*};
}
lists!(Vec<T>, &Vec<T>, &[T]);

impl<T: Element, S: IntoShape, const N: usize> IntoValues<T> for ([T; N], S) {
    fn dims(&self, op: &'static str, at: At) -> Result<Dims> {
        shaped(op, N, &self.1, at)
    }
    fn write(&self, out: &mut [T]) {
        out.copy_from_slice(&self.0);
    }
}

fn shaped(op: &'static str, len: usize, shape: &impl IntoShape, at: At) -> Result<Dims> {
    let extents = shape.extents();
    let dims = resolve_shape(op, &extents, Some(len), at)?;
    match crate::shape::element_count(&dims) {
        expected if expected != len => {
            Err(Error::Length { op, len, shape: Shape::from(&dims[..]), expected, at })
        }
        _ => Ok(dims),
    }
}

impl<T: Element, S: Data<Elem = T>, D: Dimension> IntoValues<T> for ArrayBase<S, D> {
    fn dims(&self, op: &'static str, at: At) -> Result<Dims> {
        (&self).dims(op, at)
    }
    fn write(&self, out: &mut [T]) {
        (&self).write(out);
    }
}

impl<T: Element, S: Data<Elem = T>, D: Dimension> IntoValues<T> for &ArrayBase<S, D> {
    fn dims(&self, _: &'static str, _: At) -> Result<Dims> {
        Ok(Dims::from_slice(self.shape()))
    }
    fn write(&self, out: &mut [T]) {
        match self.as_slice() {
            Some(slice) => out.copy_from_slice(slice),
            None => out.iter_mut().zip(self.iter()).for_each(|(out, &value)| *out = value),
        }
    }
}

impl<T: Element> IntoValues<T> for Tensor<T> {
    fn dims(&self, op: &'static str, at: At) -> Result<Dims> {
        self.dims_for(op, at)
    }
    fn write(&self, out: &mut [T]) {
        self.copy_values(out);
    }
    fn word(&self) -> Option<u64> {
        Some(Tensor::word(*self))
    }
}

impl<T: Element> IntoValues<T> for &Tensor<T> {
    fn dims(&self, op: &'static str, at: At) -> Result<Dims> {
        self.dims_for(op, at)
    }
    fn write(&self, out: &mut [T]) {
        self.copy_values(out);
    }
    fn word(&self) -> Option<u64> {
        Some(Tensor::word(**self))
    }
}
