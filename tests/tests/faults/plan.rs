//! What is sent: pushes that follow each other on many branches, some of them told a second time.

use std::collections::BTreeSet;

use sluice_tests::{Chance, Posting, push};

use crate::system::Hooks;

/// Branches, over a tenth as many repositories.
const BRANCHES: usize = 400;

/// Of a hundred pushes, how many the organization's hook tells, too.
const BY_SECOND_HOOK: usize = 10;

/// Of a hundred pushes, how many are delivered again under the same id.
const REDELIVERED: usize = 5;

/// How many deliveries later a repeat comes at most.
const LATER: usize = 1000;

/// So many deliveries, repeats among them. Each branch goes from commit to commit, one push after the other.
pub(crate) fn postings(number: usize, hooks: &Hooks, chance: &mut Chance) -> Vec<Posting> {
    let mut heads: Vec<_> = (0..BRANCHES).map(|_| chance.sha()).collect();
    // Each with its place in the order, which a repeat has further back.
    let mut postings = Vec::new();
    let mut time = 1_795_248_000;
    for index in 0.. {
        if postings.len() >= number {
            break;
        }
        let branch = chance.below(BRANCHES);
        let (before, after) = (heads[branch].clone(), chance.sha());
        heads[branch].clone_from(&after);
        time += i64::from(chance.percent(10));
        let push = push()
            .to(&format!("acme/r{}", branch / 10))
            .branch(&format!("b{}", branch % 10))
            .from(&before)
            .upto(&after)
            .at(time)
            .delivered_as(&format!("first-{index}"));
        let posting = |push, (path, secret): &(String, &'static str)| Posting {
            push,
            path: path.clone(),
            secret,
        };
        if chance.percent(BY_SECOND_HOOK) {
            let told = push.delivered_as(&format!("second-{index}"));
            postings.push((index + chance.below(LATER), posting(told, &hooks.second)));
        }
        if chance.percent(REDELIVERED) {
            postings.push((
                index + chance.below(LATER),
                posting(push.clone(), &hooks.first),
            ));
        }
        postings.push((index, posting(push, &hooks.first)));
    }
    postings.truncate(number);
    postings.sort_by_key(|(place, _)| *place);
    postings.into_iter().map(|(_, posting)| posting).collect()
}

/// The facts that they tell.
pub(crate) fn facts(postings: &[Posting]) -> BTreeSet<String> {
    postings.iter().map(|posting| posting.push.fact()).collect()
}
