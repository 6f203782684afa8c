//! A sweep inside of a scope, over a long list below it: the answers are those without the list, to the bit.

use ndarray::Array2;
use wengert::{Scalar, Tape, Tensor};

/// What lies below the scope, some of it among instructions that nothing asks for.
struct Below {
    p: Scalar<f64>,
    t: Tensor<f64>,
    y: Scalar<f64>,
    u: Tensor<f64>,
    unrelated: Scalar<f64>,
    idle: Tensor<f64>,
    /// In the last slot.
    last: Scalar<f64>,
}

impl Below {
    fn new(tape: &Tape<f64>, length: usize) -> Below {
        let (p, t) = (tape.scalar(1.5), tape.leaf([[0.5, -1.0], [2.0, 0.25]]));
        let (mut unrelated, mut idle) = (tape.scalar(1.0), tape.leaf([1.0, 2.0]));
        let mut filler = |steps: usize| {
            for step in 0..steps {
                unrelated = unrelated * 1.0001 + 0.5;
                if step % 50 == 0 {
                    idle = (idle * 1.01).sin();
                }
            }
        };
        filler(length);
        let y = (p * p).sin() * 3.0;
        filler(length);
        let u = (t.sin() * 2.0).exp() * p;
        filler(length);
        Below { p, t, y, u, unrelated, idle, last: p + 1.0 }
    }

    /// The gradients of all leaves and of what was retained, `None` as NaN.
    fn gradients(&self) -> Vec<f64> {
        let of = |grad: Option<f64>| grad.unwrap_or(f64::NAN);
        let mut all = vec![of(self.p.grad()), of(self.y.grad()), of(self.unrelated.grad())];
        for x in [self.t, self.u, self.idle] {
            all.extend(x.grad().map_or(vec![f64::NAN; x.len()], |grad| grad.into_iter().collect()));
        }
        all
    }
}

/// The same bits, with and without a long list below; and the tape answers as before afterwards.
#[track_caller]
fn same(name: &str, inside: impl Fn(&Tape<f64>, &Below) -> Vec<f64>) {
    let run = |length: usize| {
        let tape = Tape::<f64>::new();
        let below = Below::new(&tape, length);
        let found = tape.scope(|| inside(&tape, &below));
        tape.zero_grad();
        // Adjoints that were left would show.
        let (root, by) = (below.unrelated + below.y + below.u.sum() + below.idle.sum(), below.p);
        root.backward();
        (found, below.p.grad(), below.t.grad(), tape.grad(&[root], &[by])[0].item())
    };
    let ((short, ..), (long, p, t, again)) = (run(0), run(1000));
    let bits = |all: &[f64]| all.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&short), bits(&long), "{name}: {short:?} without a list below, {long:?} above it");
    let tape = Tape::<f64>::new();
    let fresh = Below::new(&tape, 1000);
    (fresh.unrelated + fresh.y + fresh.u.sum() + fresh.idle.sum()).backward();
    assert_eq!((p, t, Some(again)), (fresh.p.grad(), fresh.t.grad(), fresh.p.grad()), "{name}: afterwards");
}

#[test]
fn backward_finds_what_lies_below() {
    let row = |name: &str, root: fn(&Tape<f64>, &Below, Scalar<f64>) -> Scalar<f64>| {
        same(name, |tape, below| {
            let x = tape.scalar(2.0);
            root(tape, below, x * x).backward();
            let mut all = below.gradients();
            all.push(x.grad().unwrap_or(f64::NAN));
            all
        });
    };
    row("nothing", |_, _, x| x.sin());
    row("a leaf", |_, b, x| x * b.p);
    row("a leaf at once", |_, b, _| b.p * b.p);
    row("a result", |_, b, x| b.y + x);
    row("a result and its leaf", |_, b, x| b.y * x * b.p);
    row("a tensor's leaf", |_, b, x| (b.t * x).sum().at(()));
    row("a tensor", |_, b, x| (b.u * x).sum().at(()));
    row("a view", |_, b, x| (b.u.t().slice(0, 1..) * x).sum().at(()));
    row("elements", |_, b, x| b.u.at([1, 0]) * x + b.t.at([0, 1]));
    row("a stack", |tape, b, x| tape.stack(&[b.y, x, b.p, b.u.at([0, 0])], 0).square().sum().at(()));
    row("a matrix product", |_, b, x| b.t.matmul(b.u * x).sum().at(()));
    row("a fused instruction", |tape, b, x| tape.fuse([b.y, x, b.p], |[a, b, c]| a * b + c));
    row("an adjoint of 0", |_, b, x| b.p * 0.0 + x + b.t.at([0, 0]) * 0.0);
    row("an adjoint that cancels", |_, b, x| b.y - b.y + x);
    row("an infinite one", |_, b, x| (b.p - b.p).sqrt() * 1.0 + x);
    row("a number beside", |_, b, x| 2.0 / b.y + x.powi(3));
    row("the root itself", |_, b, _| b.y);
    row("a tensor as root", |_, b, _| b.u.sum().at(()));
    row("what was retained", |_, b, x| {
        b.y.retain_grad();
        b.u.retain_grad();
        b.unrelated.retain_grad();
        b.y * x + b.u.at([1, 1])
    });
    row("what was retained, for nothing", |_, b, x| {
        b.y.retain_grad();
        b.unrelated.retain_grad();
        x + b.p
    });
    row("in a scope of a scope", |tape, b, x| {
        tape.scope(|| (x * b.y * tape.scalar(3.0)).backward());
        x + b.p
    });
}

/// An empty result has no slot, and what it was computed from a gradient of zeros.
#[test]
fn an_empty_tensor_below_is_passed_through() {
    for length in [0, 2000] {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([1.0, 2.0]);
        let filler = (0..length).fold(tape.scalar(1.0), |y, _| y * 1.5);
        let nothing = x.masked_select(&x.gt(5.0));
        tape.scope(|| (nothing.sum() + 1.0).backward());
        assert_eq!(
            (x.grad().map(|grad| grad.into_raw_vec_and_offset().0), filler.grad()),
            (Some(vec![0.0; 2]), None)
        );
    }
}

/// The first instruction of a scope reads the slot before it, whose adjoint the sweep has in its hands.
#[test]
fn the_slot_just_below_is_found() {
    same("the slot below", |_, b| {
        (b.last * 3.0).backward();
        b.gradients()
    });
    same("the slot below, fused", |tape, b| {
        tape.fuse([b.last], |[last]| last * last).backward();
        b.gradients()
    });
    same("the slot below, in lanes", |tape, b| {
        tape.jacobian(&[b.last * 3.0, b.last.sin()], &[b.p, b.y, b.last]).into_iter().collect()
    });
}

#[test]
fn derivatives_that_are_asked_for_find_what_lies_below() {
    same("grad by a leaf inside", |tape, _| {
        let x = tape.scalar(2.0);
        tape.grad(&[x.powi(3)], &[x])[0].to_vec()
    });
    same("grad past what lies below", |tape, b| {
        let x = tape.leaf([1.0, 2.0]);
        let root = (x * b.y * b.u.slice(0, ..1)).sum() + b.unrelated;
        tape.grad(&[root], &[x])[0].to_vec()
    });
    same("grad by all", |tape, b| {
        let x = tape.scalar(2.0);
        let q = x * b.y;
        let roots = [q * b.p + b.u.at([0, 1]), b.y * 2.0];
        let scalars = tape.grad(&roots, &[x, q, b.p, b.y, b.unrelated]);
        let tensors = tape.grad(&roots, &[b.t, b.u, b.idle]);
        scalars.iter().chain(&tensors).flat_map(|x| x.to_vec()).collect()
    });
    same("grad of what lies below", |tape, b| tape.grad(&[b.y, b.p * 1.0], &[b.p])[0].to_vec());
    same("grad_recorded", |tape, b| {
        let x = tape.scalar(2.0);
        let slopes = tape.grad_recorded(&[x * x * b.y * b.u.at([0, 0])], &[x, b.p]);
        let second = tape.grad(&[slopes[0].sum() * slopes[1].sum()], &[x, b.p, b.y]);
        slopes.iter().chain(&second).flat_map(|x| x.to_vec()).collect()
    });
    same("grad_recorded inside", |tape, b| {
        let x = tape.leaf([2.0, 3.0]);
        let slope = tape.grad_recorded(&[(x * x * x * b.y).sum()], &[x])[0];
        [slope.to_vec(), tape.grad(&[slope.sum()], &[x])[0].to_vec()].concat()
    });
    same("jvp and hvp", |tape, b| {
        let x = tape.scalar(2.0);
        let root = x * x * b.y * b.p + b.u.at([1, 0]) * x;
        let mut all: Vec<f64> = Vec::new();
        for inputs in [&[x][..], &[x, b.p], &[b.y]] {
            let tangents = vec![1.5; inputs.len()];
            all.extend(tape.jvp(&[root], inputs, &tangents)[0].to_vec());
            all.extend(tape.hvp(root, inputs, &tangents).iter().flat_map(|x| x.to_vec()));
        }
        all
    });
    same("gradient and hessian", |tape, b| {
        let f = |x: &[Scalar<f64>]| x[0] * x[0] * x[1] * b.y + x[1].exp() * b.u.at([0, 0]);
        let (value, mut all) = tape.gradient(&[1.0, 2.0], f);
        let (_, slopes, hessian) = tape.hessian(&[1.0, 2.0], f);
        all.extend(slopes.into_iter().chain(hessian).chain([value]));
        all
    });
}

#[test]
fn jacobians_find_what_lies_below() {
    let all = |matrix: Array2<f64>| matrix.into_iter().collect::<Vec<_>>();
    same("more outputs", |tape, b| {
        let x = tape.scalars(&[2.0, 3.0]);
        let outputs = [x[0] * x[1] * b.y, x[0].sin(), b.p * x[1], b.y, b.p, x[0]];
        all(tape.jacobian(&outputs, &x))
    });
    same("more inputs", |tape, b| {
        let x = tape.scalars(&[2.0, 3.0]);
        all(tape.jacobian(&[x[0] * b.y * b.p + x[1]], &[x[0], x[1], b.p, b.y, b.unrelated]))
    });
    same("rows in lanes", |tape, b| {
        let x = tape.scalars(&[2.0, 3.0, 4.0, 5.0, 6.0]);
        let outputs = [x[0] * b.y, x[1] * b.p, x[2] * x[3], b.y * b.p, x[4].sqrt()];
        let weights = [[1.0, 2.0, 3.0, 4.0, 5.0], [0.0, 1.0, 0.0, -1.0, f64::INFINITY]];
        let inputs = [x[0], x[1], x[2], x[3], x[4], b.p, b.y];
        [all(tape.jacobian(&outputs, &inputs)), all(tape.vjp_lanes(&outputs, &weights, &inputs))].concat()
    });
    same("an output below that nothing else reads", |tape, b| {
        let x = tape.scalars(&[2.0, 3.0]);
        all(tape.jacobian(&[x[0] * x[1], b.y], &[x[0], x[1], b.p]))
    });
    same("through a gate that lets nothing infinite pass", |tape, b| {
        let x = tape.scalars(&[2.0, 3.0]);
        let [one, infinite] = [[1.0, 1.0], [f64::INFINITY, 1.0]];
        let inputs = [x[0], x[1], b.p];
        let gate = tape.vjp_lanes(&[b.p.maximum(-x[0]), x[0] * x[1]], &[infinite, one], &inputs);
        [all(gate), all(tape.vjp_lanes(&[b.y * 0.0, x[0] * x[1]], &[infinite, one], &inputs))].concat()
    });
    same("through a tensor below", |tape, b| {
        let x = tape.scalars(&[2.0, 3.0]);
        all(tape.jacobian(&[x[0] * b.u.at([0, 0]), x[1] * b.y], &[x[0], x[1], b.p]))
    });
    same("through fused instructions", |tape, b| {
        let x = tape.scalars(&[2.0, 3.0, 1.0]);
        let outputs = tape.fuse([x[0], b.y, b.p], |[x, y, p]| [x * y, y * p]);
        all(tape.jacobian(&outputs, &[x[0], x[1], x[2], b.p]))
    });
}

/// An instruction below the ground that read what was overwritten since is refused as ever, and only where a sweep reaches it.
#[test]
fn what_was_overwritten_below_is_asked_where_a_sweep_comes() {
    let tape = Tape::<f64>::new();
    let below = Below::new(&tape, 1000);
    below.t.set_value([[1.0; 2]; 2]);
    tape.scope(|| {
        let x = tape.scalar(2.0);
        (x * below.y).backward();
        assert_eq!(x.grad(), Some(below.y.value()));
        assert!(matches!((below.u.sum() * x).try_backward(), Err(wengert::Error::Overwritten { .. })));
        x.zero_grad();
        (x * x).backward();
        assert_eq!(x.grad(), Some(4.0));
    });
}
