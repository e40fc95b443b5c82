"""What each role may do, spelt out a second time by hand: a change of the table has to be meant."""

from io import StringIO

import pytest
from django.core.management import call_command

from portal.core.permissions import CAPABILITIES, Role, capabilities_of
from portal.core.scope import Grant, Scope
from requests.types import Verb

READS = (
    "requests:read limits:read stations:read organizations:read regions:read volunteers:read teams:read double:read "
    "duty:read notifications:read rewards:read resources:read projects:read deliberations:read replies:read"
)
FIGURES = "people:read reports:read"
MANAGES = (
    "requests:record requests:act requests:reveal requests:export stations:write stations:create organizations:write "
    "people:write registry:export imports:run reports:export accounts:read accounts:write volunteers:write "
    "volunteers:reveal volunteers:export teams:write duty:write double:report double:write "
    "double:statement rewards:write rewards:redeem routing:read routing:write resources:write "
    "projects:create projects:write projects:export deliberations:write hotline:return "
    "replies:write absences:read absences:write elections:read elections:write elections:decide elections:reveal "
    "deliberations:export elections:export"
)
EXPECTED = {
    Role.ADMINISTRATOR: (
        f"{READS} {FIGURES} {MANAGES} requests:erase limits:write volunteers:erase regions:write tokens:manage "
        "tokens:manage_all "
        "history:read disclosures:read hours:decide reference:write projects:review reviews:write"
    ),
    Role.DISTRICT: (
        f"{READS} {FIGURES} {MANAGES} requests:erase limits:write volunteers:erase regions:write tokens:manage "
        "reviews:write"
    ),
    Role.STREET: f"{READS} {FIGURES} {MANAGES} tokens:manage reviews:write",
    Role.COMMUNITY: f"{READS} {FIGURES} {MANAGES}",
    Role.STATION_KEEPER: (
        f"{READS} {FIGURES} requests:record requests:act requests:reveal stations:write volunteers:reveal duty:write "
        "rewards:redeem projects:write deliberations:write absences:read"
    ),
    Role.UNIT_CONTACT: (
        f"{READS} requests:record requests:act requests:reveal double:report double:statement rewards:redeem "
        "resources:write projects:write"
    ),
    # Decides appeals and redoes cases, and takes figures away; writes no registry.
    Role.LEADER: (
        f"{READS} {FIGURES} requests:act requests:export registry:export reports:export history:read hours:decide "
        "double:statement routing:read projects:create projects:write projects:review projects:export "
        "deliberations:write absences:read absences:write elections:read elections:decide elections:reveal "
        "deliberations:export elections:export"
    ),
    # Reads everything of the subtree, masked; changes nothing and exports nothing.
    Role.AUDITOR: (
        f"{READS} {FIGURES} history:read disclosures:read accounts:read routing:read absences:read elections:read"
    ),
    # Belongs to a region and looks after none.
    Role.VOLUNTEER: (
        "volunteers:own requests:read requests:act requests:reveal notifications:read resources:read resources:write"
    ),
}


@pytest.mark.parametrize("capability", CAPABILITIES)
@pytest.mark.parametrize("role", Role)
def test_a_role_may_do_what_is_expected_and_no_more(role, capability):
    scope = Scope(user_id=1, grants=(Grant(id=1, role=role, path="4403/"),))
    assert scope.can(capability) is (capability in EXPECTED[role].split())


def test_nothing_is_expected_that_does_not_exist():
    assert set(" ".join(EXPECTED.values()).split()) == set(CAPABILITIES)


@pytest.mark.parametrize("role", Role)
def test_auditors_keepers_and_contacts_export_nothing(role):
    exports = {name for name in capabilities_of(role) if name.endswith(":export")}
    assert bool(exports) is (role not in (Role.AUDITOR, Role.STATION_KEEPER, Role.UNIT_CONTACT, Role.VOLUNTEER))


def test_who_has_several_roles_may_do_what_any_of_them_may():
    grants = tuple(Grant(id=1, role=role, path="4403/") for role in (Role.AUDITOR, Role.UNIT_CONTACT))
    scope = Scope(user_id=1, grants=grants)
    assert scope.capabilities == set(f"{EXPECTED[Role.AUDITOR]} {EXPECTED[Role.UNIT_CONTACT]}".split())


def test_somebody_without_a_role_may_do_nothing():
    assert Scope(user_id=1).capabilities == frozenset()


@pytest.mark.parametrize("role", Role)
def test_a_token_gives_a_role_nothing_that_it_lacks(role):
    scope = Scope(user_id=1, grants=(Grant(id=1, role=role, path="4403/440306/"),))
    limited = scope.limited(path="4403/440306/", capabilities=frozenset({"reports:export", "requests:read"}))
    assert limited.capabilities == {"reports:export", "requests:read"} & capabilities_of(role)


def test_the_tables_can_be_shown():
    out = StringIO()
    call_command("show_permissions", stdout=out)
    shown = out.getvalue()
    lines = {line.split()[0]: line for line in shown.splitlines() if line.strip()}
    for capability, roles in CAPABILITIES.items():
        assert lines[capability].count("●") == len(roles)
        assert lines[capability].count("●") + lines[capability].count("·") == len(Role)
    for verb in set(Verb) - {Verb.SUBMIT}:
        assert verb in lines
