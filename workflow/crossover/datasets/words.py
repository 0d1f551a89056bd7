"""Words of a text: in a gzip, or members of an archive (text8)."""

import gzip
import re
import zlib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from crossover.datasets.archive import read_members

WORD = re.compile(r"[a-z]+")


def read(path: Path, members: Iterable[str] = ()) -> str:
    """The text in a gzip, or in the named members of an archive, one behind the other.

    Raises
    ------
    ValueError
        When the file is damaged.
    """
    try:
        parts = read_members(path, members).values() if members else [gzip.decompress(path.read_bytes())]
        return " ".join(part.decode("utf-8") for part in parts)
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: cannot be read as text ({error}); fetch it again") from error


def tokens(text: str, *, vocabulary: int, length: int) -> tuple[np.ndarray, list[str]]:
    """The text as numbers of its most frequent words, other words left out.

    Parameters
    ----------
    text : any; words are runs of letters, in lower case
    vocabulary : V, the number of words kept; equally frequent ones in the order of the alphabet
    length : the number of words of the text, kept or not, that are read at most

    Returns
    -------
    int64 array of at most ``length`` numbers from 0 (the most frequent) to V - 1, and the V words

    Raises
    ------
    ValueError
        When the text has fewer than V words.
    """
    every = WORD.findall(text.lower())[:length]
    ranked = sorted(Counter(every).items(), key=lambda entry: (-entry[1], entry[0]))
    if len(ranked) < vocabulary:
        raise ValueError(f"vocabulary = {vocabulary}: the text has {len(ranked)} different words; make it smaller")
    words = [word for word, _ in ranked[:vocabulary]]
    numbers = {word: number for number, word in enumerate(words)}
    return np.array([numbers[word] for word in every if word in numbers]), words
