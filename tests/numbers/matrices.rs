//! Scalars as elements of matrices of `nalgebra`: solutions and decompositions.

use nalgebra::{
    Complex, DMatrix, DVector, Matrix2, Matrix3, Matrix3x2, Matrix4, RealField, SMatrix, SymmetricEigen,
    Vector3,
};
use wengert::check::{self, Check};
use wengert::{Scalar, Tape};
use wengert_tests::is_close;

type S = Scalar<f64>;

/// Nine numbers of a matrix that is far from singular, then three of a vector.
const AT: [f64; 12] = [2.1, 0.3, -0.4, 0.7, 1.8, 0.25, -0.6, 0.9, 2.6, 0.4, -1.1, 0.8];

fn matrix<T: nalgebra::Scalar + Copy>(x: &[T]) -> Matrix3<T> {
    Matrix3::from_row_slice(&x[..9])
}

fn vector<T: nalgebra::Scalar + Copy>(x: &[T]) -> Vector3<T> {
    Vector3::new(x[9], x[10], x[11])
}

/// Symmetric and positive definite.
fn definite(x: &[S]) -> Matrix3<S> {
    let b = matrix(x);
    b * b.transpose() + Matrix3::identity()
}

/// A number that depends on every element in its own way.
fn weighed<const R: usize, const C: usize>(a: SMatrix<S, R, C>) -> S {
    a.iter().enumerate().map(|(i, &x)| x * (0.3 + 0.17 * (i as f64))).sum()
}

#[test]
fn the_bounds_of_nalgebra_hold() {
    fn holds<T: RealField + nalgebra::SimdRealField + Copy>() {}
    holds::<S>();
    holds::<Scalar<f32>>();
    let half: S = nalgebra::convert(0.5);
    assert!(half == 0.5 && !half.requires_grad());
    let tape = Tape::<f64>::new();
    let x = tape.scalar(2.0);
    assert_eq!(nalgebra::try_convert::<S, f64>(x), Some(2.0));
    assert!(nalgebra::convert::<S, S>(x).requires_grad());
    macro_rules! constants {
        ($($name:ident)*) => {$( assert_eq!(S::$name(), <f64 as RealField>::$name()); )*};
    }
    constants! {
        pi two_pi frac_pi_2 frac_pi_3 frac_pi_4 frac_pi_6 frac_pi_8 frac_1_pi frac_2_pi frac_2_sqrt_pi
        e log2_e log10_e ln_2 ln_10
    }
}

/// The rest of the two traits, where it is not the handle's own method.
#[test]
fn fields_have_the_values_of_f64() {
    use nalgebra::ComplexField;
    use std::fmt::Debug;
    fn near(got: S, want: f64, what: impl Debug) {
        assert!(is_close(got.value(), want, 1e-15), "{what:?}: {got} {want}");
    }
    let tape = Tape::<f64>::new();
    for x in [-1.5, 0.0, 0.7, 2.5] {
        let s = tape.scalar(x);
        near(ComplexField::sinc(s), ComplexField::sinc(x), ("sinc", x));
        near(ComplexField::sinhc(s), ComplexField::sinhc(x), ("sinhc", x));
        near(ComplexField::round(s), ComplexField::round(x), ("round", x));
        near(ComplexField::argument(s), ComplexField::argument(x), ("argument", x));
        near(ComplexField::modulus_squared(s), x * x, ("modulus_squared", x));
        near(ComplexField::signum(s), ComplexField::signum(x), ("signum", x));
        let ((m, e), (n, f)) = (ComplexField::to_exp(s), ComplexField::to_exp(x));
        near(m, n, ("to_exp", x));
        near(e, f, ("to_exp", x));
        assert_eq!(ComplexField::try_sqrt(s).is_some(), x >= 0.0);
        near(ComplexField::powc(s.abs(), tape.scalar(1.5)), x.abs().powf(1.5), ("powc", x));
    }
    for x in [0.0, 0.7] {
        check::scalars("sinc", &[x], |x| ComplexField::sinc(x[0])).assert_ok();
        check::scalars("sinhc", &[x], |x| ComplexField::sinhc(x[0])).assert_ok();
    }
}

#[test]
fn sums_products_and_norms() {
    check::scalars("matrix arithmetic", &AT, |x| {
        let (a, b) = (matrix(x), vector(x));
        let c = (a * a.transpose() - a * x[0] + Matrix3::identity()) / x[3];
        weighed(c)
            + (c * b).norm()
            + b.dot(&a.column(1))
            + b.cross(&(a * b)).sum()
            + b.normalize().x
            + c.trace()
    })
    .assert_ok();
}

#[test]
fn the_solution_by_lu() {
    check::scalars("lu", &AT, |x| weighed(matrix(x).lu().solve(&vector(x)).unwrap())).assert_ok();
    check::scalars("full_piv_lu", &AT, |x| weighed(matrix(x).full_piv_lu().solve(&vector(x)).unwrap()))
        .assert_ok();
    // A row is swapped.
    let swapped = [0.1, 0.3, -0.4, 2.7, 1.8, 0.25, -0.6, 0.9, 2.6, 0.4, -1.1, 0.8];
    check::scalars("lu with a pivot", &swapped, |x| weighed(matrix(x).lu().solve(&vector(x)).unwrap()))
        .assert_ok();
    check::scalars("lu of a dynamic matrix", &AT, |x| {
        let a = DMatrix::from_row_slice(3, 3, &x[..9]);
        a.lu().solve(&DVector::from_row_slice(&x[9..])).unwrap().sum()
    })
    .assert_ok();
}

/// `d ln|det A| / dA = A^-T`.
#[test]
fn the_determinant_and_the_inverse() {
    let tape = Tape::<f64>::new();
    let x = tape.scalars(&AT);
    matrix(&x).determinant().backward();
    let a = matrix(&AT);
    let want = a.try_inverse().unwrap().transpose() * a.determinant();
    for (i, x) in x[..9].iter().enumerate() {
        let want = want[(i / 3, i % 3)];
        assert!(is_close(x.grad().unwrap(), want, 1e-13), "{i}: {:?} {want}", x.grad());
    }
    check::scalars("determinant", &AT[..9], |x| matrix(x).determinant()).assert_ok();
    check::scalars("inverse", &AT[..9], |x| weighed(matrix(x).try_inverse().unwrap())).assert_ok();
    let of_four: Vec<f64> =
        (0..16).map(|i| f64::from(i * 5 % 7) / 3.0 + if i % 5 == 0 { 3.0 } else { 0.0 }).collect();
    check::scalars("inverse of 4 x 4", &of_four, |x| {
        let a = Matrix4::from_row_slice(x);
        weighed(a.try_inverse().unwrap()) + a.determinant()
    })
    .assert_ok();
}

#[test]
fn cholesky_factors_solves_and_has_a_determinant() {
    check::scalars("cholesky", &AT, |x| {
        let factor = definite(x).cholesky().unwrap();
        weighed(factor.l()) + weighed(factor.solve(&vector(x))) + factor.ln_determinant()
    })
    .assert_ok();
    assert!(
        Matrix3::from_diagonal(&Vector3::new(S::from(1.0), S::from(-1.0), S::from(1.0))).cholesky().is_none()
    );
    check::scalars("ldl and udu", &AT[..9], |x| {
        let udu = definite(x).udu().unwrap();
        weighed(udu.u) + udu.d[0]
    })
    .assert_ok();
}

/// Least squares through QR: the gradient of the residual's square by the data is `2 (A x - b)`.
#[test]
fn least_squares_by_qr() {
    let solve = |x: &[S]| {
        let (a, b) = (Matrix3x2::from_row_slice(&x[..6]), vector(x));
        let (q, r) = a.qr().unpack();
        let solution = r.solve_upper_triangular(&(q.transpose() * b)).unwrap();
        (a * solution - b, solution)
    };
    check::scalars("qr", &AT, |x| {
        let (residual, solution) = solve(x);
        residual.norm_squared() + weighed(solution)
    })
    .assert_ok();
    check::scalars("qr of a square matrix", &AT, |x| weighed(matrix(x).qr().solve(&vector(x)).unwrap()))
        .assert_ok();
    let tape = Tape::<f64>::new();
    let x = tape.scalars(&AT);
    let (residual, _) = solve(&x);
    residual.norm_squared().backward();
    for i in 0..3 {
        assert!(is_close(x[9 + i].grad().unwrap(), -2.0 * residual[i].value(), 1e-13));
    }
}

/// `d lambda / dA = v v^T` for a symmetric matrix, `d sigma / dA = u v^T` for any.
#[test]
fn eigenvalues_and_singular_values_have_their_closed_derivatives() {
    let tape = Tape::<f64>::new();
    let x = tape.scalars(&AT[..9]);
    let a = matrix(&x);
    let SymmetricEigen { eigenvalues, .. } = ((a + a.transpose()) * S::from(0.5)).symmetric_eigen();
    let plain = matrix(&AT);
    let of_number = ((plain + plain.transpose()) * 0.5).symmetric_eigen();
    for k in 0..3 {
        let grad = tape.grad(&[eigenvalues[k]], &x);
        let v = of_number.eigenvectors.column(k);
        for i in 0..9 {
            assert!(is_close(grad[i].item(), v[i / 3] * v[i % 3], 1e-10), "lambda {k}, element {i}");
        }
    }
    let (svd, of_number) = (a.svd(true, true), plain.svd(true, true));
    for k in 0..3 {
        let grad = tape.grad(&[svd.singular_values[k]], &x);
        let (u, v) = (of_number.u.unwrap(), of_number.v_t.unwrap());
        for i in 0..9 {
            assert!(is_close(grad[i].item(), u[(i / 3, k)] * v[(k, i % 3)], 1e-10), "sigma {k}, element {i}");
        }
    }
}

#[test]
fn decompositions_that_iterate() {
    check::scalars("symmetric_eigen", &AT[..9], |x| {
        let eigen = definite(x).symmetric_eigen();
        // Squares of components: the sign of a vector is free.
        weighed(eigen.eigenvalues) + weighed(eigen.eigenvectors.component_mul(&eigen.eigenvectors))
    })
    .assert_ok();
    check::scalars("svd of a square matrix", &AT[..9], |x| weighed(matrix(x).singular_values())).assert_ok();
    check::scalars("svd of a tall matrix", &AT, |x| {
        let svd = Matrix3x2::from_row_slice(&x[..6]).svd(true, true);
        weighed(svd.solve(&vector(x), S::from(1e-12)).unwrap()) + weighed(svd.singular_values)
    })
    .assert_ok();
    check::scalars("pseudo_inverse", &AT[..6], |x| {
        weighed(Matrix3x2::from_row_slice(x).pseudo_inverse(S::from(1e-12)).unwrap())
    })
    .assert_ok();
    check::scalars("svd of a dynamic matrix", &AT, |x| {
        DMatrix::from_row_slice(4, 3, x).singular_values().iter().map(|x| *x * *x * *x).sum::<S>()
    })
    .assert_ok();
    check::scalars("eigenvalues of a matrix that is not symmetric", &AT[..9], |x| {
        matrix(x).eigenvalues().unwrap().iter().map(|x| x.exp()).sum::<S>()
    })
    .assert_ok();
}

#[test]
fn functions_of_matrices_and_reductions_to_simpler_forms() {
    let small: Vec<f64> = AT[..9].iter().map(|x| 0.4 * x).collect();
    check::scalars("exp", &small, |x| weighed(matrix(x).exp())).assert_ok();
    check::scalars("pow", &AT[..9], |x| weighed(matrix(x).pow(3))).assert_ok();
    check::scalars("hessenberg", &AT[..9], |x| weighed(matrix(x).hessenberg().unpack().1)).assert_ok();
    check::scalars("bidiagonalize", &AT[..9], |x| weighed(matrix(x).bidiagonalize().unpack().1)).assert_ok();
    check::scalars("col_piv_qr", &AT, |x| weighed(matrix(x).col_piv_qr().solve(&vector(x)).unwrap()))
        .assert_ok();
    check::scalars("polar", &AT[..9], |x| {
        let (p, u) = matrix(x).svd(true, true).to_polar().unwrap();
        weighed(p) + weighed(u)
    })
    .assert_ok();
}

#[test]
fn complex_numbers_of_scalars() {
    check::scalars("complex", &[0.3, -1.2, 0.7, 2.0], |x| {
        let (z, w) = (Complex::new(x[0], x[1]), Complex::new(x[2], x[3]));
        let y = (z * w + z / w).exp() + w.sqrt() + z.powc(w);
        y.re + y.im * y.norm()
    })
    .assert_ok();
    check::scalars("a complex system", &[2.3, -1.2, 0.7, 2.0], |x| {
        let (z, w) = (Complex::new(x[0], x[1]), Complex::new(x[2], x[3]));
        let y = Matrix2::new(z, w, -w, z * z).try_inverse().unwrap();
        y[(0, 1)].re + y[(1, 1)].im
    })
    .assert_ok();
}

#[test]
fn single_precision_and_the_element_type_as_a_parameter() {
    fn determinant<T: wengert::Element + RealField>(x: &[Scalar<T>]) -> Scalar<T> {
        Matrix2::new(x[0], x[1], x[2], x[3]).lu().determinant()
    }
    let at = [2.0, 0.5, -0.7, 1.5];
    Check::new("lu in f32").run_scalars(&at.map(|x| x as f32), determinant).assert_ok();
    check::scalars("lu in f64", &at, determinant).assert_ok();
}
