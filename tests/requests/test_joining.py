"""并案, 拆分 and 转办: cases join, come apart, go elsewhere, and nobody who asked is lost on the way."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from portal.core.errors import Conflict, DomainError, NotAllowed
from portal.core.models import OutboxMessage
from requests import workflow
from requests.models import Requester, ServiceRequest
from requests.standing import public_status
from requests.timeline import lines, lines_for
from requests.tracking import holder_of
from requests.types import GONE_STATES, ResolveGround, State, Verb
from requests.workflow import Resident
from requests.workflow.intake import Contact
from requests.workflow.splitting import Part
from tests.requests.builders import case_in
from tests.requests.test_any_order import SAME


@pytest.fixture
def ask(cast):
    """`ask("138…")`: a matter that somebody with this phone asks for, and the code they hold."""

    def ask(phone="13800005678", words="楼道里的灯不亮了。"):
        return workflow.submit(description=words, contact=Contact(phone=phone, name="李某"), station=cast.half.station)

    return ask


def messages(kind: str) -> int:
    return OutboxMessage.objects.filter(kind=kind).count()


PARTS = [Part("路灯不亮。"), Part("井盖破了，怕绊倒人。", title="井盖")]


class TestMerge:
    @pytest.fixture
    def three(self, ask, cast):
        """Three who ask for the same; the second and the third are merged into the first."""
        asked = [ask(f"1380000000{number}", f"{number}号楼的灯不亮了。") for number in range(3)]
        for each in asked[1:]:
            workflow.merge(each.case, by=cast.dispatcher, into=asked[0].case)
        return asked

    def test_it_works(self, three):
        first, second, third = three
        assert [each.state for each in (second.case, third.case)] == [State.MERGED, State.MERGED]
        assert second.case.merged_into == first.case
        assert first.case.requesters.count() == 3
        assert [each.is_main for each in first.case.requesters.all()] == [True, False, False]
        assert messages("case_merged") == 2

    def test_everybody_follows_the_case_that_stays_with_their_own_code(self, three, cast):
        first, second, _third = three
        holder = holder_of(second.tracking_code)
        assert holder.request == first.case
        assert holder.asked_with.description == "1号楼的灯不亮了。"
        workflow.accept(first.case, by=cast.dispatcher)
        sentences = [line.sentence for line in lines_for(holder)]
        assert sentences[0] == "您提交了诉求"
        assert any(first.case.number in sentence for sentence in sentences)
        assert "受理" in sentences[-1]

    def test_nobody_reads_what_another_resident_wrote(self, three, cast):
        first, second, _third = three
        workflow.accept(first.case, by=cast.dispatcher)
        workflow.ask(first.case, by=cast.dispatcher, text="是哪一层楼？")
        workflow.reply(first.case, by=Resident(first.requester), text="我家住三层301室。")
        of_second = lines_for(holder_of(second.tracking_code))
        assert not [line for line in of_second if "301" in line.said]
        assert of_second[-1].sentence.startswith("另一位居民")
        assert [line for line in lines_for(holder_of(first.tracking_code)) if "301" in line.said]

    def test_all_are_asked_and_told_and_any_of_them_may_answer(self, three, cast):
        first, second, _third = three
        workflow.accept(first.case, by=cast.dispatcher)
        assert messages("case_accepted") == 3
        workflow.ask(first.case, by=cast.dispatcher, text="是哪一层楼？")
        workflow.reply(first.case, by=Resident(holder_of(second.tracking_code)), text="都不亮。")
        assert first.case.state == State.ACCEPTED

    def test_one_of_several_cannot_withdraw_for_the_others(self, three):
        first = three[0]
        holder = holder_of(first.tracking_code)
        assert Verb.WITHDRAW not in workflow.allowed_verbs(first.case, by=Resident(holder))
        with pytest.raises(Conflict, match="其他居民"):
            workflow.withdraw(first.case, by=Resident(holder))

    def test_it_is_solved_when_nobody_says_no_and_closed_when_all_have_spoken(self, three, cast):
        holders = [holder_of(each.tracking_code) for each in three]
        case = three[0].case
        workflow.accept(case, by=cast.dispatcher)
        workflow.resolve(case, by=cast.dispatcher, text="修好了。")
        workflow.rate(case, by=Resident(holders[1]), code="very_satisfied", solved=True)
        assert (case.state, case.last_solved) == (State.RESOLVED, True)
        with pytest.raises(Conflict):
            workflow.rate(case, by=Resident(holders[1]), code="satisfied", solved=True)
        workflow.rate(case, by=Resident(holders[2]), code="dissatisfied", solved=False)
        assert (case.state, case.last_solved, case.last_rating) == (State.RESOLVED, False, "dissatisfied")
        workflow.rate(case, by=Resident(holders[0]), code="satisfied", solved=True)
        assert (case.state, case.last_solved) == (State.RESOLVED, False)
        workflow.call_back(case, by=cast.dispatcher, reached=True, outcome="call_back_solved", text="又修了一次。")
        assert (case.state, case.last_solved) == (State.CLOSED, True)
        assert case.ratings.filter(source="call_back").get().requester == holders[2]

    def test_the_last_of_them_to_say_it_is_solved_closes_it(self, three, cast):
        case = three[0].case
        workflow.accept(case, by=cast.dispatcher)
        workflow.resolve(case, by=cast.dispatcher, text="修好了。")
        for each in three:
            assert case.state == State.RESOLVED
            workflow.rate(case, by=Resident(holder_of(each.tracking_code)), code="satisfied", solved=True)
        assert case.state == State.CLOSED

    def test_undone_each_has_its_own_people_its_offer_and_its_time_again(self, three, cast, ask):
        first, other = three[0].case, ask("13900000000").case
        workflow.accept(other, by=cast.dispatcher)
        workflow.dispatch(other, by=cast.dispatcher, to=cast.half.unit)
        due = other.due_at
        workflow.merge(other, by=cast.dispatcher, into=first, at=timezone.now())
        later = timezone.now() + timedelta(days=1)
        workflow.restore(other, by=cast.dispatcher, text="不是同一件事。", at=later)
        assert (other.state, other.merged_into, other.current_dispatch.outcome) == (State.DISPATCHED, None, "offered")
        assert other.due_at > due
        assert [each.phone_masked for each in other.requesters.all()] == ["139****0000"]
        assert other.requesters.get().is_main
        assert first.requesters.count() == 3
        assert messages("case_parted") == 1

    def test_it_is_not_undone_once_the_other_is_resolved(self, three, cast):
        first, second, _third = three
        workflow.accept(first.case, by=cast.dispatcher)
        workflow.resolve(first.case, by=cast.dispatcher, text="修好了。")
        with pytest.raises(Conflict, match=first.case.number):
            workflow.restore(second.case, by=cast.dispatcher, text="不是同一件事。")
        second.case.refresh_from_db()
        assert second.case.state == State.MERGED

    def test_what_was_merged_before_goes_along_and_comes_back_alone(self, three, cast, ask):
        first, second, third = three
        older = ask("13900000000").case
        workflow.merge(first.case, by=cast.dispatcher, into=older)
        second.case.refresh_from_db()
        assert second.case.merged_into == older
        assert older.requesters.count() == 4
        workflow.restore(third.case, by=cast.dispatcher, text="不是同一件事。")
        assert holder_of(third.tracking_code).request == third.case
        assert holder_of(second.tracking_code).request == older

    @pytest.mark.parametrize("state", [State.RESOLVED, State.CLOSED, State.REJECTED, State.WITHDRAWN])
    def test_nothing_joins_a_case_that_is_over(self, state, cast, ask):
        over, _resident = case_in(state, cast)
        case = ask().case
        with pytest.raises(Conflict):
            workflow.merge(case, by=cast.dispatcher, into=over)
        case.refresh_from_db()
        assert case.state == State.SUBMITTED

    def test_a_case_is_merged_neither_into_itself_nor_into_one_that_somebody_else_dispatches(
        self, ask, cast, the_south
    ):
        case = ask().case
        with pytest.raises(DomainError):
            workflow.merge(case, by=cast.dispatcher, into=case)
        theirs = workflow.submit(
            description="灯不亮。", contact=Contact(phone="13700000000"), station=the_south.station
        ).case
        with pytest.raises(NotAllowed):
            workflow.merge(case, by=cast.dispatcher, into=theirs)


class TestSplit:
    @pytest.fixture
    def split(self, ask, cast):
        asked = ask(words="路灯不亮，井盖也破了。")
        workflow.split(asked.case, by=cast.dispatcher, parts=PARTS)
        return asked

    def test_each_matter_is_an_accepted_case_of_the_same_person_and_place(self, split):
        case, parts = split.case, list(split.case.parts.order_by("pk"))
        assert case.state == State.SPLIT
        assert [part.title for part in parts] == ["路灯不亮。", "井盖"]
        for part in parts:
            assert (part.state, part.region, part.station) == (State.ACCEPTED, case.region, case.station)
            assert part.due_at is not None and part.dispatch_due_at is not None
            assert part.requesters.get().phone_masked == "138****5678"
        assert messages("case_split") == 1

    def test_the_resident_sees_the_parts_by_the_code_that_they_hold(self, split, client):
        client.post("/track/", {"code": split.tracking_code})
        page = client.get(f"/case/{split.case.number}/").content.decode()
        for part in split.case.parts.all():
            assert f"/case/{part.number}/" in page
            assert client.get(f"/case/{part.number}/").status_code == 200

    def test_only_the_parts_are_counted_as_received(self, split):
        assert public_status(split.case).sentence.startswith("您的诉求里有几件事")
        assert [line.event.verb for line in lines(split.case.parts.first(), audience="staff")] == [Verb.SPLIT]

    def test_undone_the_message_is_one_matter_again(self, split, cast):
        workflow.restore(split.case, by=cast.dispatcher, text="其实是一件事。")
        assert split.case.state == State.SUBMITTED
        assert {part.state for part in split.case.parts.all()} == {State.WITHDRAWN}

    def test_it_is_not_undone_once_a_part_is_resolved(self, split, cast):
        workflow.resolve(split.case.parts.first(), by=cast.dispatcher, text="修好了。")
        with pytest.raises(Conflict):
            workflow.restore(split.case, by=cast.dispatcher, text="其实是一件事。")

    @pytest.mark.parametrize("parts", [[], [Part("一件。")], [Part("一件。"), Part("  ")], [Part("多了。")] * 6])
    def test_it_takes_from_two_to_five_matters_in_words(self, parts, ask, cast):
        case = ask().case
        with pytest.raises(DomainError) as refusal:
            workflow.split(case, by=cast.dispatcher, parts=parts)
        assert "parts" in refusal.value.fields
        assert not case.parts.exists()


class TestReferral:
    @pytest.fixture
    def referred(self, ask, cast):
        case = ask().case
        workflow.refer(case, by=cast.dispatcher, body="市供电局", number="GD-2026-8")
        return case

    def test_the_resident_is_told_to_whom_it_went_and_its_clock_goes_on(self, referred):
        assert (referred.referred_to, referred.referred_number) == ("市供电局", "GD-2026-8")
        assert referred.accepted_at and referred.due_at and referred.is_open
        assert "市供电局" in public_status(referred).sentence
        assert messages("case_referred") == 1

    def test_what_they_did_is_read_and_rated_by_the_resident(self, referred, cast):
        workflow.outcome(referred, by=cast.dispatcher, text="供电局已更换变压器。")
        assert (referred.state, referred.resolve_ground) == (State.RESOLVED, ResolveGround.REFERRED)
        assert "供电局已更换变压器。" in [line.said for line in lines(referred, audience="public")]

    def test_what_comes_back_waits_to_be_dispatched(self, referred, cast):
        workflow.returned(referred, by=cast.dispatcher, text="不归供电局管。")
        assert referred.state == State.ACCEPTED and referred.dispatch_due_at is not None

    def test_a_body_has_to_be_named(self, ask, cast):
        with pytest.raises(DomainError) as refusal:
            workflow.refer(ask().case, by=cast.dispatcher, body="  ")
        assert "body" in refusal.value.fields


@pytest.mark.slow
@given(data=st.data())
@SAME
def test_no_order_of_merging_splitting_and_parting_loses_anybody(data, cast):
    """Everybody who ever asked holds a code that leads to a case that is not merged, with their own words."""
    codes: dict[str, int] = {}
    try:
        with transaction.atomic():
            for number in range(4):
                asked = workflow.submit(
                    description=f"{number}号楼的灯不亮了。", contact=Contact(phone=f"1380000000{number}"),
                    station=cast.half.station,
                )  # fmt: skip
                codes[asked.tracking_code] = asked.case.pk
            for _step in range(data.draw(st.integers(3, 12))):
                _try_something(data.draw, cast)
                for code, pk in codes.items():
                    holder = holder_of(code)
                    assert holder.request.state != State.MERGED
                    assert holder.asked_with.pk == pk
                for case in ServiceRequest.objects.all():
                    mains = case.requesters.filter(is_main=True).count()
                    assert mains == (0 if case.state == State.MERGED else 1)
                    assert (case.left_from != "") == (case.state in GONE_STATES)
            assert Requester.objects.filter(code_hash__in=["", None]).count() == 0
            raise _Undo
    except _Undo:
        pass


class _Undo(Exception):
    pass


def _try_something(draw, cast) -> None:
    cases = list(ServiceRequest.objects.order_by("pk"))
    case, other = draw(st.sampled_from(cases)), draw(st.sampled_from(cases))
    verb = draw(st.sampled_from(["merge", "restore", "split", "accept", "resolve", "refer", "outcome"]))
    arguments = {
        "merge": {"into": other},
        "restore": {"text": "不是同一件事。"},
        "split": {"parts": PARTS},
        "accept": {},
        "resolve": {"text": "修好了。"},
        "refer": {"body": "市供电局"},
        "outcome": {"text": "换好了。"},
    }[verb]
    try:
        with transaction.atomic():
            getattr(workflow, verb)(case, by=cast.dispatcher, **arguments)
    except DomainError:
        return
