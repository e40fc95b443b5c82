"""Who may make, change and close whose account: every pair of roles, every way up that must stay shut."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

from portal.core import accounts
from portal.core.accounts import Place
from portal.core.errors import Conflict, DomainError, NotAllowed
from portal.core.models import HistoryEntry, Level, Membership, Person, Post, Role, User
from portal.core.permissions import GIVES
from portal.core.tokens import create_token, find
from tests.conftest import make_region, make_user

pytestmark = pytest.mark.django_db

MANAGERS = [Role.ADMINISTRATOR, Role.DISTRICT, Role.STREET, Role.COMMUNITY]
# What each role gives, written a second time by hand.
EXPECTED = {
    Role.ADMINISTRATOR: "district street community station_keeper unit_contact leader auditor volunteer",
    Role.DISTRICT: "district street community station_keeper unit_contact leader auditor volunteer",
    Role.STREET: "street community station_keeper unit_contact volunteer",
    Role.COMMUNITY: "community station_keeper unit_contact volunteer",
}


def region_of(role, half):
    """The region in the half at which a role is held."""
    return {Role.ADMINISTRATOR: half.district, Role.DISTRICT: half.district, Role.STREET: half.street}.get(
        role, half.community
    )


def place_of(role, half) -> Place:
    if role == Role.STATION_KEEPER:
        return Place(station=half.station)
    if role == Role.UNIT_CONTACT:
        return Place(organization=half.unit)
    return Place(region=region_of(role, half))


def somebody(role, half, name="somebody") -> User:
    place = place_of(role, half)
    return make_user(name, role, region=place.region, station=place.station, organization=place.organization)


def make(by, role, half, username="newcomer", **who):
    return accounts.create_account(
        username=username, role=role, place=place_of(role, half), by=by, **(who or {"name": "赵新"})
    )


def fresh(user: User) -> User:
    """As the next request finds the account."""
    return User.objects.get(pk=user.pk)


def test_it_works(north, the_north):
    made = make(north, Role.COMMUNITY, the_north, name="赵新", phone="138 0000 1234")
    account = fresh(made.account)
    assert account.check_password(made.start_password)
    assert account.must_change_password
    assert (account.person.name, account.person.phone_masked) == ("赵新", "138****1234")
    assert account.scope.covers(the_north.community, Role.COMMUNITY)
    written = {entry.table: entry.actor_id for entry in HistoryEntry.objects.filter(actor_id=north.pk)}
    assert {"core_user", "core_person", "core_membership"} <= set(written)
    assert made.start_password not in str(list(HistoryEntry.objects.values_list("changes", flat=True)))


@pytest.mark.parametrize("given", Role)
@pytest.mark.parametrize("giver", Role)
def test_a_role_gives_what_is_expected_and_no_more(giver, given, the_north):
    by = somebody(giver, the_north, "giver")
    # Within the giver's own regions wherever the role can be held there.
    if given.value in EXPECTED.get(giver, "").split():
        assert make(by, given, the_north).account.memberships.get().role == given
        return
    with pytest.raises(DomainError) as refused:
        make(by, given, the_north)
    assert refused.value.status == 403
    assert not User.objects.filter(username="newcomer").exists()
    assert not Person.objects.filter(name="赵新").exists()


def test_the_table_holds_the_roles_that_are_expected():
    assert {role: " ".join(each for each in Role if each in given) for role, given in GIVES.items()} == {
        role: " ".join(each for each in Role if each in expected.split()) for role, expected in EXPECTED.items()
    }


@pytest.mark.parametrize("given", [role for role in Role if role != Role.ADMINISTRATOR])
@pytest.mark.parametrize("giver", MANAGERS)
def test_nobody_gives_a_role_in_anothers_area(giver, given, the_north, the_south):
    with pytest.raises(DomainError) as refused:
        make(somebody(giver, the_north, "giver"), given, the_south)
    assert refused.value.status == 403
    assert not User.objects.filter(username="newcomer").exists()


@pytest.mark.parametrize("giver", [Role.STREET, Role.COMMUNITY])
def test_nobody_gives_a_role_above_their_own_region(giver, the_north):
    for role in (Role.DISTRICT, Role.LEADER):
        with pytest.raises(DomainError):
            accounts.create_account(
                username="x", name="x", role=role, place=Place(region=the_north.district),
                by=somebody(giver, the_north, f"giver-{role}"),
            )  # fmt: skip


def test_a_role_fits_the_level_of_its_region(the_north):
    by = somebody(Role.DISTRICT, the_north, "giver")
    for role, region in ((Role.COMMUNITY, the_north.street), (Role.DISTRICT, the_north.community)):
        with pytest.raises(DomainError) as refused:
            accounts.create_account(username="x", name="x", role=role, place=Place(region=region), by=by)
        assert list(refused.value.fields) == ["region"]


@pytest.mark.parametrize("role", [Role.STREET, Role.STATION_KEEPER, Role.UNIT_CONTACT])
def test_a_role_takes_the_place_that_belongs_to_it_and_no_other(role, the_north):
    by = somebody(Role.DISTRICT, the_north, "giver")
    everything = Place(region=the_north.street, station=the_north.station, organization=the_north.unit)
    for place in (Place(), everything):
        with pytest.raises(DomainError) as refused:
            accounts.create_account(username="x", name="x", role=role, place=place, by=by)
        assert refused.value.fields


def test_a_role_counts_where_it_is_held_alone(the_north, the_south):
    """An auditor of the city who runs one community gives roles in the community alone."""
    both = somebody(Role.COMMUNITY, the_north, "both")
    Membership.objects.create(user=both, role=Role.AUDITOR, region=the_north.district.parent)
    assert make(both, Role.COMMUNITY, the_north)
    with pytest.raises(DomainError):
        make(both, Role.COMMUNITY, the_south, username="other")
    stranger = somebody(Role.COMMUNITY, the_south, "stranger")
    for verb in (accounts.issue_start_password, accounts.deactivate_account):
        with pytest.raises(NotAllowed):
            verb(stranger, by=both)
    # An account without a role that is seen from the city is nobody's to take over.
    stranger.memberships.update(is_active=False)
    with pytest.raises(NotAllowed):
        accounts.issue_start_password(stranger, by=both)


VERBS = {
    "edit": lambda account, by: accounts.edit_account(account, username="renamed", name="改名", by=by),
    "give": lambda account, by: accounts.give_role(
        account, role=Role.COMMUNITY, place=Place(region=by.memberships.first().region), by=by
    ),
    "password": lambda account, by: accounts.issue_start_password(account, by=by),
    "deactivate": lambda account, by: accounts.deactivate_account(account, by=by),
    "second factor": lambda account, by: accounts.remove_second_factor(account, by=by),
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("held", Role)
@pytest.mark.parametrize("manager", MANAGERS)
def test_whoever_cannot_give_a_role_cannot_take_over_its_account(manager, held, verb, the_north):
    by, account = somebody(manager, the_north, "manager"), somebody(held, the_north)
    TOTP.activate(account, generate_totp_secret())
    may = held.value in EXPECTED[manager].split() or manager == held == Role.ADMINISTRATOR
    if may and (verb != "give" or manager == Role.COMMUNITY):
        if (verb, held) == ("give", Role.COMMUNITY):
            with pytest.raises(Conflict):
                VERBS[verb](account, by)
        else:
            VERBS[verb](account, by)
        return
    before = HistoryEntry.objects.count()
    with pytest.raises(DomainError):
        VERBS[verb](account, by)
    assert HistoryEntry.objects.count() == before


@pytest.mark.parametrize("verb", VERBS)
def test_nobody_looks_after_their_own_account(verb, north):
    with pytest.raises(NotAllowed):
        VERBS[verb](north, north)
    with pytest.raises(NotAllowed):
        accounts.end_role(north.memberships.get(), by=north)


@pytest.mark.parametrize("verb", VERBS)
def test_of_an_account_that_also_works_elsewhere_only_the_own_role_is_ended(verb, north, the_north, the_south):
    account = somebody(Role.STATION_KEEPER, the_north)
    outside = Membership.objects.create(user=account, role=Role.STATION_KEEPER, station=the_south.station)
    with pytest.raises(NotAllowed) as refused:
        VERBS[verb](account, north)
    assert refused.value.code == "beyond_your_area"
    with pytest.raises(NotAllowed):
        accounts.end_role(outside, by=north)
    accounts.end_role(account.memberships.get(station=the_north.station), by=north)
    assert fresh(account).scope.station_ids == (the_south.station.pk,)


def test_a_higher_role_within_ones_area_is_not_ended(north, the_north):
    leader = somebody(Role.LEADER, the_north)
    with pytest.raises(NotAllowed):
        accounts.end_role(leader.memberships.get(), by=north)


def test_a_superuser_is_for_whole_administrators(the_north):
    root = somebody(Role.COMMUNITY, the_north, "root")
    User.objects.filter(pk=root.pk).update(is_superuser=True)
    with pytest.raises(NotAllowed):
        accounts.issue_start_password(root, by=somebody(Role.DISTRICT, the_north, "district"))
    with pytest.raises(NotAllowed):
        accounts.issue_start_password(root, by=somebody(Role.ADMINISTRATOR, the_north, "regional"))
    assert accounts.issue_start_password(root, by=make_user("whole", Role.ADMINISTRATOR))


def test_an_ended_role_is_given_again_and_a_held_one_is_not(north, the_north):
    account = somebody(Role.STATION_KEEPER, the_north)
    role = account.memberships.get()
    with pytest.raises(Conflict):
        accounts.give_role(account, role=Role.STATION_KEEPER, place=Place(station=the_north.station), by=north)
    accounts.end_role(role, by=north)
    assert not fresh(account).scope.grants
    again = accounts.give_role(account, role=Role.STATION_KEEPER, place=Place(station=the_north.station), by=north)
    assert (again.pk, again.is_active) == (role.pk, True)


def test_an_abolished_region_takes_no_role(the_north):
    by = somebody(Role.STREET, the_north, "giver")
    gone = make_region("440306001009", "旧社区", Level.COMMUNITY, the_north.street)
    type(gone).objects.filter(pk=gone.pk).update(valid_to="2020-01-01")
    gone.refresh_from_db()
    with pytest.raises(DomainError) as refused:
        accounts.create_account(username="x", name="x", role=Role.COMMUNITY, place=Place(region=gone), by=by)
    assert refused.value.code == "abolished"


@pytest.mark.parametrize("username", ["north", "NORTH", "ｎｏｒｔｈ", "with space", "", "x" * 61])
def test_a_user_name_that_is_taken_or_none_is_refused_beside_its_field(username, north, the_north):
    with pytest.raises(DomainError) as refused:
        make(north, Role.COMMUNITY, the_north, username=username)
    assert list(refused.value.fields) == ["username"]
    assert not Person.objects.filter(name="赵新").exists()


def test_somebody_known_gets_one_account_and_no_second(north, the_north):
    person = Person.objects.create(name="王网格")
    Post.objects.create(person=person, kind="grid_worker", region=the_north.community, starts_on="2026-01-01")
    assert make(north, Role.COMMUNITY, the_north, person=person).account.person == person
    for who in ({"person": person}, {"person": person, "name": "又一个"}, {"name": " "}):
        with pytest.raises(DomainError) as refused:
            make(north, Role.COMMUNITY, the_north, username="second", **who)
        assert list(refused.value.fields) == ["person"]


def test_a_closed_account_opens_nothing_and_comes_back_with_a_new_password(client, north, the_north):
    by = somebody(Role.STREET, the_north, "street-staff")
    _token, plaintext = create_token(north, name="大屏", scopes=["requests:read"])
    client.force_login(north)
    assert client.get("/desk/").status_code == 200
    accounts.deactivate_account(north, by=by)
    assert client.get("/desk/").status_code == 302
    assert find(plaintext) is None
    with pytest.raises(Conflict):
        accounts.deactivate_account(north, by=by)
    with pytest.raises(Conflict):
        accounts.issue_start_password(north, by=by)
    made = accounts.reactivate_account(north, by=by)
    # Neither the old session nor the old token nor the old password comes back with it.
    assert client.get("/desk/").status_code == 302
    assert find(plaintext) is None
    assert not fresh(north).check_password("a good password")
    assert fresh(north).check_password(made.start_password)
    assert fresh(north).scope.covers(the_north.community)
    with pytest.raises(Conflict):
        accounts.reactivate_account(north, by=by)


def test_a_new_start_password_ends_open_sessions(client, north, the_north):
    client.force_login(north)
    accounts.issue_start_password(north, by=somebody(Role.STREET, the_north, "street-staff"))
    assert client.get("/desk/").status_code == 302


def test_a_lost_second_factor_is_removed_and_the_history_knows_by_whom(north, the_north):
    by = somebody(Role.STREET, the_north, "street-staff")
    with pytest.raises(Conflict):
        accounts.remove_second_factor(north, by=by)
    TOTP.activate(north, generate_totp_secret())
    accounts.remove_second_factor(north, by=by)
    assert not Authenticator.objects.filter(user=north).exists()
    entry = HistoryEntry.objects.filter(table="mfa_authenticator", operation="DELETE", changes__user_id=north.pk).get()
    assert (entry.actor_id, "data" in entry.changes) == (by.pk, False)


@pytest.mark.parametrize("person", ["north", "helper", "south", "keeper", "leader", "auditor"])
def test_whose_accounts_are_seen(person, request, north, helper, keeper, south, the_north):
    reader = request.getfixturevalue(person)
    seen = set(User.objects.for_user(reader).values_list("username", flat=True))
    northern = {"north", "helper", "keeper"}
    assert seen - {"leader", "auditor"} == {
        "north": northern, "leader": northern, "auditor": northern, "south": {"south"}, "helper": {"helper"},
        "keeper": {"keeper"},
    }[person]  # fmt: skip
