"""The file with one's own data as a page that a person can read, and the page of the link that leads to it. No script, no address
elsewhere; everything that was ever typed is escaped."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any

from bot.rights.export_links import Form
from bot.texts import say

STYLE = (
    "body{font:1rem/1.6 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}"
    "h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2rem}dt{font-weight:600;margin-top:.8rem}dd{margin:0;white-space:pre-wrap}"
    "pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#f4f4f4;padding:1rem}"
    "button{font:inherit;min-height:44px;padding:.5rem 1rem;margin:.3rem .6rem .3rem 0;background:#0b57a4;color:#fff;border:0;"
    "border-radius:.4rem}button:focus-visible{outline:3px solid #f5a300;outline-offset:2px}"
)


def link_page(forms: Sequence[Form]) -> str:
    """What the link shows first: nothing of the data, and a button for each form of the file that is left. The data come by
    a press only, since chat programs open a link by themselves to show a preview."""
    titles: dict[Form, str] = {"page": say("my_data_page_button"), "json": say("my_data_json_button")}
    buttons = "".join(f'<button name="form" value="{form}">{escape(titles[form])}</button>' for form in forms)
    return _page(f'<p>{escape(say("my_data_ready"))}</p><form method="post">{buttons}</form>')


def gone_page() -> str:
    """The link does not work, or not any more."""
    return _page(f"<p>{escape(say('my_data_gone'))}</p>")


def data_page(data: Mapping[str, Any]) -> str:
    """The whole file, for reading."""
    lines = "".join(_line(message) for message in data["messages"])
    other = {key: value for key, value in data.items() if key not in ("messages", "schema") and value}
    rest = escape(json.dumps(other, ensure_ascii=False, indent=1))
    made = escape(say("my_data_made_at", at=_shown(data["made_at"])))
    talk = f"<h2>{escape(say('my_data_section_messages'))}</h2><dl>{lines}</dl>"
    return _page(f"<p>{made}</p>{talk}<h2>{escape(say('my_data_section_other'))}</h2><pre>{rest}</pre>")


def _line(message: Mapping[str, Any]) -> str:
    who = say(f"my_data_from_{message['from']}")
    return f"<dt>{escape(who)}, {escape(_shown(message['at']))}</dt><dd>{escape(message['text'])}</dd>"


def _shown(moment: str) -> str:
    return f"{datetime.fromisoformat(moment):%H:%M %d/%m/%Y}"


def _page(body: str) -> str:
    title = escape(say("my_data_title"))
    head = (
        f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title><style>{STYLE}</style>'
    )
    return f'<!doctype html><html lang="vi"><head>{head}</head><body><main><h1>{title}</h1>{body}</main></body></html>'
