"""The ground: members and people, the catalogue, terms and hours, bookings and their ledger, the trail, the outbox."""

import guards
import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")
CHAINS = 16


def upgrade():
    op.create_table(
        "consortium_attempt",
        sa.Column("who", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("first_at", INSTANT, nullable=False),
        sa.Column("locked_until", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("who", name=op.f("pk_consortium_attempt")),
    )
    op.create_table(
        "consortium_member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name_zh", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=160), nullable=False),
        sa.Column("joined_on", sa.Date(), nullable=False),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('government','park','school','company','institute')", name=op.f("ck_consortium_member_kind")
        ),
        sa.CheckConstraint("left_on IS NULL OR left_on > joined_on", name=op.f("ck_consortium_member_dates")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consortium_member")),
        sa.UniqueConstraint("code", name=op.f("uq_consortium_member_code")),
    )
    op.create_table(
        "consortium_person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("locale", sa.String(length=5), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("password_set_at", INSTANT, nullable=True),
        sa.Column("disabled_at", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consortium_person")),
        sa.UniqueConstraint("email", name=op.f("uq_consortium_person_email")),
    )
    op.create_table(
        "consortium_setting",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_consortium_setting")),
    )
    op.create_table(
        "outbox_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("template", sa.String(length=60), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("posted_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("sent_at", INSTANT, nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_message")),
        sa.UniqueConstraint("mark", name=op.f("uq_outbox_message_mark")),
    )
    op.create_index("ix_outbox_message_due", "outbox_message", ["sent_at", "due_at"], unique=False)
    op.create_table(
        "trail_chain",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("last_hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trail_chain")),
    )
    op.create_table(
        "trail_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("chain", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("member_id", sa.Integer(), nullable=True),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("deed", sa.String(length=60), nullable=False),
        sa.Column("object_kind", sa.String(length=40), nullable=False),
        sa.Column("object_id", sa.Integer(), nullable=True),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("result", sa.String(length=20), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trail_entry")),
        sa.UniqueConstraint("chain", "place", name=op.f("uq_trail_entry_chain_place")),
    )
    op.create_index("ix_trail_entry_at", "trail_entry", ["at"], unique=False)
    op.create_index("ix_trail_entry_object", "trail_entry", ["object_kind", "object_id"], unique=False)
    op.create_index("ix_trail_entry_person", "trail_entry", ["person_id"], unique=False)
    op.create_table(
        "trail_receipt",
        sa.Column("person_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.CheckConstraint("length(key) <= 200", name=op.f("ck_trail_receipt_key_length")),
        sa.PrimaryKeyConstraint("person_id", "key", name=op.f("pk_trail_receipt")),
    )
    op.create_table(
        "booking_booking",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("headcount", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("requester_id", sa.Integer(), nullable=False),
        sa.Column("holder_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("source_key", sa.String(length=200), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "headcount IS NULL OR headcount BETWEEN 1 AND 100000", name=op.f("ck_booking_booking_headcount")
        ),
        sa.ForeignKeyConstraint(["holder_id"], ["consortium_person.id"], name=op.f("fk_booking_booking_holder_id")),
        sa.ForeignKeyConstraint(["member_id"], ["consortium_member.id"], name=op.f("fk_booking_booking_member_id")),
        sa.ForeignKeyConstraint(
            ["requester_id"], ["consortium_person.id"], name=op.f("fk_booking_booking_requester_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_booking")),
        sa.UniqueConstraint("source_key", name=op.f("uq_booking_booking_source_key")),
        sa.UniqueConstraint("uid", name=op.f("uq_booking_booking_uid")),
    )
    op.create_index("ix_booking_booking_holder", "booking_booking", ["holder_id"], unique=False)
    op.create_index("ix_booking_booking_member", "booking_booking", ["member_id"], unique=False)
    op.create_index("ix_booking_booking_requester", "booking_booking", ["requester_id"], unique=False)
    op.create_table(
        "booking_feed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("acting_member_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("scope", sa.String(length=10), nullable=False),
        sa.Column("scope_id", sa.Integer(), nullable=False),
        sa.Column("variant", sa.String(length=10), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.CheckConstraint("scope IN ('base','lab','unit','member','person')", name=op.f("ck_booking_feed_scope")),
        sa.CheckConstraint("variant IN ('full','busy')", name=op.f("ck_booking_feed_variant")),
        sa.ForeignKeyConstraint(
            ["acting_member_id"], ["consortium_member.id"], name=op.f("fk_booking_feed_acting_member_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["consortium_person.id"], name=op.f("fk_booking_feed_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_feed")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_booking_feed_token_hash")),
    )
    op.create_index("ix_booking_feed_person", "booking_feed", ["person_id"], unique=False)
    op.create_table(
        "catalogue_base",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("name_zh", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=160), nullable=False),
        sa.Column("host_id", sa.Integer(), nullable=False),
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("keeping_member_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("contact", sa.String(length=120), nullable=False),
        sa.Column("about_zh", sa.Text(), nullable=False),
        sa.Column("about_en", sa.Text(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("retired_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('training_base','laboratory','factory_in_school','school_in_factory','practice_centre')",
            name=op.f("ck_catalogue_base_kind"),
        ),
        sa.ForeignKeyConstraint(["host_id"], ["consortium_member.id"], name=op.f("fk_catalogue_base_host_id")),
        sa.ForeignKeyConstraint(
            ["keeping_member_id"], ["consortium_member.id"], name=op.f("fk_catalogue_base_keeping_member_id")
        ),
        sa.ForeignKeyConstraint(["operator_id"], ["consortium_member.id"], name=op.f("fk_catalogue_base_operator_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_base")),
        sa.UniqueConstraint("code", name=op.f("uq_catalogue_base_code")),
    )
    op.create_table(
        "consortium_api_token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("rights", sa.String(length=200), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["consortium_person.id"], name=op.f("fk_consortium_api_token_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consortium_api_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_consortium_api_token_token_hash")),
    )
    op.create_index("ix_consortium_api_token_person", "consortium_api_token", ["person_id"], unique=False)
    op.create_table(
        "consortium_appointment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("base_id", sa.Integer(), nullable=True),
        sa.Column("role", sa.String(length=30), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.CheckConstraint("until_on IS NULL OR until_on > from_on", name=op.f("ck_consortium_appointment_dates")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["consortium_member.id"], name=op.f("fk_consortium_appointment_member_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["consortium_person.id"], name=op.f("fk_consortium_appointment_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consortium_appointment")),
    )
    op.create_index("ix_consortium_appointment_member", "consortium_appointment", ["member_id"], unique=False)
    op.create_index("ix_consortium_appointment_person", "consortium_appointment", ["person_id"], unique=False)
    op.create_table(
        "consortium_invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["consortium_person.id"], name=op.f("fk_consortium_invitation_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consortium_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_consortium_invitation_token_hash")),
    )
    op.create_table(
        "consortium_sign_in",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("cookie_hash", sa.String(length=64), nullable=False),
        sa.Column("acting_member_id", sa.Integer(), nullable=True),
        sa.Column("device", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["acting_member_id"], ["consortium_member.id"], name=op.f("fk_consortium_sign_in_acting_member_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["consortium_person.id"], name=op.f("fk_consortium_sign_in_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consortium_sign_in")),
        sa.UniqueConstraint("cookie_hash", name=op.f("uq_consortium_sign_in_cookie_hash")),
    )
    op.create_index("ix_consortium_sign_in_person", "consortium_sign_in", ["person_id"], unique=False)
    op.create_table(
        "timetable_bell_table",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=True),
        sa.Column("name_zh", sa.String(length=80), nullable=False),
        sa.Column("name_en", sa.String(length=80), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["consortium_member.id"], name=op.f("fk_timetable_bell_table_member_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timetable_bell_table")),
    )
    op.create_table(
        "timetable_term",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=True),
        sa.Column("name_zh", sa.String(length=80), nullable=False),
        sa.Column("name_en", sa.String(length=80), nullable=False),
        sa.Column("first_monday", sa.Date(), nullable=False),
        sa.Column("weeks", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("weeks BETWEEN 1 AND 60", name=op.f("ck_timetable_term_weeks")),
        sa.ForeignKeyConstraint(["member_id"], ["consortium_member.id"], name=op.f("fk_timetable_term_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timetable_term")),
    )
    op.create_index("ix_timetable_term_first_monday", "timetable_term", ["first_monday"], unique=False)
    op.create_table(
        "booking_approval",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("base_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting','approved','refused','withdrawn')", name=op.f("ck_booking_approval_state")
        ),
        sa.ForeignKeyConstraint(["base_id"], ["catalogue_base.id"], name=op.f("fk_booking_approval_base_id")),
        sa.ForeignKeyConstraint(["booking_id"], ["booking_booking.id"], name=op.f("fk_booking_approval_booking_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_approval")),
        sa.UniqueConstraint("booking_id", "base_id", name=op.f("uq_booking_approval_booking_id_base_id")),
    )
    op.create_index("ix_booking_approval_inbox", "booking_approval", ["base_id", "state"], unique=False)
    op.create_table(
        "booking_date",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("periods", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting','confirmed','refused','cancelled')", name=op.f("ck_booking_date_state")
        ),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_booking_date_span")),
        sa.ForeignKeyConstraint(["booking_id"], ["booking_booking.id"], name=op.f("fk_booking_date_booking_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_date")),
    )
    op.create_index("ix_booking_date_booking", "booking_date", ["booking_id"], unique=False)
    op.create_index("ix_booking_date_start", "booking_date", ["starts_at"], unique=False)
    op.create_table(
        "catalogue_lab",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("base_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("name_zh", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=160), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=True),
        sa.Column("retired_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["base_id"], ["catalogue_base.id"], name=op.f("fk_catalogue_lab_base_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_lab")),
        sa.UniqueConstraint("base_id", "code", name=op.f("uq_catalogue_lab_base_id_code")),
    )
    op.create_table(
        "timetable_period",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("bell_table_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("start_minute", sa.Integer(), nullable=False),
        sa.Column("end_minute", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "0 <= start_minute AND start_minute < end_minute AND end_minute <= 1440",
            name=op.f("ck_timetable_period_minutes"),
        ),
        sa.ForeignKeyConstraint(
            ["bell_table_id"],
            ["timetable_bell_table.id"],
            name=op.f("fk_timetable_period_bell_table_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timetable_period")),
        sa.UniqueConstraint("bell_table_id", "number", name=op.f("uq_timetable_period_bell_table_id_number")),
    )
    op.create_table(
        "catalogue_unit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("lab_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("name_zh", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=160), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("needs_approval", sa.Boolean(), nullable=False),
        sa.Column("holds_while_waiting", sa.Boolean(), nullable=False),
        sa.Column("setup_minutes", sa.Integer(), nullable=False),
        sa.Column("cleaning_minutes", sa.Integer(), nullable=False),
        sa.Column("retired_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "capacity >= 1 AND (kind NOT IN ('machine') OR capacity = 1)", name=op.f("ck_catalogue_unit_capacity")
        ),
        sa.CheckConstraint("kind IN ('room','machine','pool','stations')", name=op.f("ck_catalogue_unit_kind")),
        sa.CheckConstraint(
            "setup_minutes BETWEEN 0 AND 480 AND cleaning_minutes BETWEEN 0 AND 480",
            name=op.f("ck_catalogue_unit_buffers"),
        ),
        sa.ForeignKeyConstraint(["lab_id"], ["catalogue_lab.id"], name=op.f("fk_catalogue_unit_lab_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_unit")),
        sa.UniqueConstraint("lab_id", "code", name=op.f("uq_catalogue_unit_lab_id_code")),
    )
    op.create_index(
        "uq_catalogue_unit_room",
        "catalogue_unit",
        ["lab_id"],
        unique=True,
        sqlite_where=sa.text("kind = 'room'"),
        postgresql_where=sa.text("kind = 'room'"),
    )
    op.create_table(
        "timetable_opening",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("base_id", sa.Integer(), nullable=True),
        sa.Column("lab_id", sa.Integer(), nullable=True),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("start_minute", sa.Integer(), nullable=False),
        sa.Column("end_minute", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=True),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.CheckConstraint("(base_id IS NULL) <> (lab_id IS NULL)", name=op.f("ck_timetable_opening_one_thing")),
        sa.CheckConstraint(
            "0 <= start_minute AND start_minute < end_minute AND end_minute <= 1440",
            name=op.f("ck_timetable_opening_minutes"),
        ),
        sa.CheckConstraint("weekday BETWEEN 1 AND 7", name=op.f("ck_timetable_opening_weekday")),
        sa.ForeignKeyConstraint(["base_id"], ["catalogue_base.id"], name=op.f("fk_timetable_opening_base_id")),
        sa.ForeignKeyConstraint(["lab_id"], ["catalogue_lab.id"], name=op.f("fk_timetable_opening_lab_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timetable_opening")),
    )
    op.create_index("ix_timetable_opening_base", "timetable_opening", ["base_id"], unique=False)
    op.create_index("ix_timetable_opening_lab", "timetable_opening", ["lab_id"], unique=False)
    op.create_table(
        "catalogue_asset",
        sa.Column("unit_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("inventory_number", sa.String(length=60), nullable=False),
        sa.Column("original_value_fen", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("origin_country", sa.String(length=60), nullable=False),
        sa.Column("manufacturer", sa.String(length=120), nullable=False),
        sa.Column("model", sa.String(length=120), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=True),
        sa.Column("accepted_on", sa.Date(), nullable=True),
        sa.Column("registered_on", sa.Date(), nullable=True),
        sa.Column("specifications", sa.Text(), nullable=False),
        sa.Column("functions", sa.Text(), nullable=False),
        sa.Column("services", sa.Text(), nullable=False),
        sa.Column("user_notice", sa.Text(), nullable=False),
        sa.Column("price_note", sa.Text(), nullable=False),
        sa.Column("funding", sa.String(length=20), nullable=False),
        sa.Column("condition", sa.String(length=20), nullable=False),
        sa.Column("sharing", sa.String(length=20), nullable=False),
        sa.Column("not_shared_reason", sa.String(length=200), nullable=False),
        sa.Column("not_shared_approver", sa.String(length=120), nullable=False),
        sa.CheckConstraint(
            "sharing <> 'none' OR (length(not_shared_reason) > 0 AND length(not_shared_approver) > 0)",
            name=op.f("ck_catalogue_asset_not_shared"),
        ),
        sa.CheckConstraint("sharing IN ('internal','external','none')", name=op.f("ck_catalogue_asset_sharing")),
        sa.CheckConstraint(
            "original_value_fen IS NULL OR original_value_fen >= 0", name=op.f("ck_catalogue_asset_original_value")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["catalogue_unit.id"], name=op.f("fk_catalogue_asset_unit_id")),
        sa.PrimaryKeyConstraint("unit_id", name=op.f("pk_catalogue_asset")),
    )
    op.create_table(
        "catalogue_class_code",
        sa.Column("unit_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("scheme", sa.String(length=30), nullable=False),
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["catalogue_unit.id"], name=op.f("fk_catalogue_class_code_unit_id")),
        sa.PrimaryKeyConstraint("unit_id", "scheme", name=op.f("pk_catalogue_class_code")),
    )
    op.create_table(
        "catalogue_ownership",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("base_id", sa.Integer(), nullable=True),
        sa.Column("lab_id", sa.Integer(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("share", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(CASE WHEN base_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN lab_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN unit_id IS NULL THEN 0 ELSE 1 END) = 1",
            name=op.f("ck_catalogue_ownership_one_thing"),
        ),
        sa.CheckConstraint("share BETWEEN 1 AND 10000", name=op.f("ck_catalogue_ownership_share")),
        sa.CheckConstraint("until_on IS NULL OR until_on > from_on", name=op.f("ck_catalogue_ownership_dates")),
        sa.ForeignKeyConstraint(["base_id"], ["catalogue_base.id"], name=op.f("fk_catalogue_ownership_base_id")),
        sa.ForeignKeyConstraint(["lab_id"], ["catalogue_lab.id"], name=op.f("fk_catalogue_ownership_lab_id")),
        sa.ForeignKeyConstraint(["member_id"], ["consortium_member.id"], name=op.f("fk_catalogue_ownership_member_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["catalogue_unit.id"], name=op.f("fk_catalogue_ownership_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_ownership")),
    )
    op.create_index("ix_catalogue_ownership_base", "catalogue_ownership", ["base_id"], unique=False)
    op.create_index("ix_catalogue_ownership_lab", "catalogue_ownership", ["lab_id"], unique=False)
    op.create_index("ix_catalogue_ownership_unit", "catalogue_ownership", ["unit_id"], unique=False)
    op.create_table(
        "catalogue_party",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("lab_id", sa.Integer(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("part", sa.String(length=10), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("part IN ('host','operator','keeper')", name=op.f("ck_catalogue_party_part")),
        sa.CheckConstraint("(lab_id IS NULL) <> (unit_id IS NULL)", name=op.f("ck_catalogue_party_one_thing")),
        sa.ForeignKeyConstraint(["lab_id"], ["catalogue_lab.id"], name=op.f("fk_catalogue_party_lab_id")),
        sa.ForeignKeyConstraint(["member_id"], ["consortium_member.id"], name=op.f("fk_catalogue_party_member_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["catalogue_unit.id"], name=op.f("fk_catalogue_party_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_party")),
        sa.UniqueConstraint("lab_id", "part", name=op.f("uq_catalogue_party_lab_id_part")),
        sa.UniqueConstraint("unit_id", "part", name=op.f("uq_catalogue_party_unit_id_part")),
    )
    op.create_table(
        "timetable_closure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("base_id", sa.Integer(), nullable=True),
        sa.Column("lab_id", sa.Integer(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("starts_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("lifted_at", INSTANT, nullable=True),
        sa.CheckConstraint("kind IN ('closure','maintenance')", name=op.f("ck_timetable_closure_kind")),
        sa.CheckConstraint(
            "(CASE WHEN base_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN lab_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN unit_id IS NULL THEN 0 ELSE 1 END) = 1",
            name=op.f("ck_timetable_closure_one_thing"),
        ),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_timetable_closure_span")),
        sa.ForeignKeyConstraint(["base_id"], ["catalogue_base.id"], name=op.f("fk_timetable_closure_base_id")),
        sa.ForeignKeyConstraint(["lab_id"], ["catalogue_lab.id"], name=op.f("fk_timetable_closure_lab_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["catalogue_unit.id"], name=op.f("fk_timetable_closure_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timetable_closure")),
    )
    op.create_table(
        "booking_allocation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("date_id", sa.Integer(), nullable=True),
        sa.Column("closure_id", sa.Integer(), nullable=True),
        sa.Column("starts_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("exclusive", sa.Boolean(), nullable=False),
        sa.Column("holds", sa.Boolean(), nullable=False),
        sa.Column("asked", sa.Boolean(), nullable=False),
        sa.CheckConstraint("(date_id IS NULL) <> (closure_id IS NULL)", name=op.f("ck_booking_allocation_one_cause")),
        sa.CheckConstraint("NOT exclusive OR quantity = 1", name=op.f("ck_booking_allocation_exclusive_is_one")),
        sa.CheckConstraint("quantity >= 1", name=op.f("ck_booking_allocation_quantity")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_booking_allocation_span")),
        sa.ForeignKeyConstraint(
            ["closure_id"], ["timetable_closure.id"], name=op.f("fk_booking_allocation_closure_id")
        ),
        sa.ForeignKeyConstraint(["date_id"], ["booking_date.id"], name=op.f("fk_booking_allocation_date_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["catalogue_unit.id"], name=op.f("fk_booking_allocation_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_allocation")),
    )
    op.create_index("ix_booking_allocation_closure", "booking_allocation", ["closure_id"], unique=False)
    op.create_index("ix_booking_allocation_date", "booking_allocation", ["date_id"], unique=False)
    op.create_index(
        "ix_booking_allocation_unit", "booking_allocation", ["unit_id", "starts_at", "ends_at"], unique=False
    )
    op.bulk_insert(
        sa.table("trail_chain", sa.column("id"), sa.column("length"), sa.column("last_hash")),
        [{"id": chain, "length": 0, "last_hash": "0" * 64} for chain in range(CHAINS)],
    )
    guards.install(op.get_bind())


def downgrade():
    guards.remove(op.get_bind())
    for table in (
        "booking_allocation",
        "timetable_closure",
        "catalogue_party",
        "catalogue_ownership",
        "catalogue_class_code",
        "catalogue_asset",
        "timetable_opening",
        "catalogue_unit",
        "timetable_period",
        "catalogue_lab",
        "booking_date",
        "booking_approval",
        "timetable_term",
        "timetable_bell_table",
        "consortium_sign_in",
        "consortium_invitation",
        "consortium_appointment",
        "consortium_api_token",
        "catalogue_base",
        "booking_feed",
        "booking_booking",
        "trail_receipt",
        "trail_entry",
        "trail_chain",
        "outbox_message",
        "consortium_setting",
        "consortium_person",
        "consortium_member",
        "consortium_attempt",
    ):
        op.drop_table(table)
