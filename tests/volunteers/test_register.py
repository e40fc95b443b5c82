"""The register: coming onto it, what becomes of an entry, duplicates, personal data."""

from datetime import date, time, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import InternalError, connection, transaction
from django.utils import timezone

from portal.core import consent
from portal.core.clock import ZONE
from portal.core.errors import Conflict, DomainError, NotAllowed
from portal.core.models import (
    ConsentText,
    DisclosureRecord,
    HistoryEntry,
    Level,
    Membership,
    Notification,
    Role,
    StoredFile,
)
from portal.core.regions import merge_regions
from requests.models import ServiceRequest
from requests.photos import unused
from tests.conftest import make_region, make_user
from tests.core.test_images import pdf
from tests.volunteers.conftest import MORNING
from volunteers import availability, ledger, merging, numbers, places, privacy, register, skills, teams
from volunteers.availability import Span
from volunteers.models import (
    Assignment,
    HourEntry,
    KeyHolder,
    Skill,
    Swap,
    TeamMember,
    Volunteer,
    VolunteerSkill,
    VolunteerTeam,
)
from volunteers.register import Who, Wishes
from volunteers.types import ClaimStatus, HourAccount, MemberStatus, ShiftStatus, VolunteerStatus

WANG = Who(name="王小明", phone="138 0000 1111")
CHILD = date(2014, 6, 1)


@pytest.fixture
def wang(the_north, north):
    return register.enrol(who=WANG, home_region=the_north.community, by=north, born_on=date(1980, 5, 1))


@pytest.fixture
def apply(the_north):
    def apply(who=WANG, **details):
        text = consent.current(ConsentText.Purpose.VOLUNTEERS)
        return register.apply(who=who, home_region=the_north.community, consent=text, **details)

    return apply


@pytest.fixture
def team(the_north):
    return VolunteerTeam.objects.create(name="先锋队", kind="party", region=the_north.community)


def test_it_works(wang, north):
    assert wang.status == VolunteerStatus.ACTIVE
    assert numbers.is_number(wang.number)
    assert (wang.person.phone_masked, str(wang.person.phone)) == ("138****1111", "***")
    entry = HistoryEntry.objects.filter(table="volunteers_volunteer", row_id=wang.pk).latest("pk")
    assert entry.actor_id == north.pk


def test_a_number_tells_one_wrong_digit_and_two_that_were_swapped():
    number = numbers.with_check_digit("10000001")
    assert numbers.is_number(number)
    for at in range(8):
        wrong = number[:at] + str((int(number[at]) + 1) % 10) + number[at + 1 :]
        assert not numbers.is_number(wrong)
    assert not numbers.is_number("1000000")
    assert not numbers.is_number("１00000016")


def test_nobody_is_entered_twice_by_phone_or_by_name_and_birth(wang, the_north, north):
    for who, born_on in [(Who(name="别人", phone="13800001111"), None), (Who(name="王小明"), date(1980, 5, 1))]:
        with pytest.raises(Conflict) as refused:
            register.enrol(who=who, home_region=the_north.community, by=north, born_on=born_on)
        assert refused.value.code == "already_registered"
    assert Volunteer.objects.count() == 1


def test_staff_who_volunteer_stay_one_person(the_north, north, make_person):
    person = make_person("李干事", "13800002222")
    volunteer = register.enrol(who=Who(name="李干事", phone="13800002222"), home_region=the_north.community, by=north)
    assert volunteer.person == person


def test_nobody_enters_people_of_elsewhere(the_north, south, helper):
    for user in (south, helper):
        with pytest.raises(DomainError) as refused:
            register.enrol(who=WANG, home_region=the_north.community, by=user)
        assert refused.value.status == 403


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"who": Who(name="王", phone="12")}, "phone"),
        ({"who": Who(name=" ", phone="13800003333")}, "name"),
        ({"born_on": date(2190, 1, 1)}, "born_on"),
        ({"born_on": date(1850, 1, 1)}, "born_on"),
        ({"weekly_minutes": 100 * 60}, "weekly_minutes"),
    ],
)
def test_bad_input_is_told_at_its_field_and_leaves_nothing(change, field, the_north, north):
    with pytest.raises(DomainError) as refused:
        register.enrol(**{"who": WANG, "home_region": the_north.community, "by": north, **change})
    assert field in refused.value.fields
    assert not Volunteer.objects.exists()


def test_a_district_is_no_home(the_north, leader):
    staff = make_user("district", Role.DISTRICT, region=the_north.district)
    with pytest.raises(DomainError) as refused:
        register.enrol(who=WANG, home_region=the_north.district, by=staff)
    assert "home_region" in refused.value.fields


def test_a_sign_up_waits_for_staff_of_the_home_community(apply, north, south):
    skill = Skill.objects.create(code="first-aid", name="急救")
    wishes = Wishes(skills=[skill], times=[Span(2, time(19), time(21))])
    volunteer = apply(wishes=wishes)
    assert (volunteer.status, volunteer.consent.purpose) == (VolunteerStatus.APPLIED, "volunteers")
    assert (volunteer.skills.count(), volunteer.weekly_availability.count()) == (1, 1)
    with pytest.raises(NotAllowed):
        register.confirm(volunteer, by=south)
    assert register.confirm(volunteer, by=north).status == VolunteerStatus.ACTIVE
    with pytest.raises(Conflict):
        register.confirm(volunteer, by=north)


def told(kind):
    found = Notification.objects.filter(kind=kind).select_related("person").order_by("pk")
    return [(each.person.name, " ".join(each.values.values())) for each in found]


def test_staff_of_the_home_community_hear_of_a_sign_up_and_the_person_of_the_decision(apply, north, south, helper):
    volunteer = apply()
    ((name, body),) = told("volunteer_applied")
    assert name == north.get_full_name()
    assert "王**" in body
    assert "王小明" not in body
    register.confirm(volunteer, by=north)
    ((name, body),) = told("application_decided")
    assert name == "王小明"
    assert volunteer.number in body


def test_why_somebody_was_not_admitted_stands_in_no_message(apply, north):
    register.refuse_application(apply(), by=north, reason="与邻居有纠纷")
    ((_name, body),) = told("application_decided")
    assert "未通过" in body
    assert "纠纷" not in body


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (ClaimStatus.GRANTED, "已同意"), (ClaimStatus.REFUSED, "未同意"), (ClaimStatus.PENDING, "待审批"),
        (MemberStatus.REFUSED, "未通过"), (Swap.Status.REFUSED, "对方不同意"), (ShiftStatus.OPEN, "已排定"),
    ],
)  # fmt: skip
def test_a_state_of_volunteers_is_not_said_in_the_words_of_appeals_or_stations(state, words):
    assert str(state.label) == words


def test_a_minor_gives_a_guardian_and_becomes_active_when_the_guardian_agreed(apply, north):
    with pytest.raises(DomainError) as refused:
        apply(born_on=CHILD)
    assert {"guardian_name", "guardian_phone"} <= set(refused.value.fields)
    child = apply(
        who=Who(name="小宝", phone="13800001111", guardian_name="王父", guardian_phone="13800004444"), born_on=CHILD
    )
    with pytest.raises(DomainError) as refused:
        register.confirm(child, by=north)
    assert "guardian_consent_on" in refused.value.fields
    register.edit(child, by=north, guardian_consent_on=date(2026, 11, 1))
    assert register.confirm(child, by=north).status == VolunteerStatus.ACTIVE


def test_a_minor_whom_staff_enter_waits_for_the_guardian(the_north, north):
    child = register.enrol(who=WANG, home_region=the_north.community, by=north, born_on=CHILD)
    assert child.status == VolunteerStatus.APPLIED


def test_who_is_refused_may_sign_up_again(apply, north):
    first = apply()
    with pytest.raises(DomainError):
        register.refuse_application(first, by=north, reason=" ")
    register.refuse_application(first, by=north, reason="重复报名")
    assert apply().pk != first.pk


def test_who_has_duties_ahead_gives_them_back_before_leaving(wang, team, make_shift, north):
    member = teams.add_member(team, volunteer=wang, by=north, is_leader=True)
    shift = make_shift(timezone.now() + timedelta(days=3))
    assignment = places.assign(shift, volunteer=wang, by=north)
    for verb in (register.pause, register.leave):
        with pytest.raises(Conflict) as refused:
            verb(wang, by=north)
        assert refused.value.code == "has_duties"
    places.withdraw(assignment, by=north)
    register.leave(wang, by=north, reason="搬家")
    member.refresh_from_db()
    assert (wang.status, member.status, member.is_leader) == (VolunteerStatus.LEFT, MemberStatus.LEFT, False)
    assert register.resume(wang, by=north).left_on is None


def test_an_own_account_pauses_and_edits_what_is_its_own_and_nobody_elses(wang, enrol, the_north):
    me = make_user("volunteer", Role.VOLUNTEER, region=the_north.community)
    me.person, _old = wang.person, me.person
    me.save()
    register.edit_own(wang, by=me, interests="读书会")
    register.pause(wang, by=me)
    other = enrol("陈二")
    with pytest.raises(NotAllowed):
        register.pause(other, by=me)
    with pytest.raises(NotAllowed):
        register.confirm(wang, by=me)


def test_a_volunteers_region_is_looked_after_by_nobody_because_of_it(wang, case, the_north):
    me = make_user("volunteer", Role.VOLUNTEER, region=the_north.community)
    assert not me.scope.covers(the_north.community)
    assert me.scope.region_paths == me.scope.home_paths == ()
    assert not ServiceRequest.objects.for_user(me).exists()
    assert not Volunteer.objects.for_user(me).exists()
    assert not Membership.objects.for_user(me).exclude(user=me).exists()


def test_overlapping_times_are_refused_kindly(wang, north):
    spans = [Span(2, time(9), time(12)), Span(2, time(11), time(13))]
    with pytest.raises(DomainError) as refused:
        availability.set_week(wang, spans=spans, by=north)
    assert refused.value.code == "overlap"
    availability.set_week(wang, spans=[spans[0], Span(3, time(11), time(13))], by=north)
    availability.set_week(wang, spans=[spans[0]], by=north)
    assert wang.weekly_availability.get().weekday == 2


def test_a_day_on_which_it_is_otherwise_is_set_changed_and_cleared(wang, north):
    day = date(2026, 12, 24)
    availability.set_day(wang, on=day, by=north, reason="出差")
    again = availability.set_day(wang, on=day, by=north, starts=time(9), ends=time(10))
    with pytest.raises(DomainError):
        availability.set_day(wang, on=day, by=north, starts=time(10), ends=time(9))
    assert wang.day_availability.get() == again
    availability.clear_day(again, by=north)
    assert not wang.day_availability.exists()


def test_a_skill_that_needs_evidence_counts_when_somebody_else_has_seen_it(wang, north):
    skill = Skill.objects.create(code="nurse", name="护士", needs_evidence=True)
    listed = skills.add_skill(wang, skill=skill, by=north)
    with pytest.raises(Conflict) as refused:
        skills.verify_skill(listed, by=north)
    assert refused.value.code == "evidence_missing"
    listed = skills.add_skill(wang, skill=skill, by=north, evidence=SimpleUploadedFile("证书.pdf", pdf()))
    today = timezone.localdate()
    assert not VolunteerSkill.objects.valid_on(today).exists()
    skills.verify_skill(listed, by=north)
    assert VolunteerSkill.objects.valid_on(today).get() == listed
    assert not unused(timezone.now() + timedelta(days=1)).exists()
    skills.remove_skill(listed, by=north)
    assert not StoredFile.objects.exists()


def test_an_expired_certificate_is_refused(wang, north):
    skill = Skill.objects.create(code="nurse", name="护士", needs_evidence=True)
    with pytest.raises(DomainError) as refused:
        skills.add_skill(wang, skill=skill, by=north, valid_until=date(2020, 1, 1))
    assert "valid_until" in refused.value.fields


class TestTeams:
    def test_a_leader_admits_who_asked(self, wang, team, north, enrol, the_north):
        leads = enrol("队长")
        teams.add_member(team, volunteer=leads, by=north, is_leader=True)
        me = make_user("leads", Role.VOLUNTEER, region=the_north.community)
        me.person = leads.person
        me.save()
        asked = teams.ask_to_join(team, volunteer=wang, by=north)
        assert teams.admit(asked, by=me).status == MemberStatus.ACTIVE
        with pytest.raises(Conflict):
            teams.turn_down(asked, by=me)
        with pytest.raises(NotAllowed):
            teams.make_leader(asked, by=me)

    def test_nobody_is_in_a_team_twice_and_a_second_time_may_follow(self, wang, team, north):
        member = teams.add_member(team, volunteer=wang, by=north)
        with pytest.raises(Conflict):
            teams.add_member(team, volunteer=wang, by=north)
        teams.end_membership(member, by=north)
        assert teams.add_member(team, volunteer=wang, by=north).pk != member.pk

    def test_south_decides_nothing_here(self, wang, team, north, south):
        asked = teams.ask_to_join(team, volunteer=wang, by=north)
        for verb in (teams.admit, teams.turn_down, teams.end_membership, teams.make_leader):
            with pytest.raises(NotAllowed):
                verb(asked, by=south)


class TestMerging:
    @pytest.fixture
    def twin(self, enrol):
        return enrol("王小明", born_on=date(1980, 5, 1))

    def test_likely_duplicates_are_found_once(self, wang, twin, enrol, north):
        enrol("别人", born_on=date(1980, 5, 1))
        [group] = merging.duplicates(Volunteer.objects.for_user(north).select_related("person"))
        assert (group.why, group.rows) == (merging.SAME_BIRTH, [wang, twin])

    def test_everything_goes_along(self, wang, twin, team, make_shift, north, the_north):
        shift = make_shift()
        assignment = places.assign(shift, volunteer=twin, by=north)
        entry = HourEntry.objects.create(
            volunteer=twin, region=the_north.community, account=HourAccount.APPROVED, on=date(2026, 1, 1), minutes=60
        )
        skill = Skill.objects.create(code="cook", name="烹饪")
        skills.add_skill(twin, skill=skill, by=north)
        for each in (twin, wang):
            teams.add_member(team, volunteer=each, by=north, joined_on=date(2024, 1, each.pk % 20 + 1))
        KeyHolder.objects.create(station=the_north.station, volunteer=twin)
        merging.merge(twin, into=wang, by=north)
        for row in (assignment, entry):
            row.refresh_from_db()
            assert row.volunteer == wang
        assert ledger.totals(wang)[HourAccount.APPROVED] == 60
        assert (twin.status, twin.merged_into) == (VolunteerStatus.MERGED, wang)
        assert wang.skills.count() == wang.keys.count() == 1
        assert TeamMember.objects.get(volunteer=wang, status=MemberStatus.ACTIVE)
        with pytest.raises(Conflict):
            merging.merge(twin, into=wang, by=north)

    def test_duties_at_one_time_are_named(self, wang, twin, make_shift, north):
        places.assign(make_shift(title="晚间一小时"), volunteer=twin, by=north)
        places.assign(make_shift(MORNING + timedelta(hours=1)), volunteer=wang, by=north)
        with pytest.raises(Conflict, match="晚间一小时") as refused:
            merging.merge(twin, into=wang, by=north)
        assert refused.value.code == "duties_collide"
        assert Assignment.objects.filter(volunteer=twin).exists()

    def test_of_a_skill_that_both_list_the_verified_one_counts(self, wang, twin, north):
        skill = Skill.objects.create(code="cook", name="烹饪")
        skills.add_skill(wang, skill=skill, by=north)
        skills.verify_skill(skills.add_skill(twin, skill=skill, by=north), by=north)
        merging.merge(twin, into=wang, by=north)
        assert wang.skills.get().verified_at

    def test_south_and_helper_merge_nothing(self, wang, twin, south, helper):
        for user in (south, helper):
            with pytest.raises(NotAllowed):
                merging.merge(twin, into=wang, by=user)

    def test_the_ledger_follows_a_merge_and_nothing_else(self, wang, twin, the_north):
        entry = HourEntry.objects.create(
            volunteer=twin, region=the_north.community, account=HourAccount.APPROVED, on=date(2026, 1, 1), minutes=60
        )
        for change in ({"volunteer": wang}, {"minutes": 90}):
            with pytest.raises(InternalError, match="Cannot update"), transaction.atomic():
                HourEntry.objects.filter(pk=entry.pk).update(**change)

    def test_a_merged_region_takes_its_volunteers_and_hours_along(self, wang, the_north, north):
        HourEntry.objects.create(
            volunteer=wang, region=the_north.community, account=HourAccount.APPROVED, on=date(2026, 1, 1), minutes=60
        )
        other = make_region("440306001002", "北二社区", Level.COMMUNITY, the_north.street)
        merge_regions([the_north.community], into=other, by=None)
        wang.refresh_from_db()
        assert (wang.home_region, HourEntry.objects.get().region) == (other, other)


class TestPersonalData:
    def test_it_is_revealed_with_a_logged_reason(self, wang, north, keeper):
        for user in (north, keeper):
            assert privacy.reveal(wang, by=user, reason="通知值班").phone == "13800001111"
        assert DisclosureRecord.objects.filter(subject=f"volunteers_volunteer/{wang.pk}").count() == 2
        with pytest.raises(DomainError):
            privacy.reveal(wang, by=north, reason=" ")

    def test_others_do_not_see_it(self, wang, south, helper, auditor, leader):
        for user in (south, helper, auditor, leader):
            with pytest.raises(NotAllowed):
                privacy.reveal(wang, by=user, reason="看看")
        assert not DisclosureRecord.objects.exists()

    def test_it_is_erased_of_somebody_who_left_and_the_hours_stay(self, wang, the_north, north):
        HourEntry.objects.create(
            volunteer=wang, region=the_north.community, account=HourAccount.APPROVED, on=date(2026, 1, 1), minutes=60
        )
        boss = make_user("boss", Role.DISTRICT, region=the_north.district)
        with pytest.raises(Conflict):
            privacy.erase(wang, by=boss, reason="本人要求")
        register.leave(wang, by=north)
        with pytest.raises(NotAllowed):
            privacy.erase(wang, by=north, reason="本人要求")
        privacy.erase(wang, by=boss, reason="王小明本人要求")
        wang.person.refresh_from_db()
        assert (wang.person.name, bool(wang.person.phone), wang.born_on) == (wang.number, False, None)
        assert "王小明" not in wang.status_reason
        assert ledger.totals(wang)[HourAccount.APPROVED] == 60
        with pytest.raises(Conflict):
            register.resume(wang, by=north)

    def test_nothing_personal_stands_in_the_history(self, wang, north):
        register.edit(wang, by=north, who=Who(name="王改名", phone="13800005555"), interests="太极")
        with connection.cursor() as cursor:
            cursor.execute("SELECT string_agg(changes::text, ' ') FROM core_historyentry")
            written = cursor.fetchone()[0]
        assert not any(each in written for each in ("王小明", "王改名", "1380000", "1980", "太极"))


def test_no_guardian_has_agreed_on_a_day_to_come(apply, north):
    child = apply(
        who=Who(name="小宝", phone="13800001111", guardian_name="王父", guardian_phone="13800004444"), born_on=CHILD
    )
    tomorrow = timezone.localdate(timezone=ZONE) + timedelta(days=1)
    with pytest.raises(DomainError) as refused:
        register.edit(child, by=north, guardian_consent_on=tomorrow)
    assert "guardian_consent_on" in refused.value.fields
