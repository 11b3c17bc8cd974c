"""Hours and dollars of training by formula: language models whole, by LoRA or QLoRA, small encoders, image nets."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

import numpy as np

from ownproof.core.policy import Policy
from ownproof.phases.decide.prices import Gpu, PriceTable, age
from ownproof.phases.decide.ranges import Range, Triangle

Method = Literal["full", "lora", "qlora"]
BILLION = 1_000_000_000

# FLOPs a parameter and token: forward 2, backward 4 (Kaplan and others 2020); LoRA has no gradient of the base's weights
# and saves 2 (Hu and others 2021); QLoRA unpacks 4-bit weights on the way, 1.3 to 1.8 times LoRA (Dettmers and others 2023).
PER_TOKEN: Mapping[Method, Triangle] = {
    "full": Triangle.exactly(6),
    "lora": Triangle.exactly(4),
    "qlora": Triangle(5.2, 6.2, 7.2),
}
# Bytes a parameter: weights, gradients, AdamW's two moments and a master copy; 16-bit weights; 4-bit weights with scales.
BYTES: Mapping[Method, float] = {"full": 16.0, "lora": 2.2, "qlora": 0.75}
ACTIVATIONS_GB = 6.0  # of a batch of one to four sequences with recomputation
# The share of a device's peak that training reaches (Chowdhery and others 2022 report 0.21 to 0.46 for large models).
USED = Triangle(0.25, 0.35, 0.45)
# Dense 16-bit TFLOP/s by the makers' data sheets; a processor core is what was measured with BERT on two of them.
PEAK: Mapping[str, float] = {
    "T4": 65, "L4": 121, "A10": 125, "A10G": 70, "V100": 125, "L40S": 362, "A100 40GB": 312, "A100 80GB": 312, "H100": 989,
}  # fmt: skip
CORE_TFLOPS = Triangle(0.02, 0.03, 0.05)


@dataclass(frozen=True, slots=True)
class Net:
    """A model that could be trained. parameters: how many; flops: of one forward pass over one example (images) or 0,
    where they follow from parameters and tokens."""

    name: str
    parameters: float
    flops: float = 0.0


LARGE = (Net("7B", 7 * BILLION), Net("13B", 13 * BILLION))
ENCODERS = (Net("MiniLM (22 M)", 22e6), Net("BERT base (110 M)", 110e6))
# Forward FLOPs at 224 pixels (640 for detectors): twice the multiply-adds that the papers give.
VISION = (Net("EfficientNet-B0", 5.3e6, 0.8e9), Net("ConvNeXt-tiny", 28e6, 9e9), Net("ViT-B/16", 86e6, 35e9))
DETECTORS = (Net("YOLO-s (640 px)", 11e6, 28e9),)


@dataclass(frozen=True, slots=True)
class Training:
    """What one training takes.

    device: the name of a GPU or `N cores`; gpus: how many of them; hours: of the clock; dollars: None where the price of
    an hour is unknown (0 for one's own processor); by: `formula`, or `steps` when steps were timed on the machine.
    """

    what: str
    device: str
    gpus: int
    hours: Range
    dollars: Range | None
    by: str = "formula"
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""
        return {
            "what": self.what,
            "device": self.device,
            "gpus": self.gpus,
            "hours": self.hours.to_json(),
            "dollars": self.dollars and self.dollars.to_json(),
            "by": self.by,
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class Market:
    """What an hour of a GPU costs today, by a table of prices (None: unknown)."""

    table: PriceTable | None
    today: date
    policy: Policy = field(default=Policy())

    def gpu(self, name: str) -> Gpu | None:
        """A GPU by its name, None where no price is known."""
        return self.table.gpu(name) if self.table else None


def flops(net: Net, examples: float, tokens: float, epochs: float, *, method: Method = "full") -> Triangle:
    """Floating point operations of a whole training.

    examples: training examples; tokens: of one (of no meaning for images); epochs: passes over them.

    >>> f"{flops(LARGE[0], 5_000, 500, 3, method='lora').mode:.3g}"
    '2.1e+17'
    """
    if net.flops:
        return Triangle.exactly(3 * net.flops * examples * epochs)  # backward takes twice the forward pass
    per, seen = PER_TOKEN[method], net.parameters * examples * tokens * epochs
    return Triangle(per.low * seen, per.mode * seen, per.high * seen)


def memory_gb(net: Net, method: Method) -> float:
    """Memory that training takes, in GB: weights and what the optimizer holds, and a small batch's activations."""
    return net.parameters * BYTES[method] / BILLION + ACTIVATIONS_GB


def train_on_gpu(
    net: Net, method: Method, gpu: str, *, work: Triangle, market: Market, seed: int = 0, draws: int = 4_000
) -> Training:
    """Hours and dollars on as many GPUs of a kind as the memory asks for.

    gpu: a name of PEAK (KeyError otherwise); work: floating point operations; dollars are None when the price of that
    GPU is not known or older than the policy allows.
    """
    rng = np.random.default_rng(seed)
    row = market.gpu(gpu)
    room = (row.memory_gb if row else MEMORY_GB[gpu]) * 0.9
    gpus = max(1, math.ceil(memory_gb(net, method) / room))
    hours = work.draw(rng, draws) / (PEAK[gpu] * 1e12 * USED.draw(rng, draws) * gpus) / 3600
    fresh = row is not None and age(row.as_of, market.today, market.policy) != "stale"
    dollars = Range.of(hours * gpus * row.hourly.draw(rng, draws)) if row and fresh else None
    how = {"full": "all weights", "lora": "LoRA", "qlora": "QLoRA"}[method]
    note = "" if fresh else "the price of an hour is not known or too old"
    return Training(f"{net.name}, {how}", gpu, gpus, Range.of(hours), dollars, note=note)


MEMORY_GB: Mapping[str, int] = {
    "T4": 16, "L4": 24, "A10": 24, "A10G": 24, "V100": 16, "L40S": 48, "A100 40GB": 40, "A100 80GB": 80, "H100": 80,
}  # fmt: skip


def train_on_cores(net: Net, cores: int, *, work: Triangle, seed: int = 0, draws: int = 4_000) -> Training:
    """Hours on one's own processor; they cost nothing more."""
    rng = np.random.default_rng(seed)
    hours = work.draw(rng, draws) / (CORE_TFLOPS.draw(rng, draws) * 1e12 * max(1, cores)) / 3600
    free = Range(0.0, 0.0, 0.0)
    return Training(f"{net.name}, all weights", f"{cores} cores", 0, Range.of(hours), free)


def tuning(
    task: str | None, *, examples: int, tokens: float | None, market: Market, cores: int = 2, epochs: int | None = None
) -> tuple[Training, ...]:
    """What fine-tuning an open model takes for a task, cheapest device that does it first; empty for tables and series.

    examples: training examples; tokens: of one, in and out together (None: 500 for written answers, 128 for labels).
    """
    if task in {"image-label", "detection"}:
        passes = epochs or (30 if task == "image-label" else 100)
        return tuple(
            _both(VISION if task == "image-label" else DETECTORS, examples, 1, passes, cores=cores, market=market)
        )
    found: list[Training] = []
    if task in {"text-label", "extraction", "multi-modal", None}:
        found += _both(ENCODERS, examples, min(tokens or 128, 512), epochs or 3, cores=cores, market=market)
    if task in {"generation", "extraction", "multi-modal", None}:
        length = tokens or 500
        for net, method, gpu in CUSTOMARY:
            work = flops(net, examples, length, epochs or 3, method=method)
            found.append(train_on_gpu(net, method, gpu, work=work, market=market))
    return tuple(found)


CUSTOMARY: tuple[tuple[Net, Method, str], ...] = (
    (LARGE[0], "qlora", "L4"),
    (LARGE[0], "lora", "A100 80GB"),
    (LARGE[0], "full", "A100 80GB"),
    (LARGE[1], "qlora", "A100 80GB"),
    (LARGE[1], "lora", "A100 80GB"),
    (LARGE[1], "full", "A100 80GB"),
)


def _both(
    nets: Iterable[Net], examples: int, tokens: float, epochs: int, *, cores: int, market: Market
) -> list[Training]:
    """Each net on one's own cores and on a small GPU."""
    found = []
    for net in nets:
        work = flops(net, examples, tokens, epochs)
        found.append(train_on_cores(net, cores, work=work))
        found.append(train_on_gpu(net, "full", "T4", work=work, market=market))
    return found
