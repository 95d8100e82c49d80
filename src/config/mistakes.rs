//! What is wrong, as it is found, and where each of it stands.

use std::path::Path;

use super::error::{ConfigError, ConfigErrors};
use super::place::{MOST_PLACES, Place, Spot};

/// All that was found so far.
#[derive(Debug, Default)]
pub(super) struct Mistakes {
    found: Vec<(ConfigError, Option<Place>)>,
    /// The spots of what was found in the text that is looked at, by number.
    spots: Vec<(usize, Spot)>,
    /// What is looked at; none while it is no text.
    path: Option<Vec<usize>>,
}

impl Mistakes {
    /// From now on a text is looked at, from its whole on.
    pub(super) fn begin(&mut self) {
        self.path = Some(Vec::new());
    }

    /// The field with this number is looked at.
    pub(super) fn enter(&mut self, number: usize) {
        self.path.iter_mut().for_each(|path| path.push(number));
    }

    /// What is around the field is looked at again.
    pub(super) fn leave(&mut self) {
        self.path.iter_mut().for_each(|path| _ = path.pop());
    }

    /// Something is wrong with what is looked at.
    pub(super) fn push(&mut self, error: ConfigError) {
        if let Some(path) = &self.path
            && self.spots.len() < MOST_PLACES
        {
            // It is the name that is wrong.
            let is_name = matches!(error, ConfigError::Unknown { .. } | ConfigError::Twice { .. });
            self.spots.push((self.found.len(), Spot { path: path.clone(), is_name }));
        }
        self.found.push((error, None));
    }

    /// Something is wrong with a member of what is looked at.
    pub(super) fn push_member(&mut self, number: usize, error: ConfigError) {
        self.enter(number);
        self.push(error);
        self.leave();
    }

    /// The text was looked at.
    pub(super) fn end(&mut self, text: &str, file: Option<&Path>) {
        for (number, spot) in self.spots.drain(..) {
            self.found[number].1 = Some(Place { file: file.map(Path::to_path_buf), position: spot.position(text) });
        }
        self.path = None;
    }

    /// `value`, unless something is wrong.
    pub(super) fn or<T>(self, value: T) -> Result<T, ConfigErrors> {
        if self.found.is_empty() { Ok(value) } else { Err(ConfigErrors::placed_at(self.found)) }
    }
}
