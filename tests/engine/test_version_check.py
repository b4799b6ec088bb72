from collections.abc import Callable
from importlib.metadata import PackageNotFoundError

import pytest

from engine.version_check import KEY_PACKAGES, PINS_FILE, RASA_VERSION, key_pins, require_pinned_versions, version_problems

PINS = {"rasa": "3.6.21", "numpy": "1.23.5"}


def installed(**versions: str) -> Callable[[str], str]:
    def version(name: str) -> str:
        if name not in versions:
            raise PackageNotFoundError(name)
        return versions[name]

    return version


def test_every_key_package_is_pinned_in_the_requirements() -> None:
    pins = key_pins(PINS_FILE.read_text(encoding="utf-8"))
    assert set(pins) == set(KEY_PACKAGES)
    assert pins["rasa"] == RASA_VERSION


def test_matching_versions_are_no_problem() -> None:
    assert version_problems(PINS, installed(rasa="3.6.21", numpy="1.23.5"), (3, 11)) == []


def test_each_difference_is_named() -> None:
    assert version_problems(PINS, installed(rasa="3.6.20"), (3, 12)) == [
        "Python 3.11 is needed, this is 3.12",
        "rasa 3.6.21 is needed, 3.6.20 is installed",
        "numpy 1.23.5 is not installed",
    ]


def test_a_foreign_environment_ends_the_start_with_the_remedy() -> None:
    """The tests' own environment has another NumPy and no Rasa, so it is a foreign one."""
    with pytest.raises(SystemExit) as end:
        require_pinned_versions()
    assert "rasa 3.6.21 is not installed" in str(end.value)
    assert "make setup" in str(end.value)
