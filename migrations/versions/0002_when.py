"""When: blocks of weeks, holidays, own days, bell tables by campus and season, timetable and calendar imports, door screens."""

from datetime import date, timedelta

import guards
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")

# Notices of the State Council: year, name, first day, last day, whether it is off (else a weekend day that is worked).
HOLIDAYS = (
    (2024, "元旦", "2024-01-01", "2024-01-01", True),
    (2024, "春节", "2024-02-04", "2024-02-04", False),
    (2024, "春节", "2024-02-10", "2024-02-17", True),
    (2024, "春节", "2024-02-18", "2024-02-18", False),
    (2024, "清明节", "2024-04-04", "2024-04-06", True),
    (2024, "清明节", "2024-04-07", "2024-04-07", False),
    (2024, "劳动节", "2024-04-28", "2024-04-28", False),
    (2024, "劳动节", "2024-05-01", "2024-05-05", True),
    (2024, "劳动节", "2024-05-11", "2024-05-11", False),
    (2024, "端午节", "2024-06-10", "2024-06-10", True),
    (2024, "中秋节", "2024-09-14", "2024-09-14", False),
    (2024, "中秋节", "2024-09-15", "2024-09-17", True),
    (2024, "国庆节", "2024-09-29", "2024-09-29", False),
    (2024, "国庆节", "2024-10-01", "2024-10-07", True),
    (2024, "国庆节", "2024-10-12", "2024-10-12", False),
    (2025, "元旦", "2025-01-01", "2025-01-01", True),
    (2025, "春节", "2025-01-26", "2025-01-26", False),
    (2025, "春节", "2025-01-28", "2025-02-04", True),
    (2025, "春节", "2025-02-08", "2025-02-08", False),
    (2025, "清明节", "2025-04-04", "2025-04-06", True),
    (2025, "劳动节", "2025-04-27", "2025-04-27", False),
    (2025, "劳动节", "2025-05-01", "2025-05-05", True),
    (2025, "端午节", "2025-05-31", "2025-06-02", True),
    (2025, "国庆节、中秋节", "2025-09-28", "2025-09-28", False),
    (2025, "国庆节、中秋节", "2025-10-01", "2025-10-08", True),
    (2025, "国庆节、中秋节", "2025-10-11", "2025-10-11", False),
    (2026, "元旦", "2026-01-01", "2026-01-03", True),
    (2026, "元旦", "2026-01-04", "2026-01-04", False),
    (2026, "春节", "2026-02-14", "2026-02-14", False),
    (2026, "春节", "2026-02-15", "2026-02-23", True),
    (2026, "春节", "2026-02-28", "2026-02-28", False),
    (2026, "清明节", "2026-04-04", "2026-04-06", True),
    (2026, "劳动节", "2026-05-01", "2026-05-05", True),
    (2026, "劳动节", "2026-05-09", "2026-05-09", False),
    (2026, "端午节", "2026-06-19", "2026-06-21", True),
    (2026, "国庆节", "2026-09-20", "2026-09-20", False),
    (2026, "中秋节", "2026-09-25", "2026-09-27", True),
    (2026, "国庆节", "2026-10-01", "2026-10-07", True),
    (2026, "国庆节", "2026-10-10", "2026-10-10", False),
)


def upgrade():
    with op.batch_alter_table("catalogue_base") as base:
        base.add_column(sa.Column("campus", sa.String(length=60), nullable=False, server_default=""))
        base.add_column(sa.Column("calendar_member_id", sa.Integer(), nullable=True))
        base.create_foreign_key(
            op.f("fk_catalogue_base_calendar_member_id"), "consortium_member", ["calendar_member_id"], ["id"]
        )
    with op.batch_alter_table("timetable_bell_table") as bells:
        bells.add_column(sa.Column("campus", sa.String(length=60), nullable=False, server_default=""))
        bells.add_column(sa.Column("learners", sa.String(length=40), nullable=False, server_default=""))
        bells.add_column(sa.Column("from_on", sa.Date(), nullable=True))
        bells.add_column(sa.Column("until_on", sa.Date(), nullable=True))
    with op.batch_alter_table("timetable_closure") as closure:
        closure.add_column(sa.Column("source_key", sa.String(length=200), nullable=True))
    op.create_index("ix_timetable_closure_source_key", "timetable_closure", ["source_key"], unique=True)
    with op.batch_alter_table("booking_booking") as booking:
        booking.add_column(sa.Column("origin", sa.String(length=10), nullable=False, server_default="person"))
        booking.create_check_constraint(op.f("ck_booking_booking_origin"), "origin IN ('person','lesson','calendar')")
    op.execute("UPDATE booking_booking SET origin = 'lesson' WHERE source_key IS NOT NULL")
    op.create_table(
        "timetable_block",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("term_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("first_week", sa.Integer(), nullable=False),
        sa.Column("last_week", sa.Integer(), nullable=False),
        sa.Column("learners", sa.String(length=40), nullable=False),
        sa.Column("teaches", sa.Boolean(), nullable=False),
        sa.Column("name_zh", sa.String(length=80), nullable=False),
        sa.Column("name_en", sa.String(length=80), nullable=False),
        sa.CheckConstraint(
            "kind IN ('practice','exam','military','late_start','other')", name=op.f("ck_timetable_block_kind")
        ),
        sa.CheckConstraint(
            "1 <= first_week AND first_week <= last_week AND last_week <= 60", name=op.f("ck_timetable_block_weeks")
        ),
        sa.ForeignKeyConstraint(
            ["term_id"], ["timetable_term.id"], name=op.f("fk_timetable_block_term_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timetable_block")),
    )
    op.create_index("ix_timetable_block_term_id", "timetable_block", ["term_id"], unique=False)
    op.create_table(
        "timetable_holiday",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notice_year", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("is_off", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timetable_holiday")),
        sa.UniqueConstraint("notice_year", "day", name=op.f("uq_timetable_holiday_notice_year_day")),
    )
    op.create_table(
        "timetable_day_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name_zh", sa.String(length=80), nullable=False),
        sa.Column("name_en", sa.String(length=80), nullable=False),
        sa.Column("stands_for", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('off','on')", name=op.f("ck_timetable_day_rule_kind")),
        sa.CheckConstraint(
            "stands_for IS NULL OR (kind = 'on' AND stands_for <> day)", name=op.f("ck_timetable_day_rule_stands_for")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["consortium_member.id"], name=op.f("fk_timetable_day_rule_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timetable_day_rule")),
    )
    op.create_index(
        "ix_timetable_day_rule_day",
        "timetable_day_rule",
        ["day"],
        unique=True,
        sqlite_where=sa.text("member_id IS NULL"),
        postgresql_where=sa.text("member_id IS NULL"),
    )
    op.create_index("ix_timetable_day_rule_member_id_day", "timetable_day_rule", ["member_id", "day"], unique=True)
    op.create_table(
        "booking_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("term_id", sa.Integer(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("layout", sa.String(length=20), nullable=False),
        sa.Column("header_key", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("columns", sa.Text(), nullable=False),
        sa.Column("choices", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("applied_at", INSTANT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('timetable','calendar')", name=op.f("ck_booking_import_kind")),
        sa.CheckConstraint(
            "state IN ('read','planned','applying','applied','dropped')", name=op.f("ck_booking_import_state")
        ),
        sa.ForeignKeyConstraint(["made_by"], ["consortium_person.id"], name=op.f("fk_booking_import_made_by")),
        sa.ForeignKeyConstraint(["member_id"], ["consortium_member.id"], name=op.f("fk_booking_import_member_id")),
        sa.ForeignKeyConstraint(
            ["term_id"], ["timetable_term.id"], name=op.f("fk_booking_import_term_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["catalogue_unit.id"], name=op.f("fk_booking_import_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_import")),
    )
    op.create_index("ix_booking_import_member_id", "booking_import", ["member_id", "made_at"], unique=False)
    op.create_table(
        "booking_import_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("is_done", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["booking_import.id"], name=op.f("fk_booking_import_item_import_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_import_item")),
    )
    op.create_index("ix_booking_import_item_import_id", "booking_import_item", ["import_id", "id"], unique=False)
    op.create_table(
        "booking_lesson",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("term_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("course", sa.String(length=120), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("school", sa.String(length=120), nullable=False),
        sa.Column("class_name", sa.String(length=200), nullable=False),
        sa.Column("teachers", sa.String(length=200), nullable=False),
        sa.Column("headcount", sa.Integer(), nullable=True),
        sa.Column("learners", sa.String(length=40), nullable=False),
        sa.Column("campus", sa.String(length=60), nullable=False),
        sa.Column("room", sa.String(length=120), nullable=False),
        sa.Column("weeks", sa.String(length=200), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=True),
        sa.Column("periods", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("teacher_id", sa.Integer(), nullable=True),
        sa.Column("booking_id", sa.Integer(), nullable=True),
        sa.Column("asked_id", sa.Integer(), nullable=True),
        sa.Column("left_out", sa.Text(), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=True),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "state IN ('placed','part','clash','no_room','unknown_room','no_period','gone')",
            name=op.f("ck_booking_lesson_state"),
        ),
        sa.ForeignKeyConstraint(["asked_id"], ["booking_booking.id"], name=op.f("fk_booking_lesson_asked_id")),
        sa.ForeignKeyConstraint(["booking_id"], ["booking_booking.id"], name=op.f("fk_booking_lesson_booking_id")),
        sa.ForeignKeyConstraint(["import_id"], ["booking_import.id"], name=op.f("fk_booking_lesson_import_id")),
        sa.ForeignKeyConstraint(["member_id"], ["consortium_member.id"], name=op.f("fk_booking_lesson_member_id")),
        sa.ForeignKeyConstraint(["teacher_id"], ["consortium_person.id"], name=op.f("fk_booking_lesson_teacher_id")),
        sa.ForeignKeyConstraint(
            ["term_id"], ["timetable_term.id"], name=op.f("fk_booking_lesson_term_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["catalogue_unit.id"], name=op.f("fk_booking_lesson_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_lesson")),
        sa.UniqueConstraint("member_id", "term_id", "key", name=op.f("uq_booking_lesson_member_id_term_id_key")),
    )
    op.create_index("ix_booking_lesson_booking_id", "booking_lesson", ["booking_id"], unique=False)
    op.create_index("ix_booking_lesson_term_id", "booking_lesson", ["term_id", "member_id"], unique=False)
    op.create_index("ix_booking_lesson_unit_id", "booking_lesson", ["unit_id"], unique=False)
    op.create_table(
        "booking_name",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("kind IN ('room','teacher')", name=op.f("ck_booking_name_kind")),
        sa.CheckConstraint("(unit_id IS NULL) <> (person_id IS NULL)", name=op.f("ck_booking_name_one_thing")),
        sa.ForeignKeyConstraint(["member_id"], ["consortium_member.id"], name=op.f("fk_booking_name_member_id")),
        sa.ForeignKeyConstraint(["person_id"], ["consortium_person.id"], name=op.f("fk_booking_name_person_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["catalogue_unit.id"], name=op.f("fk_booking_name_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_name")),
        sa.UniqueConstraint("member_id", "kind", "text", name=op.f("uq_booking_name_member_id_kind_text")),
    )
    op.create_table(
        "booking_screen",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("base_id", sa.Integer(), nullable=False),
        sa.Column("lab_id", sa.Integer(), nullable=True),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["base_id"], ["catalogue_base.id"], name=op.f("fk_booking_screen_base_id")),
        sa.ForeignKeyConstraint(["lab_id"], ["catalogue_lab.id"], name=op.f("fk_booking_screen_lab_id")),
        sa.ForeignKeyConstraint(["made_by"], ["consortium_person.id"], name=op.f("fk_booking_screen_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_screen")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_booking_screen_token_hash")),
    )
    op.create_index("ix_booking_screen_base_id", "booking_screen", ["base_id"], unique=False)
    op.bulk_insert(
        sa.table(
            "timetable_holiday",
            sa.column("notice_year", sa.Integer()),
            sa.column("day", sa.Date()),
            sa.column("name", sa.String()),
            sa.column("is_off", sa.Boolean()),
        ),
        [
            {"notice_year": year, "day": date.fromisoformat(first) + timedelta(days=n), "name": name, "is_off": is_off}
            for year, name, first, last, is_off in HOLIDAYS
            for n in range((date.fromisoformat(last) - date.fromisoformat(first)).days + 1)
        ],
    )
    guards.install(op.get_bind())


def downgrade():
    for table in (
        "booking_screen",
        "booking_name",
        "booking_lesson",
        "booking_import_item",
        "booking_import",
        "timetable_day_rule",
        "timetable_holiday",
        "timetable_block",
    ):
        op.drop_table(table)
    with op.batch_alter_table("booking_booking") as booking:
        booking.drop_constraint(op.f("ck_booking_booking_origin"), type_="check")
        booking.drop_column("origin")
    op.drop_index("ix_timetable_closure_source_key", "timetable_closure")
    with op.batch_alter_table("timetable_closure") as closure:
        closure.drop_column("source_key")
    with op.batch_alter_table("timetable_bell_table") as bells:
        for column in ("until_on", "from_on", "learners", "campus"):
            bells.drop_column(column)
    with op.batch_alter_table("catalogue_base") as base:
        base.drop_constraint(op.f("fk_catalogue_base_calendar_member_id"), type_="foreignkey")
        base.drop_column("calendar_member_id")
        base.drop_column("campus")
    guards.install(op.get_bind())
