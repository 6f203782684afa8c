//! Softmax, its logarithm and their reverses against naive definitions, over windows of any kind.

mod common;

use wengert_kernels::{
    Elementary, Real, Scratch, Strided, StridedMut, log_softmax, log_softmax_acc, log_sum_exp,
    log_sum_exp_along, maximum, softmax, softmax_acc, sum,
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

/// The lanes of an array `[outer, len, width]` along its axis 1, each copied into a row of its own.
fn rows_of<T: Real>(x: &[T], [outer, len, width]: [usize; 3]) -> Vec<T> {
    let lane = |lane: usize| (0..len).map(move |i| x[(lane / width * len + i) * width + lane % width]);
    (0..outer * width).flat_map(lane).collect()
}

#[track_caller]
fn assert_same_bits<T: Real>(a: &[T], b: &[T]) {
    let differs = |(a, b): (&T, &T)| a.integer_decode() != b.integer_decode();
    assert!(a.len() == b.len() && !a.iter().zip(b).any(differs), "the bits of some of {} differ", a.len());
}

/// Lanes that lie side by side against the same numbers as rows, with room between the rows of the operand.
fn side_by_side<T: Real>(dims @ [outer, len, width]: [usize; 3]) {
    let number = |i: f64, pace: f64| T::from(3.0 * (pace * i).sin()).unwrap();
    let gap = [(len * (width + 1)) as isize, (width + 1) as isize, 1];
    let count = outer * len * width;
    let spaced: Vec<T> = (0..outer * len * (width + 1)).map(|i| number(i as f64, 0.7)).collect();
    let x: Vec<T> = spaced.chunks(width + 1).flat_map(|row| &row[..width]).copied().collect();
    let y_bar: Vec<T> = (0..count).map(|i| number(i as f64, 1.1)).collect();
    let (whole, lanes) = ([(len * width) as isize, width as isize, 1], [outer * width, len]);
    let scratch = &mut Scratch::new();
    let rows = [len as isize, 1];
    let (of_x, of_y_bar) = (rows_of(&x, dims), rows_of(&y_bar, dims));
    let zeros = || vec![T::zero(); count];

    type Forward<T> = fn(&mut [T], Strided<'_, T>, usize, &mut Scratch<T>);
    type Reverse<T> = fn(StridedMut<'_, T>, Strided<'_, T>, Strided<'_, T>, usize, &mut Scratch<T>);
    let ops: [(Forward<T>, Reverse<T>); 2] = [(softmax, softmax_acc), (log_softmax, log_softmax_acc)];
    for (forward, reverse) in ops {
        let (mut y, mut of_y) = (zeros(), zeros());
        forward(&mut y, Strided::new(&spaced, 0, &dims, &gap), 1, scratch);
        forward(&mut of_y, Strided::new(&of_x, 0, &lanes, &rows), 1, scratch);
        assert_same_bits(&rows_of(&y, dims), &of_y);

        let (mut x_bar, mut of_x_bar) = (vec![T::one(); spaced.len()], vec![T::one(); count]);
        let [y, y_bar] = [&y, &y_bar].map(|data| Strided::new(data, 0, &dims, &whole));
        reverse(StridedMut::new(&mut x_bar, 0, &dims, &gap), y, y_bar, 1, scratch);
        let [of_y, of_y_bar] = [&of_y, &of_y_bar].map(|data| Strided::new(data, 0, &lanes, &rows));
        reverse(StridedMut::new(&mut of_x_bar, 0, &lanes, &rows), of_y, of_y_bar, 1, scratch);
        assert!(
            x_bar.chunks(width + 1).all(|row| row[width] == T::one()),
            "what lies between rows was written"
        );
        let x_bar: Vec<T> = x_bar.chunks(width + 1).flat_map(|row| &row[..width]).copied().collect();
        for (a, b) in rows_of(&x_bar, dims).into_iter().zip(of_x_bar) {
            // A sum of products may be taken in another order.
            assert!((a - b).abs() <= T::epsilon() * T::from(8).unwrap(), "{dims:?}: {a} is not {b}");
        }
    }
    let mut y = vec![T::zero(); outer * width];
    log_sum_exp_along(&mut y, Strided::new(&spaced, 0, &dims, &gap), &[1], scratch);
    for (y, x) in y.into_iter().zip(of_x.chunks(len)) {
        let want = log_sum_exp(x);
        assert!((y - want).abs() <= T::epsilon() * T::from(8).unwrap(), "{dims:?}: {y} is not {want}");
    }
}

#[test]
fn lanes_that_lie_side_by_side_are_rows_to_the_last_bit() {
    for width in [2, 7, 8, 29, 64, 101] {
        for len in [1, 2, 7, 8, 63, 191, 192, 700] {
            side_by_side::<f32>([2, len, width]);
            side_by_side::<f64>([3, len, width]);
        }
    }
    side_by_side::<f32>([1, 4000, 9]);
}

#[test]
fn infinities_and_nan_stay_in_their_column() {
    const INF: f64 = f64::INFINITY;
    // Over and over, so that there are more than are taken at once.
    let kinds = [[INF, 0.0], [-INF, -INF], [f64::NAN, 0.0], [f64::NAN, INF], [0.0, -INF]];
    for width in [5, 15, 80] {
        let x: Vec<f64> = (0..2 * width).map(|i| kinds[i % width % 5][i / width]).collect();
        let (mut soft, mut log, mut sums) = (vec![0.0; 2 * width], vec![0.0; 2 * width], vec![0.0; width]);
        let (dims, strides) = ([2, width], [width as isize, 1]);
        let x = Strided::new(&x, 0, &dims, &strides);
        softmax(&mut soft, x, 0, &mut Scratch::new());
        log_softmax(&mut log, x, 0, &mut Scratch::new());
        log_sum_exp_along(&mut sums, x, &[0], &mut Scratch::new());
        for lane in 0..width {
            let column = [soft[lane], soft[width + lane], log[lane], log[width + lane]];
            match lane % 5 {
                4 => assert_eq!(column, [1.0, 0.0, 0.0, -INF]),
                _ => assert!(column.iter().all(|y| y.is_nan()), "{column:?}"),
            }
            match lane % 5 {
                kind @ (0 | 1 | 4) => assert_eq!(sums[lane], [INF, -INF, 0.0, 0.0, 0.0][kind]),
                _ => assert!(sums[lane].is_nan()),
            }
        }
    }
}

/// A million terms that are rounded one way.
#[test]
fn sums_of_like_numbers_are_accurate_along_any_axis() {
    const LEN: usize = 1_000_000;
    const WIDTH: usize = 8;
    let scratch = &mut Scratch::new();
    for (dims, axis, width) in [([LEN, WIDTH], 0, WIDTH), ([1, LEN], 1, 1)] {
        let strides = [dims[1] as isize, 1];
        let mut x = vec![-1.0_f32; LEN * width];
        x[..width].fill(0.0);
        let mut sums = vec![0.0; width];
        log_sum_exp_along(&mut sums, Strided::new(&x, 0, &dims, &strides), &[axis], scratch);
        let total = 1.0 + (LEN - 1) as f64 * (-1.0_f64).exp();
        sums.iter().for_each(|&sum| assert!((f64::from(sum) - total.ln()).abs() < 1e-6, "{sum}"));

        let y = vec![1.0 / LEN as f32; x.len()];
        let y_bar = vec![0.1_f32; x.len()];
        let mut x_bar = vec![0.0; x.len()];
        let window = |data| Strided::new(data, 0, &dims, &strides);
        softmax_acc(
            StridedMut::new(&mut x_bar, 0, &dims, &strides),
            window(&y),
            window(&y_bar),
            axis,
            scratch,
        );
        let off = x_bar.iter().fold(0.0_f32, |off, x_bar| off.max(x_bar.abs())) * LEN as f32;
        assert!(off < 0.1e-6, "the sum of products along axis {axis} is off by {off}");

        let (log, mut x_bar) = (vec![0.0; x.len()], vec![0.0; x.len()]);
        log_softmax_acc(
            StridedMut::new(&mut x_bar, 0, &dims, &strides),
            window(&log),
            window(&y_bar),
            axis,
            scratch,
        );
        let want = f64::from(0.1_f32) * (1 - LEN as i64) as f64;
        x_bar.iter().for_each(|&x_bar| assert!((f64::from(x_bar) / want - 1.0).abs() < 1e-6, "{x_bar}"));
    }
}
