//! The options of the program.

use std::path::PathBuf;

use clap::Parser;

/// Trains a 64-64-10 network to read handwritten digits, and draws what it learned and where it failed.
#[derive(Parser)]
pub struct Args {
    /// Passes over the 1,500 training images.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000), allow_negative_numbers = true)]
    pub epochs: u32,

    /// Seed of the split into training and test images, of the weights and of the order of the images.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,

    /// Learning rate of Adam in the first epoch; it falls to 0 along a cosine.
    #[arg(long, default_value_t = 1e-2, value_parser = positive, allow_negative_numbers = true)]
    pub lr: f64,

    /// Folder for the pictures; made if it does not exist.
    #[arg(long, default_value = "out")]
    pub out: PathBuf,
}

fn positive(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| "it is a number, such as 0.01".to_string())?;
    if number > 0.0 && number.is_finite() {
        Ok(number)
    } else {
        Err("a learning rate is finite and greater than 0, such as 0.01".to_string())
    }
}
