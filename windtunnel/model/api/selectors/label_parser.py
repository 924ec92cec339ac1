"""Reading a label selector as text: `app=web,tier in (front,back),!legacy,weight>3`.

The text is cut into tokens first: signs (`=`, `==`, `!=`, `!`, `<`, `>`, `,`, parentheses), the
words `in` and `notin`, and everything else up to the next sign or space as an identifier. Signs
are cut as long as possible. Where a key or a value is expected, `in` and `notin` are ordinary
identifiers. A value may be left out and is then empty: `x=`, `x in (a,)`. A comma at the very end
is an error. Values of one list are a set.

Errors say what was found and what could have stood there, as the API server answers a bad
request.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from windtunnel.model.api.selectors.requirement import (
    DOES_NOT_EXIST,
    DOUBLE_EQUALS,
    EQUALS,
    EXISTS,
    GREATER_THAN,
    IN,
    LESS_THAN,
    NOT_EQUALS,
    NOT_IN,
    Requirement,
    SelectorError,
    check_key,
    requirement,
)

Token = tuple[str, str]  # kind and text; the kind of a sign or a reserved word is itself

_IDENTIFIER = "identifier"
_END = "end of string"
_SPACES = " \t\r\n"
_SIGN_CHARACTERS = "=!(),><"
_NUL = "\0"
_WORD_ENDS = f"{_SPACES}{_SIGN_CHARACTERS}{_NUL}"
_SIGNS = ("(", ")", ",", "!", "=", "==", "!=", "<", ">")
_RESERVED_WORDS = (IN, NOT_IN)
_OPERATORS = {
    IN: IN,
    NOT_IN: NOT_IN,
    "=": EQUALS,
    "==": DOUBLE_EQUALS,
    "!=": NOT_EQUALS,
    ">": GREATER_THAN,
    "<": LESS_THAN,
}
_OPERATOR_NAMES = ", ".join(
    (IN, NOT_IN, EQUALS, DOUBLE_EQUALS, NOT_EQUALS, GREATER_THAN, LESS_THAN)
)


def _tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of text and then its end, which a NUL in the place of a token also is."""
    position = 0
    end = len(text)
    while position < end:
        character = text[position]
        if character == _NUL:
            break
        if character in _SPACES:
            position += 1
            continue
        start = position
        position += 1
        if character in _SIGN_CHARACTERS:
            while position < end and text[start : position + 1] in _SIGNS:
                position += 1
            token = text[start:position], text[start:position]
        else:
            while position < end and text[position] not in _WORD_ENDS:
                position += 1
            word = text[start:position]
            token = (word if word in _RESERVED_WORDS else _IDENTIFIER), word
        if text.startswith(_NUL, position):
            position += 1
        yield token
    yield _END, ""


class _Parser:
    """A position in a list of tokens, moved on by one method for each rule of the grammar."""

    def __init__(self, text: str) -> None:
        self._tokens = tuple(_tokens(text))
        self._position = 0

    def _look(self) -> Token:
        """Return the next token; reserved words count as identifiers."""
        kind, text = self._tokens[self._position]
        return (_IDENTIFIER if kind in _RESERVED_WORDS else kind), text

    def _take(self) -> Token:
        token = self._look()
        self._advance()
        return token

    def _advance(self) -> None:
        self._position = min(self._position + 1, len(self._tokens) - 1)

    def requirements(self) -> Iterator[Requirement]:
        """Yield the conditions in the order of the text."""
        kind, text = self._look()
        if kind == _END:
            return
        if kind not in (_IDENTIFIER, "!"):
            raise SelectorError(f"found '{text}', expected: !, identifier, or 'end of string'")
        while True:
            try:
                found = self._requirement()
            except SelectorError as problem:
                raise SelectorError(f"unable to parse requirement: {problem}") from None
            yield found
            kind, text = self._take()
            if kind == _END:
                return
            if kind != ",":
                raise SelectorError(f"found '{text}', expected: ',' or 'end of string'")
            kind, text = self._look()
            if kind not in (_IDENTIFIER, "!"):
                raise SelectorError(f"found '{text}', expected: identifier after ','")

    def _requirement(self) -> Requirement:
        kind, key = self._take()
        negated = kind == "!"
        if negated:
            kind, key = self._take()
        if kind != _IDENTIFIER:
            raise SelectorError(f"found '{key}', expected: identifier")
        check_key(key)
        if negated:
            return requirement(key, DOES_NOT_EXIST)
        if self._look()[0] in (",", _END):
            return requirement(key, EXISTS)
        operator = self._operator()
        values = self._list() if operator in (IN, NOT_IN) else [self._value()]
        return requirement(key, operator, sorted(set(values)))

    def _operator(self) -> str:
        kind, text = self._tokens[self._position]
        self._advance()
        operator = _OPERATORS.get(kind)
        if operator is None:
            raise SelectorError(f"found '{text}', expected: {_OPERATOR_NAMES}")
        return operator

    def _value(self) -> str:
        if self._look()[0] in (",", _END):
            return ""
        kind, text = self._take()
        if kind != _IDENTIFIER:
            raise SelectorError(f"found '{text}', expected: identifier")
        return text

    def _list(self) -> Sequence[str]:
        kind, text = self._take()
        if kind != "(":
            raise SelectorError(f"found '{text}' expected: '('")
        kind, text = self._look()
        if kind not in (_IDENTIFIER, ",", ")"):
            raise SelectorError(f"found '{text}', expected: ',', ')' or identifier")
        values = [""] if kind == ")" else self._values()
        self._advance()  # the closing parenthesis: _values stops nowhere else
        return values

    def _values(self) -> list[str]:
        """Read values up to the closing parenthesis; nothing beside a comma is the empty value."""
        values: list[str] = []
        while True:
            kind, text = self._take()
            following, following_text = self._look()
            if kind == _IDENTIFIER:
                values.append(text)
                if following == ")":
                    return values
                if following != ",":
                    raise SelectorError(f"found '{following_text}', expected: ',' or ')'")
            elif kind == ",":
                if not values or following in (",", ")"):
                    values.append("")
                if following == ")":
                    return values
                if following == ",":
                    self._advance()
            else:
                raise SelectorError(f"found '{text}', expected: ',', or identifier")


def parse_requirements(text: str) -> tuple[Requirement, ...]:
    """Return the conditions in the order of the text.

    O(len); SelectorError if it is not a selector.
    """
    return tuple(_Parser(text).requirements())
