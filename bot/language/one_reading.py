"""What several parts ask of one and the same text, worked out once while that text is being read.

``one_reading`` is put around the understanding of a message: the functions under ``once`` remember their answers inside it and
forget them at its end, so that no citizen's words stay behind. Outside it they work as if undecorated.
"""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ParamSpec, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")
_answers: ContextVar[dict[Any, Any] | None] = ContextVar("answers", default=None)


@contextmanager
def one_reading() -> Iterator[None]:
    """Inside, each question is answered once. Inner ones share the outer one's answers."""
    if _answers.get() is not None:
        yield
        return
    token = _answers.set({})
    try:
        yield
    finally:
        _answers.reset(token)


def once(function: Callable[_P, _T]) -> Callable[_P, _T]:
    """The function, whose arguments can be hashed and whose answers nobody changes."""

    @functools.wraps(function)
    def asked(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        answers = _answers.get()
        if answers is None:
            return function(*args, **kwargs)
        question = function, args, tuple(sorted(kwargs.items()))
        if question not in answers:
            answers[question] = function(*args, **kwargs)
        answer: _T = answers[question]
        return answer

    return asked
