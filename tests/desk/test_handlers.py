"""Whom a dispatch offers."""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from portal.core.models import Role
from portal.desk.handlers import handlers_for
from requests import workflow
from requests.models import Absence
from requests.workflow import Staff
from tests.conftest import make_user


def test_who_is_away_is_marked_stands_last_and_cannot_be_chosen(page, case, north, the_north):
    workflow.accept(case, by=Staff(north))
    away = make_user("away", Role.COMMUNITY, region=the_north.community)
    present = make_user("present", Role.COMMUNITY, region=the_north.community)
    today = timezone.localdate()
    Absence.objects.create(
        person=away.person, deputy=present.person, starts_on=today, ends_on=today + timedelta(days=2)
    )
    found = handlers_for(case, north)
    assert found[-1].value == f"person:{away.person_id}"
    assert "不在岗" in found[-1].away and "Present" in found[-1].away
    assert [each.away for each in found[:-1]] == [""] * (len(found) - 1)
    text = page(north, reverse("desk:case", args=[case.pk])).content.decode()
    assert f'value="person:{away.person_id}" required disabled' in text


def test_who_comes_back_today_is_offered_again(case, north, the_north):
    back = make_user("back", Role.COMMUNITY, region=the_north.community)
    yesterday = timezone.localdate() - timedelta(days=1)
    Absence.objects.create(person=back.person, deputy=north.person, starts_on=yesterday, ends_on=yesterday)
    assert not any(each.away for each in handlers_for(case, north))
