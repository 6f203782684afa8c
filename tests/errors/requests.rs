//! What is made, filled and read: negative extents, slices of another length, and the twins of what reads.

use wengert::Tape;

use crate::refuse;

/// What is made has no elements yet that an extent could be inferred from.
#[test]
fn negative_extents_of_what_is_made() {
    let tape = Tape::<f64>::new();
    let help = "\n  help: give every extent; -1 is inferred only where the number of elements is known, as in `reshape`";
    for extent in [-1isize, -2] {
        let what = format!("zeros: the shape [{extent}] has the negative extent {extent}{{at}}{help}");
        refuse!(tape, tape.try_zeros([extent]), &what);
    }
    refuse!(
        tape,
        tape.try_randn([2isize, -1], 1),
        &format!("randn: the shape [2, -1] has the negative extent -1{{at}}{help}")
    );
}

#[test]
fn slices_that_do_not_fit_a_jacobian() {
    let tape = Tape::<f64>::new();
    let x = tape.scalars(&[1.0, 2.0]);
    let help = "\n  help: give a slice of one number for each output and input";
    let what = format!("jacobian: the slice has 3 numbers, and outputs x inputs is 1 x 2 = 2{{at}}{help}");
    refuse!(tape, tape.try_jacobian_into(&x[..1], &x, &mut [0.0; 3]), &what);
}

#[test]
fn readers_have_twins() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0, 2.0]);
    (x * x).sum().backward();
    assert_eq!(x.try_with(|view| view.sum()).unwrap(), 3.0);
    assert_eq!(x.try_with_grad(|grad| grad.sum()).unwrap(), Some(6.0));
    assert_eq!(x.try_grad().unwrap().unwrap().into_raw_vec_and_offset().0, [2.0, 4.0]);
    assert_eq!(x.try_grad_tensor().unwrap().unwrap().to_vec(), [2.0, 4.0]);
    assert_eq!((tape.zeros([2]).try_grad(), x.t().try_grad_tensor()), (Ok(None), Ok(None)));
    let lent = x.with(|_| x.try_grad_tensor().unwrap_err().to_string());
    assert!(lent.starts_with("grad_tensor: it may not be called inside `with`"), "{lent}");
    drop(tape);
    assert!(x.try_with(|_| ()).is_err() && x.try_with_grad(|_| ()).is_err());
    assert!(x.try_grad().is_err() && x.try_grad_tensor().is_err());
}
