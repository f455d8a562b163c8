"""jobs of the YAML generator, what they left, and the addresses given out"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "yaml_job",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("cee_version", sa.String(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("user_name", sa.String(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("errors", sa.BigInteger(), nullable=False),
        sa.Column("warnings", sa.BigInteger(), nullable=False),
        sa.Column("stored_bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_yaml_job")),
    )
    with op.batch_alter_table("yaml_job", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_yaml_job_created_at"), ["created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_yaml_job_site_project"), ["site", "project"], unique=False)

    op.create_table(
        "yaml_lock",
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("site", "project", name=op.f("pk_yaml_lock")),
    )
    op.create_table(
        "yaml_result",
        sa.Column("job_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("job_id", "kind", name=op.f("pk_yaml_result")),
    )
