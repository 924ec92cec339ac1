"""A smaller scenario that breaks the same promise: our own delta debugging along the axes of a cluster.

A scenario is made lighter in every way that a person would try: all faults of a kind at once, then pieces, then single
actions; deviations, starting objects, nodes and servers, replicas, arguments, time. Names in actions are symbolic, so
what remains keeps its meaning. It ends when no single action, deviation or object can be left out, or at a limit.

Every scenario is tried once, and a try ends as soon as the promise is broken. Tries do not share prefixes: coroutines
cannot be copied, and to fork a process costs as much as to bring a cluster up.
"""

from windtunnel.strategies.shrinking.shrinker import LIMIT_RUNS, Shrinking, shrink, shrink_fully
from windtunnel.strategies.shrinking.size import Size, size_of

__all__ = ["LIMIT_RUNS", "Shrinking", "Size", "shrink", "shrink_fully", "size_of"]
