//! After the first step, an optimiser allocates nothing, and neither does clipping.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use wengert::{Tape, Tensor};
use wengert_optim::{Adam, AdamW, Optimizer, Sgd, clip_grad_norm};

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: everything is passed on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller's contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's contract.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

#[test]
fn steps_do_not_allocate() {
    type Make = fn(Vec<Tensor<f32>>) -> Box<dyn Optimizer<f32>>;
    let optimizers: [Make; 4] = [
        |parameters| Box::new(Sgd::new(parameters, 1e-3)),
        |parameters| Box::new(Sgd::new(parameters, 1e-3).momentum(0.9).nesterov(true)),
        |parameters| Box::new(Adam::new(parameters, 1e-3)),
        |parameters| Box::new(AdamW::new(parameters, 1e-3).amsgrad(true)),
    ];
    for (index, make) in optimizers.into_iter().enumerate() {
        let tape = Tape::<f32>::new();
        let weight = tape.leaf(tape.randn([16, 8], 1));
        let bias = tape.leaf(tape.zeros([8]));
        let x = tape.randn([4, 16], 2);
        let mut optimizer = make(vec![weight, bias]);
        let mut step = || {
            let before = ALLOCATIONS.get();
            optimizer.zero_grad();
            let zeroed = ALLOCATIONS.get();
            tape.scope(|| (x.matmul(weight) + bias).relu().square().mean().backward());
            let swept = ALLOCATIONS.get();
            clip_grad_norm(&[weight, bias], 1e-3);
            optimizer.step();
            ALLOCATIONS.get() - swept + zeroed - before
        };
        step();
        let allocations: usize = (0..10).map(|_| step()).sum();
        assert_eq!(allocations, 0, "optimizer {index}");
    }
}
