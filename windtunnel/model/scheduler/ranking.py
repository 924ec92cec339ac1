"""Ranking: the best of the nodes that take a pod, by all scores together.

Nodes that have everything in common that a score looks at have one total, worked out once. Only the columns are looked
at for every node.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from windtunnel.model.scheduler.framework import SKIP, Score
from windtunnel.model.scheduler.node_info import NodeInfo, PodInfo
from windtunnel.model.scheduler.selection import Selection
from windtunnel.model.scheduler.snapshot import Snapshot
from windtunnel.model.scheduler.verdicts import Scored, Verdict, Verdicts
from windtunnel.model.sim.choices import Choices

TIE_POINT = "scheduler tie"

Worth = Mapping[Any, int]


def best(
    pod: PodInfo,
    nodes: Selection,
    likes: list[int],
    found: Mapping[int, Verdict],
    verdicts: Verdicts,
    scores: Sequence[tuple[Score, int]],
    snapshot: Snapshot,
    choices: Choices,
) -> NodeInfo:
    """The node with the highest total; of equals the one that the choice falls on, by the order of the nodes.

    likes are the numbers that alike nodes share, found the verdicts on them; scores are those that are asked about each
    single node, with their weights. O(nodes * scores).
    """
    kinds: list[Any] = likes
    totals: dict[Any, int] = alike_totals(likes, found, verdicts)
    columns, worths = other_scores(pod, nodes, verdicts.other_scores, scores, snapshot)
    if columns:
        of_likes, totals = totals, {}
        kinds = list(zip(likes, *columns, strict=True))
        for kind in dict.fromkeys(kinds):
            total = of_likes[kind[0]]
            for place, worth in enumerate(worths, 1):
                total += worth[kind[place]]
            totals[kind] = total
    highest = max(totals.values())
    winners = [kind for kind, total in totals.items() if total == highest]
    # Without deviations every answer is the first.
    if choices.deviations and (count := sum(map(kinds.count, winners))) > 1:
        places = [place for place, kind in enumerate(kinds) if totals[kind] == highest]
        return nodes[places[choices(TIE_POINT, count)]]
    return nodes[min(map(kinds.index, winners))]


def alike_totals(
    likes: list[int], found: Mapping[int, Verdict], verdicts: Verdicts
) -> dict[int, int]:
    """The total of each sort of node by the scores that are the same for alike nodes. O(nodes + sorts * scores)."""
    totals = {like: found[like].points for like in dict.fromkeys(likes)}
    if len({found[like].raw for like in totals}) > 1:
        for place, (plugin, _, weight) in enumerate(verdicts.relative):
            worth = normalised(plugin, weight, [found[like].raw[place] for like in totals])
            for like in totals:
                totals[like] += worth[found[like].raw[place]]
    return totals


def other_scores(
    pod: PodInfo,
    nodes: Selection,
    known: Sequence[Scored],
    scores: Sequence[tuple[Score, int]],
    snapshot: Snapshot,
) -> tuple[list[Sequence[Any]], list[Worth]]:
    """What each node has in the eyes of the other scores, and what that is worth; nothing where all have the same."""
    columns: list[Sequence[Any]] = []
    worths: list[Worth] = []
    asked = list(known)
    for plugin, weight in scores:
        state = plugin.prepare(pod, nodes, snapshot)
        if state is not SKIP:
            asked.append((plugin, state, weight))
    for plugin, state, weight in asked:
        column: Sequence[Any]
        if hasattr(plugin, "worth"):
            column = plugin.traits(state, nodes)  # type: ignore[attr-defined]
            worth = {trait: weight * points for trait, points in plugin.worth(state).items()}
        else:
            column = [plugin.score(state, pod, node) for node in nodes]
            worth = normalised(plugin, weight, column)
        if len(worth) > 1:
            columns.append(column)
            worths.append(worth)
    return columns, worths


def normalised(plugin: Score, weight: int, scores: Sequence[int]) -> dict[int, int]:
    """What each score is worth, given all that there are. O(scores)."""
    values = list(dict.fromkeys(scores))
    points = plugin.normalise(values)
    return {value: weight * each for value, each in zip(values, points, strict=True)}
