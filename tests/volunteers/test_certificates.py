"""Certificates of service: hours of the ledger alone, a time in publicity, a code that anybody can check."""

import io
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pypdf import PdfReader

from portal.core import codes
from portal.core.clock import ZONE
from portal.core.errors import Conflict, DomainError, NotAllowed
from portal.core.models import Role
from portal.core.throttling import Throttled
from tests.conftest import make_user
from volunteers import attendance, certificate_paper, certificates, ledger, merging, places
from volunteers.certificates import UnknownCertificate
from volunteers.models import Certificate, CertificateLine, HourEntry
from volunteers.types import CertificateStanding, CertificateStatus, CheckMethod, ClaimKind, HourAccount

DAY = timedelta(days=1)
ADDRESS = "192.0.2.1"


def today() -> date:
    return timezone.localdate(timezone=ZONE)


@pytest.fixture
def street_leader(the_north):
    return make_user("street-leader", Role.LEADER, region=the_north.street)


@pytest.fixture
def grant(the_north, street_leader):
    """Have so many minutes approved on a day, and return the entry."""

    def grant(volunteer, minutes, *, on=None, kind=ClaimKind.SUPPLEMENT):
        asked = ledger.claim(
            volunteer, kind=kind, region=the_north.community, on=on or today() - DAY, minutes=minutes, reason="核实",
            by=None,
        )  # fmt: skip
        ledger.decide(asked, by=street_leader, granted=True)
        return asked.entries.get(account=HourAccount.APPROVED)

    return grant


@pytest.fixture
def wang(enrol):
    return enrol("王小明")


@pytest.fixture
def ask(north):
    def ask(volunteer, *, by=north, since=None, until=None, **values):
        since, until = since or today() - 90 * DAY, until or today()
        return certificates.apply(volunteer, since=since, until=until, by=by, **values)

    return ask


@pytest.fixture
def issued(wang, grant, ask, north):
    """In publicity today; `wang` has 2 h 30 min."""
    grant(wang, 90)
    grant(wang, 60, on=today() - 3 * DAY)
    return certificates.issue(ask(wang), by=north)


@pytest.fixture
def valid(issued):
    """The same, its publicity over."""
    over = {"publicity_from": today() - 9 * DAY, "publicity_until": today() - DAY}
    Certificate.objects.filter(pk=issued.pk).update(**over)
    return Certificate.objects.with_changes().get(pk=issued.pk)


def changed(certificate):
    return Certificate.objects.with_changes().get(pk=certificate.pk).has_changed


class TestAsking:
    def test_it_works(self, wang, grant, ask, north):
        grant(wang, 60)
        asked = ask(wang, purpose="求职")
        assert (asked.status, asked.number, asked.region) == (CertificateStatus.ASKED, None, wang.home_region)

    def test_a_volunteer_asks_for_their_own_alone(self, wang, enrol, grant, ask, the_north):
        user, other = make_user("wang", Role.VOLUNTEER, region=the_north.community), enrol("李小龙")
        wang.person = user.person
        wang.save()
        for volunteer in (wang, other):
            grant(volunteer, 60)
        assert ask(wang, by=user).asked_by == user
        with pytest.raises(NotAllowed):
            ask(other, by=user)

    def test_others_do_not_ask(self, wang, grant, ask, helper, south, auditor):
        grant(wang, 60)
        for somebody in (helper, south, auditor):
            with pytest.raises(NotAllowed):
                ask(wang, by=somebody)

    @pytest.mark.parametrize(("since", "until", "field"), [(0, -1, "until"), (-5, 1, "until"), (-90, -80, "since")])
    def test_a_time_that_cannot_be_is_refused(self, wang, grant, ask, since, until, field):
        grant(wang, 60)
        with pytest.raises(DomainError) as refused:
            ask(wang, since=today() + since * DAY, until=today() + until * DAY)
        assert list(refused.value.fields) == [field]

    def test_without_hours_there_is_nothing_to_ask_for(self, wang, ask):
        with pytest.raises(DomainError, match="hours|时长"):
            ask(wang)

    def test_one_application_waits_at_a_time(self, wang, grant, ask):
        grant(wang, 60)
        ask(wang)
        with pytest.raises(Conflict) as refused:
            ask(wang)
        assert refused.value.code == "asked_already"


class TestIssuing:
    def test_it_works(self, issued, north):
        assert issued.minutes == 150
        assert issued.minutes == issued.lines.aggregate(Sum("entry__minutes"))["entry__minutes__sum"]
        assert (issued.publicity_from, issued.publicity_until) == (today(), today() + 4 * DAY)
        assert issued.standing() == CertificateStanding.PUBLICITY
        assert issued.standing(today() + 5 * DAY) == CertificateStanding.VALID
        assert issued.number == f"ZM{today().year}{int(issued.number[6:]):06d}"

    def test_only_approved_hours_of_its_time_count(self, wang, grant, ask, north):
        grant(wang, 60)
        grant(wang, 30, on=today() - 200 * DAY)
        HourEntry.objects.create(
            volunteer=wang, region=wang.home_region, account=HourAccount.RECORDED, on=today() - DAY, minutes=500
        )
        certificate = certificates.issue(ask(wang), by=north)
        assert certificate.minutes == 60
        totals = ledger.totals(wang, since=certificate.since, until=certificate.until)
        assert certificate.minutes == totals[HourAccount.APPROVED]

    def test_what_was_reversed_before_counts_nothing_and_is_traced(self, wang, grant, ask, north, leader):
        ledger.reverse(grant(wang, 60), by=leader, reason="签错人")
        grant(wang, 45)
        certificate = certificates.issue(ask(wang), by=north)
        assert (certificate.minutes, certificate.lines.count()) == (45, 3)
        assert not changed(certificate)

    def test_hours_that_were_reversed_meanwhile_refuse_it(self, wang, grant, ask, north, leader):
        entry, asked = grant(wang, 60), ask(wang)
        ledger.reverse(entry, by=leader, reason="签错人")
        with pytest.raises(Conflict) as refused:
            certificates.issue(asked, by=north)
        assert refused.value.code == "no_hours"
        asked.refresh_from_db()
        assert (asked.status, asked.number) == (CertificateStatus.ASKED, None)

    def test_it_is_for_staff_of_the_home_region(self, wang, grant, ask, south, helper, keeper, auditor, leader):
        grant(wang, 60)
        asked = ask(wang)
        for somebody in (south, helper, keeper, auditor, leader):
            with pytest.raises(NotAllowed):
                certificates.issue(asked, by=somebody)

    def test_nobody_issues_one_to_themselves(self, wang, grant, ask, north):
        wang.person = north.person
        wang.save()
        grant(wang, 60)
        with pytest.raises(NotAllowed):
            certificates.issue(ask(wang), by=north)

    def test_it_is_issued_once(self, issued, north):
        with pytest.raises(Conflict):
            certificates.issue(issued, by=north)
        assert issued.lines.count() == 2

    @pytest.mark.parametrize("days", [0, -1, 31])
    def test_a_publicity_period_that_cannot_be_is_refused(self, wang, grant, ask, north, days):
        grant(wang, 60)
        with pytest.raises(DomainError):
            certificates.issue(ask(wang), by=north, days=days)

    def test_it_can_be_turned_down_with_a_reason(self, wang, grant, ask, north):
        grant(wang, 60)
        asked = ask(wang)
        with pytest.raises(DomainError):
            certificates.turn_down(asked, by=north, reason=" ")
        certificates.turn_down(asked, by=north, reason="时长待核实")
        assert (asked.status, asked.refusal) == (CertificateStatus.REFUSED, "时长待核实")
        assert ask(wang).pk != asked.pk

    def test_its_lines_are_never_changed(self, issued):
        for change in (lambda: CertificateLine.objects.all().delete(), lambda: issued.lines.update(entry=None)):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()


class TestAfterwards:
    def test_it_is_revoked_with_a_reason(self, valid, north):
        with pytest.raises(DomainError):
            certificates.revoke(valid, by=north, reason="")
        certificates.revoke(valid, by=north, reason="时长有误")
        assert (valid.standing(), valid.revoked_by) == (CertificateStanding.REVOKED, north)
        with pytest.raises(Conflict):
            certificates.revoke(valid, by=north, reason="时长有误")

    def test_others_do_not_revoke_it(self, valid, south, helper, leader):
        for somebody in (south, helper, leader):
            with pytest.raises(NotAllowed):
                certificates.revoke(valid, by=somebody, reason="时长有误")

    def test_a_later_reversal_marks_it(self, valid, leader):
        assert not changed(valid)
        ledger.reverse(valid.lines.first().entry, by=leader, reason="签错人")
        assert changed(valid)

    def test_a_later_correction_downwards_marks_it(self, valid, wang, grant):
        grant(wang, -30, kind=ClaimKind.CORRECTION)
        assert changed(valid)

    def test_hours_that_come_and_go_later_do_not_concern_it(self, valid, wang, grant, leader):
        later = grant(wang, 30)
        assert not changed(valid)
        ledger.reverse(later, by=leader, reason="签错人")
        assert not changed(valid)

    def test_two_entries_of_one_person_have_their_certificates_together(self, valid, wang, enrol, grant, ask, north):
        other = enrol("王晓明")
        grant(other, 60)
        for volunteer in (wang, other):
            ask(volunteer)
        merging.merge(other, into=wang, by=north)
        assert wang.certificates.count() == 3
        assert wang.certificates.filter(status=CertificateStatus.ASKED).count() == 1


class TestVerifying:
    def test_it_works(self, valid):
        found = certificates.verify(valid.number, certificates.check_code(valid), address=ADDRESS)
        assert (found, found.standing()) == (valid, CertificateStanding.VALID)

    def test_it_is_read_as_people_type_it(self, valid):
        code = codes.format_code(certificates.check_code(valid)).lower().replace("0", "o")
        assert certificates.verify(f" {valid.number.lower()} ", code, address=ADDRESS) == valid

    def test_a_wrong_code_and_an_unknown_number_get_the_same_answer(self, valid, wang, grant, ask, client):
        code = certificates.check_code(valid)
        unknown = certificates._code_of("ZM2026999999")
        answers = set()
        for number, given in [(valid.number, unknown), ("ZM2026999999", code), ("ZM2026999999", unknown), ("", ""),
                              (valid.number, "x" * 300), ("\0" * 9, code)]:  # fmt: skip
            with pytest.raises(UnknownCertificate) as refused:
                certificates.verify(number, given, address=ADDRESS)
            answers.add((refused.value.code, str(refused.value), refused.value.status))
        assert len(answers) == 1

    def test_guessing_is_slowed_down(self, valid):
        for _try in range(30):
            with pytest.raises(UnknownCertificate):
                certificates.verify(valid.number, "AAAA-AAAA-AAA", address=ADDRESS)
        with pytest.raises(Throttled):
            certificates.verify(valid.number, certificates.check_code(valid), address=ADDRESS)


class TestPaper:
    def words(self, certificate):
        file = certificate_paper.pdf(certificate, address="https://example.org/certificate/ZM2026000001/ABCD-EFGH-JKM/")
        reader = PdfReader(io.BytesIO(file))
        return file, reader, "".join(page.extract_text() for page in reader.pages).replace("\n", "")

    def test_it_works(self, valid, the_north):
        valid.volunteer.person.name = "王䶮明"
        file, reader, words = self.words(valid)
        assert len(reader.pages) == 1
        for said in ("志愿服务记录证明", valid.number, "王䶮明", valid.volunteer.number, "2 小时 30 分", "北社区",
                     codes.format_code(certificates.check_code(valid))):  # fmt: skip
            assert said.replace(" ", "") in words.replace(" ", ""), said
        assert len(file) < 60_000

    def test_its_font_is_embedded(self, valid):
        _file, reader, _words = self.words(valid)
        fonts = [font.get_object() for font in reader.pages[0]["/Resources"]["/Font"].values()]
        used = [font for font in fonts if "NotoSansSC" in font["/BaseFont"]]
        assert used
        assert all("/FontFile2" in font["/FontDescriptor"] for font in used)

    def test_many_kinds_of_service_fit_on_a_page(self, wang, the_north, make_shift, serve_shifts, ask, north):
        serve_shifts(wang, 40)
        certificate = certificates.issue(ask(wang), by=north)
        file, reader, _words = self.words(certificate)
        assert len(reader.pages) == 1
        assert len(file) < 200_000
        works = certificates.works(certificate)
        assert (len(works), sum(work.minutes for work in works)) == (40, certificate.minutes)

    def test_what_was_typed_is_not_taken_for_markup(self, valid):
        valid.volunteer.person.name = "<b>王</i>&明😀"
        assert "<b>王</i>&明" in self.words(valid)[2]

    def test_it_is_for_a_valid_certificate_alone(self, valid, north, leader):
        certificates.refuse_unless_printable(valid)
        valid.publicity_until = today()
        with pytest.raises(Conflict) as refused:
            certificates.refuse_unless_printable(valid)
        assert refused.value.code == "in_publicity"
        ledger.reverse(valid.lines.first().entry, by=leader, reason="签错人")
        with pytest.raises(Conflict) as refused:
            certificates.refuse_unless_printable(Certificate.objects.with_changes().get(pk=valid.pk))
        assert refused.value.code == "hours_changed"
        certificates.revoke(valid, by=north, reason="时长有误")
        with pytest.raises(Conflict):
            certificates.refuse_unless_printable(valid)


@pytest.fixture
def serve_shifts(make_shift, north):
    """Have somebody serve so many shifts of different titles, one a day."""

    def serve_shifts(volunteer, count):
        for number in range(count):
            starts = (timezone.now() - (number + 1) * DAY).replace(hour=2, minute=0, second=0, microsecond=0)
            shift = make_shift(starts, title=f"第{number + 1}类志愿服务，包含一个相当长的名称以便折行显示"[:60])
            place = places.assign(shift, volunteer=volunteer, by=north)
            left = starts + timedelta(hours=1, minutes=number)
            attendance.check_in(place, by=north, how=CheckMethod.SHEET, at=starts, now=left)
            attendance.check_out(place, by=north, how=CheckMethod.SHEET, at=left, now=left)

    return serve_shifts


def test_scope_and_changes_cost_one_query(valid, north, south):
    assert not Certificate.objects.for_user(south).exists()
    with CaptureQueriesContext(connection) as queries:
        assert [each.has_changed for each in Certificate.objects.for_user(north).with_changes()] == [False]
    assert len([query for query in queries if "volunteers_certificate" in query["sql"]]) == 1
