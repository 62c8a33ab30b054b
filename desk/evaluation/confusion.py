"""What was taken for what: the wrong outcomes, gathered by what was wanted and what came."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from desk.evaluation.outcomes import NO_REPLY, Outcome, Reply
from desk.evaluation.scoring import accepted_topics, group, is_right


@dataclass(frozen=True, kw_only=True)
class Confusion:
    """Messages that wanted the same and got the same wrong thing."""

    wanted: str
    got: str
    outcomes: Sequence[Outcome]

    def count(self, language: str) -> int:
        """How many of them are labelled with this language."""
        return sum(outcome.label.language == language for outcome in self.outcomes)


@dataclass(frozen=True, kw_only=True)
class Confusions:
    """The lists, most frequent first. A wrong decision stands in `articles` or in `decisions`."""

    articles: Sequence[Confusion]
    """Labelled topic → article of the answer."""
    decisions: Sequence[Confusion]
    """Group of labels → kind of reply, of every other wrong decision."""
    languages: Sequence[Confusion]
    """Labelled language → language of the reply."""


def confusions(outcomes: Iterable[Outcome]) -> Confusions:
    """Gather what went wrong."""
    given = list(outcomes)
    wrong = [outcome for outcome in given if not is_right(outcome)]
    return Confusions(
        articles=_gathered(
            (outcome for outcome in wrong if _answers_beside(outcome)),
            wanted=lambda outcome: outcome.label.topic,
            got=lambda reply: reply.article,
        ),
        decisions=_gathered(
            (outcome for outcome in wrong if not _answers_beside(outcome)),
            wanted=lambda outcome: group(outcome.label),
            got=lambda reply: reply.kind,
        ),
        languages=_gathered(
            (
                outcome
                for outcome in given
                if outcome.reply is None or outcome.reply.language != outcome.label.language
            ),
            wanted=lambda outcome: outcome.label.language,
            got=lambda reply: reply.language,
        ),
    )


def _answers_beside(outcome: Outcome) -> bool:
    """Whether a question that has an article was answered with one that is not it."""
    label, reply = outcome.label, outcome.reply
    return (
        reply is not None
        and reply.kind == "answer"
        and reply.article is not None
        and label.is_article
        and label.must_handoff is not True
        and label.language != "other"
        and reply.article not in accepted_topics(label.topic)
    )


def _gathered(
    outcomes: Iterable[Outcome],
    *,
    wanted: Callable[[Outcome], str],
    got: Callable[[Reply], str | None],
) -> list[Confusion]:
    """Most frequent first, then by name."""
    found: dict[tuple[str, str], list[Outcome]] = {}
    for outcome in outcomes:
        came = None if outcome.reply is None else got(outcome.reply)
        found.setdefault((wanted(outcome), came or NO_REPLY), []).append(outcome)
    by_number = sorted(found.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    return [Confusion(wanted=one, got=other, outcomes=held) for (one, other), held in by_number]
