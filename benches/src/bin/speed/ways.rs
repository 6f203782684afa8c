//! The plain function, the gradient by hand, and wengert.

use std::hint::black_box;

use crate::programs::{Own, Program};
use wengert::{Dual, Scalar, Tape};
use wengert_benches::OnTape;

use crate::measure::Way;

/// As tables and comparisons have it.
pub const OURS: &str = "wengert";

/// A program with what is timed besides other crates.
pub trait InWays: Program {
    /// The plain function, the gradient by hand, and all ways of wengert, in this order.
    fn ways(&self) -> Vec<Way<'_>>;
    /// By how many ops times are divided, where they are read by the op.
    fn unit(&self) -> Option<usize> {
        None
    }
    /// What wengert uses with one instruction an op, where ops are counted.
    fn bytes_an_op(&self) -> Option<f64> {
        None
    }
}

impl<P: Own> InWays for P {
    fn ways(&self) -> Vec<Way<'_>> {
        own(self)
    }

    fn unit(&self) -> Option<usize> {
        self.is_read_by_the_op().then(|| self.ops())
    }

    fn bytes_an_op(&self) -> Option<f64> {
        Some(bytes(self) as f64 / self.ops() as f64)
    }
}

fn own<P: Own>(program: &P) -> Vec<Way<'_>> {
    let mut ways = vec![plain(program), by_hand(program)];
    ways.extend([inside(program), outside(program), fused(program)].map(|way| way.reverse(OURS)));
    let forward = match program.inputs().len() {
        ..=4 => [
            duals::<4, P>(program, "wengert, duals with 4 tangents", |x| program.value(x)),
            duals::<4, P>(program, "wengert, fused, duals with 4 tangents", |x| program.fused(x)),
        ],
        _ => [
            duals::<16, P>(program, "wengert, duals with 16 tangents", |x| program.value(x)),
            duals::<16, P>(program, "wengert, fused, duals with 16 tangents", |x| program.fused(x)),
        ],
    };
    ways.extend(forward.map(|way| way.forward(OURS)));
    ways
}

/// The plain function, the yardstick of all others.
fn plain<P: Program>(program: &P) -> Way<'_> {
    #[inline(never)]
    fn run<P: Program>(program: &P) -> f64 {
        program.value(black_box(program.inputs()))
    }
    Way::value("plain function", move || run(black_box(program)))
}

/// The gradient by hand.
fn by_hand<P: Own>(program: &P) -> Way<'_> {
    Way::gradient("gradient by hand", move |gradient| {
        black_box(program).by_hand(black_box(program.inputs()), gradient)
    })
}

/// Sweeps, and reads the gradient of each input.
#[inline(always)]
fn sweep(y: Scalar, x: &[Scalar], gradient: &mut [f64]) -> f64 {
    y.backward();
    for (slope, x) in gradient.iter_mut().zip(x) {
        *slope = x.grad().expect("the sweep reached every input");
    }
    y.value()
}

/// One instruction an op. One tape, and a scope a run; inputs are made in it, and end with it.
fn inside<P: Program>(program: &P) -> Way<'_> {
    let tape = Tape::new();
    Way::gradient("wengert", move |gradient| {
        tape.gradient_into(black_box(program.inputs()), |x| program.value(x), gradient)
    })
}

/// Inputs outlive the scopes.
fn outside<P: Program>(program: &P) -> Way<'_> {
    let tape = Tape::new();
    let x = tape.scalars(program.inputs());
    Way::gradient("wengert, inputs outside the scope", move |gradient| {
        let value = tape.scope(|| sweep(program.value(black_box(&x)), &x, gradient));
        tape.zero_grad();
        value
    })
}

/// One instruction a step.
fn fused<P: Own>(program: &P) -> Way<'_> {
    let tape = Tape::new();
    Way::gradient("wengert, fused", move |gradient| {
        tape.gradient_into(black_box(program.inputs()), |x| program.fused(x), gradient)
    })
}

/// Forward mode without a tape: the program once for every few inputs.
fn duals<'a, const N: usize, P: Program>(
    program: &'a P,
    name: &'static str,
    value_at: impl Fn(&[Dual<f64, N>]) -> Dual<f64, N> + 'a,
) -> Way<'a> {
    let mut x: Vec<Dual<f64, N>> = Vec::new();
    Way::gradient(name, move |gradient| {
        let mut value = f64::NAN;
        for (pass, slopes) in gradient.chunks_mut(N).enumerate() {
            x.clear();
            x.extend(black_box(program.inputs()).iter().map(|&x| Dual::passive(x)));
            for lane in 0..slopes.len() {
                x[pass * N + lane].dot[lane] = 1.0;
            }
            let y = value_at(&x);
            value = y.value;
            slopes.copy_from_slice(&y.dot[..slopes.len()]);
        }
        value
    })
}

/// Bytes that wengert uses for a run with one instruction an op: values, instructions, adjoints, gradients.
fn bytes<P: Program>(program: &P) -> usize {
    let program_of = |tape: &Tape<f64>| program.value(&tape.scalars(program.inputs())).backward();
    let mut on_tape = OnTape::new(|_| program_of);
    // Tables that earlier runs made are there already, as in every run but the first.
    on_tape.step();
    on_tape.bytes()
}
