//! Where the derivatives go: a sparse matrix whose structure is known before.

use super::{BLOCK, Bundle, CAMERA};

/// The errors of a bundle and their Jacobian, in compressed rows.
///
/// The first rows are those of the errors, two an observation, then one a weight. The columns are the parameters of all cameras,
/// then of all points, then the weights. The structure follows from the bundle and is made once; the ways of differentiating write
/// the values.
#[derive(Clone, Debug)]
pub struct Jacobian {
    /// Two errors an observation.
    pub errors: Vec<[f64; 2]>,
    /// One error a weight.
    pub weight_errors: Vec<f64>,
    /// Where each row starts in `columns` and `values`, and the end of the last.
    pub rows: Vec<usize>,
    /// The column of each value.
    pub columns: Vec<u32>,
    /// The derivatives, row by row.
    pub values: Vec<f64>,
}

impl Jacobian {
    /// The structure of a bundle's Jacobian, with zeros.
    pub fn new(bundle: &Bundle) -> Jacobian {
        let count = bundle.observations.len();
        let points = CAMERA * bundle.cameras.len();
        let weights = points + 3 * bundle.points.len();
        let mut columns = Vec::with_capacity(count * (2 * BLOCK + 1));
        for (i, seen) in bundle.observations.iter().enumerate() {
            for _ in 0..2 {
                columns.extend((0..CAMERA).map(|k| (CAMERA * seen.camera + k) as u32));
                columns.extend((0..3).map(|k| (points + 3 * seen.point + k) as u32));
                columns.push((weights + i) as u32);
            }
        }
        columns.extend((0..count).map(|i| (weights + i) as u32));
        let of_errors = (0..2 * count).map(|row| BLOCK * row);
        let of_weights = (0..=count).map(|row| 2 * BLOCK * count + row);
        Jacobian {
            errors: vec![[0.0; 2]; count],
            weight_errors: vec![0.0; count],
            rows: of_errors.chain(of_weights).collect(),
            values: vec![0.0; columns.len()],
            columns,
        }
    }

    /// The two rows of an observation.
    pub fn block(&self, observation: usize) -> &[[f64; BLOCK]] {
        let (blocks, _) = self.values.as_chunks();
        &blocks[2 * observation..2 * observation + 2]
    }

    /// The derivative of an observation's weight error.
    pub fn weight(&self, observation: usize) -> f64 {
        self.values[2 * BLOCK * self.errors.len() + observation]
    }

    /// For each observation, what a way of differentiating has to fill.
    ///
    /// ```
    /// use adbench::ba::{Jacobian, generate};
    ///
    /// let bundle = generate(7, 2, 3, 4);
    /// let mut jacobian = Jacobian::new(&bundle);
    /// for (fill, seen) in jacobian.fill().zip(&bundle.observations) {
    ///     *fill.weight_error = 1.0 - seen.weight * seen.weight;
    ///     *fill.weight = -2.0 * seen.weight;
    /// }
    /// assert_eq!(jacobian.weight(3), -2.0 * bundle.observations[3].weight);
    /// ```
    pub fn fill(&mut self) -> impl Iterator<Item = Fill<'_>> {
        let (of_errors, of_weights) = self.values.split_at_mut(2 * BLOCK * self.errors.len());
        let (rows, _) = of_errors.as_chunks_mut();
        let (rows, _) = rows.as_chunks_mut();
        let errors = self.errors.iter_mut().zip(rows);
        let weights = self.weight_errors.iter_mut().zip(of_weights);
        errors.zip(weights).map(|((error, rows), (weight_error, weight))| Fill {
            error,
            rows,
            weight_error,
            weight,
        })
    }
}

/// What belongs to one observation.
#[derive(Debug)]
pub struct Fill<'a> {
    /// The two errors.
    pub error: &'a mut [f64; 2],
    /// The derivatives of each error by the block's parameters, see [`Bundle::block`].
    pub rows: &'a mut [[f64; BLOCK]; 2],
    /// The weight's error.
    pub weight_error: &'a mut f64,
    /// Its derivative by the weight.
    pub weight: &'a mut f64,
}
