//! Derivatives of the logarithm of the gamma function.

use std::f64::consts::PI;

use super::sin_cos_pi;

/// `B_2k / 2k` for k from 1 on.
const ASYMPTOTIC: [f64; 8] = [
    1.0 / 12.0,
    -1.0 / 120.0,
    1.0 / 252.0,
    -1.0 / 240.0,
    1.0 / 132.0,
    -691.0 / 32760.0,
    1.0 / 12.0,
    -3617.0 / 8160.0,
];

/// The positive root of the digamma function, as a sum of three numbers.
const ROOT: [f64; 3] = [1569415565.0 / 1073741824.0, 381566830.0 / 1073741824.0 / 1073741824.0, ROOT_REST];
const ROOT_REST: f64 = 9.016312093258695e-20;

/// The digamma function: reflection below 0, recurrence up to 10, and the asymptotic series from there on (Abramowitz
/// and Stegun 6.3.7, 6.3.5, 6.3.18). Around the positive root, where these cancel, by the Taylor series there.
pub(crate) fn digamma(x: f64) -> f64 {
    if x == 0.0 {
        return f64::INFINITY.copysign(-x);
    }
    if x < 0.0 {
        if x == x.floor() {
            return f64::NAN;
        }
        let (sin, cos) = sin_cos_pi(x);
        return digamma(1.0 - x) - PI * cos / sin;
    }
    let from_root = ((x - ROOT[0]) - ROOT[1]) - ROOT[2];
    if from_root.abs() < 0.05 {
        return near_root(from_root);
    }
    let (mut x, mut below) = (x, 0.0);
    while x < 10.0 {
        below += 1.0 / x;
        x += 1.0;
    }
    let inverse = 1.0 / (x * x);
    let series = ASYMPTOTIC.iter().rev().fold(0.0, |sum, term| (sum + term) * inverse);
    x.ln() - 0.5 / x - series - below
}

/// `sum_k psi^(k)(root) / k! d^k`, of which the term for k = 0 is 0; and `psi^(k) / k! = (-1)^(k+1) zeta(k + 1, root)`.
fn near_root(d: f64) -> f64 {
    let root = ROOT[0] + ROOT[1];
    (1..=12).rev().fold(0.0, |sum, k| {
        let zeta = hurwitz_zeta(f64::from(k + 1), root);
        (sum + if k % 2 == 1 { zeta } else { -zeta }) * d
    })
}

/// The polygamma function of an integer order.
pub(crate) fn polygamma(n: f64, x: f64) -> f64 {
    if n == 0.0 {
        return digamma(x);
    }
    if n < 0.0 || x.is_nan() || x == f64::NEG_INFINITY {
        return f64::NAN;
    }
    let factors = || (1..=n as u32).map(f64::from);
    let size = match n <= 170.0 {
        // `n!` and `x^-(n + 1)` factor by factor, since each alone may leave the range of numbers.
        true if x > 0.0 => factors().fold(scaled_zeta(n + 1.0, x) / x, |y, k| y * (k / x)),
        true => factors().fold(hurwitz_zeta(n + 1.0, x), |y, k| y * k),
        // The factorial alone would overflow.
        false => {
            let zeta = hurwitz_zeta(n + 1.0, x);
            (libm::lgamma(n + 1.0) + zeta.abs().ln()).exp().copysign(zeta)
        }
    };
    if n % 2.0 == 0.0 { -size } else { size }
}

/// Hurwitz's zeta function `sum_k (q + k)^-s` of an integer `s >= 2`.
///
/// For `q <= 0` the terms below 0 are another such sum, from which what lies still further below is taken away:
/// `q = f - m` with `f` in (0, 1), and `sum_{k=1}^m (f - k)^-s = (-1)^s (zeta(s, 1 - f) - zeta(s, 1 - q))`.
fn hurwitz_zeta(s: f64, q: f64) -> f64 {
    if q > 0.0 {
        return euler_maclaurin(s, q);
    }
    if q == q.floor() {
        return f64::INFINITY;
    }
    let f = q - q.floor();
    let below = euler_maclaurin(s, 1.0 - f) - euler_maclaurin(s, 1.0 - q);
    euler_maclaurin(s, f) + if s % 2.0 == 0.0 { below } else { -below }
}

/// `(2k)! / B_2k` for k from 1 on: the divisors of the corrections, as in Moshier's Cephes, `zeta.c`.
#[allow(clippy::excessive_precision, reason = "they stand as they were published")]
const CORRECTIONS: [f64; 12] = [
    12.0,
    -720.0,
    30240.0,
    -1209600.0,
    47900160.0,
    -1.8924375803183791606e9,
    7.47242496e10,
    -2.950130727918164224e12,
    1.1646782814350067249e14,
    -4.5979787224074726105e15,
    1.8152105401943546773e17,
    -7.1661652561756670113e18,
];

/// Hurwitz's zeta function for `q > 0`.
fn euler_maclaurin(s: f64, q: f64) -> f64 {
    if q == f64::INFINITY { 0.0 } else { scaled_zeta(s, q) * q.powf(-s) }
}

/// `sum_k (q / (q + k))^s` for `q > 0`: the first terms are added, and the rest is taken from the formula of Euler and
/// Maclaurin.
fn scaled_zeta(s: f64, q: f64) -> f64 {
    if q == f64::INFINITY {
        return 1.0;
    }
    // So many terms that the corrections fall from one to the next.
    let terms = (s.clamp(10.0, 200.0) - q).ceil().max(0.0) + 4.0;
    let last = q + terms;
    let power = (q / last).powf(s);
    let mut rest = power * last / (s - 1.0) + 0.5 * power;
    let mut factor = s * power / last;
    for (k, correction) in CORRECTIONS.iter().enumerate() {
        let term = factor / correction;
        rest += term;
        if term.abs() < rest * 1e-17 {
            break;
        }
        let k = 2.0 * k as f64 + 1.0;
        factor *= (s + k) * (s + k + 1.0) / (last * last);
    }
    // From the smallest on.
    (0..terms as u32).rev().fold(rest, |sum, k| sum + (q / (q + f64::from(k))).powf(s))
}
