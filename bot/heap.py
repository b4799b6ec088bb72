"""What the garbage collector need not look at again: everything that a process has loaded before it begins to serve."""

import gc

_YOUNG = 10_000
"""Objects made since the last look at the young ones. Python's 700 means a look with every request."""
_MIDDLE = 10
_OLD = 10


def settle_heap() -> None:
    """Takes what is loaded by now (modules, rules, the catalogue, statements) out of the collector's sight. Called when a process
    is about to say that it does its work, and again whenever much of it was replaced: what nobody uses any more is thrown away.

    A full collection looks at every object that lives: 150 MB of them hold all threads up for 100 to 300 ms, every few seconds
    under load, and whoever asks at that moment waits for as long. What was loaded at the start stays until the end, so there is
    nothing to find in it. Later full collections see only what was made since, and the thresholds are counted for that.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    # The collector weighs new objects against those that its last full collection saw. That must not be the frozen ones.
    gc.collect()
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
