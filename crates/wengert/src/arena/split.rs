//! Slices for kernels over cells: inputs shared, outputs exclusive.
//!
//! **Invariant.** While a slice from here lives, nothing writes the cells it covers except through it. The functions
//! take a closure so that the slice ends with it. No user code runs inside, with one exception: `Tensor::with` lends
//! shared slices to the user, and while it does the core is locked, so that every write to its slots is refused.
//! What it buys: ndarray views of values without a copy, and kernels (`gemm`, vectorised loops) that take slices.
#![allow(unsafe_code)]

use std::cell::Cell;

/// The cells as a shared slice, for the length of `f`. `f` must not write them.
#[inline(always)]
pub(crate) fn shared<T: Copy, R>(cells: &[Cell<T>], f: impl FnOnce(&[T]) -> R) -> R {
    // SAFETY: `Cell<T>` has the layout of `T`; by the module's invariant no cell of the range is written while the
    // slice lives, which is for the length of `f`.
    f(unsafe { std::slice::from_raw_parts(cells.as_ptr().cast::<T>(), cells.len()) })
}

/// The cells before `at` as a shared slice and those from `at` on as an exclusive one, for the length of `f`.
#[inline(always)]
pub(crate) fn split<T: Copy, R>(cells: &[Cell<T>], at: usize, f: impl FnOnce(&[T], &mut [T]) -> R) -> R {
    let (inputs, outputs) = cells.split_at(at);
    shared(inputs, |inputs| {
        // SAFETY: as in `shared`; the two ranges are disjoint, and cells grant writes. An instruction's outputs lie
        // after its inputs, so that a kernel reads the first and writes the second.
        let outputs =
            unsafe { std::slice::from_raw_parts_mut(outputs.as_ptr().cast::<T>().cast_mut(), outputs.len()) };
        f(inputs, outputs)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_are_written_from_inputs() {
        let mut data = [1.0, 2.0, 0.0, 0.0];
        let cells = Cell::from_mut(&mut data[..]).as_slice_of_cells();
        split(cells, 2, |inputs, outputs| {
            for (output, input) in outputs.iter_mut().zip(inputs) {
                *output = input * 10.0;
            }
        });
        shared(cells, |all| assert_eq!(all, [1.0, 2.0, 10.0, 20.0]));
    }
}
