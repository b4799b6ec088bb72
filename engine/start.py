"""What a process that serves does before and after it loads, so that it answers soon and nobody waits for the collector."""

import gc
import sys

from bot.heap import settle_heap


def begin_to_load() -> None:
    """Before anything large is imported.

    The collector looks through what was loaded so far again and again while more is loaded, and finds nothing in it: a sixth of
    the time until the first answer. And setuptools puts its own ``distutils`` in front of Python's; sanic asks that for one small
    function, which then imports all of setuptools: a tenth."""
    gc.disable()
    shim = sys.modules.get("_distutils_hack")
    if shim is not None:
        shim.remove_shim()


def begin_to_serve() -> None:
    """Once everything is loaded: it leaves the collector's sight (``bot.heap``), and the collector works again."""
    settle_heap()
    gc.enable()
