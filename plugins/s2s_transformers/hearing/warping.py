"""Dynamic time warping: which frames each token was heard in, in order and without gaps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from typing import TypeAlias

    Matrix: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.float64]]
    Sums: TypeAlias = np.ndarray[tuple[int], np.dtype[np.float32]]
    Moves: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.int8]]

__all__ = ["beginnings"]

BOTH, TOKEN, FRAME = range(3)
"""The last move of the cheapest way to a place: on by a token and a frame, or by one of them."""


def beginnings(costs: Matrix) -> list[int]:
    """
    The first frame of each token, by the cheapest way through `costs` [tokens, frames].

    Rounds and breaks ties as openai-whisper does (`timing.dtw`), whose walk it computes one
    anti-diagonal at a time.
    """
    return _first_frames(_moves(costs))


def _moves(costs: Matrix) -> Moves:
    """The last move to each place [tokens + 1, frames + 1]; the first row and column are before all."""
    tokens, frames = costs.shape
    moves = np.full((tokens + 1, frames + 1), FRAME, np.int8)
    last, before = _nowhere(tokens), _nowhere(tokens)
    before[0] = 0
    for diagonal in range(2, tokens + frames + 1):
        row = np.arange(max(1, diagonal - frames), min(tokens, diagonal - 1) + 1)
        ways: tuple[Sums, Sums, Sums] = before[row - 1], last[row - 1], last[row]
        move = _cheapest(*ways)
        moves[row, diagonal - row] = move
        reached = _nowhere(tokens)
        reached[row] = costs[row - 1, diagonal - row - 1] + np.choose(move, ways)
        before, last = last, reached
    return moves


def _nowhere(tokens: int) -> Sums:
    """Sums of costs along an anti-diagonal, by token, before anything is reached."""
    return np.full(tokens + 1, np.inf, np.float32)


def _cheapest(both: Sums, token: Sums, frame: Sums) -> Moves:
    by_both = (both < token) & (both < frame)
    by_token = (token < both) & (token < frame)
    return np.where(by_both, BOTH, np.where(by_token, TOKEN, FRAME)).astype(np.int8)


def _first_frames(moves: Moves) -> list[int]:
    token, frame = (size - 1 for size in moves.shape)
    first = [0] * token
    while token > 0 and frame > 0:
        first[token - 1] = frame - 1
        move = moves[token, frame]
        token -= move != FRAME
        frame -= move != TOKEN
    return first
