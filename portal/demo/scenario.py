"""What happens to one case: chances and delays as a district sees them, by office hours and working days.

A scenario stops where its next step would lie in the future: open and overdue cases come about by themselves.
"""

import contextlib
import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.core.clock import Limit
from portal.demo import topics
from portal.demo.case import RESIDENT, Case, Party, due
from portal.demo.sites import Site
from portal.demo.topics import Topic
from requests.limits import LIMITS
from requests.types import Actor, Kind, RatingCode, State, TimeLimit

# 92 of 100 ratings are positive.
RATINGS = {
    RatingCode.VERY_SATISFIED: 50,
    RatingCode.SATISFIED: 31,
    RatingCode.BASICALLY_SATISFIED: 11,
    RatingCode.DISSATISFIED: 5,
    RatingCode.VERY_DISSATISFIED: 3,
}
_RATING_CODES, _RATING_WEIGHTS = list(RATINGS), list(RATINGS.values())
NEGATIVE = (RatingCode.DISSATISFIED, RatingCode.VERY_DISSATISFIED)
MAX_ROUNDS = 3
MAX_OFFERS = 5


class _NotYet(Exception):
    """The next step lies in the future."""


@dataclass
class Scenario:
    rng: random.Random
    now: datetime

    def play(self, case: Case, site: Site, topic: Topic, keeper: Party | None, words: dict[str, str]) -> Case:
        """Take the case as far as it got by now."""
        self.case, self.site, self.topic, self.keeper, self.words = case, site, topic, keeper, words
        self.at = case.submitted_at
        with contextlib.suppress(_NotYet):
            self._intake()
        return case

    # Time.

    def _chance(self, share: float) -> bool:
        return self.rng.random() < share

    def _later(self, minutes: float, *, office: bool = True) -> datetime:
        """Go on by so many minutes: of office hours for staff, of any for residents."""
        amount = max(1, int(minutes))
        at = due(self.at, Limit(amount, "service_minutes")) if office else self.at + timedelta(minutes=amount)
        return self._go(at + timedelta(seconds=self.rng.randrange(60)))

    def _go(self, at: datetime) -> datetime:
        if at >= self.now:
            raise _NotYet
        self.at = at
        return at

    def _delay(self, median: float, spread: float = 0.9) -> float:
        """Minutes; most are near the median, a few are very long."""
        return median * self.rng.lognormvariate(0, spread)

    def _say(self, texts: tuple[str, ...]) -> str:
        return self.rng.choice(texts).format(**self.words)

    # 受理

    def _intake(self) -> None:
        case, urgent = self.case, self.case.time_limit in (TimeLimit.EMERGENCY, TimeLimit.UTILITY)
        if self._chance(0.012):
            case.withdraw(self._later(self._delay(90), office=False), text=self._say(topics.WITHDRAWALS))
            self._maybe_restore()
            if case.state == State.WITHDRAWN:
                return
        if urgent:
            self._later(self._delay(12, 0.6), office=False)
        else:
            # Three in a hundred lie about for days.
            self._later(self._delay(1500, 0.4) if self._chance(0.03) else self._delay(35))
        by = self.keeper if self.keeper and self._chance(0.6) else self.site.dispatcher
        if self._chance(0.035):
            case.ask(by, self.at, text=self._say(topics.QUESTIONS))
            if not self._wait(by):
                return
            self._later(self._delay(30))
        if self._chance(0.03):
            self._reject()
            return
        self._accept(by)
        self._dispatching()

    def _accept(self, by: Party) -> None:
        case = self.case
        category = None if case.category_id else self.site.categories[self.topic.category]
        emergency = case.kind == Kind.HAZARD and self._chance(0.15)
        case.accept(by, self.at, category=category, time_limit=TimeLimit.EMERGENCY if emergency else "")

    def _reject(self) -> None:
        case = self.case
        ground = self.rng.choices(list(topics.REJECTIONS), weights=[45, 15, 20, 15, 5])[0]
        region_id = self.site.rejecting_region_id
        case.reject(self.site.dispatcher, self.at, ground=ground, text=topics.REJECTIONS[ground], region_id=region_id)
        if not self._chance(0.3):
            return
        case.appeal(
            self._later(self._delay(600), office=False), text=self._say(topics.APPEALS), region_id=region_id
        )  # fmt: skip
        granted = self._chance(0.45)
        leader = Party(Actor.APPEAL_LEADER, self.rng.choice(self.site.appeal_leaders))
        self._later(self._delay(700))
        case.decide_appeal(leader, self.at, granted=granted, text=topics.GRANTED if granted else topics.REFUSED)
        if granted:
            self._later(self._delay(40))
            self._dispatching()

    def _wait(self, by: Party) -> bool:
        """The resident answers, or is silent until the limit; False when the case ended with the silence."""
        case = self.case
        for _round in range(2):
            if self._chance(0.8):
                replies = self.at + timedelta(minutes=self._delay(240))
                if replies < case.waiting_due_at:
                    who = by if self._chance(0.2) else RESIDENT
                    case.reply(who, self._go(replies), text=self._say(topics.REPLIES))
                    return True
            case.expire(self._go(case.waiting_due_at + timedelta(seconds=self.rng.randint(5, 290))))
            if case.state == State.RESOLVED:
                self._judged()
                return False
            case.ask(by, self._later(self._delay(60)), text=self._say(topics.QUESTIONS))
        return True

    def _maybe_restore(self) -> None:
        if self._chance(0.15):
            text = self._say(topics.RESTORES)
            self.case.restore(self.site.dispatcher, self._later(self._delay(45)), text=text)

    # 派单

    def _dispatching(self) -> None:
        """From accepted onwards."""
        case, site = self.case, self.site
        answer_now = 0.6 if case.kind == Kind.ENQUIRY else 0.06
        if not case.offers and self._chance(answer_now):
            case.resolve(site.dispatcher, self._later(self._delay(25)), text=self._say(topics.ANSWERED))
            self._judged()
            return
        to = site.taker(self.topic.unit)
        for _attempt in range(MAX_OFFERS):
            slow = self._chance(0.04)
            urgent = case.time_limit in (TimeLimit.EMERGENCY, TimeLimit.UTILITY)
            self._later(self._delay(900 if slow else 12 if urgent else 30), office=not urgent)
            if case.offers and self._chance(0.05):
                self._reject()
                return
            case.dispatch(site.dispatcher, self.at, to=to)
            if self._offered():
                self._handling()
                return
            if case.state != State.ACCEPTED:
                return
            to = site.another_taker(self.rng, to)

    def _offered(self) -> bool:
        """Whether the offer is taken; if not, the case is accepted again (or withdrawn)."""
        case, offer = self.case, self.case.current
        handler = Party(Actor.HANDLER, offer.to.user_id)
        chance = self.rng.random()
        if chance < 0.015:
            case.recall(self.site.dispatcher, self._later(self._delay(40)), text=self._say(topics.RECALLS))
            return False
        if chance < 0.025:
            case.withdraw(self._later(self._delay(120), office=False), text=self._say(topics.WITHDRAWALS))
            self._maybe_restore()
            if case.state == State.WITHDRAWN:
                return False
        urgent = case.time_limit in (TimeLimit.EMERGENCY, TimeLimit.UTILITY)
        median = 9 if urgent else 70
        acts = self.at + timedelta(minutes=self._delay(median, 0.7))
        if not urgent:
            acts = due(self.at, Limit(max(1, int(self._delay(median))), "service_minutes"))
        if acts >= offer.accept_due_at or self._chance(0.02):
            # Nobody took it: the clock gives it back.
            # (Withdrawn and restored meanwhile, it may have passed already.)
            passed = max(offer.accept_due_at, self.at)
            case.expire(self._go(passed + timedelta(seconds=self.rng.randint(5, 290))))
            return False
        self._go(acts + timedelta(seconds=self.rng.randrange(50)))
        if chance > 0.95:
            ground = self.rng.choice(list(topics.RETURNS))
            case.send_back(handler, self.at, ground=ground, text=topics.RETURNS[ground])
            return False
        case.take(handler, self.at)
        return True

    # 办理

    def _handling(self) -> None:
        case = self.case
        handler = Party(Actor.HANDLER, case.current.to.user_id)
        limit = LIMITS[case.time_limit].resolve
        if self._chance(0.93):
            self._later(self._delay(20 if case.time_limit == TimeLimit.EMERGENCY else 95, 0.8))
            if self._chance(0.1):
                case.contact(handler, self.at, reached=False, text="电话未接通，稍后再联系。")
                self._later(self._delay(120, 0.6))
            case.contact(handler, self.at, reached=True, text=self._say(topics.CONTACTS))
        if self._chance(0.05):
            self._later(self._delay(200))
            case.ask(handler, self.at, text=self._say(topics.QUESTIONS))
            if not self._wait(handler):
                return
        if self._chance(0.12):
            case.note(handler, self._later(self._delay(300)), text=self._say(topics.NOTES))
        if self._chance(0.045):
            by = handler if self._chance(0.7) else self.site.dispatcher
            to = self.site.another_taker(self.rng, case.current.to)
            case.transfer(by, self._later(self._delay(300)), to=to, text=self._say(topics.TRANSFERS))
            if self._offered():
                self._handling()
            elif case.state == State.ACCEPTED:
                self._dispatching()
            return
        if self._chance(0.006):
            case.withdraw(self._later(self._delay(600), office=False), text=self._say(topics.WITHDRAWALS))
            return
        if self._chance(0.01):
            ground = self.rng.choice(list(topics.RETURNS))
            case.send_back(handler, self._later(self._delay(400)), ground=ground, text=topics.RETURNS[ground])
            self._dispatching()
            return
        self._go(max(self._finish_time(limit), self.at + timedelta(minutes=3)))
        by = handler if self._chance(0.95) else self.site.dispatcher
        case.resolve(by, self.at, text=self._say(self.topic.results))
        self._judged()

    def _finish_time(self, limit: Limit) -> datetime:
        """Most are done within the limit, a tenth late, a few of these very late."""
        chance, length = self.rng.random(), limit.length
        share = self.rng.betavariate(1.6, 2.4) if chance < 0.9 else self.rng.uniform(1.02, 1.6)
        if chance > 0.97:
            share = self.rng.uniform(1.6, 3.5)
        at = self.at + length * share
        if limit.unit == "hours":
            return at
        # Work is finished in working hours.
        return at.replace(hour=9 + at.hour * 9 // 24) if not 9 <= at.hour < 18 else at

    # 评价

    def _judged(self) -> None:
        case, chance = self.case, self.rng.random()
        if chance < 0.012 and case.redo_count < MAX_ROUNDS:
            leader = self._chance(0.5)
            by = Party(Actor.LEADER, self.rng.choice(self.site.leaders)) if leader else self.site.dispatcher
            case.redo(by, self._later(self._delay(600)), text=self._say(topics.REDOS))
            self._again()
            return
        if chance < 0.57:
            self._rated()
            return
        case.close(self._go(case.window_ends + timedelta(seconds=self.rng.randint(5, 290))))

    def _rated(self) -> None:
        case = self.case
        code = self.rng.choices(_RATING_CODES, weights=_RATING_WEIGHTS)[0]
        solved = self._chance(0.25) if code in NEGATIVE else self._chance(0.985)
        rated = self.at + timedelta(minutes=self._delay(900, 1.1))
        if rated >= case.window_ends:
            case.close(self._go(case.window_ends + timedelta(seconds=self.rng.randint(5, 290))))
            return
        comment = self._say(topics.COMMENTS[solved and code not in NEGATIVE])
        case.rate(self._go(rated), code=code, solved=solved, comment=comment)
        if solved:
            if self._chance(0.008) and case.redo_count < MAX_ROUNDS:
                asked = self.at + timedelta(days=self.rng.uniform(0.5, 8))
                if asked < case.window_ends:
                    case.redo(RESIDENT, self._go(asked), text=self._say(topics.REDOS))
                    self._again()
            return
        self._later(self._delay(420, 0.7))
        outcome = self.rng.choices(list(topics.CALLED_BACK), weights=[30, 22, 8, 40])[0]
        if outcome == "redo" and case.redo_count >= MAX_ROUNDS:
            outcome = "call_back_unreasonable"
        case.call_back(self.site.dispatcher, self.at, outcome=outcome, text=topics.CALLED_BACK[outcome])
        if outcome == "redo":
            self._again()

    def _again(self) -> None:
        if self.case.state == State.DISPATCHED:
            if self._offered():
                self._handling()
            elif self.case.state == State.ACCEPTED:
                self._dispatching()
        else:
            self._dispatching()
