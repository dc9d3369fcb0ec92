"""The catalogue's words in the page's language: kinds, choices, fields, weekly hours, and what is wrong in a sheet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from flask_babel import force_locale, gettext

from app.catalogue.rules.sheet import CLASS, COLUMNS, MOST_COLUMNS, MOST_ROWS, Fault, Words
from app.entrypoints.formats import is_chinese
from app.entrypoints.wording.fields import problem_text
from app.timetable.rules.hours import Opening


def base_kinds() -> dict[str, str]:
    return {
        "training_base": gettext("Training base"),
        "laboratory": gettext("Laboratory"),
        "factory_in_school": gettext("Factory-in-school"),
        "school_in_factory": gettext("School-in-factory"),
        "practice_centre": gettext("Industry-education practice centre"),
    }


def unit_kinds() -> dict[str, str]:
    return {
        "room": gettext("Whole lab"),
        "machine": gettext("Machine"),
        "pool": gettext("Set of identical machines"),
        "stations": gettext("Stations"),
    }


def sharings() -> dict[str, str]:
    return {
        "external": gettext("Open to members"),
        "internal": gettext("Owners only"),
        "none": gettext("Not shared"),
    }


def sources() -> dict[str, str]:
    return {
        "purchased": gettext("Purchased"),
        "developed": gettext("Developed by the owner"),
        "donated": gettext("Donated"),
        "quasi_donated": gettext("Quasi-donated (a company's, used by the school)"),
        "other": gettext("Other"),
    }


def categories() -> dict[str, str]:
    return {"general": gettext("General equipment"), "special": gettext("Special equipment")}


def fundings() -> dict[str, str]:
    return {
        "central": gettext("Central government"),
        "local": gettext("Local government"),
        "own": gettext("Own funds"),
        "other": gettext("Other"),
    }


def conditions() -> dict[str, str]:
    return {
        "normal": gettext("Working"),
        "occasional_faults": gettext("Faults now and then"),
        "frequent_faults": gettext("Frequent faults"),
        "under_repair": gettext("Waiting for repair"),
        "to_be_scrapped": gettext("Waiting to be scrapped"),
    }


def schemes() -> dict[str, str]:
    return {
        "gbt_14885_2022": "GB/T 14885-2022",
        "gbt_14885_2010": "GB/T 14885-2010",
        "moe_instruments": gettext("Ministry of Education instrument classes"),
        "nrii": gettext("National research instrument platform"),
        "own": gettext("Own numbering"),
    }


def parts() -> dict[str, str]:
    return {
        "host": gettext("Host (where it stands)"),
        "operator": gettext("Operator (who runs it)"),
        "keeper": gettext("Keeping member"),
    }


def choices() -> dict[str, dict[str, str]]:
    """For each field of choices, the values and their words."""
    return {
        "kind": unit_kinds(),
        "sharing": sharings(),
        "source": sources(),
        "category": categories(),
        "funding": fundings(),
        "condition": conditions(),
    }


def fields() -> dict[str, str]:
    """Every field of the catalogue as the pages and sheets call it."""
    return {
        "base_code": gettext("Base code"),
        "campus": gettext("Campus"),
        "calendar_member_id": gettext("Goes by the calendar of"),
        "lab_code": gettext("Lab code"),
        "kind": gettext("Kind of unit"),
        "code": gettext("Code"),
        "name_zh": gettext("Chinese name"),
        "name_en": gettext("English name"),
        "address": gettext("Address"),
        "contact": gettext("Published contact"),
        "about_zh": gettext("About it, in Chinese"),
        "about_en": gettext("About it, in English"),
        "is_public": gettext("In the public catalogue"),
        "place": gettext("Place (building, room)"),
        "seats": gettext("Seats"),
        "capacity": gettext("How many there are"),
        "needs_approval": gettext("Needs approval"),
        "holds_while_waiting": gettext("Holds the time while waiting"),
        "setup_minutes": gettext("Set-up minutes before"),
        "cleaning_minutes": gettext("Cleaning minutes after"),
        "sharing": gettext("Sharing"),
        "not_shared_reason": gettext("Why it is not shared"),
        "not_shared_approver": gettext("Who approved that"),
        "inventory_number": gettext("Inventory number"),
        "original_value_fen": gettext("Original value (yuan)"),
        "original_value": gettext("Original value (yuan)"),
        "source": gettext("Source"),
        "category": gettext("General or special"),
        "funding": gettext("Paid from"),
        "condition": gettext("Condition"),
        "origin_country": gettext("Country of origin"),
        "manufacturer": gettext("Manufacturer"),
        "model": gettext("Model"),
        "started_on": gettext("In use since"),
        "accepted_on": gettext("Accepted on"),
        "registered_on": gettext("Registered on"),
        "specifications": gettext("Main specifications"),
        "functions": gettext("Main functions"),
        "services": gettext("Services offered"),
        "user_notice": gettext("Rules for users"),
        "price_note": gettext("Price note"),
        "class_codes": gettext("Class codes"),
        "retired_on": gettext("Retired from"),
        **{CLASS + scheme: gettext("Class code %(scheme)s", scheme=words) for scheme, words in schemes().items()},
    }


def headings() -> list[str]:
    """The head of the sheet, in the order of its columns."""
    words = fields()
    return [words[column.field] for column in COLUMNS]


def sheet_words() -> Words:
    """How people may write a sheet: in Chinese, in English, or with our own short codes."""
    known: dict[str, str] = {}
    known_choices: dict[str, dict[str, str]] = {}
    for locale in ("zh", "en"):
        with force_locale(locale):
            words = fields()
            for column in COLUMNS:
                known |= {words[column.field].lower(): column.field, column.field: column.field}
            for name, labels in choices().items():
                into = known_choices.setdefault(name, {})
                into |= {label.lower(): value for value, label in labels.items()} | {value: value for value in labels}
    return Words(
        known, known_choices, frozenset({"是", "yes", "y", "true", "1"}), frozenset({"否", "no", "n", "false", "0"})
    )


def fault_text(fault: Fault) -> str:
    """What is wrong in one place of a sheet, without the place."""
    texts = {
        "empty": gettext("The sheet is empty: it needs a head and at least one row."),
        "too_many_rows": gettext("The sheet has more than %(most)s rows. Please divide it.", most=f"{MOST_ROWS:,}"),
        "too_many_columns": gettext("The sheet has more than %(most)s columns.", most=MOST_COLUMNS),
        "unknown_column": gettext("There is no column called “%(content)s”.", content=fault.content),
        "empty_heading": gettext("A column has no heading."),
        "column_twice": gettext("This column stands there twice."),
        "column_missing": gettext("This column is missing."),
        "ragged": gettext(
            "The row has %(cells)s cells, the head %(head)s.",
            cells=fault.content.partition("/")[0],
            head=fault.content.partition("/")[2],
        ),
        "formula": gettext("A formula stands here. Please put in its value."),
        "twice": gettext("The same unit already stands in row %(row)s.", row=fault.content),
        "room_code": gettext("A whole lab has its lab's code; leave this empty."),
        "not_a_number": gettext("“%(content)s” is not a whole number.", content=fault.content),
        "not_an_amount": gettext("“%(content)s” is not an amount in yuan such as 1234.50.", content=fault.content),
        "not_a_day": gettext("“%(content)s” is not a day such as 2026-09-01.", content=fault.content),
        "not_yes_or_no": gettext("“%(content)s” is neither yes nor no.", content=fault.content),
        "no_such_base": gettext("There is no base with the code “%(content)s”.", content=fault.content),
        "no_such_lab": gettext(
            "There is no lab with the code “%(content)s” in this base, and no row that adds it.", content=fault.content
        ),
        "not_allowed": gettext("You may not bring in units for the base “%(content)s”.", content=fault.content),
        "fixed": gettext(
            "The kind of a unit stays: this one is “%(kind)s”.", kind=unit_kinds().get(fault.content, fault.content)
        ),
    }
    if fault.problem in texts:
        return texts[fault.problem]
    if fault.problem == "unknown" and fault.content:
        known = " · ".join(choices().get(fault.field, {}).values())
        return gettext("“%(content)s” is not one of: %(known)s.", content=fault.content, known=known)
    return problem_text(fault.problem)


def where_text(fault: Fault) -> str:
    """The place of a fault: row and column as the sheet shows them."""
    if fault.row == 0:
        return gettext("The whole sheet")
    if not fault.field:
        return gettext("Row %(row)s", row=fault.row)
    return gettext("Row %(row)s, column “%(column)s”", row=fault.row, column=fields().get(fault.field, fault.field))


_DAYS = ("一二三四五六日", ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"))


def hours_lines(openings: Sequence[Opening]) -> list[tuple[str, str]]:
    """Weekly hours with equal days together: (周一至周五, 08:00–21:00)."""
    by_day: dict[int, list[str]] = {}
    for opening in sorted(openings, key=lambda one: (one.weekday, one.start_minute)):
        by_day.setdefault(opening.weekday, []).append(f"{_clock(opening.start_minute)}–{_clock(opening.end_minute)}")
    joined = {day: gettext(", ").join(dict.fromkeys(texts)) for day, texts in by_day.items()}
    lines: list[tuple[list[int], str]] = []
    for day in sorted(joined):
        if lines and lines[-1][1] == joined[day] and lines[-1][0][-1] == day - 1:
            lines[-1][0].append(day)
        else:
            lines.append(([day], joined[day]))
    return [(_days(days), text) for days, text in lines]


def _days(days: Sequence[int]) -> str:
    first, last = days[0] - 1, days[-1] - 1
    if is_chinese():
        return f"周{_DAYS[0][first]}" if first == last else f"周{_DAYS[0][first]}至周{_DAYS[0][last]}"
    return _DAYS[1][first] if first == last else f"{_DAYS[1][first]}–{_DAYS[1][last]}"


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def joined_names(names: Iterable[str]) -> str:
    return gettext(", ").join(names)


def percent(share: int) -> str:
    """6000 → 60 %, 3333 → 33.33 %."""
    whole, rest = divmod(share, 100)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".") + " %" if rest else f"{whole} %"


def labels_of(words: Mapping[str, str]) -> list[tuple[str, str]]:
    return list(words.items())
