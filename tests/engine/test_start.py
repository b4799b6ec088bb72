"""The start of a process that serves: the collector rests while it loads, and works afterwards without what was loaded."""

import subprocess
import sys

from tests.engine_process import ROOT

_STARTED = """
import gc
import sys
from engine.start import begin_to_load, begin_to_serve

begin_to_load()
print(gc.isenabled(), gc.get_freeze_count())
import distutils.util
print("setuptools" in sys.modules, "pkg_resources" in sys.modules)
begin_to_serve()
print(gc.isenabled(), gc.get_freeze_count() > 1000)


class Ring:
    pass


before = sum(one["collected"] for one in gc.get_stats())
for _ in range(100_000):
    one = Ring()
    one.itself = one
print(sum(one["collected"] for one in gc.get_stats()) > before)
"""


def test_the_collector_rests_while_it_is_loaded_and_collects_again_once_it_serves() -> None:
    command = [sys.executable, "-W", "ignore", "-c", _STARTED]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.splitlines() == ["False 0", "False False", "True True", "True"]
