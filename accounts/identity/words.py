"""Looking people up by the beginnings of words, in any order, through an index that needs no extension."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.db.models import BooleanField, F, Func, TextField, Value
from django.db.models.functions import Concat

MOST_WORDS = 6
# What names and logins are made of; anything else would be an operator of the text search.
WORD = re.compile(r"[\w.@+-]+")


def words_in(*columns: str) -> Func:
    """The words of these columns. A query uses the index only with the very same columns in the same order."""
    texts = [part for column in columns for part in (Value(" "), F(column))][1:]
    return Func(Concat(*texts, output_field=TextField()), template="to_tsvector('simple', %(expressions)s)")


def words_of(text: str) -> list[str]:
    """The words that were typed, at most six; `text` is folded already."""
    return [word for word in WORD.findall(text) if any(map(str.isalnum, word))][:MOST_WORDS]


def begin_with(words: Iterable[str], *columns: str) -> Func:
    """A condition: each of the words begins one of the columns' words."""
    query = " & ".join(f"'{word}':*" for word in words)
    asked = Func(Value(query), template="to_tsquery('simple', %(expressions)s)")
    return Func(words_in(*columns), asked, template="(%(expressions)s)", arg_joiner=" @@ ", output_field=BooleanField())
