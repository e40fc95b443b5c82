"""One box: numbers, codes, phones, words of one character and more, stations."""

import pytest
from django.urls import reverse


@pytest.fixture
def search(client):
    def ask(user, term):
        client.force_login(user)
        return client.post(reverse("desk:search"), {"q": term}, follow=True)

    return ask


@pytest.mark.parametrize("term", ["路灯", "灯", "路灯 老人", "看不清路"])
def test_it_works(search, many, case, north, term):
    many(2)
    text = search(north, term).content.decode()
    assert case.number in text
    assert text.count("data-row-link") == 1


def test_a_number_and_a_code_open_the_case(search, submitted, north, south):
    case = submitted.case
    for term in (case.number, case.number.lower(), submitted.tracking_code, f" {submitted.tracking_code.lower()} "):
        assert search(north, term).redirect_chain[-1][0] == reverse("desk:case", args=[case.pk])
        assert case.title not in search(south, term).content.decode()


def test_the_last_digits_of_a_number_find_the_case_beside_what_has_them_in_its_words(search, case, many, north, south):
    many(1, description=f"{case.pk}号楼没有电。")
    text = search(north, str(case.pk)).content.decode()
    assert case.number in text
    assert text.count("data-row-link") == 2
    assert case.number in search(north, f"{case.pk:09d}").content.decode()
    assert case.number not in search(south, str(case.pk)).content.decode()
    assert search(north, "9" * 18).status_code == 200


@pytest.mark.parametrize("phone", ["13800001234", "138 0000 1234", "+86 138-0000-1234"])
def test_a_phone_is_found_and_stands_in_no_address(search, case, north, south, phone):
    answer = search(north, phone)
    assert case.number in answer.content.decode()
    assert "13800001234" not in answer.redirect_chain[-1][0].replace("-", "").replace("%20", "")
    assert case.number not in search(south, phone).content.decode()


def test_a_hotline_is_looked_for_among_the_words(search, case, many, north):
    many(1, description="打了12345也没有人来。")
    for term in ("12345", "110"):
        assert search(north, term).redirect_chain[-1][0].endswith(f"?q={term}")
    assert search(north, "12345").content.decode().count("data-row-link") == 1


def test_stations_are_found_by_name(search, north, south, the_north, the_south):
    text = search(north, "小站").content.decode()
    assert the_north.station.name in text
    assert the_south.station.name not in text


def test_a_station_that_is_found_can_be_opened(search, client, north, the_north):
    address = reverse("stations:station_detail", args=[the_north.station.pk])
    assert f'href="{address}"' in search(north, "小站").content.decode()
    assert client.get(address).status_code == 200


@pytest.mark.parametrize("term", ["", "%", "'; --", "😀", "\x00", "没有这样的诉求", "长" * 300])
def test_what_is_not_there_says_so(search, case, north, term):
    answer = search(north, term)
    assert answer.status_code == 200
    assert "没有找到" in answer.content.decode()


def test_a_page_that_is_not_mine_is_not_here_as_an_unknown_address_is_not(client, case, south):
    client.force_login(south)
    for address in (reverse("desk:case", args=[case.pk]), "/desk/nowhere/"):
        answer = client.get(address)
        assert answer.status_code == 404
        assert "没有找到这个页面" in answer.content.decode()
