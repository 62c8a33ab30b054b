"""Which intent a message has."""

from __future__ import annotations

from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier as RasaIntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix, hstack, vstack
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.svm import LinearSVC

MARGINS = "margins"
_FILE = "intents.npz"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class IntentClassifier(GraphComponent, RasaIntentClassifier):
    """A linear support-vector machine over weighted words and letters and the sentence's meaning.

    Beside Rasa's `intent` and `intent_ranking`, the message gets `margins`: for each intent, how
    far the message lies on its side, about 1 for a phrase that was learnt. The desk decides by
    these. The confidence is a plain softmax of them, for Rasa's rules and for the eye.

    The model is kept as plain arrays.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            "C": 1.0,
            # The length of the meaning beside words and letters, whose length is 1.
            "meaning": 0.6,
            # What one phrase of these intents counts; others count 1. Questions are by far the
            # most, and would drown the rest.
            "weights": {},
            # Turns margins into confidences.
            "sharpness": 6.5,
            "random_state": 42,
        }

    @staticmethod
    def required_components() -> list[type]:
        return [Featurizer]

    @staticmethod
    def required_packages() -> list[str]:
        return ["sklearn"]

    def __init__(
        self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource
    ) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._arrays: dict[str, np.ndarray[Any, Any]] = {}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> IntentClassifier:
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        examples = [one for one in training_data.intent_examples if one.get(TEXT)]
        intents = [one.get(INTENT) for one in examples]
        weighting = TfidfTransformer(sublinear_tf=True)
        words = weighting.fit_transform(
            vstack([hstack(_words(one), format="csr") for one in examples])
        )
        meanings = np.vstack([_meaning(one) for one in examples])
        machine = LinearSVC(
            C=self._config["C"], tol=1e-2, random_state=self._config["random_state"]
        )
        machine.fit(
            hstack([words, csr_matrix(self._config["meaning"] * meanings)], format="csr"),
            intents,
            sample_weight=[self._config["weights"].get(intent, 1.0) for intent in intents],
        )
        count = words.shape[1]
        self._arrays = {
            "intents": np.array(machine.classes_, dtype=str),
            "idf": weighting.idf_.astype(np.float32),
            "word_weights": np.ascontiguousarray(machine.coef_[:, :count].T, dtype=np.float32),
            "meaning_weights": np.float32(self._config["meaning"] * machine.coef_[:, count:].T),
            "intercepts": machine.intercept_.astype(np.float32),
        }
        with self._model_storage.write_to(self._resource) as folder:
            np.savez_compressed(folder / _FILE, **self._arrays)
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> IntentClassifier:
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder, np.load(folder / _FILE) as arrays:
            component._arrays = dict(arrays)
        return component

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            if message.get(TEXT):
                self._classify(message)
        return messages

    def _classify(self, message: Message) -> None:
        margins = self._margins(message)
        powers = np.exp(self._config["sharpness"] * (margins - margins.max()))
        confidences = powers / powers.sum()
        names = [str(name) for name in self._arrays["intents"]]
        ranking = [
            {"name": names[place], "confidence": float(confidences[place])}
            for place in np.argsort(-margins, kind="stable")
        ]
        message.set(INTENT, ranking[0], add_to_output=True)
        message.set("intent_ranking", ranking[:10], add_to_output=True)
        found = {name: round(float(margin), 4) for name, margin in zip(names, margins, strict=True)}
        message.set(MARGINS, found, add_to_output=True)

    def _margins(self, message: Message) -> np.ndarray[Any, Any]:
        arrays = self._arrays
        places, counts = _counted(_words(message))
        weighted = (np.log(counts) + 1) * arrays["idf"][places]
        weighted /= np.linalg.norm(weighted) or 1.0
        margins: np.ndarray[Any, Any] = (
            weighted @ arrays["word_weights"][places]
            + _meaning(message) @ arrays["meaning_weights"]
            + arrays["intercepts"]
        )
        return margins


def _words(message: Message) -> list[csr_matrix]:
    """How often each known word, and each group of letters, stands in the message: one row each."""
    return [
        one.features.tocsr()
        for one in message.features
        if one.is_sparse() and one.type == FEATURE_TYPE_SENTENCE and one.attribute == TEXT
    ]


def _counted(words: list[csr_matrix]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """The places in the rows side by side that are not 0, and what stands there.

    Putting the matrices themselves together takes several times what the classifier does.
    """
    begins = np.cumsum([0, *(one.shape[1] for one in words)])
    places = [one.indices + begin for one, begin in zip(words, begins, strict=False)]
    return np.concatenate(places), np.concatenate([one.data for one in words])


def _meaning(message: Message) -> np.ndarray[Any, Any]:
    vector: np.ndarray[Any, Any] = message.get_dense_features(TEXT)[1].features[0]
    return vector
