//! Lanes against indexed loops.

mod common;

use common::{Layout, Windowed, indices, make, shapes};
use proptest::prelude::*;
use wengert_kernels::{Real, Scratch, accumulate_lanes, fold_lanes, map_lanes};

/// The positions, within the row-major elements of `dims`, of the elements of each lane.
fn lanes(dims: &[usize], axes: &[usize]) -> Vec<Vec<Vec<usize>>> {
    let outer: Vec<usize> = (0..dims.len()).filter(|axis| !axes.contains(axis)).collect();
    let extents = |of: &[usize]| of.iter().map(|&axis| dims[axis]).collect::<Vec<_>>();
    indices(&extents(&outer))
        .map(|o| {
            indices(&extents(axes))
                .map(|i| {
                    let mut index = vec![0; dims.len()];
                    outer.iter().zip(&o).chain(axes.iter().zip(&i)).for_each(|(&axis, &at)| index[axis] = at);
                    index
                })
                .collect()
        })
        .collect()
}

fn check<T: Real>(dims: &[usize], axes: &[usize], layouts: &[Layout]) {
    let [a, b, target]: [Windowed<T>; 3] = std::array::from_fn(|n| make(dims, &layouts[n]));
    let lanes = lanes(dims, axes);
    let mut scratch = Scratch::new();

    // A fold in which the order matters.
    let fold = |terms: &mut dyn Iterator<Item = (T, T)>| {
        terms.enumerate().fold(T::one(), |y, (i, (a, b))| y + a * b * T::from(i + 1).unwrap())
    };
    let mut y = vec![T::nan(); lanes.len()];
    let mut next = 0;
    fold_lanes(&mut y, [a.view(), b.view()], axes, &mut scratch, |lane, [a, b]| {
        assert_eq!((lane, a.len()), (next, b.len()));
        next += 1;
        fold(&mut a.iter().copied().zip(b.iter().copied()))
    });
    let expected: Vec<T> =
        lanes.iter().map(|lane| fold(&mut lane.iter().map(|i| (a.at(i), b.at(i))))).collect();
    assert_eq!(y, expected);

    // Every element depends on its neighbour, its place and its lane; sums of all of them stay exact.
    let running = |y: &mut [T], lane: usize, terms: &mut dyn Iterator<Item = T>| {
        let mut last = T::from(lane % 7).unwrap();
        y.iter_mut().zip(terms).enumerate().for_each(|(i, (y, x))| {
            *y += last + x * T::from(i % 5).unwrap();
            last = x;
        });
    };
    let mut expected = target.clone();
    let mut mapped = Windowed::contiguous(vec![T::nan(); dims.iter().product()], dims);
    for (number, lane) in lanes.iter().enumerate() {
        let mut y = vec![T::zero(); lane.len()];
        running(&mut y, number, &mut lane.iter().map(|i| a.at(i)));
        for (index, y) in lane.iter().zip(y) {
            let position = expected.position(index);
            expected.data[position] += y;
            let position = mapped.position(index);
            mapped.data[position] = y;
        }
    }
    let mut y = target.clone();
    accumulate_lanes(y.view_mut(), [a.view()], axes, &mut scratch, |lane, y, [a]| {
        running(y, lane, &mut a.iter().copied());
    });
    assert_eq!(y.data, expected.data);

    let mut y = vec![T::nan(); dims.iter().product()];
    map_lanes(&mut y, [a.view()], axes, &mut scratch, |lane, y, [a]| {
        y.fill(T::zero());
        running(y, lane, &mut a.iter().copied());
    });
    assert_eq!(y, mapped.data);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn lanes_are_loops((dims, layouts) in shapes(3), chosen in any::<u32>()) {
        let axes: Vec<usize> = (0..dims.len()).filter(|&axis| chosen >> axis & 1 == 1).collect();
        check::<f64>(&dims, &axes, &layouts);
        check::<f32>(&dims, &axes, &layouts);
    }
}

#[test]
#[should_panic(expected = "are not sorted, distinct axes")]
fn axes_must_be_sorted() {
    let x = Windowed::contiguous(vec![0.0; 4], &[2, 2]);
    fold_lanes(&mut [0.0], [x.view()], &[1, 0], &mut Scratch::new(), |_, _| 0.0);
}

/// Without elements, no extent is too large.
#[test]
fn empty_windows_of_huge_extents() {
    let (max, mut calls) = (usize::MAX, 0);
    for dims in [[0, max, max], [max, 0, max], [max, max, 0]] {
        let x = Windowed::<f32> { data: vec![], offset: 3, dims: dims.to_vec(), strides: vec![1, 1, 1] };
        let mut y = x.clone();
        accumulate_lanes(y.view_mut(), [x.view()], &[1], &mut Scratch::new(), |_, _, _| calls += 1);
        map_lanes(&mut [], [x.view()], &[0], &mut Scratch::new(), |_, _, _| calls += 1);
    }
    let x = Windowed::<f32> { data: vec![], offset: 0, dims: vec![0, max], strides: vec![1, 1] };
    fold_lanes(&mut [], [x.view()], &[1], &mut Scratch::new(), |_, _| 0.0);
    // Lanes of nothing are still lanes.
    let x = Windowed::<f32>::contiguous(vec![], &[3, 0]);
    let mut y = [1.0; 3];
    fold_lanes(&mut y, [x.view()], &[1], &mut Scratch::new(), |_, [x]| x.iter().sum());
    assert_eq!((calls, y), (0, [0.0; 3]));
}
