//! The benchmark's files are words between white space; this reads them one at a time.

use std::any::type_name;
use std::fs;
use std::path::Path;
use std::str::{FromStr, SplitWhitespace};

/// Why a file could not be read. The message names the file and what was expected there.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// The file itself cannot be read.
    #[error("{file}: cannot be read: {why}")]
    File {
        /// The file's path.
        file: String,
        /// What the operating system says.
        why: std::io::Error,
    },
    /// The file ends too early.
    #[error("{file}: ends after {words} words, where {expected} was expected")]
    End {
        /// The file's path.
        file: String,
        /// How many words it has.
        words: usize,
        /// What should have come next.
        expected: String,
    },
    /// A word is not a number of the kind that belongs there.
    #[error("{file}: word {at} is `{word}`, where {expected} was expected, as {kind}")]
    Word {
        /// The file's path.
        file: String,
        /// Which word, counted from 1.
        at: usize,
        /// The word.
        word: String,
        /// What should have stood there.
        expected: String,
        /// The type that the word should have had.
        kind: &'static str,
    },
    /// A size is too small for the program.
    #[error("{file}: {got} as {size}, where at least {least} was expected")]
    Size {
        /// The file's path.
        file: String,
        /// Which size.
        size: String,
        /// What it is.
        got: usize,
        /// The least that makes sense.
        least: usize,
    },
    /// A number counts into a list that is not as long.
    #[error("{file}: {got} as {expected}, where there are {count}, counted from 0")]
    Index {
        /// The file's path.
        file: String,
        /// What is counted.
        expected: String,
        /// The number.
        got: usize,
        /// How many there are.
        count: usize,
    },
    /// The file goes on where it should end.
    #[error("{file}: goes on with `{word}` as word {at}, where its end was expected")]
    Rest {
        /// The file's path.
        file: String,
        /// Which word, counted from 1.
        at: usize,
        /// The word.
        word: String,
    },
}

/// The text of a file.
pub fn text(path: &Path) -> Result<String, InputError> {
    fs::read_to_string(path).map_err(|why| InputError::File { file: path.display().to_string(), why })
}

/// The words of a text, read as numbers.
///
/// ```
/// use adbench::input::Words;
///
/// let mut words = Words::new("two.txt", "2\n0.5 1.5");
/// let count = words.size("the count", 1)?;
/// assert_eq!(words.numbers::<f64>(count, "a value")?, [0.5, 1.5]);
///
/// let error = words.number::<f64>("a weight").unwrap_err();
/// assert_eq!(error.to_string(), "two.txt: ends after 3 words, where a weight was expected");
/// # Ok::<(), adbench::input::InputError>(())
/// ```
#[derive(Debug)]
pub struct Words<'a> {
    file: &'a str,
    words: SplitWhitespace<'a>,
    read: usize,
}

impl<'a> Words<'a> {
    /// The words of `text`. Messages name it `file`.
    pub fn new(file: &'a str, text: &'a str) -> Self {
        Words { file, words: text.split_whitespace(), read: 0 }
    }

    /// The next word as a number.
    pub fn number<N: FromStr>(&mut self, expected: &str) -> Result<N, InputError> {
        let (file, expected) = (self.file.to_string(), expected.to_string());
        let Some(word) = self.words.next() else {
            return Err(InputError::End { file, words: self.read, expected });
        };
        self.read += 1;
        word.parse().map_err(|_| InputError::Word {
            file,
            at: self.read,
            word: word.to_string(),
            expected,
            kind: type_name::<N>(),
        })
    }

    /// The next word as a size, of which the program needs at least `least`.
    pub fn size(&mut self, size: &str, least: usize) -> Result<usize, InputError> {
        match self.number(size)? {
            got if got < least => {
                Err(InputError::Size { file: self.file.to_string(), size: size.to_string(), got, least })
            }
            got => Ok(got),
        }
    }

    /// The next word as the index of one of `count` things.
    pub fn index(&mut self, expected: &str, count: usize) -> Result<usize, InputError> {
        match self.number(expected)? {
            got if got >= count => Err(InputError::Index {
                file: self.file.to_string(),
                expected: expected.to_string(),
                got,
                count,
            }),
            got => Ok(got),
        }
    }

    /// The next `count` words as numbers.
    pub fn numbers<N: FromStr>(&mut self, count: usize, expected: &str) -> Result<Vec<N>, InputError> {
        (0..count).map(|_| self.number(expected)).collect()
    }

    /// The next words as an array of numbers.
    pub fn array<N: FromStr + Copy + Default, const COUNT: usize>(
        &mut self,
        expected: &str,
    ) -> Result<[N; COUNT], InputError> {
        let mut array = [N::default(); COUNT];
        for number in &mut array {
            *number = self.number(expected)?;
        }
        Ok(array)
    }

    /// All that is left, as numbers.
    pub fn rest<N: FromStr>(&mut self, expected: &str) -> Result<Vec<N>, InputError> {
        let count = self.words.clone().count();
        self.numbers(count, expected)
    }

    /// Checks that nothing is left.
    pub fn end(mut self) -> Result<(), InputError> {
        match self.words.next() {
            None => Ok(()),
            Some(word) => Err(InputError::Rest {
                file: self.file.to_string(),
                at: self.read + 1,
                word: word.to_string(),
            }),
        }
    }
}
