//! Products of vectors and matrices beside [`matmul`](super::matmul).

use wengert_kernels::{Scratch, Strided, StridedMut, accumulate, add_acc, matmul_acc};

use super::check::{inner, of_rank, together};
use super::dense::narrow;
use super::parts::{plus, product, product_nt, product_tn, scaled};
use crate::error::{At, Error, Result, Shape};
use crate::ops::arithmetic::mul;
use crate::ops::positions::named;
use crate::ops::table::rows;
use crate::rule::pointwise::RuleOf;
use crate::rule::{Linear, Number, Structural, Verbs};
use crate::shape::{
    Dims, Layout, Strides, View, broadcast, contiguous_strides, element_count, expand_strides, resolve_axis,
};
use crate::tape::Element;
use crate::tape::pointwise::pointwise;
use crate::tape::structural::structural;
use crate::tape::tensors::strided;
use crate::tensor::Tensor;
use crate::twins::methods;

named! {
    /// The product of every element with every other.
    Kron "kron";
}

methods! {
    /// The inner product of two vectors of one length: `sum of x[i] y[i]`.
    ///
    /// **Adjoints.** Those of [`Tensor::matmul`](crate::Tensor::matmul), as which it is recorded. PyTorch: `torch.dot`.
    ///
    /// # Errors
    /// An operand is no vector, or the lengths differ.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// assert_eq!(tape.leaf([1.0, 2.0]).dot(tape.leaf([3.0, 4.0])).item(), 11.0);
    /// ```
    dot(x, at, y: Tensor<T>) -> Tensor<T> {
        let op = "dot";
        let (a, b) = (vector(op, x, at)?, vector(op, y, at)?);
        inner(op, &a, &b, a[0], b[0], at)?;
        x.try_matmul(y)
    }

    /// The outer product of two vectors: `y[i, j] = a[i] b[j]`.
    ///
    /// **Adjoints.** Those of the product of elements, as which it is recorded. PyTorch: `torch.outer`.
    ///
    /// # Errors
    /// An operand is no vector.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let y = tape.leaf([1.0, 2.0]).outer(tape.leaf([3.0, 4.0, 5.0]));
    /// assert_eq!(y.to_vec(), [3.0, 4.0, 5.0, 6.0, 8.0, 10.0]);
    /// ```
    outer(a, at, b: Tensor<T>) -> Tensor<T> {
        let op = "outer";
        vector(op, a, at)?;
        vector(op, b, at)?;
        together(op, &[a, b], at)?;
        let column = a.seen(op, at, |view| Ok(view.unsqueeze(1)))?;
        pointwise(RuleOf::<mul, T>::BINARY, [column.into(), b.into()], at)
    }

    /// The product of a matrix and a vector: `[m, n] [n] -> [m]`.
    ///
    /// **Adjoints.** Those of [`Tensor::matmul`](crate::Tensor::matmul), as which it is recorded. PyTorch: `torch.mv`.
    ///
    /// # Errors
    /// The operands are no matrix and vector, or their inner dimensions differ.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let y = tape.leaf([[1.0, 2.0], [3.0, 4.0]]).mv(tape.leaf([1.0, 10.0]));
    /// assert_eq!(y.to_vec(), [21.0, 43.0]);
    /// ```
    mv(a, at, x: Tensor<T>) -> Tensor<T> {
        let op = "mv";
        let help = "`matmul` takes operands of any rank";
        let (a_dims, x_dims) = (of_rank(op, a, 2, "the matrix", help, at)?, vector(op, x, at)?);
        inner(op, &a_dims, &x_dims, a_dims[1], x_dims[0], at)?;
        a.try_matmul(x)
    }

    /// The products of two batches of matrices: `[b, m, k] [b, k, n] -> [b, m, n]`; nothing broadcasts.
    ///
    /// **Adjoints.** Those of [`Tensor::matmul`](crate::Tensor::matmul), as which it is recorded. PyTorch:
    /// `torch.bmm`.
    ///
    /// # Errors
    /// An operand has not three axes, or the batches or inner dimensions differ.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let (a, b) = (tape.leaf([[[2.0]], [[3.0]]]), tape.leaf([[[5.0]], [[7.0]]]));
    /// assert_eq!(a.bmm(b).to_vec(), [10.0, 21.0]);
    /// ```
    bmm(a, at, b: Tensor<T>) -> Tensor<T> {
        let (op, help) = ("bmm", "`matmul` takes operands of any rank");
        let a_dims = of_rank(op, a, 3, "a batch of matrices", help, at)?;
        let b_dims = of_rank(op, b, 3, "a batch of matrices", help, at)?;
        if a_dims[0] != b_dims[0] {
            let (lhs, rhs) = (Shape::from(&a_dims[..]), Shape::from(&b_dims[..]));
            let (what, other, help) = ("the first batch", "the second", "`matmul` broadcasts batches");
            return Err(Error::ShapeMismatch { op, what, lhs, other, rhs, help, at });
        }
        inner(op, &a_dims, &b_dims, a_dims[2], b_dims[1], at)?;
        a.try_matmul(b)
    }

    /// `beta c + alpha a b` for matrices `a` and `b`; `c` is repeated to the shape of their product.
    ///
    /// **Adjoints.** `c_bar += beta y_bar`, summed along what was repeated; `a_bar += alpha y_bar b^T`;
    /// `b_bar += alpha a^T y_bar`. PyTorch: `torch.addmm`.
    ///
    /// **Edges.** Where `beta` is 0, `c` does not count, not even a NaN.
    ///
    /// # Errors
    /// The factors are no matrices, their inner dimensions differ, or `c` does not expand to their product.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let (a, b) = (tape.leaf([[1.0, 2.0]]), tape.leaf([[3.0], [4.0]]));
    /// assert_eq!(tape.leaf([10.0]).addmm(a, b, 0.5, 2.0).to_vec(), [27.0]);
    /// ```
    addmm(c, at, a: Tensor<T>, b: Tensor<T>, beta: T, alpha: T) -> Tensor<T> {
        let (op, help) = (Addmm::NAME, "the factors are matrices");
        let c_dims = c.dims_for(op, at)?;
        let (a_dims, b_dims) = (of_rank(op, a, 2, "a factor", help, at)?, of_rank(op, b, 2, "a factor", help, at)?);
        inner(op, &a_dims, &b_dims, a_dims[1], b_dims[0], at)?;
        let dims = [a_dims[0], b_dims[1]];
        if expand_strides(&Layout::contiguous(&c_dims), &dims).is_none() {
            return Err(Error::Expand { op, from: Shape::from(&c_dims[..]), to: Shape::from(&dims[..]), at });
        }
        let payload = [beta, alpha].map(|x| super::dense::wide(x).to_bits() as usize);
        structural::<Addmm, T>(&[c.into(), a.into(), b.into()], &payload, at)
    }

    /// The Kronecker product: each element of the first operand times the whole of the second. Of matrices,
    /// `y[i p + k, j q + l] = a[i, j] b[k, l]` where `b` is `[p, q]`; the operand of lower rank gets axes in front.
    ///
    /// **Adjoints.** Those of the product of elements, as which it is recorded. PyTorch: `torch.kron`.
    ///
    /// # Errors
    /// The operands are on different tapes, or there is no room.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let y = tape.leaf([[1.0, 2.0]]).kron(tape.leaf([[1.0], [10.0]]));
    /// assert_eq!(y.to_vec(), [1.0, 2.0, 10.0, 20.0]);
    /// ```
    kron(a, at, b: Tensor<T>) -> Tensor<T> {
        let op = "kron";
        let (a_dims, b_dims) = (a.dims_for(op, at)?, b.dims_for(op, at)?);
        together(op, &[a, b], at)?;
        let rank = a_dims.len().max(b_dims.len());
        // Axis by axis an axis of a and one of b, with extent 1 in the other.
        let spread = |x: Tensor<T>, own: usize, first: bool| {
            x.seen(op, at, |view| {
                let mut view = (own..rank).fold(view, |view, _| view.unsqueeze(0));
                for axis in 0..rank {
                    view = view.unsqueeze(2 * axis + usize::from(first));
                }
                Ok(view)
            })
        };
        let (a, b) = (spread(a, a_dims.len(), true)?, spread(b, b_dims.len(), false)?);
        let y = pointwise(RuleOf::<mul, T>::BINARY, [a.into(), b.into()], at)?;
        let both = y.dims_for(op, at)?;
        let dims: Dims = both.chunks_exact(2).map(|pair| pair[0] * pair[1]).collect();
        y.own_as::<Kron>(&dims, at)
    }

    /// The cross product along an axis of extent 3; the other axes broadcast.
    ///
    /// **Adjoints.** `a_bar += b x y_bar` and `b_bar += y_bar x a`. PyTorch: `torch.linalg.cross`.
    ///
    /// # Errors
    /// The shapes do not broadcast, there is no such axis, or its extent is not 3 in both.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let (a, b) = (tape.leaf([1.0, 0.0, 0.0]), tape.leaf([0.0, 1.0, 0.0]));
    /// assert_eq!(a.cross(b, -1).to_vec(), [0.0, 0.0, 1.0]);
    /// ```
    cross(a, at, b: Tensor<T>, axis: isize) -> Tensor<T> {
        let op = Cross::NAME;
        let (a_dims, b_dims) = (a.dims_for(op, at)?, b.dims_for(op, at)?);
        let (lhs, rhs) = (Shape::from(&a_dims[..]), Shape::from(&b_dims[..]));
        let dims = match broadcast(&a_dims, &b_dims) {
            Ok(dims) => dims,
            Err(differ) => return Err(Error::broadcast(op, &["lhs", "rhs"], [&a_dims, &b_dims], differ, at)),
        };
        // Counted from the end, an axis is the same in both.
        let from_end = dims.len() - resolve_axis(op, axis, &dims, at)?;
        let three = |own: &Dims| own.len() >= from_end && own[own.len() - from_end] == 3;
        if !three(&a_dims) || !three(&b_dims) {
            let what = format!("axis {axis} of {lhs} and {rhs} is not of extent 3 in both");
            return Err(Error::Domain { op, what, help: "name the axis of the three components", at });
        }
        structural::<Cross, T>(&[a.into(), b.into()], &[from_end], at)
    }
}

fn vector<T: Element>(op: &'static str, x: Tensor<T>, at: At) -> Result<Dims> {
    of_rank(op, x, 1, "a vector", "`matmul` takes operands of any rank", at)
}

/// `beta c + alpha a b`; the payload has the bits of both.
pub(super) struct Addmm;

impl Addmm {
    fn factors(payload: &[usize]) -> [f64; 2] {
        [payload[0], payload[1]].map(|bits| f64::from_bits(bits as u64))
    }
}

impl Structural for Addmm {
    const NAME: &'static str = "addmm";
    const LINEAR: Linear = Linear::No;

    fn dims(operands: &[&[usize]], _: &[usize]) -> Dims {
        Dims::from_slice(&[operands[1][0], operands[2][1]])
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], payload: &[usize], scratch: &mut Scratch<T>) {
        let &[c, a, b] = x else { unreachable!("a sum and two factors") };
        let dims = [a.dims()[0], b.dims()[1]];
        let (strides, [beta, alpha]) = (contiguous_strides(&dims), Addmm::factors(payload).map(narrow::<T>));
        y.fill(T::zero());
        if beta != T::zero() {
            let own = Layout::new(Dims::from_slice(c.dims()), Strides::from_slice(c.strides()));
            let c_strides = expand_strides(&own, &dims).expect("the sum expands to the product");
            add_acc(
                StridedMut::new(y, 0, &dims, &strides),
                Strided::new(c.data(), c.offset(), &dims, &c_strides),
            );
            y.iter_mut().for_each(|y| *y *= beta);
        }
        matmul_acc(StridedMut::new(y, 0, &dims, &strides), a, b, alpha, scratch);
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let (a, b, y_bar) = (v.operand(1), v.operand(2), v.result_bar());
        let [beta, alpha] = Addmm::factors(v.payload());
        if v.is_active(0) {
            v.add_scaled(0, y_bar, beta);
        }
        if v.is_active(1) {
            let a_bar = product_nt(v, y_bar, b);
            v.add_scaled(1, a_bar, alpha);
        }
        if v.is_active(2) {
            let b_bar = product_tn(v, a, y_bar);
            v.add_scaled(2, b_bar, alpha);
        }
    }
    fn tangent<'a, V: Verbs<'a>>(v: &mut V) -> V::X {
        let [beta, alpha] = Addmm::factors(v.payload());
        let dims = v.dims(v.result());
        let mut terms = Vec::new();
        if let Some(c_dot) = v.operand_dot(0) {
            let c_dot = scaled(v, c_dot, beta);
            terms.push(v.expand(c_dot, &dims));
        }
        if let Some(a_dot) = v.operand_dot(1) {
            let term = product(v, a_dot, v.operand(2));
            terms.push(scaled(v, term, alpha));
        }
        if let Some(b_dot) = v.operand_dot(2) {
            let term = product(v, v.operand(1), b_dot);
            terms.push(scaled(v, term, alpha));
        }
        terms.into_iter().reduce(|sum, term| plus(v, sum, term)).expect("an operand has a tangent")
    }
    fn reads(_: usize, operand: usize) -> u64 {
        [0, 0b100, 0b010][operand]
    }
}

/// The cross product. The payload: the axis, counted from the end.
pub(super) struct Cross;

impl Structural for Cross {
    const NAME: &'static str = "cross";
    const LINEAR: Linear = Linear::InEach;

    fn dims(operands: &[&[usize]], _: &[usize]) -> Dims {
        broadcast(operands[0], operands[1]).expect("the operands broadcast")
    }
    fn forward<T: Number>(y: &mut [T], x: &[Strided<'_, T>], payload: &[usize], _: &mut Scratch<T>) {
        y.fill(T::zero());
        if y.is_empty() {
            return;
        }
        let dims = Cross::dims(&[x[0].dims(), x[1].dims()], payload);
        debug_assert_eq!(y.len(), element_count(&dims));
        let axis = dims.len() - payload[0];
        let whole = |x: &Strided<'_, T>| {
            let layout = Layout::new(Dims::from_slice(x.dims()), Strides::from_slice(x.strides()));
            let view = View { offset: x.offset(), layout };
            view.expand(&dims).expect("the operands broadcast")
        };
        let (a, b) = (whole(&x[0]), whole(&x[1]));
        let own = View { offset: 0, layout: Layout::contiguous(&dims) };
        for i in 0..3 {
            let (next, last) = ((i + 1) % 3, (i + 2) % 3);
            let target = own.index(axis, i);
            let factors =
                [a.index(axis, next), b.index(axis, last), a.index(axis, last), b.index(axis, next)];
            let [p, q, r, s] = [0, 1, 2, 3].map(|k| strided(x[k % 2].data(), &factors[k]));
            let target = StridedMut::new(y, target.offset, &target.layout.dims, &target.layout.strides);
            accumulate(target, [p, q, r, s], |y, [p, q, r, s]| {
                for (i, y) in y.iter_mut().enumerate() {
                    *y += p[i] * q[i] - r[i] * s[i];
                }
            });
        }
    }
    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let (a, b, y_bar, payload) = (v.operand(0), v.operand(1), v.result_bar(), v.payload());
        if v.is_active(0) {
            v.add_apply::<Cross>(0, &[b, y_bar], payload);
        }
        if v.is_active(1) {
            v.add_apply::<Cross>(1, &[y_bar, a], payload);
        }
    }
}

rows! {
    "dot" [[3], [3]] => |_, x| x[0].dot(x[1]);
    "outer" [[2], [3]] => |_, x| x[0].outer(x[1]);
    "mv" [[2, 3], [3]] => |_, x| x[0].mv(x[1]);
    "bmm" [[2, 2, 3], [2, 3, 2]] => |_, x| x[0].bmm(x[1]);
    "addmm" [[3], [2, 2], [2, 3]] => |_, x| {
        let number = |value: f64| <T as crate::rule::Arithmetic>::constant(num_traits::Zero::zero(), value);
        x[0].addmm(x[1], x[2], number(0.5), number(2.0))
    };
    "kron" [[2, 2], [3]] => |_, x| x[0].kron(x[1]);
    "cross" [[2, 3], [3]] => |_, x| x[0].cross(x[1], -1);
    "cross" [[3, 2], [3, 1]] => |_, x| x[0].cross(x[1], 0);
}
