//! One checker: gradients against central differences.

/// Compares `analytic` with central differences of `f` at `point`. A failure prints the op, the input,
/// the place, and both numbers.
pub(crate) fn check(op: &str, point: &[f64], analytic: &[f64], f: impl Fn(&[f64]) -> f64) {
    let h = 1e-5;
    assert_eq!(point.len(), analytic.len(), "{op}: gradient of another size");
    for i in 0..point.len() {
        let at = |step: f64| {
            let mut point = point.to_vec();
            point[i] += step;
            f(&point)
        };
        // Two steps, extrapolated: the error falls with the fourth power.
        let (near, far) = ((at(h) - at(-h)) / (2.0 * h), (at(2.0 * h) - at(-2.0 * h)) / (4.0 * h));
        let numeric = (4.0 * near - far) / 3.0;
        let error = (analytic[i] - numeric).abs();
        assert!(
            error <= 2e-8 * (1.0 + numeric.abs()),
            "{op} at {point:?}, element {i}: analytic {}, numeric {numeric}",
            analytic[i]
        );
    }
}
