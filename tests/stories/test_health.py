"""Machines ask whether the installation lives and whether it can serve."""

from __future__ import annotations

from sqlalchemy import text

from app.database import session, transaction


def test_it_lives_and_is_ready(client):
    assert (client.get("/healthz").status_code, client.get("/readyz").status_code) == (200, 200)
    assert client.get("/readyz").headers["Cache-Control"] == "no-store"


def test_without_migrations_it_is_not_ready(app, client):
    with app.app_context():
        transaction(lambda: session().execute(text("UPDATE alembic_version SET version_num = '0000'")))
    found = client.get("/readyz")
    assert (found.status_code, found.json) == (503, {"status": "migrations"})
    assert client.get("/healthz").status_code == 200


def test_without_a_guard_it_is_not_ready(app, client, database_name):
    drop = (
        "DROP TRIGGER booking_allocation_guard_insert"
        if database_name == "sqlite"
        else "ALTER TABLE booking_allocation DROP CONSTRAINT ex_booking_allocation_exclusive"
    )
    with app.app_context():
        transaction(lambda: session().execute(text(drop)))
    assert client.get("/readyz").json == {"status": "guards"}


def test_without_a_database_it_is_not_ready_and_tells_no_secret(tmp_path):
    from app import create_app

    lost = create_app(
        {
            "TESTING": True,
            "DATABASE_URL": "postgresql://somebody:SECRET@127.0.0.1:1/nowhere",
            "INSTANCE_PATH": str(tmp_path),
        }
    )
    found = lost.test_client().get("/readyz")
    assert found.status_code == 503
    assert "SECRET" not in found.get_data(as_text=True)
