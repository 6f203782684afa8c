//! `matmul_acc` against the triple loop, on both sides of every choice of kernel.

mod common;

use common::{Along, Windowed, indices, layout, make, values, window};
use proptest::prelude::*;
use wengert_kernels::{Real, Scratch, matmul_acc};

/// The values are small multiples of 1/8, so that any order of summation gives these very sums.
fn check<T: Real>(c: &Windowed<T>, a: &Windowed<T>, b: &Windowed<T>, alpha: f64, scratch: &mut Scratch<T>) {
    let alpha = T::from(alpha).unwrap();
    let k = *a.dims.last().unwrap();
    let mut expected = c.clone();
    for index in indices(&c.dims) {
        let (batch, [i, j]) = index.split_last_chunk().unwrap();
        let dot = (0..k).fold(T::zero(), |dot, p| {
            dot + a.at(&[batch, &[*i, p]].concat()) * b.at(&[batch, &[p, *j]].concat())
        });
        let position = expected.position(&index);
        expected.data[position] += alpha * dot;
    }
    let mut y = c.clone();
    matmul_acc(y.view_mut(), a.view(), b.view(), alpha, scratch);
    assert!(
        y.data == expected.data,
        "{:?} {:?} += {:?} {:?} times {:?} {:?}",
        c.dims,
        c.strides,
        a.dims,
        a.strides,
        b.dims,
        b.strides
    );
}

fn check_sizes<T: Real>(m: usize, k: usize, n: usize, scratch: &mut Scratch<T>) {
    let order = |transposed: bool| if transposed { [0, 1] } else { [1, 0] };
    let forward = [Along::Forward; 2];
    for layout in 0..8 {
        let [ta, tb, tc] = [0, 1, 2].map(|bit| layout >> bit & 1 == 1);
        let gap = 1 + layout % 2 * (m % 2);
        let a = window(&[m, k], &order(ta), &forward, gap, 1);
        let b = window(&[k, n], &order(tb), &forward, gap, 2);
        let c = window(&[m, n], &order(tc), &forward, 1, 3);
        check(&c, &a, &b, if layout == 3 { -0.5 } else { 1.0 }, scratch);
    }
}

#[test]
fn small_sizes() {
    let (mut s, mut d) = (Scratch::new(), Scratch::new());
    for m in 1..=10 {
        for k in 1..=5 {
            for n in 1..=10 {
                check_sizes::<f32>(m, k, n, &mut s);
                check_sizes::<f64>(m, k, n, &mut d);
            }
        }
    }
}

#[test]
fn sizes_of_every_kernel() {
    let (mut s, mut d) = (Scratch::new(), Scratch::new());
    let sizes = [
        (32, 64, 64),
        (32, 64, 10),
        (64, 32, 10),
        (32, 10, 64),
        (17, 31, 33),
        (9, 70, 16),
        (13, 1, 66),
        (1, 64, 70),
        (70, 64, 1),
        (1, 300, 1),
        (7, 300, 9),
        (3, 513, 40),
        (69, 3, 67),
        (131, 130, 129),
        (2, 600, 1),
        (16, 16, 16),
        (8, 8, 8),
    ];
    for (m, k, n) in sizes {
        check_sizes::<f32>(m, k, n, &mut s);
        check_sizes::<f64>(m, k, n, &mut d);
    }
}

/// Weights shared by a batch, a batch summed into one gradient, and strides that let neither be merged.
#[test]
fn batches() {
    let (batch, m, k, n) = (5, 6, 7, 20);
    let mut scratch = Scratch::new();
    let orders = [[2, 1, 0], [2, 0, 1], [1, 2, 0], [0, 1, 2], [1, 0, 2]];
    for (which, order) in orders.iter().cycle().take(40).enumerate() {
        let alongs = |broadcast: bool| {
            [if broadcast { Along::Broadcast } else { Along::Forward }, Along::Forward, Along::Forward]
        };
        let a = window::<f64>(&[batch, m, k], order, &alongs(which & 1 == 1), 1, 1);
        let b = window(&[batch, k, n], order, &alongs(which & 2 == 2), 1, 2);
        let c = window(&[batch, m, n], &orders[which / 8], &alongs(which & 4 == 4), 1, 3);
        check(&c, &a, &b, 1.0, &mut scratch);
    }
}

#[test]
fn nothing_is_added_without_terms() {
    for (m, k, n) in [(0, 3, 3), (3, 0, 3), (3, 3, 0), (0, 0, 0)] {
        check_sizes::<f64>(m, k, n, &mut Scratch::new());
    }
}

#[test]
fn special_values_flow() {
    for size in [2, 20, 140] {
        for zero in [0.0, -0.0] {
            let a = Windowed::contiguous(vec![zero; size * size], &[size, size]);
            let mut b = Windowed::contiguous(values::<f64>(size * size, 1), &[size, size]);
            b.data[0] = f64::INFINITY;
            let mut c = Windowed::contiguous(vec![0.0; size * size], &[size, size]);
            matmul_acc(c.view_mut(), a.view(), b.view(), 1.0, &mut Scratch::new());
            for (i, c) in c.data.iter().enumerate() {
                assert_eq!(c.is_nan(), i % size == 0, "size {size}, element {i}: {c}");
            }
        }
    }
}

/// Products are the same each time, bit for bit.
#[test]
fn results_are_deterministic() {
    let thirds = |seed| values::<f32>(64 * 64, seed).iter().map(|x| x / 3.0).collect::<Vec<_>>();
    let (a, b) = (Windowed::contiguous(thirds(1), &[64, 64]), Windowed::contiguous(thirds(2), &[64, 64]));
    let mut scratch = Scratch::new();
    let mut product = || {
        let mut c = Windowed::contiguous(vec![0.0; 64 * 64], &[64, 64]);
        matmul_acc(c.view_mut(), a.view(), b.view(), 0.7, &mut scratch);
        c.data
    };
    assert_eq!(product(), product());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn products_are_triple_loops(
        batch in prop::collection::vec(0..4_usize, 0..3),
        [m, k, n] in [0..12_usize, 0..40_usize, 0..40_usize],
        layouts in (0..3_usize).prop_flat_map(|_| prop::collection::vec(layout(4), 3)),
    ) {
        let dims = |p: usize, q: usize| [&batch[..], &[p, q]].concat();
        let cut = |dims: &[usize], (order, alongs, gap, seed): &common::Layout| {
            let order = order.iter().copied().filter(|&axis| axis < dims.len()).collect();
            (order, alongs[..dims.len()].to_vec(), *gap, *seed)
        };
        let [c, a, b] = [dims(m, n), dims(m, k), dims(k, n)];
        macro_rules! check {
            ($t:ty) => {
                check::<$t>(
                    &make(&c, &cut(&c, &layouts[0])),
                    &make(&a, &cut(&a, &layouts[1])),
                    &make(&b, &cut(&b, &layouts[2])),
                    0.5,
                    &mut Scratch::new(),
                )
            };
        }
        check!(f64);
        check!(f32);
    }
}

#[test]
#[should_panic(expected = "matmul_acc: [2, 2] += [2, 3] times [2, 2]")]
fn extents_must_agree() {
    let window = |dims: &[usize]| Windowed::contiguous(vec![0.0; 6], dims);
    matmul_acc(
        window(&[2, 2]).view_mut(),
        window(&[2, 3]).view(),
        window(&[2, 2]).view(),
        1.0,
        &mut Scratch::new(),
    );
}
