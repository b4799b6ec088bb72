"""The page of settings cannot lie: every setting stands there with its default, and nothing else does."""

import re
from pathlib import Path

from pydantic_core import PydanticUndefined

from bot.settings import PROJECT_ROOT, Settings

PAGE = (PROJECT_ROOT / "docs" / "operators" / "settings.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| `([A-Z_]+)` \| (.+?) \|", PAGE.split("Settings that only")[0], re.MULTILINE))


def test_every_setting_has_a_row_and_every_row_is_a_setting() -> None:
    assert set(ROWS) == {name.upper() for name in Settings.model_fields}


def test_defaults_on_the_page_are_those_of_the_code() -> None:
    for name, info in Settings.model_fields.items():
        written = ROWS[name.upper()].strip("`*")
        if info.default is PydanticUndefined:
            assert written == "required", name
        elif info.default in (None, ""):
            assert written == "empty", name
        elif isinstance(info.default, Path):
            assert written == str(info.default.relative_to(PROJECT_ROOT)), name
        else:
            assert written == str(info.default).replace(f"{PROJECT_ROOT}/", ""), name


def test_every_setting_of_the_engine_stands_on_the_page() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in (PROJECT_ROOT / "engine").rglob("*.py"))
    read = set(re.findall(r'(?:port_|number_)?setting\("([A-Z_]+)"', code))
    assert len(read) >= 6
    assert not {name for name in read if f"`{name}`" not in PAGE}
