//! Real pushes, and the webhooks that the host sends of them: once, whatever becomes of it, and some not at all.

use std::{collections::BTreeSet, net::SocketAddr};

use sluice_tests::{Chance, Forge, Push};

use crate::system::{Pushed, System};

/// Of a hundred webhooks, how many are never sent.
const DROPPED: usize = 10;

/// What happened.
#[derive(Default)]
pub(crate) struct Pushing {
    pub(crate) pushes: usize,
    pub(crate) dropped: usize,
    /// Webhooks to which no answer came, or another one than 202.
    pub(crate) unanswered: usize,
    /// The facts of those that were accepted.
    pub(crate) accepted: Vec<String>,
    /// Every commit that was made, with its repository.
    pub(crate) made: BTreeSet<(String, String)>,
}

impl Pushing {
    /// One push to some repository: mostly forward on main, at times a branch that comes or goes.
    pub(crate) async fn push(&mut self, system: &System, chance: &mut Chance) {
        let pushed = &system.repositories[chance.below(system.repositories.len())];
        let branch = match chance.below(100) {
            0..90 => "main".to_owned(),
            90..96 => self.new_branch(pushed),
            _ => match self.some_branch(pushed, chance) {
                Some(branch) => {
                    pushed.work.push(&["origin", "--delete", &branch]);
                    self.tell(system, pushed, &branch, chance).await;
                    return;
                }
                None => "main".to_owned(),
            },
        };
        let work = &pushed.work;
        work.write("file.txt", format!("{}\n", self.pushes));
        let sha = work.commit(&format!("change {}", self.pushes));
        work.push(&["origin", &format!("HEAD:refs/heads/{branch}")]);
        self.made.insert((pushed.repository.name().to_owned(), sha));
        if branch != "main" {
            // What comes next goes on from main.
            work.git(&["reset", "--quiet", "--hard", "origin/main"]);
        }
        self.tell(system, pushed, &branch, chance).await;
    }

    fn new_branch(&self, _: &Pushed) -> String {
        format!("branch-{}", self.pushes)
    }

    fn some_branch(&self, pushed: &Pushed, chance: &mut Chance) -> Option<String> {
        let branches = pushed.repository.git(&[
            "for-each-ref",
            "--format=%(refname:short)",
            "refs/heads/branch-*",
        ]);
        let branches: Vec<_> = branches.lines().collect();
        (!branches.is_empty()).then(|| branches[chance.below(branches.len())].to_owned())
    }

    async fn tell(&mut self, system: &System, pushed: &Pushed, branch: &str, chance: &mut Chance) {
        self.pushes += 1;
        let Some(webhook) = system.forge.webhook(&pushed.repository, branch) else {
            return;
        };
        if chance.percent(DROPPED) {
            self.dropped += 1;
            return;
        }
        match send(&system.forge, system.gateway.hooks(), &webhook).await {
            true => self.accepted.push(webhook.fact()),
            false => self.unanswered += 1,
        }
    }
}

async fn send(forge: &Forge, hooks: SocketAddr, webhook: &Push) -> bool {
    let answer = forge.send(hooks, webhook).await;
    answer.is_ok_and(|answer| answer.status == 202)
}
