//! Random programs in random scopes.

use super::*;

// ---- random programs ------------------------------------------------------------------------------------------

/// A program: ops on a stack of values, and scopes around programs. Numbers are taken modulo what there is.
#[derive(Clone, Debug)]
enum Node {
    Leaf(i8),
    Mul(usize, usize),
    Add(usize, usize),
    Scalar(usize),
    Inner { program: Vec<Node>, keep: Vec<usize>, panics: bool },
}

fn node() -> impl Strategy<Value = Node> {
    let flat = prop_oneof![
        (-2..3i8).prop_map(Node::Leaf),
        (0..9usize, 0..9usize).prop_map(|(a, b)| Node::Mul(a, b)),
        (0..9usize, 0..9usize).prop_map(|(a, b)| Node::Add(a, b)),
        (0..9usize).prop_map(Node::Scalar),
    ];
    flat.prop_recursive(4, 40, 8, |inner| {
        (prop::collection::vec(inner, 0..8), prop::collection::vec(0..9usize, 0..4), any::<bool>())
            .prop_map(|(program, keep, panics)| Node::Inner { program, keep, panics })
    })
}

/// A tensor of two elements, the numbers that it must hold, and whether it must require a gradient; the depth of the
/// scope that it belongs to.
#[derive(Clone, Copy)]
struct Value(Tensor<f64>, [f64; 2], bool, usize);

fn blow_up() {
    panic!("out")
}

fn run(tape: &Tape<f64>, depth: usize, program: &[Node], values: &mut Vec<Value>) {
    for node in program {
        match node {
            Node::Leaf(x) => {
                let x = [f64::from(*x), 0.5];
                values.push(Value(tape.leaf(x), x, true, depth));
            }
            Node::Mul(a, b) | Node::Add(a, b) if !values.is_empty() => {
                let (Value(a, x, p, _), Value(b, y, q, _)) =
                    (values[a % values.len()], values[b % values.len()]);
                let is_mul = matches!(node, Node::Mul(..));
                let z =
                    if is_mul { [x[0] * y[0] * 0.5, x[1] * y[1] * 0.5] } else { [x[0] + y[0], x[1] + y[1]] };
                values.push(Value(if is_mul { a * b * 0.5 } else { a + b }, z, p || q, depth));
            }
            Node::Scalar(a) if !values.is_empty() => {
                let Value(a, x, p, _) = values[a % values.len()];
                let s = a.at([0]) * a.at([1]) + 1.0;
                let z = x[0] * x[1] + 1.0;
                values.push(Value(tape.stack(&[s, s], 0), [z, z], p, depth));
            }
            Node::Inner { program, keep, panics } => {
                let before = live(tape);
                let outer = values.clone();
                let mut inside = Vec::new();
                let mut body = || {
                    let mut values = outer.clone();
                    run(tape, depth + 1, program, &mut values);
                    // A sweep inside, when there is something to sweep from.
                    if let Some(Value(y, _, true, _)) = values.last() {
                        y.sum().backward();
                    }
                    let kept: Vec<_> =
                        keep.iter().filter(|_| !values.is_empty()).map(|k| k % values.len()).collect();
                    inside = kept.iter().map(|&k| values[k]).collect();
                    kept.iter().map(|&k| values[k].0).collect::<Vec<_>>()
                };
                if *panics {
                    assert_eq!(panic_text(|| tape.scope(|| (body(), blow_up()).1)), "out");
                    assert_eq!(live(tape), before);
                    continue;
                }
                let kept = tape.scope(&mut body);
                let copies = inside.iter().filter(|value| value.3 > depth).count();
                let after = live(tape);
                assert_eq!(
                    (after.slots, after.variables),
                    (before.slots + 2 * copies, before.variables + copies)
                );
                assert_eq!((after.instructions, after.scopes), (before.instructions, before.scopes));
                for (handle, Value(old, numbers, active, level)) in kept.into_iter().zip(inside) {
                    assert_eq!(handle == old, level <= depth);
                    values.push(Value(handle, numbers, active && level <= depth, level.min(depth)));
                }
            }
            _ => {}
        }
    }
    for Value(y, want, active, _) in values.iter() {
        assert_eq!((y.to_vec(), y.requires_grad()), (want.to_vec(), *active));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_programs_of_scopes_keep_values_and_counts(program in prop::collection::vec(node(), 1..12)) {
        let tape = Tape::<f64>::new();
        let mut values = Vec::new();
        run(&tape, 0, &program, &mut values);
        still_works(&tape);
    }
}
