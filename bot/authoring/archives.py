"""The workspace as a Rasa project in a zip file, and such a file back as a change."""

import io
import stat
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from bot.authoring.faults import Fault
from bot.authoring.importing import ImportRefusedError
from bot.authoring.safe_yaml import decoded

STOCK_CONFIG = "config.stock.yml"
MOST_BYTES = 20_000_000
MOST_FILES = 2_000
MOST_UNPACKED = 60_000_000
_TAKEN = ("domain/", "data/nlu/", "data/rules/", "data/stories/", "data/catalogue/")
_STOCK = """# A pipeline of components that stock Rasa 3.6 has: the product's own ones (config.yml) are not there.
recipe: default.v1
language: vi
pipeline:
- name: WhitespaceTokenizer
- name: RegexFeaturizer
- name: LexicalSyntacticFeaturizer
- name: CountVectorsFeaturizer
- name: CountVectorsFeaturizer
  analyzer: char_wb
  min_ngram: 1
  max_ngram: 4
- name: DIETClassifier
  epochs: 100
- name: EntitySynonymMapper
- name: FallbackClassifier
  threshold: 0.3
policies:
- name: MemoizationPolicy
  max_history: 3
- name: RulePolicy
  core_fallback_threshold: 0.3
  core_fallback_action_name: action_default_fallback
  enable_fallback_prediction: true
"""
_README = """# Dữ liệu huấn luyện của Một Cửa

Bản ghi (commit) {commit}.

Huấn luyện bằng Rasa 3.6 nguyên bản:

    rasa train --config config.stock.yml --domain domain --data data/nlu data/rules data/stories

config.yml là cấu hình của Một Cửa, dùng các thành phần riêng của sản phẩm.
"""
_MOMENT = (2020, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class ReadProject:
    """What a zip file holds: texts by path, and the names that were passed over."""

    texts: Mapping[str, str]
    passed_over: tuple[str, ...]


def project_zip(commit: str, texts: Mapping[str, str]) -> bytes:
    """The project of a commit. The same texts give the same bytes."""
    out = io.BytesIO()
    extra = {STOCK_CONFIG: _STOCK, "README.md": _README.format(commit=commit)}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for path, text in sorted({**texts, **extra}.items()):
            packed.writestr(zipfile.ZipInfo(path, _MOMENT), text.encode(), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def read_project(raw: bytes) -> ReadProject:
    """The texts of a Rasa project. Raises ``ImportRefusedError``: what is too large, leads out of its folder, is a link, is no
    text."""
    if len(raw) > MOST_BYTES:
        raise ImportRefusedError("too_large", most=MOST_BYTES // 1_000_000)
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            return _read(packed)
    except ImportRefusedError:
        raise
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise ImportRefusedError("broken_zip") from error


def _read(packed: zipfile.ZipFile) -> ReadProject:
    entries = [one for one in packed.infolist() if not one.is_dir()]
    if len(entries) > MOST_FILES:
        raise ImportRefusedError("too_many_files", most=MOST_FILES)
    if sum(one.file_size for one in entries) > MOST_UNPACKED:
        raise ImportRefusedError("too_large", most=MOST_UNPACKED // 1_000_000)
    for entry in entries:
        parts = entry.filename.split("/")
        if entry.filename.startswith("/") or "\\" in entry.filename or ":" in parts[0] or {"", ".", ".."} & set(parts):
            raise ImportRefusedError("leads_out", name=entry.filename[:80])
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise ImportRefusedError("link", name=entry.filename[:80])
    top = _common_folder([one.filename for one in entries])
    texts: dict[str, str] = {}
    passed_over, left = [], MOST_UNPACKED
    for entry in entries:
        path = entry.filename.removeprefix(top)
        if not path.startswith(_TAKEN) or not path.endswith((".yml", ".yaml")):
            passed_over.append(path)
            continue
        with packed.open(entry) as stream:
            # What the file says of its own size is not believed.
            content = stream.read(left + 1)
        left -= len(content)
        if left < 0:
            raise ImportRefusedError("too_large", most=MOST_UNPACKED // 1_000_000)
        text = decoded(path, content)
        if isinstance(text, Fault):
            raise ImportRefusedError("file_fault", name=path[:80], problem=text.message)
        if path in texts:
            raise ImportRefusedError("file_twice", name=path[:80])
        texts[path] = text
    if not texts:
        raise ImportRefusedError("no_project")
    return ReadProject(texts, tuple(passed_over))


def _common_folder(names: list[str]) -> str:
    """The one folder in which everything lies, with its slash; empty where there is none."""
    tops = {name.partition("/")[0] for name in names}
    if len(tops) != 1 or any("/" not in name for name in names) or tops <= {"data", "domain"}:
        return ""
    return tops.pop() + "/"
