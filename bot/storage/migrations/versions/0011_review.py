"""Review of transcripts: the index that is searched, judgements of answers, replies that wait for a second person"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)

_FTS5 = """
CREATE VIRTUAL TABLE transcript_words USING fts5(
    words, content='transcript_index', content_rowid='id', tokenize='unicode61 remove_diacritics 0')
"""
_TRIGGERS = (
    """CREATE TRIGGER transcript_words_added AFTER INSERT ON transcript_index BEGIN
    INSERT INTO transcript_words(rowid, words) VALUES (new.id, new.words); END""",
    """CREATE TRIGGER transcript_words_removed AFTER DELETE ON transcript_index BEGIN
    INSERT INTO transcript_words(transcript_words, rowid, words) VALUES ('delete', old.id, old.words); END""",
    """CREATE TRIGGER transcript_words_changed AFTER UPDATE OF words ON transcript_index BEGIN
    INSERT INTO transcript_words(transcript_words, rowid, words) VALUES ('delete', old.id, old.words);
    INSERT INTO transcript_words(rowid, words) VALUES (new.id, new.words); END""",
)
_GIN = """
CREATE INDEX transcript_words_gin ON transcript_index USING gin (array_to_tsvector(string_to_array(words, ' ')))
"""


def upgrade() -> None:
    """Applies the change."""
    _make_index()
    _make_judgements()
    _make_approvals()


def _make_index() -> None:
    op.create_table(
        "transcript_index",
        sa.Column("id", _ID, nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("speaks", sa.String(length=8), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("intent", sa.String(length=80), nullable=True),
        sa.Column("confidence", sa.Float(), nullable=True),
        sa.Column("procedure_code", sa.String(length=12), nullable=True),
        sa.Column("outcome", sa.String(length=24), nullable=True),
        sa.Column("outbound_id", _ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_transcript_index_conversation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transcript_index")),
        sa.UniqueConstraint("conversation_id", "seq", name=op.f("uq_transcript_index_conversation_id_seq")),
    )
    op.create_index("ix_transcript_index_at", "transcript_index", ["at"])
    op.create_index("ix_transcript_index_outbound_id", "transcript_index", ["outbound_id"])
    op.create_table(
        "transcript_indexed",
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_transcript_indexed_conversation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_transcript_indexed")),
    )
    if op.get_bind().dialect.name == "sqlite":
        for statement in (_FTS5, *_TRIGGERS):
            op.execute(statement)
    else:
        op.execute(_GIN)


def _make_judgements() -> None:
    op.create_table(
        "answer_judgement",
        sa.Column("id", _ID, nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("outbound_id", _ID, nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("verdict", sa.String(length=8), nullable=False),
        sa.Column("fault", sa.String(length=24), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("right_answer", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("replaced_at", _MOMENT, nullable=True),
        sa.CheckConstraint("verdict IN ('right', 'wrong')", name=op.f("ck_answer_judgement_verdict_known")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_answer_judgement_conversation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_judgement")),
    )
    op.create_index("ix_answer_judgement_conversation_id", "answer_judgement", ["conversation_id"])
    op.create_index("ix_answer_judgement_verdict", "answer_judgement", ["verdict", "at"])
    current = sa.text("replaced_at IS NULL")
    op.create_index(
        "uq_answer_judgement_one_current",
        "answer_judgement",
        ["outbound_id", "account"],
        unique=True,
        sqlite_where=current,
        postgresql_where=current,
    )


def _make_approvals() -> None:
    op.create_table(
        "reply_approval",
        sa.Column("id", _ID, nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("team", sa.String(length=64), nullable=False),
        sa.Column("author_account", sa.String(length=64), nullable=False),
        sa.Column("author_name", sa.String(length=120), nullable=False),
        sa.Column("message", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("own_key", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("told_at", _MOMENT, nullable=True),
        sa.Column("decided_at", _MOMENT, nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("decided_name", sa.String(length=120), nullable=True),
        sa.Column("edited", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("outbound_id", _ID, nullable=True),
        sa.CheckConstraint(
            "state IN ('to_approve', 'approved', 'refused', 'withdrawn')", name=op.f("ck_reply_approval_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_reply_approval_conversation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reply_approval")),
        sa.UniqueConstraint("own_key", name=op.f("uq_reply_approval_own_key")),
    )
    op.create_index("ix_reply_approval_conversation_id", "reply_approval", ["conversation_id"])
    waiting = sa.text("state = 'to_approve'")
    op.create_index("ix_reply_approval_waiting", "reply_approval", ["created_at"], sqlite_where=waiting, postgresql_where=waiting)


def downgrade() -> None:
    """Takes the change back."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE transcript_words")
    for table in ("reply_approval", "answer_judgement", "transcript_indexed", "transcript_index"):
        op.drop_table(table)
