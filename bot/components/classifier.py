"""Which intent a message has."""

from __future__ import annotations

from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.logistic_regression_classifier import LogisticRegressionClassifier
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.pipeline import make_pipeline

_FILE = "intents.npz"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class IntentClassifier(LogisticRegressionClassifier):
    """Rasa's logistic regression over TF-IDF weights instead of bare counts, kept as plain arrays.

    The weights make it a little more often right, and less sure where it is wrong. Rasa keeps its
    classifier with skops, whose import takes longer than that of all of Rasa.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {**LogisticRegressionClassifier.get_default_config(), "C": 1.0}

    def __init__(
        self, config: dict[str, Any], name: str, model_storage: ModelStorage, resource: Resource
    ) -> None:
        super().__init__(config, name, model_storage, resource)
        self._weights = TfidfTransformer(sublinear_tf=True)
        self._regression = self.clf.set_params(C=self.config["C"])
        self.clf = make_pipeline(self._weights, self._regression)

    def persist(self) -> None:
        with self._model_storage.write_to(self._resource) as folder:
            np.savez_compressed(
                folder / _FILE,
                weights=self._weights.idf_,
                classes=self._regression.classes_,
                coefficients=self._regression.coef_.astype(np.float32),
                intercepts=self._regression.intercept_.astype(np.float32),
            )

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> IntentClassifier:
        component = cls(config, execution_context.node_name, model_storage, resource)
        with model_storage.read_from(resource) as folder, np.load(folder / _FILE) as arrays:
            component._weights.idf_ = arrays["weights"]
            component._regression.classes_ = arrays["classes"]
            component._regression.coef_ = arrays["coefficients"]
            component._regression.intercept_ = arrays["intercepts"]
        component._regression.n_features_in_ = component._regression.coef_.shape[1]
        return component
