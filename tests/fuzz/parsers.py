"""What it means that a parser holds: it answers, or refuses with an error that it names; nothing else comes out of it."""

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from hypothesis.strategies import SearchStrategy

Verdict = Literal["accepted", "refused"]


@dataclass(frozen=True)
class Parser:
    """One reader of what comes from outside. ``read`` returns what it made of the input, or None for a refusal that is no error;
    ``refusals`` are the errors that its callers expect. Everything else is a crash."""

    name: str
    inputs: SearchStrategy[Any]
    read: Callable[[Any], Any]
    refusals: tuple[type[Exception], ...] = ()


@dataclass
class Tally:
    """What one parser did in a run. ``slowest``: seconds of the processor for one input."""

    name: str
    accepted: int = 0
    refused: int = 0
    crashes: int = 0
    slowest: float = 0.0

    @property
    def runs(self) -> int:
        """All inputs."""
        return self.accepted + self.refused + self.crashes


def judge(parser: Parser, given: Any, tally: Tally | None = None) -> Verdict:
    """Reads one input. What is neither an answer nor a named refusal is raised."""
    began = time.process_time()
    counted = tally or Tally(parser.name)
    try:
        with warnings.catch_warnings():
            # What a library remarks about an odd file is no answer.
            warnings.simplefilter("ignore")
            answer = parser.read(given)
    except parser.refusals:
        counted.refused += 1
        return "refused"
    except Exception:
        counted.crashes += 1
        raise
    finally:
        counted.slowest = max(counted.slowest, time.process_time() - began)
    if answer is None:
        counted.refused += 1
        return "refused"
    counted.accepted += 1
    return "accepted"
