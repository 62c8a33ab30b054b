"""What the room refuses; each text says why, for reviewers and leads."""


class QualityError(Exception):
    """Something that can't be done."""


class UnknownPlan(QualityError):
    """No plan of the standard has this lot size, level, AQL or severity."""


class UnusableScores(QualityError):
    """Points that the rubric doesn't know, or that are missing."""


class UnusableDraw(QualityError):
    """A period that is empty or not over yet, or a seed that can't be kept."""


class EmptyPeriod(QualityError):
    """A period that ends before it begins, or when it begins."""


class NothingToDraw(QualityError):
    """Too few tickets in the period for a lot."""


class OverlappingLots(QualityError):
    """A ticket belongs to a lot that is still undecided."""


class Discontinued(QualityError):
    """Five lots were rejected on tightened inspection, and nobody says what was mended."""


class UnknownLot(QualityError):
    """There is no such lot."""


class UnknownReviewer(QualityError):
    """Nobody has this address."""


class NotInSample(QualityError):
    """The ticket was not drawn."""


class OwnTicket(QualityError):
    """A reviewer was assigned the ticket."""


class AlreadyReviewed(QualityError):
    """A review of the ticket counts already, or this reviewer's is of the other kind."""


class Decided(QualityError):
    """The lot is decided, and what it rests on stays as it is."""


class ReviewsMissing(QualityError):
    """Some tickets of the sample have no review that counts."""
