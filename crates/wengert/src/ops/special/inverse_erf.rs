//! The inverse of the error function, by Wichura's algorithm AS 241 for the normal quantile (Applied Statistics 37,
//! 1988), routine PPND16: rational approximations that are exact to about 16 digits.

#![allow(clippy::excessive_precision, reason = "the coefficients stand as they were published")]

use std::f64::consts::FRAC_1_SQRT_2;

/// Coefficients of a numerator and a denominator, from the highest power on.
type Ratio = [[f64; 8]; 2];

const CENTRE: Ratio = [
    [
        2509.0809287301226727,
        33430.575583588128105,
        67265.770927008700853,
        45921.953931549871457,
        13731.693765509461125,
        1971.5909503065514427,
        133.14166789178437745,
        3.387132872796366608,
    ],
    [
        5226.495278852545925,
        28729.085735721942674,
        39307.89580009271061,
        21213.794301586595867,
        5394.1960214247511077,
        687.1870074920579083,
        42.313330701600911252,
        1.0,
    ],
];

const TAIL: Ratio = [
    [
        7.7454501427834140764e-4,
        0.0227238449892691845833,
        0.24178072517745061177,
        1.27045825245236838258,
        3.64784832476320460504,
        5.7694972214606914055,
        4.6303378461565452959,
        1.42343711074968357734,
    ],
    [
        1.05075007164441684324e-9,
        5.475938084995344946e-4,
        0.0151986665636164571966,
        0.14810397642748007459,
        0.68976733498510000455,
        1.6763848301838038494,
        2.05319162663775882187,
        1.0,
    ],
];

const FAR_TAIL: Ratio = [
    [
        2.01033439929228813265e-7,
        2.71155556874348757815e-5,
        0.0012426609473880784386,
        0.026532189526576123093,
        0.29656057182850489123,
        1.7848265399172913358,
        5.4637849111641143699,
        6.6579046435011037772,
    ],
    [
        2.04426310338993978564e-15,
        1.4215117583164458887e-7,
        1.8463183175100546818e-5,
        7.868691311456132591e-4,
        0.0148753612908506148525,
        0.13692988092273580531,
        0.59983220655588793769,
        1.0,
    ],
];

fn ratio([above, below]: &Ratio, r: f64) -> f64 {
    let horner = |list: &[f64; 8]| list.iter().fold(0.0, |sum, term| sum * r + term);
    horner(above) / horner(below)
}

/// `x` with `erf(x) = y`: the normal quantile of `(1 + y) / 2` over the square root of 2.
pub(crate) fn inverse_erf(y: f64) -> f64 {
    let size = y.abs();
    if size.is_nan() || size > 1.0 {
        return f64::NAN;
    }
    if size == 1.0 {
        return f64::INFINITY.copysign(y);
    }
    let q = size / 2.0;
    if q <= 0.425 {
        return FRAC_1_SQRT_2 * (y / 2.0) * ratio(&CENTRE, 0.180625 - q * q);
    }
    // What is left of the probability is exact, since `size` is at least a half.
    let r = (-((1.0 - size) / 2.0).ln()).sqrt();
    let quantile = if r <= 5.0 { ratio(&TAIL, r - 1.6) } else { ratio(&FAR_TAIL, r - 5.0) };
    (FRAC_1_SQRT_2 * quantile).copysign(y)
}
