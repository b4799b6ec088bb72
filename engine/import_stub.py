"""Placeholder modules for libraries that Rasa imports and this product never uses.

``rasa`` imports TensorFlow, the SDKs of every channel and the clients of every broker and store as soon as it starts. None of
them is installed here. ``install_import_stub`` puts a finder at the END of ``sys.meta_path``: it is asked only when no real
package was found, so an installed package always wins, and it answers only for the names in ``STUBBED``; any other missing
package still fails with ``ModuleNotFoundError``.

A placeholder can be imported, subclassed, annotated with, used as a decorator and named in an ``except`` clause. It computes
nothing: DIET, TED and the other TensorFlow components stay importable and are not usable (``engine.project`` refuses a
``config.yml`` that names one).
"""

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Sequence
from types import FunctionType, ModuleType
from typing import Any

# Only what Rasa 3.6.21 imports unconditionally. What it imports inside ``try`` (spacy, jieba, rasa_plus) or on demand
# (colorhash) is left out on purpose: there the ImportError is the wanted answer.
STUBBED = frozenset(
    {
        # TensorFlow and what comes with it
        "tensorflow", "tensorflow_hub", "tensorflow_text", "keras", "transformers",
        # channels
        "aiogram", "fbmessenger", "google", "rocketchat_API", "slack_sdk", "twilio", "webexteamssdk",
        # brokers, stores, model persistors
        "aio_pika", "aiormq", "boto3", "botocore", "confluent_kafka", "pymongo",
        # plots, error reporting
        "matplotlib", "sentry_sdk", "structlog_sentry",
    }
)  # fmt: skip


class _PlaceholderType(type):
    """Class of the placeholder classes: any attribute is one more placeholder, any subscript the class itself."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _placeholder(name)

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        """A bare decorator (``@tf.function``) gives the function back; all else is one more placeholder."""
        if len(args) == 1 and not kwargs and isinstance(args[0], FunctionType):
            return args[0]
        return super().__call__(*args, **kwargs)

    def __getitem__(cls, _item: object) -> Any:
        return cls

    def __or__(cls, _other: object) -> Any:
        return cls

    def __ror__(cls, _other: object) -> Any:
        return cls

    def __iter__(cls) -> Any:
        return iter(())


class Placeholder(metaclass=_PlaceholderType):
    """Stands for a class, a function or a constant of a missing library."""

    def __init__(self, *_args: object, **_kwargs: object) -> None:
        """Takes whatever the real thing takes."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _placeholder(name)

    def __call__(self, *args: Any, **_kwargs: object) -> Any:
        """Used as a decorator, gives the decorated function back unchanged."""
        return args[0] if len(args) == 1 and callable(args[0]) else self


class _PassLogEntryThrough(Placeholder):
    """``structlog_sentry.SentryProcessor``: one link of a chain whose value is the log entry."""

    def __call__(self, *args: Any, **_kwargs: object) -> Any:
        """Gives the log entry (logger, method name, entry) back unchanged."""
        return args[2]


def _placeholder(name: str) -> Any:
    if name == "SentryProcessor":
        return _PassLogEntryThrough
    if name.endswith(("Error", "Exception", "Failure")):
        return type(name, (Exception,), {"__doc__": "Never raised: its library is not installed."})
    return _PlaceholderType(name, (Placeholder,), {})


class _PlaceholderModule(ModuleType):
    """A module whose every public attribute is a placeholder; the same attribute is the same object each time."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        value = _placeholder(name)
        setattr(self, name, value)
        return value


class ImportStub(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finder and loader of the placeholder modules."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """A spec for the names in ``STUBBED`` and everything below them; None for all others."""
        del path, target
        if fullname.partition(".")[0] not in STUBBED:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        """The placeholder module."""
        return _PlaceholderModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing to run."""


def install_import_stub() -> None:
    """Appends the finder to ``sys.meta_path``; a second call changes nothing. Call it before the first ``import rasa``."""
    if not any(isinstance(finder, ImportStub) for finder in sys.meta_path):
        sys.meta_path.append(ImportStub())


def stubbed_modules() -> list[str]:
    """The placeholder modules that were imported so far, for ``version`` and for tests."""
    return sorted(name for name, module in sys.modules.items() if isinstance(module, _PlaceholderModule))
