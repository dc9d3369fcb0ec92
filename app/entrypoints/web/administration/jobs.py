"""Jobs, for an administrator: what runs by the clock, when it last ran, when it runs next, and how it went."""

from __future__ import annotations

from datetime import timedelta

from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from app.entrypoints import clock, exports, gate
from app.entrypoints.formats import moment_text
from app.entrypoints.web.blueprint import page, web
from app.outbox.rules.job import KeptJob, standing_of_all
from app.outbox.store import jobs as store


def job_title(name: str) -> str:
    """A job in words; one without words of its own is shown by its name."""
    titles = {
        "deliver": gettext("Send messages"),
        "digest": gettext("Daily digests"),
        "approvals": gettext("Approvals: time to answer that ran out"),
        "line": gettext("Waiting list: offers that ran out"),
        "sweep": gettext("Waiting list: look again"),
        "reminders": gettext("Reminders: what people must have and what soon ends"),
        "presence": gettext("Who comes, and what nobody comes for"),
        "judge": gettext("Judge what is over"),
        "faults": gettext("Faults: what should work by now"),
    }
    return titles.get(name, name)


def words_text(words: str) -> str:
    """What a run did, such as `sent: 3, dead: 1`, in the page's language; an error in its own words."""
    titles = {
        "spread": gettext("new messages"),
        "digests": gettext("digests"),
        "offers": gettext("offers that ran out"),
        "held": gettext("held for somebody"),
        "reminders": gettext("reminders"),
        "watched": gettext("watched for"),
        "released": gettext("given on, for nobody came"),
        "judged": gettext("judged"),
        "blocked": gettext("stay blocked"),
        "sent": gettext("sent"),
        "failed": gettext("tried in vain"),
        "dead": gettext("given up for good"),
        "dropped": gettext("had nobody to go to"),
        "expired": gettext("came too late"),
    }
    parts = [part.partition(": ") for part in words.split(", ")]
    if not all(name in titles and number.isdigit() for name, _, number in parts):
        return words
    return gettext(", ").join(f"{titles[name]}{gettext(':')} {number}" for name, _, number in parts)


def standing_title(standing: str) -> str:
    return {"well": gettext("Well"), "late": gettext("Late"), "failing": gettext("Failing")}[standing]


SIGNS = {"well": "done", "late": "waiting", "failing": "clash"}


@web.get("/admin/jobs")
@gate.needs("job.see")
def jobs() -> Response | tuple[str, int]:
    """Every job with its last and next run."""
    now, kept = clock.now(), store.jobs()
    if chosen := exports.wanted():
        head = [gettext("Job"), gettext("How it stands"), gettext("Last run"), gettext("Next run at the latest")]
        head += [gettext("Runs"), gettext("Failures in a row"), gettext("Last words")]
        rows = (
            (
                job_title(job.name),
                standing_title(job.standing(now)),
                job.ended_at,
                job.next_at,
                job.runs,
                job.failures,
                words_text(job.last_words),
            )
            for job in kept
        )
        return exports.as_file(chosen, gettext("Jobs"), head, rows)
    return page(
        "outbox/jobs.html",
        jobs=kept,
        now=now,
        whole=standing_of_all(kept, now),
        runner=next((job.runner for job in kept), ""),
        job_title=job_title,
        standing_title=standing_title,
        age_text=lambda job: age_text(job.age(now)),
        every_text=every_text,
        words_text=words_text,
        signs=SIGNS,
        moment_text=moment_text,
    )


def age_text(age: timedelta | None) -> str:
    """How long ago something was."""
    return gettext("never") if age is None else gettext("%(time)s ago", time=span_text(age))


def every_text(job: KeptJob) -> str:
    return gettext("every %(time)s", time=span_text(timedelta(seconds=job.every_seconds)))


def span_text(span: timedelta) -> str:
    """A length of time in one unit: seconds, minutes, hours, days."""
    seconds = max(0, int(span.total_seconds()))
    if seconds < 120:
        return ngettext("%(num)s second", "%(num)s seconds", seconds)
    if seconds < 7200:
        return ngettext("%(num)s minute", "%(num)s minutes", seconds // 60)
    if seconds < 172_800:
        return ngettext("%(num)s hour", "%(num)s hours", seconds // 3600)
    return ngettext("%(num)s day", "%(num)s days", seconds // 86_400)
