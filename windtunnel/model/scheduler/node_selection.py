"""Node selectors of a pod: which nodes it requires and which it prefers.

A NodeSelector is a choice of terms; a term is met when all its expressions are met by the node's labels and all its
field conditions by the node's name. A term with no conditions is met by nothing. A term that is not valid is an
error, but only if no other term is met.

Not modelled: fields other than metadata.name, which Kubernetes does not have either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from windtunnel.model.api.selectors.labels import Requirement, SelectorError, requirement
from windtunnel.model.objects.json import get
from windtunnel.model.objects.node import Node
from windtunnel.model.objects.pod import PodSpec

HOSTNAME = "kubernetes.io/hostname"
_FIELDS = ("metadata.name",)
_NODE_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt")


@frozen
class Term:
    """One term; error says why it is not valid."""

    expressions: tuple[Requirement, ...] = ()
    names: tuple[tuple[bool, str], ...] = ()
    error: str = ""

    def matches(self, node: Node) -> bool:
        """Whether a node meets every condition. O(conditions)."""
        for wanted, name in self.names:
            if (node.name == name) is not wanted:
                return False
        labels = node.metadata.labels
        return all(expression.matches(labels) for expression in self.expressions)

    @property
    def names_a_node(self) -> bool:
        """Whether the term asks for a node's own name, or for its host name. O(conditions)."""
        return bool(self.names) or any(each.key == HOSTNAME for each in self.expressions)


def _expression(json: Mapping[str, Any]) -> Requirement:
    operator = json.get("operator", "")
    if operator not in _NODE_OPERATORS:
        raise SelectorError(f'"{operator}" is not an operator of a node selector')
    return requirement(json.get("key", ""), operator, json.get("values") or ())


def _name(json: Mapping[str, Any]) -> tuple[bool, str]:
    key, operator = json.get("key", ""), json.get("operator", "")
    values: Sequence[str] = json.get("values") or ()
    if key not in _FIELDS:
        raise SelectorError(f'"{key}" is not a field that a node selector can ask for')
    if operator not in ("In", "NotIn") or len(values) != 1:
        raise SelectorError("a field condition is In or NotIn with exactly one value")
    return operator == "In", values[0]


def parse_term(json: Mapping[str, Any]) -> Term | None:
    """A term from its JSON; None for an empty one, which nothing meets. O(conditions)."""
    expressions = json.get("matchExpressions") or ()
    fields = json.get("matchFields") or ()
    if not expressions and not fields:
        return None
    try:
        labels = tuple(_expression(each) for each in expressions)
        return Term(labels, tuple(_name(each) for each in fields))
    except SelectorError as error:
        return Term(error=str(error))


@frozen
class NodeSelector:
    """A choice of terms."""

    terms: tuple[Term, ...]

    @property
    def errors(self) -> tuple[str, ...]:
        """What is not valid, by term. O(terms)."""
        return tuple(term.error for term in self.terms if term.error)

    def matches(self, node: Node) -> bool:
        """Whether a node meets one of the terms. O(conditions); SelectorError if none is met and one is not valid."""
        errors = []
        for term in self.terms:
            if term.error:
                errors.append(term.error)
            elif term.matches(node):
                return True
        if errors:
            raise SelectorError("; ".join(errors))
        return False

    @property
    def only_names(self) -> tuple[str, ...] | None:
        """The node names that every term insists on, or None where a term leaves the name open. O(terms)."""
        names: dict[str, None] = {}
        for term in self.terms:
            wanted = list(dict.fromkeys(name for is_in, name in term.names if is_in))
            if term.error or not wanted:
                return None
            if len(wanted) == 1:
                names[wanted[0]] = None
        return tuple(names) if self.terms else None

    @property
    def names_a_node(self) -> bool:
        """Whether a term asks for a node's own name, or for its host name. O(conditions)."""
        return any(term.names_a_node for term in self.terms)


def parse_node_selector(terms: Sequence[Mapping[str, Any]]) -> NodeSelector:
    """The selector of these terms; empty ones are left out. O(conditions)."""
    parsed = (parse_term(term) for term in terms)
    return NodeSelector(tuple(term for term in parsed if term is not None))


@frozen
class RequiredNodes:
    """Which nodes a pod can run on at all: its nodeSelector, and its required node affinity where it has one."""

    labels: Mapping[str, str]
    affinity: NodeSelector | None

    def matches(self, node: Node) -> bool:
        """Whether the pod may run on the node; an affinity that is not valid forbids it. O(conditions)."""
        labels = node.metadata.labels
        for key, value in self.labels.items():
            if labels.get(key) != value:
                return False
        if self.affinity is None:
            return True
        try:
            return self.affinity.matches(node)
        except SelectorError:
            return False

    @property
    def names_a_node(self) -> bool:
        """Whether the pod asks for a node's own name, or for its host name. O(conditions)."""
        return HOSTNAME in self.labels or (self.affinity is not None and self.affinity.names_a_node)


def required_nodes(spec: PodSpec) -> RequiredNodes | None:
    """What a pod requires of its node, None when it requires nothing. O(conditions)."""
    if not spec.affinity and not spec.node_selector:
        return None
    required = get(spec.affinity, "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
    if required is None and not spec.node_selector:
        return None
    affinity = None
    if required is not None:
        affinity = parse_node_selector(required.get("nodeSelectorTerms") or ())
    return RequiredNodes(spec.node_selector, affinity)


def preferred_nodes(spec: PodSpec) -> tuple[tuple[int, Term], ...]:
    """The terms that a pod prefers, with their weights, the meaningless ones left out. O(conditions)."""
    if not spec.affinity:
        return ()
    preferred = get(
        spec.affinity, "nodeAffinity", "preferredDuringSchedulingIgnoredDuringExecution"
    )
    found = []
    for each in preferred or ():
        term = parse_term(each.get("preference") or {})
        weight = each.get("weight", 0)
        if weight and term is not None and not term.error:
            found.append((weight, term))
    return tuple(found)
