//! After a write in place a sweep is refused, or gives the gradient at the old values: never a wrong number. No op
//! states what it reads; it is found out.

use wengert::{Error, Tape, Tensor, table};
use wengert_tests::forms::numbers;
use wengert_tests::{assert_all_close, grad};

type Op = Box<dyn Fn(&Tape<f64>, Tensor<f64>, Tensor<f64>) -> Tensor<f64>>;

/// Every op of two tensors of shape [2, 3]; those of one take the first.
fn ops() -> Vec<(String, [f64; 2], Op)> {
    let mut ops: Vec<(String, [f64; 2], Op)> = Vec::new();
    for row in table::pointwise::<f64>() {
        let at = [row.sample[0], *row.sample.last().unwrap()];
        let arity = row.sample.len();
        ops.push((row.name.into(), at, Box::new(move |_, a, b| (row.tensors)(&[a, b][..arity]))));
        ops.push((
            format!("{} of views", row.name),
            at,
            Box::new(move |_, a, b| (row.tensors)(&[a.t(), b.flip(0).t()][..arity])),
        ));
        // On scalars over the elements.
        ops.push((
            format!("{} of elements", row.name),
            at,
            Box::new(move |tape, a, b| {
                tape.stack(&[(row.scalars)(&[a.at([0, 1]), b.at([1, 2])][..arity])], 0)
            }),
        ));
    }
    let row = |name: &str, op: fn(&Tape<f64>, Tensor<f64>, Tensor<f64>) -> Tensor<f64>| {
        (name.to_string(), [0.3, -0.4], Box::new(op) as Op)
    };
    ops.extend([
        row("sum", |_, a, _| a.sum_axes(0)),
        row("mean", |_, a, _| a.mean_axes(1)),
        row("max", |_, a, _| a.max_axes(1)),
        row("logsumexp", |_, a, _| a.logsumexp_axes(0)),
        row("matmul", |_, a, b| a.matmul(b.t())),
        row("softmax", |_, a, _| a.softmax(1)),
        row("log_softmax", |_, a, _| a.log_softmax(0)),
        row("nll_loss", |_, a, _| a.nll_loss([0, 2])),
        row("cross_entropy", |_, a, _| a.cross_entropy([0, 2])),
        row("cat", |tape, a, b| tape.cat(&[a, b], 0)),
        row("stack", |tape, a, b| tape.stack(&[a, b], 0)),
        row("copy", |_, a, _| a.t().copy()),
        row("a number beside it", |_, a, _| a.pow(2.0) + 3.0 / a),
    ]);
    ops
}

#[test]
fn a_sweep_after_a_write_is_refused_or_right() {
    let (mut refused, mut right) = (0, 0);
    for (name, at, op) in ops() {
        let values = [0, 1].map(|k| numbers(6, at[k], 0.1, 7 + k as u64));
        let seed = |y: Tensor<f64>| (numbers(y.len(), 1.0, 0.5, 3), y.shape().to_vec());
        // Which operands are active, and which is written: the first, the second, both.
        for (active, written) in (1..4).flat_map(|active| (1..4).map(move |written| (active, written))) {
            let tape = Tape::<f64>::new();
            let make = |k: usize| {
                let values = (&values[k], [2, 3]);
                if active & 1 << k != 0 { tape.leaf(values) } else { tape.constant(values) }
            };
            let operands = [make(0), make(1)];
            let y = op(&tape, operands[0], operands[1]);
            if !y.requires_grad() {
                continue;
            }
            y.backward_with(seed(y));
            let want = operands.map(grad);
            tape.zero_grad();
            for k in (0..2).filter(|k| written & 1 << k != 0) {
                operands[k].set_value((numbers(6, 0.9, 0.1, 40), [2, 3]));
            }
            let what = format!("{name}, active {active:02b}, written {written:02b}");
            match y.try_backward_with(seed(y)) {
                Ok(()) => {
                    right += 1;
                    for (k, want) in want.iter().enumerate() {
                        let got = grad(operands[k]);
                        assert_eq!(got.is_some(), want.is_some(), "{what}");
                        assert_all_close(
                            format!("{what}: operand {k}"),
                            &got.unwrap_or_default(),
                            want.as_deref().unwrap_or_default(),
                            0.0,
                        );
                    }
                }
                Err(Error::Overwritten { .. }) => {
                    refused += 1;
                    assert!(operands.iter().all(|x| x.grad().is_none()), "{what}");
                }
                Err(error) => panic!("{what}: {error}"),
            }
        }
    }
    assert!(refused > 50 && right > 50, "{refused} refused, {right} right");
}

/// What reads only its result, or nothing, is swept after a write to its operand.
#[test]
fn what_does_not_read_its_operand_is_not_refused() {
    let reads_no_operand = [
        "add",
        "sub",
        "neg",
        "sqrt",
        "exp",
        "tanh",
        "relu",
        "sigmoid",
        "sum",
        "mean",
        "softmax",
        "log_softmax",
        "nll_loss",
        "cross_entropy",
        "cat",
        "stack",
        "copy",
    ];
    for (name, at, op) in ops().into_iter().filter(|(name, ..)| reads_no_operand.contains(&name.as_str())) {
        let tape = Tape::<f64>::new();
        let [a, b] = [0, 1].map(|k| tape.leaf((numbers(6, at[k], 0.1, 7), [2, 3])));
        let y = op(&tape, a, b);
        a.set_value([[9.0; 3]; 2]);
        b.set_value([[9.0; 3]; 2]);
        assert_eq!(y.try_backward_with((vec![1.0; y.len()], y.shape().to_vec())), Ok(()), "{name}");
    }
}

/// Every row of the table of structural ops: what an op says that it reads, or does not say, must be enough.
#[test]
fn a_sweep_after_a_write_is_refused_or_right_for_every_row_of_the_table() {
    let (mut refused, mut right) = (0, 0);
    for row in table::structural::<f64>() {
        let shapes: Vec<Vec<usize>> = row.operands.iter().map(|shape| shape.to_vec()).collect();
        let values = |seed: u64| -> Vec<Vec<f64>> {
            let len = |shape: &Vec<usize>| shape.iter().product();
            shapes.iter().enumerate().map(|(k, s)| numbers(len(s), 0.3, 1.0, seed + k as u64)).collect()
        };
        let (old, new) = (values(11), values(50));
        for written in 1..1 << shapes.len() {
            let tape = Tape::<f64>::new();
            let x: Vec<Tensor<f64>> =
                old.iter().zip(&shapes).map(|(values, shape)| tape.leaf((values, shape.clone()))).collect();
            let y = (row.call)(&tape, &x);
            let seed = (numbers(y.len(), 1.0, 0.5, 3), y.shape().to_vec());
            let want = tape.grad_with(&[y], &[(seed.0.clone(), seed.1.clone())], &x);
            for k in (0..x.len()).filter(|k| written & 1 << k != 0) {
                x[k].set_value((&new[k], shapes[k].clone()));
            }
            let seeds = [(seed.0.clone(), seed.1.clone())];
            let sweeps = [
                ("numeric", tape.try_grad_with(&[y], &seeds, &x)),
                ("recorded", tape.try_grad_recorded_with(&[y], &seeds, &x)),
            ];
            for (sweep, got) in sweeps {
                let what = format!("{} ({sweep}), written {written:b}", row.name);
                match got {
                    Err(Error::Overwritten { .. }) => refused += 1,
                    Err(error) => panic!("{what}: {error}"),
                    Ok(got) => {
                        right += 1;
                        for (k, (got, want)) in got.iter().zip(&want).enumerate() {
                            let what = format!("{what}: operand {k}");
                            assert_all_close(what, &got.to_vec(), &want.to_vec(), 1e-12);
                        }
                    }
                }
            }
        }
    }
    assert!(refused > 100 && right > 100, "{refused} refused, {right} right");
}
