//! The sum of a slice, and sums side by side.

use crate::{Kernel, Real, dispatch};

/// Partial sums held side by side: enough for four accumulators of the widest vector unit in `f32`.
const LANES: usize = 64;

/// From this length on the choice of a vector unit pays.
const LONG: usize = 192;

/// Beyond this length the halves are summed each by itself: a lane of thousands of like numbers is rounded one way.
pub(crate) const HALVED: usize = 64 * LANES;

/// The sum of a slice; 0 if it is empty.
///
/// Long slices are summed in 64 lanes, and by halves beyond 4096 elements: the rounding error grows with the logarithm
/// of the length, not with the length. The order of the additions depends on the length alone, so that
/// the result does not depend on the machine.
///
/// ```
/// use wengert_kernels::sum;
///
/// assert_eq!(sum(&[1.0, 2.0, 3.5]), 6.5);
/// assert_eq!(sum::<f32>(&[]), 0.0);
/// // One accumulator would stop at 2^24.
/// assert_eq!(sum(&vec![1.0_f32; 1 << 25]), (1 << 25) as f32);
/// assert!((sum(&vec![0.1_f32; 1_000_000]) - 1e5).abs() < 0.1);
/// ```
#[inline]
pub fn sum<T: Real>(x: &[T]) -> T {
    if x.len() < 8 {
        // Starts at the first element, not at 0: the sum of negative zeros is a negative zero.
        return x.iter().copied().reduce(|a, b| a + b).unwrap_or(T::zero());
    }
    match x.len() {
        ..LONG => short(x),
        LONG..=HALVED => dispatch(Long(x)),
        _ => by_halves(x),
    }
}

/// The sum of the halves, cut between two rows of lanes.
fn by_halves<T: Real>(x: &[T]) -> T {
    let (a, b) = x.split_at(x.len() / 2 / LANES * LANES);
    sum(a) + sum(b)
}

/// Eight lanes.
fn short<T: Real>(x: &[T]) -> T {
    let (chunks, rest) = x.as_chunks::<8>();
    let mut lanes = [T::zero(); 8];
    for chunk in chunks {
        for (lane, &x) in lanes.iter_mut().zip(chunk) {
            *lane += x;
        }
    }
    for (lane, &x) in lanes.iter_mut().zip(rest) {
        *lane += x;
    }
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}

struct Long<'a, T>(&'a [T]);

impl<T: Real> Kernel for Long<'_, T> {
    type Output = T;

    #[inline(always)]
    fn run(self) -> T {
        let (chunks, rest) = self.0.as_chunks::<LANES>();
        let mut lanes = [T::zero(); LANES];
        for chunk in chunks {
            for (lane, &x) in lanes.iter_mut().zip(chunk) {
                *lane += x;
            }
        }
        for (lane, &x) in lanes.iter_mut().zip(rest) {
            *lane += x;
        }
        let mut width = LANES / 2;
        while width > 0 {
            for i in 0..width {
                lanes[i] += lanes[i + width];
            }
            width /= 2;
        }
        lanes[0]
    }
}

/// In how many lanes so many terms are summed: a power of two.
const fn lanes_of(terms: usize) -> usize {
    match terms {
        ..8 => 1,
        8..LONG => 8,
        LONG.. => LANES,
    }
}

/// How many partial sums [`sum_abreast`] asks for, of so many terms.
pub(crate) const fn partial(terms: usize) -> usize {
    lanes_of(terms) + if terms > HALVED { LANES } else { 0 }
}

/// The terms of `W` sums side by side.
pub(crate) trait Terms<T, const W: usize> {
    /// One term of each. Mark it as `#[inline(always)]`, as [`Kernel::run`].
    fn terms(&mut self, row: usize) -> [T; W];
}

/// `W` sums of `rows` terms: up to 4096 of them in the order of [`sum`], and beyond, the sums of so many each in lanes again.
/// Overwrites as much of `room` as [`partial`] says.
#[inline(always)]
pub(crate) fn sum_abreast<T: Real, const W: usize>(
    mut terms: impl Terms<T, W>,
    rows: usize,
    room: &mut [[T; W]],
) -> [T; W] {
    let count = lanes_of(rows);
    let (lanes, blocks) = room[..partial(rows)].split_at_mut(count);
    blocks.fill([T::zero(); W]);
    for (block, first) in (0..rows.max(1)).step_by(HALVED).enumerate() {
        lanes.fill([T::zero(); W]);
        for row in 0..(rows - first).min(HALVED) {
            add(&mut lanes[row & (count - 1)], &terms.terms(first + row));
        }
        if rows <= HALVED {
            return join(lanes);
        }
        add(&mut blocks[block % LANES], &join(lanes));
    }
    join(blocks)
}

#[inline(always)]
fn add<T: Real, const W: usize>(sums: &mut [T; W], terms: &[T; W]) {
    for (sum, &term) in sums.iter_mut().zip(terms) {
        *sum += term;
    }
}

/// The sum of lanes, a power of two of them: the upper half is added to the lower, until there is but one.
#[inline(always)]
fn join<T: Real, const W: usize>(lanes: &mut [[T; W]]) -> [T; W] {
    let mut left = lanes.len() / 2;
    while left > 0 {
        let (lower, upper) = lanes[..2 * left].split_at_mut(left);
        lower.iter_mut().zip(upper).for_each(|(lower, upper)| add(lower, upper));
        left /= 2;
    }
    lanes[0]
}
