"""The consents of those who follow a dossier, on the list of consents

Watches kept their consent with themselves alone; notices ask the list. Whoever follows a dossier has agreed to it, unless they
(or the same person elsewhere) withdrew afterwards. ``text_version`` is unknown for them.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0019"
down_revision: str | None = "0018"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_VERSION = "before-0019"


def upgrade() -> None:
    """Adds a row for every watch that is on or may still have something to tell."""
    op.execute(
        sa.text(
            """
            INSERT INTO consent (conversation_id, person, purpose, given, text_key, text_version, how, at)
            SELECT w.conversation_id, l.person, 'reminders', :given, w.consent_text, :version, 'words', w.consent_at
            FROM dossier_watch AS w
            LEFT JOIN identity_link AS l ON l.conversation_id = w.conversation_id
            WHERE w.state IN ('asked', 'active', 'ended') AND w.dossier_key <> ''
              AND NOT EXISTS (
                SELECT 1 FROM consent AS c
                WHERE c.purpose = 'reminders' AND c.at >= w.consent_at
                  AND (c.conversation_id = w.conversation_id OR c.person = l.person)
              )
            ORDER BY w.consent_at
            """
        ).bindparams(given=True, version=_VERSION)
    )


def downgrade() -> None:
    """Takes back what was added."""
    op.execute(sa.text("DELETE FROM consent WHERE text_version = :version").bindparams(version=_VERSION))
