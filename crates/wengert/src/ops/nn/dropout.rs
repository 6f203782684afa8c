//! Dropout.

use rand::SeedableRng;
use rand::rngs::StdRng;
use rand_distr::{Distribution, StandardUniform};

use super::{binary, constant, number};
use crate::error::{At, Error, Result};
use crate::lists::collected;
use crate::ops::arithmetic::mul;
use crate::ops::table::rows;
use crate::shape::element_count;
use crate::tape::Element;
use crate::tensor::Tensor;
use crate::twins::methods;

methods! {
    /// Elements set to 0 with probability `p`, the others divided by `1 - p`, so that the mean stays. Which ones is
    /// drawn from the seed: the same seed and shape drop the same elements, whatever the element type. Give each layer and each step a seed of its
    /// own.
    ///
    /// **Adjoint.** `x_bar += y_bar mask`; the mask is a constant. PyTorch: `torch.nn.functional.dropout`.
    ///
    /// **Edges.** With `p = 0` the tensor itself; with `p = 1` zeros. A dropped NaN or infinity is NaN.
    ///
    /// # Errors
    /// `p` is no probability.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([1.0; 8]);
    /// let y = x.dropout(0.5, 7);
    /// assert!(y.to_vec().iter().all(|&y| y == 0.0 || y == 2.0));
    /// assert_eq!(y.to_vec(), x.dropout(0.5, 7).to_vec());
    /// ```
    dropout(x, at, p: f64, seed: u64) -> Tensor<T> {
        dropped("dropout", x, p, seed, at)
    }
}

/// What tells the numbers of dropout from those that `rand` and `randn` draw: the letters `dropout`.
const STREAM: u64 = 0x64_726f_706f_7574;

/// [`Tensor::dropout`] in the name of an op.
pub(super) fn dropped<T: Element>(
    op: &'static str,
    x: Tensor<T>,
    p: f64,
    seed: u64,
    at: At,
) -> Result<Tensor<T>> {
    let dims = x.dims_for(op, at)?;
    if !(0.0..=1.0).contains(&p) {
        let help = "give the probability of dropping an element";
        return Err(Error::Domain { op, what: format!("p is {p}, and must lie in 0..=1"), help, at });
    }
    if p == 0.0 {
        return Ok(x);
    }
    if p == 1.0 {
        return binary::<mul, T>(x, number(0.0), at);
    }
    // A stream of its own: noise drawn by the same seed says nothing about what is dropped.
    let (mut rng, kept) = (StdRng::seed_from_u64(seed ^ STREAM), T::zero().constant(1.0 / (1.0 - p)));
    let draw = |_| {
        let drawn: f64 = StandardUniform.sample(&mut rng);
        if drawn < p { T::zero() } else { kept }
    };
    let len = element_count(&dims);
    let mask = collected((0..len).map(draw), len, op, at)?;
    binary::<mul, T>(x, constant(op, x, &dims, &mask, at)?, at)
}

rows! {
    "dropout" [[3, 4]] => |_, x| x[0].dropout(0.4, 3);
}
