"""Mutants of the rule SQL: one changed operator, bound, condition, join, default or order at a time.

The text around the change stays as it is, Jinja included; what no longer runs is sorted out by `trial`. Conditions of a join are
dropped, not turned round: a join on `<>` tells nothing that a dropped one does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from tools.mutation.mutant import Mutant, make_mutant
from tools.mutation.tokens import BLOCK, Token, token_streams

_BOUNDS = {">=": ">", ">": ">=", "<=": "<", "<": "<="}
_SWAPS = {
    **dict.fromkeys(("and", "or"), "and <-> or"),
    **dict.fromkeys(("min", "max", "bool_or", "bool_and", "bit_or", "greatest", "least"), "other aggregate"),
    **dict.fromkeys(("+", "-"), "+ <-> -"),
    **dict.fromkeys(("&", "|"), "& <-> |"),
    **dict.fromkeys(("true", "false"), "true <-> false"),
}
_OTHER = {
    "and": "or", "or": "and", "min": "max", "max": "min", "bool_or": "bool_and", "bool_and": "bool_or", "bit_or": "bit_and",
    "greatest": "least", "least": "greatest", "+": "-", "-": "+", "&": "|", "|": "&", "true": "false", "false": "true",
}  # fmt: skip
_CALLS = {"min", "max", "bool_or", "bool_and", "bit_or", "greatest", "least", "coalesce"}
_CLAUSE_ENDS = {
    BLOCK, "and", "or", "then", "else", "end", "when", "where", "having", "group by", "order by", "on", "inner", "left", "cross", "union",
    "as", ",", "rows",
}  # fmt: skip
_BETWEEN = re.compile(r"(?P<value>[\w.]+)\s+between\s+(?P<low>[\w.]+)\s+and\s+(?P<high>[\w.]+)")


def sql_mutants(path: str, text: str) -> list[Mutant]:
    """All mutants of one model or macro file, in the order of the text."""
    found: dict[tuple[int, int, str], Mutant] = {}
    for tokens in token_streams(text):
        for span, replacement, operator in _changes(tokens, text):
            found.setdefault((*span, replacement), make_mutant(path, text, span, replacement, operator))
    for match in _BETWEEN.finditer(text):
        if match["low"] == "unbounded":
            continue
        value, low, high = match.groups()
        for bounds in (f"{value} > {low} and {value} <= {high}", f"{value} >= {low} and {value} < {high}"):
            found[(*match.span(), bounds)] = make_mutant(path, text, match.span(), bounds, "bound moved")
    return sorted(found.values(), key=lambda mutant: (mutant.start, mutant.end, mutant.replacement))


Change = tuple[tuple[int, int], str, str]


def _changes(tokens: list[Token], text: str) -> Iterator[Change]:
    between = _ands_of_between(tokens)
    in_join = False
    for index, token in enumerate(tokens):
        word, span = token.word, (token.start, token.end)
        before = tokens[index - 1] if index else None
        after = tokens[index + 1] if index + 1 < len(tokens) else None
        if word in ("on", "where", "select", "having"):
            in_join = word == "on"
        if token.is_number:
            yield span, str(Decimal(word) + 1), "number + 1"
            if word == "1" and before and before.word in ("+", "-"):
                yield span, "0", "1 left out"
        if token.is_in_jinja or index in between:
            continue
        if word in _BOUNDS and not _is_shift(token, text):
            yield span, _BOUNDS[word], "bound moved"
        elif word in ("=", "<>") and not in_join:
            yield span, "<>" if word == "=" else "=", "= <-> <>"
        elif word in _OTHER and (word not in _CALLS or _is_call(tokens, index)):
            yield span, _OTHER[word], _SWAPS[word]
        elif word == "not":
            yield (token.start, tokens[index + 1].start), "", "not removed"
        elif word == "is" and after and after.word == "null":
            yield (token.start, after.end), "is not null", "is null -> is not null"
        elif word == "~":
            yield span, "", "~ removed"
        elif word == "distinct":
            yield span, "all" if before and before.word == "union" else "", "distinct removed"
        elif word in ("inner", "left") and after and after.word == "join":
            yield span, "left" if word == "inner" else "inner", "inner <-> left join"
        elif word == "coalesce" and _is_call(tokens, index):
            yield from _without_default(tokens, index, text)
        elif word in ("partition by", "order by"):
            yield from _shorter_list(tokens, index, text)
        if word in ("where", "on", "having", "when", "and", "or"):
            yield from _dropped_condition(tokens, index)


def _is_call(tokens: list[Token], index: int) -> bool:
    return index + 1 < len(tokens) and tokens[index + 1].word == "("


def _is_shift(token: Token, text: str) -> bool:
    """Whether the sign is half of `<<` or `>>`."""
    return token.word in (text[token.start - 1], text[token.end])


def _ands_of_between(tokens: list[Token]) -> set[int]:
    """Positions of the `and` that belong to a `between`."""
    found: set[int] = set()
    for index, token in enumerate(tokens):
        if token.word == "between":
            found |= {next(i for i in range(index + 1, len(tokens)) if tokens[i].word == "and" and tokens[i].depth == token.depth)}
    return found


def _operand_end(tokens: list[Token], start: int, depth: int) -> int:
    """Position after the last token of the operand that starts at `start`."""
    between = _ands_of_between(tokens)
    open_cases = 0
    for index in range(start, len(tokens)):
        token = tokens[index]
        if token.depth < depth:
            return index
        if token.depth > depth or index in between:
            continue
        open_cases += token.word == "case"
        if open_cases and token.word == "end":
            open_cases -= 1
        elif not open_cases and token.word in _CLAUSE_ENDS:
            return index
    return len(tokens)


def _dropped_condition(tokens: list[Token], index: int) -> Iterator[Change]:
    """The condition after a keyword, made neutral: `true` beside `and`, `false` beside `or` and for the branch of a `case`."""
    keyword = tokens[index]
    end = _operand_end(tokens, index + 1, keyword.depth)
    if end == index + 1:
        return
    next_word = tokens[end].word if end < len(tokens) else ""
    is_or = "or" in (keyword.word, next_word) or (keyword.word == "when" and next_word != "and")
    operator = "branch dropped" if keyword.word == "when" and next_word not in ("and", "or") else "condition dropped"
    yield (tokens[index + 1].start, tokens[end - 1].end), "false" if is_or else "true", operator


def _items(tokens: list[Token], start: int, depth: int, ends: set[str]) -> list[tuple[int, int]]:
    """(first, last) token positions of the comma-separated items from `start` on, at one depth."""
    items, first = [], start
    for index in range(start, len(tokens) + 1):
        is_over = index == len(tokens) or tokens[index].depth < depth or (tokens[index].depth == depth and tokens[index].word in ends)
        if is_over or (tokens[index].depth == depth and tokens[index].word == ","):
            items.append((first, index - 1))
            first = index + 1
        if is_over:
            break
    return items


def _without_default(tokens: list[Token], index: int, text: str) -> Iterator[Change]:
    """`coalesce(value, default)` -> the value alone."""
    items = _items(tokens, index + 2, tokens[index].depth + 1, set())
    first, last = items[0]
    closing = items[-1][1] + 1
    if closing < len(tokens):  # else the call ends outside this quoted piece
        yield (tokens[index].start, tokens[closing].end), f"({text[tokens[first].start : tokens[last].end]})", "default dropped"


def _shorter_list(tokens: list[Token], index: int, text: str) -> Iterator[Change]:
    """A `partition by` or `order by` without one of its items, or with one item in the other order."""
    keyword = tokens[index]
    items = _items(tokens, index + 1, keyword.depth, {"order by", "rows"})
    spans = [(tokens[first].start, tokens[last].end) for first, last in items]
    for position, (start, end) in enumerate(spans):
        if len(spans) > 1:
            span = (start, spans[position + 1][0]) if position + 1 < len(spans) else (spans[position - 1][1], end)
            yield span, "", "partition column dropped" if keyword.word == "partition by" else "order column dropped"
        if keyword.word == "order by":
            item = text[start:end]
            bare = re.sub(r"\s+(asc|desc)$", "", item)
            yield (start, end), bare if item.endswith("desc") else f"{bare} desc", "order turned round"
