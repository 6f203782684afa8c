//! The greeks by scalars of a tape: one reverse sweep a path gives all nine. A path is recorded in a scope, so that the tape stays as
//! long as one path; the gradients add up in the parameters, which lie outside.

use wengert::{Scalar, Stats, Tape};

use super::{Greeks, Heston, Paths, path};

/// Computes price and greeks on a tape, in memory that is reused.
#[derive(Default)]
pub struct ByScalars {
    tape: Tape<f64>,
}

impl ByScalars {
    /// The price and its greeks.
    pub fn greeks(&mut self, model: &Heston<f64>, paths: &Paths) -> Greeks {
        all_paths(&self.tape, model, paths, path)
    }

    /// How large the tape is, and was at its largest.
    pub fn stats(&self) -> Stats {
        self.tape.stats()
    }
}

/// Price and greeks from what one path pays, recorded in a scope of its own.
pub(super) fn all_paths(
    tape: &Tape<f64>,
    model: &Heston<f64>,
    paths: &Paths,
    mut path: impl FnMut(&Heston<Scalar>, &[[f64; 2]]) -> Scalar,
) -> Greeks {
    let count = paths.iter().len() as f64;
    let (price, slopes) = tape.scope(|| {
        let parameters = model.to_array().map(|parameter| tape.scalar(parameter));
        parameters.iter().for_each(|parameter| parameter.zero_grad());
        let model = Heston::from_array(parameters);
        let one = |normals: &[[f64; 2]]| {
            tape.scope(|| {
                let pays = path(&model, normals);
                // What pays nothing has no derivative either.
                if pays > 0.0 {
                    pays.backward();
                }
                pays.value()
            })
        };
        let price = paths.iter().map(one).sum::<f64>() / count;
        let slopes = parameters.map(|parameter| parameter.grad().unwrap_or(0.0) / count);
        (price, slopes)
    });
    Greeks { price, slopes }
}
