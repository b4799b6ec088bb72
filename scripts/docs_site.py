"""Hooks of mkdocs: the menu by reader, the API references from their OpenAPI files, and links that lead out of ``docs``."""

import re
from pathlib import Path
from typing import Any

import yaml
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

DOCS = Path(__file__).resolve().parent.parent / "docs"
SECTIONS = {
    "citizens": "Citizens",
    "officers": "Officers",
    "trainers": "Trainers",
    "administrators": "Administrators",
    "operators": "Operators",
    "developers": "Developers",
    "security": "Security",
    "decisions": "Decisions",
}
REFERENCES = {"reference/gateway-api.md": "gateway-api.yaml", "reference/portal-api.md": "portal-api.yaml"}
_FIRST = ("README.md", "index.md", "running.md", "architecture.md", "threat-model.md")
_LEADS_OUT = re.compile(r"\[([^\]]+)\]\((?:\.\./)+(?!(?:\w[\w-]*/)*[\w.-]+\.(?:md|yaml|png)[)#])[^)]*\)")


def menu(docs: Path) -> list[Any]:
    """The menu: start page, a section for each kind of reader, references, glossary."""
    found: list[Any] = [{"Start": "index.md"}]
    for folder, title in SECTIONS.items():
        pages = sorted((docs / folder).rglob("*.md"), key=lambda page: (page.name not in _FIRST, page.name))
        found.append({title: [page.relative_to(docs).as_posix() for page in pages]})
    loose = sorted(page.name for page in docs.glob("*.md") if page.name not in ("index.md", "glossary.md"))
    return [*found, {"API references": list(REFERENCES)}, *loose, {"Glossary": "glossary.md"}]


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Sets the menu."""
    config.nav = menu(Path(config.docs_dir))
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the references."""
    for page, source in REFERENCES.items():
        document = yaml.safe_load((Path(config.docs_dir) / source).read_text(encoding="utf-8"))
        files.append(File.generated(config, page, content=api_page(document, source)))
    return files


def on_page_markdown(markdown: str, **_more: Any) -> str:
    """Links to files of the program, which the site does not hold, become their names."""
    return _LEADS_OUT.sub(r"\1", markdown)


def api_page(document: dict[str, Any], source: str) -> str:
    """An OpenAPI file as a page."""
    info = document["info"]
    lines = [f"# {info['title']}", "", str(info.get("description", "")).strip(), ""]
    lines += [f"Version {info['version']}; made of [{source}](../{source}), which machines read.", ""]
    for path, calls in document["paths"].items():
        shared = calls.get("parameters", [])
        for method, call in calls.items():
            if method not in ("parameters", "summary", "description", "servers"):
                lines += _call(document, f"{method.upper()} {path}", call, shared)
    schemas = document.get("components", {}).get("schemas", {})
    if schemas:
        lines += ["## Shapes", ""]
    for name, schema in schemas.items():
        lines += [
            f"### {name}",
            "",
            "```yaml",
            yaml.safe_dump(schema, allow_unicode=True, sort_keys=False, width=110).strip(),
            "```",
            "",
        ]
    return "\n".join(lines)


def _call(document: dict[str, Any], title: str, call: dict[str, Any], shared: list[Any]) -> list[str]:
    lines = [f"## `{title}`", "", _words(call.get("summary")), "", _words(call.get("description")), ""]
    rows = [_resolved(document, one) for one in [*shared, *call.get("parameters", [])]]
    if rows:
        lines += ["| parameter | in | needed | |", "|---|---|---|---|"]
        lines += [f"| `{one['name']}` | {one['in']} | {_yes(one)} | {_words(one.get('description'))} |" for one in rows]
        lines.append("")
    body = _resolved(document, call.get("requestBody") or {})
    if body:
        lines += [f"Body: {', '.join(f'`{_shape(kind, media)}`' for kind, media in body.get('content', {}).items())}.", ""]
    lines += ["| answer | | |", "|---|---|---|"]
    for status, answer in call.get("responses", {}).items():
        told = _resolved(document, answer)
        kinds = ", ".join(f"`{_shape(kind, media)}`" for kind, media in told.get("content", {}).items())
        lines.append(f"| {status} | {_words(told.get('description'))} | {kinds} |")
    return [*lines, ""]


def _shape(kind: str, media: dict[str, Any]) -> str:
    reference = (media.get("schema") or {}).get("$ref", "")
    return f"{kind} {reference.rpartition('/')[2]}".strip()


def _yes(parameter: dict[str, Any]) -> str:
    return "yes" if parameter.get("required") else ""


def _words(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", "\\|")


def _resolved(document: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        found: Any = document
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found[step.replace("~1", "/").replace("~0", "~")]
        node = found
    return node
