"""Drawings: every one is well-formed, has a title, refers to nothing outside and holds no script; the files are what is drawn."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bot.guides.book import load_guides
from bot.guides.drawing import HEIGHT, WIDTH, draw, wrapped
from bot.guides.icons import event_icon
from bot.guides.scenes import Part, Scene
from bot.settings import PROJECT_ROOT
from tests.shipped import shipped_catalogue

BOOK = load_guides(PROJECT_ROOT / "data" / "guides")
FILES = PROJECT_ROOT / "data" / "guides" / "images"
ICONS = {f"{event.id}.svg": event_icon(event.id, event.name) for event in shipped_catalogue().life_events}
SVG = "{http://www.w3.org/2000/svg}"
ALLOWED = {SVG + name for name in ("svg", "title", "rect", "circle", "path", "text", "g")}


@pytest.mark.parametrize("name", [*BOOK.pictures(), *ICONS])
def test_a_drawing_is_safe_and_has_a_title(name: str) -> None:
    text = {**BOOK.pictures(), **ICONS}[name]
    root = ElementTree.fromstring(text)
    assert {element.tag for element in root.iter()} <= ALLOWED
    titles = [element for element in root if element.tag == SVG + "title"]
    assert [len((title.text or "").strip()) > 3 for title in titles] == [True]
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == titles[0].get("id")
    attributes = {key for element in root.iter() for key in element.attrib}
    assert not {key for key in attributes if key.lower().startswith("on") or "href" in key or key == "style"}
    assert "url(" not in text
    assert text.count("http") == 1, "only the namespace"


def test_the_files_are_what_the_guides_draw() -> None:
    """After a change: .venv/bin/python -m motcua.cli guides draw."""
    assert {path.name: path.read_text(encoding="utf-8") for path in FILES.glob("*.svg")} == BOOK.pictures()


def test_the_alternative_text_is_the_drawings_title() -> None:
    for guide in BOOK.guides.values():
        for number, step in enumerate(guide.steps, start=1):
            root = ElementTree.fromstring((FILES / guide.picture_name(number)).read_text(encoding="utf-8"))
            assert root.findtext(SVG + "title") == step.alt.vi


def test_nothing_is_drawn_outside_the_picture() -> None:
    for name, text in BOOK.pictures().items():
        for element in ElementTree.fromstring(text).iter(SVG + "rect"):
            right = float(element.get("x", 0)) + float(element.get("width", 0))
            bottom = float(element.get("y", 0)) + float(element.get("height", 0))
            assert right <= WIDTH + 30, name
            assert bottom <= HEIGHT + 1, name


def test_words_from_a_file_are_never_markup() -> None:
    scene = Scene(kind="phone", show=(Part(part="button", says="<script>x</script>", value='"&'),))
    text = draw(scene, "</title><script>alert(1)</script>")
    assert ElementTree.fromstring(text).findtext(SVG + "title") == "</title><script>alert(1)</script>"
    assert "<script" not in text


def test_long_words_are_wrapped_and_none_is_lost() -> None:
    words = "Yêu cầu đăng nhập Cổng Dịch vụ công quốc gia " + "x" * 60
    lines = wrapped(words, 20)
    assert " ".join(lines) == words.strip()
    assert all(len(line) <= 20 or " " not in line for line in lines)


def test_the_pictures_hold_no_real_looking_number() -> None:
    for path in Path(FILES).glob("*.svg"):
        shown = " ".join(
            element.text or "" for element in ElementTree.fromstring(path.read_text(encoding="utf-8")).iter(SVG + "text")
        )
        assert not re.search(r"(?<!\d)(?:0\d{9}|\d{12})(?!\d)", shown), path.name
