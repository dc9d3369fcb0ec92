"""The database's own guards, made by one function: no overlap and no overfilling in the ledger, no unit
smaller than what is held of it, no change to the trail, none to an event of credit.

Installed by the migration that makes a guarded table, or first guards it, and again by every later one that rebuilds it
(SQLite's batch mode drops triggers). Nothing here imports the application: a migration must mean the same in ten years.
"""

DAY = 24 * 60 * 60 * 1_000_000

_SQLITE_OVERLAP = f"""
  SELECT RAISE(ABORT, 'booking_allocation_guard: the unit is taken then')
  WHERE EXISTS (
    SELECT 1 FROM booking_allocation AS other
    WHERE other.unit_id = NEW.unit_id AND other.holds AND other.id IS NOT NEW.id
      AND other.starts_at > NEW.starts_at - {DAY} AND other.starts_at < NEW.ends_at AND other.ends_at > NEW.starts_at
      AND (other.exclusive OR NEW.exclusive));
  SELECT RAISE(ABORT, 'booking_allocation_guard: there is not so much left of the unit then')
  WHERE NOT NEW.exclusive AND NEW.quantity + COALESCE((
    SELECT MAX((
        SELECT SUM(other.quantity) FROM booking_allocation AS other
        WHERE other.unit_id = NEW.unit_id AND other.holds AND other.id IS NOT NEW.id
          AND other.starts_at > moments.at - {DAY} AND other.starts_at <= moments.at AND other.ends_at > moments.at))
    FROM (
      SELECT NEW.starts_at AS at
      UNION
      SELECT another.starts_at FROM booking_allocation AS another
      WHERE another.unit_id = NEW.unit_id AND another.holds AND another.id IS NOT NEW.id
        AND another.starts_at > NEW.starts_at AND another.starts_at < NEW.ends_at) AS moments), 0)
    > (SELECT CASE kind WHEN 'room' THEN 1000000000 ELSE capacity END FROM catalogue_unit WHERE id = NEW.unit_id);
"""

_SQLITE_NOW = "CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)"

SQLITE = {
    "booking_allocation_guard_insert": f"""
CREATE TRIGGER booking_allocation_guard_insert BEFORE INSERT ON booking_allocation WHEN NEW.holds
BEGIN{_SQLITE_OVERLAP}END""",
    "booking_allocation_guard_update": f"""
CREATE TRIGGER booking_allocation_guard_update
BEFORE UPDATE OF unit_id, starts_at, ends_at, quantity, exclusive, holds ON booking_allocation WHEN NEW.holds
BEGIN{_SQLITE_OVERLAP}END""",
    "booking_allocation_shape_insert": """
CREATE TRIGGER booking_allocation_shape_insert BEFORE INSERT ON booking_allocation
WHEN typeof(NEW.starts_at) <> 'integer' OR typeof(NEW.ends_at) <> 'integer' OR typeof(NEW.quantity) <> 'integer'
  OR typeof(NEW.unit_id) <> 'integer' OR NEW.holds NOT IN (0, 1) OR NEW.exclusive NOT IN (0, 1)
  OR NEW.ends_at - NEW.starts_at > 86400000000
BEGIN
  SELECT RAISE(ABORT, 'booking_allocation_shape: not a stretch of at most 24 hours');
END""",
    "booking_allocation_shape_update": """
CREATE TRIGGER booking_allocation_shape_update BEFORE UPDATE ON booking_allocation
WHEN typeof(NEW.starts_at) <> 'integer' OR typeof(NEW.ends_at) <> 'integer' OR typeof(NEW.quantity) <> 'integer'
  OR typeof(NEW.unit_id) <> 'integer' OR NEW.holds NOT IN (0, 1) OR NEW.exclusive NOT IN (0, 1)
  OR NEW.ends_at - NEW.starts_at > 86400000000
BEGIN
  SELECT RAISE(ABORT, 'booking_allocation_shape: not a stretch of at most 24 hours');
END""",
    "catalogue_unit_guard_update": f"""
CREATE TRIGGER catalogue_unit_guard_update BEFORE UPDATE OF capacity, kind ON catalogue_unit
WHEN NEW.kind <> OLD.kind OR (NEW.capacity < OLD.capacity AND NEW.kind <> 'room')
BEGIN
  SELECT RAISE(ABORT, 'catalogue_unit_guard: a unit stays of its kind') WHERE NEW.kind <> OLD.kind;
  SELECT RAISE(ABORT, 'catalogue_unit_guard: more than that is held of the unit')
  WHERE EXISTS (
    SELECT 1
    FROM (
      SELECT max(starts_at, {_SQLITE_NOW}) AS at FROM booking_allocation
      WHERE unit_id = NEW.id AND holds AND ends_at > {_SQLITE_NOW}) AS moments
    WHERE NEW.capacity < (
      SELECT SUM(other.quantity) FROM booking_allocation AS other
      WHERE other.unit_id = NEW.id AND other.holds
        AND other.starts_at > moments.at - {DAY} AND other.starts_at <= moments.at AND other.ends_at > moments.at));
END""",
    "trail_entry_no_update": """
CREATE TRIGGER trail_entry_no_update BEFORE UPDATE ON trail_entry
BEGIN
  SELECT RAISE(ABORT, 'trail_entry: the trail is never changed');
END""",
    "trail_entry_no_delete": """
CREATE TRIGGER trail_entry_no_delete BEFORE DELETE ON trail_entry
BEGIN
  SELECT RAISE(ABORT, 'trail_entry: the trail is never shortened');
END""",
}

_POSTGRESQL_GUARD = """
CREATE OR REPLACE FUNCTION booking_allocation_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  room bigint;
  together bigint;
BEGIN
  SELECT CASE kind WHEN 'room' THEN 1000000000 ELSE capacity END INTO room
  FROM catalogue_unit WHERE id = NEW.unit_id FOR NO KEY UPDATE;
  IF EXISTS (
    SELECT 1 FROM booking_allocation AS other
    WHERE other.unit_id = NEW.unit_id AND other.holds AND other.id IS DISTINCT FROM NEW.id
      AND other.starts_at > NEW.starts_at - interval '24 hours' AND other.starts_at < NEW.ends_at
      AND other.ends_at > NEW.starts_at AND (other.exclusive OR NEW.exclusive)) THEN
    RAISE EXCEPTION 'the unit is taken then'
      USING ERRCODE = '23P01', CONSTRAINT = 'booking_allocation_guard', TABLE = 'booking_allocation';
  END IF;
  IF NOT NEW.exclusive THEN
    SELECT max(filled) INTO together FROM (
      SELECT (
        SELECT sum(other.quantity) FROM booking_allocation AS other
        WHERE other.unit_id = NEW.unit_id AND other.holds AND other.id IS DISTINCT FROM NEW.id
          AND other.starts_at > moments.at - interval '24 hours' AND other.starts_at <= moments.at
          AND other.ends_at > moments.at) AS filled
      FROM (
        SELECT NEW.starts_at AS at
        UNION
        SELECT another.starts_at FROM booking_allocation AS another
        WHERE another.unit_id = NEW.unit_id AND another.holds AND another.id IS DISTINCT FROM NEW.id
          AND another.starts_at > NEW.starts_at AND another.starts_at < NEW.ends_at) AS moments) AS fillings;
    IF NEW.quantity + coalesce(together, 0) > room THEN
      RAISE EXCEPTION 'there is not so much left of the unit then'
        USING ERRCODE = '23P01', CONSTRAINT = 'booking_allocation_guard', TABLE = 'booking_allocation';
    END IF;
  END IF;
  RETURN NEW;
END $$
"""

POSTGRESQL = {
    "ex_booking_allocation_exclusive": """
ALTER TABLE booking_allocation ADD CONSTRAINT ex_booking_allocation_exclusive
EXCLUDE USING gist (
  int8range(unit_id::bigint, unit_id::bigint, '[]') WITH &&, tstzrange(starts_at, ends_at, '[)') WITH &&)
WHERE (holds AND exclusive)""",
    "ck_booking_allocation_longest": """
ALTER TABLE booking_allocation ADD CONSTRAINT ck_booking_allocation_longest
CHECK (ends_at <= starts_at + interval '24 hours')""",
    "booking_allocation_guard_insert": """
CREATE TRIGGER booking_allocation_guard_insert BEFORE INSERT ON booking_allocation
FOR EACH ROW WHEN (NEW.holds) EXECUTE FUNCTION booking_allocation_guard()""",
    "booking_allocation_guard_update": """
CREATE TRIGGER booking_allocation_guard_update
BEFORE UPDATE OF unit_id, starts_at, ends_at, quantity, exclusive, holds ON booking_allocation
FOR EACH ROW WHEN (NEW.holds) EXECUTE FUNCTION booking_allocation_guard()""",
    "catalogue_unit_guard_update": """
CREATE TRIGGER catalogue_unit_guard_update BEFORE UPDATE OF capacity, kind ON catalogue_unit
FOR EACH ROW WHEN (NEW.kind <> OLD.kind OR (NEW.capacity < OLD.capacity AND NEW.kind <> 'room'))
EXECUTE FUNCTION catalogue_unit_guard()""",
    "trail_entry_no_change": """
CREATE TRIGGER trail_entry_no_change BEFORE UPDATE OR DELETE ON trail_entry
FOR EACH ROW EXECUTE FUNCTION trail_entry_no_change()""",
    "trail_entry_no_truncate": """
CREATE TRIGGER trail_entry_no_truncate BEFORE TRUNCATE ON trail_entry
FOR EACH STATEMENT EXECUTE FUNCTION trail_entry_no_change()""",
}

_POSTGRESQL_UNIT = """
CREATE OR REPLACE FUNCTION catalogue_unit_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.kind <> OLD.kind THEN
    RAISE EXCEPTION 'a unit stays of its kind'
      USING ERRCODE = '23514', CONSTRAINT = 'catalogue_unit_guard', TABLE = 'catalogue_unit';
  END IF;
  IF EXISTS (
    SELECT 1
    FROM (
      SELECT greatest(starts_at, statement_timestamp()) AS at FROM booking_allocation
      WHERE unit_id = NEW.id AND holds AND ends_at > statement_timestamp()) AS moments
    WHERE NEW.capacity < (
      SELECT sum(other.quantity) FROM booking_allocation AS other
      WHERE other.unit_id = NEW.id AND other.holds AND other.starts_at > moments.at - interval '24 hours'
        AND other.starts_at <= moments.at AND other.ends_at > moments.at)) THEN
    RAISE EXCEPTION 'more than that is held of the unit'
      USING ERRCODE = '23514', CONSTRAINT = 'catalogue_unit_guard', TABLE = 'catalogue_unit';
  END IF;
  RETURN NEW;
END $$
"""

_POSTGRESQL_TRAIL = """
CREATE OR REPLACE FUNCTION trail_entry_no_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the trail is never changed or shortened'
    USING ERRCODE = '23514', CONSTRAINT = 'trail_entry_no_change', TABLE = 'trail_entry';
END $$
"""


_GUARDED = ("booking_allocation", "catalogue_unit", "trail_entry")


def install(connection):
    """Put every guard in place; those that stand already stay."""
    if connection.dialect.name == "sqlite":
        present = {row[0] for row in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type='trigger'")}
        statements = SQLITE
    else:
        connection.exec_driver_sql(_POSTGRESQL_GUARD)
        connection.exec_driver_sql(_POSTGRESQL_UNIT)
        connection.exec_driver_sql(_POSTGRESQL_TRAIL)
        present = {
            row[0]
            for row in connection.exec_driver_sql(
                "SELECT tgname FROM pg_trigger UNION ALL SELECT conname FROM pg_constraint"
            )
        }
        statements = POSTGRESQL
    for name, statement in statements.items():
        if name not in present:
            connection.exec_driver_sql(statement)


def remove(connection):
    """Take the guards away with the tables they watch."""
    if connection.dialect.name == "sqlite":
        for name in SQLITE:
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
        return
    for name in POSTGRESQL:
        if name.startswith(("ex_", "ck_")):
            connection.exec_driver_sql(f"ALTER TABLE booking_allocation DROP CONSTRAINT IF EXISTS {name}")
        else:
            table = next(table for table in _GUARDED if name.startswith(table))
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name} ON {table}")
    connection.exec_driver_sql("DROP FUNCTION IF EXISTS booking_allocation_guard()")
    connection.exec_driver_sql("DROP FUNCTION IF EXISTS catalogue_unit_guard()")
    connection.exec_driver_sql("DROP FUNCTION IF EXISTS trail_entry_no_change()")


# ── events of credit: from migration 0006 on ──

CREDIT_SQLITE = {
    "consortium_credit_event_no_update": """
CREATE TRIGGER consortium_credit_event_no_update BEFORE UPDATE ON consortium_credit_event
BEGIN
  SELECT RAISE(ABORT, 'consortium_credit_event: what was noted is never changed, an excuse is an event of its own');
END""",
    "consortium_credit_event_no_delete": """
CREATE TRIGGER consortium_credit_event_no_delete BEFORE DELETE ON consortium_credit_event
BEGIN
  SELECT RAISE(ABORT, 'consortium_credit_event: what was noted is never removed');
END""",
}

CREDIT_POSTGRESQL = {
    "consortium_credit_event_no_change": """
CREATE TRIGGER consortium_credit_event_no_change BEFORE UPDATE OR DELETE ON consortium_credit_event
FOR EACH ROW EXECUTE FUNCTION consortium_credit_event_no_change()""",
    "consortium_credit_event_no_truncate": """
CREATE TRIGGER consortium_credit_event_no_truncate BEFORE TRUNCATE ON consortium_credit_event
FOR EACH STATEMENT EXECUTE FUNCTION consortium_credit_event_no_change()""",
}

_POSTGRESQL_CREDIT = """
CREATE OR REPLACE FUNCTION consortium_credit_event_no_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'what was noted is never changed or removed, an excuse is an event of its own'
    USING ERRCODE = '23514', CONSTRAINT = 'consortium_credit_event_no_change', TABLE = 'consortium_credit_event';
END $$
"""


def guard_credit(connection):
    """Make the events of credit append-only, as the trail is."""
    if connection.dialect.name == "sqlite":
        statements = CREDIT_SQLITE
    else:
        connection.exec_driver_sql(_POSTGRESQL_CREDIT)
        statements = CREDIT_POSTGRESQL
    for statement in statements.values():
        connection.exec_driver_sql(statement)


def unguard_credit(connection):
    """Take away what `guard_credit` put there."""
    if connection.dialect.name == "sqlite":
        for name in CREDIT_SQLITE:
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        return
    for name in CREDIT_POSTGRESQL:
        connection.exec_driver_sql(f"DROP TRIGGER {name} ON consortium_credit_event")
    connection.exec_driver_sql("DROP FUNCTION consortium_credit_event_no_change()")
