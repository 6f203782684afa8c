//! Small products: register tiles over rows of `b` that are read in place or packed into scratch.

use std::marker::PhantomData;

use super::Product;
use super::simd::Simd;
use crate::scratch::take;
use crate::{Kernel, Real};

/// Terms summed in one pass: a packed panel of `b` of this many rows stays in the first-level cache.
const DEPTH: usize = 256;

/// The widest panel of `b`, in elements.
const WIDEST: usize = 32;

/// `c += alpha a b` in tiles of `ROWS` rows and one or two vectors `V`.
pub(super) struct Tiles<'a, T, V, const ROWS: usize> {
    product: Product<T>,
    scratch: &'a mut Vec<T>,
    vector: PhantomData<V>,
}

impl<'a, T: Real, V: Simd<T>, const ROWS: usize> Tiles<'a, T, V, ROWS> {
    /// # Safety
    /// The product is valid and the elements of `c` are distinct. The machine that runs it has the unit of `V`.
    pub(super) unsafe fn new(product: Product<T>, scratch: &'a mut Vec<T>) -> Self {
        let transposed = product.transposed();
        let product = if cost::<T, V>(&transposed) < cost::<T, V>(&product) { transposed } else { product };
        Tiles { product, scratch, vector: PhantomData }
    }
}

/// About how many cycles a product takes: a vector of columns is a cycle a row and term, whether its lanes are used or not; and what
/// does not lie in rows is packed, or added to `c`, element by element.
fn cost<T, V: Simd<T>>(product: &Product<T>) -> usize {
    let Product { m, n, k, .. } = *product;
    let width = 2 * V::LANES;
    let packed = if product.b_col != 1 { n } else { n % width };
    let single = if product.c_col != 1 { n } else { n % width };
    m * k * n.div_ceil(V::LANES) + 2 * k * packed + 2 * m * single
}

impl<T: Real, V: Simd<T>, const ROWS: usize> Kernel for Tiles<'_, T, V, ROWS> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Product { n, k, .. } = self.product;
        let packed = take(self.scratch, DEPTH * WIDEST).as_mut_ptr();
        for first in (0..k).step_by(DEPTH) {
            let terms = DEPTH.min(k - first);
            let mut j = 0;
            while j < n {
                // SAFETY: whoever made this promised so.
                unsafe {
                    if n - j > V::LANES {
                        panel::<T, V, ROWS, 2>(&self.product, first, terms, j, packed);
                        j += 2 * V::LANES;
                    } else {
                        panel::<T, V, ROWS, 1>(&self.product, first, terms, j, packed);
                        j += V::LANES;
                    }
                }
            }
        }
    }
}

/// Adds `terms` terms from `first` on to the columns of `c` from `j` on, as many as `VECTORS` vectors have.
///
/// # Safety
/// The product is valid with distinct elements of `c`; the machine has the unit of `V`; `packed` has room for
/// `DEPTH * WIDEST` elements.
#[inline(always)]
unsafe fn panel<T: Real, V: Simd<T>, const ROWS: usize, const VECTORS: usize>(
    product: &Product<T>,
    first: usize,
    terms: usize,
    j: usize,
    packed: *mut T,
) {
    let width = VECTORS * V::LANES;
    let cols = width.min(product.n - j);
    // SAFETY: all offsets are those of elements of the valid product, or below `terms * width` in `packed`.
    unsafe {
        let a = product.a.offset(first as isize * product.a_col);
        let mut b = product.b.offset(first as isize * product.b_row + j as isize * product.b_col);
        let mut b_row = product.b_row;
        if product.b_col != 1 || cols < width {
            pack(packed, b, b_row, product.b_col, terms, cols, width);
            (b, b_row) = (packed, width as isize);
        }
        let mut i = 0;
        let c = product.c.offset(j as isize * product.c_col);
        let p = Panel { terms, cols, b, b_row, product };
        while product.m - i >= ROWS {
            tile::<T, V, ROWS, VECTORS>(&p, i, a, c);
            i += ROWS;
        }
        if product.m - i >= 4 && ROWS > 4 {
            tile::<T, V, 4, VECTORS>(&p, i, a, c);
            i += 4;
        }
        if product.m - i >= 2 {
            tile::<T, V, 2, VECTORS>(&p, i, a, c);
            i += 2;
        }
        if product.m - i >= 1 {
            tile::<T, V, 1, VECTORS>(&p, i, a, c);
        }
    }
}

struct Panel<'a, T> {
    terms: usize,
    cols: usize,
    b: *const T,
    b_row: isize,
    product: &'a Product<T>,
}

/// Adds a tile of `ROWS` rows from `i` on.
///
/// # Safety
/// As [`panel`]; `i + ROWS <= m`, and `terms` rows of a panel's width may be read from `b`.
#[inline(always)]
unsafe fn tile<T: Real, V: Simd<T>, const ROWS: usize, const VECTORS: usize>(
    panel: &Panel<'_, T>,
    i: usize,
    a: *const T,
    c: *mut T,
) {
    let Product { a_row, a_col, c_row, c_col, alpha, .. } = *panel.product;
    // SAFETY: the caller's contract; rows `i .. i + ROWS` and `cols` columns exist in `c`.
    unsafe {
        let a = a.offset(i as isize * a_row);
        let c = c.offset(i as isize * c_row);
        let mut sums = [[V::splat(T::zero()); VECTORS]; ROWS];
        for p in 0..panel.terms as isize {
            let b = panel.b.offset(p * panel.b_row);
            let b: [V; VECTORS] = std::array::from_fn(|v| V::load(b.add(v * V::LANES)));
            for (r, sums) in sums.iter_mut().enumerate() {
                let a = V::splat(*a.offset(r as isize * a_row + p * a_col));
                for (sum, &b) in sums.iter_mut().zip(&b) {
                    *sum = a.mul_add(b, *sum);
                }
            }
        }
        if c_col == 1 && panel.cols == VECTORS * V::LANES {
            let alpha = V::splat(alpha);
            for (r, sums) in sums.iter().enumerate() {
                for (v, sum) in sums.iter().enumerate() {
                    let c = c.offset(r as isize * c_row).add(v * V::LANES);
                    sum.mul_add(alpha, V::load(c)).store(c);
                }
            }
            return;
        }
        let mut row = [T::zero(); WIDEST];
        for (r, sums) in sums.iter().enumerate() {
            for (v, sum) in sums.iter().enumerate() {
                sum.store(row.as_mut_ptr().add(v * V::LANES));
            }
            let c = c.offset(r as isize * c_row);
            for (j, &sum) in row.iter().enumerate().take(panel.cols) {
                *c.offset(j as isize * c_col) += alpha * sum;
            }
        }
    }
}

/// Copies `terms` rows and `cols` columns of `b` into rows of `width`, filled up with zeros.
///
/// # Safety
/// The elements may be read from `b`, and `terms * width` written to `packed`.
#[inline(always)]
unsafe fn pack<T: Real>(
    packed: *mut T,
    b: *const T,
    b_row: isize,
    b_col: isize,
    terms: usize,
    cols: usize,
    width: usize,
) {
    // SAFETY: the caller's contract.
    unsafe {
        for p in 0..terms {
            let (y, b) = (packed.add(p * width), b.offset(p as isize * b_row));
            for j in 0..cols {
                *y.add(j) = *b.offset(j as isize * b_col);
            }
            for j in cols..width {
                *y.add(j) = T::zero();
            }
        }
    }
}
