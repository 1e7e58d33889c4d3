//! The loop of every worker: whatever happens, an event is handled or kept, and what it causes is there once.

mod dead_letters;
mod faults;
mod handling;
mod site;
mod worker;
