"""The machine that a local model would run on, as far as it is known."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import BadSetting

__all__ = ["Hardware"]


@dataclass(frozen=True, kw_only=True)
class Hardware:
    """
    Gigabytes are those free for a model. `gpu_gb`: 0 for no accelerator, None for unknown.

    `bandwidth_gbs`: gigabytes a second that the memory beside the processor moves.
    """

    cores: int | None = None
    ram_gb: float | None = None
    gpu_gb: float | None = None
    bandwidth_gbs: float | None = None

    def __post_init__(self) -> None:
        for name in ("cores", "ram_gb", "gpu_gb", "bandwidth_gbs"):
            given = getattr(self, name)
            if given is not None and not given >= 0:
                raise BadSetting(f"hardware {name}={given!r} is below 0")

    @property
    def has_gpu(self) -> bool | None:
        """None if that is not known."""
        return None if self.gpu_gb is None else self.gpu_gb > 0

    @property
    def room_gb(self) -> float | None:
        """For the weights of one model: on the accelerator or beside it; None if unknown."""
        if self.ram_gb is None:
            return self.gpu_gb or None
        return max(self.ram_gb, self.gpu_gb or 0)

    def __str__(self) -> str:
        cards = {
            None: "",
            False: "no accelerator",
            True: f"an accelerator of {self.gpu_gb or 0:g} GB",
        }
        cores = f"{self.cores} cores" if self.cores else ""
        room = "" if self.ram_gb is None else f"{self.ram_gb:g} GB"
        moves = f"moving {self.bandwidth_gbs:g} GB a second" if self.bandwidth_gbs else ""
        return ", ".join(filter(None, (cores, room, moves, cards[self.has_gpu])))
