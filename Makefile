# Thin: each target says what it does, installs what it lacks, and does it.
SHELL := /bin/bash
.ONESHELL:
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := run
.PHONY: run test bench lint setup

export PATH := $(HOME)/.cargo/bin:$(PATH)

setup:
	@bash scripts/setup.sh

run: setup
	@bash scripts/run.sh

test: setup
	@bash scripts/test.sh

bench: setup
	@bash scripts/bench.sh

lint: setup
	@cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
