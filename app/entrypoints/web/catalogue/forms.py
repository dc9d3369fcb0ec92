"""The catalogue's forms: what may be typed about a base, lab, unit, its asset and its owners; the rules judge what it means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any

from flask import request
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import InputRequired, Optional

from app.catalogue.rules.form import SCHEMES, AssetForm, BaseForm, Form, LabForm, UnitForm, differences
from app.catalogue.rules.ownership import PARTS, Stake
from app.catalogue.rules.sheet import CLASS
from app.entrypoints.web.catalogue import words
from app.entrypoints.wording import sentences
from app.entrypoints.wording.fields import problem_text
from app.foundation.identifiers import LARGEST_ID, id_from_text
from app.foundation.money import fen_from_yuan, yuan
from app.foundation.refusal import Invalid, Reason

BLANK_STAKES = 3
MOST_STAKES_READ = 60


def required() -> InputRequired:
    return InputRequired(lazy_gettext("Please fill this in."))


def whole_number(_form: FlaskForm, field: Any) -> None:
    if field.data is not None and abs(field.data) > LARGEST_ID:
        raise ValidationError(gettext("This number is too large."))


class WordedForm(FlaskForm):
    """A form whose labels are the catalogue's words for its fields."""

    version = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = words.fields() | words.parts()
        labels |= {CLASS + scheme: label for scheme, label in words.schemes().items()}
        for one in self:
            if one.short_name in labels:
                one.label.text = labels[one.short_name]
            if isinstance(one, SelectField):  # radio buttons are one too; neither can be left empty
                one.flags.required = True

    @property
    def stated_version(self) -> int:
        """The version the page was made from; 0, which no thing ever has, where none was sent or it is unreadable."""
        return id_from_text(request.form.get(self.version.name, "")) or 0

    def show(self, reasons: Iterable[Reason]) -> list[str]:
        """Hang each reason on the field it is about; the sentences of the others."""
        rest: list[Reason] = []
        for reason in reasons:
            name = reason.field if isinstance(reason, Invalid) else ""
            if isinstance(reason, Invalid) and name in self._fields:
                one = self._fields[name]
                one.errors = [*one.errors, problem_text(reason.problem)]
            else:
                rest.append(reason)
        return sentences(rest)

    def stale_lines(self, mine: Form, kept: Form) -> list[tuple[str, str]]:
        """What this form and the thing as it is now say differently: (field, what is kept now)."""
        labels, known = words.fields(), words.choices()
        return [
            (labels.get(name, name), (known.get(name) or self._offered(name)).get(str(now or ""), str(now or "—")))
            for name, (_, now) in differences(mine, kept).items()
            if name in self._fields
        ]

    def _offered(self, name: str) -> dict[str, str]:
        """The words of a field's own choices."""
        one = self._fields[name]
        return {str(key): str(label) for key, label in one.choices} if isinstance(one, SelectField) else {}


class BaseEntry(WordedForm):
    """A base; host, operator and keeping member only when it is added."""

    code = StringField(validators=[required()])
    kind = SelectField()
    name_zh = StringField(validators=[required()])
    name_en = StringField(validators=[Optional()])
    address = StringField(validators=[Optional()])
    contact = StringField(
        validators=[Optional()],
        description=lazy_gettext("The only line about a person that the public catalogue shows; a telephone will do."),
    )
    about_zh = TextAreaField(validators=[Optional()])
    about_en = TextAreaField(validators=[Optional()])
    is_public = BooleanField()
    campus = StringField(
        validators=[Optional()],
        description=lazy_gettext("As the bell tables call it: which of the bells ring here."),
    )
    calendar_member_id = SelectField(
        description=lazy_gettext("Its terms, days off and bells count here. Bookings keep their clock times."),
    )

    def __init__(self, members: Sequence[tuple[int, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.calendar_member_id.choices = [
            ("", gettext("Goes by the calendar of its host")),
            *((str(member_id), name) for member_id, name in members),
        ]
        if self.calendar_member_id.data in (None, "None"):
            self.calendar_member_id.data = ""
        self.kind.label.text = gettext("Kind of base")
        self.kind.choices = words.labels_of(words.base_kinds())

    def written(self) -> BaseForm:
        texts = _texts(self, BaseForm)
        whose = id_from_text(texts.pop("calendar_member_id", ""))
        return BaseForm(**texts, is_public=bool(self.is_public.data), calendar_member_id=whose)


class NewBaseEntry(BaseEntry):
    """A base that is being added."""

    host = SelectField()
    operator = SelectField()
    keeper = SelectField()

    def __init__(self, members: Sequence[tuple[int, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(members, *args, **kwargs)
        for part in PARTS:
            self[part].choices = [(str(member_id), name) for member_id, name in members]

    def parties(self) -> dict[str, int]:
        return {part: id_from_text(self[part].data or "") or 0 for part in PARTS}


class LabEntry(WordedForm):
    """A lab."""

    code = StringField(validators=[required()])
    name_zh = StringField(validators=[required()])
    name_en = StringField(validators=[Optional()])
    place = StringField(validators=[Optional()])
    seats = IntegerField(validators=[Optional(), whole_number])

    def written(self) -> LabForm:
        return LabForm(**_texts(self, LabForm), seats=self.seats.data)


class UnitEntry(WordedForm):
    """A unit with the national instrument form of its asset."""

    kind = RadioField()
    code = StringField(validators=[required()])
    name_zh = StringField(validators=[required()])
    name_en = StringField(validators=[Optional()])
    capacity = IntegerField(validators=[required(), whole_number])
    needs_approval = BooleanField()
    holds_while_waiting = BooleanField()
    setup_minutes = IntegerField(validators=[required(), whole_number])
    cleaning_minutes = IntegerField(validators=[required(), whole_number])
    sharing = RadioField()
    not_shared_reason = StringField(validators=[Optional()])
    not_shared_approver = StringField(validators=[Optional()])
    inventory_number = StringField(validators=[Optional()])
    original_value = StringField(validators=[Optional()])
    source = SelectField()
    category = SelectField()
    funding = SelectField()
    condition = SelectField()
    origin_country = StringField(validators=[Optional()])
    manufacturer = StringField(validators=[Optional()])
    model = StringField(validators=[Optional()])
    started_on = DateField(validators=[Optional()])
    accepted_on = DateField(validators=[Optional()])
    registered_on = DateField(validators=[Optional()])
    specifications = TextAreaField(validators=[Optional()])
    functions = TextAreaField(validators=[Optional()])
    services = TextAreaField(validators=[Optional()])
    user_notice = TextAreaField(validators=[Optional()])
    price_note = TextAreaField(validators=[Optional()])
    class_gbt_14885_2022 = StringField(validators=[Optional()])
    class_gbt_14885_2010 = StringField(validators=[Optional()])
    class_moe_instruments = StringField(validators=[Optional()])
    class_nrii = StringField(validators=[Optional()])
    class_own = StringField(validators=[Optional()])

    def __init__(self, *args: Any, kind_already: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = words.choices()
        for name, labels in known.items():
            self[name].choices = list(labels.items())
        self.kind.choices = [pair for pair in self.kind.choices if pair[0] != "room"]
        fixed = {"": (), "room": ("kind", "code", "name_zh", "name_en", "capacity"), "machine": ("kind", "capacity")}
        for name in fixed.get(kind_already, ("kind",)):
            del self[name]

    def validate_original_value(self, field: Any) -> None:
        try:
            _fen(field.data)
        except ValueError:
            raise ValidationError(gettext("This is not an amount in yuan such as 1234.50.")) from None

    def written(self) -> UnitForm:
        return UnitForm(
            **_texts(self, UnitForm),
            capacity=self._whole("capacity", 1),
            needs_approval=bool(self.needs_approval.data),
            holds_while_waiting=bool(self.holds_while_waiting.data),
            setup_minutes=self._whole("setup_minutes", 0),
            cleaning_minutes=self._whole("cleaning_minutes", 0),
        )

    def written_asset(self) -> AssetForm:
        codes = ((scheme, _clean(self[CLASS + scheme].data)) for scheme in SCHEMES)
        return AssetForm(
            **_texts(self, AssetForm),
            original_value_fen=_fen(self.original_value.data),
            started_on=self.started_on.data,
            accepted_on=self.accepted_on.data,
            registered_on=self.registered_on.data,
            class_codes=tuple(pair for pair in codes if pair[1]),
        )

    def _whole(self, name: str, otherwise: int) -> int:
        number = self[name].data if name in self._fields else None
        return otherwise if number is None else number

    def show(self, reasons: Iterable[Reason]) -> list[str]:
        """As usual; a reason against the class codes stands by the first that was given."""
        first = next((CLASS + scheme for scheme in SCHEMES if self[CLASS + scheme].data), CLASS + SCHEMES[0])
        moved = [
            Invalid(first, reason.problem) if isinstance(reason, Invalid) and reason.field == "class_codes" else reason
            for reason in reasons
        ]
        return super().show(moved)


def unit_values(unit: UnitForm, asset: AssetForm) -> dict[str, Any]:
    """What the unit form shows of a kept unit."""
    shown = {each.name: getattr(form, each.name) for form in (asset, unit) for each in fields(form)}
    shown["original_value"] = (
        "" if asset.original_value_fen is None else yuan(asset.original_value_fen).replace(",", "")
    )
    return shown | {CLASS + scheme: code for scheme, code in asset.class_codes}


class Stakes:
    """The owners' rows as typed: member, share in percent, from and until; empty rows count for nothing."""

    def __init__(self, rows: Sequence[Mapping[str, str]]) -> None:
        self.rows = [dict(row) for row in rows]
        self.stakes: list[Stake] = []
        self.problems: list[str] = []

    @classmethod
    def of(cls, stakes: Sequence[Stake], today: date) -> Stakes:
        rows = [
            {
                "member": str(stake.member_id),
                "share": words.percent(stake.share).removesuffix(" %"),
                "from": stake.from_on.isoformat(),
                "until": stake.until_on.isoformat() if stake.until_on else "",
            }
            for stake in stakes
        ]
        blank = {"member": "", "share": "", "from": "" if rows else today.isoformat(), "until": ""}
        return cls([*rows, *([blank] * BLANK_STAKES)])

    @classmethod
    def typed(cls, sent: MultiDict[str, str]) -> Stakes:
        """Read what was sent; `problems` says what cannot be read, with the row's number."""
        columns = [sent.getlist(name)[:MOST_STAKES_READ] for name in ("member", "share", "from", "until")]
        rows = [
            dict(zip(("member", "share", "from", "until"), (text.strip()[:40] for text in texts), strict=True))
            for texts in zip(*columns, strict=False)
        ]
        found = cls(rows)
        for number, row in enumerate(found.rows, start=1):
            if row["member"] or row["share"]:
                found._read(number, row)
        return found

    def _read(self, number: int, row: Mapping[str, str]) -> None:
        member, share = id_from_text(row["member"]), _share(row["share"])
        start, end = _day(row["from"]), _day(row["until"])
        wrong = [
            (member is None, gettext("Row %(row)s: choose the member.", row=number)),
            (share is None, gettext("Row %(row)s: the share is a number such as 60 or 33.33.", row=number)),
            (start is None, gettext("Row %(row)s: the first day is missing or cannot be read.", row=number)),
            (bool(row["until"]) and end is None, gettext("Row %(row)s: the last day cannot be read.", row=number)),
        ]
        self.problems += [sentence for is_wrong, sentence in wrong if is_wrong]
        if member is not None and share is not None and start is not None:
            self.stakes.append(Stake(member, share, start, end))


def _texts(form: FlaskForm, of: type[Any]) -> dict[str, Any]:
    """The text fields of a form that the given kind of form knows too, without blanks at their ends."""
    named = {each.name for each in fields(of)}
    texts = {
        one.short_name: _clean(one.data)
        for one in form
        if one.short_name in named and isinstance(one, StringField | TextAreaField | SelectField | RadioField)
    }
    if of is UnitForm:  # what a kept unit's form does not ask for, the action takes from what is kept
        return {"kind": "room", "code": "-", "name_zh": "-"} | texts
    return texts


def _clean(text: str | None) -> str:
    return (text or "").replace("\r\n", "\n").strip()


def _fen(text: str | None) -> int | None:
    return fen_from_yuan(text) if text and text.strip() else None


def _share(text: str) -> int | None:
    """Percent with at most two decimals as hundredths of a percent."""
    try:
        hundredths = Decimal(text.removesuffix("%").strip()) * 100
    except ArithmeticError:
        return None
    if not hundredths.is_finite() or abs(hundredths) > 10**6 or hundredths != int(hundredths):
        return None
    return int(hundredths)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
