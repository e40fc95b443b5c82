"""What a role may do: the one table. `manage.py show_permissions` prints it, tests visit every cell.

Which rows a role may touch is scope (`portal.core.scope`); which step of a case, the table of `requests.workflow`.
A capability is also what a machine token can be limited to.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    ADMINISTRATOR = "administrator", _("Administrator")
    DISTRICT = "district", _("District staff")
    STREET = "street", _("Street staff")
    COMMUNITY = "community", _("Community staff")
    STATION_KEEPER = "station_keeper", _("Station keeper")
    UNIT_CONTACT = "unit_contact", _("Contact of a unit")
    LEADER = "leader", _("Leader")
    AUDITOR = "auditor", _("Auditor")
    VOLUNTEER = "volunteer", _("Volunteer")


_MANAGEMENT = {Role.ADMINISTRATOR, Role.DISTRICT, Role.STREET, Role.COMMUNITY}
# A volunteer belongs to a region and looks after none: all that is theirs is their own.
BELONGING = frozenset({Role.VOLUNTEER})
_EVERYONE = set(Role) - BELONGING

CAPABILITIES: dict[str, set[Role]] = {
    # Residents' requests. A leader decides appeals and redoes; a unit's contact sees what is dispatched to the unit.
    # Volunteers handle what is dispatched to them, or to a team that they lead.
    "requests:read": _EVERYONE | BELONGING,
    "requests:record": _MANAGEMENT | {Role.STATION_KEEPER, Role.UNIT_CONTACT},
    "requests:act": _MANAGEMENT | {Role.STATION_KEEPER, Role.UNIT_CONTACT, Role.LEADER, Role.VOLUNTEER},
    "requests:reveal": _MANAGEMENT | {Role.STATION_KEEPER, Role.UNIT_CONTACT, Role.VOLUNTEER},
    "requests:export": _MANAGEMENT | {Role.LEADER},
    "requests:erase": {Role.ADMINISTRATOR, Role.DISTRICT},
    # 12345: what is told back to the hotline.
    "hotline:return": _MANAGEMENT,
    # 资源清单: units and volunteers say what they give, staff for all of their area; a case's handler claims.
    "resources:read": _EVERYONE | BELONGING,
    "resources:write": _MANAGEMENT | {Role.UNIT_CONTACT, Role.VOLUNTEER},
    # 服务项目清单: whoever leads a project runs it, beside the staff of its region; leaders decide whether it is done.
    "projects:read": _EVERYONE,
    "projects:create": _MANAGEMENT | {Role.LEADER},
    "projects:write": _MANAGEMENT | {Role.LEADER, Role.UNIT_CONTACT, Role.STATION_KEEPER},
    "projects:review": {Role.ADMINISTRATOR, Role.LEADER},
    "projects:export": _MANAGEMENT | {Role.LEADER},
    # 议事协商: whoever has a part in one reads it; its chair and the staff of its region run it.
    "deliberations:read": _EVERYONE,
    "deliberations:write": _MANAGEMENT | {Role.STATION_KEEPER, Role.LEADER},
    "deliberations:export": _MANAGEMENT | {Role.LEADER},
    # 业委会候选人把关: staff enter and check, somebody else decides; names in full are for those who do either.
    "elections:read": _MANAGEMENT | {Role.LEADER, Role.AUDITOR},
    "elections:write": _MANAGEMENT,
    "elections:decide": _MANAGEMENT | {Role.LEADER},
    "elections:reveal": _MANAGEMENT | {Role.LEADER},
    "elections:export": _MANAGEMENT | {Role.LEADER},
    # How long each step of a case may take: by district.
    "limits:read": _EVERYONE,
    "limits:write": {Role.ADMINISTRATOR, Role.DISTRICT},
    # Rules that propose to whom a case goes.
    "routing:read": _MANAGEMENT | {Role.LEADER, Role.AUDITOR},
    "routing:write": _MANAGEMENT,
    # Templates of replies; and which replies somebody else reads first, which is for a street or a district to say.
    "replies:read": _EVERYONE,
    "replies:write": _MANAGEMENT,
    "reviews:write": {Role.ADMINISTRATOR, Role.DISTRICT, Role.STREET},
    # Who is away, and who stands in.
    "absences:read": _MANAGEMENT | {Role.STATION_KEEPER, Role.LEADER, Role.AUDITOR},
    "absences:write": _MANAGEMENT | {Role.LEADER},
    # The registry.
    "stations:read": _EVERYONE,
    "stations:write": _MANAGEMENT | {Role.STATION_KEEPER},
    "stations:create": _MANAGEMENT,
    "organizations:read": _EVERYONE,
    "organizations:write": _MANAGEMENT,
    "regions:read": _EVERYONE,
    "regions:write": {Role.ADMINISTRATOR, Role.DISTRICT},
    "people:read": _EVERYONE - {Role.UNIT_CONTACT},
    "people:write": _MANAGEMENT,
    "registry:export": _MANAGEMENT | {Role.LEADER},
    "imports:run": _MANAGEMENT,
    # The register of volunteers. Who does not work with them sees masked names.
    "volunteers:read": _EVERYONE,
    "volunteers:write": _MANAGEMENT,
    "volunteers:reveal": _MANAGEMENT | {Role.STATION_KEEPER},
    "volunteers:export": _MANAGEMENT,
    "volunteers:erase": {Role.ADMINISTRATOR, Role.DISTRICT},
    "volunteers:own": {Role.VOLUNTEER},
    "teams:read": _EVERYONE,
    "teams:write": _MANAGEMENT,
    # 双报到: units report themselves, the community confirms. A statement goes to the member's own branch, too, and
    # is the one file that a unit's contact takes away.
    "double:read": _EVERYONE,
    "double:report": _MANAGEMENT | {Role.UNIT_CONTACT},
    "double:write": _MANAGEMENT,
    "double:statement": _MANAGEMENT | {Role.LEADER, Role.UNIT_CONTACT},
    # Duty: a keeper runs that of the own station; hours beyond what counts at once are for leaders to decide.
    "duty:read": _EVERYONE,
    "duty:write": _MANAGEMENT | {Role.STATION_KEEPER},
    "hours:decide": {Role.ADMINISTRATOR, Role.LEADER},
    # Points: management runs rewards and rules; what a merchant gives is handed out by its unit, a station or staff.
    "rewards:read": _EVERYONE,
    "rewards:write": _MANAGEMENT,
    "rewards:redeem": _MANAGEMENT | {Role.STATION_KEEPER, Role.UNIT_CONTACT},
    # Figures. An auditor reads them and takes nothing away.
    "reports:read": _EVERYONE - {Role.UNIT_CONTACT},
    "reports:export": _MANAGEMENT | {Role.LEADER},
    # Accounts of staff; whose, and which roles may be given, `GIVES` says.
    "accounts:read": _MANAGEMENT | {Role.AUDITOR},
    "accounts:write": _MANAGEMENT,
    # What somebody is told, and how they want it.
    "notifications:read": _EVERYONE | BELONGING,
    # The portal itself.
    "tokens:manage": {Role.ADMINISTRATOR, Role.DISTRICT, Role.STREET},
    "tokens:manage_all": {Role.ADMINISTRATOR},
    "history:read": {Role.ADMINISTRATOR, Role.LEADER, Role.AUDITOR},
    "disclosures:read": {Role.ADMINISTRATOR, Role.AUDITOR},
    "reference:write": {Role.ADMINISTRATOR},
}

# Which roles a role gives to others, inside its own regions: its own level and those below. Who decides or inspects is
# named from the district up. Administrators are made under /admin/, by administrators alone.
_AT_STATIONS = {Role.STATION_KEEPER, Role.UNIT_CONTACT, Role.VOLUNTEER}
GIVES: dict[str, set[Role]] = {
    Role.ADMINISTRATOR: set(Role) - {Role.ADMINISTRATOR},
    Role.DISTRICT: set(Role) - {Role.ADMINISTRATOR},
    Role.STREET: {Role.STREET, Role.COMMUNITY} | _AT_STATIONS,
    Role.COMMUNITY: {Role.COMMUNITY} | _AT_STATIONS,
}

# In words, for the page on which tokens are made.
LABELS = {
    "requests:read": _("Read requests"),
    "requests:record": _("Record requests and home visits for residents"),
    "requests:act": _("Take steps on requests"),
    "requests:reveal": _("See who made a request"),
    "requests:export": _("Export requests"),
    "requests:erase": _("Erase personal data of ended requests"),
    "hotline:return": _("Send results back to the hotline"),
    "resources:read": _("Read resources"),
    "resources:write": _("Offer and change resources"),
    "projects:read": _("Read projects"),
    "projects:create": _("Draft projects"),
    "projects:write": _("Run projects"),
    "projects:review": _("Decide about projects"),
    "projects:export": _("Export projects"),
    "deliberations:read": _("Read deliberations"),
    "deliberations:write": _("Run deliberations and surveys, and record answers at the door"),
    "deliberations:export": _("Export deliberations, surveys and appraisals"),
    "elections:read": _("Read candidates for owners' committees"),
    "elections:write": _("Enter and check candidates for owners' committees"),
    "elections:decide": _("Decide on candidates for owners' committees"),
    "elections:reveal": _("See who a candidate is"),
    "elections:export": _("Export candidates for owners' committees"),
    "limits:read": _("Read limits"),
    "limits:write": _("Change limits"),
    "routing:read": _("Read routing rules"),
    "routing:write": _("Change routing rules"),
    "replies:read": _("Read reply templates"),
    "replies:write": _("Change reply templates"),
    "reviews:write": _("Change which replies are reviewed"),
    "absences:read": _("Read absences"),
    "absences:write": _("Record absences and hand cases over"),
    "stations:read": _("Read stations"),
    "stations:write": _("Change stations"),
    "stations:create": _("Add stations"),
    "organizations:read": _("Read organisations"),
    "organizations:write": _("Change organisations"),
    "regions:read": _("Read regions"),
    "regions:write": _("Change regions"),
    "people:read": _("Read people and posts"),
    "people:write": _("Change people and posts"),
    "registry:export": _("Export the registry"),
    "imports:run": _("Import from spreadsheets"),
    "volunteers:read": _("Read volunteers"),
    "volunteers:write": _("Look after volunteers"),
    "volunteers:reveal": _("See how to reach volunteers"),
    "volunteers:export": _("Export volunteers"),
    "volunteers:erase": _("Erase personal data of volunteers"),
    "volunteers:own": _("Look after one's own entry as a volunteer"),
    "teams:read": _("Read volunteer teams"),
    "teams:write": _("Look after volunteer teams"),
    "double:read": _("Read double check-in"),
    "double:report": _("Report a unit to a community"),
    "double:write": _("Confirm and end double check-in"),
    "double:statement": _("Take statements of double check-in away"),
    "duty:read": _("Read duty, rosters and hours"),
    "duty:write": _("Plan duty and keep attendance"),
    "hours:decide": _("Decide about hours"),
    "rewards:read": _("Read rewards and points"),
    "rewards:write": _("Look after rewards and points"),
    "rewards:redeem": _("Hand out rewards"),
    "reports:read": _("Read reports"),
    "reports:export": _("Export reports"),
    "accounts:read": _("Read accounts"),
    "accounts:write": _("Look after accounts"),
    "notifications:read": _("Read my own notifications"),
    "tokens:manage": _("Manage my own tokens and webhooks"),
    "tokens:manage_all": _("Manage everybody's tokens"),
    "history:read": _("Read the history"),
    "disclosures:read": _("Read who looked at personal data"),
    "reference:write": _("Change reference data"),
}


def gives(role: str, given: str) -> bool:
    return given in GIVES.get(role, ())


def looks_after(role: str, other: str) -> bool:
    """Whether `role` takes care of accounts that hold `other`. Administrators do of each other: somebody must."""
    return gives(role, other) or role == other == Role.ADMINISTRATOR


# What somebody may do as the person they are: a machine's token speaks for a region, not for a person.
PERSONAL = frozenset({"volunteers:own"})


def capabilities_of(role: str) -> frozenset[str]:
    return frozenset(name for name, roles in CAPABILITIES.items() if role in roles)
