//! Many outputs of scalars at once: Jacobians and products with several seeds, in lanes.

use ndarray::Array2;

use crate::error::{At, Error, OrRaise, Result, Shape};
use crate::lists::{filled, room};
use crate::scalar::Scalar;
use crate::tape::{Element, Tape};

impl<T: Element> Tape<T> {
    /// The Jacobian of scalars: row `i`, column `j` is the derivative of output `i` by input `j`.
    ///
    /// Up to 8 rows come of one reverse sweep, with an adjoint lane for each; where there are fewer inputs than outputs, 8
    /// columns of one forward sweep. Long tapes take fewer lanes: their adjoints stay within 64 MiB. Rows that pass through
    /// tensors are swept one at a time. Every `.grad` stays as it was.
    ///
    /// A passive output has a row of zeros. PyTorch: `torch.autograd.functional.jacobian`. Source: Griewank and Walther,
    /// Evaluating Derivatives, section 3.2 (vector mode).
    ///
    /// # Panics
    /// Where [`Tape::try_jacobian`] gives an error.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.scalars(&[2.0, 3.0]);
    /// let jacobian = tape.jacobian(&[x[0] * x[1], x[0] - x[1]], &x);
    /// assert_eq!(jacobian, ndarray::array![[3.0, 2.0], [1.0, -1.0]]);
    /// ```
    #[track_caller]
    pub fn jacobian(&self, outputs: &[Scalar<T>], inputs: &[Scalar<T>]) -> Array2<T> {
        self.try_jacobian(outputs, inputs).or_raise()
    }

    /// Like [`Tape::jacobian`], but returns the error: an input that requires no gradient or is an element of a tensor, a
    /// handle of another tape, or an overwritten value.
    #[track_caller]
    pub fn try_jacobian(&self, outputs: &[Scalar<T>], inputs: &[Scalar<T>]) -> Result<Array2<T>> {
        let (op, at) = ("jacobian", At::caller());
        matrix(outputs.len(), inputs.len(), op, at, |all| {
            self.core().products(op, outputs, None, inputs, all, at)
        })
    }

    /// [`Tape::jacobian`], row by row into a slice: nothing is allocated.
    ///
    /// # Panics
    /// Where [`Tape::try_jacobian_into`] gives an error.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let mut jacobian = [0.0; 4];
    /// tape.scope(|| {
    ///     let x = tape.scalars(&[2.0, 3.0]);
    ///     tape.jacobian_into(&[x[0] * x[1], x[0] - x[1]], &x, &mut jacobian);
    /// });
    /// assert_eq!(jacobian, [3.0, 2.0, 1.0, -1.0]);
    /// ```
    #[track_caller]
    pub fn jacobian_into(&self, outputs: &[Scalar<T>], inputs: &[Scalar<T>], jacobian: &mut [T]) {
        self.try_jacobian_into(outputs, inputs, jacobian).or_raise();
    }

    /// Like [`Tape::jacobian_into`], but returns the error: those of [`Tape::try_jacobian`], or a slice of another length.
    #[track_caller]
    pub fn try_jacobian_into(
        &self,
        outputs: &[Scalar<T>],
        inputs: &[Scalar<T>],
        jacobian: &mut [T],
    ) -> Result<()> {
        let (op, at) = ("jacobian", At::caller());
        let (rows, columns) = (outputs.len(), inputs.len());
        if jacobian.len() != rows * columns {
            let (len, expected) = (jacobian.len(), rows * columns);
            let what = format!(
                "the slice has {len} numbers, and outputs x inputs is {rows} x {columns} = {expected}"
            );
            return Err(Error::Domain {
                op,
                what,
                help: "give a slice of one number for each output and input",
                at,
            });
        }
        self.core().products(op, outputs, None, inputs, jacobian, at)
    }

    /// The products of rows with the Jacobian of scalars, `w J`: one row of the answer a seed, one column an input. A seed
    /// has a weight an output. Up to 8 seeds share a sweep. Every `.grad` stays as it was.
    ///
    /// # Panics
    /// Where [`Tape::try_vjp_lanes`] gives an error.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.scalars(&[2.0, 3.0]);
    /// let y = [x[0] * x[1], x[0] - x[1]];
    /// let products = tape.vjp_lanes(&y, &[[1.0, 0.0], [1.0, 10.0]], &x);
    /// assert_eq!(products, ndarray::array![[3.0, 2.0], [13.0, -8.0]]);
    /// ```
    #[track_caller]
    pub fn vjp_lanes<S: AsRef<[T]>>(
        &self,
        outputs: &[Scalar<T>],
        seeds: &[S],
        inputs: &[Scalar<T>],
    ) -> Array2<T> {
        self.try_vjp_lanes(outputs, seeds, inputs).or_raise()
    }

    /// Like [`Tape::vjp_lanes`], but returns the error: those of [`Tape::try_jacobian`], or a seed of another length.
    #[track_caller]
    pub fn try_vjp_lanes<S: AsRef<[T]>>(
        &self,
        outputs: &[Scalar<T>],
        seeds: &[S],
        inputs: &[Scalar<T>],
    ) -> Result<Array2<T>> {
        let (op, at) = ("vjp_lanes", At::caller());
        let mut all = room(seeds.len().saturating_mul(outputs.len()), op, at)?;
        for seed in seeds.iter().map(AsRef::as_ref) {
            if seed.len() != outputs.len() {
                let (root, seed) = (Shape(vec![outputs.len()]), Shape(vec![seed.len()]));
                return Err(Error::SeedShape { op, root, seed, at });
            }
            all.extend_from_slice(seed);
        }
        matrix(seeds.len(), inputs.len(), op, at, |products| {
            self.core().products(op, outputs, Some(&all), inputs, products, at)
        })
    }
}

/// A matrix of zeros that `write` fills row by row.
pub(super) fn matrix<T: Element>(
    rows: usize,
    columns: usize,
    op: &'static str,
    at: At,
    write: impl FnOnce(&mut [T]) -> Result<()>,
) -> Result<Array2<T>> {
    let mut all = filled(T::zero(), rows.saturating_mul(columns), op, at)?;
    write(&mut all)?;
    Ok(Array2::from_shape_vec((rows, columns), all).expect("as many numbers as the matrix has"))
}
