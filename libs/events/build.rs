//! Compiles `proto/` without protoc: messages, their proto-JSON, and the descriptors.

#![expect(
    clippy::disallowed_methods,
    reason = "cargo tells a build script by variables where things are"
)]

use std::{env, error::Error, fs, path::PathBuf};

use prost::Message;

const FILES: [&str; 12] = [
    "provenance",
    "repository",
    "git",
    "commit",
    "sync",
    "command",
    "query",
    "place",
    "delivery",
    "deadletter",
    "registry",
    "connection",
];

fn main() -> Result<(), Box<dyn Error>> {
    let proto = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../../proto");
    println!("cargo::rerun-if-changed={}", proto.display());
    let files: Vec<_> = FILES
        .iter()
        .map(|name| proto.join(format!("sluice/v1/{name}.proto")))
        .collect();

    let mut compiler = protox::Compiler::new([&proto])?;
    compiler
        .include_imports(true)
        .include_source_info(true)
        .open_files(&files)?;
    let descriptors = compiler.file_descriptor_set();
    let encoded = descriptors.encode_to_vec();
    fs::write(
        PathBuf::from(env::var("OUT_DIR")?).join("sluice.v1.descriptors"),
        &encoded,
    )?;

    // Ordered maps, so that the same message is always the same bytes.
    prost_build::Config::new()
        .btree_map(["."])
        .bytes(["."])
        .extern_path(".google.protobuf.Timestamp", "crate::Timestamp")
        .compile_fds(descriptors)?;
    // Readers tolerate what later versions add.
    pbjson_build::Builder::new()
        .register_descriptors(&encoded)?
        .btree_map(["."])
        .extern_path(".google.protobuf.Timestamp", "crate::Timestamp")
        .ignore_unknown_fields()
        .ignore_unknown_enum_variants()
        .build(&[".sluice.v1"])?;
    Ok(())
}
