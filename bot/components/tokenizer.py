"""Words of either language, in the form in which they are counted."""

from __future__ import annotations

from typing import Any

import spacy
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message
from textkit.normalise import fold

from bot.components.language import LANGUAGE, LANGUAGES


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class BilingualTokenizer(Tokenizer):
    """Splits a message by spaCy's rules for its language; each token's lemma is its folded form.

    One component owns both languages because Rasa's own SpacyNLP can hold only one in a pipeline.
    The featurizers count lemmas, so that `Dueña`, `dueña` and `duena` are one word.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__(config)
        self._split = {language: spacy.blank(language).tokenizer for language in LANGUAGES}

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"intent_tokenization_flag": False, "intent_split_symbol": "_"}

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        language = (message.get(LANGUAGE) or {}).get("reply", LANGUAGES[0])
        return [
            Token(word.text, word.idx, lemma=fold(word.text) or word.text)
            for word in self._split[language](message.get(attribute))
            if not word.is_space
        ]
