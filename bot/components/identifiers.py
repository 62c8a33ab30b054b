"""Business identifiers of a message as entities, found by spaCy's rules.

`textkit.identifiers.RULES` is the table: each row becomes token patterns of a spaCy `Matcher` here
(https://spacy.io/api/matcher), its cues included; `settle` of textkit then decides by check digit
and collision rule. Secrets come by the search of `textkit.masking`, so that what is an entity here
is masked at the desk's door. The desk masks first: a secret reaches the bot only by a leak.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from functools import lru_cache
from itertools import product
from typing import Any

import spacy
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from spacy.attrs import IS_DIGIT
from spacy.language import Language
from spacy.matcher import Matcher
from spacy.tokens import Doc, Span
from spacy.vocab import Vocab
from textkit.identifiers import (
    ANYTHING,
    FILLERS,
    RULES,
    SIGNS,
    Candidate,
    Identifier,
    Rule,
    settle,
)
from textkit.masking import find_secrets
from textkit.normalise import Plain, plain

_Token = dict[Any, Any]
_PARTS = re.compile(r"\\\.|[~_-](?![^\[\]]*\])")
_LEADS = "|".join(cue for rule in RULES for cue in rule.lead.split() if not _PARTS.search(cue))
# A lead that is written against its number is a token of its own: `CSMS68536553`.
_SPLIT = re.compile(rf"(?<![a-z0-9])(?:{_LEADS})(?=\d)|[a-z0-9]+|[^\S ]+| +(?=\s)|[^\sa-z0-9]")
_FLAG_IDS = tuple(number for number in range(63, 0, -1) if number != IS_DIGIT)
_JOINTS = {"~": ("", " ", "-"), "_": (" ", "-")}
_KNOWN_WORDS = 20_000
_REACH = 16
"""Tokens before the end of a value among which its lead is looked for."""
_LONGEST = 20_000
"""Characters of a message that are searched; the desk takes 8,000."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class IdentifierExtractor(GraphComponent):
    """Adds an entity for each identifier.

    `checked` is the check digit's result, or null; `class` is P1, P2 or P3. The value of a P1
    entity is its placeholder, such as `[ssn]`: a secret has no place in a parse result.
    """

    def __init__(self) -> None:
        self.search = _Search()

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> IdentifierExtractor:
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            found = [_entity(item) for item in self.search(message.get(TEXT) or "")]
            message.set(ENTITIES, [*message.get(ENTITIES, []), *found], add_to_output=True)
        return messages


def _entity(item: Identifier) -> dict[str, Any]:
    return {
        "entity": item.type,
        "value": item.shown if item.sensitivity == "P1" else item.value,
        "start": item.start,
        "end": item.end,
        "checked": item.checked,
        "class": item.sensitivity,
    }


class _Search:
    """The rules as spaCy has them: a matcher for each, and one for the cues near by."""

    def __init__(self) -> None:
        self._nlp: Language = spacy.blank("xx")
        self._patterns = _Patterns(self._nlp.vocab)
        self._numbers = {id(rule): number for number, rule in enumerate(RULES)}
        self._forms = [self._matcher(self._patterns.of_rule(rule)) for rule in RULES]
        self._cues = [self._matcher(self._patterns.of_cues(rule.near)) for rule in RULES]
        self._bounds = lru_cache(maxsize=8192)(self._rules_bounded_by)

    def __call__(self, text: str) -> tuple[Identifier, ...]:
        """The identifiers of `text` in reading order; where a secret stands is nothing else."""
        view = plain(text[:_LONGEST])
        found = [
            Identifier(secret.kind, view.source[secret.start : secret.end], *secret[:2], None)
            for secret in find_secrets(view.source)
        ]
        hidden = bytearray(len(view.source))
        for item in found:
            hidden[item.start : item.end] = b"\1" * (item.end - item.start)
        found += [item for item in self.by_rules(view) if not any(hidden[item.start : item.end])]
        return tuple(sorted(found, key=lambda item: (item.start, item.end)))

    @property
    def known_words(self) -> int:
        """How many words are kept in mind."""
        return len(self._nlp.vocab.strings)

    def by_rules(self, view: Plain) -> tuple[Identifier, ...]:
        """What the rules alone find."""
        # What is learnt of a word is kept, up to a point; from there on it goes with the message.
        full = self.known_words > _KNOWN_WORDS
        with self._nlp.memory_zone() if full else nullcontext():
            doc = _tokenised(self._nlp.vocab, view.text)
            return settle(view, self._candidates(doc, view.text), _Near(doc, self._cues_of))

    def _candidates(self, doc: Doc, text: str) -> Iterator[Candidate]:
        """In the order of the rules; each value where the rule itself says that it is."""
        begun: set[int] = set()
        ends: dict[int, list[int]] = {}
        for place, token in enumerate(doc):
            begins, ended = self._bounds(token.text)
            begun |= begins
            for number in ended & begun:
                ends.setdefault(number, []).append(place)
        for number in sorted(ends):
            rule = RULES[number]
            starts = {
                part[first].idx
                for part in _parts(doc, ends[number], rule)
                for _, first, _ in self._forms[number](part)
            }
            for start in sorted(starts):
                if value := rule.pattern.match(text, start):
                    yield Candidate(rule, *value.span(1))

    def _rules_bounded_by(self, word: str) -> tuple[frozenset[int], frozenset[int]]:
        """The rules that a token can begin, and those whose value it can end."""
        patterns = self._patterns
        return (
            frozenset(n for n, begins in enumerate(patterns.begins) if begins.fullmatch(word)),
            frozenset(n for n, ends in enumerate(patterns.ends) if ends.fullmatch(word)),
        )

    def _cues_of(self, rule: Rule, doc: Doc) -> list[tuple[int, int]]:
        spans = (doc[first:last] for _, first, last in self._cues[self._numbers[id(rule)]](doc))
        return [(span.start_char, span.end_char) for span in spans]

    def _matcher(self, patterns: Iterable[list[_Token]]) -> Matcher:
        matcher = Matcher(self._nlp.vocab, validate=False)  # the validation knows nothing of flags
        if listed := list(patterns):
            matcher.add("rule", listed)
        return matcher


class _Near:
    """Whether a cue stands near a candidate, by spaCy's reading of one message."""

    def __init__(self, doc: Doc, cues_of: Callable[[Rule, Doc], list[tuple[int, int]]]) -> None:
        self._cues = lru_cache(maxsize=None)(lambda rule: cues_of(rule, doc))

    def __call__(self, _: Plain, candidate: Candidate) -> bool:
        rule = candidate.rule
        first, last = candidate.start - rule.before, candidate.end + rule.after
        return any(
            (first <= start and end <= candidate.start) or (candidate.end <= start and end <= last)
            for start, end in self._cues(rule)
        )


def _parts(doc: Doc, ends: list[int], rule: Rule) -> list[Doc | Span]:
    """What of `doc` the rule has to look at: around each end of a value, when a lead can be far."""
    if not rule.lead:
        return [doc]
    return [doc[max(0, end - _REACH) : end + 1] for end in ends]


def _any_piece(pieces: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{piece})" for piece in sorted(set(pieces))))


def _tokenised(vocab: Vocab, text: str) -> Doc:
    """Runs of letters and digits, and single signs; one blank belongs to the token before it."""
    tokens: list[str] = []
    spaces: list[bool] = []
    position = 0
    while position < len(text):
        match = _SPLIT.match(text, position)
        token = match[0] if match else " "
        position += len(token)
        blank = text[position : position + 1] == " " and not token.isspace()
        tokens.append(token)
        spaces.append(blank)
        position += blank
    return Doc(vocab, words=tokens, spaces=spaces)


class _Patterns:
    """Makes token patterns of forms and cues.

    A piece that only a regular expression can say becomes a flag of the vocabulary: spaCy works
    it out once a word, not once a token and pattern, which makes the matcher ten times as fast.
    """

    def __init__(self, vocab: Vocab) -> None:
        self._vocab = vocab
        self._flags: dict[str, int] = {}
        self._forms: dict[int, re.Pattern[str]] = {}
        self._flags_of = lru_cache(maxsize=8192)(self._matching)
        # For each rule given to `of_rule`, which tokens can begin it, and which can end its value.
        self.begins: list[re.Pattern[str]] = []
        self.ends: list[re.Pattern[str]] = []

    def _matching(self, word: str) -> frozenset[int]:
        return frozenset(flag for flag, form in self._forms.items() if form.fullmatch(word))

    def of_rule(self, rule: Rule) -> Iterator[list[_Token]]:
        """Lead, gap, value and tail of a rule."""
        heads = rule.lead.split() or rule.forms
        self.begins.append(_any_piece(way[0] for head in heads for way in _ways(head)))
        self.ends.append(_any_piece(way[-1] for form in rule.forms for way in _ways(form)))
        leads = [[*lead, *self._gap(rule)] for lead in self.of_cues(rule.lead)] or [[]]
        tails = list(self.of_cues(rule.tail)) or [[]]
        for form in rule.forms:
            for lead, value, tail in product(leads, self._of_form(form), tails):
                yield [*lead, *value, *tail]

    def of_cues(self, cues: str) -> Iterator[list[_Token]]:
        """Each of the blank-separated `cues`."""
        single = [cue for cue in cues.split() if not _PARTS.search(cue)]
        if single:
            yield [self._token("|".join(single))]
        for cue in cues.split():
            if cue not in single:
                yield from self._of_form(cue)

    def _gap(self, rule: Rule) -> list[_Token]:
        if rule.gap == ANYTHING:
            return [{self._flag(r"[^\d\n.;?!]+"): True, "OP": "*"}]
        signs = "".join(map(re.escape, SIGNS))
        return [{self._flag(rf"{'|'.join(FILLERS.split())}|[{signs}.]"): True, "OP": "*"}]

    def _of_form(self, form: str) -> Iterator[list[_Token]]:
        for pieces in _ways(form):
            yield [self._token(piece) for piece in pieces]

    def _token(self, piece: str) -> _Token:
        digits = re.fullmatch(r"\\d\{(\d+)\}", piece)
        if digits:
            return {"IS_DIGIT": True, "LENGTH": int(digits[1])}
        if re.fullmatch(r"[^\\\[\](){}?*+|.]+", piece):
            return {"ORTH": piece}
        return {self._flag(piece): True}

    def _flag(self, regex: str) -> int:
        if regex not in self._flags:
            # The vocabulary is ours alone, so that spaCy's own flags but one may give way.
            flag_id = next(number for number in _FLAG_IDS if number not in self._flags.values())
            self._flags[regex] = flag_id
            self._forms[flag_id] = re.compile(f"(?:{regex})")
            self._flags_of.cache_clear()
            self._vocab.add_flag(lambda word: flag_id in self._flags_of(word), flag_id=flag_id)
        return self._flags[regex]


def _ways(form: str) -> Iterator[list[str]]:
    """Every way in which blanks and hyphens can part a form into tokens."""
    parts, joints = _PARTS.split(form), _PARTS.findall(form)
    choices = [_JOINTS.get(joint, (joint[-1],)) for joint in joints]
    for way in product(*choices):
        pieces = [parts[0]]
        for joint, part in zip(way, parts[1:], strict=True):
            if joint == "":
                pieces[-1] += part
            else:
                pieces += [part] if joint == " " else [joint, part]
        yield pieces
