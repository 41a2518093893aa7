"""What pages and API show of second opinions: those on a submission, and how far reviewers agree.

Each function runs a fixed number of queries, whatever the number of rows.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from problems.choices import OpinionState, Relation, Role, Verdict
from problems.models import SecondOpinion, Submission
from problems.permissions import may_see_rulings, role_of

FEWEST = 5  # pairs: of fewer no figure is told


def of(submissions: Sequence[Submission], user: Any) -> dict[int, list[SecondOpinion]]:
    """By key of these submissions: the second opinions that `user` may know of, the latest first, with `blind` where what is in them is not told."""
    found: dict[int, list[SecondOpinion]] = defaultdict(list)
    rows = SecondOpinion.objects.visible_to(user).filter(submission__in=[each.pk for each in submissions])
    for opinion in rows.select_related("first", "second", "wanted", "proposed_by", "settled_by"):
        opinion.blind = not may_see_rulings(user, opinion)
        found[opinion.submission_id].append(opinion)
    return found


def look(user: Any, submissions: Sequence[Submission]) -> None:
    """Put on each of these the second opinions that `user` may know of. One query; none for who reviews nothing."""
    found = of(submissions, user) if role_of(user) >= Role.REVIEWER else {}
    for submission in submissions:
        submission.told_opinions = found.get(submission.pk, [])
        for opinion in submission.told_opinions:
            opinion.submission = submission


@dataclass(frozen=True, slots=True)
class Agreement:
    """How often two reviewers said the same of a tag, by the relation that it was handed in with; empty for all."""

    relation: str
    pairs: int
    same: int

    @property
    def percent(self) -> int | None:
        """Of a hundred pairs, how many are the same; None where there are too few to say."""
        return round(100 * self.same / self.pairs) if self.pairs >= FEWEST else None


def agreement() -> list[Agreement]:
    """How far reviewers agree: of all tags, then by relation, in the order of the codebook. Of nobody in particular. One query."""
    pairs: Counter[str] = Counter()
    same: Counter[str] = Counter()
    rows = SecondOpinion.objects.exclude(second=None).order_by().values_list("state", "rulings", "second_rulings", "submission__content")
    for state, first, second, content in rows.iterator():
        handed_in = {data.get("id"): data for data in content.get("tags", [])}
        for key, ruling in first.get("tags", {}).items():
            other, data = second.get("tags", {}).get(key), handed_in.get(key)
            if other is None or data is None:
                continue
            for name in ("", data.get("relation", "")):
                pairs[name] += 1
                same[name] += state == OpinionState.AGREED or _meant(ruling, data) == _meant(other, data)
    return [Agreement(name, pairs[name], same[name]) for name in _in_order(pairs)]


def _in_order(names: Mapping[str, int]) -> Iterable[str]:
    return (name for name in ("", *Relation.values) if not name or name in names)


def _meant(ruling: Mapping[str, Any], data: Mapping[str, Any]) -> tuple[Any, ...]:
    return meant_of_tag(ruling["verdict"], ruling.get("changes", {}), data)


def meant_of_tag(verdict: str, changes: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[Any, ...]:
    """What a ruling makes of a tag that reads as in `now`: the verdict, and of an accepted one the target and the relation."""
    if verdict != Verdict.ACCEPT:
        return (str(verdict),)
    return (str(verdict), *(changes.get(name, now.get(name)) for name in ("target", "relation")))
