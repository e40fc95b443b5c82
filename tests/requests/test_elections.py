"""业委会候选人把关: checked, decided by somebody else, published by name; masked until then, and erased afterwards."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from portal.core.errors import Conflict, DomainError, NotAllowed, NotFound
from portal.core.models import DisclosureRecord, Estate, Role
from requests import elections
from requests.deliberation_types import Criterion
from requests.models import Candidate, Election
from tests.conftest import make_user

DAY = timedelta(days=1)


@pytest.fixture
def decider(cast):
    return make_user("decider", Role.LEADER, region=cast.half.community)


@pytest.fixture
def election(cast, by):
    estate = Estate.objects.create(name="龙井小区", region=cast.half.community)
    return elections.call(by=by, estate=estate, title="第三届", held_on=timezone.localdate() + 20 * DAY)


def entered(election, by, name="王建国", phone="13800001111", failed=()):
    candidate = elections.enter(election, by=by, name=name, phone=phone)
    for criterion in Criterion:
        passed = criterion not in failed
        elections.check(candidate, by=by, criterion=criterion, passed=passed, text="" if passed else "有欠费。")
    return candidate


def test_it_works_and_only_the_names_of_those_suitable_are_read(election, by, decider, client):
    good, bad = entered(election, by), entered(election, by, "李卫东", "13800002222", [Criterion.FEES_PAID])
    elections.decide(good, by=decider, verdict="suitable", reasons="都符合。")
    elections.decide(bad, by=decider, verdict="unsuitable", reasons="欠缴物业费。")
    assert "王建国" not in client.get("/candidates/").content.decode()
    elections.publish(election, by=decider)
    page = client.get("/candidates/").content.decode()
    assert "王建国" in page
    assert not {word for word in ("李卫东", "李", "欠缴", "1380000") if word in page.split("<main", 1)[1]}
    Election.objects.update(publicity_ends_at=timezone.now() - DAY, published_at=timezone.now() - 9 * DAY)
    assert "王建国" not in client.get("/candidates/").content.decode()


class TestDeciding:
    def test_who_enters_does_not_decide(self, election, by):
        candidate = entered(election, by)
        with pytest.raises(NotAllowed):
            elections.decide(candidate, by=by, verdict="suitable", reasons="好。")
        with pytest.raises(IntegrityError), transaction.atomic():
            Candidate.objects.update(verdict="suitable", reasons="好。", decided_by=by, decided_at=timezone.now())

    def test_everything_is_checked_before_and_a_failed_condition_is_not_overlooked(self, election, by, decider):
        candidate = elections.enter(election, by=by, name="王建国", phone="13800001111")
        with pytest.raises(Conflict) as refusal:
            elections.decide(candidate, by=decider, verdict="suitable", reasons="好。")
        assert "无欠缴物业费" in str(refusal.value)
        failed = entered(election, by, "陈建军", "13800003333", failed=[Criterion.NO_OFFENCE])
        with pytest.raises(DomainError):
            elections.decide(failed, by=decider, verdict="suitable", reasons="好。")
        no_member = entered(election, by, "周国强", "13800004444", failed=[Criterion.PARTY_MEMBER])
        assert elections.decide(no_member, by=decider, verdict="suitable", reasons="群众，符合。").verdict == "suitable"

    def test_what_is_not_passed_says_why_and_a_new_check_takes_the_place_of_the_old(self, election, by):
        candidate = elections.enter(election, by=by, name="王建国", phone="13800001111")
        with pytest.raises(DomainError) as refusal:
            elections.check(candidate, by=by, criterion="owner", passed=False)
        assert list(refusal.value.fields) == ["text"]
        elections.check(candidate, by=by, criterion="owner", passed=False, text="产权未过户。")
        elections.check(candidate, by=by, criterion="owner", passed=True)
        assert candidate.checks.get().passed

    def test_what_was_decided_or_published_stays(self, election, by, decider):
        candidate = entered(election, by)
        elections.decide(candidate, by=decider, verdict="suitable", reasons="好。")
        with pytest.raises(Conflict):
            elections.decide(candidate, by=decider, verdict="unsuitable", reasons="不好。")
        with pytest.raises(Conflict):
            elections.check(candidate, by=by, criterion="owner", passed=True)
        elections.publish(election, by=decider)
        with pytest.raises(Conflict):
            elections.enter(election, by=by, name="李四", phone="13800005555")

    def test_nothing_is_published_before_all_are_decided(self, election, by, decider):
        entered(election, by)
        with pytest.raises(Conflict):
            elections.publish(election, by=decider)


class TestCorrecting:
    def test_the_election_can_be_corrected_until_it_is_published(self, election, by, south):
        day = election.held_on + DAY
        elections.amend(election, by=by, title="第四届", held_on=day)
        assert (election.title, election.held_on) == ("第四届", day)
        with pytest.raises(NotFound):
            elections.amend(election, by=south, title="第五届", held_on=day)
        Election.objects.update(published_at=timezone.now(), publicity_ends_at=timezone.now())
        with pytest.raises(Conflict):
            elections.amend(election, by=by, title="第五届", held_on=day)

    def test_no_election_is_called_for_a_day_that_has_passed(self, election, by):
        with pytest.raises(DomainError) as refusal:
            elections.call(by=by, estate=election.estate, title="旧的", held_on=timezone.localdate() - DAY)
        assert list(refusal.value.fields) == ["held_on"]

    def test_a_candidate_can_be_corrected_and_struck_until_it_is_decided(self, election, by, decider):
        candidate = elections.enter(election, by=by, name="王建国", phone="13800001111")
        elections.correct(candidate, by=by, name="王建军")
        assert (candidate.name.reveal(), candidate.phone.reveal()) == ("王建军", "13800001111")
        elections.correct(candidate, by=by, phone="13800002222")
        assert candidate.phone_masked == "138****2222"
        elections.strike(candidate, by=by)
        again = entered(election, by)
        elections.decide(again, by=decider, verdict="suitable", reasons="好。")
        for verb in (elections.correct, elections.strike):
            with pytest.raises(Conflict):
                verb(again, by=by)

    def test_the_same_name_twice_is_asked_about(self, election, by):
        elections.enter(election, by=by, name="王建国", phone="13800001111")
        with pytest.raises(DomainError) as refusal:
            elections.enter(election, by=by, name="王建国", phone="13800002222")
        assert list(refusal.value.fields) == ["name"]
        elections.enter(election, by=by, name="王建国", phone="13800002222", is_namesake=True)
        assert election.candidates.count() == 2


class TestPersonalData:
    def test_it_is_masked_and_shown_with_a_logged_reason(self, election, by, auditor, cast):
        candidate = entered(election, by)
        assert "王建国" not in str(candidate)
        assert elections.reveal(candidate, by=by, reason="核实身份").phone == "13800001111"
        record = DisclosureRecord.objects.get()
        assert (record.user, record.reason, record.region) == (by, "核实身份", election.estate.region)
        with pytest.raises(NotAllowed):
            elections.reveal(candidate, by=auditor, reason="看看")
        with pytest.raises(DomainError):
            elections.reveal(candidate, by=by, reason=" ")

    def test_somebody_elsewhere_finds_nothing(self, election, by, south):
        candidate = entered(election, by)
        with pytest.raises(NotFound):
            elections.check(candidate, by=south, criterion="owner", passed=True)
        assert not Candidate.objects.for_user(south).exists()

    def test_it_is_erased_when_the_list_has_hung(self, election, by, decider, cast):
        district = make_user("clerk", Role.DISTRICT, region=cast.half.district)
        candidate = entered(election, by)
        elections.decide(candidate, by=decider, verdict="suitable", reasons="王建国符合。")
        elections.publish(election, by=decider, at=timezone.now() - 40 * DAY)
        with pytest.raises(NotAllowed):
            elections.erase(candidate, by=by)
        elections.erase(candidate, by=district)
        assert (candidate.name_masked, candidate.phone_hash, bool(candidate.name)) == ("", "", False)
        assert "王建国" not in candidate.reasons
        with pytest.raises(Conflict):
            elections.reveal(candidate, by=by, reason="核实")
