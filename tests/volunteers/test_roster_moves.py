"""Somebody is taken to another shift of a draft by hand: the draft's figures follow, and solving again leaves them."""

from datetime import timedelta

import pytest

from portal.core.errors import Conflict, NotAllowed, NotFound
from tests.volunteers.test_roster_pages import PAGES, QUICK, SOON, asked, draft, shifts  # noqa: F401
from volunteers import places, roster_moves, rosters
from volunteers.models import Roster, Volunteer
from volunteers.roster import job
from volunteers.spare_time import monday_of


@pytest.fixture
def other(draft, make_shift):  # noqa: F811
    """A shift of the draft's days that it gave nobody, since it was added afterwards."""
    return make_shift(SOON + timedelta(days=4), title="晚间一小时", min_people=1, max_people=1)


def test_it_works(draft, other, north):  # noqa: F811
    line = draft.lines.order_by("shift__starts_at").first()
    left = line.shift
    roster_moves.move(line, to=other, by=north)
    draft.refresh_from_db()
    assert (line.shift, line.is_pinned) == (other, True)
    gaps = {gap["shift"] for gap in draft.outcome["gaps"]}
    assert left.pk in gaps
    assert other.pk not in gaps
    assert (draft.outcome["by_hand"], draft.outcome["stages"]) == (True, [])


def test_solving_again_leaves_whoever_was_moved(draft, other, north):  # noqa: F811
    line = draft.lines.first()
    roster_moves.move(line, to=other, by=north)
    rosters.solve_again(draft, by=north)
    job.run(draft.pk, seconds=QUICK)
    assert draft.lines.filter(shift=other, volunteer=line.volunteer).exists()


@pytest.mark.parametrize("who", ["south", "helper", "auditor", "leader"])
def test_others_move_nobody(draft, other, request, who):  # noqa: F811
    with pytest.raises(NotAllowed):
        roster_moves.move(draft.lines.first(), to=other, by=request.getfixturevalue(who))


def test_what_publishing_would_refuse_is_refused(draft, other, north, make_shift, anytime, the_north):  # noqa: F811
    line = draft.lines.first()
    with pytest.raises(Conflict):  # the same shift
        roster_moves.move(line, to=line.shift, by=north)
    outside = make_shift(SOON + timedelta(days=60))
    with pytest.raises(NotFound):
        roster_moves.move(line, to=outside, by=north)
    elsewhere = make_shift(other.starts_at, station=_second(the_north))
    place = places.assign(elsewhere, volunteer=line.volunteer, by=north)
    with pytest.raises(Conflict) as refused:
        roster_moves.move(line, to=other, by=north)
    assert refused.value.code == "busy"
    places.withdraw(place, by=north)
    draft.lines.create(shift=other, volunteer=anytime("李四"))
    with pytest.raises(Conflict) as refused:
        roster_moves.move(line, to=other, by=north)
    assert refused.value.code == "full"


def test_whoever_has_said_yes_is_moved_in_the_calendar_and_not_in_a_draft(draft, other, north):  # noqa: F811
    line = draft.lines.first()
    places.assign(line.shift, volunteer=line.volunteer, by=north)
    with pytest.raises(Conflict) as refused:
        roster_moves.move(line, to=other, by=north)
    assert refused.value.code == "holds_it"


def test_a_published_roster_is_changed_on_its_shifts(draft, other, north):  # noqa: F811
    Roster.objects.update(status=Roster.Status.PUBLISHED)
    with pytest.raises(Conflict):
        roster_moves.move(draft.lines.first(), to=other, by=north)


def test_the_page_moves_and_says_why_not(browser, north, auditor, draft, other):  # noqa: F811
    line = draft.lines.first()
    address = f"{PAGES}{draft.pk}/lines/{line.pk}/move/"
    page = browser(north).get(f"{PAGES}{draft.pk}/").content.decode()
    assert f'href="{address}"' in page
    assert f'data-move-target="{other.pk}"' in page
    assert "晚间一小时" in browser(north).get(address).content.decode()
    assert browser(north).post(address, {"to": ""}).status_code == 400
    refused = browser(north).post(address, {"to": line.shift_id})
    assert refused.status_code == 409
    assert "已在" in refused.content.decode()
    assert browser(north).post(address, {"to": other.pk}).url == f"{PAGES}{draft.pk}/#days"
    assert "手工调整" in browser(north).get(f"{PAGES}{draft.pk}/").content.decode()
    assert browser(auditor).get(address).status_code == 403


def test_the_api_moves_a_line(browser, north, south, draft, other):  # noqa: F811
    line = draft.lines.first()
    address = f"/api/v1/rosters/{draft.pk}/lines/{line.pk}/move/"
    assert browser(south).post(address, {"shift": other.pk}, content_type="application/json").status_code in (400, 404)
    answer = browser(north).post(address, {"shift": other.pk}, content_type="application/json")
    assert answer.status_code == 200, answer.json()
    line.refresh_from_db()
    assert line.shift == other


def test_it_says_what_becomes_of_the_persons_week(draft, other, north, make_shift, the_north):  # noqa: F811
    line = draft.lines.order_by("shift__starts_at").first()
    elsewhere = make_shift(other.starts_at + timedelta(hours=8), minutes=60, station=_second(the_north))
    places.assign(elsewhere, volunteer=line.volunteer, by=north)

    def minutes() -> int:
        own = [each.shift for each in draft.lines.filter(volunteer=line.volunteer)]
        return 60 + sum(shift.minutes for shift in own if monday_of(shift) == monday_of(other))

    before = minutes()
    week = roster_moves.move(line, to=other, by=north)
    assert (week.monday, week.before, week.after) == (monday_of(other), before, minutes())
    assert "调整前" in week.words


def test_a_week_beyond_what_somebody_wants_is_said_on_page_and_in_the_api(browser, north, draft, other):  # noqa: F811
    line = draft.lines.first()
    Volunteer.objects.update(weekly_minutes=30)
    page = browser(north).post(f"{PAGES}{draft.pk}/lines/{line.pk}/move/", {"to": other.pk}, follow=True)
    assert "超过每周上限 30 分钟" in page.content.decode()
    address, body = f"/api/v1/rosters/{draft.pk}/lines/{line.pk}/move/", {"shift": line.shift_id}
    week = browser(north).post(address, body, content_type="application/json").json()["week"]
    assert week["most"] == 30
    assert "超过每周上限" in week["doubt"]
    assert week["doubt"] in week["words"]


def _second(half):
    return type(half.station).objects.create(
        code="S61", name="北二站", station_type="estate", status="open", region=half.community
    )
