//! Ops that work element by element.

use wengert::Tensor;

use crate::call::Call;

/// Runs an op of this family.
pub fn run(op: &str, call: &Call<'_>) -> Option<Vec<Tensor<f64>>> {
    let y = match op {
        "add" => call.x() + call.y(),
        "sub" => call.x() - call.y(),
        "mul" => call.x() * call.y(),
        "div" => call.x() / call.y(),
        "neg" => -call.x(),
        "square" => call.x().square(),
        "abs" => call.x().abs(),
        "sqrt" => call.x().sqrt(),

        "pow" => call.x().pow(call.y()),
        "pow_scalar" => call.x().pow(call.number("exponent", 1.0)),
        "rpow_scalar" => call.tape.constant(call.number("base", 1.0)).pow(call.x()),

        "exp" => call.x().exp(),
        "log" => call.x().ln(),
        "sin" => call.x().sin(),
        "cos" => call.x().cos(),
        "tanh" => call.x().tanh(),

        "relu" | "nan_relu" => call.x().relu(),
        "sigmoid" => call.x().sigmoid(),

        "add_alpha" => call.x().add_scaled(call.y(), call.number("alpha", 1.0)),
        "reciprocal" => call.x().reciprocal(),
        "rsqrt" => call.x().rsqrt(),
        "hypot" => call.x().hypot(call.y()),
        "fmod" => call.x().fmod(call.y()),
        "remainder" => call.x().remainder(call.y()),
        "maximum" => call.x().maximum(call.y()),
        "minimum" => call.x().minimum(call.y()),
        "xlogy" => call.x().xlogy(call.y()),
        "sign" => call.x().sign(),
        "floor" => call.x().floor(),
        "clamp" => match (call.maybe_number("min"), call.maybe_number("max")) {
            (Some(low), Some(high)) => call.x().clamp(low, high),
            (Some(low), None) => call.x().clamp_min(low),
            (None, Some(high)) => call.x().clamp_max(high),
            (None, None) => call.x(),
        },

        "exp2" => call.x().exp2(),
        "expm1" => call.x().expm1(),
        "log2" => call.x().log2(),
        "log10" => call.x().log10(),
        "log1p" => call.x().log1p(),
        "tan" => call.x().tan(),
        "asin" => call.x().asin(),
        "acos" => call.x().acos(),
        "atan" => call.x().atan(),
        "atan2" => call.x().atan2(call.y()),
        "sinh" => call.x().sinh(),
        "cosh" => call.x().cosh(),
        "asinh" => call.x().asinh(),
        "acosh" => call.x().acosh(),
        "atanh" => call.x().atanh(),
        "erf" => call.x().erf(),
        "erfc" => call.x().erfc(),
        "lgamma" => call.x().lgamma(),
        "sinc" => call.x().sinc(),

        "relu6" => call.x().relu6(),
        "leaky_relu" => call.x().leaky_relu(call.number("negative_slope", 0.01)),
        "elu" => call.x().elu(call.number("alpha", 1.0)),
        "gelu" => match call.word("approximate", "none") {
            "tanh" => call.x().gelu_tanh(),
            _ => call.x().gelu(),
        },
        "silu" => call.x().silu(),
        "mish" => call.x().mish(),
        "softplus" => call.x().softplus(),
        "softplus_beta" => call.x().softplus_with(call.number("beta", 1.0), call.number("threshold", 20.0)),
        "softsign" => call.x().softsign(),
        "log_sigmoid" => call.x().log_sigmoid(),
        _ => return None,
    };
    Some(vec![y])
}
