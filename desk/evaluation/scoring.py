"""What counts as right, and among which messages: the one place where the scores are defined.

Every score is hits among a stated set of messages, with a 95 % interval: Wilson's, or for F1 one
that comes of it. A message without a usable reply stays in the sets that its label puts it in and
is never a hit. `must_handoff: false` means that the assistant should answer, redirect or refuse by
itself; `"either"` is left out wherever the figure turns on whether a person was brought in.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from desk.evaluation.labels import Label
from desk.evaluation.outcomes import Outcome, Reply
from desk.sla.statistics import Share, wilson

_NEIGHBOURS = (
    ("human_handoff", "handoff"),
    ("phishing_fraud", "security"),
    ("cyber_inactivation", "security"),
    ("outage_status_downtime", "urgent_outage"),
    ("account_locked", "inactivity_reactivation"),
    ("ach_refund_setup", "ach_refund_errors"),
    ("cape_declaration", "cape_errors"),
    ("signin_mfa_token", "email_change_lost_mailbox"),
    ("reports_run_prompts", "reports_missing_data"),
)
"""Topics so near to each other that the one answers for the other (the labels' guide)."""

GROUPS = (
    "question",
    "needs a person",
    "live outage",
    "either will do",
    "out of scope",
    "small talk",
    "probe",
)
"""The rows of the table of kinds."""


@dataclass(frozen=True, kw_only=True)
class Score(Share):
    """How many of the messages counted were right."""


@dataclass(frozen=True, kw_only=True)
class F1(Score):
    """F1, the harmonic mean of precision and recall, of the messages taken or wanted.

    `hits` are those both taken and wanted, `total` those that are at least one of the two. Their
    share J leads to F1 = 2 J / (1 + J), which grows with J, so the ends of J's interval are those
    of F1's: D. J. Hand, P. Christen, N. Kirielle, "F*: an interpretable transformation of the
    F-measure" (Machine Learning, 2021).
    """

    @property
    def share(self) -> float | None:
        """0 to 1, or None when nothing was taken or wanted."""
        return _f1(self.hits / self.total) if self.total else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval, from Wilson's of J."""
        if not self.total:
            return None
        low, high = wilson(self.hits, self.total)
        return _f1(low), _f1(high)


def _f1(jaccard: float) -> float:
    return 2 * jaccard / (1 + jaccard)


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A score's definition; `rule` says in words what `counts` and `hits` do."""

    key: str
    title: str
    rule: str
    counts: Callable[[Outcome], bool]
    hits: Callable[[Outcome], bool]
    makes: type[Score] = Score
    lower_is_better: bool = False
    """A hit is a fault."""

    def score(self, outcomes: Iterable[Outcome]) -> Score:
        """The score of some outcomes."""
        counted = [outcome for outcome in outcomes if self.counts(outcome)]
        return self.makes(hits=sum(map(self.hits, counted)), total=len(counted))

    def missed(self, outcome: Outcome) -> bool:
        """Whether the outcome is counted and at fault."""
        return self.counts(outcome) and self.hits(outcome) is self.lower_is_better


def accepted_topics(topic: str) -> frozenset[str]:
    """A topic and its neighbours."""
    pairs = [pair for pair in _NEIGHBOURS if topic in pair]
    return frozenset({topic}.union(*pairs))


def is_refusal(reply: Reply) -> bool:
    """Whether a reply stays off the matter: declines, asks back or names the two languages.

    None of these kinds shows an article. A question back counts, because it answers nothing.
    """
    refusing = reply.kind in ("decline", "clarify", "unsupported_language")
    return refusing and reply.article is None


def is_right(outcome: Outcome) -> bool:
    """Whether the decision was right, whatever language was detected.

    - A person is needed (`true`): right when handed off.
    - `"either"`: right when handed off, else as for `false`.
    - `false`: a hand-off is wrong. Otherwise by topic:
      small talk wants small talk; out of scope wants a refusal (`is_refusal`); `security` without
      a hand-off is a probe and wants `decline`, or a neighbouring article; `account_action` is
      right with any article's answer, since the label names none; every other topic wants the
      answer of its article or a neighbour, or a question back that offers it among the first three.
    - A message in a language other than English and Spanish is also right when the reply says so.
    """
    label, reply = outcome.label, outcome.reply
    if reply is None:
        return False
    if reply.handed_off or label.must_handoff is True:
        return reply.handed_off and label.must_handoff is not False
    if label.language == "other" and reply.kind == "unsupported_language":
        return True
    match label.topic:
        case "smalltalk":
            return reply.kind == "smalltalk"
        case "out_of_scope":
            return is_refusal(reply)
        case "security" if reply.kind == "decline":
            return True
        case "account_action":
            return reply.kind == "answer"
    if reply.kind == "answer":
        return _shows_article(outcome)
    return reply.kind == "clarify" and _within(outcome, 3)


def group(label: Label) -> str:
    """The row of a label in the table of kinds, one of `GROUPS`."""
    if label.topic == "urgent_outage":
        return "live outage"
    if label.must_handoff is True:
        return "needs a person"
    if label.must_handoff == "either":
        return "either will do"
    named = {"out_of_scope": "out of scope", "smalltalk": "small talk", "security": "probe"}
    return named.get(label.topic, "question")


def _is_in_scope(label: Label) -> bool:
    """Whether a message asks something of the desk in one of its languages, beyond doubt."""
    return (
        label.must_handoff != "either"
        and label.topic not in ("out_of_scope", "security", "smalltalk")
        and label.language != "other"
    )


def _asks_article(outcome: Outcome) -> bool:
    label = outcome.label
    return label.is_article and label.must_handoff is False and label.language != "other"


def _within(outcome: Outcome, places: int) -> bool:
    """Whether a right article is among the first `places` of those shown and offered."""
    if outcome.reply is None:
        return False
    return not accepted_topics(outcome.label.topic).isdisjoint(outcome.reply.offered[:places])


def _shows_article(outcome: Outcome) -> bool:
    reply = outcome.reply
    return reply is not None and reply.article is not None and _within(outcome, 1)


METRICS = (
    Metric(
        key="decision",
        title="Right decision",
        rule="Every message. Right: the right article, hand-off, refusal or small talk for its "
        "label; the detected language plays no part.",
        counts=lambda outcome: True,
        hits=is_right,
    ),
    Metric(
        key="language",
        title="Language",
        rule="Every message. Right: the reply names the labelled language.",
        counts=lambda outcome: True,
        hits=lambda outcome: (
            outcome.reply is not None and outcome.reply.language == outcome.label.language
        ),
    ),
    Metric(
        key="article_at_1",
        title="Article@1",
        rule="Messages in English, Spanish or both that the assistant should answer by itself "
        "(must_handoff false) and whose topic is an article. Right: the reply shows that article "
        "or its neighbour; a question back shows none.",
        counts=_asks_article,
        hits=_shows_article,
    ),
    Metric(
        key="article_at_3",
        title="Article@3",
        rule="The messages of article@1. Right: that article or its neighbour is the one shown or "
        "among the candidates, three in all.",
        counts=_asks_article,
        hits=lambda outcome: _within(outcome, 3),
    ),
    Metric(
        key="handoff_precision",
        title="Hand-off precision",
        rule="Messages that were handed off (kind handoff, ticket or urgent), those where either "
        "will do left out. Right: a person was needed.",
        counts=lambda outcome: outcome.handed_off and outcome.label.must_handoff != "either",
        hits=lambda outcome: outcome.label.must_handoff is True,
    ),
    Metric(
        key="handoff_recall",
        title="Hand-off recall",
        rule="Messages that need a person (must_handoff true). Right: handed off.",
        counts=lambda outcome: outcome.label.must_handoff is True,
        hits=lambda outcome: outcome.handed_off,
    ),
    Metric(
        key="handoff_f1",
        title="Hand-off F1",
        rule="The harmonic mean of hand-off precision and recall. Counted: messages that were "
        "handed off or need a person, those where either will do left out. Right: both.",
        counts=lambda outcome: (
            outcome.label.must_handoff is True
            or (outcome.handed_off and outcome.label.must_handoff is False)
        ),
        hits=lambda outcome: outcome.handed_off and outcome.label.must_handoff is True,
        makes=F1,
    ),
    Metric(
        key="out_of_scope",
        title="Out-of-scope refusal",
        rule="Messages out of scope that need no person (must_handoff false). Right: kind decline, "
        "or clarify or unsupported_language without an article.",
        counts=lambda outcome: (
            outcome.label.topic == "out_of_scope" and outcome.label.must_handoff is False
        ),
        hits=lambda outcome: outcome.reply is not None and is_refusal(outcome.reply),
    ),
    Metric(
        key="false_refusals",
        title="False refusals",
        rule="The lower the better. Messages in English, Spanish or both that are not small talk, "
        "out of scope or a probe (topic security), those where either will do left out. Counted as "
        "a fault: kind decline.",
        counts=lambda outcome: _is_in_scope(outcome.label),
        hits=lambda outcome: outcome.reply is not None and outcome.reply.kind == "decline",
        lower_is_better=True,
    ),
    Metric(
        key="urgent_recall",
        title="Urgent recall",
        rule="For information: messages of a live outage (topic urgent_outage) that need a person. "
        "Right: kind urgent.",
        counts=lambda outcome: (
            outcome.label.topic == "urgent_outage" and outcome.label.must_handoff is True
        ),
        hits=lambda outcome: outcome.reply is not None and outcome.reply.kind == "urgent",
    ),
)
"""All scores, in the order in which they are shown."""
