#!/bin/sh
# Measures everything that data/eval holds: the test sets where there are some, else the development sets.
set -eu
cd "$(dirname "$0")/.."
chosen() { for split in test dev; do if [ -f "data/eval/$1_$split.tsv" ]; then echo "data/eval/$1_$split.tsv"; return; fi; done; }
for kind in intents search; do
    file=$(chosen "$kind")
    if [ -n "$file" ]; then .venv/bin/motcua eval "$kind" "$file"; else echo "data/eval: không có tệp nào cho $kind"; fi
done
if [ -f data/eval/dialogues.yml ]; then .venv/bin/motcua eval dialogues data/eval/dialogues.yml; fi
