//! Masks, indices, and parts of matrices.

use wengert::{Indices, Mask, Tensor};

use crate::call::Call;

/// Runs an op of this family.
pub fn run(op: &str, call: &Call<'_>) -> Option<Vec<Tensor<f64>>> {
    let dim = || call.int("dim", 0);
    let mask = || Mask::from(call.mask());
    let indices = || {
        let (values, shape) = call.indices();
        Indices::new(values, shape)
    };
    let y = match op {
        "select" => call.x().index_axis(dim(), call.int("index", 0)),

        "where" => call.x().where_(&mask(), call.y()),
        "masked_fill" => call.x().masked_fill(&mask(), call.number("value", 0.0)),
        "masked_select" => call.x().masked_select(&mask()),

        "index_select" => call.x().index_select(dim(), indices()),
        "gather" => call.curved().gather(dim(), indices()),
        "scatter_add" => call.x().scatter_add(dim(), indices(), call.y()),
        "index_add" => call.x().index_add(dim(), indices(), call.y()),
        "embedding" => match call.maybe_ints("padding_idx").as_deref() {
            Some(&[padding]) => call.x().embedding_padded(indices(), padding),
            _ => call.x().embedding(indices()),
        },

        "tril" => call.x().tril(call.int("diagonal", 0)),
        "triu" => call.x().triu(call.int("diagonal", 0)),
        "diagonal" => call.x().diagonal(call.int("offset", 0)),
        "diag" => call.x().diag(call.int("diagonal", 0)),
        "trace" => call.x().trace(),
        _ => return None,
    };
    Some(vec![y])
}
