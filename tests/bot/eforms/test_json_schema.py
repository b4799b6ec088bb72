"""The JSON Schema library costs a starting process no more than it must."""

import subprocess
import sys

LOOKED_AT = "import sys; import bot.eforms.json_schema; {}"


def told(statement: str) -> str:
    command = [sys.executable, "-c", LOOKED_AT.format(statement)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_no_grammar_of_addresses_is_built_when_a_process_starts() -> None:
    assert told("print([name for name in ('lark', 'rfc3987_syntax') if name in sys.modules])") == "[]"


def test_whoever_wants_the_package_itself_still_finds_it() -> None:
    assert told("import rfc3987_syntax; print(rfc3987_syntax.is_valid_syntax('iri', 'https://phường.vn'))") == "True"
