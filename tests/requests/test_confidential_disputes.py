"""A confidential dispute: who sees it, and who is named to whom."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from portal.core.errors import Conflict, DomainError, NotFound
from portal.core.masking import mask_name
from portal.core.models import Notification, Role
from requests import workflow
from requests.deliberations import follow_up, meetings, publicity, step, topics
from requests.deliberations.seats import name_for, seats_of
from requests.models import Deliberation, FollowUpTask
from requests.types import State
from requests.workflow import Staff
from tests.conftest import make_user
from tests.requests.builders import case_in, deliberation
from tests.requests.talks import DAY, go


class TestConfidential:
    @pytest.fixture
    def secret(self, cast, runner):
        row = deliberation(cast, kind="dispute", topic="漏水赔偿", is_confidential=True)
        mediator = make_user("mediator", Role.COMMUNITY, region=cast.half.community)
        topics.invite(row, by=cast.chair.user, role="mediator", person=mediator.person)
        topics.invite(row, by=cast.chair.user, role="executor", organization=cast.half.unit)
        row.mediator = mediator
        return row

    def test_only_its_chair_its_mediators_and_those_named_see_it(self, cast, secret, admin_user):
        def sees(user):
            return Deliberation.objects.for_user(user).filter(pk=secret.pk).exists()

        assert sees(cast.chair.user) and sees(secret.mediator)
        others = [cast.dispatcher, cast.leader, cast.keeper, cast.handler, cast.appeal_leader, cast.stranger]
        assert not any(sees(each.user) for each in others) and not sees(admin_user)

    @pytest.mark.parametrize("role", ["party", "resident"])
    def test_who_is_part_of_it_is_named_to_the_chair_and_the_mediators_alone(self, cast, secret, role):
        one, other = (
            topics.invite(secret, by=cast.chair.user, role=role, person=each.user.person)
            for each in (cast.keeper, cast.leader)
        )
        read = {seat.pk: seat for seat in seats_of(secret)}
        for reader in (cast.chair.user, secret.mediator, cast.leader.user):
            assert name_for(read[other.pk], reader) == str(other)
        assert name_for(read[other.pk], cast.keeper.user) == mask_name(str(other))
        assert name_for(read[one.pk], cast.keeper.user) == str(one)

    def test_the_api_keeps_them_too(self, cast, secret, client):
        topics.invite(secret, by=cast.chair.user, role="resident", person=cast.keeper.user.person)
        other = topics.invite(secret, by=cast.chair.user, role="party", person=cast.leader.user.person)
        client.force_login(cast.keeper.user)
        told = client.get(f"/api/v1/deliberations/{secret.pk}/").json()["participants"]
        seat = next(each for each in told if each["id"] == other.pk)
        assert (seat["person"], seat["shown_name"]) == (None, mask_name(str(other)))

    def test_whoever_looks_after_the_region_cannot_run_it(self, runner, secret):
        with pytest.raises(NotFound):
            topics.drop(secret, by=runner, ground="settled")
        topics.drop(secret, by=secret.mediator, ground="settled")

    def test_leaders_learn_that_it_exists_and_nothing_else(self, cast, secret):
        assert Deliberation.objects.withheld_from(cast.leader.user.scope).count() == 1
        assert Deliberation.objects.withheld_from(cast.dispatcher.user.scope).count() == 0
        assert Deliberation.objects.withheld_from(cast.chair.user.scope).count() == 0

    def test_units_are_not_told_and_no_list_holds_it(self, cast, runner, secret):
        topics.schedule(secret, by=secret.mediator, scheduled_for=timezone.now() + DAY, place="调解室")
        assert not Notification.objects.filter(person=cast.handler.user.person).exists()
        assert Notification.objects.filter(person=secret.mediator.person).count() == 0  # gave the notice
        meeting = meetings.call(
            by=runner, region=cast.half.community, held_on=timezone.localdate(), chair=runner.person
        )
        assert not meeting.items.exists()

    def test_it_is_never_published(self, secret):
        go(secret, secret.mediator, to="resolved")
        with pytest.raises(Conflict):
            publicity.publish(secret, by=secret.mediator)
        publicity.enact(secret, by=secret.mediator)
        assert secret.state == "in_force"
        with pytest.raises(IntegrityError), transaction.atomic():
            Deliberation.objects.filter(pk=secret.pk).update(
                published_at=timezone.now(), publicity_ends_at=timezone.now()
            )

    def test_only_a_dispute_can_be(self, cast, runner):
        with pytest.raises(DomainError) as refusal:
            topics.raise_topic(
                by=runner, region=cast.half.community, chair=runner.person, kind="parking", topic="停车",
                is_confidential=True,
            )  # fmt: skip
        assert "is_confidential" in refusal.value.fields

    def test_a_case_on_its_agenda_does_not_tell_which(self, cast, secret):
        case, _resident = case_in(State.ACCEPTED, cast)
        workflow.table(case, by=Staff(secret.mediator), text="请调解。", deliberation=secret)
        event = case.events.order_by("-id").first()
        assert str(secret.pk) not in str(event.data) and secret.topic not in event.text
        workflow.conclude(case, by=cast.chair, result="resolved", text="已和解。")

    def test_what_the_owner_of_a_task_sees_is_the_task_alone(self, cast, secret):
        go(secret, secret.mediator, to="resolved")
        task = follow_up.give(
            secret, by=secret.mediator, text="检修水管", due_on=timezone.localdate(), organization=cast.half.unit
        )
        user = cast.handler.user
        assert FollowUpTask.objects.for_user(user).get() == task
        assert not Deliberation.objects.for_user(user).exists()
        assert step.allowed(secret, by=user) == []
