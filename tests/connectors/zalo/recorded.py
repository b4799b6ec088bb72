"""Recorded events, and how Zalo signs them: written anew from its documentation, independent of the code that checks."""

import hashlib
import json
from pathlib import Path
from typing import Any

from connectors.zalo.envelope import ZaloIds

FIXTURES = Path(__file__).parent / "fixtures"
NAMES = sorted(path.stem for path in FIXTURES.glob("*.json"))
IDS = ZaloIds("360846524940903967", "388613280878808645")
CITIZEN = "246845883529197922"
OA_SECRET = "OA_SECRET_FOR_TESTS"


def event(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


def as_sent(body: Any) -> bytes:
    """The bytes that Zalo would post: compact, UTF-8 unescaped."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def recorded(name: str) -> bytes:
    return as_sent(event(name))


def mac(raw: bytes, timestamp: str, secret: str = OA_SECRET) -> str:
    return hashlib.sha256(IDS.app_id.encode() + raw + timestamp.encode() + secret.encode()).hexdigest()


def signed(raw: bytes, timestamp: str | None = None, secret: str = OA_SECRET) -> dict[str, str]:
    """The headers of a genuine request."""
    stamp = timestamp if timestamp is not None else str(json.loads(raw)["timestamp"])
    return {"X-ZEvent-Signature": f"mac={mac(raw, stamp, secret)}", "Content-Type": "application/json"}
