"""Fewer deviations: all of a point at once, or single ones; what must stay becomes as small as will do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import evolve

from windtunnel.model.cluster.scenario import Scenario
from windtunnel.strategies.shrinking.chunks import fewer
from windtunnel.strategies.shrinking.trials import Trials

Answer = tuple[str, int, int]


def single_deviations(trials: Trials) -> None:
    """Leave out all of a point, then single answers. O(n) tries."""
    for point in list(trials.scenario.deviations):
        kept = {p: answers for p, answers in trials.scenario.deviations.items() if p != point}
        trials.attempt(evolve(trials.scenario, deviations=kept))
    fewer(trials, lambda scenario: _answers(scenario.deviations), _with, 1)


def smaller_deviations(trials: Trials) -> None:
    """Answer 1 where that will do. O(n) tries."""
    for number in range(len(_answers(trials.scenario.deviations))):
        answers = _answers(trials.scenario.deviations)
        if number < len(answers):
            point, nth, _ = answers[number]
            answers[number] = (point, nth, 1)
            trials.attempt(_with(trials.scenario, answers))


def _answers(deviations: Mapping[str, Mapping[int, int]]) -> list[Answer]:
    return [
        (p, nth, answer) for p, answers in deviations.items() for nth, answer in answers.items()
    ]


def _with(scenario: Scenario, answers: Iterable[Answer]) -> Scenario:
    deviations: dict[str, dict[int, int]] = {}
    for point, nth, answer in answers:
        deviations.setdefault(point, {})[nth] = answer
    return evolve(scenario, deviations=deviations)
