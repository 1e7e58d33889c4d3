//! What is asked of the index, beside `git log` that is asked the same.

use std::time::Instant;

use sluice_events::{Timestamp, v1::ListCommits};

use super::{history::History, running::Site};

/// How often each is asked.
const TIMES: usize = 5;

/// A question, in our words and in Git's.
struct Question {
    name: &'static str,
    ours: fn(&mut ListCommits),
    git: &'static [&'static str],
}

const QUESTIONS: [Question; 7] = [
    Question {
        name: "the newest 50",
        ours: |asked| asked.limit = 50,
        git: &["-n", "50"],
    },
    Question {
        name: "the newest 50 of a branch",
        ours: |asked| (asked.limit, asked.branch) = (50, "main".into()),
        git: &["-n", "50"],
    },
    Question {
        name: "all of an author",
        ours: |asked| asked.author = "p7@example.test".into(),
        git: &["--author=p7@example.test"],
    },
    Question {
        name: "all of a file",
        ours: |asked| asked.path = "src/folder31/file0.rs".into(),
        git: &["main", "--", "src/folder31/file0.rs"],
    },
    Question {
        name: "all of a folder",
        ours: |asked| asked.path = "src/folder31".into(),
        git: &["main", "--", "src/folder31"],
    },
    Question {
        name: "all with a phrase",
        ours: |asked| asked.text = "of 77777".into(),
        git: &["--grep=of 77777"],
    },
    Question {
        name: "all of a day",
        ours: |asked| {
            asked.since = Some(Timestamp::from_seconds(1_506_000_000));
            asked.until = Some(Timestamp::from_seconds(1_506_086_400));
        },
        git: &["--since=@1506000000", "--until=@1506086399"],
    },
];

/// Prints all of it.
pub(crate) async fn questions(site: &Site, history: &History) {
    println!("\nquestions, the fastest of {TIMES}, to the last page");
    println!(
        "{:>26} | {:>8} | {:>8} | {:>12} | {:>10} | {:>6}",
        "asked", "git has", "we have", "git log ms", "ours ms", "ratio"
    );
    for question in &QUESTIONS {
        let mut git = f64::INFINITY;
        let mut ours = f64::INFINITY;
        let (mut found, mut answered) = (0, 0);
        for _ in 0..TIMES {
            let begun = Instant::now();
            found = history.count(question.git);
            git = git.min(begun.elapsed().as_secs_f64() * 1e3);
            let begun = Instant::now();
            answered = all(site, question.ours).await;
            ours = ours.min(begun.elapsed().as_secs_f64() * 1e3);
        }
        println!(
            "{:>26} | {found:>8} | {answered:>8} | {git:>12.1} | {ours:>10.1} | {:>6.2}",
            question.name,
            ours / git
        );
    }
    let begun = Instant::now();
    let mut branch = ListCommits {
        branch: "main".into(),
        limit: 1000,
        ..Default::default()
    };
    let listed = pages(site, &mut branch).await;
    println!(
        "all {listed} of the branch in pages of 1000: {:.1} s",
        begun.elapsed().as_secs_f64()
    );
}

async fn all(site: &Site, ask: fn(&mut ListCommits)) -> usize {
    let mut asked = ListCommits {
        repository: "web".into(),
        ..Default::default()
    };
    ask(&mut asked);
    // A limit is a question for so many; else it is one for all.
    if asked.limit > 0 {
        return site.ask(&asked).await.unwrap().commits.len();
    }
    asked.limit = 1000;
    pages(site, &mut asked).await
}

async fn pages(site: &Site, asked: &mut ListCommits) -> usize {
    let mut count = 0;
    loop {
        let page = site.ask(asked).await.unwrap();
        count += page.commits.len();
        if page.next.is_empty() {
            return count;
        }
        asked.cursor = page.next;
    }
}
