//! NumPy's broadcasting: axes are matched from the last one backward; extent 1 matches any.

use super::{Dims, Layout, Strides};

/// The common shape of two shapes, or the two extents that differ.
pub(crate) fn broadcast(lhs: &[usize], rhs: &[usize]) -> Result<Dims, (usize, usize)> {
    let rank = lhs.len().max(rhs.len());
    let extent = |dims: &[usize], axis: usize| {
        let missing = rank - dims.len();
        if axis < missing { 1 } else { dims[axis - missing] }
    };
    (0..rank)
        .map(|axis| match (extent(lhs, axis), extent(rhs, axis)) {
            (a, b) if a == b => Ok(a),
            (1, b) => Ok(b),
            (a, 1) => Ok(a),
            (a, b) => Err((a, b)),
        })
        .collect()
}

/// The strides of `layout` seen with the shape `dims`: 0 on every axis that it repeats itself along.
/// `None` where it does not expand to `dims`.
pub(crate) fn expand_strides(layout: &Layout, dims: &[usize]) -> Option<Strides> {
    let missing = dims.len().checked_sub(layout.rank())?;
    let mut strides = Strides::from_elem(0, missing);
    for ((&from, &stride), &to) in layout.dims.iter().zip(&layout.strides).zip(&dims[missing..]) {
        strides.push(match (from, to) {
            (1, to) if to != 1 => 0,
            (from, to) if from == to => stride,
            _ => return None,
        });
    }
    Some(strides)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extents_match_from_the_last_axis_backward() {
        assert_eq!(broadcast(&[4, 1, 3], &[2, 1]).unwrap().as_slice(), [4, 2, 3]);
        assert_eq!(broadcast(&[], &[5]).unwrap().as_slice(), [5]);
        assert_eq!(broadcast(&[0, 1], &[1, 3]).unwrap().as_slice(), [0, 3]);
        assert_eq!(broadcast(&[2, 3], &[4]), Err((3, 4)));
    }

    #[test]
    fn a_repeated_axis_has_stride_zero() {
        let layout = Layout::contiguous(&[2, 1]);
        assert_eq!(expand_strides(&layout, &[5, 2, 3]).unwrap().as_slice(), [0, 1, 0]);
        assert_eq!(expand_strides(&layout, &[3, 3]), None);
        assert_eq!(expand_strides(&layout, &[2]), None);
    }
}
