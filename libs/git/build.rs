//! Compiles the messages between us and the child.

#![expect(
    clippy::disallowed_methods,
    reason = "cargo tells a build script by variables where things are"
)]

use std::{env, error::Error, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let proto = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../../proto");
    println!("cargo::rerun-if-changed={}", proto.display());
    let mut compiler = protox::Compiler::new([&proto])?;
    compiler.include_imports(true);
    compiler.open_files([proto.join("sluice/git/v1/job.proto")])?;
    prost_build::Config::new()
        .extern_path(".sluice.v1", "::sluice_events::v1")
        // It holds a secret.
        .skip_debug([".sluice.git.v1.Remote"])
        .compile_fds(compiler.file_descriptor_set())?;
    Ok(())
}
