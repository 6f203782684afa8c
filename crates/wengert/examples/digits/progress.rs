//! A bar on a terminal, plain lines elsewhere.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};

/// Lines where there is no terminal, as a rule.
const LINES: u32 = 10;

pub struct Progress {
    bar: Option<ProgressBar>,
    epochs: u32,
}

impl Progress {
    pub fn new(epochs: u32) -> Progress {
        let template = "{wide_bar:.cyan/dim} epoch {pos:>3}/{len}  {msg}";
        let style = ProgressStyle::with_template(template).expect("the template is one");
        let bar = std::io::stderr().is_terminal().then(|| ProgressBar::new(epochs.into()).with_style(style));
        Progress { bar, epochs }
    }

    /// An epoch is over.
    pub fn epoch(&self, epoch: u32, (training, test): (f32, f32), accuracy: &str) {
        let message = format!("loss {training:.4}, test loss {test:.4}, accuracy {accuracy}");
        match &self.bar {
            Some(bar) => {
                bar.set_message(message);
                bar.inc(1);
            }
            None if (epoch + 1).is_multiple_of(self.epochs.div_ceil(LINES)) || epoch + 1 == self.epochs => {
                println!("epoch {:>3}/{}  {message}", epoch + 1, self.epochs);
            }
            None => {}
        }
    }

    /// Leaves the last state on the screen.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish();
        }
    }
}
