# Everything that people and CI run. `make` alone prints what there is.

SHELL := bash
.DEFAULT_GOAL := help
.NOTPARALLEL:

# In CI the committed Cargo.lock must be up to date; elsewhere cargo may complete it.
LOCKED := $(if $(CI),--locked)

# Runs a command with SLUICE_NATS_SERVER_BIN set, after fetching a nats-server if there is none.
WITH_NATS := scripts/nats-server

# Cargo is called for the whole workspace, never with -p: so all targets build the dependencies with the same
# features, and none of them twice.

.PHONY: help
help: ## Print this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

.PHONY: demo
demo: ## Show Sluice at work on this machine, from a signed webhook to a subscriber
	@$(WITH_NATS) cargo build $(LOCKED) --bins
	@$(WITH_NATS) cargo run $(LOCKED) --quiet --bin demo

.PHONY: run
run: ## Run all of Sluice in one process (sluice up), until Ctrl-C
	@$(WITH_NATS) cargo build $(LOCKED) --bins
	@$(WITH_NATS) cargo run $(LOCKED) --quiet --bin sluice -- up

# Tests wait more than they work: for servers, for what is due. So two of them share a core.
.PHONY: test
test: export RUST_TEST_THREADS ?= $(shell echo $$((2 * $$(getconf _NPROCESSORS_ONLN))))
test: ## Run all tests
	@$(WITH_NATS) cargo build $(LOCKED) --bins
	@$(WITH_NATS) cargo test $(LOCKED) --workspace

.PHONY: real-parts
real-parts: ## Build what is tested against and is not fetched, once: Gitea, with Go
	@scripts/gitea

.PHONY: test-real-hosts
test-real-hosts: ## Test all of Sluice against a real Gitea
	@$(WITH_NATS) cargo build $(LOCKED) --bins
	@$(WITH_NATS) scripts/gitea cargo test $(LOCKED) --workspace --test real

.PHONY: test-schema
test-schema: ## Test the HTTP API by its own OpenAPI document, with Schemathesis
	@$(WITH_NATS) cargo build $(LOCKED) --bins
	@$(WITH_NATS) scripts/test-schema

CHECKS := fmt-check lint test test-schema deny
.PHONY: check
check: ## Run what CI runs (fmt-check, lint, test, test-schema, deny) and print the time of each
	@times=; \
	for stage in $(CHECKS); do \
		start=$$SECONDS; \
		echo "== $$stage"; \
		$(MAKE) --no-print-directory $$stage || { echo "== failed:$$times $$stage"; exit 1; }; \
		times+=" $$stage $$((SECONDS - start)) s,"; \
	done; \
	echo "== passed:$$times total $$SECONDS s"

.PHONY: bench
bench: ## Measure, in release builds, and print the ratios
	@$(WITH_NATS) cargo build $(LOCKED) --release --bins
	@$(WITH_NATS) cargo run $(LOCKED) --quiet --release --bin bench

.PHONY: fmt
fmt: ## Format the sources
	@cargo fmt --all

.PHONY: fmt-check
fmt-check: ## Say which sources are not formatted
	@cargo fmt --all --check

.PHONY: lint
lint: ## Run clippy; a warning is an error
	@cargo clippy $(LOCKED) --workspace --all-targets -- -D warnings

.PHONY: deny
deny: ## Check dependencies against deny.toml: who may use what, licences, sources
	@scripts/cargo-deny $(LOCKED) check --allow unused-wrapper bans licenses sources

.PHONY: audit
audit: ## Check dependencies against the RustSec advisories (downloads their database)
	@scripts/cargo-deny $(LOCKED) check advisories

.PHONY: docs
docs: ## Write the generated files anew, those that tests named generated_… compare
	@UPDATE_GENERATED=1 cargo test $(LOCKED) --workspace generated_

.PHONY: nats-server
nats-server: ## Find or fetch a nats-server and print its path
	@scripts/nats-server

.PHONY: clean-tools
clean-tools: ## Remove what was fetched and built into .tools
	@rm -rf .tools
