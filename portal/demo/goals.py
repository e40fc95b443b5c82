"""What the demo's accounts find on their desks: cases of their own community in every state, whatever chance brings."""

from collections.abc import Callable
from dataclasses import dataclass

from portal.demo.case import Case
from requests.types import State


@dataclass(frozen=True)
class Goal:
    """`count` cases that came in between `since` and `until` days ago and are now as `is_so` says."""

    count: int
    since: float
    until: float
    is_so: Callable[[Case], bool]
    # Whether the last offer went to the unit of the demo's contact.
    at_the_unit: bool = True

    def reached(self, case: Case, unit_id: int | None) -> bool:
        if not self.is_so(case):
            return False
        return not self.at_the_unit or (bool(case.offers) and case.offers[-1].to.organization_id == unit_id)


def _in(state: str) -> Callable[[Case], bool]:
    return lambda case: case.state == state


SHOWN = (
    Goal(6, 0.02, 0.24, _in(State.SUBMITTED), at_the_unit=False),
    Goal(3, 0.3, 1.5, _in(State.ACCEPTED), at_the_unit=False),
    # Returned or expired: it is with the dispatcher again.
    Goal(3, 0.5, 4, _in(State.ACCEPTED)),
    Goal(6, 0.3, 2.5, _in(State.DISPATCHED)),
    Goal(7, 1, 5, _in(State.IN_PROGRESS)),
    Goal(4, 9, 14, lambda case: case.state == State.IN_PROGRESS and not case.redo_count),
    Goal(1, 9, 20, lambda case: case.state == State.IN_PROGRESS and case.redo_count > 0),
    Goal(4, 0.7, 5, _in(State.WAITING)),
    Goal(5, 3, 12, lambda case: case.state == State.RESOLVED and case.call_back_due_at is None),
    # The resident said that it is not solved: somebody calls back.
    Goal(3, 1.5, 6, lambda case: case.state == State.RESOLVED and case.call_back_due_at is not None),
    Goal(6, 8, 60, _in(State.CLOSED)),
    Goal(2, 3, 12, _in(State.REJECTED)),
    Goal(2, 0.8, 4, lambda case: any(row["outcome"] == "pending" for row in case.approvals), at_the_unit=False),
    Goal(3, 2, 12, _in(State.WITHDRAWN)),
)
