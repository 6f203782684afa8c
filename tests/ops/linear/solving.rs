//! Equations, inverses, determinants, powers and the exponential.

use wengert::{Error, Tape, Tensor};
use wengert_tests::forms::{count, numbers};
use wengert_tests::{assert_all_close, grad};

use super::refused;

fn leaf(tape: &Tape<f64>, dims: &[usize], seed: u64) -> Tensor<f64> {
    tape.leaf((numbers(count(dims), 0.1, 1.0, seed), dims))
}

#[test]
fn solutions_solve_for_every_form_of_the_right_hand_side() {
    let tape = Tape::<f64>::new();
    let shapes: [(&[usize], &[usize], &[usize]); 7] = [
        (&[3, 3], &[3], &[3]),
        (&[3, 3], &[3, 2], &[3, 2]),
        (&[2, 3, 3], &[3], &[2, 3]),
        (&[2, 3, 3], &[2, 3], &[2, 3]),
        (&[2, 3, 3], &[3, 4], &[2, 3, 4]),
        (&[3, 3], &[2, 3, 1], &[2, 3, 1]),
        (&[2, 1, 3, 3], &[4, 3, 2], &[2, 4, 3, 2]),
    ];
    for (a, b, out) in shapes {
        let (a, b) = (leaf(&tape, a, 1), leaf(&tape, b, 2));
        let x = a.solve(b);
        assert_eq!(x.shape().as_slice(), out);
        let columns = if out.len() < a.rank() || b.rank() == 1 { x.unsqueeze(-1) } else { x };
        let back = a.matmul(columns).reshape(out);
        assert_all_close("a x", &back.to_vec(), &b.expand(out).to_vec(), 1e-12);
    }
    let (a, b) = (leaf(&tape, &[2, 70, 70], 3) + tape.eye(70) * 9.0, leaf(&tape, &[70, 5], 4));
    assert_all_close("large", &a.matmul(a.solve(b)).to_vec(), &b.expand([2, 70, 5]).to_vec(), 1e-12);
    assert_all_close(
        "inverse",
        &a.matmul(a.inv()).to_vec(),
        &tape.eye(70).expand([2, 70, 70]).to_vec(),
        1e-12,
    );
}

#[test]
fn triangles_are_read_on_their_side_alone() {
    let tape = Tape::<f64>::new();
    let a = leaf(&tape, &[4, 4], 1) + tape.eye(4) * 3.0;
    let mut side = [tape.zeros([4, 4]); 2].map(|zeros| zeros.to_vec());
    for i in 0..4 {
        for j in 0..4 {
            side[usize::from(j > i)][4 * i + j] = a.to_vec()[4 * i + j];
        }
        side[1][5 * i] = a.to_vec()[5 * i];
    }
    for (upper, side) in [false, true].into_iter().zip(side) {
        let triangle = tape.constant((side.clone(), [4, 4]));
        let mut ones = side;
        (0..4).for_each(|i| ones[5 * i] = 1.0);
        let ones = tape.constant((ones, [4, 4]));
        let (b, c) = (leaf(&tape, &[4, 2], 2), leaf(&tape, &[2, 4], 3));
        for (unit, triangle) in [(false, triangle), (true, ones)] {
            let x = a.solve_triangular_with(b, upper, true, unit);
            assert_all_close("left", &triangle.matmul(x).to_vec(), &b.to_vec(), 1e-12);
            let x = a.solve_triangular_with(c, upper, false, unit);
            assert_all_close("right", &x.matmul(triangle).to_vec(), &c.to_vec(), 1e-12);
        }
        let x = a.solve_triangular(b, upper);
        assert_eq!(x.to_vec(), a.solve_triangular_with(b, upper, true, false).to_vec());
    }
    // No error, as PyTorch: what is divided by 0 is infinite.
    let x = tape.leaf([[0.0]]).solve_triangular(tape.leaf([[1.0]]), false);
    assert_eq!(x.item(), f64::INFINITY);
}

#[test]
fn a_matrix_without_an_inverse_is_refused() {
    let tape = Tape::<f64>::new();
    let regular = [[2.0, 0.0], [0.0, 1.0]];
    let singular = [[1.0, 2.0], [2.0, 4.0]];
    let (batch, b) = (tape.leaf([regular, singular]), tape.leaf([1.0, 2.0]));
    let error = refused(&tape, || batch.try_solve(b));
    assert!(matches!(error, Error::Singular { op: "solve", pivot: 1, matrix: 1, .. }), "{error}");
    assert!(
        error.to_string().starts_with(
            "solve: the matrix is singular: pivot 1 of matrix 1 is 0, and the shape is [2, 2, 2]\n  recorded at "
        ),
        "{error}"
    );
    assert!(matches!(refused(&tape, || batch.try_inv()), Error::Singular { op: "inv", .. }));
    assert!(matches!(refused(&tape, || batch.try_matrix_power(-2)), Error::Singular { op: "inv", .. }));
    let wide = leaf(&tape, &[2, 3], 1);
    for error in [
        refused(&tape, || wide.try_solve(b)),
        refused(&tape, || wide.try_solve_triangular(wide, true)),
        refused(&tape, || wide.try_cholesky()),
        refused(&tape, || wide.try_cholesky_solve(wide)),
        refused(&tape, || wide.try_inv()),
        refused(&tape, || wide.try_det()),
        refused(&tape, || wide.try_slogdet()),
        refused(&tape, || wide.try_logdet()),
        refused(&tape, || wide.try_matrix_exp()),
        refused(&tape, || wide.try_matrix_power(2)),
        refused(&tape, || wide.try_eigh()),
        refused(&tape, || wide.try_eigvalsh()),
    ] {
        assert!(matches!(error, Error::NotSquare { rows: 2, columns: 3, .. }), "{error}");
    }
    let (three, more) = (leaf(&tape, &[3], 1), batch.expand([3, 2, 2, 2]));
    assert!(matches!(refused(&tape, || batch.try_solve(three)), Error::ShapeMismatch { .. }));
    assert!(matches!(refused(&tape, || batch.try_solve(more)), Error::Singular { .. }));
    let many = leaf(&tape, &[3, 2, 2], 1);
    assert!(matches!(refused(&tape, || batch.try_solve(many)), Error::Broadcast { .. }));
}

#[test]
fn determinants_of_singular_matrices() {
    let tape = Tape::<f64>::new();
    let a = tape.leaf([[1.0, 2.0], [2.0, 4.0]]);
    let (sign, log) = a.slogdet();
    assert_eq!((a.det().item(), sign.item(), log.item()), (0.0, 0.0, f64::NEG_INFINITY));
    assert_eq!(a.logdet().item(), f64::NEG_INFINITY);
    a.det().backward();
    assert_eq!(grad(a), Some(vec![0.0; 4]));
    let turned = tape.leaf([[0.0, 1.0], [1.0, 0.0]]);
    assert_eq!((turned.det().item(), turned.slogdet().0.item()), (-1.0, -1.0));
    assert!(turned.logdet().item().is_nan());
    turned.logdet().backward();
    assert_eq!(grad(turned), Some(vec![0.0; 4]));
    // Of nothing, the product of nothing.
    let nothing = tape.leaf((Vec::<f64>::new(), [3, 0, 0]));
    assert_eq!((nothing.det().to_vec(), nothing.logdet().to_vec()), (vec![1.0; 3], vec![0.0; 3]));
    assert_eq!(nothing.slogdet().0.to_vec(), [1.0; 3]);
    assert_eq!(tape.leaf((Vec::<f64>::new(), [0, 2, 2])).det().shape().as_slice(), [0]);
    assert_eq!(tape.leaf((Vec::<f64>::new(), [0, 0])).inv().shape().as_slice(), [0, 0]);
    // A determinant that no number holds.
    let large = tape.eye(200) * 1e3;
    assert_eq!(large.det().item(), f64::INFINITY);
    assert_all_close("ln", &[large.slogdet().1.item()], &[200.0 * 1e3f64.ln()], 1e-13);
}

#[test]
fn pseudoinverses_have_penroses_four_properties() {
    let tape = Tape::<f64>::new();
    let thin = leaf(&tape, &[4, 2], 1);
    for a in [thin, thin.t(), thin.matmul(leaf(&tape, &[2, 4], 2))] {
        let p = a.pinv();
        let (ap, pa) = (a.matmul(p), p.matmul(a));
        assert_all_close("a p a", &ap.matmul(a).to_vec(), &a.to_vec(), 1e-12);
        assert_all_close("p a p", &pa.matmul(p).to_vec(), &p.to_vec(), 1e-12);
        assert_all_close("a p", &ap.t().to_vec(), &ap.to_vec(), 1e-12);
        assert_all_close("p a", &pa.t().to_vec(), &pa.to_vec(), 1e-12);
    }
    assert_eq!(tape.zeros([2, 3]).pinv().to_vec(), [0.0; 6]);
    assert_eq!(tape.zeros([0, 3]).pinv().shape().as_slice(), [3, 0]);
    let infinite = tape.leaf([[f64::INFINITY]]);
    assert!(matches!(refused(&tape, || infinite.try_pinv()), Error::Domain { op: "pinv", .. }));
}

#[test]
fn least_squares_are_the_pseudoinverse() {
    let tape = Tape::<f64>::new();
    for dims in [[4, 2], [2, 4], [3, 3]] {
        let (a, b, c) = (leaf(&tape, &dims, 1), leaf(&tape, &[dims[0], 2], 2), leaf(&tape, &dims[..1], 3));
        assert_all_close("matrix", &a.lstsq(b).to_vec(), &a.pinv().matmul(b).to_vec(), 1e-12);
        assert_all_close("vector", &a.lstsq(c).to_vec(), &a.pinv().matmul(c).to_vec(), 1e-12);
    }
    let a = tape.leaf([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]]);
    let none = tape.ones([0]);
    let error = refused(&tape, || a.try_lstsq(none));
    assert!(matches!(error, Error::ShapeMismatch { .. }), "{error}");
    let b = tape.ones([3]);
    let error = refused(&tape, || a.try_lstsq(b));
    assert!(matches!(error, Error::Domain { op: "lstsq", .. }), "{error}");
}

#[test]
fn powers_and_the_exponential() {
    let tape = Tape::<f64>::new();
    let a = leaf(&tape, &[2, 3, 3], 1);
    let mut product = tape.eye(3).expand([2, 3, 3]);
    for n in 0..6 {
        let power = a.matrix_power(n);
        assert_all_close(format!("{n}"), &power.to_vec(), &product.to_vec(), 1e-12);
        let inverse = a.matrix_power(-n);
        assert_all_close(
            format!("-{n}"),
            &power.matmul(inverse).to_vec(),
            &tape.eye(3).expand([2, 3, 3]).to_vec(),
            1e-9,
        );
        product = product.matmul(a);
    }
    assert!(!a.matrix_power(0).requires_grad());
    // Every approximant, and scaling: the series, and e^a e^-a = 1.
    for scale in [1e-3, 1e-2, 0.1, 0.3, 1.0, 3.0] {
        let a = a * scale;
        let (mut term, mut sum) = (tape.eye(3), tape.eye(3).expand([2, 3, 3]) * 1.0);
        for n in 1..60 {
            term = term.matmul(a) * (1.0 / f64::from(n));
            sum += term;
        }
        assert_all_close(format!("e^{scale}a"), &a.matrix_exp().to_vec(), &sum.to_vec(), 1e-12);
    }
    let turn = tape.leaf([[0.0, -100.0], [100.0, 0.0]]).matrix_exp();
    let (sin, cos) = 100f64.sin_cos();
    assert_all_close("a turn", &turn.to_vec(), &[cos, -sin, sin, cos], 1e-11);
    assert_eq!(tape.zeros([0, 0]).matrix_exp().shape().as_slice(), [0, 0]);
    assert!(tape.leaf([[f64::INFINITY]]).matrix_exp().item().is_nan());
}

#[test]
fn f32_is_as_precise_as_it_can_be() {
    let tape = Tape::<f32>::new();
    let a = tape.leaf([[4.0f32, 1.0], [1.0, 3.0]]);
    let x = a.solve(tape.constant([1.0, 2.0]));
    assert_eq!(x.to_vec(), [1.0 / 11.0, 7.0 / 11.0]);
    x.sum().backward();
    assert!(a.grad().unwrap().iter().all(|x| x.is_finite()));
    assert_eq!(a.det().item(), 11.0);
    let (values, _) = a.eigh();
    let root = 5f32.sqrt();
    assert_eq!(values.to_vec(), [(7.0 - root) / 2.0, (7.0 + root) / 2.0]);
    assert_eq!(a.cholesky().to_vec()[0], 2.0);
}
