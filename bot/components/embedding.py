"""The meaning of a message as a feature."""

from __future__ import annotations

from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.constants import INTENT_MESSAGE_PREFIX
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from textkit.embedding import embedder

MODEL = "use"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceFeaturizer(DenseFeaturizer, GraphComponent):
    """Adds the sentence's vector of `textkit.embedding`; single words get none."""

    def __init__(self, config: dict[str, Any], name: str) -> None:
        super().__init__(name, config)
        self._embedder = embedder(config["model"])

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {**DenseFeaturizer.get_default_config(), "model": MODEL}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceFeaturizer:
        return cls(config, execution_context.node_name)

    @staticmethod
    def required_components() -> list[type]:
        return [Tokenizer]

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        pass

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        said = [message for message in messages if message.get(TEXT)]
        typed = [message for message in said if not _is_payload(message)]
        if typed:
            vectors = self._embedder.encode([message.get(TEXT) for message in typed])
            for message, vector in zip(typed, vectors, strict=True):
                self.add_features_to_message(None, vector[np.newaxis], TEXT, message)
        # A button names its intent. For its meaning alone the bot would hold the model in memory.
        nothing = np.zeros((1, self._embedder.width), dtype=np.float32)
        for message in said:
            if _is_payload(message):
                self.add_features_to_message(None, nothing, TEXT, message)
        return messages


def _is_payload(message: Message) -> bool:
    return str(message.get(TEXT)).startswith(INTENT_MESSAGE_PREFIX)
