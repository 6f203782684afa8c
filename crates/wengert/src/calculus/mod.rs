//! What users ask of a tape: sweeps from roots to leaves or to asked inputs.

mod backward;
mod grad;
mod gradients;
mod request;
