//! Vectors of the units that `dispatch` chooses among: the five operations of a product's inner loop.

use crate::Real;

/// A vector of `LANES` elements.
pub(super) trait Simd<T>: Copy {
    const LANES: usize;

    /// # Safety
    /// The machine has this vector unit.
    unsafe fn splat(x: T) -> Self;

    /// # Safety
    /// The machine has this vector unit; `LANES` elements from `x` may be read.
    unsafe fn load(x: *const T) -> Self;

    /// # Safety
    /// The machine has this vector unit; `LANES` elements from `y` may be written.
    unsafe fn store(self, y: *mut T);

    /// `self * x + y`, fused where the unit can.
    ///
    /// # Safety
    /// The machine has this vector unit.
    unsafe fn mul_add(self, x: Self, y: Self) -> Self;
}

/// The baseline: the compiler makes of it what the target has.
#[derive(Clone, Copy)]
pub(super) struct Portable<T, const LANES: usize>([T; LANES]);

impl<T: Real, const LANES: usize> Simd<T> for Portable<T, LANES> {
    const LANES: usize = LANES;

    #[inline(always)]
    unsafe fn splat(x: T) -> Self {
        Portable([x; LANES])
    }

    #[inline(always)]
    unsafe fn load(x: *const T) -> Self {
        // SAFETY: the caller may read `LANES` elements; an array is aligned as its elements.
        Portable(unsafe { *x.cast::<[T; LANES]>() })
    }

    #[inline(always)]
    unsafe fn store(self, y: *mut T) {
        // SAFETY: the caller may write `LANES` elements; an array is aligned as its elements.
        unsafe { *y.cast::<[T; LANES]>() = self.0 }
    }

    #[inline(always)]
    unsafe fn mul_add(self, x: Self, y: Self) -> Self {
        let mut z = y.0;
        for (z, (&a, &b)) in z.iter_mut().zip(self.0.iter().zip(&x.0)) {
            // `mul_add` is one instruction on AArch64 and a library call on baseline x86-64.
            *z = if cfg!(target_arch = "aarch64") { a.mul_add(b, *z) } else { a * b + *z };
        }
        Portable(z)
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::Simd;

    macro_rules! simd {
        ($vector:ty, $t:ty, $lanes:literal, $splat:ident, $load:ident, $store:ident, $mul_add:ident) => {
            impl Simd<$t> for $vector {
                const LANES: usize = $lanes;

                #[inline(always)]
                unsafe fn splat(x: $t) -> Self {
                    // SAFETY: the caller's.
                    unsafe { $splat(x) }
                }

                #[inline(always)]
                unsafe fn load(x: *const $t) -> Self {
                    // SAFETY: the caller's; unaligned loads need no more.
                    unsafe { $load(x) }
                }

                #[inline(always)]
                unsafe fn store(self, y: *mut $t) {
                    // SAFETY: the caller's; unaligned stores need no more.
                    unsafe { $store(y, self) }
                }

                #[inline(always)]
                unsafe fn mul_add(self, x: Self, y: Self) -> Self {
                    // SAFETY: the caller's.
                    unsafe { $mul_add(self, x, y) }
                }
            }
        };
    }

    simd!(__m256, f32, 8, _mm256_set1_ps, _mm256_loadu_ps, _mm256_storeu_ps, _mm256_fmadd_ps);
    simd!(__m256d, f64, 4, _mm256_set1_pd, _mm256_loadu_pd, _mm256_storeu_pd, _mm256_fmadd_pd);
    simd!(__m512, f32, 16, _mm512_set1_ps, _mm512_loadu_ps, _mm512_storeu_ps, _mm512_fmadd_ps);
    simd!(__m512d, f64, 8, _mm512_set1_pd, _mm512_loadu_pd, _mm512_storeu_pd, _mm512_fmadd_pd);
}
