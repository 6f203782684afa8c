//! Scalars and duals as elements of matrices of `nalgebra`: solutions and decompositions.

use nalgebra::{
    Complex, ComplexField, DMatrix, DVector, Matrix2, Matrix3, Matrix3x2, Matrix4, RealField, SMatrix,
    SymmetricEigen, Vector2, Vector3,
};
use wengert::check::{self, Check};
use wengert::{Dual, Scalar, Tape};
use wengert_tests::{assert_all_close, is_close};

use crate::every::{Number, agree};
use crate::on_every_number;

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
fn definite<T: Number>(x: &[T]) -> Matrix3<T> {
    let b = matrix(x);
    b * b.transpose() + Matrix3::identity()
}

/// A number that depends on every element in its own way.
fn weighed<T: Number, const R: usize, const C: usize>(a: SMatrix<T, R, C>) -> T {
    a.iter().enumerate().map(|(i, &x)| x * (0.3 + 0.17 * (i as f64))).sum()
}

#[test]
fn the_bounds_of_nalgebra_hold() {
    fn holds<T: RealField + nalgebra::SimdRealField + Copy>() {}
    holds::<S>();
    holds::<Scalar<f32>>();
    holds::<Dual>();
    holds::<Dual<f32, 3>>();
    let half: S = nalgebra::convert(0.5);
    assert!(half == 0.5 && !half.requires_grad());
    let tape = Tape::<f64>::new();
    let x = tape.scalar(2.0);
    assert_eq!(nalgebra::try_convert::<S, f64>(x), Some(2.0));
    assert!(nalgebra::convert::<S, S>(x).requires_grad());
    let half: Dual = nalgebra::convert(0.5_f32);
    assert_eq!((half.value, half.dot), (0.5, [0.0]));
    let [x] = Dual::independent([2.0]);
    assert_eq!(nalgebra::try_convert::<Dual, f64>(x), Some(2.0));
    assert_eq!(nalgebra::convert::<Dual, Dual>(x).dot, [1.0]);
    macro_rules! constants {
        ($($name:ident)*) => {$(
            assert_eq!(S::$name(), <f64 as RealField>::$name());
            assert_eq!(Dual::<f64, 1>::$name(), <f64 as RealField>::$name());
        )*};
    }
    constants! {
        pi two_pi frac_pi_2 frac_pi_3 frac_pi_4 frac_pi_6 frac_pi_8 frac_1_pi frac_2_pi frac_2_sqrt_pi
        e log2_e log10_e ln_2 ln_10
    }
}

/// Approximate equality is by value: the gradient makes no difference.
#[test]
fn matrices_are_close_by_value() {
    let x = Matrix2::from_row_slice(&Dual::independent([1.0, 2.0, 3.0, 4.0]));
    let passive = x.map(|x| Dual::passive(x.value + 1e-9));
    assert!(approx::abs_diff_eq!(x, passive, epsilon = Dual::passive(1e-8)));
    assert!(!approx::abs_diff_eq!(x, passive, epsilon = Dual::passive(1e-10)));
    assert!(approx::relative_eq!(x, passive, max_relative = Dual::passive(1e-8)));
    assert!(!approx::relative_eq!(x, passive));
    assert!(approx::ulps_eq!(x, x.map(|x| Dual::passive(x.value))) && !approx::ulps_eq!(x, passive));
}

/// The rest of the two traits, where it is not the handle's own method.
#[test]
fn fields_have_the_values_of_f64() {
    fn compare<T: RealField + Copy>(made: impl Fn(f64) -> T, value: impl Fn(T) -> f64) {
        let near = |got: T, want: f64, what: &str, x: f64| {
            assert!(is_close(value(got), want, 1e-15), "{what} of {x}: {got} {want}");
        };
        for x in [-1.5, 0.0, 0.7, 2.5] {
            let s = made(x);
            near(s.sinc(), ComplexField::sinc(x), "sinc", x);
            near(s.sinhc(), ComplexField::sinhc(x), "sinhc", x);
            near(s.round(), ComplexField::round(x), "round", x);
            near(s.argument(), ComplexField::argument(x), "argument", x);
            near(s.modulus(), x.abs(), "modulus", x);
            near(s.modulus_squared(), x * x, "modulus_squared", x);
            near(s.norm1(), x.abs(), "norm1", x);
            near(s.signum(), ComplexField::signum(x), "signum", x);
            let ((m, e), (n, f)) = (s.to_exp(), ComplexField::to_exp(x));
            near(m, n, "to_exp", x);
            near(e, f, "to_exp", x);
            assert_eq!(s.try_sqrt().is_some(), x >= 0.0);
            near(s.abs().powc(made(1.5)), x.abs().powf(1.5), "powc", x);
            near(s.max(made(0.5)), x.max(0.5), "max", x);
            near(s.min(made(f64::NAN)), x, "min", x);
            near(s.clamp(made(-1.0), made(1.0)), x.clamp(-1.0, 1.0), "clamp", x);
            near(s.copysign(made(-1.0)), -x.abs(), "copysign", x);
            near(s.atan2(made(0.3)), x.atan2(0.3), "atan2", x);
            assert_eq!(RealField::is_sign_negative(&s), x < 0.0);
        }
    }
    let tape = Tape::<f64>::new();
    compare(|x| tape.scalar(x), |x| x.value());
    compare(|x| Dual::<f64, 2> { value: x, dot: [1.0, -0.5] }, |x| x.value);
    for x in [0.0, 0.7] {
        on_every_number!("sinc", &[x], |x| ComplexField::sinc(x[0]));
        on_every_number!("sinhc", &[x], |x| ComplexField::sinhc(x[0]));
    }
}

#[test]
fn sums_products_and_norms() {
    on_every_number!("matrix arithmetic", &AT, |x| {
        let (a, b) = (matrix(x), vector(x));
        let c = (a * a.transpose() - a * x[0] + Matrix3::identity()) / x[3];
        weighed(c)
            + (c * b).norm()
            + b.dot(&a.column(1))
            + b.cross(&(a * b)).sum()
            + b.normalize().x
            + c.trace()
    });
}

#[test]
fn the_solution_by_lu() {
    on_every_number!("lu", &AT, |x| weighed(matrix(x).lu().solve(&vector(x)).unwrap()));
    on_every_number!("full_piv_lu", &AT, |x| weighed(matrix(x).full_piv_lu().solve(&vector(x)).unwrap()));
    // A row is swapped.
    let swapped = [0.1, 0.3, -0.4, 2.7, 1.8, 0.25, -0.6, 0.9, 2.6, 0.4, -1.1, 0.8];
    on_every_number!("lu with a pivot", &swapped, |x| weighed(matrix(x).lu().solve(&vector(x)).unwrap()));
    on_every_number!("lu of a dynamic matrix", &AT, |x| {
        let a = DMatrix::from_row_slice(3, 3, &x[..9]);
        a.lu().solve(&DVector::from_row_slice(&x[9..])).unwrap().sum()
    });
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
    on_every_number!("determinant", &AT[..9], |x| matrix(x).determinant());
    on_every_number!("inverse", &AT[..9], |x| weighed(matrix(x).try_inverse().unwrap()));
    let of_four: Vec<f64> =
        (0..16).map(|i| f64::from(i * 5 % 7) / 3.0 + if i % 5 == 0 { 3.0 } else { 0.0 }).collect();
    on_every_number!("inverse of 4 x 4", &of_four, |x| {
        let a = Matrix4::from_row_slice(x);
        weighed(a.try_inverse().unwrap()) + a.determinant()
    });
}

#[test]
fn cholesky_factors_solves_and_has_a_determinant() {
    on_every_number!("cholesky", &AT, |x| {
        let factor = definite(x).cholesky().unwrap();
        weighed(factor.l()) + weighed(factor.solve(&vector(x))) + factor.ln_determinant()
    });
    assert!(
        Matrix3::from_diagonal(&Vector3::new(S::from(1.0), S::from(-1.0), S::from(1.0))).cholesky().is_none()
    );
    on_every_number!("ldl and udu", &AT[..9], |x| {
        let udu = definite(x).udu().unwrap();
        weighed(udu.u) + udu.d[0]
    });
}

/// Twelve inputs, nine of a matrix and three of a vector, are one instruction with twelve partials.
#[test]
fn a_solution_in_one_fused_statement() {
    fn solution<T: Number>(x: &[T]) -> T {
        let factor = definite(x).cholesky().unwrap();
        weighed(matrix(x).lu().solve(&vector(x)).unwrap()) + weighed(factor.solve(&vector(x)))
    }
    let (value, gradient) = Tape::new().gradient(&AT, solution);
    let tape = Tape::<f64>::new();
    let x = AT.map(|x| tape.scalar(x));
    let y = tape.fuse(x, |x| solution(&x));
    assert_eq!((y.value(), tape.stats().instructions), (value, 1));
    // What is recorded before and after it is swept as well.
    (y * y).backward();
    for (k, x) in x.iter().enumerate() {
        agree(&format!("by input {k}"), x.grad().unwrap(), 2.0 * value * gradient[k]);
    }
}

/// Least squares through QR: the gradient of the residual's square by the data is `2 (A x - b)`.
#[test]
fn least_squares_by_qr() {
    fn solve<T: Number>(x: &[T]) -> (Vector3<T>, Vector2<T>) {
        let (a, b) = (Matrix3x2::from_row_slice(&x[..6]), vector(x));
        let (q, r) = a.qr().unpack();
        let solution = r.solve_upper_triangular(&(q.transpose() * b)).unwrap();
        (a * solution - b, solution)
    }
    on_every_number!("qr", &AT, |x| {
        let (residual, solution) = solve(x);
        residual.norm_squared() + weighed(solution)
    });
    on_every_number!("qr of a square matrix", &AT, |x| weighed(matrix(x).qr().solve(&vector(x)).unwrap()));
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
    on_every_number!("symmetric_eigen", &AT[..9], |x| {
        let eigen = definite(x).symmetric_eigen();
        // Squares of components: the sign of a vector is free.
        weighed(eigen.eigenvalues) + weighed(eigen.eigenvectors.component_mul(&eigen.eigenvectors))
    });
    on_every_number!("svd of a square matrix", &AT[..9], |x| weighed(matrix(x).singular_values()));
    on_every_number!("svd of a tall matrix", &AT, |x| {
        let svd = Matrix3x2::from_row_slice(&x[..6]).svd(true, true);
        weighed(svd.solve(&vector(x), S::from(1e-12)).unwrap()) + weighed(svd.singular_values)
    });
    on_every_number!("pseudo_inverse", &AT[..6], |x| {
        weighed(Matrix3x2::from_row_slice(x).pseudo_inverse(S::from(1e-12)).unwrap())
    });
    on_every_number!("svd of a dynamic matrix", &AT, |x| {
        DMatrix::from_row_slice(4, 3, x).singular_values().iter().map(|x| *x * *x * *x).sum::<S>()
    });
    on_every_number!("eigenvalues of a matrix that is not symmetric", &AT[..9], |x| {
        matrix(x).eigenvalues().unwrap().iter().map(|x| x.exp()).sum::<S>()
    });
}

#[test]
fn functions_of_matrices_and_reductions_to_simpler_forms() {
    let small: Vec<f64> = AT[..9].iter().map(|x| 0.4 * x).collect();
    on_every_number!("exp", &small, |x| weighed(matrix(x).exp()));
    on_every_number!("pow", &AT[..9], |x| weighed(matrix(x).pow(3)));
    on_every_number!("hessenberg", &AT[..9], |x| weighed(matrix(x).hessenberg().unpack().1));
    on_every_number!("bidiagonalize", &AT[..9], |x| weighed(matrix(x).bidiagonalize().unpack().1));
    on_every_number!("col_piv_qr", &AT, |x| weighed(matrix(x).col_piv_qr().solve(&vector(x)).unwrap()));
    on_every_number!("polar", &AT[..9], |x| {
        let (p, u) = matrix(x).svd(true, true).to_polar().unwrap();
        weighed(p) + weighed(u)
    });
}

#[test]
fn complex_numbers_of_every_number() {
    on_every_number!("complex", &[0.3, -1.2, 0.7, 2.0], |x| {
        let (z, w) = (Complex::new(x[0], x[1]), Complex::new(x[2], x[3]));
        let y = (z * w + z / w).exp() + w.sqrt() + z.powc(w);
        y.re + y.im * y.norm()
    });
    on_every_number!("a complex system", &[2.3, -1.2, 0.7, 2.0], |x| {
        let (z, w) = (Complex::new(x[0], x[1]), Complex::new(x[2], x[3]));
        let y = Matrix2::new(z, w, -w, z * z).try_inverse().unwrap();
        y[(0, 1)].re + y[(1, 1)].im
    });
}

#[test]
fn single_precision_and_the_element_type_as_a_parameter() {
    fn determinant<T: RealField + Copy>(x: &[T]) -> T {
        Matrix2::new(x[0], x[1], x[2], x[3]).lu().determinant()
    }
    fn of_scalars<T: wengert::Element + RealField>(x: &[Scalar<T>]) -> Scalar<T> {
        determinant(x)
    }
    let at = [2.0, 0.5, -0.7, 1.5];
    Check::new("lu in f32").run_scalars(&at.map(|x| x as f32), of_scalars).assert_ok();
    check::scalars("lu in f64", &at, of_scalars).assert_ok();
    let y = determinant(&Dual::independent(at.map(|x| x as f32)));
    for (got, want) in y.dot.into_iter().zip([1.5, 0.7, -0.5, 2.0]) {
        assert!(is_close(got.into(), want, 1e-6), "{got} {want}");
    }
}

/// `sin(x) / x` and `sinh(x) / x` have all their digits near 0, to the second order: the quotient loses them.
#[test]
fn quotients_with_x_near_zero() {
    let tape = Tape::<f64>::new();
    for x in [0.0, 1e-12, 1e-9, 1e-6, 1e-3, 0.019, 0.021, -0.015] {
        let square = x * x;
        let series = |sign: f64| {
            let terms = [1.0, sign / 6.0, 1.0 / 120.0, sign / 5040.0, 1.0 / 362_880.0];
            let of = |f: &dyn Fn(usize, f64) -> f64| -> f64 {
                terms.iter().enumerate().map(|(k, t)| f(k, *t)).sum()
            };
            let power = |k: usize| f64::powi(x, k as i32);
            [
                of(&|k, t| t * square.powi(k as i32)),
                of(&|k, t| if k == 0 { 0.0 } else { 2.0 * k as f64 * t * power(2 * k - 1) }),
                of(&|k, t| if k == 0 { 0.0 } else { (2 * k * (2 * k - 1)) as f64 * t * power(2 * k - 2) }),
            ]
        };
        let got = |f: fn(Scalar<f64>) -> Scalar<f64>| {
            let (y, slope, bend) = tape.hessian(&[x], |x| f(x[0]));
            [y, slope[0], bend[[0, 0]]]
        };
        assert_all_close("sinc", &got(ComplexField::sinc), &series(-1.0), 1e-11);
        assert_all_close("sinhc", &got(ComplexField::sinhc), &series(1.0), 1e-11);
    }
}
