"""The words in which rights are spoken of, without a database."""

from typing import Literal, get_args

Purpose = Literal["reminders", "improve", "survey", "outreach"]
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)

RequestKind = Literal["correct", "object", "complaint", "delete", "view", "withdraw"]

HeldKind = Literal[
    "messages", "answers", "numbers", "files", "officer_files", "drafts", "submissions", "watches", "lookups", "identity",
    "handoffs", "consents", "outreach", "campaigns",
    "requests",
]  # fmt: skip
