"""Forms: what is written down about a base, lab, unit and its asset (the national instrument form), and when it is whole."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date

from app.catalogue.rules.unit import BASE_KINDS, UNIT_KINDS
from app.foundation.refusal import Invalid, Reason

SOURCES = ("purchased", "developed", "donated", "quasi_donated", "other")  # 购置 研制 捐赠 准捐赠 其他
CATEGORIES = ("general", "special")  # 通用 专用
FUNDINGS = ("central", "local", "own", "other")  # 中央财政 地方财政 单位自有 其他
CONDITIONS = ("normal", "occasional_faults", "frequent_faults", "under_repair", "to_be_scrapped")
SHARINGS = ("external", "internal", "none")  # 外部共享 内部共享 不共享
SCHEMES = ("gbt_14885_2022", "gbt_14885_2010", "moe_instruments", "nrii", "own")
"""Classification schemes a code may come from; an asset may have a code in each."""

MOST_CAPACITY = 10_000
MOST_SEATS = 100_000
MOST_MINUTES = 480
MOST_FEN = 10**15
EARLIEST_DAY = date(1900, 1, 1)
LATEST_DAY = date(2200, 1, 1)


@dataclass(frozen=True, slots=True)
class BaseForm:
    """What is written down about a base: also the campus it stands on, and whose teaching calendar it goes by.

    Without a `calendar_member_id` it goes by its host's.
    """

    code: str
    kind: str
    name_zh: str
    name_en: str = ""
    address: str = ""
    contact: str = ""
    about_zh: str = ""
    about_en: str = ""
    is_public: bool = True
    campus: str = ""
    calendar_member_id: int | None = None


@dataclass(frozen=True, slots=True)
class LabForm:
    """What is written down about a lab."""

    code: str
    name_zh: str
    name_en: str = ""
    place: str = ""
    seats: int | None = None


@dataclass(frozen=True, slots=True)
class UnitForm:
    """What is written down about a unit. Buffers are minutes."""

    kind: str
    code: str
    name_zh: str
    name_en: str = ""
    capacity: int = 1
    needs_approval: bool = False
    holds_while_waiting: bool = True
    setup_minutes: int = 0
    cleaning_minutes: int = 0


@dataclass(frozen=True, slots=True)
class AssetForm:
    """The national instrument form of a unit. The original value is in fen; class codes are (scheme, code)."""

    inventory_number: str = ""
    original_value_fen: int | None = None
    source: str = "purchased"
    category: str = "general"
    origin_country: str = ""
    manufacturer: str = ""
    model: str = ""
    started_on: date | None = None
    accepted_on: date | None = None
    registered_on: date | None = None
    specifications: str = ""
    functions: str = ""
    services: str = ""
    user_notice: str = ""
    price_note: str = ""
    funding: str = "own"
    condition: str = "normal"
    sharing: str = "external"
    not_shared_reason: str = ""
    not_shared_approver: str = ""
    class_codes: tuple[tuple[str, str], ...] = ()


LONGEST: dict[str, int] = {
    "code": 60,
    "name_zh": 120,
    "name_en": 160,
    "address": 200,
    "contact": 120,
    "about_zh": 4000,
    "campus": 60,
    "about_en": 4000,
    "place": 120,
    "inventory_number": 60,
    "origin_country": 60,
    "manufacturer": 120,
    "model": 120,
    "specifications": 4000,
    "functions": 4000,
    "services": 4000,
    "user_notice": 4000,
    "price_note": 2000,
    "not_shared_reason": 200,
    "not_shared_approver": 120,
}
"""Characters that a text may have."""

LONGEST_BASE_CODE = 40
LONGEST_CLASS_CODE = 30

CHOICES: dict[str, tuple[str, ...]] = {
    "source": SOURCES,
    "category": CATEGORIES,
    "funding": FUNDINGS,
    "condition": CONDITIONS,
    "sharing": SHARINGS,
}

Form = BaseForm | LabForm | UnitForm | AssetForm


def reasons_against_base(form: BaseForm) -> list[Reason]:
    found = _texts(form) + _code(form.code) + _chosen("kind", form.kind, BASE_KINDS) + _named(form.name_zh)
    return found if len(form.code) <= LONGEST_BASE_CODE else [*found, Invalid("code", "too_long")]


def reasons_against_lab(form: LabForm) -> list[Reason]:
    found = _texts(form) + _code(form.code) + _named(form.name_zh)
    if form.seats is not None and not 0 <= form.seats <= MOST_SEATS:
        found.append(Invalid("seats", "out_of_range"))
    return found


def reasons_against_unit(form: UnitForm) -> list[Reason]:
    """Every reason against what is written about a unit; a room and a machine are always one."""
    found = _texts(form) + _code(form.code) + _chosen("kind", form.kind, UNIT_KINDS) + _named(form.name_zh)
    if not 1 <= form.capacity <= MOST_CAPACITY:
        found.append(Invalid("capacity", "out_of_range"))
    elif form.kind in ("room", "machine") and form.capacity != 1:
        found.append(Invalid("capacity", "only_one"))
    found += [
        Invalid(name, "out_of_range")
        for name, minutes in (("setup_minutes", form.setup_minutes), ("cleaning_minutes", form.cleaning_minutes))
        if not 0 <= minutes <= MOST_MINUTES
    ]
    return found


def reasons_against_asset(form: AssetForm) -> list[Reason]:
    """Every reason against an asset form. Not sharing needs a reason and who approved it (国科发基〔2017〕289号)."""
    found = _texts(form)
    for name, known in CHOICES.items():
        found += _chosen(name, getattr(form, name), known)
    if form.original_value_fen is not None and not 0 <= form.original_value_fen <= MOST_FEN:
        found.append(Invalid("original_value", "out_of_range"))
    for name in ("started_on", "accepted_on", "registered_on"):
        day = getattr(form, name)
        if day is not None and not EARLIEST_DAY <= day < LATEST_DAY:
            found.append(Invalid(name, "out_of_range"))
    if form.sharing == "none":
        found += [
            Invalid(name, "missing")
            for name in ("not_shared_reason", "not_shared_approver")
            if not getattr(form, name).strip()
        ]
    return found + _class_codes(form)


def reasons_against_day(name: str, day: date) -> list[Reason]:
    return [] if EARLIEST_DAY <= day < LATEST_DAY else [Invalid(name, "out_of_range")]


def differences(before: Form, after: Form) -> dict[str, tuple[object, object]]:
    """The fields in which two forms of one kind differ: name to (before, after)."""
    return {
        each.name: (getattr(before, each.name), getattr(after, each.name))
        for each in fields(after)
        if getattr(before, each.name) != getattr(after, each.name)
    }


def is_plain(text: str) -> bool:
    """Whether both databases can keep a text: no NUL, no lone surrogate, no control character but line ends and tabs."""
    return not any((ord(sign) < 32 and sign not in "\n\r\t") or 0xD800 <= ord(sign) <= 0xDFFF for sign in text)


def _texts(form: Form) -> list[Reason]:
    found: list[Reason] = []
    for each in fields(form):
        text = getattr(form, each.name)
        if not isinstance(text, str):
            continue
        if not is_plain(text):
            found.append(Invalid(each.name, "unreadable"))
        elif each.name in LONGEST and len(text) > LONGEST[each.name]:
            found.append(Invalid(each.name, "too_long"))
    return found


def _code(code: str) -> list[Reason]:
    if not code.strip():
        return [Invalid("code", "missing")]
    return [] if code == " ".join(code.split()) else [Invalid("code", "spaces")]


def _named(name_zh: str) -> list[Reason]:
    return [] if name_zh.strip() else [Invalid("name_zh", "missing")]


def _chosen(name: str, value: str, known: tuple[str, ...]) -> list[Reason]:
    return [] if value in known else [Invalid(name, "unknown")]


def _class_codes(form: AssetForm) -> list[Reason]:
    found: list[Reason] = []
    for scheme, code in form.class_codes:
        found += _chosen("class_codes", scheme, SCHEMES)
        if not code.strip():
            found.append(Invalid("class_codes", "missing"))
        elif len(code) > LONGEST_CLASS_CODE:
            found.append(Invalid("class_codes", "too_long"))
        elif not is_plain(code):
            found.append(Invalid("class_codes", "unreadable"))
    schemes = [scheme for scheme, _ in form.class_codes]
    if len(set(schemes)) < len(schemes):
        found.append(Invalid("class_codes", "twice"))
    return list(dict.fromkeys(found))
