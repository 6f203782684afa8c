//! The kernels of each element type, and the vector unit that each runs on.

use super::blocked::Tiles;
use super::simd::Portable;
use super::vector::Vector;
use super::{Product, large};
use crate::dispatch;
use crate::dispatch::{Level, level};
use crate::real::sealed::Hooks;

macro_rules! hooks {
    ($t:ident, $v4:ident, $v3:ident, $baseline:literal) => {
        impl Hooks for $t {
            unsafe fn blocked(product: Product<Self>, scratch: &mut Vec<Self>) {
                // SAFETY: the caller's contract; `level` found the unit, and `dispatch` asks the same `level`.
                unsafe {
                    match level() {
                        #[cfg(target_arch = "x86_64")]
                        Level::V4 => dispatch(Tiles::<_, std::arch::x86_64::$v4, 8>::new(product, scratch)),
                        #[cfg(target_arch = "x86_64")]
                        Level::V3 => dispatch(Tiles::<_, std::arch::x86_64::$v3, 6>::new(product, scratch)),
                        Level::Baseline => {
                            dispatch(Tiles::<_, Portable<$t, $baseline>, 4>::new(product, scratch))
                        }
                    }
                }
            }

            unsafe fn vector(product: Product<Self>, scratch: &mut Vec<Self>) {
                // SAFETY: as above.
                unsafe {
                    match level() {
                        #[cfg(target_arch = "x86_64")]
                        Level::V4 => dispatch(Vector::<_, std::arch::x86_64::$v4>::new(product, scratch)),
                        #[cfg(target_arch = "x86_64")]
                        Level::V3 => dispatch(Vector::<_, std::arch::x86_64::$v3>::new(product, scratch)),
                        Level::Baseline => {
                            dispatch(Vector::<_, Portable<$t, $baseline>>::new(product, scratch))
                        }
                    }
                }
            }

            unsafe fn large(product: Product<Self>) {
                // SAFETY: the caller's contract.
                unsafe { large::run(product, 1.0) }
            }
        }
    };
}

hooks!(f32, __m512, __m256, 4);
hooks!(f64, __m512d, __m256d, 2);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Kernel, Real};

    /// Sums of eighths: exact in any order, on any unit.
    fn compare<T: Real>(kernel: impl Fn(Product<T>, &mut Vec<T>), sizes: &[(usize, usize, usize)]) {
        let eighths = |len: usize, step: usize| {
            (0..len).map(move |i| T::from(i * step % 31).unwrap() / T::from(8).unwrap())
        };
        for &(m, k, n) in sizes {
            for flags in 0..4 {
                let a: Vec<T> = eighths(m * k, 7).collect();
                let b: Vec<T> = eighths(k * n, 5).collect();
                let mut c = vec![T::one(); m * n];
                let (a_row, a_col) = if flags & 1 == 1 { (1, m) } else { (k, 1) };
                let (b_row, b_col) = if flags & 2 == 2 { (1, k) } else { (n, 1) };
                let product = Product {
                    m,
                    n,
                    k,
                    c: c.as_mut_ptr(),
                    c_row: n as isize,
                    c_col: 1,
                    a: a.as_ptr(),
                    a_row: a_row as isize,
                    a_col: a_col as isize,
                    b: b.as_ptr(),
                    b_row: b_row as isize,
                    b_col: b_col as isize,
                    alpha: T::from(0.5).unwrap(),
                };
                kernel(product, &mut Vec::new());
                for (place, &c) in c.iter().enumerate() {
                    let (i, j) = (place / n, place % n);
                    let dot = (0..k)
                        .fold(T::zero(), |s, p| s + a[i * a_row + p * a_col] * b[p * b_row + j * b_col]);
                    assert!(
                        c == T::one() + product.alpha * dot,
                        "{m} x {k} x {n}, {flags}: element {i}, {j}"
                    );
                }
            }
        }
    }

    const MATRICES: [(usize, usize, usize); 6] =
        [(1, 2, 3), (4, 4, 4), (13, 300, 21), (32, 64, 10), (7, 3, 64), (64, 9, 33)];
    const VECTORS: [(usize, usize, usize); 6] =
        [(1, 2, 1), (4, 4, 1), (13, 300, 1), (32, 65, 1), (7, 3, 1), (5, 9_000, 1)];

    macro_rules! units {
        ($($name:ident: $t:ident, $v:ty, $rows:literal, [$($feature:tt)*];)*) => {$(
            #[test]
            fn $name() {
                if true $(&& is_x86_feature_detected!($feature))* {
                    // SAFETY: the products of `compare` are valid, and the machine has the unit.
                    compare::<$t>(|p, s| unsafe { dispatch(Tiles::<_, $v, $rows>::new(p, s)) }, &MATRICES);
                    // SAFETY: as above.
                    compare::<$t>(|p, s| unsafe { dispatch(Vector::<_, $v>::new(p, s)) }, &VECTORS);
                }
                // Without vector features around it, the body runs all the same.
                // SAFETY: as above; a portable vector needs no unit.
                compare::<$t>(|p, s| unsafe { Tiles::<_, Portable<$t, 4>, 4>::new(p, s).run() }, &MATRICES);
            }
        )*};
    }

    #[cfg(target_arch = "x86_64")]
    units! {
        f32_v4: f32, std::arch::x86_64::__m512, 8, ["avx512f"];
        f64_v4: f64, std::arch::x86_64::__m512d, 8, ["avx512f"];
        f32_v3: f32, std::arch::x86_64::__m256, 6, ["avx2" "fma"];
        f64_v3: f64, std::arch::x86_64::__m256d, 6, ["avx2" "fma"];
        f32_baseline: f32, Portable<f32, 4>, 4, [];
        f64_baseline: f64, Portable<f64, 2>, 4, [];
    }
}
