"""Machine tokens: made on a page or the command line, limited, shown once, revoked."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from portal.core import tokens
from portal.core.errors import DomainError
from portal.core.models import ApiToken, Role
from portal.core.permissions import CAPABILITIES, LABELS
from tests.conftest import make_user

PAGE = "/desk/tokens/"


@pytest.fixture
def district(the_north):
    return make_user("district", Role.DISTRICT, region=the_north.district)


def send(client, **changed):
    return client.post(PAGE, {"name": "Reports", "scopes": ["reports:read"], "days": 30, **changed})


def test_it_works(client, district):
    client.force_login(district)
    response = send(client)
    plaintext = response.context["plaintext"]
    assert (response.status_code, plaintext[:3]) == (201, "xz_")
    assert plaintext in response.content.decode()
    assert plaintext not in client.get(PAGE).content.decode()
    user, token = tokens.find(plaintext)
    assert (user, token) == (district, ApiToken.objects.get())
    assert user.scope.capabilities == {"reports:read"}


def test_the_text_of_a_token_is_stored_nowhere(district):
    token, plaintext = tokens.create_token(district, name="x", scopes=["reports:read"])
    token.refresh_from_db()
    assert plaintext not in str(token.__dict__)


def test_the_command_prints_the_token_and_nothing_else(district):
    out = StringIO()
    call_command("create_token", "--user", "district", "--scope", "reports:read", stdout=out)
    assert tokens.find(out.getvalue().strip())[0] == district


@pytest.mark.parametrize(
    "arguments",
    [
        ["--user", "nobody", "--scope", "reports:read"],
        ["--user", "district", "--scope", "no:such"],
        ["--user", "district", "--scope", "reports:read", "--region", "99"],
        ["--user", "district", "--scope", "reports:read", "--days", "9999"],
    ],
)
def test_the_command_says_what_is_wrong(district, arguments):
    with pytest.raises(CommandError):
        call_command("create_token", *arguments)


def test_nobody_gives_a_token_more_than_the_account_has(keeper, district, the_south):
    for user, wrong in [
        (keeper, {"scopes": ["reports:export"]}),
        (district, {"region": the_south.district}),
        (district, {"scopes": []}),
        (district, {"expires_at": timezone.now() - timedelta(days=1)}),
        (district, {"expires_at": timezone.now() + timedelta(days=400)}),
    ]:
        with pytest.raises(DomainError) as refusal:
            tokens.create_token(user, **{"name": "x", "scopes": ["reports:read"], **wrong})
        assert refusal.value.fields


def test_a_token_that_ended_opens_nothing(district):
    token, plaintext = tokens.create_token(district, name="x", scopes=["reports:read"])
    assert tokens.find(plaintext)
    ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert tokens.find(plaintext) is None
    ApiToken.objects.update(expires_at=timezone.now() + timedelta(days=1))
    tokens.revoke(token, by=district)
    assert tokens.find(plaintext) is None


def test_a_token_of_a_closed_account_opens_nothing(district):
    _token, plaintext = tokens.create_token(district, name="x", scopes=["reports:read"])
    district.is_active = False
    district.save()
    assert tokens.find(plaintext) is None


def test_the_look_up_is_one_query_and_notes_the_day_once(district, django_assert_num_queries):
    _token, plaintext = tokens.create_token(district, name="x", scopes=["reports:read"])
    with django_assert_num_queries(2):
        tokens.find(plaintext)
    with django_assert_num_queries(1):
        tokens.find(plaintext)
    assert ApiToken.objects.get().last_used_on == timezone.localdate()


def test_a_form_sent_twice_makes_one_token(client, district):
    client.force_login(district)
    for _time in range(2):
        response = send(client, idempotency_key="the-same")
    assert response.status_code == 302
    assert ApiToken.objects.count() == 1


def test_somebody_else_cannot_revoke_or_see_it(client, district, south):
    token, _plaintext = tokens.create_token(district, name="Secret name", scopes=["reports:read"])
    other = make_user("other", Role.DISTRICT, region=south.memberships.get().region.parent.parent)
    client.force_login(other)
    assert client.get(f"{PAGE}{token.pk}/revoke/").status_code == 404
    assert client.post(f"{PAGE}{token.pk}/revoke/").status_code == 404
    assert "Secret name" not in client.get(PAGE).content.decode()
    client.force_login(district)
    assert token.name in client.get(f"{PAGE}{token.pk}/revoke/").content.decode()
    assert client.post(f"{PAGE}{token.pk}/revoke/").status_code == 302
    token.refresh_from_db()
    assert token.revoked_at


def test_only_who_may_manage_tokens_gets_the_page(client, keeper):
    client.force_login(keeper)
    assert client.get(PAGE).status_code == 403


def test_bad_input_is_told_beside_the_field(client, district):
    client.force_login(district)
    response = send(client, scopes=["imports:run", "no:such"], days="12")
    assert response.status_code == 422
    assert {"scopes", "days"} <= set(response.context["form"].errors)


def test_every_permission_has_words():
    assert set(LABELS) == set(CAPABILITIES)


@pytest.mark.parametrize("days", [0, -1, 10**11])
def test_the_command_refuses_a_term_that_is_none(north, days):
    with pytest.raises(CommandError, match="from 1 to 366 days"):
        call_command("create_token", user=north.username, scope=["reports:read"], days=days)


def test_what_somebody_may_do_as_a_person_is_for_no_token(the_north):
    volunteer = make_user("wang", Role.VOLUNTEER, region=the_north.community)
    with pytest.raises(DomainError) as refusal:
        tokens.create_token(volunteer, name="x", scopes=["volunteers:own"], region=the_north.community)
    assert "scopes" in refusal.value.fields
