"""The transcript as the web chat's JSON (contract §4)."""

from dataclasses import asdict
from typing import Any

from bot.conversations.transcript import ConversationState, TranscriptLine
from connectors.webchat.parse import client_id_of


def line_json(line: TranscriptLine) -> dict[str, Any]:
    """One line. A button is a title with our token, or with a link."""
    message = line.message
    return {
        "seq": line.seq,
        "from": line.speaks,
        "text": line.text,
        "buttons": _buttons_json(line),
        "kind": message.kind if message else None,
        "procedure_code": message.procedure_code if message else None,
        "facet": message.facet if message else None,
        "sources": [asdict(source) for source in message.sources] if message else [],
        "client_id": client_id_of(line.event_id),
        "at": line.at.isoformat(timespec="milliseconds"),
        "nlu": {"intent": line.nlu.get("intent"), "confidence": line.nlu.get("confidence")} if line.nlu else None,
    }


def _buttons_json(line: TranscriptLine) -> list[dict[str, str]]:
    shown: list[dict[str, str]] = []
    for position, button in enumerate(line.message.buttons if line.message else ()):
        token = (line.tokens or {}).get(position)
        if button.url is not None:
            shown.append({"title": button.title, "url": button.url})
        elif token is not None:
            shown.append({"title": button.title, "token": token})
    return shown


def state_json(state: ConversationState) -> dict[str, Any]:
    """Who may speak and whether the bot is at work. A word of a newer release is shown as waiting: someone will look."""
    known = state.speaker in ("bot", "waiting", "officer", "closed")
    return {"speaker": state.speaker if known else "waiting", "busy": state.busy}
