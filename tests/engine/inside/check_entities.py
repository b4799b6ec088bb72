# ruff: noqa: E402, PT009, PT027 (no pytest here; the import stub goes first)
"""Runs inside ``.venv-engine``: the component that adds entities, over the catalogue's places and agencies."""

import tempfile
import unittest
from pathlib import Path
from typing import Any

from engine.import_stub import install_import_stub

install_import_stub()

from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import ENTITIES
from rasa.shared.nlu.training_data.message import Message

from engine.nlu.entities import CitizenEntityExtractor

CATALOGUE = Path(__file__).resolve().parents[3] / "data" / "catalogue"


class Extracting(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.storage = LocalModelStorage.create(Path(folder.name))

    def extractor(self, data_dir: Path = CATALOGUE) -> CitizenEntityExtractor:
        config = {**CitizenEntityExtractor.get_default_config(), "data_dir": str(data_dir)}
        return CitizenEntityExtractor.load(config, self.storage, Resource("entities"), ExecutionContext(GraphSchema({})))

    def found(self, text: str, before: list[dict[str, Any]] | None = None) -> list[dict[str, Any]]:
        message = Message.build(text)
        if before is not None:
            message.set(ENTITIES, before, add_to_output=True)
        (message,) = self.extractor().process([message])
        return list(message.as_dict(only_output_properties=True).get(ENTITIES) or [])

    def test_places_cases_agencies_and_days_are_named_where_they_stand(self) -> None:
        text = "con em bị mất cccd, ở tt Chờ, ra ca phường ngày 15/3/2026 đc k"
        values = {(e["entity"], e["value"], text[e["start"] : e["end"]]) for e in self.found(text)}
        for wanted in (
            ("case_cue", "loss:lost", "bị mất cccd"),
            ("place", "phuong-yen-phong", "tt Chờ"),
            ("agency", "cong-an-xa", "ca phường"),
            ("date", "2026-03-15", "ngày 15/3/2026"),
        ):
            self.assertIn(wanted, values)

    def test_the_placeholders_of_the_classifier_stay_and_are_not_doubled(self) -> None:
        before = [{"entity": "dossier_code", "value": "ab12", "start": 3, "end": 22}]
        found = self.found("mã ⟦dossier_code:ab12⟧ ở phường Nếnh", before)
        self.assertEqual(found[0], before[0])
        kinds = [e["entity"] for e in found]
        self.assertEqual((kinds.count("dossier_code"), kinds.count("place")), (1, 1))

    def test_a_private_number_is_never_an_entity(self) -> None:
        self.assertNotIn("0912345678", str(self.found("sđt 0912345678 ở phường Nếnh")))

    def test_an_act_keeps_its_own_entities_alone(self) -> None:
        before = [{"entity": "case_id", "value": "phường Nếnh"}]
        self.assertEqual(self.found('/choose_case{"case_id": "phường Nếnh"}', before), before)

    def test_any_text_is_read(self) -> None:
        for text in ("", "\ud800", "⟦" * 300, "a" * 100_000, "15/3 " * 20_000, "👍"):
            self.assertIsInstance(self.found(text), list)

    def test_missing_or_broken_names_stop_the_load(self) -> None:
        with tempfile.TemporaryDirectory() as folder, self.assertRaisesRegex(InvalidConfigException, r"needs .*places\.yml"):
            self.extractor(Path(folder))
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "places.yml").write_text("places: []", encoding="utf-8")
            with self.assertRaisesRegex(InvalidConfigException, "finds no places"):
                self.extractor(Path(folder))
            Path(folder, "places.yml").write_text("places: [", encoding="utf-8")
            with self.assertRaisesRegex(InvalidConfigException, "not YAML"):
                self.extractor(Path(folder))


if __name__ == "__main__":
    unittest.main()
