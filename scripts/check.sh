#!/bin/sh
# Everything that must hold before the tests: each line stops at the first fault.
set -eu
cd "$(dirname "$0")/.."
bin=.venv/bin
echo "… kiểu mã (ruff)";            "$bin/ruff" check --quiet .
"$bin/ruff" format --quiet --check .
echo "… kiểu dữ liệu (mypy)";       "$bin/mypy" --no-error-summary
"$bin/mypy" engine --no-error-summary --python-executable .venv-engine/bin/python --follow-imports=silent \
    --ignore-missing-imports --allow-subclassing-any # Rasa ships few types
echo "… quy tắc nhập (import-linter)"; "$bin/lint-imports" --no-cache >/dev/null || "$bin/lint-imports" --no-cache
echo "… danh mục";                  out=$("$bin/motcua" catalogue check) || { echo "$out"; exit 1; }
echo "… dữ liệu Rasa";              out=$(.venv-engine/bin/python -m engine.launch validate 2>&1) || { echo "$out"; exit 1; }
