//! Softmax, its logarithm and their reverses against naive definitions, over windows of any kind.

mod common;

use wengert_kernels::{
    Elementary, Scratch, Strided, StridedMut, log_softmax, log_softmax_acc, log_sum_exp, maximum, softmax,
    softmax_acc, sum,
};

/// Rows of an array `[rows, len]`, either contiguous or as the transpose of its transpose.
fn windows(rows: usize, len: usize) -> [([usize; 2], [isize; 2], usize); 2] {
    [([rows, len], [len as isize, 1], 1), ([len, rows], [1, len as isize], 0)]
}

fn numbers(count: usize, pace: f64) -> Vec<f64> {
    (0..count).map(|i| 3.0 * (pace * i as f64).sin()).collect()
}

#[track_caller]
fn assert_close(a: f64, b: f64) {
    assert!(a == b || (a - b).abs() <= 1e-14 * b.abs().max(1.0), "{a} is not {b}");
}

#[test]
fn rows_of_any_length_and_layout() {
    for (rows, len) in [(1, 1), (3, 2), (32, 10), (7, 64), (2, 511), (2, 513), (3, 1500), (0, 4), (4, 0)] {
        let (x, y_bar) = (numbers(rows * len, 0.7), numbers(rows * len, 1.1));
        for (dims, strides, axis) in windows(rows, len) {
            let scratch = &mut Scratch::new();
            let seen = |data| Strided::new(data, 0, &dims, &strides);
            // Where the element (row, i) lies in a row-major result.
            let place = |row: usize, i: usize| if axis == 1 { row * len + i } else { i * rows + row };
            let (mut soft, mut log) = (vec![0.0; x.len()], vec![0.0; x.len()]);
            softmax(&mut soft, seen(&x[..]), axis, scratch);
            log_softmax(&mut log, seen(&x[..]), axis, scratch);

            let whole = [dims[1] as isize, 1];
            let own = |data| Strided::new(data, 0, &dims, &whole);
            let (mut soft_bar, mut log_bar) = (vec![1.0; x.len()], vec![1.0; x.len()]);
            let target = |data| StridedMut::new(data, 0, &dims, &strides);
            softmax_acc(target(&mut soft_bar), own(&soft[..]), seen(&y_bar[..]), axis, scratch);
            log_softmax_acc(target(&mut log_bar), own(&log[..]), seen(&y_bar[..]), axis, scratch);

            for row in 0..rows {
                let (x, y_bar) = (&x[row * len..][..len], &y_bar[row * len..][..len]);
                let total: f64 = x.iter().map(|x| x.exp()).sum();
                let share: Vec<f64> = x.iter().map(|x| x.exp() / total).collect();
                let weighted: f64 = share.iter().zip(y_bar).map(|(share, y_bar)| share * y_bar).sum();
                let sent: f64 = y_bar.iter().sum();
                assert_close(log_sum_exp(x), total.ln());
                for i in 0..len {
                    assert_close(soft[place(row, i)], share[i]);
                    assert_close(log[place(row, i)], share[i].ln());
                    assert_close(soft_bar[row * len + i], 1.0 + share[i] * (y_bar[i] - weighted));
                    assert_close(log_bar[row * len + i], 1.0 + y_bar[i] - share[i] * sent);
                }
            }
        }
    }
}

#[test]
fn infinities_and_nan_stay_in_their_row() {
    const INF: f64 = f64::INFINITY;
    let x = [INF, 0.0, -INF, -INF, f64::NAN, 0.0, 0.0, -INF];
    let rows = Strided::new(&x, 0, &[4, 2], &[2, 1]);
    let (mut soft, mut log) = ([0.0; 8], [0.0; 8]);
    softmax(&mut soft, rows, 1, &mut Scratch::new());
    log_softmax(&mut log, rows, 1, &mut Scratch::new());
    assert!(soft[..6].iter().chain(&log[..6]).all(|y| y.is_nan()));
    assert_eq!((soft[6], soft[7], log[6], log[7]), (1.0, 0.0, 0.0, -INF));
    assert_eq!([log_sum_exp(&x[..2]), log_sum_exp(&x[2..4]), log_sum_exp(&x[6..])], [INF, -INF, 0.0]);
    assert!(log_sum_exp(&x[4..6]).is_nan());
}

/// A row gives the same bits by itself, among others, and however long it is: those of the formula.
#[test]
fn a_row_is_its_formula_to_the_last_bit() {
    for len in [1, 3, 10, 64, 511, 512, 513, 2000] {
        let x: Vec<f64> = (0..3 * len).map(|i| 3.0 * (i as f64 * 0.7 + (i * i % 13) as f64).sin()).collect();
        let mut log = vec![0.0; x.len()];
        log_softmax(&mut log, Strided::new(&x, 0, &[3, len], &[len as isize, 1]), 1, &mut Scratch::new());
        for (row, x) in log.chunks(len).zip(x.chunks(len)) {
            let max = maximum(x);
            let terms: Vec<f64> = x.iter().map(|x| (x - max).fast_exp()).collect();
            let of_sum = sum(&terms).fast_ln();
            let want: Vec<f64> = x.iter().map(|x| (x - max) - of_sum).collect();
            assert_eq!(row, want, "a row of {len}");
        }
    }
}
