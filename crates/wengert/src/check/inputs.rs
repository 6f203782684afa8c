//! What a user gives for the point at which a function is checked.

use crate::error::{At, OrRaise};
use crate::tape::{Element, IntoValues};

/// The point at which a function is checked: one input or more, each in any form that `tape.leaf` takes. Inputs of one
/// type are a list, inputs of several types a tuple.
///
/// ```
/// use wengert::check;
/// check::gradients("list", &[[1.0, 2.0], [3.0, 4.0]], |_, x| (x[0] * x[1]).sum()).assert_ok();
/// check::gradients("tuple", ([[1.0, 2.0]], 0.5), |_, x| x[0] * x[1]).assert_ok();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no list of inputs",
    label = "not inputs of a function",
    note = "a list `&[x0, x1]` of values of one type, or a tuple `(x0, x1)`, `(x0,)` of values of several"
)]
pub trait Inputs<T: Element>: sealed::Sealed<T> {}

impl<T: Element, I: sealed::Sealed<T>> Inputs<T> for I {}

/// An input: its shape, and its elements row by row.
pub struct Input<T> {
    pub(super) dims: Vec<usize>,
    pub(super) values: Vec<T>,
}

impl<T: Element> Input<T> {
    #[track_caller]
    fn of(values: &impl IntoValues<T>) -> Input<T> {
        let dims = values.dims("check", At::caller()).or_raise().to_vec();
        let mut own = vec![T::zero(); dims.iter().product()];
        values.write(&mut own);
        Input { dims, values: own }
    }
}

pub(super) mod sealed {
    use super::*;

    /// The inputs, one after the other.
    pub trait Sealed<T: Element> {
        #[doc(hidden)]
        fn inputs(self) -> Vec<Input<T>>;
    }

    impl<T: Element, V: IntoValues<T>> Sealed<T> for &[V] {
        #[track_caller]
        fn inputs(self) -> Vec<Input<T>> {
            self.iter().map(|values| Input::of(values)).collect()
        }
    }

    impl<T: Element, V: IntoValues<T>, const N: usize> Sealed<T> for &[V; N] {
        #[track_caller]
        fn inputs(self) -> Vec<Input<T>> {
            self.as_slice().inputs()
        }
    }

    impl<T: Element, V: IntoValues<T>> Sealed<T> for &Vec<V> {
        #[track_caller]
        fn inputs(self) -> Vec<Input<T>> {
            self.as_slice().inputs()
        }
    }

    macro_rules! tuples {
        ($([$($value:ident)+])*) => {$(
            impl<T: Element, $($value: IntoValues<T>),+> Sealed<T> for ($($value,)+) {
                #[allow(non_snake_case, reason = "a value is named as its type")]
                #[track_caller]
                fn inputs(self) -> Vec<Input<T>> {
                    let ($($value,)+) = self;
                    vec![$(Input::of(&$value)),+]
                }
            }
        )*};
    }
    tuples! { [A] [A B] [A B C] [A B C D] [A B C D E] [A B C D E F] }
}
