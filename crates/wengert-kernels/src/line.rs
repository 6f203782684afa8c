//! Strided lines: gather, scatter, and the sum into one element.

use std::mem::MaybeUninit;

use crate::{Real, sum};

/// Lines shorter than this go through a plain loop, whatever their stride.
const FEW: usize = 12;

/// Panics unless all `len >= 1` positions `start + i * stride` index a buffer of `available` elements.
#[inline(always)]
fn check(available: usize, start: isize, stride: isize, len: usize) {
    // Both ends inside means all inside.
    let last = (len as isize - 1).checked_mul(stride).and_then(|reach| start.checked_add(reach));
    assert!(
        start >= 0
            && (start as usize) < available
            && last.is_some_and(|l| l >= 0 && (l as usize) < available),
        "line: {len} elements from {start} by {stride} leave the buffer of {available}"
    );
}

/// `block[i] = data[start + i * stride]`.
#[inline]
pub(crate) fn gather<T: Real>(block: &mut [T], data: &[T], start: isize, stride: isize) {
    // SAFETY: the layouts are the same, and `gather_into` only writes initialised elements.
    let block = unsafe { &mut *(std::ptr::from_mut(block) as *mut [MaybeUninit<T>]) };
    gather_into(block, data, start, stride);
}

/// [`gather`] into memory that need not be initialised; afterwards all of it is.
#[inline]
pub(crate) fn gather_into<T: Real>(block: &mut [MaybeUninit<T>], data: &[T], start: isize, stride: isize) {
    if block.is_empty() {
        return;
    }
    check(data.len(), start, stride, block.len());
    match stride {
        // Few elements are not worth a call to `memset` or `memcpy`.
        0 if block.len() >= FEW => block.fill(MaybeUninit::new(data[start as usize])),
        1 if block.len() >= FEW => {
            let len = block.len();
            let run = &data[start as usize..start as usize + len];
            for (y, &x) in block.iter_mut().zip(run) {
                y.write(x);
            }
        }
        _ => {
            for (i, y) in block.iter_mut().enumerate() {
                // SAFETY: `check` found the first and the last position inside `data`; this one lies between.
                y.write(unsafe { *data.get_unchecked((start + i as isize * stride) as usize) });
            }
        }
    }
}

/// `data[start + i * stride] = block[i]`.
#[inline]
pub(crate) fn scatter<T: Real>(data: &mut [T], start: isize, stride: isize, block: &[T]) {
    if block.is_empty() {
        return;
    }
    check(data.len(), start, stride, block.len());
    for (i, &x) in block.iter().enumerate() {
        // SAFETY: `check` found the first and the last position inside `data`; this one lies between.
        unsafe { *data.get_unchecked_mut((start + i as isize * stride) as usize) = x };
    }
}

/// `data[start + i * stride] += block[i]`; a stride of 0 adds the sum of the block.
#[inline]
pub(crate) fn scatter_add<T: Real>(data: &mut [T], start: isize, stride: isize, block: &[T]) {
    if block.is_empty() {
        return;
    }
    check(data.len(), start, stride, block.len());
    match stride {
        0 => data[start as usize] += sum(block),
        1 => add(&mut data[start as usize..start as usize + block.len()], block),
        _ => {
            for (i, &x) in block.iter().enumerate() {
                // SAFETY: `check` found the first and the last position inside `data`; this one lies between.
                unsafe { *data.get_unchecked_mut((start + i as isize * stride) as usize) += x };
            }
        }
    }
}

/// `y += x`, element by element.
#[inline]
pub(crate) fn add<T: Real>(y: &mut [T], x: &[T]) {
    for (y, &x) in y.iter_mut().zip(x) {
        *y += x;
    }
}
