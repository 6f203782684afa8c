//! Run-time choice of the vector unit.

use std::sync::atomic::{AtomicU8, Ordering};

/// A body that is compiled once for each vector unit; [`dispatch`] runs the widest one the machine has.
///
/// Mark `run` as `#[inline(always)]`: it inherits the instruction set of the function that it is inlined into.
///
/// ```
/// use wengert_kernels::{dispatch, Kernel};
///
/// struct Scale<'a>(&'a mut [f32], f32);
///
/// impl Kernel for Scale<'_> {
///     type Output = ();
///     #[inline(always)]
///     fn run(self) {
///         for x in self.0 {
///             *x *= self.1;
///         }
///     }
/// }
///
/// let mut x = [1.0, 2.0, 3.0];
/// dispatch(Scale(&mut x, 2.0));
/// assert_eq!(x, [2.0, 4.0, 6.0]);
/// ```
pub trait Kernel {
    /// What the body returns.
    type Output;

    /// The body.
    fn run(self) -> Self::Output;
}

/// A vector unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Level {
    /// What every machine of the build target has.
    Baseline = 1,
    /// AVX2 and FMA, 256 bits.
    #[cfg(target_arch = "x86_64")]
    V3 = 2,
    /// AVX-512 F, BW, CD, DQ, VL, 512 bits.
    #[cfg(target_arch = "x86_64")]
    V4 = 3,
}

/// The level of this machine as a number, once found; 0 before. Small kernels ask for it each time, and the
/// standard library would test a bit for every feature.
static FOUND: AtomicU8 = AtomicU8::new(0);

/// The widest unit of this machine.
#[inline(always)]
pub(crate) fn level() -> Level {
    match FOUND.load(Ordering::Relaxed) {
        1 => Level::Baseline,
        #[cfg(target_arch = "x86_64")]
        2 => Level::V3,
        #[cfg(target_arch = "x86_64")]
        3 => Level::V4,
        _ => find(),
    }
}

#[cold]
#[inline(never)]
fn find() -> Level {
    let level = detect();
    FOUND.store(level as u8, Ordering::Relaxed);
    level
}

fn detect() -> Level {
    #[cfg(target_arch = "x86_64")]
    {
        let v3 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        if v3
            && is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512cd")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl")
        {
            return Level::V4;
        }
        if v3 {
            return Level::V3;
        }
    }
    Level::Baseline
}

/// Whether the unit that [`dispatch`] chooses fuses `a * b + c`.
///
/// Where it does not, `mul_add` is a slow library call and a body should write `a * b + c` instead: make the
/// body generic over a `const FUSED: bool` and choose with this function.
#[inline]
pub fn fused() -> bool {
    cfg!(target_arch = "aarch64") || level() != Level::Baseline
}

/// Runs `kernel`, compiled for the widest vector unit that this machine has: AVX-512, AVX2 with FMA, or the
/// baseline of the build target.
///
/// The choice costs about a nanosecond and the call is not inlined, so give it slices, not elements.
/// Example: [`Kernel`].
#[inline]
pub fn dispatch<K: Kernel>(kernel: K) -> K::Output {
    match level() {
        // SAFETY: `level` found these features on this machine.
        #[cfg(target_arch = "x86_64")]
        Level::V4 => unsafe { v4(kernel) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Level::V3 => unsafe { v3(kernel) },
        Level::Baseline => kernel.run(),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512cd,avx512dq,avx512vl,avx2,fma")]
fn v4<K: Kernel>(kernel: K) -> K::Output {
    kernel.run()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn v3<K: Kernel>(kernel: K) -> K::Output {
    kernel.run()
}
