"""双报到: who reports and confirms, what counts for a member's branch, what a unit pledged."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.core.clock import ZONE
from portal.core.errors import Conflict, DomainError, NotAllowed
from portal.core.models import HistoryEntry, Level, Organization, Role
from portal.core.regions import merge_regions
from requests.models import Dispatch
from stations.models import PartnershipAgreement, Pledge
from tests.conftest import make_region, make_user
from volunteers import ledger, member_reports, merging, register, statements, unit_reports
from volunteers.models import Assignment, HourEntry, MemberReport, UnitPledge, UnitReport
from volunteers.quarters import Quarter, last_quarters
from volunteers.types import HourAccount, ReportStatus

TODAY = timezone.localdate(timezone=ZONE)
QUARTER = Quarter.now()
LONG_AGO = date(2020, 1, 1)


@pytest.fixture
def enter(the_north, make_shift):
    """A line of the ledger, of a shift of its own unless told otherwise."""

    def enter(volunteer, on=TODAY, minutes=60, account=HourAccount.APPROVED, **values) -> HourEntry:
        return HourEntry.objects.create(
            volunteer=volunteer, region=the_north.community, account=account, on=on, minutes=minutes, **values
        )

    return enter


@pytest.fixture
def unit_report(the_north, north):
    return unit_reports.report(
        organization=the_north.unit, region=the_north.community, reported_on=TODAY - timedelta(days=9), by=north
    )


def of(branch) -> statements.Statement:
    return statements.statement(MemberReport.objects.filter(branch=branch), QUARTER)


class TestMembers:
    def test_it_works(self, wang, branch, north):
        report = member_reports.report(wang, branch=branch, by=north, reported_on=LONG_AGO)
        assert (report.region, report.status, report.confirmed_by) == (wang.home_region, ReportStatus.CONFIRMED, north)

    def test_who_reports_on_the_phone_is_confirmed_by_the_community(self, wang, branch, north, south, the_north):
        me = make_user("wang", Role.VOLUNTEER, region=the_north.community)
        me.person = wang.person
        me.save()
        report = member_reports.report(wang, branch=branch, by=me)
        assert report.status == ReportStatus.REPORTED
        assert of(branch).lines == []
        for nobody in (me, south):
            with pytest.raises(NotAllowed):
                member_reports.confirm(report, by=nobody)
        member_reports.confirm(report, by=north)
        assert [line.volunteer for line in of(branch).lines] == [wang]
        with pytest.raises(Conflict):
            member_reports.confirm(report, by=north)
        member_reports.end(report, by=me, reason="搬家")
        assert (report.status, report.ended_on) == (ReportStatus.ENDED, TODAY)

    def test_staff_who_are_members_do_not_confirm_themselves(self, wang, branch, north):
        north.person = wang.person
        north.save()
        report = member_reports.report(wang, branch=branch, by=north)
        assert report.status == ReportStatus.REPORTED
        with pytest.raises(NotAllowed):
            member_reports.confirm(report, by=north)

    def test_south_and_the_branch_report_nobody_of_the_north(self, wang, branch, south, secretary):
        for nobody in (south, secretary):
            with pytest.raises(NotAllowed):
                member_reports.report(wang, branch=branch, by=nobody)

    def test_only_party_members_report_and_only_from_a_branch(self, enrol, wang, branch, the_north, north):
        with pytest.raises(DomainError) as refused:
            member_reports.report(enrol("李四"), branch=branch, by=north)
        assert "branch" in refused.value.fields
        with pytest.raises(DomainError) as refused:
            member_reports.report(wang, branch=the_north.unit, by=north)
        assert "branch" in refused.value.fields

    def test_one_reports_once_and_not_ahead_of_time(self, wang, branch, north):
        with pytest.raises(DomainError):
            member_reports.report(wang, branch=branch, by=north, reported_on=TODAY + timedelta(days=1))
        first = member_reports.report(wang, branch=branch, by=north, reported_on=LONG_AGO)
        with pytest.raises(Conflict):
            member_reports.report(wang, branch=branch, by=north)
        with pytest.raises(DomainError):
            member_reports.end(first, by=north, reason=" ")
        member_reports.end(first, by=north, reason="转出")
        with pytest.raises(DomainError) as refused:
            member_reports.report(wang, branch=branch, by=north, reported_on=LONG_AGO)
        assert "reported_on" in refused.value.fields
        assert member_reports.report(wang, branch=branch, by=north).is_open

    def test_who_leaves_the_register_has_reported_no_longer(self, wang, branch, north):
        report = member_reports.report(wang, branch=branch, by=north)
        register.leave(wang, by=north)
        report.refresh_from_db()
        assert (report.status, report.ended_on) == (ReportStatus.ENDED, TODAY)

    def test_reports_and_honours_go_along_when_entries_are_merged(self, wang, member, branch, north, enter):
        twin = member("王小明")
        for each in (wang, twin):
            member_reports.report(each, branch=branch, by=north, reported_on=LONG_AGO)
            enter(each, on=QUARTER.first, minutes=30)
        merging.merge(twin, into=wang, by=north)
        assert MemberReport.objects.filter(volunteer=wang).count() == 2
        assert MemberReport.objects.open().count() == 1
        assert [(line.volunteer, line.minutes) for line in of(branch).lines] == [(wang, 60)]


class TestStatement:
    def test_only_approved_minutes_of_the_days_of_the_report_count(self, wang, branch, north, enter):
        begins = QUARTER.first + timedelta(days=5)
        report = member_reports.report(wang, branch=branch, by=north, reported_on=begins)
        enter(wang, on=begins, minutes=50)
        enter(wang, on=begins, minutes=7, account=HourAccount.RECORDED)
        enter(wang, on=begins - timedelta(days=1), minutes=11)
        enter(wang, on=QUARTER.first - timedelta(days=1), minutes=13)
        assert of(branch).minutes == 50
        member_reports.end(report, by=north, reason="转出")
        enter(wang, on=TODAY, minutes=17)
        assert of(branch).minutes == 50

    def test_shifts_count_once_and_not_when_they_were_taken_back(self, wang, branch, north, leader, make_shift):
        member_reports.report(wang, branch=branch, by=north, reported_on=QUARTER.first)
        places = []
        for number in range(2):
            starts = timezone.now() - timedelta(hours=5 * (number + 1))
            shift = make_shift(starts, minutes=120)
            places.append(
                Assignment.objects.create(
                    shift=shift, volunteer=wang, district=shift.district, status="confirmed",
                    period=(starts, starts + timedelta(hours=2)), checked_in_at=starts,
                    checked_out_at=starts + timedelta(hours=2),
                )
            )  # fmt: skip
            ledger.settle(places[-1], by=north)
        assert (of(branch).shifts, of(branch).minutes) == (2, 240)
        ledger.reverse(HourEntry.objects.filter(account=HourAccount.APPROVED).first(), by=leader, reason="重复")
        assert (of(branch).shifts, of(branch).minutes) == (1, 120)

    def test_cases_that_a_member_resolved_are_services(self, wang, branch, north, case, the_north):
        member_reports.report(wang, branch=branch, by=north, reported_on=QUARTER.first)
        Dispatch.objects.create(
            request=case, district=the_north.district, person=wang.person, accept_due_at=timezone.now(),
            outcome="done", ended_at=timezone.now(),
        )  # fmt: skip
        assert (of(branch).services, of(branch).active) == (1, 1)

    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        lines=st.lists(
            st.tuples(st.integers(0, 2), st.integers(-20, 110), st.integers(-90, 300).filter(bool)), max_size=12
        )
    )
    def test_totals_are_sums_of_the_ledger(self, lines, branch, north, member, enter):
        with transaction.atomic():
            people = [member(f"党员{number}") for number in range(3)]
            for number, each in enumerate(people):
                member_reports.report(each, branch=branch, by=north, reported_on=QUARTER.first - timedelta(days=number))
            for who, day, minutes in lines:
                enter(people[who], on=QUARTER.first + timedelta(days=day), minutes=minutes)
            rows = HourEntry.objects.filter(on__gte=QUARTER.first, on__lte=QUARTER.last, account=HourAccount.APPROVED)
            made = of(branch)
            assert made.minutes == sum(rows.values_list("minutes", flat=True))
            for line in made.lines:
                mine = ledger.totals(line.volunteer, since=QUARTER.first, until=QUARTER.last)
                assert line.minutes == mine[HourAccount.APPROVED]
            assert sum(part.minutes for _branch, part in made.by_branch()) == made.minutes
            transaction.set_rollback(True)

    def test_a_member_who_changed_branches_counts_for_each_in_its_time(self, wang, branch, north, the_north, enter):
        other = Organization.objects.create(name="北支部", kind="estate_branch", region=the_north.community)
        first = member_reports.report(wang, branch=branch, by=north, reported_on=LONG_AGO)
        enter(wang, on=TODAY - timedelta(days=1), minutes=30)
        enter(wang, on=TODAY, minutes=40)
        member_reports.end(first, by=north, reason="转出")
        member_reports.report(wang, branch=other, by=north)
        assert (of(branch).minutes, of(other).minutes) == (30 if QUARTER.first < TODAY else 0, 40)

    def test_the_queries_do_not_grow_with_members(self, branch, north, member, enter):
        counts = []
        for more in (1, 20):
            for number in range(more):
                each = member(f"党员{number}")
                member_reports.report(each, branch=branch, by=north, reported_on=QUARTER.first)
                enter(each)
            with CaptureQueriesContext(connection) as captured:
                statements.overview(north, quarter=QUARTER, today=TODAY)
            counts.append(len(captured))
        assert counts[0] == counts[1]


class TestUnits:
    def test_it_works(self, unit_report, north):
        assert (unit_report.status, unit_report.confirmed_by) == (ReportStatus.CONFIRMED, north)
        assert UnitReport.objects.current().get() == unit_report

    def test_a_unit_reports_itself_and_the_community_confirms(self, helper, north, south, the_north):
        report = unit_reports.report(
            organization=the_north.unit, region=the_north.community, reported_on=TODAY, contact=helper.person, by=helper
        )
        assert report.status == ReportStatus.REPORTED
        unit_reports.pledge(report, by=helper, text="每周开放停车位", quantity="20 个")
        for nobody in (helper, south):
            with pytest.raises(NotAllowed):
                unit_reports.confirm(report, by=nobody)
        unit_reports.confirm(report, by=north)
        assert UnitReport.objects.current().exists()

    def test_others_report_no_unit_that_is_not_theirs(self, helper, south, the_north, the_south):
        for by, unit in ((helper, the_south.unit), (south, the_north.unit)):
            with pytest.raises(NotAllowed):
                unit_reports.report(organization=unit, region=the_north.community, reported_on=TODAY, by=by)

    def test_a_unit_reports_to_a_community_once_at_a_time(self, unit_report, north, the_north):
        again = {"organization": the_north.unit, "region": the_north.community, "reported_on": TODAY, "by": north}
        with pytest.raises(DomainError):
            unit_reports.report(**again)
        with pytest.raises(DomainError):
            unit_reports.end(unit_report, by=north, reason="")
        unit_reports.end(unit_report, by=north, reason="单位搬迁")
        assert unit_reports.report(**again).is_open

    def test_a_district_is_no_community_and_tomorrow_no_day(self, the_north):
        boss = make_user("boss", Role.DISTRICT, region=the_north.district)
        for region, day in ((the_north.district, TODAY), (the_north.community, TODAY + timedelta(days=1))):
            with pytest.raises(DomainError):
                unit_reports.report(organization=the_north.unit, region=region, reported_on=day, by=boss)
        with pytest.raises(DomainError):
            unit_reports.report(
                organization=the_north.unit,
                region=the_north.community,
                reported_on=TODAY,
                valid_until=LONG_AGO,
                by=boss,
            )

    def test_what_has_run_out_is_in_force_no_more_until_it_is_prolonged(self, unit_report, north):
        unit_reports.edit(unit_report, by=north, valid_until=TODAY - timedelta(days=1))
        assert unit_report.has_run_out
        assert not UnitReport.objects.current().exists()
        unit_reports.edit(unit_report, by=north, valid_until=TODAY)
        assert UnitReport.objects.current().exists()

    def test_the_community_judges_pledges_with_evidence(self, unit_report, north, helper, south):
        pledge = unit_reports.pledge(unit_report, by=north, text="义诊", quantity="每季度 1 次", due_on=TODAY)
        done = {"fulfilled_on": TODAY, "evidence": "居民签到表 36 人"}
        for nobody in (helper, south):
            with pytest.raises(NotAllowed):
                unit_reports.fulfil(pledge, by=nobody, **done)
        for wrong in ({"evidence": " "}, {"fulfilled_on": TODAY + timedelta(days=1)}, {"fulfilled_on": LONG_AGO}):
            with pytest.raises(DomainError):
                unit_reports.fulfil(pledge, by=north, **done | wrong)
        unit_reports.fulfil(pledge, by=north, **done)
        with pytest.raises(Conflict):
            unit_reports.fulfil(pledge, by=north, **done)
        unit_reports.reopen(pledge, by=north)
        assert (pledge.fulfilled_on, pledge.evidence) == (None, "")

    def test_a_pledge_is_withdrawn_with_a_reason_and_counts_no_more(self, unit_report, north, helper, south, auditor):
        kept, gone = (unit_reports.pledge(unit_report, by=north, text=text, due_on=TODAY) for text in ("义诊", "停车"))
        for nobody in (south, auditor):
            with pytest.raises(NotAllowed):
                unit_reports.withdraw_pledge(gone, by=nobody, reason="登记错误")
        with pytest.raises(DomainError):
            unit_reports.withdraw_pledge(gone, by=helper, reason=" ")
        unit_reports.withdraw_pledge(gone, by=helper, reason="车位改建")
        assert (gone.withdrawn_on, gone.withdrawal, gone.is_open, gone.is_overdue) == (TODAY, "车位改建", False, False)
        assert UnitReport.objects.with_pledges().get().pledge_count == 1
        tomorrow = TODAY + timedelta(days=1)
        assert statements.overview(north, quarter=QUARTER, today=tomorrow).pledges == statements.Fulfilment(1, 0, 0, 1)
        assert list(UnitPledge.objects.overdue(tomorrow)) == [kept]
        done = {"by": north, "fulfilled_on": TODAY, "evidence": "照片"}
        with pytest.raises(Conflict):
            unit_reports.fulfil(gone, **done)
        with pytest.raises(Conflict):
            unit_reports.withdraw_pledge(gone, by=north, reason="再撤一次")
        unit_reports.fulfil(kept, **done)
        with pytest.raises(Conflict):
            unit_reports.withdraw_pledge(kept, by=north, reason="登记错误")
        unit_reports.reopen(kept, by=north)
        unit_reports.end(unit_report, by=north, reason="搬迁")
        with pytest.raises(Conflict):
            unit_reports.withdraw_pledge(kept, by=north, reason="登记错误")

    def test_the_history_tells_that_a_pledge_was_withdrawn_and_not_why(self, unit_report, north):
        pledge = unit_reports.pledge(unit_report, by=north, text="义诊")
        unit_reports.withdraw_pledge(pledge, by=north, reason="张三不再参加")
        entry = HistoryEntry.objects.filter(table=UnitPledge._meta.db_table).latest("id")
        assert entry.changes["withdrawn_on"] == [None, str(TODAY)]
        assert "withdrawal" in entry.changes
        assert "张三" not in str(entry.changes)

    def test_fulfilment_is_counted_in_reports_and_in_agreements_apart(self, unit_report, north, the_north):
        for _number in range(2):
            unit_reports.pledge(unit_report, by=north, text="开放会议室", due_on=TODAY)
        unit_reports.fulfil(unit_report.pledges.first(), by=north, fulfilled_on=TODAY, evidence="照片")
        agreement = PartnershipAgreement.objects.create(
            region=the_north.community, organization=the_north.unit, title="共建责任书", signed_on=LONG_AGO,
            starts_on=LONG_AGO, ends_on=TODAY,
        )  # fmt: skip
        for done in (TODAY, LONG_AGO, None):
            Pledge.objects.create(agreement=agreement, text="停车位", fulfilled_on=done, due_on=LONG_AGO)
        row = UnitReport.objects.with_pledges().get()
        assert (row.pledge_count, row.fulfilled_count) == (2, 1)
        assert (row.signed_count, row.signed_fulfilled_count) == (3, 2)
        found = statements.overview(north, quarter=QUARTER, today=TODAY)
        assert found.pledges == statements.Fulfilment(2, 1, 1, 0)
        assert found.signed == statements.Fulfilment(3, 2, 1, 1)
        assert (found.agreements, found.units.count()) == (1, 1)

    def test_a_report_that_ended_does_not_stop_a_merge_of_regions(self, unit_report, north, the_north):
        other = make_region("440306001002", "北二社区", Level.COMMUNITY, the_north.street)
        boss = make_user("boss", Role.DISTRICT, region=the_north.district)
        again = {"organization": the_north.unit, "region": other, "reported_on": TODAY, "by": boss}
        second = unit_reports.report(**again)
        with pytest.raises(Conflict):
            merge_regions([the_north.community], into=other, by=None)
        unit_reports.end(second, by=boss, reason="重复登记")
        merge_regions([the_north.community], into=other, by=None)
        unit_report.refresh_from_db()
        assert unit_report.region == other


class TestScope:
    def test_the_community_the_branch_and_the_member_see_a_report_and_nobody_else(
        self, wang, branch, north, south, helper, secretary, keeper, the_north
    ):  # fmt: skip
        member_reports.report(wang, branch=branch, by=north)
        me = make_user("wang", Role.VOLUNTEER, region=the_north.community)
        me.person = wang.person
        me.save()
        for user in (north, secretary, keeper, me):
            assert MemberReport.objects.for_user(user).count() == 1, user
        for user in (south, helper):
            assert MemberReport.objects.for_user(user).count() == 0, user

    def test_the_unit_and_the_community_see_a_units_report(self, unit_report, north, south, helper, secretary):
        for user, count in ((north, 1), (helper, 1), (south, 0), (secretary, 0)):
            assert UnitReport.objects.for_user(user).count() == count, user

    def test_the_database_keeps_a_report_consistent(self, wang, branch, north):
        report = member_reports.report(wang, branch=branch, by=north)
        for wrong in ({"ended_on": TODAY}, {"status": "ended"}, {"confirmed_at": None}):
            with pytest.raises(IntegrityError), transaction.atomic():
                MemberReport.objects.filter(pk=report.pk).update(**wrong)


class TestQuarters:
    @given(st.dates(min_value=date(2000, 1, 1), max_value=date(2199, 12, 31)))
    def test_every_day_lies_in_its_quarter(self, day):
        quarter = Quarter.of(day)
        assert quarter.first <= day <= quarter.last
        assert quarter.next.previous == quarter
        assert quarter.next.first - quarter.last == timedelta(days=1)
        assert Quarter.read(quarter.code) == quarter

    def test_what_is_no_quarter_is_not_read(self):
        assert Quarter.read("2026Q3") == Quarter(2026, 3)
        for text in ("", "2026", "2026Q5", "2026q3", "9999Q1", "2026Q3 "):
            assert Quarter.read(text) is None

    def test_the_last_quarters_begin_with_the_present_one(self):
        found = last_quarters(5)
        assert found[0] == Quarter.now()
        assert found == sorted(found, reverse=True)
