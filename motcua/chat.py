"""``motcua chat``: the conversation in a terminal, for people or as JSON lines."""

import json
import sys
from collections.abc import Iterable
from typing import Any, TextIO

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel

from motcua.webchat_client import ChatError, WebchatClient


def json_record(message: dict[str, Any], said: str) -> dict[str, Any]:
    """One bot message as ``--json`` prints it."""
    nlu = message.get("nlu") or {}
    return {
        "in_reply_to": said,
        "from": message["from"],
        "text": message["text"],
        "buttons": [button["title"] for button in message.get("buttons", [])],
        "procedure_code": message.get("procedure_code"),
        "intent": nlu.get("intent"),
        "confidence": nlu.get("confidence"),
        "sources": message.get("sources", []),
        "kind": message.get("kind"),
    }


def chat_as_json(client: WebchatClient, lines: Iterable[str], out: TextIO) -> int:
    """Reads one citizen message a line, writes one JSON object per bot message. Returns the exit status."""
    for line in lines:
        said = line.rstrip("\n")
        if not said.strip():
            continue
        try:
            answers = client.say(said)
        except ChatError as error:
            print(json.dumps({"in_reply_to": said, "error": str(error)}, ensure_ascii=False), file=out, flush=True)
            continue
        for message in answers:
            print(json.dumps(json_record(message, said), ensure_ascii=False), file=out, flush=True)
    return 0


def source_line(message: dict[str, Any]) -> str:
    """Where the answer comes from, as shown under it."""
    parts = []
    for source in message.get("sources", []):
        code = f" · mã {source['procedure_code']}" if source.get("procedure_code") else ""
        parts.append(f"Nguồn: {source['title']}{code} · dữ liệu {source['as_of']}")
    return "\n".join(parts)


def show(console: Console, message: dict[str, Any]) -> None:
    """One message for a person: a framed bubble, its source, its choices by number."""
    body = escape(message["text"])
    if source := source_line(message):
        body += f"\n[dim]{escape(source)}[/dim]"
    for number, button in enumerate(message.get("buttons", []), start=1):
        link = f" → {button['url']}" if button.get("url") else ""
        body += f"\n[cyan]{number}.[/cyan] {escape(button['title'])}[dim]{escape(link)}[/dim]"
    console.print(Panel(body, title="Trợ lý" if message["from"] == "bot" else message["from"], title_align="left", expand=False))


def chat_with_person(client: WebchatClient, console: Console) -> int:
    """The conversation until an empty end of input or «thoat». Returns the exit status."""
    for message in client.greeting:
        show(console, message)
    console.print("[dim]Gõ câu hỏi rồi Enter; gõ số để chọn; «thoat» để kết thúc.[/dim]")
    while True:
        try:
            said = console.input("[bold green]Ông/Bà:[/bold green] ").strip()
        except (EOFError, KeyboardInterrupt):
            console.print()
            return 0
        if said.casefold() in ("thoat", "thoát", "exit", "quit"):
            return 0
        if not said:
            continue
        try:
            with console.status("Đang trả lời…"):
                answers = client.say(said)
        except ChatError as error:
            console.print(f"[red]{escape(str(error))}[/red]")
            continue
        for message in answers:
            show(console, message)


def standard_lines() -> Iterable[str]:
    """Lines of standard input as they come."""
    return iter(sys.stdin.readline, "")
