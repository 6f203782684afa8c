//! What the functions need of a float type: its constants, its polynomials, its bits.

use num_traits::Float;

/// A float type, taken apart. Every function here is arithmetic on floats or on bits, without a branch.
pub trait Parts: Float {
    const ONE: Self;
    const TWO: Self;
    const HALF: Self;

    /// `1 / ln 2`
    const LOG2_E: Self;
    /// `ln 2` in two parts. The first ends in so many zero bits that its product with an exponent is exact.
    const LN_2: [Self; 2];
    /// Below, `e^x` is 0; above, it is infinite.
    const EXP_RANGE: [Self; 2];
    /// Below, `e^x - 1` is -1.
    const EXP_M1_LEAST: Self;
    /// Below, the hyperbolic tangent is computed by its tail.
    const TANH_NEAR: Self;
    /// Above, it is 1.
    const TANH_LARGEST: Self;
    /// Below, `e^x - 1` and `ln(1 + x)` are `x`.
    const TINY: Self;

    /// The nearest integer to a number that is small against `2^(bits of the mantissa)`.
    fn nearest(self) -> Self;
    /// `2^self`, for an integer within the range of normal exponents.
    fn power_of_two(self) -> Self;
    /// `(k, m)` with `self = 2^k m` and `m` between the roots of 1/2 and 2; anything for what is not positive.
    fn exponent_and_mantissa(self) -> (Self, Self);

    /// `(e^self - 1 - self) / self^2`, up to `ln 2 / 2` on either side of 0.
    fn exp_tail(self) -> Self;
    /// `(ln(1 + s) - ln(1 - s) - 2s) / s` as a function of `self = s^2`, for `s` up to 0.172.
    fn ln_tail(self) -> Self;
    /// `(tanh x - x) / x` as a function of `self = x^2`, for `x` up to `TANH_NEAR`: numerator and denominator.
    fn tanh_tail(self) -> [Self; 2];
}

/// `c[0] + c[1] x + c[2] x^2 + ..`, as two chains that do not wait for each other.
#[inline(always)]
fn polynomial<T: Float, const N: usize>(x: T, c: [T; N]) -> T {
    let square = x * x;
    let (mut last, mut other) = (c[N - 1], c[N - 2]);
    for i in (0..N - 2).rev() {
        let chain = if (N - 1 - i).is_multiple_of(2) { &mut last } else { &mut other };
        *chain = *chain * square + c[i];
    }
    let (even, odd) = if N % 2 == 1 { (last, other) } else { (other, last) };
    even + x * odd
}

/// What both types do alike, given the width of the mantissa and the bias of the exponent; and what is each one's own.
macro_rules! parts {
    ($t:ident, $bits:ident, $mantissa:literal, $bias:literal, $($own:item)*) => {
        const _: () = {
            /// Floats from here to its double are integers: one that is added lies in the last bits.
            const UNIT: $t = (1_u64 << $mantissa) as $t;
            /// The same, in the middle: it leaves room for negative ones.
            const MIDDLE: $t = 1.5 * UNIT;

            impl Parts for $t {
                const ONE: $t = 1.0;
                const TWO: $t = 2.0;
                const HALF: $t = 0.5;
                const LOG2_E: $t = std::$t::consts::LOG2_E;

                #[inline(always)]
                fn nearest(self) -> $t {
                    (self + MIDDLE) - MIDDLE
                }

                #[inline(always)]
                fn power_of_two(self) -> $t {
                    $t::from_bits((self + (MIDDLE + $bias)).to_bits() << $mantissa)
                }

                #[inline(always)]
                fn exponent_and_mantissa(self) -> ($t, $t) {
                    // Counted from the root of 1/2, a mantissa below the root of 2 has the exponent 0.
                    const ROOT: $bits = std::$t::consts::FRAC_1_SQRT_2.to_bits();
                    const UP: $bits = <$t>::to_bits(1.0) - ROOT;
                    const MANTISSA: $bits = (1 << $mantissa) - 1;
                    let subnormal = self < $t::MIN_POSITIVE;
                    let (x, lifted) = if subnormal { (self * UNIT, $mantissa as $t) } else { (self, 0.0) };
                    let bits = x.to_bits().wrapping_add(UP);
                    let biased = $t::from_bits((bits >> $mantissa) | UNIT.to_bits());
                    (biased - (UNIT + ($bias + lifted)), $t::from_bits((bits & MANTISSA) + ROOT))
                }

                $($own)*
            }
        };
    };
}

parts! { f64, u64, 52, 1023.0,
    const LN_2: [f64; 2] = [0.693_147_180_369_123_8, 1.908_214_929_270_587_7e-10];
    const EXP_RANGE: [f64; 2] = [-746.0, 710.0];
    const EXP_M1_LEAST: f64 = -40.0;
    const TANH_NEAR: f64 = 0.625;
    const TANH_LARGEST: f64 = 20.0;
    const TINY: f64 = 1e-17;

    #[inline(always)]
    fn exp_tail(self) -> f64 {
        polynomial(self, [
            0.5,
            0.166_666_666_666_666_7,
            0.041_666_666_666_666_664,
            0.008333333333326112,
            0.0013888888888883734,
            0.000_198_412_698_749_012_6,
            2.4801587325605323e-5,
            2.7557255297969644e-6,
            2.755727357010214e-7,
            2.510525953844849e-8,
            2.0914717341716376e-9,
        ])
    }

    #[inline(always)]
    fn ln_tail(self) -> f64 {
        self * polynomial(self, [
            0.666_666_666_666_673_5,
            0.399_999_999_994_094_2,
            0.285_714_287_436_623_9,
            0.222_221_984_321_497_84,
            0.181_835_721_616_180_5,
            0.153_138_376_992_093_73,
            0.147_981_986_051_165_86,
        ])
    }

    #[inline(always)]
    fn tanh_tail(self) -> [f64; 2] {
        let above = [-1_614.687_684_417_084_5, -99.287_723_100_191_86, -0.964_399_179_425_052_2];
        let below = [4_844.063_053_251_255, 2_235.488_390_601_004_5, 112.811_678_491_632_93, 1.0];
        [self * polynomial(self, above), polynomial(self, below)]
    }
}

parts! { f32, u32, 23, 127.0,
    const LN_2: [f32; 2] = [0.693_145_75, 1.428_606_8e-6];
    const EXP_RANGE: [f32; 2] = [-104.0, 89.0];
    const EXP_M1_LEAST: f32 = -20.0;
    const TANH_NEAR: f32 = 0.625;
    const TANH_LARGEST: f32 = 10.0;
    const TINY: f32 = 1e-8;

    #[inline(always)]
    fn exp_tail(self) -> f32 {
        polynomial(self, [0.5, 0.166_666_67, 0.041_666_465, 0.008_333_311, 0.001_393_368_6, 0.000_198_910_3])
    }

    #[inline(always)]
    fn ln_tail(self) -> f32 {
        self * polynomial(self, [0.666_666_6, 0.400_009_72, 0.284_987_87, 0.242_790_79])
    }

    #[inline(always)]
    fn tanh_tail(self) -> [f32; 2] {
        let above = [-0.333_332_8, 0.133_314_42, -0.053_739_716, 0.020_639_088, -0.005_704_988_7];
        [self * polynomial(self, above), 1.0]
    }
}
