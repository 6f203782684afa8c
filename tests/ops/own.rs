//! What an op computed is a value of its own: it has the op's name and keeps a gradient, however it was made. Views are
//! named.

use wengert::{Conv, Pool, Tape, Tensor, table};
use wengert_tests::grad;

/// What looks at the slots of its operand, as in PyTorch.
const VIEWS: [&str; 22] = [
    "broadcast_to",
    "chunk",
    "diagonal",
    "diagonal_axes",
    "expand",
    "flatten",
    "flip",
    "index_axis",
    "movedim",
    "narrow",
    "permute",
    "reshape",
    "slice",
    "split",
    "split_every",
    "squeeze",
    "squeeze_axes",
    "t",
    "transpose",
    "unbind",
    "unfold",
    "unsqueeze",
];

fn keeps(name: &str, y: Tensor<f64>, x: &[Tensor<f64>]) {
    assert_ne!(y.grad_fn(), Some("view"), "{name}: its result is a view");
    y.try_retain_grad().unwrap_or_else(|error| panic!("{name}: {error}"));
    (y * 2.0).sum().backward();
    assert_eq!(grad(y), Some(vec![2.0; y.len()]), "{name}");
    assert!(x.iter().any(|x| x.grad().is_some()), "{name}: nothing came back");
}

#[test]
fn every_result_of_the_table_keeps_its_gradient() {
    let mut views = Vec::new();
    for row in table::structural::<f64>() {
        let tape = Tape::<f64>::new();
        let x: Vec<_> =
            (0..).zip(row.operands).map(|(k, dims)| tape.leaf(tape.rand(*dims, k) + 0.5)).collect();
        let y = (row.call)(&tape, &x);
        if !y.requires_grad() {
            continue;
        }
        match VIEWS.contains(&row.name) {
            true => views.push(row.name),
            false => keeps(row.name, y, &x),
        }
    }
    views.sort_unstable();
    views.dedup();
    assert_eq!(views, VIEWS);
}

#[test]
fn what_is_made_of_other_ops_has_its_own_name() {
    let tape = Tape::<f64>::new();
    let a = tape.leaf([[4.0, 1.0], [1.0, 3.0]]);
    let signal = tape.leaf([[[1.0, 2.0, 3.0]]]);
    let image = tape.leaf([[[1.0, 2.0], [3.0, 5.0]]]);
    let kernel = tape.leaf([[[1.0, 1.0]]]);
    let square = tape.leaf([[[[1.0]]]]);
    let b = tape.leaf([1.0, 2.0]);
    let ((q, r), (values, vectors), (u, s, v_t)) = (a.qr(), a.eigh(), a.svd());
    let ((_, l, upper), (_, log)) = (a.lu(), a.slogdet());
    let rows = [
        ("matmul", tape.einsum("ij,jk->ik", &[a, a])),
        ("einsum", tape.einsum("ij,jk->ki", &[a, a])),
        ("mul", tape.einsum("ij,kj->jik", &[a, a])),
        ("einsum", tape.einsum("ij,kj->ikj", &[a, a])),
        ("matmul", tape.einsum("bij,bjk->bik", &[image, image])),
        ("sum", tape.einsum("ij->i", &[a])),
        ("kron", a.kron(a)),
        ("roll", a.roll_all(1)),
        ("conv1d", signal.conv1d(kernel, None, &Conv::default())),
        ("conv2d", image.conv2d(square, None, &Conv::default())),
        ("avg_pool1d", signal.avg_pool1d(&Pool::new([2]))),
        ("avg_pool2d", image.avg_pool2d(&Pool::new([2, 2]))),
        ("copy", a.t().reshape([4])),
        ("qr", q),
        ("qr", r),
        ("eigh", values),
        ("eigh", vectors),
        ("eigvalsh", a.eigvalsh()),
        ("svd", u),
        ("svd", s),
        ("svd", v_t),
        ("svdvals", a.svdvals()),
        ("lu", l),
        ("lu", upper),
        ("slogdet", log),
        ("lstsq", a.lstsq(b)),
    ];
    for (name, y) in rows {
        assert_eq!(y.grad_fn(), Some(name));
        tape.zero_grad();
        keeps(name, y, &[a, signal, image]);
    }
    // A transpose and a diagonal are views, by letters too.
    assert_eq!(tape.einsum("ij->ji", &[a]).grad_fn(), Some("view"));
    assert_eq!(tape.einsum("ii->i", &[a]).grad_fn(), Some("view"));
}
