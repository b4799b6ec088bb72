#!/bin/sh
# Prints the path of a Python 3.11, or says how to get one. Rasa 3.6.21 has binary parts for 3.11 at most (numpy 1.23.5),
# so a newer Python alone is not enough.
set -u

fits() { "$1" -c 'import sys, venv; sys.exit(sys.version_info[:2] != (3, 11))' >/dev/null 2>&1; }

for candidate in "${MOTCUA_PYTHON:-}" python3.11 python3 python "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.11*/bin/python /usr/local/bin/python3.11 /opt/homebrew/bin/python3.11; do
    [ -n "$candidate" ] && command -v "$candidate" >/dev/null 2>&1 && fits "$candidate" && { command -v "$candidate"; exit 0; }
done
if command -v uv >/dev/null 2>&1; then
    found=$(uv python find 3.11 2>/dev/null) || { uv python install 3.11 >&2 && found=$(uv python find 3.11 2>/dev/null); }
    [ -n "${found:-}" ] && fits "$found" && { echo "$found"; exit 0; }
fi
cat >&2 <<'MESSAGE'
Không tìm thấy Python 3.11 (Rasa 3.6.21 không chạy trên bản mới hơn).
Cách cài, chọn một:
  Debian/Ubuntu:  sudo apt install python3.11 python3.11-venv
  pyenv:          pyenv install 3.11
  uv:             uv python install 3.11
Hoặc đặt MOTCUA_PYTHON=/đường/dẫn/python3.11 rồi chạy lại.
MESSAGE
exit 1
