//! Lanes that lie side by side.

use crate::Real;
use crate::columns::{Abreast, Group, GroupMut};
use crate::maximum::larger;
use crate::sum::{Terms, sum_abreast};

/// `y = e^(x - m) / sum e^(x - m)`
pub(super) struct Softmax;

impl<T: Real> Abreast<T, 1> for Softmax {
    #[inline(always)]
    fn run<const W: usize>(
        len: usize,
        mut y: GroupMut<'_, T, W>,
        [x]: [Group<'_, T, W>; 1],
        room: &mut [[T; W]],
    ) {
        let powers = Powers { x, max: maximum(x, len) };
        let sums = sum_abreast(Kept { powers, y: &mut y }, len, room);
        for i in 0..len {
            for (y, &sum) in y.row(i).iter_mut().zip(&sums) {
                *y /= sum;
            }
        }
    }
}

/// `y = (x - m) - ln sum e^(x - m)`
pub(super) struct LogSoftmax;

impl<T: Real> Abreast<T, 1> for LogSoftmax {
    #[inline(always)]
    fn run<const W: usize>(
        len: usize,
        mut y: GroupMut<'_, T, W>,
        [x]: [Group<'_, T, W>; 1],
        room: &mut [[T; W]],
    ) {
        let max = maximum(x, len);
        let logs = logarithms(sum_abreast(Powers { x, max }, len, room));
        for i in 0..len {
            for (j, y) in y.row(i).iter_mut().enumerate() {
                *y = (x.row(i)[j] - max[j]) - logs[j];
            }
        }
    }
}

/// `y = m + ln sum e^(x - m)`, or `m` where it is infinite.
pub(super) struct LogSumExp;

impl<T: Real> Abreast<T, 1> for LogSumExp {
    #[inline(always)]
    fn run<const W: usize>(
        len: usize,
        mut y: GroupMut<'_, T, W>,
        [x]: [Group<'_, T, W>; 1],
        room: &mut [[T; W]],
    ) {
        let max = maximum(x, len);
        let logs = logarithms(sum_abreast(Powers { x, max }, len, room));
        for ((y, max), log) in y.row(0).iter_mut().zip(max).zip(logs) {
            *y = if max.is_infinite() { max } else { max + log };
        }
    }
}

/// `x_bar += y (y_bar - sum(y y_bar))`
pub(super) struct SoftmaxReverse;

impl<T: Real> Abreast<T, 2> for SoftmaxReverse {
    #[inline(always)]
    fn run<const W: usize>(
        len: usize,
        mut x_bar: GroupMut<'_, T, W>,
        [y, y_bar]: [Group<'_, T, W>; 2],
        room: &mut [[T; W]],
    ) {
        let totals = sum_abreast(Products { y, y_bar }, len, room);
        for i in 0..len {
            let (y, y_bar) = (y.row(i), y_bar.row(i));
            for (j, x_bar) in x_bar.row(i).iter_mut().enumerate() {
                *x_bar += y[j] * (y_bar[j] - totals[j]);
            }
        }
    }
}

/// `x_bar += y_bar - e^y sum(y_bar)`
pub(super) struct LogSoftmaxReverse;

impl<T: Real> Abreast<T, 2> for LogSoftmaxReverse {
    #[inline(always)]
    fn run<const W: usize>(
        len: usize,
        mut x_bar: GroupMut<'_, T, W>,
        [y, y_bar]: [Group<'_, T, W>; 2],
        room: &mut [[T; W]],
    ) {
        let totals = sum_abreast(y_bar, len, room);
        for i in 0..len {
            let (share, y_bar) = (exponentials(*y.row(i)), y_bar.row(i));
            for (j, x_bar) in x_bar.row(i).iter_mut().enumerate() {
                *x_bar += y_bar[j] - share[j] * totals[j];
            }
        }
    }
}

/// The largest of each lane.
#[inline(always)]
fn maximum<T: Real, const W: usize>(x: Group<'_, T, W>, len: usize) -> [T; W] {
    let mut max = [T::neg_infinity(); W];
    for i in 0..len {
        for (max, &x) in max.iter_mut().zip(x.row(i)) {
            *max = larger(*max, x);
        }
    }
    max
}

#[inline(always)]
fn exponentials<T: Real, const W: usize>(mut row: [T; W]) -> [T; W] {
    for x in &mut row {
        *x = x.fast_exp();
    }
    row
}

#[inline(always)]
fn logarithms<T: Real, const W: usize>(mut sums: [T; W]) -> [T; W] {
    for sum in &mut sums {
        *sum = sum.fast_ln();
    }
    sums
}

/// `e^(x - m)`
struct Powers<'a, T, const W: usize> {
    x: Group<'a, T, W>,
    max: [T; W],
}

impl<T: Real, const W: usize> Terms<T, W> for Powers<'_, T, W> {
    #[inline(always)]
    fn terms(&mut self, row: usize) -> [T; W] {
        let mut shifted = *self.x.row(row);
        for (x, &max) in shifted.iter_mut().zip(&self.max) {
            *x -= max;
        }
        exponentials(shifted)
    }
}

/// Powers that are written down as well.
struct Kept<'a, 'y, T, const W: usize> {
    powers: Powers<'a, T, W>,
    y: &'a mut GroupMut<'y, T, W>,
}

impl<T: Real, const W: usize> Terms<T, W> for Kept<'_, '_, T, W> {
    #[inline(always)]
    fn terms(&mut self, row: usize) -> [T; W] {
        let terms = self.powers.terms(row);
        *self.y.row(row) = terms;
        terms
    }
}

/// `y y_bar`
struct Products<'a, T, const W: usize> {
    y: Group<'a, T, W>,
    y_bar: Group<'a, T, W>,
}

impl<T: Real, const W: usize> Terms<T, W> for Products<'_, T, W> {
    #[inline(always)]
    fn terms(&mut self, row: usize) -> [T; W] {
        let mut terms = *self.y.row(row);
        for (term, &y_bar) in terms.iter_mut().zip(self.y_bar.row(row)) {
            *term *= y_bar;
        }
        terms
    }
}

impl<T: Real, const W: usize> Terms<T, W> for Group<'_, T, W> {
    #[inline(always)]
    fn terms(&mut self, row: usize) -> [T; W] {
        *self.row(row)
    }
}
