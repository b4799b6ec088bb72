"""The Zalo section of the simulators' page names every knob, act and variable."""

import re
from pathlib import Path

import pytest

from simulators.zalo import __main__ as start
from simulators.zalo.acts import ACTS
from simulators.zalo.knobs import Knobs

PAGE = (Path(__file__).parents[3] / "docs" / "developers" / "simulators.md").read_text(encoding="utf-8")
SECTION = PAGE.split("\n## Zalo\n")[1].split("\n## ")[0]
VARIABLES = set(re.findall(r"ZALO_[A-Z_]+", start.__doc__ or ""))


@pytest.mark.parametrize("name", [*Knobs.model_fields, *ACTS, *sorted(VARIABLES)])
def test_named(name: str) -> None:
    assert f"`{name}`" in SECTION
