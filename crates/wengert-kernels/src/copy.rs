//! Copies and sums of windows.

use crate::axes::{At, Axes, Axis, for_each};
use crate::line::gather;
use crate::repeat::add_rows;
use crate::window::same_dims;
use crate::{Kernel, Real, Strided, StridedMut, accumulate, dispatch, sum};

/// The side of the square tiles of a transposing copy: a row of a tile is one or two cache lines.
const TILE: usize = 16;

/// From this length on the choice of a vector unit pays.
const LONG: usize = 32;

/// `y = x`, in row-major order.
///
/// Contiguous runs are copied whole; transposes go tile by tile.
///
/// ```
/// use wengert_kernels::{copy, Strided};
///
/// let x = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
/// let mut y = [0.0; 6];
/// copy(&mut y, Strided::new(&x, 0, &[3, 2], &[1, 3]));
/// assert_eq!(y, [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
/// ```
///
/// # Panics
/// If `y` does not have one element for each of `x`.
#[inline]
pub fn copy<T: Real>(y: &mut [T], x: Strided<'_, T>) {
    assert!(y.len() == x.len(), "copy: {} elements into {}", x.len(), y.len());
    match x.as_slice() {
        Some(x) => y.copy_from_slice(x),
        None => copy_strided(y, x),
    }
}

#[inline(never)]
fn copy_strided<T: Real>(y: &mut [T], x: Strided<'_, T>) {
    let dims = x.dims();
    let mut step = 1_isize;
    let mut axes = Axes::<1>::new();
    axes.wrap_all(dims, |axis| {
        let target = step;
        step *= dims[axis] as isize;
        (target, [x.strides()[axis]])
    });
    let axes = axes.as_mut_slice();
    let data = x.data();
    let start = At { target: 0, operands: [x.offset() as isize] };
    // A copy may go through the loops in any order: let the axis along which `x` is contiguous be the second
    // innermost, so that a tile reads and writes whole cache lines.
    let transposes = axes.len() > 1 && !(0..=1).contains(&axes[0].operands[0]);
    if transposes && let Some(unit) = axes.iter().position(|axis| axis.operands[0] == 1) {
        axes.swap(1, unit);
        let (tile, outer) = axes.split_at(2);
        for_each(outer, start, &mut |at| transpose(y, data, at, &tile[0], &tile[1]));
        return;
    }
    let unit = [Axis::UNIT];
    let (run, outer) = if axes.is_empty() { (&unit[..], &[][..]) } else { axes.split_at(1) };
    for_each(outer, start, &mut |at| {
        let first = at.target as usize;
        gather(&mut y[first..first + run[0].dim], data, at.operands[0], run[0].operands[0]);
    });
}

/// Copies the plane of `col` (along which `y` is contiguous) and `row` (along which `x` is) in square tiles.
fn transpose<T: Real>(y: &mut [T], data: &[T], at: At<1>, col: &Axis<1>, row: &Axis<1>) {
    for i in (0..row.dim).step_by(TILE) {
        for j in (0..col.dim).step_by(TILE) {
            let cols = TILE.min(col.dim - j);
            for i in i..(i + TILE).min(row.dim) {
                let at = at.moved(row, i).moved(col, j);
                let first = at.target as usize;
                gather(&mut y[first..first + cols], data, at.operands[0], col.operands[0]);
            }
        }
    }
}

/// `target += x`.
///
/// Along an axis of stride 0 the target takes the sum of `x`: this is how to sum over axes. Example: the
/// [crate] page.
///
/// # Panics
/// If the dims differ.
#[inline]
pub fn add_acc<T: Real>(mut target: StridedMut<'_, T>, x: Strided<'_, T>) {
    let (dims, strides, offset) = (target.dims(), target.strides(), target.offset());
    assert!(same_dims(dims, x.dims()), "add_acc: {:?} into {dims:?}", x.dims());
    if let Some(x) = x.as_slice()
        && dims.iter().zip(strides).all(|(&dim, &stride)| stride == 0 || dim == 1)
    {
        if !x.is_empty() {
            target.data_mut()[offset] += sum(x);
        }
        return;
    }
    if let (&[rows, cols], &[0, 1], &[stride, 1]) = (dims, strides, x.strides())
        && let (Ok(stride), true) = (usize::try_from(stride), rows > 0 && cols > 0)
    {
        let sums = &mut target.data_mut()[offset..][..cols];
        return add_rows(sums, &x.data()[x.offset()..], rows, stride);
    }
    accumulate(
        target,
        [x],
        |y, [x]| {
            if y.len() < LONG { crate::line::add(y, x) } else { dispatch(Add(y, x)) }
        },
    );
}

/// `target += alpha * x`.
///
/// ```
/// use wengert_kernels::{scale_acc, Strided, StridedMut};
///
/// let mut y = [1.0, 1.0];
/// scale_acc(StridedMut::new(&mut y, 0, &[2], &[1]), Strided::new(&[3.0, 4.0], 0, &[2], &[1]), -2.0);
/// assert_eq!(y, [-5.0, -7.0]);
/// ```
///
/// # Panics
/// If the dims differ.
#[inline]
pub fn scale_acc<T: Real>(target: StridedMut<'_, T>, x: Strided<'_, T>, alpha: T) {
    assert!(same_dims(target.dims(), x.dims()), "scale_acc: {:?} into {:?}", x.dims(), target.dims());
    accumulate(target, [x], |y, [x]| {
        if y.len() < LONG { ScaleAdd(y, x, alpha).run() } else { dispatch(ScaleAdd(y, x, alpha)) }
    });
}

struct Add<'a, T>(&'a mut [T], &'a [T]);

impl<T: Real> Kernel for Add<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for (y, &x) in self.0.iter_mut().zip(self.1) {
            *y += x;
        }
    }
}

struct ScaleAdd<'a, T>(&'a mut [T], &'a [T], T);

impl<T: Real> Kernel for ScaleAdd<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for (y, &x) in self.0.iter_mut().zip(self.1) {
            *y += self.2 * x;
        }
    }
}
