"""The base templates as a reader without scripts gets them."""

import pytest
from django.template.loader import render_to_string

from portal.core.models import Membership, Role

pytestmark = pytest.mark.usefixtures("sample_pages")


def test_a_public_page_is_chinese_and_starts_with_a_way_past_the_header(client):
    html = client.get("/sample/home/").content.decode()
    assert '<html lang="zh-hans">' in html
    assert '<a class="skip-link" href="#main">跳到正文</a>' in html
    assert "<title>首页 · 小站</title>" in html


def test_a_public_page_asks_the_database_for_nothing(client, django_assert_num_queries, db):
    with django_assert_num_queries(0):
        client.get("/sample/home/")


def test_large_type_is_remembered_in_a_cookie_and_switched_by_a_plain_form(client):
    assert 'data-elder="1"' not in client.get("/sample/home/").content.decode()
    assert "大字版" in client.get("/sample/home/").content.decode()
    client.cookies["elder"] = "1"
    html = client.get("/sample/home/").content.decode()
    assert 'data-elder="1"' in html
    assert "标准字号" in html


def test_the_menu_marks_the_page_that_one_is_on(client):
    html = client.get("/track/").content.decode()
    assert html.count("aria-current") == 1
    assert '<a href="/track/" aria-current="page">' in html


def test_a_refused_step_says_why_and_what_is_left_unchanged(client):
    html = client.get("/sample/domain/").content.decode()
    assert "这件诉求刚刚由李明派给了丽晶国际物业服务中心。" in html
    assert "没有改动任何内容" in html
    assert "stale" in html


@pytest.mark.parametrize("name", ["400", "403", "404", "500", "503"])
def test_an_error_page_needs_neither_a_request_nor_a_database(name):
    html = render_to_string(f"{name}.html")
    assert "小站" in html
    assert 'href="/"' in html


def test_the_sign_in_page_is_in_chinese_and_leads_residents_away(client, db):
    html = client.get("/accounts/login/").content.decode()
    assert "工作人员登录" in html
    assert "居民无需登录" in html
    assert "用户名" in html
    assert "(optional)" not in html


def test_a_wrong_password_is_told_in_a_summary_that_keeps_the_name(client, north):
    response = client.post("/accounts/login/", {"login": "north", "password": "not this one"})
    html = response.content.decode()
    assert "error-summary" in html
    assert 'value="north"' in html


def test_second_factor_pages_stand_on_our_layout(client, north):
    client.force_login(north)
    html = client.get("/accounts/2fa/").content.decode()
    assert "两步验证" in html
    assert "site-header" in html


def test_the_desk_says_who_and_where_i_am(client, north):
    client.force_login(north)
    html = client.get("/desk/").content.decode()
    assert "North" in html
    assert "北社区" in html
    assert "以此身份办理" not in html


def test_with_several_roles_one_may_choose(client, north, the_north):
    Membership.objects.create(user=north, role=Role.LEADER, region=the_north.district)
    client.force_login(north)
    html = client.get("/desk/").content.decode()
    assert "以此身份办理" in html
    assert "我的全部身份" in html
    assert "北区" in html


def test_the_menu_of_the_desk_leaves_out_what_one_may_not_open(client, north, helper):
    client.force_login(north)
    assert 'href="/desk/reports/"' in client.get("/desk/").content.decode()
    client.force_login(helper)
    assert 'href="/desk/reports/"' not in client.get("/desk/").content.decode()


def test_an_error_beside_a_list_is_a_part_not_a_page(client):
    html = client.get("/sample/domain/", headers={"HX-Request": "true"}).content.decode()
    assert "这件诉求刚刚由李明派给了丽晶国际物业服务中心。" in html
    assert "<html" not in html
    assert "site-header" not in html
