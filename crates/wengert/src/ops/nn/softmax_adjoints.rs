//! What comes back through the softmax and its logarithm, each as one op: a kernel without temporaries in a sweep, an
//! instruction with a derivative of its own in a recorded one.

use wengert_kernels::{Scratch, Strided, StridedMut, log_softmax_acc, softmax_acc};

use crate::ops::arithmetic::{mul, neg, sub};
use crate::ops::math::exp;
use crate::ops::reduce::sum_over;
use crate::rule::{Linear, Number, Structural, Verbs};
use crate::shape::{Dims, contiguous_strides};

/// The shape, and the value as what the kernel adds to zeros.
macro_rules! of_kernel {
    ($kernel:ident) => {
        const LINEAR: Linear = Linear::No;
        const ACCUMULATES: bool = true;
        fn dims(operands: &[&[usize]], _: &[usize]) -> Dims {
            Dims::from_slice(operands[0])
        }
        fn forward<T: Number>(
            y: &mut [T],
            x: &[Strided<'_, T>],
            payload: &[usize],
            scratch: &mut Scratch<T>,
        ) {
            y.fill(T::zero());
            let strides = contiguous_strides(x[0].dims());
            Self::accumulate(StridedMut::new(y, 0, x[0].dims(), &strides), x, payload, scratch);
        }
        fn accumulate<T: Number>(
            target: StridedMut<'_, T>,
            x: &[Strided<'_, T>],
            payload: &[usize],
            scratch: &mut Scratch<T>,
        ) {
            $kernel(target, x[0], x[1], payload[0], scratch);
        }
    };
}

/// `y (z - sum(y z))` of the result `y` of a softmax, along the axis of the payload.
pub(super) struct SoftmaxAdjoint;
impl Structural for SoftmaxAdjoint {
    const NAME: &'static str = "softmax_adjoint";
    of_kernel!(softmax_acc);

    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let (y, z, g) = (v.operand(0), v.operand(1), v.result_bar());
        if v.is_active(0) {
            // y_bar += g (z - sum(y z)) - z sum(y g)
            let first = centred(v, y, z);
            v.add_binary::<mul>(0, g, first);
            let weighted = v.binary::<mul>(y, g);
            let total = sum_over(v, weighted, v.payload());
            let total = v.unary::<neg>(total);
            v.add_binary::<mul>(0, z, total);
        }
        if v.is_active(1) {
            // The Jacobian is symmetric.
            v.add_apply::<SoftmaxAdjoint>(1, &[y, g], v.payload());
        }
    }
    fn tangent<'a, V: Verbs<'a>>(v: &mut V) -> V::X {
        let (y, z) = (v.operand(0), v.operand(1));
        let by_y = v.operand_dot(0).map(|y_dot| {
            let first = centred(v, y, z);
            let first = v.binary::<mul>(y_dot, first);
            let weighted = v.binary::<mul>(y_dot, z);
            let total = sum_over(v, weighted, v.payload());
            let second = v.binary::<mul>(y, total);
            v.binary::<sub>(first, second)
        });
        let by_z = v.operand_dot(1).map(|z_dot| v.apply::<SoftmaxAdjoint>(&[y, z_dot], v.payload()));
        both(v, by_y, by_z)
    }
}

/// `z - sum(y z)`
fn centred<'a, V: Verbs<'a>>(v: &mut V, y: V::X, z: V::X) -> V::X {
    let weighted = v.binary::<mul>(y, z);
    let total = sum_over(v, weighted, v.payload());
    v.binary::<sub>(z, total)
}

/// The sum of what two operands carry, of which one may carry nothing.
fn both<'a, V: Verbs<'a>>(v: &mut V, a: Option<V::X>, b: Option<V::X>) -> V::X {
    match (a, b) {
        (Some(a), Some(b)) => v.binary::<crate::rule::verbs::Plus>(a, b),
        (one, other) => one.or(other).expect("an operand has a tangent"),
    }
}

/// `z - e^y sum(z)` of the result `y` of a log-softmax, along the axis of the payload.
pub(super) struct LogSoftmaxAdjoint;
impl Structural for LogSoftmaxAdjoint {
    const NAME: &'static str = "log_softmax_adjoint";
    of_kernel!(log_softmax_acc);

    fn reverse<'a, V: Verbs<'a>>(v: &mut V) {
        let (y, z, g) = (v.operand(0), v.operand(1), v.result_bar());
        let share = v.unary::<exp>(y);
        let weighted = v.binary::<mul>(share, g);
        if v.is_active(0) {
            // y_bar -= g e^y sum(z)
            let total = sum_over(v, z, v.payload());
            let total = v.unary::<neg>(total);
            v.add_binary::<mul>(0, weighted, total);
        }
        if v.is_active(1) {
            // z_bar += g - sum(e^y g)
            let total = sum_over(v, weighted, v.payload());
            v.add_binary::<sub>(1, g, total);
        }
    }
    fn tangent<'a, V: Verbs<'a>>(v: &mut V) -> V::X {
        let (y, z) = (v.operand(0), v.operand(1));
        let by_y = v.operand_dot(0).map(|y_dot| {
            let share = v.unary::<exp>(y);
            let weighted = v.binary::<mul>(share, y_dot);
            let total = sum_over(v, z, v.payload());
            let total = v.unary::<neg>(total);
            v.binary::<mul>(weighted, total)
        });
        let by_z = v.operand_dot(1).map(|z_dot| v.apply::<LogSoftmaxAdjoint>(&[y, z_dot], v.payload()));
        both(v, by_y, by_z)
    }
}
