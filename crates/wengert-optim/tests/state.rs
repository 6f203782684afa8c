//! What an optimiser remembers, read out and put back: training goes on as if it had never stopped.

use wengert::{Element, Error, Tape, Tensor};
use wengert_optim::{Adam, AdamW, Optimizer, ParameterState, Sgd};

/// Steps of two parameters, of which the second has a gradient at the first step alone.
fn train<T: Element>(tape: &Tape<T>, [a, b]: [Tensor<T>; 2], optimizer: &mut dyn Optimizer<T>, steps: usize) {
    for step in 0..steps {
        optimizer.zero_grad();
        tape.scope(|| {
            let loss = (a * a * a).sum();
            if step == 0 { (loss + (b * b).sum()).backward() } else { loss.backward() }
        });
        optimizer.step();
    }
}

fn resumes<T: Element>(make: impl Fn([Tensor<T>; 2]) -> Box<dyn Optimizer<T>>) {
    let tape = Tape::<T>::new();
    let number = |value: f64| T::default().constant(value);
    let leaves = || [tape.leaf(vec![number(1.0), number(-0.5)]), tape.leaf(vec![number(2.0)])];
    let own = leaves();
    let mut optimizer = make(own);
    train(&tape, own, &mut *optimizer, 3);

    let again = leaves();
    for (to, from) in again.iter().zip(own) {
        to.set_value(from.value());
    }
    let mut resumed = make(again);
    resumed.set_state(&optimizer.state());
    assert_eq!(resumed.state(), optimizer.state());
    train(&tape, own, &mut *optimizer, 3);
    train(&tape, again, &mut *resumed, 3);
    for (a, b) in own.iter().zip(again) {
        assert_eq!(a.to_vec(), b.to_vec());
    }

    let none = vec![ParameterState::default(); 2];
    resumed.set_state(&none);
    assert_eq!(resumed.state(), none);
}

fn resume_all<T: Element>() {
    resumes::<T>(|w| Box::new(Sgd::new(w, 0.1)));
    resumes::<T>(|w| Box::new(Sgd::new(w, 0.1).momentum(0.9).dampening(0.1)));
    resumes::<T>(|w| Box::new(Adam::new(w, 0.1).weight_decay(0.01)));
    resumes::<T>(|w| Box::new(AdamW::new(w, 0.1).amsgrad(true)));
}

#[test]
fn training_goes_on_where_it_stopped() {
    resume_all::<f32>();
    resume_all::<f64>();
}

#[test]
fn it_is_what_pytorch_keeps() {
    let tape = Tape::<f64>::new();
    let (w, unused) = (tape.leaf([1.0, 2.0]), tape.leaf(0.0));
    let mut adam = Adam::new([w, unused], 0.1);
    let mut sgd = Sgd::new([w], 0.0).momentum(0.5);
    (w * tape.constant([2.0, 4.0])).sum().backward();
    for _ in 0..2 {
        adam.step();
        sgd.step();
    }
    let [own, none] = &adam.state()[..] else { panic!("two parameters") };
    assert_eq!((own.steps, own.buffers.len()), (2, 2));
    // 2 (1 - 0.9^2), and 4 (1 - 0.999^2).
    assert!((own.buffers[0][0] - 0.38).abs() < 1e-15 && (own.buffers[1][0] - 0.007996).abs() < 1e-15);
    assert_eq!(*none, ParameterState::default());
    assert_eq!(sgd.state(), [ParameterState { steps: 0, buffers: vec![vec![3.0, 6.0]] }]);
}

#[test]
fn a_state_that_does_not_fit_changes_nothing() {
    let tape = Tape::<f64>::new();
    let leaves = [tape.leaf([1.0, 2.0]), tape.leaf(3.0)];
    let mut adam = Adam::new(leaves, 0.1);
    train(&tape, leaves, &mut adam, 2);
    let kept = adam.state();
    let mut rows = vec![(kept[..1].to_vec(), "adam: the state is of 1 parameters, and the optimiser has 2")];
    let mut state = kept.clone();
    state[1].buffers.truncate(1);
    rows.push((
        state,
        "adam: the state of parameter 1 has 1 buffers, and this optimiser's has one of [0, 2]",
    ));
    let mut state = kept.clone();
    state.reverse();
    rows.push((state, "adam: a buffer of parameter 0 has 1 numbers, and the parameter 2"));
    // A largest mean that this optimiser would forget.
    let mut state = kept.clone();
    let extra = state[1].buffers[0].clone();
    state[1].buffers.push(extra);
    rows.push((
        state,
        "adam: the state of parameter 1 has 3 buffers, and this optimiser's has one of [0, 2]",
    ));
    for (state, text) in rows {
        let error = adam.try_set_state(&state).unwrap_err();
        assert!(matches!(error, Error::Domain { op: "adam", .. }));
        assert!(error.to_string().starts_with(text), "{error}");
        assert_eq!(adam.state(), kept);
    }
    // And options that remember more than the state has, or less.
    let x = tape.leaf([1.0, 2.0]);
    let with = |buffers| vec![ParameterState { steps: 1, buffers: vec![vec![0.5, 0.5]; buffers] }];
    let mut largest = Adam::new([x], 0.1).amsgrad(true);
    assert!(largest.try_set_state(&with(2)).is_err() && largest.try_set_state(&with(3)).is_ok());
    let mut plain = Sgd::new([x], 0.1);
    assert!(plain.try_set_state(&with(1)).is_err() && plain.try_set_state(&with(0)).is_ok());
    assert!(Sgd::new([x], 0.1).momentum(0.9).try_set_state(&with(1)).is_ok());
    let mut outlived = None;
    tape.scope(|| outlived = Some(Sgd::new([tape.leaf([1.0])], 0.1)));
    let error = outlived.unwrap().try_set_state(&[ParameterState::default()]).unwrap_err();
    assert!(matches!(error, Error::Stale { op: "sgd", .. }), "{error}");
}
