"""Each test runs a fresh interpreter: the stub changes how imports work."""

import subprocess
import sys

from tests.engine_process import ROOT


def run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", f"from engine.import_stub import *\ninstall_import_stub()\n{code}"],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_missing_library_becomes_a_placeholder() -> None:
    code = "import tensorflow.keras.layers as layers; print(layers.Dense.__name__, stubbed_modules()[0])"
    assert run(code) == "Dense tensorflow"


def test_real_packages_win() -> None:
    code = """
import importlib.machinery, sys, types
class Real:
    def find_spec(self, name, path=None, target=None):
        return importlib.machinery.ModuleSpec(name, self) if name == "tensorflow" else None
    def create_module(self, spec): return types.ModuleType("tensorflow")
    def exec_module(self, module): module.__version__ = "9"
sys.meta_path.insert(0, Real())
import tensorflow
print(tensorflow.__version__)
"""
    assert run(code) == "9"


def test_other_missing_packages_still_fail() -> None:
    assert run("try:\n  import spacy_of_nobody\nexcept ModuleNotFoundError as e: print(e.name)") == "spacy_of_nobody"


def test_placeholders_do_what_module_level_code_needs() -> None:
    code = """
import tensorflow as tf
from pymongo.errors import ConnectionFailure
from structlog_sentry import SentryProcessor
class Layer(tf.keras.layers.Layer, tf.Module if False else object): x: tf.Tensor | None = None
@tf.function
def double(x): return 2 * x
try:
    raise ValueError
except (ConnectionFailure, tf.errors.OpError): print("wrong")
except ValueError: print(double(4), Layer().__class__.__mro__[1].__name__, SentryProcessor(event_level=1)(None, "info", {"a": 1}))
"""
    assert run(code) == "8 Layer {'a': 1}"


def test_installing_twice_adds_one_finder_and_it_is_the_last() -> None:
    code = "import sys\ninstall_import_stub()\nprint([type(f).__name__ for f in sys.meta_path].count('ImportStub'))"
    assert run(code + "\nassert isinstance(sys.meta_path[-1], ImportStub)") == "1"
