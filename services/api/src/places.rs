//! Places for what takes long or room: so many in all, and so many of one access token, so that nobody takes them all.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use actix_web::http::StatusCode;

use crate::problem::Problem;

/// How many are taken, by the names of their tokens.
type Taken = Arc<Mutex<HashMap<String, usize>>>;

/// Places for one purpose.
pub(crate) struct Places {
    /// What is done there, in words.
    what: &'static str,
    most: usize,
    most_of_one: usize,
    taken: Taken,
}

/// A place that is taken, free again when dropped.
pub(crate) struct Place {
    of: Taken,
    name: String,
}

impl Places {
    /// For those who follow events: below the connections that are held, so that there is room to ask for something else.
    pub(crate) fn of_followers() -> Self {
        Self::new("followed", 250, 10)
    }

    /// For bodies while they come and are worked on.
    pub(crate) fn of_bodies() -> Self {
        Self::new("sent", 16, 8)
    }

    fn new(what: &'static str, most: usize, most_of_one: usize) -> Self {
        Self {
            what,
            most,
            most_of_one,
            taken: Arc::default(),
        }
    }

    /// A place for the holder of a token.
    pub(crate) fn take(&self, name: &str) -> Result<Place, Problem> {
        let mut counts = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let (what, most_of_one) = (self.what, self.most_of_one);
        if counts.get(name).copied().unwrap_or(0) >= most_of_one {
            let detail = format!(
                "{most_of_one} at once are {what} by this access token, and no more can be: end one"
            );
            return Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, detail));
        }
        if counts.values().sum::<usize>() >= self.most {
            return Err(Problem::unavailable(format!("too much is {what} at once")));
        }
        *counts.entry(name.to_owned()).or_default() += 1;
        Ok(Place {
            of: Arc::clone(&self.taken),
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
        let places = Places::new("tried", 25, 10);
        let take = |name: &str| {
            places
                .take(name)
                .map_err(|problem| problem.status_code().as_u16())
        };
        let mut taken: Vec<_> = (0..10).map(|_| take("ci").unwrap()).collect();
        assert_eq!(take("ci").err(), Some(429));
        taken.pop();
        taken.push(take("ci").unwrap());
        for number in 10..25 {
            taken.push(take(&format!("t{number}")).unwrap());
        }
        assert_eq!(take("late").err(), Some(503));
        taken.clear();
        assert!(take("late").is_ok());
        assert!(places.taken.lock().unwrap().is_empty());
    }
}
