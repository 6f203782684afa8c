//! What the functions need of a float type: its constants, its polynomials, its bits.

use num_traits::Float;

/// A float type, taken apart. Every function here is arithmetic on floats or on bits, without a branch.
pub trait Parts: Float {
    const ONE: Self;
    const TWO: Self;
    const HALF: Self;
    const THREE_QUARTERS: Self;

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
    /// Below, the error function is computed by its tail.
    const ERF_NEAR: Self;
    /// From here on, `erfc` is 0.
    const ERFC_LARGEST: Self;
    /// Where the variable of its exponent is 0: here both ends of its range have their digits.
    const ERFC_MIDDLE: Self;

    /// The nearest integer to a number that is small against `2^(bits of the mantissa)`.
    fn nearest(self) -> Self;
    /// `2^self`, for an integer within the range of normal exponents.
    fn power_of_two(self) -> Self;
    /// The upper half of the digits: its square is exact, also with 3/4 added.
    fn upper_half(self) -> Self;
    /// `(k, m)` with `self = 2^k m` and `m` between the roots of 1/2 and 2; anything for what is not positive.
    fn exponent_and_mantissa(self) -> (Self, Self);

    /// `(e^self - 1 - self) / self^2`, up to `ln 2 / 2` on either side of 0.
    fn exp_tail(self) -> Self;
    /// `(ln(1 + s) - ln(1 - s) - 2s) / s` as a function of `self = s^2`, for `s` up to 0.172.
    fn ln_tail(self) -> Self;
    /// `(tanh x - x) / x` as a function of `self = x^2`, for `x` up to `TANH_NEAR`: numerator and denominator.
    fn tanh_tail(self) -> [Self; 2];
    /// `(erf x - x) / x` as a function of `self = x^2`, for `x` up to `ERF_NEAR`.
    fn erf_tail(self) -> Self;
    /// `ln(a e^(a^2) erfc(a)) + 3/4` as a function of `self = (a - ERFC_MIDDLE) / (a + 1)`, for `a` from `ERF_NEAR`
    /// to `ERFC_LARGEST`.
    fn erfc_exponent(self) -> Self;
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
                const THREE_QUARTERS: $t = 0.75;
                const ERFC_MIDDLE: $t = 1.75;
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
                fn upper_half(self) -> $t {
                    $t::from_bits(self.to_bits() & ($bits::MAX << ($mantissa / 2 + 2)))
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
    const ERF_NEAR: f64 = 0.75;
    const ERFC_LARGEST: f64 = 28.0;

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

    #[inline(always)]
    fn erf_tail(self) -> f64 {
        polynomial(self, [
            0.1283791670955126,
            -0.37612638903183715,
            0.11283791670952596,
            -0.026866170644428485,
            0.005223977615420539,
            -0.0008548326188759752,
            0.00012055289567541706,
            -1.4924196305569617e-5,
            1.643068417974155e-6,
            -1.5940066854661717e-7,
            1.1472499701094691e-8,
        ])
    }

    #[inline(always)]
    fn erfc_exponent(self) -> f64 {
        polynomial(self, [
            0.05425226250220001,
            0.3074985941916791,
            -0.24611779249090848,
            0.06661094886569324,
            -0.014277873961511721,
            0.016098391825517647,
            -0.006719290699715891,
            0.0014150084806799855,
            -0.0019720571329722874,
            0.0008004537042287595,
            -0.00015461845219814064,
            0.00031281726557182496,
            -8.796645000457636e-5,
            2.262993970173302e-5,
            -5.5576878769244104e-5,
            4.3356649859359276e-6,
            -6.578954948292227e-6,
            1.0891437224255092e-5,
            7.367969873016884e-7,
            -7.305504191536814e-7,
            1.3707001900580179e-6,
            2.888633472540545e-6,
            -5.0428587911730265e-6,
            -7.381408350896981e-7,
            2.8855789940644077e-6,
            -8.919404764242537e-7,
        ])
    }
}

parts! { f32, u32, 23, 127.0,
    const LN_2: [f32; 2] = [0.693_145_75, 1.428_606_8e-6];
    const EXP_RANGE: [f32; 2] = [-104.0, 89.0];
    const EXP_M1_LEAST: f32 = -20.0;
    const TANH_NEAR: f32 = 0.625;
    const TANH_LARGEST: f32 = 10.0;
    const TINY: f32 = 1e-8;
    const ERF_NEAR: f32 = 0.75;
    const ERFC_LARGEST: f32 = 10.1;

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

    #[inline(always)]
    fn erf_tail(self) -> f32 {
        polynomial(self, [0.128_379_17, -0.376_126_2, 0.112_833_865, -0.026_835_114, 0.005_115_332, -0.000_675_648])
    }

    #[inline(always)]
    fn erfc_exponent(self) -> f32 {
        polynomial(self, [
            0.054252263,
            0.30749857,
            -0.24611765,
            0.06661166,
            -0.014282459,
            0.016095202,
            -0.006674346,
            0.0013887655,
            -0.0021321725,
            0.0009965562,
        ])
    }
}
