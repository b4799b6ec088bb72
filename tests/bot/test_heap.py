"""A process that serves is not held up by looking through what it loaded at its start."""

import gc
import json
import subprocess
import sys

PROCESS = """
import gc, json, weakref
from bot.heap import settle_heap

class Ring:
    def __init__(self):
        self.itself = self

class Loaded: ...
loaded = [Loaded() for _ in range(1000)]
replaced = Ring()
before = weakref.ref(replaced)
settle_heap()
del replaced
gc.collect()
kept_until_settled_again = before() is not None
settle_heap()
seen = {id(one) for one in gc.get_objects()}

ring = Ring()
gone = weakref.ref(ring)
del ring
gc.collect()
print(json.dumps({
    "looked_at": sum(id(one) in seen for one in loaded),
    "frozen": gc.get_freeze_count(),
    "later_garbage_freed": gone() is None,
    "replaced_freed": kept_until_settled_again and before() is None,
    "enabled": gc.isenabled(),
    "young": gc.get_threshold()[0],
}))
"""


def settled() -> dict[str, object]:
    """What a process of its own says of its heap."""
    done = subprocess.run([sys.executable, "-c", PROCESS], capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def test_what_was_loaded_at_the_start_is_never_looked_through_again() -> None:
    found = settled()

    assert found["looked_at"] == 0
    assert int(str(found["frozen"])) > 1000


def test_garbage_that_is_made_later_is_still_freed() -> None:
    found = settled()

    assert found["later_garbage_freed"]
    assert found["enabled"]


def test_what_was_replaced_is_freed_when_the_heap_is_settled_again() -> None:
    assert settled()["replaced_freed"]


def test_the_young_are_looked_at_less_often_than_by_default() -> None:
    assert int(str(settled()["young"])) > gc.get_threshold()[0]
