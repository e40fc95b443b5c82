import pytest

from portal.core.models import Membership, Role


@pytest.fixture
def leader_too(north, the_north):
    return Membership.objects.create(user=north, role=Role.LEADER, region=the_north.district)


def test_it_works(client, north, leader_too):
    client.force_login(north)
    response = client.post("/accounts/role/", {"membership": leader_too.pk})
    assert response["Location"] == "/desk/"
    assert "北区 · 领导" in client.get("/desk/").content.decode()


def test_one_goes_back_to_all_roles_together(client, north, leader_too):
    client.force_login(north)
    client.post("/accounts/role/", {"membership": leader_too.pk})
    client.post("/accounts/role/", {"membership": ""})
    assert '<span class="role">我的全部身份</span>' in client.get("/desk/").content.decode()


@pytest.mark.parametrize("chosen", ["nonsense", "0", "9" * 30, "-1"])
def test_what_is_no_role_of_mine_is_not_found(client, north, chosen):
    client.force_login(north)
    assert client.post("/accounts/role/", {"membership": chosen}).status_code == 404


def test_somebody_elses_role_is_not_found(client, north, south):
    client.force_login(north)
    response = client.post("/accounts/role/", {"membership": south.memberships.get().pk})
    assert response.status_code == 404
    assert "membership" not in client.session


def test_a_role_that_was_taken_away_is_not_found(client, north, leader_too):
    leader_too.is_active = False
    leader_too.save()
    client.force_login(north)
    assert client.post("/accounts/role/", {"membership": leader_too.pk}).status_code == 404


def test_a_stranger_signs_in_first(client, db):
    assert client.post("/accounts/role/", {"membership": "1"})["Location"].startswith("/accounts/login/")


def test_a_link_does_not_switch(client, north):
    client.force_login(north)
    assert client.get("/accounts/role/").status_code == 405


def test_the_language_is_chosen_by_a_form(client, db):
    response = client.post("/language/setlang/", {"language": "en", "next": "/accounts/login/"})
    assert response.status_code == 302
    assert "Staff sign-in" in client.get("/accounts/login/").content.decode()
