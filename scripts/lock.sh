#!/bin/sh
# Writes requirements/*.lock from requirements/*.in with hashes of every file of each pin. Needs uv (pip install uv).
# torch is left out: its CPU file has its own pin in torch.txt. TORCH_FILES may name a folder that holds that file, so that
# the resolver sees the CPU build's few dependencies and not the CUDA build's many.
set -eu
cd "$(dirname "$0")/../requirements"
common="--python-version 3.11 --no-header --no-annotate --generate-hashes --quiet"
cpu=$(mktemp); sed -n 's/^\(torch==.*\)/\1+cpu/p' torch.txt > "$cpu"
# shellcheck disable=SC2086
uv pip compile $common ${TORCH_FILES:+--find-links "$TORCH_FILES"} --constraint "$cpu" --no-emit-package torch app.in -o app.lock
# What only tests and checks need, beside the very versions of the application: a container has app.lock alone.
# shellcheck disable=SC2086
uv pip compile $common ${TORCH_FILES:+--find-links "$TORCH_FILES"} --constraint "$cpu" --constraint app.lock --no-emit-package torch app.in dev.in -o dev.lock
# shellcheck disable=SC2086
uv pip compile $common --no-deps engine.in -o engine.lock
rm -f "$cpu"
