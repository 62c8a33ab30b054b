"""The language of each message, decided before anything else looks at it."""

from __future__ import annotations

import json
import re
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.constants import DEFAULT_INTENTS
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from textkit.language import Reply, detect

LANGUAGE = "language"
LANGUAGES = ("en", "es")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class LanguageDetector(GraphComponent):
    """Says what a message is written in and which language to answer in.

    The finding stands on the message as `language`, {"code": "en|es|mixed|other", "confidence":
    0 to 1, "reply": "en|es", "other": the code of another language or None, "asked": the language
    that the message asks for or None}, and an entity of the same name carries `reply` to the slot.
    A message without evidence keeps the language of the conversation, and so does every message of
    a visitor who has chosen one, except one that asks for the other language.

    It is registered as a featurizer, though it makes no features, because Rasa runs featurizers in
    training as well, and the tokenizer needs the language there.
    """

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LanguageDetector:
        return cls()

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        for message in training_data.training_examples:
            if message.get(TEXT):
                message.set(LANGUAGE, {"reply": detect(message.get(TEXT)).reply})
        return training_data

    def process(
        self,
        messages: list[Message],
        tracker: DialogueStateTracker | None = None,
        domain: Domain | None = None,
    ) -> list[Message]:
        """Rasa passes the tracker and the domain because parameters have these names."""
        for message in messages:
            metadata = message.get("metadata") or {}
            conversation = _conversation_language(metadata, tracker)
            text = message.get(TEXT)
            intent = _intent_of_payload(text, domain)
            if intent and intent not in DEFAULT_INTENTS:
                message.set(TEXT, _payload_with_language(text, conversation or LANGUAGES[0]))
                continue
            if intent:
                # Rasa's own commands are words here: /restart would erase the conversation.
                message.set(TEXT, text.lstrip("/"))
            _detect(message, conversation, locked=bool(metadata.get("language_locked")))
        return messages


def _detect(message: Message, conversation: Reply | None, *, locked: bool) -> None:
    found = detect(message.get(TEXT), prior=conversation)
    keep = conversation and not found.asked and (locked or not found.confidence)
    reply = conversation if keep else found.reply
    message.set(
        LANGUAGE,
        {
            "code": found.language,
            "confidence": found.confidence,
            "reply": reply,
            "other": found.other,
            "asked": found.asked,
        },
        add_to_output=True,
    )
    message.set(
        ENTITIES,
        [*message.get(ENTITIES, []), {"entity": LANGUAGE, "value": reply}],
        add_to_output=True,
    )


def _conversation_language(
    metadata: dict[str, Any], tracker: DialogueStateTracker | None
) -> Reply | None:
    """The language that the desk names, else the one answered in so far, else None."""
    remembered = tracker.get_slot(LANGUAGE) if tracker else None
    return next(
        (known for known in (metadata.get(LANGUAGE), remembered) if known in LANGUAGES), None
    )


def _intent_of_payload(text: str, domain: Domain | None) -> str | None:
    """The intent that Rasa will take `text` to name; None for words, which may have a slash too."""
    named = re.match(r"/([^{@]+)", text)
    intent = named[1].strip() if named else None
    return intent if domain and intent in domain.intents else None


def _payload_with_language(payload: str, language: str) -> str:
    """`payload` with the language among its entities.

    Rasa replaces a message that is a payload by what the payload says, and all that the pipeline
    found is lost: a conversation that began with a button would have no language, and no response
    would apply.
    """
    intent, brace, rest = payload.partition("{")
    try:
        entities = json.loads(brace + rest) if brace else {}
    except ValueError:
        return payload
    if not isinstance(entities, dict):
        return payload
    return f"{intent.strip()}{json.dumps({LANGUAGE: language, **entities}, ensure_ascii=False)}"
