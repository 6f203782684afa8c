//! The form that the numbers of one tensor share.

/// The most decimals a number is shown with: PyTorch's `precision`.
const PRECISION: usize = 4;

/// How every number of a tensor is written: `3.25`, or `3.25e-05` where it is scientific.
pub(super) struct Form {
    scientific: bool,
    decimals: usize,
    /// Columns of the widest.
    pub width: usize,
}

impl Form {
    /// The form of these numbers by PyTorch's rule, which asks for the sizes of those that are finite and not 0; with as few
    /// decimals as show what four would.
    ///
    /// PyTorch has a rule for integers and one for the rest. Here one serves both: integers are not below 1e-4, and one
    /// decimal shows them.
    pub fn of(values: &[f64]) -> Form {
        let finite = values.iter().copied().filter(|value| value.is_finite());
        let sizes = finite.clone().map(f64::abs).filter(|&size| size != 0.0);
        let (least, most) = sizes
            .fold((f64::INFINITY, 0.0), |(least, most): (f64, f64), size| (least.min(size), most.max(size)));
        let scientific = most / least > 1000.0 || most > 1e8 || least < 1e-4;
        let mut form = Form { scientific, decimals: PRECISION, width: 0 };
        form.decimals = finite.map(|value| form.needed(value)).max().unwrap_or(1);
        form.width = values.iter().map(|&value| form.unpadded(value).len()).max().unwrap_or(0);
        form
    }

    /// The number as wide as all others.
    pub fn text(&self, value: f64) -> String {
        format!("{:>width$}", self.unpadded(value), width = self.width)
    }

    /// How many decimals of a finite number are left without the zeros at its end, at least one.
    fn needed(&self, value: f64) -> usize {
        let text = self.unpadded(value);
        let mantissa = text.split('e').next().unwrap_or_default();
        let decimals = mantissa.split('.').nth(1).unwrap_or_default();
        decimals.trim_end_matches('0').len().max(1)
    }

    fn unpadded(&self, value: f64) -> String {
        let decimals = self.decimals;
        if value.is_nan() {
            return "nan".to_string();
        }
        if value.is_infinite() || !self.scientific {
            return format!("{value:.decimals$}");
        }
        // An exponent has a sign and two digits: `e-05` for Rust's `e-5`.
        let text = format!("{value:.decimals$e}");
        let (mantissa, exponent) = text.split_once('e').expect("a number in exponents has one");
        let (sign, digits) = exponent.strip_prefix('-').map_or(('+', exponent), |digits| ('-', digits));
        format!("{mantissa}e{sign}{digits:0>2}")
    }
}
