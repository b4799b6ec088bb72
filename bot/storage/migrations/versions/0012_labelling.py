"""Trainers' labels of masked messages"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Applies the change."""
    _make_groups()
    _make_imports()
    _make_items()
    _make_labels()
    _make_reasons()
    op.create_index(op.f("ix_rating_rated_at"), "rating", ["rated_at"], unique=False)


def _make_groups() -> None:
    op.create_table(
        "label_cluster",
        sa.Column("id", _ID, nullable=False),
        sa.Column("words_key", sa.String(length=64), nullable=False),
        sa.Column("vector", sa.Text(), nullable=True),
        sa.Column("first_at", _MOMENT, nullable=False),
        sa.Column("last_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_cluster")),
    )
    op.create_index("ix_label_cluster_last_at", "label_cluster", ["last_at"], unique=False)
    op.create_index("ix_label_cluster_words_key", "label_cluster", ["words_key"], unique=False)


def _make_imports() -> None:
    op.create_table(
        "label_import",
        sa.Column("id", _ID, nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("source_name", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("bytes_total", sa.Integer(), nullable=False),
        sa.Column("bytes_done", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("duplicates", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("faults", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("started_at", _MOMENT, nullable=False),
        sa.Column("beat_at", _MOMENT, nullable=False),
        sa.Column("finished_at", _MOMENT, nullable=True),
        sa.CheckConstraint("state IN ('running', 'done', 'broken')", name=op.f("ck_label_import_state_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_import")),
    )
    op.create_table(
        "labelling_cursor",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("position", _ID, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_labelling_cursor")),
    )
    op.create_table(
        "labelling_setting",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("changed_by", sa.String(length=64), nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_labelling_setting")),
    )


def _make_items() -> None:
    op.create_table(
        "label_item",
        sa.Column("id", _ID, nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=True),
        sa.Column("inbound_id", _ID, nullable=True),
        sa.Column("import_id", _ID, nullable=True),
        sa.Column("cluster_id", _ID, nullable=True),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("words_key", sa.String(length=64), nullable=False),
        sa.Column("intent", sa.String(length=80), nullable=True),
        sa.Column("confidence", sa.Float(), nullable=True),
        sa.Column("ranking", sa.JSON(), nullable=False),
        sa.Column("procedure_code", sa.String(length=12), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("apart", sa.Boolean(), nullable=False),
        sa.Column("held_by", sa.String(length=64), nullable=True),
        sa.Column("held_until", _MOMENT, nullable=True),
        sa.Column("asked_by", sa.String(length=64), nullable=True),
        sa.Column("asked_name", sa.String(length=120), nullable=True),
        sa.Column("asked_to", sa.String(length=64), nullable=True),
        sa.Column("asked_at", _MOMENT, nullable=True),
        sa.Column("asked_note", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'asked', 'second', 'held', 'disputed', 'done', 'left_out')", name=op.f("ck_label_item_state_known")
        ),
        sa.ForeignKeyConstraint(["cluster_id"], ["label_cluster.id"], name=op.f("fk_label_item_cluster_id")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_label_item_conversation_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["import_id"], ["label_import.id"], name=op.f("fk_label_item_import_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_item")),
    )
    op.create_index("ix_label_item_at", "label_item", ["at"], unique=False)
    op.create_index("ix_label_item_cluster_at", "label_item", ["cluster_id", "at"], unique=False)
    op.create_index("ix_label_item_conversation_id", "label_item", ["conversation_id"], unique=False)
    op.create_index(op.f("ix_label_item_import_id"), "label_item", ["import_id"], unique=False)
    op.create_index(
        "ix_label_item_not_grouped",
        "label_item",
        ["id"],
        unique=False,
        sqlite_where=sa.text("cluster_id IS NULL"),
        postgresql_where=sa.text("cluster_id IS NULL"),
    )
    op.create_index("ix_label_item_state_at", "label_item", ["state", "at"], unique=False)
    op.create_index("ix_label_item_words_key", "label_item", ["words_key"], unique=False)
    op.create_index(
        "uq_label_item_imported",
        "label_item",
        ["words_key"],
        unique=True,
        sqlite_where=sa.text("import_id IS NOT NULL"),
        postgresql_where=sa.text("import_id IS NOT NULL"),
    )
    op.create_index("uq_label_item_inbound_id", "label_item", ["inbound_id"], unique=True)


def _make_labels() -> None:
    op.create_table(
        "label",
        sa.Column("id", _ID, nullable=False),
        sa.Column("item_id", _ID, nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("batch", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("intent", sa.String(length=80), nullable=False),
        sa.Column("procedure_code", sa.String(length=12), nullable=True),
        sa.Column("entities", sa.JSON(), nullable=False),
        sa.Column("part_start", sa.Integer(), nullable=True),
        sa.Column("part_end", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.Column("undone_at", _MOMENT, nullable=True),
        sa.Column("taken_in_at", _MOMENT, nullable=True),
        sa.Column("proposal_id", _ID, nullable=True),
        sa.CheckConstraint("rank IN (1, 2, 3)", name=op.f("ck_label_rank_known")),
        sa.ForeignKeyConstraint(["item_id"], ["label_item.id"], name=op.f("fk_label_item_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label")),
    )
    op.create_index("ix_label_account_at", "label", ["account", "at"], unique=False)
    op.create_index("ix_label_batch", "label", ["batch"], unique=False)
    op.create_index("ix_label_proposal_id", "label", ["proposal_id"], unique=False)
    op.create_index(
        "ix_label_settled",
        "label",
        ["id"],
        unique=False,
        sqlite_where=sa.text("counts AND taken_in_at IS NULL AND undone_at IS NULL"),
        postgresql_where=sa.text("counts AND taken_in_at IS NULL AND undone_at IS NULL"),
    )
    op.create_index(
        "uq_label_one_of_rank",
        "label",
        ["item_id", "rank"],
        unique=True,
        sqlite_where=sa.text("undone_at IS NULL"),
        postgresql_where=sa.text("undone_at IS NULL"),
    )


def _make_reasons() -> None:
    op.create_table(
        "label_reason",
        sa.Column("item_id", _ID, nullable=False),
        sa.Column("reason", sa.String(length=24), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["label_item.id"], name=op.f("fk_label_reason_item_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("item_id", "reason", name=op.f("pk_label_reason")),
    )
    op.create_index("ix_label_reason_reason", "label_reason", ["reason", "item_id"], unique=False)
    op.create_table(
        "label_skip",
        sa.Column("item_id", _ID, nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["label_item.id"], name=op.f("fk_label_skip_item_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("item_id", "account", name=op.f("pk_label_skip")),
    )
    op.create_index("ix_label_skip_account_at", "label_skip", ["account", "at"], unique=False)


def downgrade() -> None:
    """Takes it back."""
    op.drop_index("ix_rating_rated_at", "rating")
    for table in (
        "label_skip",
        "label_reason",
        "label",
        "label_item",
        "labelling_setting",
        "labelling_cursor",
        "label_import",
        "label_cluster",
    ):
        op.drop_table(table)
