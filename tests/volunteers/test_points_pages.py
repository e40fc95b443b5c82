"""Pages and API of certificates and points: the volunteer's, the desk's, everybody's; and somebody else who tries."""

import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pypdf import PdfReader

from portal.core import codes
from portal.core.clock import ZONE
from portal.core.models import Role
from stations.models import Affiliate
from tests.conftest import make_user
from volunteers import certificates, ledger, points, rewards
from volunteers.models import Certificate, HourEntry, PointRule, Redemption, Reward
from volunteers.types import CertificateStatus, ClaimKind, HourAccount, RedemptionStatus

DAY = timedelta(days=1)


def today():
    return timezone.localdate(timezone=ZONE)


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def street_leader(the_north):
    return make_user("street-leader", Role.LEADER, region=the_north.street)


@pytest.fixture
def grant(the_north, street_leader):
    def grant(volunteer, minutes):
        asked = ledger.claim(
            volunteer, kind=ClaimKind.SUPPLEMENT, region=the_north.community, on=today() - DAY, minutes=minutes,
            reason="核实", by=None,
        )  # fmt: skip
        ledger.decide(asked, by=street_leader, granted=True)

    return grant


@pytest.fixture
def join(enrol, the_north):
    def join(username, name):
        user = make_user(username, Role.VOLUNTEER, region=the_north.community)
        volunteer = enrol(name="(to be replaced)")
        user.person.name = name
        user.person.save()
        volunteer.person = user.person
        volunteer.save()
        volunteer.user = user
        return volunteer

    return join


@pytest.fixture
def wang(join, grant, the_north):
    """Has 8 hours and 80 points."""
    PointRule.objects.create(district=the_north.district, valid_from=today() - 90 * DAY, points_per_hour=10)
    wang = join("wang", "王小明")
    grant(wang, 480)
    return wang


@pytest.fixture
def mine(wang):
    return signed_in(wang.user)


@pytest.fixture
def desk(north):
    return signed_in(north)


@pytest.fixture
def asked(wang, north):
    return certificates.apply(wang, since=today() - 30 * DAY, until=today(), by=north)


@pytest.fixture
def issued(asked, north):
    return certificates.issue(asked, by=north)


@pytest.fixture
def valid(issued):
    over = {"publicity_from": today() - 9 * DAY, "publicity_until": today() - DAY}
    Certificate.objects.filter(pk=issued.pk).update(**over)
    issued.refresh_from_db()
    return issued


@pytest.fixture
def reward(the_north, north):
    merchant = Affiliate.objects.create(
        kind=Affiliate.Kind.CARING_MERCHANT, name="爱心面馆", region=the_north.community, organization=the_north.unit
    )
    return rewards.save_reward(Reward(merchant=merchant, name="热干面", points=30), by=north, stock=2)


@pytest.fixture
def taken(reward, wang):
    return rewards.take(reward, volunteer=wang, by=wang.user)


class TestMyCertificates:
    def test_it_works(self, mine, wang):
        assert mine.get("/volunteer/me/certificates/").status_code == 200
        form = {"since": today() - 30 * DAY, "until": today(), "purpose": "求职"}
        assert mine.get("/volunteer/me/certificates/ask/").status_code == 200
        answer = mine.post("/volunteer/me/certificates/ask/", form)
        assert answer.url == "/volunteer/me/certificates/"
        assert wang.certificates.get().purpose == "求职"

    @pytest.mark.parametrize(
        ("form", "said"),
        [
            ({"since": "昨天", "until": ""}, "日期"),
            ({"since": "2026-03-01", "until": "2026-02-01"}, "结束"),
            ({"since": "2020-03-01", "until": "2020-04-01"}, "没有已认定的时长"),
            ({"since": "2020-03-01", "until": "2999-04-01"}, "还没有到"),
        ],
    )
    def test_a_bad_time_is_told_and_what_was_typed_stays(self, mine, wang, form, said):
        page = mine.post("/volunteer/me/certificates/ask/", {**form, "purpose": "升学"})
        words = page.content.decode()
        assert page.status_code == 400
        assert said in words
        assert "升学" in words

    def test_the_paper_comes_when_publicity_is_over(self, mine, issued):
        address = f"/volunteer/me/certificates/{issued.pk}/"
        assert "paper.pdf" not in mine.get(address).content.decode()
        assert mine.get(f"{address}paper.pdf").status_code == 409
        Certificate.objects.update(publicity_from=today() - 9 * DAY, publicity_until=today() - DAY)
        assert "paper.pdf" in mine.get(address).content.decode()
        answer = mine.get(f"{address}paper.pdf")
        words = PdfReader(io.BytesIO(answer.content)).pages[0].extract_text()
        assert answer["Content-Type"] == "application/pdf"
        assert "王小明" in words
        assert issued.number in words

    def test_nobody_reads_those_of_others(self, join, valid, asked):
        other = signed_in(join("li", "李小龙").user)
        for address in ("", "paper.pdf"):
            assert other.get(f"/volunteer/me/certificates/{valid.pk}/{address}").status_code == 404
        assert other.get("/volunteer/me/certificates/").context["certificates"] == []


class TestCertificatesAtTheDesk:
    def test_it_works(self, desk, wang):
        address = f"/desk/certificates/new/?volunteer={wang.number}"
        assert wang.number in desk.get(address).content.decode()
        form = {"volunteer": f"王小明 {wang.number}", "since": today() - 9 * DAY, "until": today()}
        made = desk.post("/desk/certificates/new/", form)
        row = Certificate.objects.get()
        assert made.url == f"/desk/certificates/{row.pk}/"
        assert desk.get(made.url).status_code == 200
        assert desk.get(f"{made.url}issue/").status_code == 200
        assert desk.post(f"{made.url}issue/", {"days": 3}).url == made.url
        row.refresh_from_db()
        assert (row.status, row.publicity_until) == (CertificateStatus.ISSUED, today() + 2 * DAY)
        assert desk.post(f"{made.url}revoke/", {"reason": "时长有误"}).url == made.url
        row.refresh_from_db()
        assert row.status == CertificateStatus.REVOKED

    @pytest.mark.parametrize(("verb", "form"), [("issue", {"days": 99}), ("issue", {"days": "x"}), ("turn-down", {})])
    def test_a_bad_form_is_told(self, desk, asked, verb, form):
        assert desk.post(f"/desk/certificates/{asked.pk}/{verb}/", form).status_code == 400
        asked.refresh_from_db()
        assert asked.status == CertificateStatus.ASKED

    def test_a_second_click_is_told(self, desk, issued):
        page = desk.post(f"/desk/certificates/{issued.pk}/issue/", {"days": 5})
        assert page.status_code == 409
        assert "公示中" in page.content.decode()

    def test_others_do_not_find_it(self, valid, south, helper):
        for somebody in (south, helper):
            client = signed_in(somebody)
            assert list(client.get("/desk/certificates/").context["page"]) == []
            for address in ("", "paper.pdf", "revoke/"):
                assert client.get(f"/desk/certificates/{valid.pk}/{address}").status_code in (403, 404)
            assert client.post(f"/desk/certificates/{valid.pk}/revoke/", {"reason": "x"}).status_code in (403, 404)

    def test_an_auditor_reads_a_masked_name_and_prints_nothing(self, valid, auditor):
        client = signed_in(auditor)
        for address in ("/desk/certificates/", f"/desk/certificates/{valid.pk}/"):
            words = client.get(address).content.decode()
            assert "王**" in words
            assert "王小明" not in words
        assert client.get(f"/desk/certificates/{valid.pk}/paper.pdf").status_code == 403

    def test_each_filter_includes_and_excludes(self, desk, auditor, valid, wang, leader):
        def found(client, query):
            return len(client.get(f"/desk/certificates/?{query}").context["page"].object_list)

        for query, count in [
            (f"q={valid.number}", 1), ("q=王小明", 1), ("q=李", 0), ("standing=valid", 1), ("standing=publicity", 0),
            (f"volunteer={wang.pk}", 1), ("volunteer=999", 0), ("changed=true", 0), ("changed=false", 1),
            ("region=440306001001", 1), (f"until_from={today()}", 1), (f"until_to={today() - DAY}", 0),
        ]:  # fmt: skip
            assert found(desk, query) == count, query
        assert found(signed_in(auditor), "q=王小明") == 0
        ledger.reverse(HourEntry.objects.filter(account=HourAccount.APPROVED).get(), by=leader, reason="签错人")
        assert found(desk, "changed=true") == 1
        assert desk.get("/desk/certificates/?standing=nonsense").status_code == 400

    def test_a_list_costs_as_much_for_many_as_for_few(self, desk, join, grant, north, issued):
        def queries():
            with CaptureQueriesContext(connection) as made:
                desk.get("/desk/certificates/")
            return len(made)

        queries()
        few = queries()
        for number in range(4):
            volunteer = join(f"somebody-{number}", f"李小{number}")
            grant(volunteer, 60)
            certificates.issue(
                certificates.apply(volunteer, since=today() - 9 * DAY, until=today(), by=north), by=north
            )  # fmt: skip
        assert queries() == few


class TestEverybody:
    def verify(self, certificate):
        return f"/certificate/{certificate.number}/{codes.format_code(certificates.check_code(certificate))}/"

    def test_it_works(self, client, valid):
        words = client.get(self.verify(valid)).content.decode()
        for said in ("真实有效", valid.number, "王**", "8 小时", "北社区"):
            assert said in words
        assert "王小明" not in words

    def test_what_stands_on_the_paper_can_be_typed(self, client, valid):
        assert client.get("/certificate/").status_code == 200
        form = {"number": valid.number, "code": certificates.check_code(valid)}
        assert "真实有效" in client.post("/certificate/", form, follow=True).content.decode()
        for bad in ({}, {"number": "/", "code": "//"}, {"number": "x" * 99, "code": "\0"}):
            assert client.post("/certificate/", bad, follow=True).status_code in (400, 404)

    def test_a_wrong_code_and_an_unknown_number_look_the_same(self, client, valid):
        code = codes.format_code(certificates.check_code(valid))
        pages = [client.get(f"/certificate/{number}/{given}/") for number, given in (
            (valid.number, "ABCD-EFGH-JKM"), ("ZM2026999999", code),
        )]  # fmt: skip
        assert [page.status_code for page in pages] == [404, 404]
        assert str(pages[0].context["refusal"]) == str(pages[1].context["refusal"])

    def test_publicity_revocation_and_changed_hours_are_told(self, client, issued, north, leader):
        assert "尚未生效" in client.get(self.verify(issued)).content.decode()
        ledger.reverse(HourEntry.objects.filter(account=HourAccount.APPROVED).get(), by=leader, reason="签错人")
        assert "扣减" in client.get(self.verify(issued)).content.decode()
        certificates.revoke(issued, by=north, reason="内部原因不公开")
        words = client.get(self.verify(issued)).content.decode()
        assert "撤销" in words
        assert "内部原因不公开" not in words

    def test_an_application_is_not_found(self, client, asked):
        assert client.get(f"/certificate/None/{codes.format_code(certificates.check_code(asked))}/").status_code == 404

    def test_what_is_in_publicity_is_listed_with_masked_names(self, client, issued):
        words = client.get("/certificate/publicity/").content.decode()
        assert issued.number in words
        assert "王**" in words
        assert "王小明" not in words
        Certificate.objects.update(publicity_from=today() - 9 * DAY, publicity_until=today() - DAY)
        assert issued.number not in client.get("/certificate/publicity/").content.decode()
        assert client.get("/certificate/publicity/?page=99").status_code == 404

    def test_guessing_is_slowed_down(self, client, valid):
        answers = [client.get(f"/certificate/{valid.number}/ABCD-EFGH-JKM/").status_code for _try in range(31)]
        assert answers == [404] * 30 + [429]


class TestMyPoints:
    def test_it_works(self, mine, wang, reward):
        assert "80 积分" in mine.get("/volunteer/me/points/").content.decode()
        assert "热干面" in mine.get("/volunteer/me/rewards/").content.decode()
        address = f"/volunteer/me/rewards/{reward.pk}/"
        key = mine.get(address).context["form"]["idempotency_key"].value()
        for _twice in range(2):
            answer = mine.post(address, {"idempotency_key": key})
        redemption = Redemption.objects.get()
        assert answer.url == f"/volunteer/me/rewards/taken/{redemption.pk}/"
        assert codes.format_code(rewards.code_of(redemption)) in mine.get(answer.url).content.decode()
        month = today()
        words = mine.get(f"/volunteer/me/points/{month.year}/{month.month}/").content.decode()
        assert ("+80" in words, "-30" in words) == (True, True)
        assert points.balance(wang) == 50

    def test_a_double_tap_gives_one_code(self, mine, wang, reward):
        address, stock = f"/volunteer/me/rewards/{reward.pk}/", reward.stock
        key = mine.get(address).context["form"]["idempotency_key"].value()
        first, second = (mine.post(address, {"idempotency_key": key}) for _tap in range(2))
        redemption = Redemption.objects.get()
        assert first.url == second.url == f"/volunteer/me/rewards/taken/{redemption.pk}/"
        reward.refresh_from_db()
        assert (points.balance(wang), reward.stock) == (50, stock - 1)

    def test_of_two_open_tabs_the_second_finds_the_last_one_gone(self, mine, wang, reward):
        Reward.objects.update(stock=1)
        address = f"/volunteer/me/rewards/{reward.pk}/"
        keys = [mine.get(address).context["form"]["idempotency_key"].value() for _tab in range(2)]
        first, second = (mine.post(address, {"idempotency_key": key}) for key in keys)
        assert (first.status_code, second.status_code) == (302, 409)
        assert "兑完" in second.content.decode()
        assert Redemption.objects.count() == 1
        assert points.balance(wang) == 50

    def test_too_few_points_are_told(self, mine, reward):
        Reward.objects.update(points=81)
        page = mine.post(f"/volunteer/me/rewards/{reward.pk}/", {})
        assert page.status_code == 409
        assert "还差 1 积分" in page.content.decode()

    def test_it_is_given_back(self, mine, taken, wang):
        address = f"/volunteer/me/rewards/taken/{taken.pk}/"
        assert mine.get(f"{address}give-back/").status_code == 302
        for _twice in range(2):
            assert mine.post(f"{address}give-back/").url == "/volunteer/me/points/"
        assert points.balance(wang) == 80
        assert rewards.code_of(taken) not in mine.get(address).content.decode().replace("-", "")

    def test_nobody_reads_those_of_others(self, join, taken):
        other = signed_in(join("li", "李小龙").user)
        assert other.get(f"/volunteer/me/rewards/taken/{taken.pk}/").status_code == 404
        assert other.post(f"/volunteer/me/rewards/taken/{taken.pk}/give-back/").status_code == 404

    @pytest.mark.parametrize("address", ["points/2026/13/", "points/1999/1/", "rewards/999/", "rewards/?page=9"])
    def test_what_is_not_there_is_not_found(self, mine, address):
        assert mine.get(f"/volunteer/me/{address}").status_code == 404


class TestRewardsAtTheDesk:
    def test_it_works(self, desk, reward):
        form = {
            "name": "雨伞", "merchant": f"爱心面馆 #{reward.merchant_id}", "points": 20, "stock": 5, "is_active": "on",
            "seen": 0,
        }  # fmt: skip
        made = desk.post("/desk/rewards/new/", form)
        row = Reward.objects.get(name="雨伞")
        assert made.url == f"/desk/rewards/{row.pk}/"
        assert desk.get("/desk/rewards/").status_code == desk.get(made.url).status_code == 200
        edit = desk.get(f"{made.url}edit/")
        assert "stock" not in edit.context["form"].fields
        desk.post(f"{made.url}edit/", {**form, "points": 25, "seen": edit.context["seen"]})
        assert desk.post(f"{made.url}stock/", {"change": -2}).url == made.url
        row.refresh_from_db()
        assert (row.points, row.stock) == (25, 3)

    @pytest.mark.parametrize(
        "wrong", [{"points": 0}, {"points": ""}, {"stock": -1}, {"name": "热干面"}, {"merchant": "没有这家"}]
    )
    def test_a_bad_form_is_told(self, desk, reward, wrong):
        form = {"name": "雨伞", "merchant": f"爱心面馆 #{reward.merchant_id}", "points": 20, "stock": 5, "seen": 0}
        assert desk.post("/desk/rewards/new/", form | wrong).status_code == 400
        assert Reward.objects.count() == 1

    def test_a_stock_below_nothing_is_told(self, desk, reward):
        assert desk.post(f"/desk/rewards/{reward.pk}/stock/", {"change": -3}).status_code == 400

    def test_others_do_not_find_it(self, reward, south, helper):
        assert signed_in(south).get(f"/desk/rewards/{reward.pk}/").status_code == 404
        assert signed_in(helper).get(f"/desk/rewards/{reward.pk}/").status_code == 200
        for address in ("edit/", "stock/"):
            assert signed_in(helper).get(f"/desk/rewards/{reward.pk}/{address}").status_code == 403

    def test_rules_are_made_by_the_district(self, desk, the_north, wang):
        page = desk.get("/desk/rewards/rules/")
        assert not page.context["may_add"]
        boss = signed_in(make_user("boss", Role.DISTRICT, region=the_north.district))
        form = {
            "district": the_north.district.pk, "valid_from": today() + DAY, "points_per_hour": 12,
            "evening_percent": 100, "red_weekend_percent": 100, "staggered_percent": 100, "overnight_percent": 100,
        }  # fmt: skip
        assert boss.post("/desk/rewards/rules/", form).status_code == 302
        assert boss.post("/desk/rewards/rules/", form).status_code == 400
        assert boss.post("/desk/rewards/rules/", form | {"valid_from": today() - DAY}).status_code == 400
        assert PointRule.objects.count() == 2


class TestTheCashier:
    def test_it_works(self, taken, helper):
        cashier = signed_in(helper)
        assert cashier.get("/desk/rewards/redeem/").status_code == 200
        code = codes.format_code(rewards.code_of(taken))
        words = cashier.get(f"/desk/rewards/redeem/?code={code}").content.decode()
        assert ("热干面" in words, "王**" in words, "王小明" in words) == (True, True, False)
        taken.refresh_from_db()
        assert taken.status == RedemptionStatus.OPEN
        assert cashier.post("/desk/rewards/redeem/", {"code": code, "hand_out": "1"}).status_code == 302
        taken.refresh_from_db()
        assert (taken.status, taken.redeemed_by) == (RedemptionStatus.REDEEMED, helper)

    def test_a_code_that_was_used_is_told(self, taken, helper, north):
        rewards.redeem(taken, by=north)
        for form in ({"code": rewards.code_of(taken)}, {"code": rewards.code_of(taken), "hand_out": "1"}):
            page = signed_in(helper).post("/desk/rewards/redeem/", form)
            assert page.status_code == 409
            assert "已于" in page.content.decode()

    @pytest.mark.parametrize("code", ["", "x", "ABCD-EFGH-JKM", "\0" * 11, "8" * 200])
    def test_a_bad_code_is_told(self, taken, helper, code):
        assert signed_in(helper).post("/desk/rewards/redeem/", {"code": code}).status_code in (400, 404)

    def test_others_get_nothing(self, taken, south, auditor, mine):
        form = {"code": rewards.code_of(taken), "hand_out": "1"}
        assert signed_in(south).post("/desk/rewards/redeem/", form).status_code == 404
        for client in (signed_in(auditor), mine):
            assert client.post("/desk/rewards/redeem/", form).status_code == 403
        taken.refresh_from_db()
        assert taken.status == RedemptionStatus.OPEN


class TestApi:
    def test_a_certificate_is_asked_for_issued_and_revoked(self, desk, wang):
        form = {"volunteer": wang.pk, "since": str(today() - 9 * DAY), "until": str(today())}
        made = desk.post("/api/v1/certificates/", form, content_type="application/json").json()
        assert (made["standing"], made["volunteer"]["name"]) == ("asked", "王小明")
        # What would stand on it today; in lists nothing does yet.
        assert made["minutes"] == 480
        assert [row["minutes"] for row in desk.get("/api/v1/certificates/").json()["results"]] == [None]
        address = f"/api/v1/certificates/{made['id']}/"
        issued = desk.post(f"{address}issue/", {}, content_type="application/json").json()
        assert (issued["standing"], issued["minutes"], len(issued["entries"])) == ("publicity", 480, 1)
        assert HourEntry.objects.get(pk=issued["entries"][0]).minutes == 480
        again = desk.post(f"{address}issue/", {}, content_type="application/json")
        assert (again.status_code, again.json()["error"]["code"]) == (409, "not_possible_now")
        revoked = desk.post(f"{address}revoke/", {"reason": "有误"}, content_type="application/json").json()
        assert revoked["standing"] == "revoked"

    def test_a_volunteer_asks_and_reads_their_own(self, mine, wang, valid, join):
        form = {"since": str(today() - 9 * DAY), "until": str(today())}
        assert mine.post("/api/v1/certificates/", form, content_type="application/json").status_code == 201
        assert len(mine.get("/api/v1/certificates/").json()["results"]) == 2
        other = signed_in(join("li", "李小龙").user)
        assert other.get("/api/v1/certificates/").json()["results"] == []
        assert other.get(f"/api/v1/certificates/{valid.pk}/").status_code == 404
        assert other.post(f"/api/v1/certificates/{valid.pk}/revoke/").status_code == 403

    def test_rewards_are_kept_taken_and_redeemed(self, desk, mine, reward, helper, south):
        form = {"merchant": reward.merchant_id, "name": "雨伞", "points": 20, "stock": 1}
        made = desk.post("/api/v1/rewards/", form, content_type="application/json").json()
        address = f"/api/v1/rewards/{made['id']}/"
        assert desk.patch(address, {"points": 30}, content_type="application/json").json()["points"] == 30
        assert desk.post(f"{address}restock/", {"change": 2}, content_type="application/json").json()["stock"] == 3
        assert {row["name"] for row in mine.get("/api/v1/rewards/").json()["results"]} == {"雨伞", "热干面"}
        assert signed_in(south).get(address).status_code == 404
        taken = mine.post("/api/v1/redemptions/", {"reward": made["id"]}, content_type="application/json").json()
        cashier = signed_in(helper)
        listed = cashier.get("/api/v1/redemptions/").json()["results"]
        assert [(row["id"], "code" in row) for row in listed] == [(taken["id"], False)]
        body = {"code": taken["code"]}
        done = [
            cashier.post("/api/v1/redemptions/redeem/", body, content_type="application/json") for _twice in range(2)
        ]
        assert [each.status_code for each in done] == [200, 409]
        assert done[0].json()["status"] == "redeemed"

    def test_the_ledger_of_points_is_read_and_never_written(self, desk, mine, wang, taken, south):
        for client in (desk, mine):
            rows = client.get("/api/v1/point-entries/").json()["results"]
            assert sum(row["points"] for row in rows) == points.balance(wang) == 50
        assert signed_in(south).get("/api/v1/point-entries/").json()["results"] == []
        assert len(desk.get("/api/v1/point-entries/?kind=spent").json()["results"]) == 1
        assert desk.post("/api/v1/point-entries/", {}).status_code == 405

    @pytest.mark.parametrize(
        ("address", "form"),
        [
            ("certificates/", {"since": "x", "until": "2026-01-01"}),
            ("certificates/", {"volunteer": 999, "since": "2026-01-01", "until": "2026-01-01"}),
            ("rewards/", {"merchant": 999, "name": "x", "points": 1}),
            ("rewards/", {"name": "x", "points": -1, "unknown": 1}),
            ("redemptions/redeem/", {}),
        ],
    )
    def test_bad_input_is_told(self, desk, address, form):
        answer = desk.post(f"/api/v1/{address}", form, content_type="application/json")
        assert answer.status_code == 400
        assert answer.json()["error"]["message"]
