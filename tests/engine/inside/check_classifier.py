# ruff: noqa: E402, PT009, PT027 (no pytest here; the import stub goes first)
"""Runs inside ``.venv-engine``: the NLU component, trained on a few examples."""

import tempfile
import unittest
from pathlib import Path
from typing import Any

from engine.import_stub import install_import_stub

install_import_stub()

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix, hstack

from bot.language.normalise import fold
from engine.nlu.augmentation import augmented
from engine.nlu.calibration import calibrated
from engine.nlu.classifier import ClauseIntentClassifier
from engine.nlu.intent_model import VIEWS, IntentModel, TrainingOptions, readable
from engine.nlu.linear_learners import counted_words, support_vectors

EXAMPLES = {
    "greet": ["xin chào", "chào bạn", "em chào anh chị", "hello shop"],
    "thank": ["cảm ơn bạn", "cảm ơn nhiều", "xin cảm ơn"],
    "inform": ["tôi ở phường Kinh Bắc", "trường hợp đăng ký lại", "số của tôi là ⟦phone:ab12⟧"],
    "check_status": ["tra cứu hồ sơ", "hồ sơ của tôi đến đâu rồi", "kiểm tra hồ sơ ⟦dossier_code:ab12⟧"],
    "ask_fee": ["lệ phí bao nhiêu", "làm khai sinh hết bao nhiêu tiền", "mức phí thế nào", "có mất phí không"],
    "ask_time": ["làm mất mấy ngày", "bao lâu thì xong", "khi nào có kết quả", "thời hạn giải quyết bao lâu"],
    "choose": ["/choose", '/choose{"procedure_code": "1"}'],
}
PAIRS = [(text, intent) for intent, texts in EXAMPLES.items() for text in texts]


class Trained(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = tempfile.TemporaryDirectory()
        cls.storage = LocalModelStorage.create(Path(cls.folder.name))
        cls.config = ClauseIntentClassifier.get_default_config()
        cls.context = ExecutionContext(GraphSchema({}))
        component = cls.component_of(ClauseIntentClassifier.create)
        messages = [Message.build(text, intent) for text, intent in PAIRS]
        component.train(TrainingData(messages))
        cls.classifier = cls.component_of(ClauseIntentClassifier.load)

    @classmethod
    def tearDownClass(cls) -> None:
        cls.folder.cleanup()

    @classmethod
    def component_of(cls, build: Any) -> ClauseIntentClassifier:
        return build(cls.config, cls.storage, Resource("classifier"), cls.context)

    def understood(self, text: str) -> dict[str, Any]:
        (message,) = self.classifier.process([Message.build(text)])
        return message.as_dict(only_output_properties=True)

    def intent(self, text: str) -> str:
        return self.understood(text)["intent"]["name"]


class Understanding(Trained):
    def test_with_marks_without_marks_and_in_shorthand(self) -> None:
        for text in ("lệ phí bao nhiêu", "le phi bao nhieu", "LỆ PHÍ BAO NHIÊU???", "lệ phí bn"):
            self.assertEqual(self.intent(text), "ask_fee", text)

    def test_a_question_wins_over_the_greeting_before_and_the_thanks_after_it(self) -> None:
        found = self.understood("Xin chào. Lệ phí bao nhiêu? Cảm ơn bạn")
        self.assertEqual(found["intent"]["name"], "ask_fee")
        self.assertEqual([clause["intent"] for clause in found["clauses"]], ["greet", "ask_fee", "thank"])

    def test_two_questions_are_two_clauses(self) -> None:
        found = self.understood("lệ phí bao nhiêu? bao lâu thì xong?")
        self.assertEqual([clause["intent"] for clause in found["clauses"]], ["ask_fee", "ask_time"])

    def test_only_placeholders(self) -> None:
        found = self.understood("⟦dossier_code:ab12⟧")
        self.assertEqual(found["intent"], {"name": "check_status", "confidence": 1.0})
        self.assertEqual(found["entities"], [{"entity": "dossier_code", "value": "ab12", "start": 0, "end": 19}])
        self.assertEqual(self.intent("⟦phone:ab12⟧ ⟦citizen_id:cd34⟧"), "inform")

    def test_entities_stand_where_the_placeholders_stand(self) -> None:
        text = "kiểm tra hồ sơ ⟦dossier_code:ab12⟧ sđt ⟦phone:cd34⟧ ⟦nothing:x⟧"
        for entity in self.understood(text)["entities"]:
            self.assertEqual(text[entity["start"] : entity["end"]], f"⟦{entity['entity']}:{entity['value']}⟧")
        self.assertEqual(len(self.understood(text)["entities"]), 2)

    def test_nothing_to_understand(self) -> None:
        for text in ("", "   ", "👍", "?!…", "\u200b\ufeff"):
            found = self.understood(text)
            self.assertEqual(found["intent"], {"name": "nlu_fallback", "confidence": 0.0}, repr(text))
            self.assertEqual((found["clauses"], found["entities"]), ([], []))

    def test_an_unsure_guess_is_a_fallback_that_keeps_its_ranking(self) -> None:
        strict = ClauseIntentClassifier.load(
            {**self.config, "threshold": 0.99}, self.storage, Resource("classifier"), self.context
        )
        (message,) = strict.process([Message.build("lệ phí bao lâu")])
        found = message.as_dict(only_output_properties=True)
        self.assertEqual(found["intent"]["name"], "nlu_fallback")
        self.assertNotIn("nlu_fallback", [row["name"] for row in found["intent_ranking"]])
        self.assertEqual([clause["intent"] for clause in found["clauses"]], ["nlu_fallback"])
        self.assertAlmostEqual(found["intent"]["confidence"], found["intent_ranking"][0]["confidence"])

    def test_hostile_text(self) -> None:
        for text in (
            "\ud800",
            "\x00",
            "⟦" * 500,
            "a" * 100_000,
            "phí? " * 5_000,
            "⟦dossier_code:ab12⟧" * 3_000,
            "Ａ\u0301" * 900,
        ):
            self.assertIsInstance(self.intent(text), str)

    def test_examples_with_a_slash_declare_acts_and_are_not_learnt(self) -> None:
        names = [row["name"] for row in self.understood("chọn đi")["intent_ranking"]]
        self.assertEqual(sorted(names), sorted(set(EXAMPLES) - {"choose"}))

    def test_confidences_are_chances(self) -> None:
        ranking = self.understood("lệ phí bao nhiêu")["intent_ranking"]
        self.assertAlmostEqual(sum(row["confidence"] for row in ranking), 1.0, places=4)
        self.assertEqual(ranking, sorted(ranking, key=lambda row: -row["confidence"]))
        self.assertTrue(all(type(row["confidence"]) is float for row in ranking))


class Training(Trained):
    def test_training_twice_gives_the_same_model(self) -> None:
        models = [IntentModel.fit(augmented(PAIRS), TrainingOptions()) for _ in range(2)]
        first, second = (model.probabilities(["lệ phí", "xin chào"]) for model in models)
        self.assertTrue((first == second).all())

    def test_a_stored_model_answers_as_the_one_that_was_trained(self) -> None:
        model = IntentModel.fit(augmented(PAIRS), TrainingOptions())
        with tempfile.TemporaryDirectory() as folder:
            model.save(Path(folder))
            self.assertEqual({path.name for path in Path(folder).iterdir()}, {"intents.json", "weights.npz"})
            texts = ["le phi bn", "xin chào bạn", "", "⟦phone:ab12⟧"]
            difference = abs(IntentModel.load(Path(folder)).probabilities(texts) - model.probabilities(texts)).max()
        self.assertLess(difference, 1e-5)

    def test_the_short_way_to_the_features_gives_what_the_long_way_gives(self) -> None:
        """Bit for bit, alone and side by side, with texts that say nothing, of a model as it is served."""
        with tempfile.TemporaryDirectory() as folder:
            IntentModel.fit(augmented(PAIRS), TrainingOptions()).save(Path(folder))
            model = IntentModel.load(Path(folder))
        texts = [*(text for text, _ in PAIRS), "", "???", "👍", "\ud800", "a " * 900, "le phi bn v"]
        for asked in [[text] for text in texts] + [texts, [texts[0], texts[1], texts[0], texts[0]]]:
            self.assert_same(model, asked)

    def assert_same(self, model: IntentModel, texts: list[str]) -> None:
        seen = [readable(text) for text in texts]
        views = [[fold(text) for text in seen] if view.folded else seen for view in VIEWS]
        parts = [vectorizer.transform(view) for vectorizer, view in zip(model._vectorizers, views, strict=True)]
        features = csr_matrix(hstack(parts), dtype=model._scores.weights.dtype)
        long_way = model.calibration.chances(model._scores.of(features), np.diff(features.indptr))
        self.assertTrue(np.array_equal(model.probabilities(texts), long_way), texts[:1])

    def test_two_intents_are_enough_and_one_is_refused(self) -> None:
        model = IntentModel.fit(augmented(PAIRS[:7]), TrainingOptions())
        self.assertEqual(model.intents[int(model.probabilities(["cảm ơn"])[0].argmax())], "thank")
        component = self.component_of(ClauseIntentClassifier.create)
        with self.assertRaisesRegex(InvalidConfigException, "at least two intents"):
            component.train(TrainingData([Message.build("xin chào", "greet")]))

    def test_a_stored_model_of_another_format_is_refused(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            IntentModel.fit(augmented(PAIRS), TrainingOptions()).save(Path(folder))
            described = Path(folder, "intents.json")
            described.write_text(described.read_text(encoding="utf-8").replace('"format": 3', '"format": 0'), encoding="utf-8")
            with self.assertRaisesRegex(ValueError, "train again"):
                IntentModel.load(Path(folder))

    def test_the_two_classifiers_are_summed_column_by_column(self) -> None:
        features = csr_matrix(np.array([[1.0, 1, 0, 0], [1, 0, 1, 0], [1, 0, 0, 1]] * 3, dtype=np.float32))
        for names in (["a", "b", "c"], ["a", "b", "b"]):
            machine = support_vectors(features, names * 3, c=1.0, balanced=False, seed=1)
            words = counted_words(features, names * 3, first_word=1)
            self.assertEqual(words.intents, machine.intents)
            self.assertTrue((words.weights[0] == 0).all())
            for learner in (machine, words, machine.plus(words, 0.5)):
                guesses = [learner.intents[column] for column in learner.of(features[:3]).argmax(axis=1)]
                self.assertEqual(guesses, names)


class Sureness(unittest.TestCase):
    def test_scores_that_are_too_sure_are_cooled_a_little_more_than_held_out_examples_ask_for(self) -> None:
        scores, hints = np.tile([5.0, 0.0], (10, 1)), np.full(10, 200)
        found = calibrated(scores, np.zeros_like(scores), hints, [0] * 7 + [1] * 3)
        sure = float(found.chances(scores, hints)[0, 0])
        self.assertLess(sure, 0.7)
        self.assertGreater(sure, 0.6)

    def test_fewer_hints_are_less_sure(self) -> None:
        # Short messages, a third of them wrong, and long ones that are all right, with the same scores.
        scores, hints = np.tile([3.0, 0.0], (60, 1)), np.array([20] * 30 + [600] * 30)
        found = calibrated(scores, np.zeros_like(scores), hints, [0] * 20 + [1] * 10 + [0] * 30)
        short, long = found.chances(scores[[0, -1]], hints[[0, -1]])[:, 0]
        self.assertLess(short, 0.7)
        self.assertGreater(long, 0.8)

    def test_no_hint_at_all_is_a_chance_too(self) -> None:
        found = calibrated(np.eye(2) * 3, np.zeros((2, 2)), np.array([20, 600]), [0, 1])
        chances = found.chances(np.zeros((1, 2)), np.array([0]))
        self.assertEqual(chances.tolist(), [[0.5, 0.5]])

    def test_the_second_classifier_counts_where_the_first_cannot_tell(self) -> None:
        truth = [0, 1] * 20
        second = np.eye(2)[truth] * 4
        found = calibrated(np.zeros((40, 2)), second, np.full(40, 200), truth)
        chances = found.chances(found.share * second, np.full(40, 200))
        self.assertGreater(chances[np.arange(40), truth].min(), 0.7)


if __name__ == "__main__":
    unittest.main()
