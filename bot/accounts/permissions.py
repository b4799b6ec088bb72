"""Who may do what: roles, permissions, and the one table that joins them."""

from collections.abc import Iterable, Mapping
from enum import StrEnum


class Role(StrEnum):
    """A role of an account; an account may have several."""

    OFFICER = "officer"
    SUPERVISOR = "supervisor"
    TRAINER = "trainer"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


class Permission(StrEnum):
    """What a page or an act of the console asks for. A new one is added here and to ``ROLE_PERMISSIONS``."""

    CONVERSATIONS_READ = "conversations.read"
    CONVERSATIONS_ANSWER = "conversations.answer"
    CONVERSATIONS_SUPERVISE = "conversations.supervise"
    TRANSCRIPTS_SEARCH = "transcripts.search"
    TRANSCRIPTS_EXPORT = "transcripts.export"
    ANSWERS_JUDGE = "answers.judge"
    ANSWERS_APPROVE = "answers.approve"
    PRIVATE_VALUES_REVEAL = "private_values.reveal"
    ACCOUNTS_MANAGE = "accounts.manage"
    AUDIT_READ = "audit.read"
    SWITCHES_MANAGE = "switches.manage"
    RIGHTS_READ = "rights.read"
    RIGHTS_HANDLE = "rights.handle"
    TEAMS_MANAGE = "teams.manage"
    CANNED_REPLIES_MANAGE = "canned_replies.manage"
    MESSAGES_LABEL = "messages.label"
    TRAINING_DATA_EDIT = "training_data.edit"
    TRAINING_DATA_APPROVE = "training_data.approve"
    CATALOGUE_EDIT = "catalogue.edit"
    CATALOGUE_APPROVE = "catalogue.approve"
    MODELS_TRAIN = "models.train"
    MODELS_PROMOTE = "models.promote"
    MODELS_OVERRIDE_GATE = "models.override_gate"
    PRACTICE = "practice"
    PRACTICE_LEAD = "practice.lead"
    REPORTS_READ = "reports.read"
    SERVICES_DECIDE = "services.decide"
    CAMPAIGNS_WRITE = "campaigns.write"
    CAMPAIGNS_APPROVE = "campaigns.approve"
    SURVEYS_MANAGE = "surveys.manage"
    OPERATIONS_READ = "operations.read"
    OPERATIONS_MANAGE = "operations.manage"


_KEEPS_THE_HOUSE = frozenset(
    {
        Permission.SWITCHES_MANAGE,
        Permission.RIGHTS_READ,
        Permission.RIGHTS_HANDLE,
        Permission.TEAMS_MANAGE,
        Permission.CANNED_REPLIES_MANAGE,
        Permission.REPORTS_READ,
        Permission.SERVICES_DECIDE,
        Permission.CAMPAIGNS_WRITE,
        Permission.CAMPAIGNS_APPROVE,
        Permission.SURVEYS_MANAGE,
    }
)
"""What supervisors and administrators share."""

ROLE_PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.OFFICER: frozenset(
        {
            Permission.CONVERSATIONS_READ,
            Permission.CONVERSATIONS_ANSWER,
            Permission.TRANSCRIPTS_SEARCH,
            Permission.ANSWERS_JUDGE,
            Permission.PRIVATE_VALUES_REVEAL,
            Permission.PRACTICE,
        }
    ),
    Role.SUPERVISOR: frozenset(
        {
            Permission.CONVERSATIONS_READ,
            Permission.CONVERSATIONS_ANSWER,
            Permission.CONVERSATIONS_SUPERVISE,
            Permission.TRANSCRIPTS_SEARCH,
            Permission.TRANSCRIPTS_EXPORT,
            Permission.ANSWERS_JUDGE,
            Permission.ANSWERS_APPROVE,
            Permission.PRIVATE_VALUES_REVEAL,
            Permission.CATALOGUE_APPROVE,
            Permission.PRACTICE,
            Permission.PRACTICE_LEAD,
            Permission.OPERATIONS_READ,
        }
    )
    | _KEEPS_THE_HOUSE,
    Role.TRAINER: frozenset(
        {
            Permission.TRANSCRIPTS_SEARCH,
            Permission.ANSWERS_JUDGE,
            Permission.MESSAGES_LABEL,
            Permission.TRAINING_DATA_EDIT,
            Permission.TRAINING_DATA_APPROVE,
            Permission.CATALOGUE_EDIT,
            Permission.CATALOGUE_APPROVE,
            Permission.MODELS_TRAIN,
            Permission.MODELS_PROMOTE,
            Permission.PRACTICE,
            Permission.PRACTICE_LEAD,
        }
    ),
    Role.ADMINISTRATOR: frozenset(
        {
            Permission.ACCOUNTS_MANAGE,
            Permission.AUDIT_READ,
            Permission.MODELS_PROMOTE,
            Permission.MODELS_OVERRIDE_GATE,
            Permission.OPERATIONS_READ,
            Permission.OPERATIONS_MANAGE,
        }
    )
    | _KEEPS_THE_HOUSE,
    Role.AUDITOR: frozenset({Permission.AUDIT_READ, Permission.RIGHTS_READ, Permission.REPORTS_READ}),
}
"""Whoever gives rights (administrator) sees no citizen's conversation by that; whoever trains sees no private number."""


def permissions_of(roles: Iterable[Role]) -> frozenset[Permission]:
    """Everything that the roles together allow."""
    return frozenset().union(*(ROLE_PERMISSIONS[role] for role in roles))


def known_roles(names: Iterable[str]) -> tuple[Role, ...]:
    """The roles named, in the order of their definition; names that this release does not know give no right."""
    named = set(names)
    return tuple(role for role in Role if role.value in named)
