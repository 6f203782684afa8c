//! Ops that move elements: views, joining, splitting, repeating.

use wengert::{Pad, Tensor};

use crate::call::Call;

/// Runs an op of this family.
pub fn run(op: &str, call: &Call<'_>) -> Option<Vec<Tensor<f64>>> {
    let dim = || call.int("dim", 0);
    let y = match op {
        "reshape" => call.x().reshape(call.ints("shape")),
        "transpose" => call.x().transpose(call.int("dim0", 0), call.int("dim1", 1)),
        "permute" => call.x().permute(call.ints("dims")),
        "expand" => call.x().expand(call.ints("shape")),
        "flip" => call.x().flip(call.ints("dims")),
        "unsqueeze" => call.x().unsqueeze(dim()),
        "squeeze" => match call.maybe_ints("dim") {
            Some(axes) => call.x().squeeze_axes(axes),
            None => call.x().squeeze(),
        },
        "slice" => {
            let range = call.int("start", 0)..call.int("end", isize::MAX);
            call.x().slice(dim(), (range, call.int("step", 1)))
        }

        "cat" => call.tape.cat(call.tensors(), dim()),
        "stack" => call.tape.stack(call.tensors(), dim()),

        "narrow" => call.x().narrow(dim(), call.int("start", 0), call.size("length", 0)),
        "flatten" => call.x().flatten(call.int("start", 0), call.int("end", -1)),
        "movedim" => call.x().movedim(call.ints("src"), call.ints("dst")),
        "unfold" => call.x().unfold(dim(), call.size("size", 1), call.size("step", 1)),
        "repeat" => call.x().repeat(call.sizes("repeats")),
        // Without an axis the elements are one list.
        "repeat_interleave" if call.maybe_ints("dim").is_none() => {
            call.x().ravel().repeat_interleave(call.size("repeats", 1), 0)
        }
        "repeat_interleave" => call.x().repeat_interleave(call.size("repeats", 1), dim()),
        "roll" => match call.maybe_ints("dims") {
            Some(dims) => call.x().roll(call.ints("shifts"), dims),
            None => call.x().roll_all(call.int("shifts", 0)),
        },
        "pad" => {
            let pairs: Vec<_> = call.ints("pad").chunks(2).map(|pair| (pair[0], pair[1])).collect();
            let pad = match call.word("mode", "constant") {
                "reflect" => Pad::Reflect,
                "replicate" => Pad::Replicate,
                "circular" => Pad::Circular,
                _ => Pad::Constant(call.number("value", 0.0)),
            };
            call.x().pad(&pairs, pad)
        }

        "split" if call.maybe_ints("sizes").is_none() => {
            return Some(call.x().split_every(call.size("size", 1), dim()));
        }
        "split" => return Some(call.x().split(call.sizes("sizes"), dim())),
        "chunk" => return Some(call.x().chunk(call.size("chunks", 1), dim())),
        "unbind" => return Some(call.x().unbind(dim())),
        _ => return None,
    };
    Some(vec![y])
}
