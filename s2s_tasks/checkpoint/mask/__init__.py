"""
A mask over the tokens, so that an output can only be what was asked for.

A schema, choice, pattern or grammar is compiled once for a checkpoint's vocabulary; each output
then walks through it, token by token. The engine is llguidance; nothing here knows of tensors.
"""

from .compiled import Compiled
from .masks import Masks, Unmaskable
from .spelling import Spelling
from .walk import Walk

__all__ = ["Compiled", "Masks", "Spelling", "Unmaskable", "Walk"]
