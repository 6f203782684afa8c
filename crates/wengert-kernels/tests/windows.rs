//! What windows accept and refuse.

use wengert_kernels::{Strided, StridedMut};

fn refused(len: usize, offset: usize, dims: &[usize], strides: &[isize]) -> bool {
    let mut data = vec![0.0; len];
    let shared = std::panic::catch_unwind(|| Strided::new(&data, offset, dims, strides).len());
    let exclusive = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        StridedMut::new(&mut data, offset, dims, strides).len()
    }));
    assert_eq!(shared.is_err(), exclusive.is_err());
    shared.is_err()
}

#[test]
fn every_element_must_be_inside() {
    assert!(!refused(6, 0, &[2, 3], &[3, 1]));
    assert!(refused(5, 0, &[2, 3], &[3, 1]));
    assert!(refused(6, 1, &[2, 3], &[3, 1]));
    assert!(!refused(6, 5, &[2, 3], &[-3, -1]));
    assert!(refused(6, 4, &[2, 3], &[-3, -1]));
    assert!(!refused(6, 3, &[2, 3], &[-3, 1]));
    assert!(!refused(1, 0, &[], &[]));
    assert!(refused(0, 0, &[], &[]));
    assert!(refused(1, 1, &[], &[]));
    assert!(refused(6, 0, &[2], &[1, 1]));
}

#[test]
fn no_element_is_outside_an_empty_window() {
    assert!(!refused(0, 9, &[0, 3], &[3, 1]));
    assert!(!refused(0, 0, &[usize::MAX, usize::MAX, 0], &[isize::MAX, isize::MIN, 1]));
}

#[test]
fn overflow_is_refused() {
    let (max, min) = (isize::MAX, isize::MIN);
    assert!(refused(8, 0, &[2], &[max]));
    assert!(refused(8, 0, &[2], &[min]));
    assert!(refused(8, 7, &[2], &[min]));
    assert!(refused(8, 0, &[3], &[max]));
    assert!(refused(8, 0, &[3], &[min]));
    assert!(refused(8, 0, &[3, 3], &[max, max]));
    assert!(refused(8, 4, &[2, 2], &[max, min]));
    assert!(refused(8, 0, &[usize::MAX], &[0]));
    assert!(refused(8, 0, &[1 << 32, 1 << 32], &[0, 0]));
    assert!(refused(8, usize::MAX, &[2], &[1]));
}

#[test]
fn contiguity_ignores_extents_of_one() {
    let data = [0.0; 6];
    assert!(Strided::new(&data, 0, &[2, 1, 3], &[3, 77, 1]).is_contiguous());
    assert!(!Strided::new(&data, 0, &[3, 2], &[1, 3]).is_contiguous());
    assert_eq!(Strided::new(&data, 2, &[1], &[-5]).as_slice().map(<[f64]>::len), Some(1));
    assert_eq!(Strided::new(&data, 9, &[4, 0], &[0, 0]).as_slice(), Some(&[][..]));
    assert_eq!(Strided::new(&data, 0, &[2], &[0]).as_slice(), None);
}
