"""A tiny Rasa project, its workspace, and people who edit it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.authoring.git import Signature
from bot.authoring.shipped import Shipped
from bot.authoring.workspace import Workspace
from tests.databases import database as database
from tests.databases import database_url as database_url

NOON = datetime(2026, 8, 5, 5, 0, tzinfo=UTC)
LAN = Signature("Nguyễn Thị Lan", "lan", NOON)
MINH = Signature("Trần Minh", "minh", NOON)

FEE = """# What must be paid.
version: "3.1"
nlu:
- intent: ask_fee
  examples: |
    - lệ phí bao nhiêu
    - mất bao nhiêu tiền
    - có mất phí không
"""
GREET = """version: "3.1"
nlu:
- intent: greet
  examples: |
    - xin chào
    - chào anh
"""
DOMAIN = """version: "3.1"
# What a message can mean.
intents:
- greet: {use_entities: []}
- ask_fee: {use_entities: []}
entities:
- place
actions:
- action_fee
responses:
  utter_greet:
  - text: Kính chào Ông/Bà.
    buttons:
    - title: Lệ phí
      payload: /ask_fee
"""
RULES = """version: "3.1"
rules:
- rule: greet
  steps:
  - intent: greet
  - action: utter_greet
- rule: fee
  steps:
  - intent: ask_fee
  - action: action_fee
"""


@dataclass
class Project:
    """The files of a release on disk."""

    root: Path
    files: dict[str, str] = field(
        default_factory=lambda: {
            "config.yml": "recipe: default.v1\nlanguage: vi\n",
            "domain/domain.yml": DOMAIN,
            "data/nlu/ask_fee.yml": FEE,
            "data/nlu/greet.yml": GREET,
            "data/rules/rules.yml": RULES,
            "data/eval/intents_test.tsv": "message\tintent\tstyle\nchứng thực mất mấy đồng\task_fee\tmarks\n",
        }
    )

    def write(self, **changed: str) -> Shipped:
        """Writes the files; ``changed``: new texts by the file's stem."""
        for path, text in self.files.items():
            target = self.root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(changed.get(target.stem, text), encoding="utf-8")
        return Shipped(self.root, self.root / "data")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """The tiny project."""
    made = Project(tmp_path / "project")
    made.write()
    return made


@pytest.fixture
def workspace(project: Project, tmp_path: Path) -> Workspace:
    """Its workspace, not made yet."""
    return Workspace(tmp_path / "workspace", project.write())
