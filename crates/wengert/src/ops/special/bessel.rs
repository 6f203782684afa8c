//! Modified Bessel functions of the first kind, of integer order.

/// From here on the asymptotic series is exact to the last digit: its smallest term is about `e^(-2 x)`.
const FAR: f64 = 25.0;

/// `I_order(x)`, for the orders 0 and 1.
///
/// Near: `(x/2)^n sum_k (x^2/4)^k / (k! (k+n)!)`, DLMF 10.25.2, whose terms have one sign. Far: `e^x / sqrt(2 pi x)` times
/// `sum_k (-1)^k a_k(n) / x^k`, DLMF 10.40.1.
pub(crate) fn modified(order: u32, x: f64) -> f64 {
    let size = x.abs();
    let y = if size < FAR { near(order, size) } else { far(order, size) };
    if order % 2 == 1 && x < 0.0 { -y } else { y }
}

fn near(order: u32, x: f64) -> f64 {
    let (n, quarter) = (f64::from(order), x * x / 4.0);
    let (mut term, mut sum, mut k) = (1.0, 1.0, 1.0);
    while term > sum * 1e-17 {
        term *= quarter / (k * (k + n));
        sum += term;
        k += 1.0;
    }
    // The orders are 0 and 1, and so `n!` is 1.
    sum * (x / 2.0).powi(order as i32)
}

fn far(order: u32, x: f64) -> f64 {
    if x.is_nan() || x.is_infinite() {
        return x;
    }
    let mu = 4.0 * f64::from(order * order);
    let (mut term, mut sum, mut k) = (1.0f64, 1.0, 1.0);
    while term.abs() > 1e-17 {
        let odd = 2.0 * k - 1.0;
        term *= (odd * odd - mu) / (8.0 * k * x);
        sum += term;
        k += 1.0;
    }
    // The exponential in halves, since it overflows before the quotient does.
    let half = (x / 2.0).exp();
    half * (sum / (2.0 * std::f64::consts::PI * x).sqrt()) * half
}
