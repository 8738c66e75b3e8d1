"""Why an answer ended, in the words of many servers."""

from __future__ import annotations

from typing import Final

from s2s_tasks.exchange import Finish

__all__ = ["finish_of"]

REASONS: Final = {
    "stop": Finish.STOP,
    "eos": Finish.STOP,
    "eos_token": Finish.STOP,
    "end_turn": Finish.STOP,
    "stop_sequence": Finish.STOP,
    "length": Finish.LENGTH,
    "max_tokens": Finish.LENGTH,
    "max_output_tokens": Finish.LENGTH,
    "model_length": Finish.LENGTH,
    "content_filter": Finish.REFUSAL,
    "refusal": Finish.REFUSAL,
    "safety": Finish.REFUSAL,
    "recitation": Finish.REFUSAL,
    "prohibited_content": Finish.REFUSAL,
}


def finish_of(reason: object) -> Finish:
    """An answer that ended for a reason which is not known, is not known to be whole."""
    return REASONS.get(reason.lower(), Finish.BROKEN) if isinstance(reason, str) else Finish.BROKEN
