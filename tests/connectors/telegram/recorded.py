"""The recorded updates of this folder."""

import json
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).parent / "fixtures"
ACCOUNT = "7700001"
CITIZEN = "5550001"


def body_of(name: str) -> bytes:
    """One recorded update as it came."""
    return (FIXTURES / f"{name}.json").read_bytes()


def update_of(name: str) -> dict[str, Any]:
    """One recorded update, to be changed."""
    content: dict[str, Any] = json.loads(body_of(name))
    return content
