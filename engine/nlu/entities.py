"""``CitizenEntityExtractor``: what a message names, beside its intent.

The placeholders of private numbers are the classifier's; this component adds the matter, the case, places, agencies, days,
money and ages that ``bot.language.entities`` finds. Private numbers that are no placeholders are never made entities.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import yaml
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.language.agencies import AgencyIndex
from bot.language.entities import PRIVATE_KINDS, find_entities
from bot.language.places import PlaceIndex

logger = logging.getLogger(__name__)

# Vietnam has no summer time, and the engine's environment no time zone data of its own.
_VIETNAM = timezone(timedelta(hours=7))


@dataclass(frozen=True)
class _Place:
    id: str
    name: str
    kind: str
    old_districts: Sequence[str]
    old_names: Sequence[str]


@dataclass(frozen=True)
class _Agency:
    id: str
    name: str
    old_names: Sequence[str]


def _records(path: Path, key: str) -> list[dict[str, Any]]:
    """The records of a catalogue file. Raises ``InvalidConfigException`` with the reason where they cannot be had."""
    try:
        read = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidConfigException(f"CitizenEntityExtractor needs {path}: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise InvalidConfigException(f"CitizenEntityExtractor cannot read {path}: it is not YAML") from error
    records = read.get(key) if isinstance(read, dict) else None
    if not records:
        raise InvalidConfigException(f"CitizenEntityExtractor finds no {key} in {path}")
    return list(records)


def read_places(folder: Path) -> PlaceIndex:
    """The places of ``places.yml``."""
    rows = _records(folder / "places.yml", "places")
    return PlaceIndex(
        [_Place(r["id"], r["name"], r["kind"], r.get("old_districts") or (), r.get("old_names") or ()) for r in rows]
    )


def read_agencies(folder: Path) -> AgencyIndex:
    """The agencies of ``agencies.yml``."""
    rows = _records(folder / "agencies.yml", "agencies")
    return AgencyIndex([_Agency(r["id"], r["name"], r.get("old_names") or ()) for r in rows])


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class CitizenEntityExtractor(GraphComponent, EntityExtractorMixin):
    """Adds entities to those that stand in the message already.

    Configuration: ``data_dir``, the folder of ``places.yml`` and ``agencies.yml``, relative to the project. Nothing is learnt;
    a missing or broken file stops the load.
    """

    def __init__(self, places: PlaceIndex, agencies: AgencyIndex) -> None:
        self._places = places
        self._agencies = agencies

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """The configuration where ``config.yml`` says nothing."""
        return {"data_dir": "data/catalogue"}

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> "CitizenEntityExtractor":
        """The component with the catalogue's names; ``InvalidConfigException`` where they cannot be read."""
        del model_storage, resource, execution_context
        folder = Path(str(config["data_dir"]))
        found = cls(read_places(folder), read_agencies(folder))
        logger.info("nlu.entities.loaded")
        return found

    def process(self, messages: list[Message]) -> list[Message]:
        """Adds the entities of each message; a button's act (it begins with a slash) keeps its own alone."""
        today = datetime.now(_VIETNAM).date()
        for message in messages:
            text = str(message.get(TEXT) or "")
            if text.startswith("/"):
                continue
            found = [
                {"entity": e.kind, "value": e.value, "start": e.start, "end": e.end, "extractor": type(self).__name__}
                for e in find_entities(text, places=self._places, agencies=self._agencies, today=today)
                if e.kind not in PRIVATE_KINDS
            ]
            message.set(ENTITIES, [*(message.get(ENTITIES) or ()), *found], add_to_output=True)
        return messages
