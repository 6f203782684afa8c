//! Attention.

use smallvec::SmallVec;
use wengert_kernels::{Scratch, Strided, map_lanes};

use super::dropout::dropped;
use super::softmax::{Softmax, centred};
use super::{binary, constant, meet, number, together};
use crate::error::{At, Error, Result, Shape};
use crate::lists::collected;
use crate::ops::arithmetic::{add, mul};
use crate::ops::linalg::Matmul;
use crate::ops::table::rows;
use crate::picks::Mask;
use crate::rule::{Linear, Number, RESULT, Structural, Verbs};
use crate::shape::{Dims, broadcast};
use crate::tape::Element;
use crate::tape::structural::structural;
use crate::tensor::{Operand, Tensor};
use crate::twins::methods;

/// Which keys a query attends to: the `attn_mask` of PyTorch.
#[derive(Clone, Debug)]
pub enum Attends<T: Element = f64> {
    /// Those that hold take part.
    Where(Mask),
    /// It is added to the scores; `-inf` keeps a key out.
    Added(Tensor<T>),
}

impl<T: Element> From<Mask> for Attends<T> {
    fn from(mask: Mask) -> Attends<T> {
        Attends::Where(mask)
    }
}

impl<T: Element> From<&Mask> for Attends<T> {
    fn from(mask: &Mask) -> Attends<T> {
        Attends::Where(mask.clone())
    }
}

impl<T: Element> From<Tensor<T>> for Attends<T> {
    fn from(added: Tensor<T>) -> Attends<T> {
        Attends::Added(added)
    }
}

/// The options of [`Tensor::scaled_dot_product_attention`]; the default is PyTorch's.
#[derive(Clone, Debug)]
pub struct Attention<T: Element = f64> {
    /// Broadcasts with the scores, `[.., queries, keys]`.
    pub mask: Option<Attends<T>>,
    /// Whether query `i` attends to the keys `0..=i` alone; a mask counts too.
    pub causal: bool,
    /// What scores are multiplied by; `None` is one over the square root of the width.
    pub scale: Option<f64>,
    /// The probability that a weight is dropped, as [`Tensor::dropout`] drops, and its seed.
    pub dropout: (f64, u64),
}

impl<T: Element> Default for Attention<T> {
    fn default() -> Attention<T> {
        Attention { mask: None, causal: false, scale: None, dropout: (0.0, 0) }
    }
}

/// The shape of the scores, of operands that fit each other.
fn scores_of(op: &'static str, all: &[Dims], at: At) -> Result<Dims> {
    for (dims, what) in all.iter().zip(["the query", "the key", "the value"]) {
        if dims.len() < 2 {
            let (expected, shape) = ("2 or more", Shape::from(&dims[..]));
            let help = "the last two axes are rows and their width";
            return Err(Error::Rank { op, what, expected, shape, help, at });
        }
    }
    let [q, k, v] = all else { unreachable!("three operands") };
    let matrix = |dims: &Dims| [dims[dims.len() - 2], dims[dims.len() - 1]];
    let ([queries, width], [keys, key_width], [values, _]) = (matrix(q), matrix(k), matrix(v));
    if width != key_width {
        let (lhs, rhs) = (Shape::from(&q[..]), Shape::from(&k[..]));
        return Err(Error::InnerDimensions { op, lhs, rhs, left: width, right: key_width, at });
    }
    if keys != values {
        let (lhs, rhs) = (Shape::from(&k[..]), Shape::from(&v[..]));
        let help = "give one value for each key: they are rows of the axis before the last";
        return Err(Error::ShapeMismatch { op, what: "the key", lhs, other: "the value", rhs, help, at });
    }
    let batch = meet(op, &q[..q.len() - 2], &k[..k.len() - 2], at)?;
    meet(op, &batch, &v[..v.len() - 2], at)?;
    Ok(batch.into_iter().chain([queries, keys]).collect())
}

/// The common shape of the mask and the scores.
fn met(op: &'static str, mask: &[usize], scores: &[usize], at: At) -> Result<Dims> {
    broadcast(mask, scores)
        .map_err(|differ| Error::broadcast(op, &["mask", "the table of scores"], [mask, scores], differ, at))
}

/// The softmax along the last axis, in which a row of `-inf` alone is zeros.
struct RowsOfWeights;

impl Structural for RowsOfWeights {
    const NAME: &'static str = "softmax";
    const LINEAR: Linear = Linear::No;
    fn dims(operands: &[&[usize]], payload: &[usize]) -> Dims {
        Softmax::dims(operands, payload)
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], payload: &[usize], scratch: &mut Scratch<T>) {
        map_lanes(y, [x[0]], payload, scratch, |_, y, [x]| {
            let max = wengert_kernels::maximum(x);
            if max == T::neg_infinity() {
                return y.fill(T::zero());
            }
            y.iter_mut().zip(x).for_each(|(y, &x)| *y = (x - max).fast_exp());
            let sum = wengert_kernels::sum(y);
            y.iter_mut().for_each(|y| *y /= sum);
        });
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let rest = centred(v, v.result_bar());
        v.add_binary::<mul>(0, v.result(), rest);
    }
    fn tangent<'a, V: Verbs<'a>>(v: &mut V) -> V::X {
        let dot = v.operand_dot(0).expect("the operand has a tangent");
        let rest = centred(v, dot);
        v.binary::<mul>(v.result(), rest)
    }
    fn reads(_: usize, _: usize) -> u64 {
        RESULT
    }
}

/// The last two axes exchanged.
fn turned<T: Element>(x: Tensor<T>, op: &'static str, at: At) -> Result<Tensor<T>> {
    x.seen(op, at, |view| {
        let mut order: Dims = (0..view.layout.rank()).collect();
        let rank = order.len();
        order.swap(rank - 2, rank - 1);
        Ok(view.permute(&order))
    })
}

methods! {
    /// Scaled dot product attention of queries `[.., l, e]` over keys `[.., s, e]` and values `[.., s, f]`:
    /// `softmax(q k^T / sqrt(e) + mask) v`, which is `[.., l, f]`. Heads and batches are axes in front, and broadcast.
    /// PyTorch: `torch.nn.functional.scaled_dot_product_attention`.
    ///
    /// **Edges.** A query that attends to no key gets zeros, and no gradient flows through it.
    ///
    /// # Errors
    /// Shapes do not fit, or the mask does not broadcast to the scores.
    ///
    /// ```
    /// use wengert::{Attention, Mask, Tape};
    /// let tape = Tape::<f64>::new();
    /// let (q, k) = (tape.leaf([[0.0], [0.0]]), tape.leaf([[1.0], [2.0]]));
    /// let v = tape.leaf([[2.0], [4.0]]);
    /// assert_eq!(q.scaled_dot_product_attention(k, v, &Attention::default()).to_vec(), [3.0, 3.0]);
    /// let causal = Attention { causal: true, ..Default::default() };
    /// assert_eq!(q.scaled_dot_product_attention(k, v, &causal).to_vec(), [2.0, 3.0]);
    /// let masked = Attention { mask: Some(Mask::from([[false, true]]).into()), ..Default::default() };
    /// assert_eq!(q.scaled_dot_product_attention(k, v, &masked).to_vec(), [4.0, 4.0]);
    /// ```
    scaled_dot_product_attention(q, at, k: Tensor<T>, v: Tensor<T>, options: &Attention<T>) -> Tensor<T> {
        let op = "scaled_dot_product_attention";
        let added = match &options.mask {
            Some(Attends::Added(added)) => Some(*added),
            _ => None,
        };
        let operands: SmallVec<[Operand<T>; 4]> =
            [Some(q), Some(k), Some(v), added].into_iter().flatten().map(Operand::from).collect();
        let all = together(op, &operands, at)?;
        let dims = scores_of(op, &all[..3], at)?;
        let mask_dims = match &options.mask {
            None => None,
            Some(Attends::Where(mask)) => Some(mask.dims()),
            Some(Attends::Added(_)) => Some(&all[3][..]),
        };
        if let Some(own) = mask_dims
            && met(op, own, &dims, at)? != dims
        {
            return Err(Error::Expand { op, from: Shape::from(own), to: Shape::from(&dims[..]), at });
        }
        let (p, seed) = options.dropout;
        if !(0.0..=1.0).contains(&p) {
            let (what, help) = (format!("dropout is {p}, and must lie in 0..=1"), "give a probability");
            return Err(Error::Domain { op, what, help, at });
        }
        let rank = dims.len();
        let (queries, keys, width) = (dims[rank - 2], dims[rank - 1], all[0][all[0].len() - 1]);
        let scale = options.scale.unwrap_or(1.0 / (width as f64).sqrt());
        let scaled = binary::<mul, T>(q, number(scale), at)?;
        let mut scores = structural::<Matmul, T>(&[scaled.into(), turned(k, op, at)?.into()], &[], at)?;
        let gate = |takes_part: bool| if takes_part { T::zero() } else { T::neg_infinity() };
        match &options.mask {
            None => {}
            Some(Attends::Added(added)) => scores = binary::<add, T>(scores, *added, at)?,
            Some(Attends::Where(mask)) => {
                let gates: Vec<T> = mask.as_slice().iter().map(|&holds| gate(holds)).collect();
                scores = binary::<add, T>(scores, constant(op, q, mask.dims(), &gates, at)?, at)?;
            }
        }
        if options.causal {
            let gates = (0..queries).flat_map(|i| (0..keys).map(move |j| j <= i)).map(gate);
            let gates = collected(gates, queries.saturating_mul(keys), op, at)?;
            scores = binary::<add, T>(scores, constant(op, q, &[queries, keys], &gates, at)?, at)?;
        }
        let weights = structural::<RowsOfWeights, T>(&[scores.into()], &[rank - 1], at)?;
        let weights = dropped(op, weights, p, seed, at)?;
        structural::<Matmul, T>(&[weights.into(), v.into()], &[], at)
    }
}

rows! {
    "scaled_dot_product_attention" [[2, 3, 4], [2, 5, 4], [2, 5, 3]] => |_, x| {
        x[0].scaled_dot_product_attention(x[1], x[2], &Attention::default())
    };
    "scaled_dot_product_attention" [[3, 4], [3, 4], [3, 2], [3, 3]] => |_, x| {
        let options = Attention { mask: Some(x[3].into()), causal: true, ..Default::default() };
        x[0].scaled_dot_product_attention(x[1], x[2], &options)
    };
}
