//! Naive definitions that the kernels are compared with, and strategies for windows.
#![allow(dead_code, unreachable_pub)]

use proptest::prelude::*;
use wengert_kernels::{Real, Strided, StridedMut};

/// A window with its buffer.
#[derive(Clone, Debug)]
pub struct Windowed<T> {
    pub data: Vec<T>,
    pub offset: usize,
    pub dims: Vec<usize>,
    pub strides: Vec<isize>,
}

impl<T: Real> Windowed<T> {
    pub fn view(&self) -> Strided<'_, T> {
        Strided::new(&self.data, self.offset, &self.dims, &self.strides)
    }

    pub fn view_mut(&mut self) -> StridedMut<'_, T> {
        StridedMut::new(&mut self.data, self.offset, &self.dims, &self.strides)
    }

    /// The position of an element in the buffer.
    pub fn position(&self, index: &[usize]) -> usize {
        let reach: isize = index.iter().zip(&self.strides).map(|(&i, &s)| i as isize * s).sum();
        (self.offset as isize + reach) as usize
    }

    pub fn at(&self, index: &[usize]) -> T {
        self.data[self.position(index)]
    }

    /// Row-major elements.
    pub fn elements(&self) -> Vec<T> {
        indices(&self.dims).map(|i| self.at(&i)).collect()
    }

    /// Row-major elements `data` of extents `dims`.
    pub fn contiguous(data: Vec<T>, dims: &[usize]) -> Self {
        let mut strides = vec![0; dims.len()];
        let mut step = 1;
        for (stride, &dim) in strides.iter_mut().zip(dims).rev() {
            *stride = step;
            step *= dim as isize;
        }
        Windowed { data, offset: 0, dims: dims.to_vec(), strides }
    }
}

/// All indices, row-major.
pub fn indices(dims: &[usize]) -> impl Iterator<Item = Vec<usize>> + use<> {
    let dims = dims.to_vec();
    let len: usize = dims.iter().product();
    (0..len).map(move |mut flat| {
        let mut index = vec![0; dims.len()];
        for (i, &dim) in index.iter_mut().zip(&dims).rev() {
            *i = flat % dim;
            flat /= dim;
        }
        index
    })
}

/// How one axis of a window is laid out.
#[derive(Clone, Copy, Debug)]
pub enum Along {
    Forward,
    Backward,
    Broadcast,
    /// Overlaps the axis inside it.
    Overlapping,
}

fn along() -> impl Strategy<Value = Along> {
    prop_oneof![
        6 => Just(Along::Forward),
        2 => Just(Along::Backward),
        2 => Just(Along::Broadcast),
        1 => Just(Along::Overlapping),
    ]
}

/// The window of extents `dims` whose axes lie in memory in the order `order`, with `gap` between elements.
pub fn window<T: Real>(
    dims: &[usize],
    order: &[usize],
    alongs: &[Along],
    gap: usize,
    seed: u64,
) -> Windowed<T> {
    let mut strides = vec![0_isize; dims.len()];
    let (mut step, mut low, mut high) = (gap as isize, 0_isize, 0_isize);
    for &axis in order {
        let extent = dims[axis].max(1) as isize;
        let stride = match alongs[axis] {
            Along::Forward => step,
            Along::Backward => -step,
            Along::Broadcast => 0,
            Along::Overlapping => 1,
        };
        strides[axis] = stride;
        low += (stride * (extent - 1)).min(0);
        high += (stride * (extent - 1)).max(0);
        step = step.max(stride.abs() * extent);
    }
    let offset = low.unsigned_abs() + 2;
    Windowed { data: values(offset + high as usize + 3, seed), offset, dims: dims.to_vec(), strides }
}

/// Small multiples of 1/8: sums and products of a few are exact, whatever the order.
pub fn values<T: Real>(len: usize, seed: u64) -> Vec<T> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..len)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            T::from((state >> 59) as f64 / 8.0 - 2.0).unwrap()
        })
        .collect()
}

/// Layouts of one window for given rank: memory order, kinds of axes, gap, seed of the values.
pub type Layout = (Vec<usize>, Vec<Along>, usize, u64);

pub fn layout(rank: usize) -> impl Strategy<Value = Layout> {
    let plain = Just(((0..rank).rev().collect::<Vec<_>>(), vec![Along::Forward; rank], 1));
    let order = Just((0..rank).collect::<Vec<_>>()).prop_shuffle();
    let any = (order, prop::collection::vec(along(), rank), 1..3_usize);
    (prop_oneof![1 => plain, 3 => any], any_seed())
        .prop_map(|((order, alongs, gap), seed)| (order, alongs, gap, seed))
}

fn any_seed() -> impl Strategy<Value = u64> {
    0..1_000_000_u64
}

/// Extents and `n` layouts: ranks 0 to 4 of small extents, or ranks 1 and 2 of extents beyond a block.
pub fn shapes(n: usize) -> impl Strategy<Value = (Vec<usize>, Vec<Layout>)> {
    let dims = prop_oneof![
        4 => prop::collection::vec(0..5_usize, 0..5),
        1 => prop::collection::vec(0..150_usize, 1..3),
        1 => prop::collection::vec(2..4_usize, 9..11),
    ];
    dims.prop_flat_map(move |dims| {
        let rank = dims.len();
        (Just(dims), prop::collection::vec(layout(rank), n))
    })
}

pub fn make<T: Real>(dims: &[usize], (order, alongs, gap, seed): &Layout) -> Windowed<T> {
    window(dims, order, alongs, *gap, *seed)
}
