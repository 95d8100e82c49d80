//! What is wrong, as it is found, and where each of it stands.

use std::path::Path;

use super::error::{ConfigError, ConfigErrors};
use super::place::{MOST_PLACES, Place, Spot};

/// All that was found so far.
#[derive(Debug, Default)]
pub(super) struct Mistakes {
    found: Vec<(ConfigError, Option<Place>)>,
    /// The spots of what was found in the text that is looked at: of as many as get a place.
    spots: Vec<Spot>,
    /// What had been found before.
    before: usize,
    /// What is looked at; none while it is no text.
    path: Option<Vec<usize>>,
}

impl Mistakes {
    /// From now on a text is looked at, from its whole on.
    pub(super) fn begin(&mut self) {
        self.path = Some(Vec::new());
        self.before = self.found.len();
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
            self.spots.push(Spot { path: path.clone(), is_name });
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
        let positions = self.spots.drain(..).map(|spot| spot.position(text)).chain(std::iter::repeat(None));
        for ((_, place), position) in self.found.iter_mut().skip(self.before).zip(positions) {
            *place = Some(Place { file: file.map(Path::to_path_buf), position });
        }
        self.path = None;
    }

    /// `value`, unless something is wrong.
    pub(super) fn or<T>(self, value: T) -> Result<T, ConfigErrors> {
        if self.found.is_empty() { Ok(value) } else { Err(ConfigErrors::placed_at(self.found)) }
    }
}
