//! `map`, `accumulate`, `copy`, `add_acc`, `scale_acc`, `sum` against indexed loops.

mod common;

use common::{Layout, Windowed, indices, make, shapes, values};
use proptest::prelude::*;
use wengert_kernels::{BLOCK, Real, Strided, StridedMut, accumulate, add_acc, copy, map, scale_acc, sum};

fn check_map<T: Real>(dims: &[usize], layouts: &[Layout]) {
    let [a, b]: [Windowed<T>; 2] = std::array::from_fn(|n| make(dims, &layouts[n]));
    let mut y = vec![T::nan(); dims.iter().product()];
    map(&mut y, dims, [a.view(), b.view()], |y, [a, b]| {
        assert!(!y.is_empty() && y.len() == a.len() && y.len() == b.len());
        for ((y, &a), &b) in y.iter_mut().zip(a).zip(b) {
            *y = a - b;
        }
    });
    let expected: Vec<T> = indices(dims).map(|i| a.at(&i) - b.at(&i)).collect();
    assert_eq!(y, expected);

    let mut y = vec![T::nan(); dims.iter().product()];
    copy(&mut y, a.view());
    assert_eq!(y, a.elements());
}

fn check_accumulate<T: Real>(dims: &[usize], layouts: &[Layout]) {
    let [a, b, target]: [Windowed<T>; 3] = std::array::from_fn(|n| make(dims, &layouts[n]));
    let alpha = T::from(-1.5).unwrap();
    let naive = |term: &dyn Fn(&[usize]) -> T| {
        let mut target = target.clone();
        for i in indices(dims) {
            let position = target.position(&i);
            target.data[position] += term(&i);
        }
        target.data
    };

    let mut y = target.clone();
    accumulate(y.view_mut(), [a.view(), b.view()], |y, [a, b]| {
        for ((y, &a), &b) in y.iter_mut().zip(a).zip(b) {
            *y += a * b;
        }
    });
    assert_eq!(y.data, naive(&|i| a.at(i) * b.at(i)));

    let mut y = target.clone();
    add_acc(y.view_mut(), a.view());
    assert_eq!(y.data, naive(&|i| a.at(i)));

    let mut y = target.clone();
    scale_acc(y.view_mut(), a.view(), alpha);
    assert_eq!(y.data, naive(&|i| alpha * a.at(i)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn maps_are_loops((dims, layouts) in shapes(2)) {
        check_map::<f64>(&dims, &layouts);
        check_map::<f32>(&dims, &layouts);
    }

    #[test]
    fn accumulations_are_loops((dims, layouts) in shapes(3)) {
        check_accumulate::<f64>(&dims, &layouts);
        check_accumulate::<f32>(&dims, &layouts);
    }

    #[test]
    fn sums_are_sums(len in 0..1000_usize) {
        let x = values::<f64>(len, len as u64);
        prop_assert_eq!(sum(&x), x.iter().sum::<f64>());
        let x = values::<f32>(len, len as u64);
        prop_assert_eq!(sum(&x), x.iter().sum::<f32>());
    }
}

/// A row for all rows, as the bias of a layer, narrow and wide, in blocks of many rows with a rest; and the sums of columns, in groups
/// of every width with a rest.
#[test]
fn a_row_for_all_rows() {
    for (rows, cols) in [(2, 3), (33, 10), (70, 7), (9, 100), (5, 128), (3, 129), (300, 2), (4, 75), (7, 300)]
    {
        let (dims, strides) = ([rows, cols], [cols as isize, 1]);
        let (x, row) = (values::<f64>(rows * cols, 3), values::<f64>(cols, 5));
        let all = Strided::new(&x, 0, &dims, &strides);
        let repeated = Strided::new(&row, 0, &dims, &[0, 1]);
        let differences: Vec<f64> = (0..rows * cols).map(|i| row[i % cols] - x[i]).collect();

        let mut y = vec![f64::NAN; rows * cols];
        map(&mut y, &dims, [repeated, all], |y, [a, b]| {
            y.iter_mut().zip(a.iter().zip(b)).for_each(|(y, (a, b))| *y = a - b);
        });
        assert_eq!(y, differences, "map, {dims:?}");

        let mut y = vec![0.0; rows * cols];
        let target = StridedMut::new(&mut y, 0, &dims, &strides);
        accumulate(target, [repeated, all], |y, [a, b]| {
            y.iter_mut().zip(a.iter().zip(b)).for_each(|(y, (a, b))| *y += a - b);
        });
        assert_eq!(y, differences, "accumulate, {dims:?}");

        let sums: Vec<f64> =
            (0..cols).map(|j| (0..rows).fold(row[j], |sum, i| sum + x[i * cols + j])).collect();
        let mut y = row.clone();
        add_acc(StridedMut::new(&mut y, 0, &dims, &[0, 1]), all);
        assert_eq!(y, sums, "add_acc, {dims:?}");
    }
}

/// Tiles of a transposing copy, with edges.
#[test]
fn transposes_of_all_sizes() {
    for (m, n) in [(1, 40), (40, 1), (15, 17), (16, 16), (33, 70), (128, 65)] {
        let x = Windowed {
            data: values::<f32>(3 * m * n, 7),
            offset: 0,
            dims: vec![3, m, n],
            strides: vec![(m * n) as isize, 1, m as isize],
        };
        let mut y = vec![0.0; 3 * m * n];
        copy(&mut y, x.view());
        assert_eq!(y, x.elements());
    }
}

#[test]
fn contiguous_operands_make_one_call() {
    let x = vec![1.0; 10 * BLOCK];
    let mut y = vec![0.0; 10 * BLOCK];
    let mut calls = 0;
    let dims = [10, BLOCK];
    let strides = [BLOCK as isize, 1];
    map(&mut y, &dims, [Strided::new(&x, 0, &dims, &strides)], |y, [x]| {
        calls += 1;
        y.copy_from_slice(x);
    });
    accumulate(
        StridedMut::new(&mut y, 0, &dims, &strides),
        [Strided::new(&x, 0, &dims, &strides)],
        |y, [x]| {
            calls += 1;
            y.iter_mut().zip(x).for_each(|(y, x)| *y += x);
        },
    );
    assert_eq!((calls, y), (2, vec![2.0; 10 * BLOCK]));
}

#[test]
fn special_values_flow() {
    let mut y = [0.0_f64; 2];
    let x = [f64::INFINITY, f64::NAN];
    scale_acc(StridedMut::new(&mut y, 0, &[2], &[1]), Strided::new(&x, 0, &[2], &[1]), 0.0);
    assert!(y.iter().all(|y| y.is_nan()));
    let mut total = [1.0];
    add_acc(StridedMut::new(&mut total, 0, &[2], &[0]), Strided::new(&x[..1], 0, &[2], &[0]));
    assert_eq!(total, [f64::INFINITY]);
}

/// Without operands, `f` fills.
#[test]
fn no_operand_is_allowed() {
    let mut y = [0.0; 6];
    map(&mut y, &[2, 3], [], |y, []| y.fill(1.0));
    accumulate(StridedMut::new(&mut y, 5, &[2, 3], &[-3, -1]), [], |y, []| {
        y.iter_mut().for_each(|y| *y += 1.0)
    });
    accumulate(StridedMut::new(&mut y, 0, &[2, 3], &[0, 0]), [], |y, []| {
        y.iter_mut().for_each(|y| *y += 1.0)
    });
    assert_eq!(y, [8.0, 2.0, 2.0, 2.0, 2.0, 2.0]);
}
