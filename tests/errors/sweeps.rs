//! Sweeps that are refused, and writes in place.

use wengert::{Error, Scalar, Tape};
use wengert_tests::{grad, still_works};

use crate::refuse;

#[test]
fn roots_and_seeds() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
    let (y, c, s) = (x * 2.0, tape.constant(1.0), tape.scalar(1.0));
    let detached = y.detach();
    let help = "\n  help: reduce it with `.sum()`, or give the seed: `y.backward_with(seed)`";
    refuse!(
        tape,
        y.try_backward(),
        &format!("backward: the root has shape [2, 2], and only a scalar has a default seed{{at}}{help}")
    );
    refuse!(
        tape,
        tape.try_grad(&[y], &[x]),
        &format!("grad: the root has shape [2, 2], and only a scalar has a default seed{{at}}{help}")
    );
    let none = tape.leaf(Vec::<f64>::new());
    refuse!(
        tape,
        none.try_backward(),
        &format!("backward: the root has shape [0], and only a scalar has a default seed{{at}}{help}")
    );
    let help = "\n  help: a seed has one weight for each element of its root";
    refuse!(
        tape,
        y.try_backward_with([1.0, 1.0]),
        &format!("backward: the seed has shape [2], and the root has shape [2, 2]{{at}}{help}")
    );
    refuse!(
        tape,
        y.try_backward_with(1.0),
        &format!("backward: the seed has shape [], and the root has shape [2, 2]{{at}}{help}")
    );
    refuse!(
        tape,
        s.try_backward_with([1.0]),
        &format!("backward: the seed has shape [1], and the root has shape []{{at}}{help}")
    );
    refuse!(
        tape,
        tape.try_grad_with(&[y], &[[1.0]], &[x]),
        &format!("grad: the seed has shape [1], and the root has shape [2, 2]{{at}}{help}")
    );
    refuse!(
        tape,
        tape.try_grad_with(&[y], &[] as &[f64], &[x]),
        "grad: 0 seeds for 1 roots{at}\n  help: give one seed for each root, in the same order"
    );
    let root = x.sum();
    refuse!(
        tape,
        tape.try_jvp(&[root], &[x], &[[1.0]]),
        "jvp: the tangent has shape [1], and the input has shape [2, 2]{at}\n  help: a tangent has one number for each element of its input"
    );
    let none: [[[f64; 2]; 2]; 0] = [];
    refuse!(
        tape,
        tape.try_hvp(root, &[x], &none),
        "hvp: 0 tangents for 1 inputs{at}\n  help: give one tangent for each input, in the same order"
    );
    let passive = "the root does not require a gradient: nothing it was computed from requires a gradient, or it was recorded under `no_grad`, or it has left its scope{at}\n  help: make the inputs with `tape.leaf(...)` or `tape.scalar(...)`, record outside `no_grad`, and call it inside the scope; what `tape.grad`, `value()` and `item()` answer carries no gradient (`tape.grad_recorded` does), `w -= ...` under `no_grad` binds a new, passive tensor (`w.update_each(..)` writes in place), and where a branch may answer a plain number, ask `y.requires_grad()` first";
    refuse!(tape, c.try_backward(), &format!("backward: {passive}"));
    refuse!(tape, Scalar::<f64>::from(1.0).try_backward(), &format!("backward: {passive}"));
    refuse!(tape, detached.try_backward_with([[1.0; 2]; 2]), &format!("backward: {passive}"));
    refuse!(tape, tape.try_grad(&[c], &[x]), &format!("grad: {passive}"));
    assert_eq!((grad(x), s.grad()), (None, None));
}

#[test]
fn inputs_and_targets() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([[1.0, 2.0]]);
    let (y, c, view, element) = (x.sum(), tape.constant(1.0), x.t(), x.at([0, 0]));
    let passive = "does not require a gradient{at}\n  help: make it with `tape.leaf(...)` or `tape.scalar(...)`, or compute it from one that was";
    refuse!(tape, tape.try_grad(&[y], &[x, c]), &format!("grad: input 1 {passive}"));
    let target = "the target is a view of other slots, and a view has no adjoint of its own{at}\n  help: give it slots before it is used: `let v = v.copy();`; for an element, ask for its tensor and read it there";
    refuse!(tape, tape.try_grad(&[y], &[view]), &format!("grad: {target}"));
    refuse!(tape, tape.try_grad(&[y], &[element]), &format!("grad: {target}"));
    refuse!(tape, view.try_retain_grad(), &format!("retain_grad: {target}"));
    refuse!(tape, element.try_retain_grad(), &format!("retain_grad: {target}"));
    assert!(matches!(c.try_retain_grad(), Err(Error::NoGradient { op: "retain_grad", .. })));
    assert!(matches!(Scalar::from(1.0).try_retain_grad(), Err(Error::NoGradient { op: "retain_grad", .. })));
}

#[test]
fn an_overwritten_value() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0, 2.0]);
    let line = line!() + 1;
    let y = x * x;
    let column = 1 + "    let y = ".len();
    let z = y.sum();
    let (write, at) = (line!() + 1, 1 + "    x.".len());
    x.set_value([3.0, 4.0]);
    let text = |op: &str| {
        format!(
            "{op}: the derivative of `mul` (instruction 1) needs the old value of %0 [2], which `set_value` overwrote since\n  recorded at {file}:{line}:{column}\n  overwritten at {file}:{write}:{at}\n  help: sweep before the write, record again after it, or cut what comes from an earlier step with `.detach()`",
            file = file!()
        )
    };
    assert_eq!(z.try_backward().unwrap_err().to_string(), text("backward"));
    assert_eq!(tape.try_grad(&[z], &[x]).unwrap_err().to_string(), text("grad"));
    assert_eq!((grad(x), x.to_vec()), (None, vec![3.0, 4.0]));
    still_works(&tape);

    let element = x.at([0]);
    let square = element * element;
    x.set_value([5.0, 6.0]);
    let error = square.try_backward().unwrap_err();
    let Error::Overwritten { by: "mul", at_instruction, .. } = &error else { panic!("{error}") };
    // In builds that keep the lines of scalars the text names one, in others it says how to.
    match at_instruction.0 {
        Some(at) => assert_eq!((at.file(), at.column()), (file!(), 1 + "    let square = ".len() as u32)),
        None => assert!(
            error.to_string().contains("recorded at an unknown line (build with the feature `locations`)")
        ),
    }
    still_works(&tape);
}

#[test]
fn writes_to_what_is_no_leaf() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0, 2.0]);
    let (y, view, detached) = (x * 2.0, x.flip(0), x.detach());
    let computed = |op: &str| {
        format!(
            "{op}: %{} was computed by `mul`, and only leaves and constants are written in place{{at}}\n  help: write the leaf that it was computed from, or make one of its values: `tape.leaf(y)`",
            y.index()
        )
    };
    refuse!(tape, y.try_set_value([1.0, 1.0]), &computed("set_value"));
    refuse!(tape, y.try_update(|_, _| ()), &computed("update"));
    refuse!(tape, y.try_update_each(|w, _| w), &computed("update_each"));
    for view in [view, detached] {
        let text = format!(
            "set_value: %{} is a view of other slots, and only leaves and constants are written in place{{at}}\n  help: write the tensor that it is a view of: for `w.detach()` that is `w`",
            view.index()
        );
        refuse!(tape, view.try_set_value([1.0, 1.0]), &text);
    }
    assert_eq!(y.to_vec(), [2.0, 4.0]);
    // A constant has no gradient to update from, and that is no error.
    assert_eq!(tape.constant([1.0]).try_update(|_, _| ()), Ok(None));
    assert_eq!(tape.constant([1.0]).try_update_each(|w, _| w), Ok(false));
}

#[test]
fn zeroing_the_gradient_of_what_is_no_leaf_speaks_of_gradients() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0, 2.0]);
    let s = tape.scalar(1.0);
    let errors = [
        (x * 2.0).try_zero_grad().unwrap_err(),
        x.flip(0).try_zero_grad().unwrap_err(),
        tape.constant(1.0).try_zero_grad().unwrap_err(),
        (s * 2.0).try_zero_grad().unwrap_err(),
        Scalar::<f64>::from(1.0).try_zero_grad().unwrap_err(),
    ];
    for error in errors {
        let text = error.to_string();
        assert!(matches!(error, Error::NoGradient { op: "zero_grad", .. }), "{text}");
        assert!(!text.contains("written in place"), "zero_grad writes no value: {text}");
    }
}
