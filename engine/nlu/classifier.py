"""``ClauseIntentClassifier``: the one NLU component of the pipeline."""

import logging
from collections.abc import Iterator, Sequence
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.language.clauses import split_clauses
from bot.language.masking import PLACEHOLDER
from engine.nlu.augmentation import augmented
from engine.nlu.intent_model import MAX_TEXT, IntentModel, TooFewIntentsError, TrainingOptions, written_out
from engine.nlu.message_intent import FALLBACK, Guess, accepted, intent_of_placeholders, is_blank, message_intent

logger = logging.getLogger(__name__)

INTENT_RANKING = "intent_ranking"
CLAUSES = "clauses"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class ClauseIntentClassifier(GraphComponent, IntentClassifier):
    """Sets ``intent``, ``intent_ranking``, ``clauses`` and ``entities`` of every message.

    Configuration: ``threshold`` (a lower confidence is ``nlu_fallback``), ``ranking_length``, ``c``, ``balanced``, ``seed``.
    Training examples that begin with ``/`` declare button acts and are not learnt from.
    """

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource, model: IntentModel | None = None):
        self._threshold = float(config["threshold"])
        self._ranking_length = int(config["ranking_length"])
        self._options = TrainingOptions(c=float(config["c"]), balanced=bool(config["balanced"]), seed=int(config["seed"]))
        self._storage = storage
        self._resource = resource
        self._model = model

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """The configuration where ``config.yml`` says nothing."""
        return {"threshold": 0.3, "ranking_length": 10, "c": 0.5, "balanced": False, "seed": 42}

    @staticmethod
    def required_packages() -> list[str]:
        """Packages that Rasa looks for before it trains."""
        return ["sklearn", "scipy"]

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> "ClauseIntentClassifier":
        """A component that is not trained yet."""
        del execution_context
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "ClauseIntentClassifier":
        """The trained component. A model that cannot be read raises: Rasa then has no model at all, and the launcher ends."""
        del execution_context, kwargs
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, IntentModel.load(folder))

    def train(self, training_data: TrainingData) -> Resource:
        """Trains on the examples with an intent and stores the model. Raises ``InvalidConfigException`` for too few."""
        examples = list(learnable(training_data.intent_examples))
        try:
            self._model = IntentModel.fit(augmented(examples, self._options.seed), self._options)
        except TooFewIntentsError as error:
            raise InvalidConfigException(f"ClauseIntentClassifier cannot be trained: {error}") from error
        with self._storage.write_to(self._resource) as folder:
            self._model.save(folder)
        logger.info("nlu.trained examples=%d intents=%d", len(examples), len(self._model.intents))
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Understands messages; each gets its four properties."""
        for message in messages:
            text = str(message.get(TEXT) or "")
            best, ranking, clauses = self._understood(text)
            message.set(INTENT, {"name": best.intent, "confidence": best.confidence}, add_to_output=True)
            message.set(INTENT_RANKING, ranking, add_to_output=True)
            message.set(
                CLAUSES,
                [{"text": c.text, "intent": c.intent, "confidence": c.confidence} for c in clauses],
                add_to_output=True,
            )
            message.set(ENTITIES, placeholder_entities(text), add_to_output=True)
        return messages

    def _understood(self, text: str) -> tuple[Guess, list[dict[str, Any]], list[Guess]]:
        model = self._model
        if model is None or is_blank(text):
            return Guess(text, FALLBACK, 0.0), [], []
        told = intent_of_placeholders(text)
        if told is not None:
            only = Guess(text[:MAX_TEXT], told, 1.0)
            return only, [{"name": told, "confidence": 1.0}], [only]
        readable_text = written_out(text)
        pieces = [clause.text for clause in split_clauses(readable_text) if not is_blank(clause.text)]
        rows = model.probabilities([readable_text, *pieces])
        whole, *clauses = (
            best_guess(piece, row, model.intents) for piece, row in zip([readable_text, *pieces], rows, strict=True)
        )
        best = message_intent(whole, clauses, self._threshold)
        row = rows[0] if best.text == readable_text else rows[1 + pieces.index(best.text)]
        ranked = sorted(zip(model.intents, row, strict=True), key=lambda pair: -pair[1])[: self._ranking_length]
        ranking = [{"name": name, "confidence": float(chance)} for name, chance in ranked]
        return best, ranking, [accepted(clause, self._threshold) for clause in clauses]


def best_guess(text: str, row: Any, intents: Sequence[str]) -> Guess:
    """The likeliest intent of a text from its row of chances; a text of placeholders alone needs no chances."""
    told = intent_of_placeholders(text)
    return Guess(text, told, 1.0) if told is not None else Guess(text, intents[int(row.argmax())], float(row.max()))


def learnable(examples: Sequence[Message]) -> Iterator[tuple[str, str]]:
    """The (text, intent) pairs to learn from: not empty, and not the ``/intent`` examples that declare button acts."""
    for example in examples:
        text, intent = example.get(TEXT), example.get(INTENT)
        if text and intent and not text.startswith("/") and not is_blank(text):
            yield text, intent


def placeholder_entities(text: str) -> list[dict[str, Any]]:
    """One entity per placeholder: its kind, its token, its place in the text."""
    return [
        {"entity": match[1], "value": match[2], "start": match.start(), "end": match.end()}
        for match in PLACEHOLDER.finditer(text)
    ]
