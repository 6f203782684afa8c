//! Matrix products.

mod blocked;
mod hooks;
mod large;
mod plain;
mod simd;
mod vector;

use crate::axes::{At, Axes, for_each};
use crate::{Real, Scratch, Strided, StridedMut};

/// Products of at most this many multiplications go through plain loops.
const PLAIN: usize = 100;

/// Products of more than this many multiplications go through the crate `gemm`, which allocates packing space
/// at each call but blocks for the caches.
const LARGE: usize = 128 * 128 * 128;

/// How many terms one accumulator takes: a sum of thousands of like numbers is rounded the same way every time.
const DEEP: usize = 1024;

/// `c += alpha a b`, over the last two axes.
///
/// `c`: `[.., m, n]`, `a`: `[.., m, k]`, `b`: `[.., k, n]`. The leading axes are batch axes, equal in all
/// three; an operand that is broadcast over one has stride 0 there, and a `c` with stride 0 accumulates over
/// it. Any strides will do: transposes are strides, and coinciding elements of `c` take all contributions.
///
/// Small products pack into `scratch` and do not allocate once it is warm; large ones (over 128³
/// multiplications) go through the crate `gemm`, on the current thread.
///
/// Edges: an extent of 0 makes a no-op (`k = 0`: a sum of nothing). No zero is skipped: `0 * inf` is NaN, and
/// `alpha = 0` multiplies too.
///
/// ```
/// use wengert_kernels::{matmul_acc, Scratch, Strided, StridedMut};
///
/// let a = [1.0, 2.0, 3.0, 4.0];
/// let mut c = [100.0; 4];
/// // c += a^T a
/// matmul_acc(
///     StridedMut::new(&mut c, 0, &[2, 2], &[2, 1]),
///     Strided::new(&a, 0, &[2, 2], &[1, 2]),
///     Strided::new(&a, 0, &[2, 2], &[2, 1]),
///     1.0,
///     &mut Scratch::new(),
/// );
/// assert_eq!(c, [110.0, 114.0, 114.0, 120.0]);
/// ```
///
/// # Panics
/// If the ranks differ or are below 2, or extents that should agree do not.
pub fn matmul_acc<T: Real>(
    mut c: StridedMut<'_, T>,
    a: Strided<'_, T>,
    b: Strided<'_, T>,
    alpha: T,
    scratch: &mut Scratch<T>,
) {
    let (c_dims, c_strides) = (c.dims(), c.strides());
    let (Some((batch, &[m, n])), Some((a_batch, &[a_m, k])), Some((b_batch, &[b_k, b_n]))) =
        (c_dims.split_last_chunk(), a.dims().split_last_chunk(), b.dims().split_last_chunk())
    else {
        panic!("matmul_acc: ranks {}, {}, {} below 2", c.rank(), a.rank(), b.rank());
    };
    assert!(
        batch == a_batch && batch == b_batch && (m, n, k) == (a_m, b_n, b_k),
        "matmul_acc: {c_dims:?} += {:?} times {:?}",
        a.dims(),
        b.dims()
    );
    if c.is_empty() || k == 0 {
        return;
    }
    let (a_strides, b_strides) = (a.strides(), b.strides());
    let r = batch.len();
    let a_first = a.data().as_ptr().wrapping_add(a.offset());
    let b_first = b.data().as_ptr().wrapping_add(b.offset());
    let c_first = c.offset();
    let mut product = Product {
        m,
        n,
        k,
        c: c.data_mut().as_mut_ptr().wrapping_add(c_first),
        c_row: c_strides[r],
        c_col: c_strides[r + 1],
        a: a_first,
        a_row: a_strides[r],
        a_col: a_strides[r + 1],
        b: b_first,
        b_row: b_strides[r],
        b_col: b_strides[r + 1],
        alpha,
    };
    if r == 0 {
        // SAFETY: the windows are checked, and `c` is borrowed mutably, so that it shares no element with
        // `a` or `b`.
        unsafe { product.run(scratch) };
        return;
    }
    let mut axes = Axes::new();
    axes.wrap_all(batch, |axis| (c_strides[axis], [a_strides[axis], b_strides[axis]]));
    let mut axes = axes.as_slice();
    if let [axis, outer @ ..] = axes
        && product.absorb(axis)
    {
        axes = outer;
    }
    for_each(axes, At { target: 0, operands: [0; 2] }, &mut |at| {
        let product = Product {
            c: product.c.wrapping_offset(at.target),
            a: product.a.wrapping_offset(at.operands[0]),
            b: product.b.wrapping_offset(at.operands[1]),
            ..product
        };
        // SAFETY: as above, for each index of the batch axes.
        unsafe { product.run(scratch) };
    });
}

/// One product `c += alpha a b` of matrices given by pointers and strides.
///
/// It is **valid** if every `c[i, j]`, `a[i, p]`, `b[p, j]` for `i < m`, `j < n`, `p < k` is an element
/// within one allocation that may be accessed (`c` written), no element of `c` is one of `a` or `b`, and no
/// extent is 0.
#[derive(Clone, Copy)]
pub struct Product<T> {
    pub(crate) m: usize,
    pub(crate) n: usize,
    pub(crate) k: usize,
    pub(crate) c: *mut T,
    pub(crate) c_row: isize,
    pub(crate) c_col: isize,
    pub(crate) a: *const T,
    pub(crate) a_row: isize,
    pub(crate) a_col: isize,
    pub(crate) b: *const T,
    pub(crate) b_row: isize,
    pub(crate) b_col: isize,
    pub(crate) alpha: T,
}

impl<T: Real> Product<T> {
    /// `c^T += alpha b^T a^T`: the same product.
    #[inline]
    fn transposed(self) -> Self {
        Product {
            m: self.n,
            n: self.m,
            k: self.k,
            c: self.c,
            c_row: self.c_col,
            c_col: self.c_row,
            a: self.b,
            a_row: self.b_col,
            a_col: self.b_row,
            b: self.a,
            b_row: self.a_col,
            b_col: self.a_row,
            alpha: self.alpha,
        }
    }

    /// Takes a batch axis into the product, if it continues the rows (one `b` for all), the columns (one `a`
    /// for all) or the terms (one `c` for all).
    fn absorb(&mut self, axis: &crate::axes::Axis<2>) -> bool {
        let [a, b] = axis.operands;
        let continues = |step: isize, stride: isize, dim: usize| step == stride.wrapping_mul(dim as isize);
        let extent = if b == 0
            && continues(axis.target, self.c_row, self.m)
            && continues(a, self.a_row, self.m)
        {
            &mut self.m
        } else if a == 0 && continues(axis.target, self.c_col, self.n) && continues(b, self.b_col, self.n) {
            &mut self.n
        } else if axis.target == 0 && continues(a, self.a_col, self.k) && continues(b, self.b_row, self.k) {
            &mut self.k
        } else {
            return false;
        };
        *extent *= axis.dim;
        true
    }

    /// The part of up to `many` terms from `first` on.
    fn terms(self, first: usize, many: usize) -> Self {
        Product {
            k: many.min(self.k - first),
            a: self.a.wrapping_offset(first as isize * self.a_col),
            b: self.b.wrapping_offset(first as isize * self.b_row),
            ..self
        }
    }

    /// Whether the elements of `c` are surely distinct.
    #[inline]
    fn is_distinct(&self) -> bool {
        let (row, col) = (self.c_row.unsigned_abs(), self.c_col.unsigned_abs());
        let spans = |inner: usize, dim: usize, outer: usize| inner != 0 && outer / inner >= dim;
        match (self.m, self.n) {
            (1, 1) => true,
            (_, 1) => row != 0,
            (1, _) => col != 0,
            (m, n) => spans(col, n, row) || spans(row, m, col),
        }
    }

    /// Computes the product with the kernel that suits it.
    ///
    /// # Safety
    /// The product is valid.
    unsafe fn run(self, scratch: &mut Scratch<T>) {
        let work = self.m.saturating_mul(self.n).saturating_mul(self.k);
        // SAFETY: the product is valid, and `c` is distinct where a kernel asks for it.
        unsafe {
            if work <= PLAIN {
                plain::run(self);
            } else if !self.is_distinct() {
                plain::deep(self);
            } else if self.n == 1 {
                T::vector(self, &mut scratch.buffer);
            } else if self.m == 1 {
                T::vector(self.transposed(), &mut scratch.buffer);
            } else if work > LARGE {
                T::large(self);
            } else {
                T::blocked(self, &mut scratch.buffer);
            }
        }
    }
}
