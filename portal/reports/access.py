"""Who may take figures away as files."""

from portal.core.permissions import CAPABILITIES
from portal.core.scope import Scope


def may_export(scope: Scope) -> bool:
    """Whether the role behind a sign-in may export (docs/decisions/0040-reports-as-files.md).

    To a machine with `reports:read` CSV is one more way to read, so that its token need not say `reports:export`; but
    a token never gives a role, such as the auditor's, what the role itself lacks.
    """
    if scope.limited_to is None:
        return scope.can("reports:export")
    return scope.can("reports:read") and scope.has_role(*CAPABILITIES["reports:export"])
