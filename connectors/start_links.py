"""What a link on a poster or a slip means: its payload opens the chat with a question.

``https://t.me/<bot>?start=<payload>`` and ``https://m.me/<page>?ref=<payload>``. A payload holds ``A-Z a-z 0-9 _ -`` only, at
most 64 of them (https://core.telegram.org/bots/features#deep-linking; Messenger allows more). Ours is words with ``-`` between
them, ``_`` stands for the dot in a procedure's code: ``thu-tuc-dang-ky-khai-sinh``, ``thu-tuc-1_004222``;
``tin-<code>`` tells which campaign led here. Anything else opens
the chat without a question.
"""

import re

_QUESTION = re.compile(r"(?:thu-tuc|ho-so|tin)(?:-[A-Za-z0-9_]+)+")


def meaning_of_start(payload: str) -> str | None:
    """The words of a payload that names something, else None."""
    if len(payload) > 64 or not _QUESTION.fullmatch(payload):
        return None
    return payload.replace("-", " ").replace("_", ".")
