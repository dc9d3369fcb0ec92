"""Which passwords people may choose, and how many wrong ones close the door."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.consortium.rules import entry, passwords
from app.consortium.rules.entry import Endurance

NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)


def codes(password: str, policy: str = "asvs") -> set[str]:
    found = passwords.reasons_against(password, name="Li Wenhua", email="wenhua.li@college.example", policy=policy)
    return {reason.code for reason in found}


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "一座城市共用一个工坊",
        "q7#kV2!p",
        "gongfang-demo",
        "a" * 7 + "bcdefgh" * 10,
        "水木清华 1911",
    ],
)
def test_a_sentence_or_eight_odd_signs_will_do(password):
    assert codes(password) == set()


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short1!", "password_too_short"),
        ("x" * 201, "password_too_long"),
        ("password", "password_well_known"),
        ("Password123!", "password_well_known"),
        ("12345678", "password_well_known"),
        ("87654321", "password_well_known"),
        ("qwertyui", "password_well_known"),
        ("woaini1314", "password_well_known"),
        ("aaaaaaaaaa", "password_well_known"),
        ("abcabcabc", "password_well_known"),
        ("19900131", "password_well_known"),
        ("wenhua.li", "password_is_theirs"),
        ("Li Wenhua1", "password_is_theirs"),
        ("college2026", "password_is_theirs"),
    ],
)
def test_what_is_guessed_first_will_not_do(password, why):
    assert why in codes(password)


def test_sixty_four_signs_are_allowed():
    assert codes("7kd93jd8sla0wm3n" * 4) == set() or codes("7kd93jd8sla0wm3n" * 4) == {"password_well_known"}
    assert codes("The quick brown fox jumps over the lazy dog, twice, on a Tuesday!") == set()


def test_dengbao_asks_for_three_of_four_classes():
    assert codes("correct horse battery", "dengbao2") == {"password_too_plain"}
    assert codes("Correct horse battery", "dengbao2") == set()


def test_every_reason_is_given_at_once():
    assert codes("1234567", "dengbao2") == {"password_too_short", "password_well_known", "password_too_plain"}


def test_only_dengbao_lets_passwords_grow_old():
    long_ago = NOW - timedelta(days=90)
    assert passwords.is_too_old(long_ago, "dengbao2", NOW)
    assert not passwords.is_too_old(NOW - timedelta(days=89), "dengbao2", NOW)
    assert not passwords.is_too_old(long_ago, "asvs", NOW)


def test_the_fifth_wrong_password_closes_the_door_for_five_minutes():
    counted = None
    for _ in range(4):
        counted = entry.after_failure(counted, entry.PER_ACCOUNT, NOW)
        assert not entry.is_locked(counted, NOW)
    counted = entry.after_failure(counted, entry.PER_ACCOUNT, NOW)
    assert entry.is_locked(counted, NOW + timedelta(seconds=299))
    assert not entry.is_locked(counted, NOW + timedelta(seconds=300))


def test_after_a_lock_counting_begins_anew():
    locked = entry.Failures(5, NOW, NOW + timedelta(seconds=300))
    again = entry.after_failure(locked, entry.PER_ACCOUNT, NOW + timedelta(seconds=301))
    assert again.count == 1
    assert again.locked_until is None


def test_failures_of_a_quarter_of_an_hour_ago_no_longer_count():
    old = entry.Failures(4, NOW, None)
    assert entry.after_failure(old, entry.PER_ACCOUNT, NOW + timedelta(minutes=15)).count == 1


def test_one_forgetful_teacher_does_not_lock_her_school_out():
    counted = None
    for _ in range(entry.PER_ACCOUNT.failures):
        counted = entry.after_failure(counted, entry.PER_ADDRESS, NOW)
    assert not entry.is_locked(counted, NOW)


def test_a_device_is_signed_out_when_left_alone_or_too_old():
    endurance = Endurance(timedelta(hours=8), timedelta(days=14))
    assert not entry.is_over(NOW, NOW, endurance, NOW + timedelta(hours=7, minutes=59))
    assert entry.is_over(NOW, NOW, endurance, NOW + timedelta(hours=8))
    busy_until = NOW + timedelta(days=14)
    assert entry.is_over(NOW, busy_until, endurance, busy_until)
