//! Matrix times vector.

use std::marker::PhantomData;

use super::simd::Simd;
use super::{DEEP, Product};
use crate::scratch::take;
use crate::{Kernel, Real};

/// `c += alpha a b` for a column `b`: rows of `a` as dot products, or columns of `a` as updates of `c`,
/// whichever are contiguous. With the vector unit of `V`.
pub(super) struct Vector<'a, T, V> {
    product: Product<T>,
    scratch: &'a mut Vec<T>,
    vector: PhantomData<V>,
}

impl<'a, T: Real, V: Simd<T>> Vector<'a, T, V> {
    /// # Safety
    /// The product is valid, `n` is 1 and the elements of `c` are distinct. The machine that runs it has the
    /// unit of `V`.
    pub(super) unsafe fn new(product: Product<T>, scratch: &'a mut Vec<T>) -> Self {
        Vector { product, scratch, vector: PhantomData }
    }
}

impl<T: Real, V: Simd<T>> Kernel for Vector<'_, T, V> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Product { m, k, c, c_row, a, a_row, a_col, b, b_row, alpha, .. } = self.product;
        let (sums, gathered) = take(self.scratch, m + k).split_at_mut(m);
        // SAFETY: `p < k` of a valid product.
        let x = unsafe {
            if b_row == 1 {
                std::slice::from_raw_parts(b, k)
            } else {
                for (p, x) in gathered.iter_mut().enumerate() {
                    *x = *b.offset(p as isize * b_row);
                }
                &*gathered
            }
        };
        // Dot products have many partial sums each, updates of `c` one.
        let by_rows = a_col == 1 || k == 1;
        if !by_rows && a_row != 1 && m != 1 {
            // SAFETY: the product is valid.
            return unsafe { super::plain::deep(self.product) };
        }
        for (part, x) in x.chunks(if by_rows { 4 * DEEP } else { DEEP }).enumerate() {
            // SAFETY: `i < m` and `p < k` of a valid product, and the machine has the unit of `V`.
            unsafe {
                if by_rows {
                    let a = a.offset((part * 4 * DEEP) as isize * a_col);
                    let mut i = 0;
                    while m - i >= 4 {
                        let y = dots::<T, V, 4>(a.offset(i as isize * a_row), a_row, x);
                        sums[i..i + 4].copy_from_slice(&y);
                        i += 4;
                    }
                    for (i, sum) in sums.iter_mut().enumerate().skip(i) {
                        [*sum] = dots::<T, V, 1>(a.offset(i as isize * a_row), a_row, x);
                    }
                } else {
                    columns::<T, V>(sums, a.offset((part * DEEP) as isize * a_col), a_col, x);
                }
                for (i, &sum) in sums.iter().enumerate() {
                    *c.offset(i as isize * c_row) += alpha * sum;
                }
            }
        }
    }
}

/// The widest vector, in elements.
const WIDEST: usize = 16;

/// The dot products of `ROWS` contiguous rows with `x`, each in two vectors of partial sums.
///
/// # Safety
/// `x.len()` elements may be read from each row; the machine has the unit of `V`.
#[inline(always)]
unsafe fn dots<T: Real, V: Simd<T>, const ROWS: usize>(a: *const T, a_row: isize, x: &[T]) -> [T; ROWS] {
    let len = x.len();
    let mut p = 0;
    let mut total = [T::zero(); ROWS];
    // SAFETY: `p` and the vectors from there on stay below `len`.
    unsafe {
        let row: [*const T; ROWS] = std::array::from_fn(|r| a.offset(r as isize * a_row));
        let mut sums = [[V::splat(T::zero()); 2]; ROWS];
        while len - p >= 2 * V::LANES {
            let x = [V::load(x.as_ptr().add(p)), V::load(x.as_ptr().add(p + V::LANES))];
            for (sums, row) in sums.iter_mut().zip(&row) {
                sums[0] = V::load(row.add(p)).mul_add(x[0], sums[0]);
                sums[1] = V::load(row.add(p + V::LANES)).mul_add(x[1], sums[1]);
            }
            p += 2 * V::LANES;
        }
        if len - p >= V::LANES {
            let x = V::load(x.as_ptr().add(p));
            for (sums, row) in sums.iter_mut().zip(&row) {
                sums[0] = V::load(row.add(p)).mul_add(x, sums[0]);
            }
            p += V::LANES;
        }
        for (total, sums) in total.iter_mut().zip(&sums) {
            let mut lanes = [[T::zero(); WIDEST]; 2];
            sums[0].store(lanes[0].as_mut_ptr());
            sums[1].store(lanes[1].as_mut_ptr());
            let [mut lanes, other] = lanes;
            for (lane, &other) in lanes.iter_mut().zip(&other) {
                *lane += other;
            }
            let mut width = V::LANES / 2;
            while width > 0 {
                for i in 0..width {
                    lanes[i] += lanes[i + width];
                }
                width /= 2;
            }
            *total = lanes[0];
        }
        for (p, &x) in x.iter().enumerate().skip(p) {
            for (total, row) in total.iter_mut().zip(&row) {
                *total += *row.add(p) * x;
            }
        }
    }
    total
}

/// `sums = a x`, four contiguous columns of `a` at a time.
///
/// # Safety
/// `sums.len()` elements may be read from each of the `x.len()` columns; the machine has the unit of `V`.
#[inline(always)]
unsafe fn columns<T: Real, V: Simd<T>>(sums: &mut [T], a: *const T, a_col: isize, x: &[T]) {
    sums.fill(T::zero());
    let (fours, rest) = x.as_chunks::<4>();
    // SAFETY: the caller's, for the columns `4 p .. 4 p + 4` and then those of `rest`.
    unsafe {
        for (p, &x) in fours.iter().enumerate() {
            add_columns::<T, V, 4>(sums, a.offset(4 * p as isize * a_col), a_col, x);
        }
        for (p, &x) in rest.iter().enumerate() {
            add_columns::<T, V, 1>(sums, a.offset((4 * fours.len() + p) as isize * a_col), a_col, [x]);
        }
    }
}

/// `sums += a x` for a few columns.
///
/// # Safety
/// As [`columns`].
#[inline(always)]
unsafe fn add_columns<T: Real, V: Simd<T>, const COLS: usize>(
    sums: &mut [T],
    a: *const T,
    a_col: isize,
    x: [T; COLS],
) {
    let column: [*const T; COLS] = std::array::from_fn(|p| a.wrapping_offset(p as isize * a_col));
    let (y, m) = (sums.as_mut_ptr(), sums.len());
    // SAFETY: the vectors from `i` on, and then the elements, stay below `m`.
    unsafe {
        let vectors: [V; COLS] = std::array::from_fn(|p| V::splat(x[p]));
        let mut i = 0;
        while m - i >= V::LANES {
            let mut sum = V::load(y.add(i));
            for (column, &x) in column.iter().zip(&vectors) {
                sum = V::load(column.add(i)).mul_add(x, sum);
            }
            sum.store(y.add(i));
            i += V::LANES;
        }
        for i in i..m {
            let mut sum = *y.add(i);
            for (column, &x) in column.iter().zip(&x) {
                sum += *column.add(i) * x;
            }
            *y.add(i) = sum;
        }
    }
}
