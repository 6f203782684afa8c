//! Learning rates that change with the epoch, in closed form.

use std::f64::consts::PI;

/// A learning rate for each epoch, counted from 0; set it with [`Optimizer::set_lr`](crate::Optimizer::set_lr).
///
/// A closure or function `epoch -> rate` is one too. PyTorch: `torch.optim.lr_scheduler`, `LambdaLR`.
///
/// ```
/// use wengert::Tape;
/// use wengert_optim::{CosineAnnealingLr, Optimizer, Schedule, Sgd};
///
/// let tape = Tape::<f64>::new();
/// let mut optimizer = Sgd::new([tape.leaf([1.0])], 0.1);
/// let schedule = CosineAnnealingLr { lr: optimizer.lr(), epochs: 10, lowest: 0.0 };
/// for epoch in 0..10 {
///     optimizer.set_lr(schedule.at(epoch));
///     // One pass over the data.
/// }
/// assert!(optimizer.lr() < 0.1 * 0.03);
///
/// let warm_up = |epoch: usize| 0.1 * (epoch + 1).min(5) as f64 / 5.0;
/// assert_eq!((warm_up.at(1), warm_up.at(7)), (0.04, 0.1));
/// ```
pub trait Schedule {
    /// The rate of an epoch.
    fn at(&self, epoch: usize) -> f64;
}

impl<F: Fn(usize) -> f64> Schedule for F {
    fn at(&self, epoch: usize) -> f64 {
        self(epoch)
    }
}

/// The rate times `gamma` after every `every` epochs: `lr gamma^floor(epoch / every)`. PyTorch: `StepLR`, whose default
/// for `gamma` is 0.1.
///
/// ```
/// use wengert_optim::{Schedule, StepLr};
/// let schedule = StepLr { lr: 1.0, every: 3, gamma: 0.5 };
/// let rates: Vec<f64> = (0..7).map(|epoch| schedule.at(epoch)).collect();
/// assert_eq!(rates, [1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.25]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepLr {
    /// The first rate.
    pub lr: f64,
    /// How many epochs a rate lasts; 0 counts as 1.
    pub every: usize,
    /// The factor from one rate to the next.
    pub gamma: f64,
}

impl Schedule for StepLr {
    fn at(&self, epoch: usize) -> f64 {
        self.lr * self.gamma.powf((epoch / self.every.max(1)) as f64)
    }
}

/// The rate times `gamma` after every epoch: `lr gamma^epoch`. PyTorch: `ExponentialLR`.
///
/// ```
/// use wengert_optim::{ExponentialLr, Schedule};
/// let schedule = ExponentialLr { lr: 1.0, gamma: 0.5 };
/// assert_eq!(schedule.at(3), 0.125);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExponentialLr {
    /// The first rate.
    pub lr: f64,
    /// The factor from one rate to the next.
    pub gamma: f64,
}

impl Schedule for ExponentialLr {
    fn at(&self, epoch: usize) -> f64 {
        self.lr * self.gamma.powf(epoch as f64)
    }
}

/// Half a cosine from `lr` down to `lowest` over `epochs` epochs, where it stays:
/// `lowest + (lr - lowest) (1 + cos(pi epoch / epochs)) / 2`. PyTorch: `CosineAnnealingLR(T_max=epochs, eta_min=lowest)`,
/// which climbs again after `T_max`.
///
/// **Source.** Loshchilov, Hutter 2017 (SGDR: stochastic gradient descent with warm restarts, arXiv:1608.03983).
///
/// ```
/// use wengert_optim::{CosineAnnealingLr, Schedule};
/// let schedule = CosineAnnealingLr { lr: 1.0, epochs: 10, lowest: 0.25 };
/// assert_eq!((schedule.at(0), schedule.at(5), schedule.at(10)), (1.0, 0.625, 0.25));
/// assert_eq!(schedule.at(99), 0.25);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CosineAnnealingLr {
    /// The first rate.
    pub lr: f64,
    /// How many epochs the way down takes.
    pub epochs: usize,
    /// The last rate; 0 in PyTorch by default.
    pub lowest: f64,
}

impl Schedule for CosineAnnealingLr {
    fn at(&self, epoch: usize) -> f64 {
        let way = epoch.min(self.epochs) as f64 / self.epochs.max(1) as f64;
        self.lowest + (self.lr - self.lowest) * (1.0 + (PI * way).cos()) / 2.0
    }
}
