//! The tangents of this family's rules against central differences of their values.

use bumpalo::Bump;
use wengert_kernels::{Scratch, Strided};

use crate::rule::numeric::OperandSlots;
use crate::rule::{Numeric, Structural};
use crate::shape::{contiguous_strides, element_count};

/// Numbers near 0, the same ones for the same seed.
fn numbers(len: usize, seed: usize) -> Vec<f64> {
    (0..len).map(|i| ((i * 37 + seed * 101 + 13) as f64 * 0.618).fract() - 0.5).collect()
}

/// Matrices of the given dims near a diagonal of 1, 2, ...
fn apart(dims: &[usize]) -> Vec<f64> {
    let &[.., rows, columns] = dims else { panic!("matrices have two axes") };
    let mut values = numbers(element_count(dims), 3);
    for (place, value) in values.iter_mut().enumerate() {
        let (i, j) = (place / columns % rows, place % columns);
        *value = 0.4 * *value + if i == j { 1.0 + i as f64 } else { 0.0 };
    }
    values
}

/// Square matrices plus their transposes.
fn symmetric(dims: &[usize], x: Vec<f64>) -> Vec<f64> {
    let n = dims[dims.len() - 1];
    let mirrored = |place: usize| place / (n * n) * n * n + place % n * n + place / n % n;
    (0..x.len()).map(|place| x[place] + x[mirrored(place)]).collect()
}

fn value<O: Structural>(operands: &[(&[usize], Vec<f64>)], payload: &[usize]) -> Vec<f64> {
    let strides: Vec<_> = operands.iter().map(|(dims, _)| contiguous_strides(dims)).collect();
    let x: Vec<_> = operands
        .iter()
        .zip(&strides)
        .map(|((dims, x), strides)| Strided::new(&x[..], 0, dims, strides))
        .collect();
    let all: Vec<&[usize]> = operands.iter().map(|(dims, _)| *dims).collect();
    let mut y = vec![0.0; element_count(&O::dims(&all, payload))];
    O::forward(&mut y, &x, payload, &mut Scratch::default());
    y
}

/// The tangent with every operand moving, and with each alone; `directions` lie as the operands.
fn check<O: Structural>(operands: &[(&[usize], Vec<f64>)], directions: &[Vec<f64>], payload: &[usize]) {
    let bump = Bump::new();
    let moves: Vec<Vec<usize>> =
        (0..operands.len()).map(|k| vec![k]).chain([(0..operands.len()).collect()]).collect();
    for moving in moves {
        let moved = |h: f64| -> Vec<f64> {
            let at: Vec<_> = operands
                .iter()
                .enumerate()
                .map(|(k, (dims, x))| {
                    let h = if moving.contains(&k) { h } else { 0.0 };
                    (*dims, x.iter().zip(&directions[k]).map(|(x, d)| x + h * d).collect())
                })
                .collect();
            value::<O>(&at, payload)
        };
        let h = 1e-3;
        let [far, near, back, far_back] = [2.0 * h, h, -h, -2.0 * h].map(moved);
        let want = (0..far.len()).map(|i| (8.0 * (near[i] - back[i]) - (far[i] - far_back[i])) / (12.0 * h));

        let strided = |x: &[f64], dims: &[usize]| {
            let (x, strides) = (bump.alloc_slice_copy(x), contiguous_strides(dims));
            Strided::new(x, 0, bump.alloc_slice_copy(dims), bump.alloc_slice_copy(&strides))
        };
        let x: Vec<_> = operands.iter().map(|(dims, x)| OperandSlots::of(strided(x, dims))).collect();
        let dots: Vec<_> = (0..operands.len())
            .map(|k| moving.contains(&k).then(|| strided(&directions[k], operands[k].0)))
            .collect();
        let all: Vec<&[usize]> = operands.iter().map(|(dims, _)| *dims).collect();
        let dims = O::dims(&all, payload);
        let result = strided(&value::<O>(operands, payload), &dims);
        let mut scratch = Scratch::default();
        let mut numeric = Numeric {
            operands: bump.alloc_slice_fill_iter(x),
            dots: bump.alloc_slice_fill_iter(dots),
            result,
            result_bar: result,
            payload: bump.alloc_slice_copy(payload),
            adjoints: &mut [],
            bump: &bump,
            scratch: &mut scratch,
        };
        let dot = O::tangent(&mut numeric);
        assert_eq!(dot.dims(), &dims[..], "{}", O::NAME);
        let mut got = vec![0.0; far.len()];
        wengert_kernels::copy(&mut got, dot);
        for (i, (got, want)) in got.iter().zip(want).enumerate() {
            assert!(
                (got - want).abs() < 1e-8 * want.abs().max(1.0),
                "{} {moving:?} {i}: {got} {want}",
                O::NAME
            );
        }
    }
}

#[test]
fn of_equations() {
    use super::{solve::Solve, triangular::*};
    let (a, b): (&[usize], &[usize]) = (&[2, 3, 3], &[3, 2]);
    let operands = [(a, apart(a)), (b, numbers(6, 5))];
    let directions = [numbers(18, 7), numbers(6, 8)];
    check::<Solve>(&operands, &directions, &[0]);
    for triangle in [[0, 0], [0, 1], [1, 0], [1, 1]] {
        check::<SolveTriangular>(&operands, &directions, &triangle);
    }
    check::<Solve>(
        &[(&[3, 3], apart(&[3, 3])), (&[3], numbers(3, 5))],
        &[numbers(9, 7), numbers(3, 8)],
        &[1],
    );
    let lower =
        |x: Vec<f64>| x.iter().enumerate().map(|(i, x)| if i % 3 <= i / 3 { *x } else { 0.0 }).collect();
    let l: &[usize] = &[3, 3];
    check::<CholeskySolve>(
        &[(b, numbers(6, 5)), (l, lower(apart(l)))],
        &[numbers(6, 7), lower(numbers(9, 8))],
        &[],
    );
}

#[test]
fn of_inverses_and_determinants() {
    use super::{determinant::*, inverse::*};
    let square: &[usize] = &[2, 3, 3];
    let (operands, directions) = ([(square, apart(square))], [numbers(18, 9)]);
    check::<Inverse>(&operands, &directions, &[]);
    check::<Determinant>(&operands, &directions, &[]);
    check::<SignAndLog>(&operands, &directions, &[]);
    check::<LogDeterminant>(&operands, &directions, &[]);
    for dims in [&[2, 3, 2][..], &[2, 3], &[3, 3]] {
        let directions = [numbers(element_count(dims), 9)];
        check::<PseudoInverse>(&[(dims, apart(dims))], &directions, &[]);
    }
}

#[test]
fn of_factors() {
    use super::{cholesky::*, eigh::*, lu::*, qr::*, svd::*};
    let square: &[usize] = &[2, 3, 3];
    let (even, direction) = (symmetric(square, apart(square)), symmetric(square, numbers(18, 4)));
    check::<Cholesky>(&[(square, even.clone())], std::slice::from_ref(&direction), &[]);
    check::<Eigh>(&[(square, even.clone())], std::slice::from_ref(&direction), &[]);
    check::<Eigvalsh>(&[(square, even)], &[direction], &[]);
    check::<Factors>(&[(square, apart(square))], &[numbers(18, 4)], &[]);
    for dims in [&[2, 3, 2][..], &[3, 3]] {
        let directions = [numbers(element_count(dims), 9)];
        check::<Qr>(&[(dims, apart(dims))], &directions, &[]);
        check::<Svd>(&[(dims, apart(dims))], &directions, &[0]);
    }
    let wide: &[usize] = &[2, 2, 3];
    check::<Svdvals>(&[(wide, apart(wide))], &[numbers(12, 9)], &[1]);
}

#[test]
fn of_functions_and_products() {
    use super::{exponential::MatrixExp, parts::*, products::*};
    let square: &[usize] = &[2, 3, 3];
    check::<MatrixExp>(&[(square, apart(square))], &[numbers(18, 4)], &[]);
    let half = 0.5f64.to_bits() as usize;
    check::<Addmm>(
        &[(&[3], numbers(3, 1)), (&[2, 2], numbers(4, 2)), (&[2, 3], numbers(6, 3))],
        &[numbers(3, 4), numbers(4, 5), numbers(6, 6)],
        &[half, 2f64.to_bits() as usize],
    );
    check::<Cross>(&[(&[2, 3], numbers(6, 2)), (&[3], numbers(3, 3))], &[numbers(6, 5), numbers(3, 6)], &[1]);
    check::<Band>(&[(square, numbers(18, 2))], &[numbers(18, 3)], &[0, 1]);
    check::<Blocks>(
        &[(&[2, 2], numbers(4, 2)), (&[1, 2], numbers(2, 2))],
        &[numbers(4, 3), numbers(2, 3)],
        &[3, 3, 0, 1, 2, 0],
    );
}
