"""When a CronJob runs: a schedule of five fields, or one of the words that stand for one.

The fields are minute, hour, day of the month, month and day of the week, each a list of numbers, ranges and
steps; months and weekdays have names too. `?` is `*`. `@every 90s` counts from one run to the next. A zone may
stand in front (`TZ=Europe/Berlin`), as old schedules have it.

Not modelled: that the zone exists.
"""

from __future__ import annotations

import re
from functools import lru_cache

from attrs import frozen

from windtunnel.model.api.selectors.requirement import parse_integer

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_WORDS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_FIELDS: tuple[tuple[str, int, int, tuple[str, ...], int], ...] = (
    ("minute", 0, 59, (), 0),
    ("hour", 0, 23, (), 0),
    ("day of month", 1, 31, (), 0),
    ("month", 1, 12, _MONTHS, 1),
    ("day of week", 0, 6, _WEEKDAYS, 0),
)
_UNITS_MS = {"ns": 1e-6, "us": 1e-3, "µs": 1e-3, "ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000}
_LONGEST_MS = (2**63 - 1) // 1_000_000
"""Durations are 64-bit integers of nanoseconds."""

_is_duration = re.compile(r"([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+").fullmatch
_duration_parts = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ns|us|µs|ms|s|m|h)").findall


class ScheduleError(ValueError):
    """A text is not a schedule; the sentence says why."""


@frozen
class Schedule:
    """The minutes at which something runs, or the time from one run to the next.

    A day must be in `days` and in `weekdays`, but if both are restricted, one of them is enough.
    """

    minutes: tuple[int, ...] = ()
    hours: tuple[int, ...] = ()
    days: tuple[int, ...] = ()
    months: tuple[int, ...] = ()
    weekdays: tuple[int, ...] = ()
    any_day: bool = False
    any_weekday: bool = False
    every_ms: int = 0
    zone: str = ""


@lru_cache(maxsize=256)
def parse_schedule(text: str) -> Schedule:
    """Return the schedule that the text stands for; ScheduleError if it is none. O(length)."""
    if not text.strip():
        raise ScheduleError("empty spec string")
    zone = ""
    if text.startswith(("TZ=", "CRON_TZ=")):
        prefix, space, text = text.partition(" ")
        zone = prefix.partition("=")[2]
        if not space:
            raise ScheduleError("a zone without a schedule behind it")
        text = text.strip()
    if text.startswith("@"):
        if text.startswith("@every "):
            return Schedule(every_ms=_duration_ms(text.removeprefix("@every ")), zone=zone)
        if text not in _WORDS:
            raise ScheduleError(f"unrecognized descriptor: {text}")
        text = _WORDS[text]
    parts = text.split()
    if len(parts) != len(_FIELDS):
        raise ScheduleError(f"expected exactly 5 fields, found {len(parts)}: {parts}")
    minutes, hours, days, months, weekdays = (
        _field(part, *field) for part, field in zip(parts, _FIELDS, strict=True)
    )
    return Schedule(
        minutes, hours, days, months, weekdays, _is_any(parts[2]), _is_any(parts[4]), 0, zone
    )


def _is_any(part: str) -> bool:
    return any(each in ("*", "?") for each in part.split(","))


def _duration_ms(text: str) -> int:
    if not _is_duration(text):
        raise ScheduleError(f"failed to parse duration @every {text}")
    total = sum(float(number) * _UNITS_MS[unit] for number, unit in _duration_parts(text))
    if total > _LONGEST_MS:
        raise ScheduleError(f"failed to parse duration @every {text}")
    return max(1_000, int(total) // 1_000 * 1_000)


def _field(
    part: str, title: str, low: int, high: int, names: tuple[str, ...], first: int
) -> tuple[int, ...]:
    found: dict[int, None] = {}
    for entry in part.split(","):
        found.update(dict.fromkeys(_range(entry, title, low, high, names, first)))
    return tuple(sorted(found))


def _range(
    entry: str, title: str, low: int, high: int, names: tuple[str, ...], first: int
) -> range:
    span, slash, step_text = entry.partition("/")
    step = _number(step_text, title, (), 0) if slash else 1
    if step == 0:
        raise ScheduleError(f"step of range should be a positive number: {entry}")
    if span in ("*", "?"):
        return range(low, high + 1, step)
    begin_text, dash, end_text = span.partition("-")
    begin = _number(begin_text, title, names, first)
    end = _number(end_text, title, names, first) if dash else (high if slash else begin)
    if begin < low or end > high:
        raise ScheduleError(f"{title} {entry} is not between {low} and {high}")
    if begin > end:
        raise ScheduleError(f"beginning of {title} range is beyond its end: {entry}")
    return range(begin, end + 1, step)


def _number(text: str, title: str, names: tuple[str, ...], first: int) -> int:
    if text.lower() in names:
        return names.index(text.lower()) + first
    number = parse_integer(text)
    if number is None or not text.isdigit():
        raise ScheduleError(f"{title}: failed to parse {text!r} as a number")
    return number
