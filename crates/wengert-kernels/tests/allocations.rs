//! Once scratch is warm, no kernel allocates below the sizes that go through `gemm`.

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use common::{Along, window};
use wengert_kernels::{Scratch, accumulate_lanes, add_acc, fold_lanes, matmul_acc, softmax, softmax_acc};

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: everything is passed on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller's contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's contract.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

fn allocations(mut f: impl FnMut()) -> usize {
    f();
    let before = ALLOCATIONS.get();
    f();
    ALLOCATIONS.get() - before
}

#[test]
fn small_products_do_not_allocate() {
    let mut scratch = Scratch::new();
    for (m, k, n) in
        [(32, 64, 64), (64, 32, 64), (64, 32, 10), (32, 10, 64), (128, 128, 128), (3, 3, 1), (64, 64, 1)]
    {
        for order in [[1, 0], [0, 1]] {
            let a = window::<f32>(&[m, k], &order, &[Along::Forward; 2], 1, 1);
            let b = window(&[k, n], &order, &[Along::Forward; 2], 1, 2);
            let mut c = window(&[m, n], &[1, 0], &[Along::Forward; 2], 1, 3);
            let count = allocations(|| matmul_acc(c.view_mut(), a.view(), b.view(), 1.0, &mut scratch));
            assert_eq!(count, 0, "{m} x {k} x {n}, {order:?}");
        }
    }
}

#[test]
fn strided_windows_do_not_allocate() {
    let mut scratch = Scratch::new();
    let dims = [5, 7, 9];
    let x = window::<f64>(&dims, &[0, 2, 1], &[Along::Forward, Along::Backward, Along::Forward], 2, 1);
    let mut target = window(&dims, &[1, 0, 2], &[Along::Forward, Along::Broadcast, Along::Forward], 1, 2);
    let mut y = vec![0.0; 7];
    assert_eq!(allocations(|| add_acc(target.view_mut(), x.view())), 0);
    assert_eq!(allocations(|| fold_lanes(&mut y, [x.view()], &[0, 2], &mut scratch, |_, [x]| x[0])), 0);
    let add = |_: usize, y: &mut [f64], [x]: [&[f64]; 1]| y.iter_mut().zip(x).for_each(|(y, x)| *y += x);
    assert_eq!(allocations(|| accumulate_lanes(target.view_mut(), [x.view()], &[1], &mut scratch, add)), 0);
}

#[test]
fn lanes_side_by_side_do_not_allocate() {
    let mut scratch = Scratch::new();
    let x = window::<f32>(&[200, 90], &[1, 0], &[Along::Forward; 2], 1, 1);
    let mut x_bar = window(&[200, 90], &[1, 0], &[Along::Forward; 2], 1, 2);
    let mut y = vec![0.0; 200 * 90];
    assert_eq!(allocations(|| softmax(&mut y, x.view(), 0, &mut scratch)), 0);
    assert_eq!(allocations(|| softmax_acc(x_bar.view_mut(), x.view(), x.view(), 0, &mut scratch)), 0);
}
