"""With care: chains of approval, who goes before whom, what one must have, faults, presence and credit."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade():
    op.create_table(
        "consortium_credit_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=12), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("date_id", sa.Integer(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("base_id", sa.Integer(), nullable=True),
        sa.Column("member_id", sa.Integer(), nullable=True),
        sa.Column("reverses_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(rule = 'excused') = (reverses_id IS NOT NULL)", name=op.f("ck_consortium_credit_event_excuse")
        ),
        sa.CheckConstraint(
            "rule IN ('normal','no_show','late','early','overrun','late_cancel','no_feedback','excused')",
            name=op.f("ck_consortium_credit_event_rule"),
        ),
        sa.ForeignKeyConstraint(["by_id"], ["consortium_person.id"], name=op.f("fk_consortium_credit_event_by_id")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["consortium_member.id"], name=op.f("fk_consortium_credit_event_member_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["consortium_person.id"], name=op.f("fk_consortium_credit_event_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["consortium_credit_event.id"], name=op.f("fk_consortium_credit_event_reverses_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consortium_credit_event")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_consortium_credit_event_reverses_id")),
    )
    op.create_index("ix_consortium_credit_event_date", "consortium_credit_event", ["date_id"], unique=False)
    op.create_index("ix_consortium_credit_event_person", "consortium_credit_event", ["person_id", "at"], unique=False)
    op.create_table(
        "consortium_restriction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=True),
        sa.Column("scope", sa.String(length=8), nullable=False),
        sa.Column("scope_id", sa.Integer(), nullable=True),
        sa.Column("cause", sa.String(length=10), nullable=False),
        sa.Column("why", sa.String(length=400), nullable=False),
        sa.Column("event_ids", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("proposed_at", INSTANT, nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.Column("from_at", INSTANT, nullable=True),
        sa.Column("until_at", INSTANT, nullable=True),
        sa.Column("ended_by", sa.Integer(), nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("ended_why", sa.String(length=400), nullable=False),
        sa.Column("appeal", sa.String(length=400), nullable=False),
        sa.Column("appealed_at", INSTANT, nullable=True),
        sa.Column("answer", sa.String(length=400), nullable=False),
        sa.Column("answered_by", sa.Integer(), nullable=True),
        sa.Column("answered_at", INSTANT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(scope = 'all') = (scope_id IS NULL)", name=op.f("ck_consortium_restriction_scope_of")),
        sa.CheckConstraint("cause IN ('repeated','by_hand')", name=op.f("ck_consortium_restriction_cause")),
        sa.CheckConstraint("scope IN ('all','member','base','unit')", name=op.f("ck_consortium_restriction_scope")),
        sa.CheckConstraint("state <> 'in_force' OR from_at < until_at", name=op.f("ck_consortium_restriction_time")),
        sa.CheckConstraint(
            "state IN ('proposed','in_force','dismissed','lifted')", name=op.f("ck_consortium_restriction_state")
        ),
        sa.ForeignKeyConstraint(
            ["answered_by"], ["consortium_person.id"], name=op.f("fk_consortium_restriction_answered_by")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["consortium_person.id"], name=op.f("fk_consortium_restriction_decided_by")
        ),
        sa.ForeignKeyConstraint(
            ["ended_by"], ["consortium_person.id"], name=op.f("fk_consortium_restriction_ended_by")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["consortium_member.id"], name=op.f("fk_consortium_restriction_member_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["consortium_person.id"], name=op.f("fk_consortium_restriction_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consortium_restriction")),
    )
    op.create_index("ix_consortium_restriction_person", "consortium_restriction", ["person_id", "state"], unique=False)
    op.create_index("ix_consortium_restriction_state", "consortium_restriction", ["state", "until_at"], unique=False)
    op.create_table(
        "booking_chain_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("base_id", sa.Integer(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("parties", sa.String(length=60), nullable=False),
        sa.Column("rule", sa.String(length=3), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.Column("silence", sa.String(length=10), nullable=False),
        sa.CheckConstraint("kind IN ('own','member','outside','any')", name=op.f("ck_booking_chain_step_kind")),
        sa.CheckConstraint("rule IN ('any','all')", name=op.f("ck_booking_chain_step_rule")),
        sa.CheckConstraint("silence IN ('escalate','grant')", name=op.f("ck_booking_chain_step_silence")),
        sa.CheckConstraint("(base_id IS NULL) <> (unit_id IS NULL)", name=op.f("ck_booking_chain_step_one_thing")),
        sa.CheckConstraint("hours BETWEEN 1 AND 720", name=op.f("ck_booking_chain_step_hours")),
        sa.ForeignKeyConstraint(["base_id"], ["catalogue_base.id"], name=op.f("fk_booking_chain_step_base_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["catalogue_unit.id"], name=op.f("fk_booking_chain_step_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_chain_step")),
        sa.UniqueConstraint("base_id", "kind", "step", name=op.f("uq_booking_chain_step_base_id_kind_step")),
        sa.UniqueConstraint("unit_id", "kind", "step", name=op.f("uq_booking_chain_step_unit_id_kind_step")),
    )
    op.create_table(
        "booking_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("base_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=3), nullable=False),
        sa.Column("seat", sa.String(length=20), nullable=False),
        sa.Column("party", sa.String(length=20), nullable=False),
        sa.Column("raised", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.Column("silence", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("asked_at", INSTANT, nullable=True),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("for_person", sa.Integer(), nullable=True),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.Column("reason", sa.String(length=20), nullable=True),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.CheckConstraint("kind IN ('own','member','outside')", name=op.f("ck_booking_answer_kind")),
        sa.CheckConstraint("raised IN ('','silent','own','nobody')", name=op.f("ck_booking_answer_raised")),
        sa.CheckConstraint("rule IN ('any','all')", name=op.f("ck_booking_answer_rule")),
        sa.CheckConstraint("silence IN ('escalate','grant')", name=op.f("ck_booking_answer_silence")),
        sa.CheckConstraint(
            "state IN ('later','waiting','approved','refused','lapsed','withdrawn')",
            name=op.f("ck_booking_answer_state"),
        ),
        sa.ForeignKeyConstraint(["base_id"], ["catalogue_base.id"], name=op.f("fk_booking_answer_base_id")),
        sa.ForeignKeyConstraint(["booking_id"], ["booking_booking.id"], name=op.f("fk_booking_answer_booking_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_answer")),
        sa.UniqueConstraint(
            "booking_id",
            "round",
            "base_id",
            "step",
            "seat",
            "party",
            name=op.f("uq_booking_answer_booking_id_round_base_id_step_seat_party"),
        ),
    )
    op.create_index("ix_booking_answer_due", "booking_answer", ["state", "due_at"], unique=False)
    op.create_index("ix_booking_answer_inbox", "booking_answer", ["state", "base_id"], unique=False)
    op.create_table(
        "booking_delegation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("delegate_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.CheckConstraint("from_on < until_on", name=op.f("ck_booking_delegation_days")),
        sa.CheckConstraint("person_id <> delegate_id", name=op.f("ck_booking_delegation_two_people")),
        sa.ForeignKeyConstraint(
            ["delegate_id"], ["consortium_person.id"], name=op.f("fk_booking_delegation_delegate_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["consortium_person.id"], name=op.f("fk_booking_delegation_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_delegation")),
    )
    op.create_index("ix_booking_delegation_delegate", "booking_delegation", ["delegate_id", "until_on"], unique=False)
    op.create_index("ix_booking_delegation_person", "booking_delegation", ["person_id"], unique=False)
    op.create_table(
        "booking_counter_offer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("date_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("for_person", sa.Integer(), nullable=True),
        sa.Column("seats", sa.String(length=200), nullable=False),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("answered_at", INSTANT, nullable=True),
        sa.CheckConstraint(
            "state IN ('open','accepted','declined','withdrawn','past')", name=op.f("ck_booking_counter_offer_state")
        ),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_booking_counter_offer_span")),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["booking_booking.id"], name=op.f("fk_booking_counter_offer_booking_id")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["consortium_person.id"], name=op.f("fk_booking_counter_offer_by_id")),
        sa.ForeignKeyConstraint(["date_id"], ["booking_date.id"], name=op.f("fk_booking_counter_offer_date_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_counter_offer")),
    )
    op.create_index("ix_booking_counter_offer_booking", "booking_counter_offer", ["booking_id", "state"], unique=False)
    op.create_table(
        "timetable_fault",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("severity", sa.String(length=20), nullable=False),
        sa.Column("cause", sa.String(length=20), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("words", sa.String(length=1000), nullable=False),
        sa.Column("answer", sa.String(length=1000), nullable=False),
        sa.Column("cost_source", sa.String(length=200), nullable=False),
        sa.Column("reported_by", sa.Integer(), nullable=False),
        sa.Column("reported_at", INSTANT, nullable=False),
        sa.Column("began_at", INSTANT, nullable=False),
        sa.Column("expected_until", INSTANT, nullable=True),
        sa.Column("blocked_until", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("ended_by", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "blocked_until IS NULL OR (state = 'confirmed' AND began_at < blocked_until)",
            name=op.f("ck_timetable_fault_blocked"),
        ),
        sa.CheckConstraint("severity IN ('unusable','usable')", name=op.f("ck_timetable_fault_severity")),
        sa.CheckConstraint(
            "state IN ('reported','confirmed','repaired','dismissed')", name=op.f("ck_timetable_fault_state")
        ),
        sa.CheckConstraint("ended_at IS NULL OR began_at <= ended_at", name=op.f("ck_timetable_fault_span")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_timetable_fault_quantity")),
        sa.ForeignKeyConstraint(["reported_by"], ["consortium_person.id"], name=op.f("fk_timetable_fault_reported_by")),
        sa.ForeignKeyConstraint(["unit_id"], ["catalogue_unit.id"], name=op.f("fk_timetable_fault_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timetable_fault")),
    )
    op.create_index("ix_timetable_fault_began_at", "timetable_fault", ["began_at"], unique=False)
    op.create_index("ix_timetable_fault_unit_id", "timetable_fault", ["unit_id"], unique=False)
    op.create_table(
        "booking_fault_hit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("fault_id", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("told_at", INSTANT, nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.CheckConstraint("outcome IN ('','moved','cancelled')", name=op.f("ck_booking_fault_hit_outcome")),
        sa.ForeignKeyConstraint(["booking_id"], ["booking_booking.id"], name=op.f("fk_booking_fault_hit_booking_id")),
        sa.ForeignKeyConstraint(["fault_id"], ["timetable_fault.id"], name=op.f("fk_booking_fault_hit_fault_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_fault_hit")),
        sa.UniqueConstraint("fault_id", "booking_id", name=op.f("uq_booking_fault_hit_fault_id_booking_id")),
    )
    op.create_index("ix_booking_fault_hit_booking_id", "booking_fault_hit", ["booking_id"], unique=False)
    op.create_table(
        "booking_order",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("classes", sa.String(length=200), nullable=False),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.Column("published_at", INSTANT, nullable=False),
        sa.Column("published_by", sa.Integer(), nullable=False),
        sa.CheckConstraint("id > 1", name=op.f("ck_booking_order_version")),
        sa.ForeignKeyConstraint(["published_by"], ["consortium_person.id"], name=op.f("fk_booking_order_published_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_order")),
    )
    op.create_table(
        "booking_displacement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("date_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("state_before", sa.String(length=12), nullable=False),
        sa.Column("winner_id", sa.Integer(), nullable=True),
        sa.Column("order_version", sa.Integer(), nullable=False),
        sa.Column("winner_class", sa.String(length=20), nullable=False),
        sa.Column("displaced_class", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("words", sa.String(length=400), nullable=False),
        sa.Column("compensation", sa.String(length=400), nullable=False),
        sa.Column("compensation_fen", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=False),
        sa.Column("decided_at", INSTANT, nullable=False),
        sa.Column("notice_hours", sa.Integer(), nullable=False),
        sa.Column("offers", sa.Text(), nullable=False),
        sa.Column("standby_id", sa.Integer(), nullable=True),
        sa.Column("resettled_id", sa.Integer(), nullable=True),
        sa.Column("resettled_at", INSTANT, nullable=True),
        sa.Column("restored", sa.Boolean(), nullable=False),
        sa.Column("appeal", sa.String(length=10), nullable=False),
        sa.Column("appeal_words", sa.String(length=400), nullable=False),
        sa.Column("appealed_by", sa.Integer(), nullable=True),
        sa.Column("appealed_at", INSTANT, nullable=True),
        sa.Column("answer_words", sa.String(length=400), nullable=False),
        sa.Column("answered_by", sa.Integer(), nullable=True),
        sa.Column("answered_at", INSTANT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "appeal IN ('none','open','upheld','rejected')", name=op.f("ck_booking_displacement_appeal")
        ),
        sa.CheckConstraint(
            "reason IN ('timetable','event','owner_need','other')", name=op.f("ck_booking_displacement_reason")
        ),
        sa.CheckConstraint(
            "compensation_fen IS NULL OR compensation_fen >= 0", name=op.f("ck_booking_displacement_fen")
        ),
        sa.ForeignKeyConstraint(
            ["answered_by"], ["consortium_person.id"], name=op.f("fk_booking_displacement_answered_by")
        ),
        sa.ForeignKeyConstraint(
            ["appealed_by"], ["consortium_person.id"], name=op.f("fk_booking_displacement_appealed_by")
        ),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["booking_booking.id"], name=op.f("fk_booking_displacement_booking_id")
        ),
        sa.ForeignKeyConstraint(["date_id"], ["booking_date.id"], name=op.f("fk_booking_displacement_date_id")),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["consortium_person.id"], name=op.f("fk_booking_displacement_decided_by")
        ),
        sa.ForeignKeyConstraint(
            ["resettled_id"], ["booking_booking.id"], name=op.f("fk_booking_displacement_resettled_id")
        ),
        sa.ForeignKeyConstraint(
            ["standby_id"], ["booking_standby.id"], name=op.f("fk_booking_displacement_standby_id")
        ),
        sa.ForeignKeyConstraint(["winner_id"], ["booking_booking.id"], name=op.f("fk_booking_displacement_winner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_displacement")),
    )
    op.create_index("ix_booking_displacement_booking", "booking_displacement", ["booking_id"], unique=False)
    op.create_index("ix_booking_displacement_date", "booking_displacement", ["date_id"], unique=False)
    op.create_index("ix_booking_displacement_decided", "booking_displacement", ["decided_at"], unique=False)
    op.create_table(
        "consortium_agreement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("with_member_id", sa.Integer(), nullable=True),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("guarantor_id", sa.Integer(), nullable=True),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("filed_by", sa.Integer(), nullable=False),
        sa.Column("filed_at", INSTANT, nullable=False),
        sa.Column("ended_by", sa.Integer(), nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("why", sa.String(length=400), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("until_on IS NULL OR until_on > from_on", name=op.f("ck_consortium_agreement_dates")),
        sa.ForeignKeyConstraint(
            ["guarantor_id"], ["consortium_member.id"], name=op.f("fk_consortium_agreement_guarantor_id")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["consortium_member.id"], name=op.f("fk_consortium_agreement_member_id")
        ),
        sa.ForeignKeyConstraint(
            ["with_member_id"], ["consortium_member.id"], name=op.f("fk_consortium_agreement_with_member_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consortium_agreement")),
    )
    op.create_index("ix_consortium_agreement_member_id", "consortium_agreement", ["member_id"], unique=False)
    op.create_table(
        "consortium_qualification",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("sort", sa.String(length=16), nullable=False),
        sa.Column("scope", sa.String(length=12), nullable=False),
        sa.Column("scope_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("evidence", sa.String(length=200), nullable=False),
        sa.Column("given_by", sa.Integer(), nullable=False),
        sa.Column("given_at", INSTANT, nullable=False),
        sa.Column("revoked_by", sa.Integer(), nullable=True),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.Column("why", sa.String(length=400), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "scope IN ('consortium','member','base','lab','unit')", name=op.f("ck_consortium_qualification_scope")
        ),
        sa.CheckConstraint(
            "sort IN ('safety','training','authorisation')", name=op.f("ck_consortium_qualification_sort")
        ),
        sa.CheckConstraint("score IS NULL OR score BETWEEN 0 AND 100", name=op.f("ck_consortium_qualification_score")),
        sa.CheckConstraint("until_on IS NULL OR until_on > from_on", name=op.f("ck_consortium_qualification_dates")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["consortium_person.id"], name=op.f("fk_consortium_qualification_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consortium_qualification")),
    )
    op.create_index("ix_consortium_qualification_person_id", "consortium_qualification", ["person_id"], unique=False)
    op.create_index(
        "ix_consortium_qualification_scope", "consortium_qualification", ["scope", "scope_id"], unique=False
    )
    op.create_index("ix_consortium_qualification_until_on", "consortium_qualification", ["until_on"], unique=False)
    op.create_table(
        "usage_presence",
        sa.Column("date_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("expected_at", INSTANT, nullable=True),
        sa.Column("arrived_at", INSTANT, nullable=True),
        sa.Column("arrived_how", sa.String(length=10), nullable=False),
        sa.Column("arrived_by", sa.Integer(), nullable=True),
        sa.Column("left_at", INSTANT, nullable=True),
        sa.Column("left_how", sa.String(length=10), nullable=False),
        sa.Column("left_by", sa.Integer(), nullable=True),
        sa.Column("released_at", INSTANT, nullable=True),
        sa.Column("released_by", sa.Integer(), nullable=True),
        sa.Column("was_until", INSTANT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("arrived_how IN ('','self','keeper','clock')", name=op.f("ck_usage_presence_arrived_how")),
        sa.CheckConstraint("left_how IN ('','self','keeper','clock')", name=op.f("ck_usage_presence_left_how")),
        sa.CheckConstraint(
            "arrived_at IS NULL OR left_at IS NULL OR arrived_at <= left_at", name=op.f("ck_usage_presence_order")
        ),
        sa.ForeignKeyConstraint(["arrived_by"], ["consortium_person.id"], name=op.f("fk_usage_presence_arrived_by")),
        sa.ForeignKeyConstraint(["date_id"], ["booking_date.id"], name=op.f("fk_usage_presence_date_id")),
        sa.ForeignKeyConstraint(["left_by"], ["consortium_person.id"], name=op.f("fk_usage_presence_left_by")),
        sa.ForeignKeyConstraint(["released_by"], ["consortium_person.id"], name=op.f("fk_usage_presence_released_by")),
        sa.PrimaryKeyConstraint("date_id", name=op.f("pk_usage_presence")),
    )
    op.create_table(
        "usage_judgement",
        sa.Column("date_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("verdict", sa.String(length=12), nullable=False),
        sa.Column("late_minutes", sa.Integer(), nullable=False),
        sa.Column("early_minutes", sa.Integer(), nullable=False),
        sa.Column("over_minutes", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(length=20), nullable=False),
        sa.Column("judged_at", INSTANT, nullable=False),
        sa.Column("excused_by", sa.Integer(), nullable=True),
        sa.Column("excused_at", INSTANT, nullable=True),
        sa.Column("excused_why", sa.String(length=400), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "verdict IN ('normal','no_show','late','early','overrun','late_overrun','late_early','late_cancel','not_judged')",
            name=op.f("ck_usage_judgement_verdict"),
        ),
        sa.CheckConstraint("(excused_at IS NULL) = (excused_by IS NULL)", name=op.f("ck_usage_judgement_excuse")),
        sa.ForeignKeyConstraint(["date_id"], ["booking_date.id"], name=op.f("fk_usage_judgement_date_id")),
        sa.ForeignKeyConstraint(["excused_by"], ["consortium_person.id"], name=op.f("fk_usage_judgement_excused_by")),
        sa.PrimaryKeyConstraint("date_id", name=op.f("pk_usage_judgement")),
    )
    op.create_index("ix_usage_judgement_judged_at", "usage_judgement", ["judged_at"], unique=False)
    op.add_column("booking_approval", sa.Column("reason", sa.String(length=20), nullable=True))
    op.execute("UPDATE booking_approval SET reason = 'other' WHERE state = 'refused'")
    op.execute(
        "INSERT INTO booking_answer (booking_id, base_id, round, step, rule, seat, party, raised, kind, hours, silence, "
        "state, asked_at, due_at, decided_by, for_person, decided_at, reason, note) "
        "SELECT approval.booking_id, approval.base_id, 1, 1, 'any', 'keeper', 'keeper', '', 'member', 24, 'escalate', "
        "approval.state, booking.created_at, NULL, approval.decided_by, NULL, approval.decided_at, approval.reason, "
        "approval.note FROM booking_approval AS approval JOIN booking_booking AS booking ON booking.id = approval.booking_id"
    )
    op.add_column("consortium_member", sa.Column("is_outside", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("booking_booking", sa.Column("declared", sa.String(length=40), server_default="", nullable=False))
    op.add_column("booking_standby", sa.Column("declared", sa.String(length=40), server_default="", nullable=False))


def downgrade():
    op.drop_column("booking_approval", "reason")
    op.drop_column("booking_standby", "declared")
    op.drop_column("booking_booking", "declared")
    op.drop_column("consortium_member", "is_outside")
    for table in (
        "usage_judgement",
        "usage_presence",
        "consortium_qualification",
        "consortium_agreement",
        "booking_displacement",
        "booking_order",
        "booking_fault_hit",
        "timetable_fault",
        "booking_counter_offer",
        "booking_delegation",
        "booking_answer",
        "booking_chain_step",
        "consortium_restriction",
        "consortium_credit_event",
    ):
        op.drop_table(table)
