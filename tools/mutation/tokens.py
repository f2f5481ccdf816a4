"""The tokens of a dbt model or macro: sqlglot's, with Jinja told apart and the depth of brackets.

Jinja is not parsed. A block `{% ... %}` is one opaque token at which every clause ends. Inside `{{ ... }}` names are opaque; SQL in a
quoted argument of a macro is a stream of tokens of its own. Macros for engines that the tests do not run on are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot.dialects import DuckDB
from sqlglot.tokenizer_core import TokenType

BLOCK = "{%"
_OTHER_ENGINE = re.compile(r"{%-?\s*macro\s+spark__.*?endmacro\s*-?%}", re.DOTALL)


@dataclass(frozen=True)
class Token:
    """A token at text[start:end]; `word` is its text in lower case, `depth` the number of brackets around it."""

    word: str
    start: int
    end: int
    depth: int
    is_number: bool
    is_in_jinja: bool


def token_streams(text: str) -> Iterator[list[Token]]:
    """The stream of the file itself, then one stream per quoted SQL argument of a macro."""
    visible = _OTHER_ENGINE.sub(lambda match: " " * len(match[0]), text)
    stream: list[Token] = []
    embedded: list[list[Token]] = []
    depth = braces = 0
    is_in_block = False
    for token in DuckDB.Tokenizer().tokenize(visible):
        start, end, kind = token.start, token.end + 1, token.token_type
        if kind == TokenType.BLOCK_START:
            is_in_block = True
            stream.append(Token(BLOCK, start, end, depth, False, False))
        elif kind == TokenType.BLOCK_END:
            is_in_block = False
        elif is_in_block:
            continue
        elif kind in (TokenType.L_BRACE, TokenType.R_BRACE):
            braces += 1 if kind == TokenType.L_BRACE else -1
            stream.append(Token(visible[start:end], start, end, depth, False, True))
        else:
            depth -= kind == TokenType.R_PAREN
            if kind == TokenType.STRING and braces:
                embedded.append(_plain_stream(visible[start + 1 : end - 1], start + 1))
            stream.append(Token(visible[start:end].lower(), start, end, depth, kind == TokenType.NUMBER, braces > 0))
            depth += kind == TokenType.L_PAREN
    yield stream
    yield from embedded


def _plain_stream(sql: str, offset: int) -> list[Token]:
    stream, depth = [], 0
    for token in DuckDB.Tokenizer().tokenize(sql):
        depth -= token.token_type == TokenType.R_PAREN
        start, end = token.start, token.end + 1
        is_number = token.token_type == TokenType.NUMBER
        stream.append(Token(sql[start:end].lower(), offset + start, offset + end, depth, is_number, False))
        depth += token.token_type == TokenType.L_PAREN
    return stream
