//! Who follows events: so many in all, and so many by one access token.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use actix_web::http::StatusCode;

use crate::problem::Problem;

/// Most of one access token.
const MOST_OF_ONE: usize = 10;

/// Most in all: below the connections that are held, so that there is room to ask for something else.
const MOST: usize = 250;

/// How many follow, by the names of their tokens.
#[derive(Default)]
pub(crate) struct Followers(Arc<Mutex<HashMap<String, usize>>>);

/// A place of one who follows, free again when dropped.
pub(crate) struct Place {
    of: Arc<Mutex<HashMap<String, usize>>>,
    name: String,
}

impl Followers {
    /// A place for the holder of a token.
    pub(crate) fn take(&self, name: &str) -> Result<Place, Problem> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.get(name).copied().unwrap_or(0) >= MOST_OF_ONE {
            let detail =
                format!("an access token follows events {MOST_OF_ONE} times at most: end one");
            return Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, detail));
        }
        if counts.values().sum::<usize>() >= MOST {
            return Err(Problem::unavailable("too many follow events at once"));
        }
        *counts.entry(name.to_owned()).or_default() += 1;
        Ok(Place {
            of: self.0.clone(),
            name: name.to_owned(),
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.name) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::ResponseError;

    use super::*;

    #[test]
    fn places_are_bounded_for_each_and_for_all_and_given_back() {
        let followers = Followers::default();
        let take = |name: &str| {
            followers
                .take(name)
                .map_err(|problem| problem.status_code().as_u16())
        };
        let mut places: Vec<_> = (0..MOST_OF_ONE).map(|_| take("ci").unwrap()).collect();
        assert_eq!(take("ci").err(), Some(429));
        places.pop();
        places.push(take("ci").unwrap());
        for number in MOST_OF_ONE..MOST {
            places.push(take(&format!("t{number}")).unwrap());
        }
        assert_eq!(take("late").err(), Some(503));
        places.clear();
        assert!(take("late").is_ok());
        assert!(followers.0.lock().unwrap().is_empty());
    }
}
