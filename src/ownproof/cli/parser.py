"""The command line as it is offered: commands, flags and their help."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn

from ownproof.cli import agreeing, deciding, deploying, journal, labelling, planning, serving, signing, watching
from ownproof.errors import OwnproofError, UsageError, all_at_once, did_you_mean

STEPS = {
    "run": "take a labelled table to a packaged model: seal, audit, split, train, evaluate, package",
    "audit": "explore the data and look for leaks",
    "split": "propose how the rows are divided, and say what the sealed test can show",
    "train": "fit the plan of work on the folds and choose the model",
    "evaluate": "compare the model with the baseline on out-of-fold evidence",
    "package": "write the bundle and prove that it answers as the trained model does",
}


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are ours: near misses named, no exit from within, no flag cut short."""

    def __init__(self, **said: Any) -> None:
        super().__init__(**{**said, "allow_abbrev": False})

    def error(self, message: str) -> NoReturn:
        """Raise UsageError instead of printing and exiting."""
        about, _, what = message.removeprefix("argument ").partition(": ")
        action = next((a for a in self._actions if about in (*a.option_strings, a.metavar)), None)
        shown = f"{about} {action.metavar}" if action and action.metavar and about != action.metavar else about
        wrong = what.partition("'")[2].partition("'")[0]
        if action and action.choices:
            choices = [str(c) for c in action.choices]
            name = "command" if about == "COMMAND" else about
            raise UsageError(
                f"{name} {wrong!r} is not known" if wrong else message,
                expected=f"one of {', '.join(choices)}",
                hint=did_you_mean(wrong, choices, what="choices"),
                where=about,
            )
        if message.startswith("the following arguments are required: "):
            hint = f"add {what}; see {self.prog} --help"
        else:
            hint = f"write {shown}" if action else f"see {self.prog} --help"
        usage = f"a call like: {' '.join(self.format_usage().split()[1:])}"[:300]
        raise UsageError(message, expected=usage, hint=hint, where=about if action else self.prog)

    def unknown(self, strange: Sequence[str]) -> list[OwnproofError]:
        """One problem per flag that is not known; per word too many where all flags are."""
        known = [o for a in self._actions for o in a.option_strings if o.startswith("--")]
        flags = [s.partition("=")[0] for s in strange if s.startswith("-")]
        return [
            UsageError(
                f"{self.prog} has no flag {flag!r}",
                expected=f"a flag that {self.prog} --help lists",
                hint=did_you_mean(flag, known, what="flags"),
                where=flag,
            )
            for flag in flags
        ] or [
            UsageError(
                f"{word!r} is one word too many",
                expected=f"a call like: {' '.join(self.format_usage().split()[1:])}"[:300],
                hint=f"leave it out, or put it in quotes with the word before it; see {self.prog} --help",
                where=self.prog,
            )
            for word in strange
        ]


def _common(parser: argparse.ArgumentParser, *, top: bool = False) -> None:
    default: Any = None if top else argparse.SUPPRESS
    off: Any = False if top else argparse.SUPPRESS
    parser.add_argument("-C", dest="project", metavar="PROJECT", default=default, help="work as if started there")
    parser.add_argument(
        "--json", action="store_true", default=off, help="print exactly one JSON object as the last line"
    )
    parser.add_argument("--quiet", action="store_true", default=off, help="no progress and no talk")


def _roles(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("roles of columns")
    group.add_argument("--target", metavar="C", help="the column to predict; none: rank strange rows, without a target")
    group.add_argument(
        "--task", metavar="KIND", help="the target kind, where the data alone does not say: label, number"
    )
    for flag, text in (
        ("time", "when a row was known"),
        ("group", "what belongs together (customer, patient, shop)"),
        ("id", "what names a row"),
        ("weight", "how much a row counts"),
    ):
        group.add_argument(f"--{flag}", metavar="C", help=text)
    group.add_argument("--drop", metavar="C", nargs="+", action="extend", default=[], help="columns not to look at")
    group.add_argument(
        "--slice",
        metavar="C",
        nargs="+",
        action="extend",
        default=[],
        dest="slices",
        help="columns whose values are evaluated apart",
    )
    group.add_argument("--groups", choices=["returning", "new"], help="whether groups come back in production")
    group.add_argument("--horizon", metavar="30d", help="how far a label reaches into the future")
    group.add_argument("--available", metavar="FILE", help="TOML or CSV: when each column is known")
    group.add_argument("--against", metavar="FILE", help="a second table to look for overlap with")


def _choices(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("choices")
    group.add_argument("--test", metavar="FILE", help="your own test set becomes the sealed one")
    group.add_argument(
        "--rule", metavar="RULE", help="the rule to beat: FILE (.py, .sql, .csv), column:NAME or majority"
    )
    group.add_argument("--cost", metavar="COST", help="fp=5,fn=100 or a CSV matrix; over=,under= for numbers")
    group.add_argument("--metric", metavar="M", help="what the verdict is about")
    group.add_argument("--positive", metavar="CLASS", help="the class whose probability is ranked")
    group.add_argument("--worthwhile", metavar="X", type=float, help="the smallest gain worth having")
    group.add_argument(
        "--floor",
        metavar="CLASS=0.7",
        nargs="+",
        action="extend",
        default=[],
        dest="floors",
        help="what a class or slice must reach",
    )
    group.add_argument(
        "--interval", metavar="0.95", type=float, help="the share of truths that a number's interval is to hold"
    )
    group.add_argument(
        "--monotone",
        metavar="C=+",
        nargs="+",
        action="extend",
        default=[],
        help="numbers that the answer may only rise (+) or fall (-) with",
    )
    group.add_argument(
        "--share", metavar="0.01", type=float, help="without a target (--target none): the share of rows to flag"
    )
    group.add_argument("--budget", metavar="60s", help="time for training")
    group.add_argument("--trials", metavar="N", type=int, help="the plan outright: the portfolio and N searched trials")
    group.add_argument("--learners", metavar="a,b", nargs="+", action="extend", default=[], help="only these learners")
    group.add_argument(
        "--distil",
        action="store_true",
        default=None,
        help="teach one small student what the model answers; it ships if it is not worse",
    )
    group.add_argument("--max-latency-ms", metavar="X", type=float, help="one row must be answered in this time (p95)")
    group.add_argument("--max-size-mb", metavar="X", type=float, help="the bundle must not be larger")
    group.add_argument("--cores", metavar="N", type=int, help="processor cores to use (default 1)")
    group.add_argument("--seed", metavar="N", type=int, help="the seed of training (the seal has none)")


def _steps(commands: Any) -> None:
    for name, text in STEPS.items():
        parser = commands.add_parser(name, help=text, description=text)
        parser.add_argument(
            "data",
            nargs="?",
            metavar="DATA",
            help="CSV, TSV, Parquet, Arrow, JSONL, a database URL; inside a project its own data",
        )
        _roles(parser)
        _choices(parser)
        parser.add_argument("--out", metavar="DIR", help="the project's folder (default ./STEM.ownproof)")
        if name == "run":
            parser.add_argument(
                "--prove",
                action="store_true",
                help="then open the sealed test, once, if the out-of-fold verdict is BETTER",
            )
            parser.add_argument("--ship", choices=["refit", "tested"], help="which weights ship (default: refit)")
        _common(parser)


def _judge(commands: Any) -> None:
    parser = commands.add_parser("judge", help="the verdict on anybody's predictions; nothing is trained")
    parser.add_argument("data", metavar="DATA")
    parser.add_argument("--predictions", metavar="FILE|column:NAME", required=True, help="what was predicted")
    _roles(parser)
    _choices(parser)
    parser.add_argument("--out", metavar="DIR", help="where to write the report")
    _common(parser)


def _adopt(commands: Any) -> None:
    text = "make a bundle of a model that you already have"
    adopt = commands.add_parser("adopt", help=text, description=text)
    adopt.add_argument(
        "model", metavar="MODEL", help="ONNX, LightGBM text, CatBoost cbm, XGBoost JSON or UBJ, an MLflow folder"
    )
    adopt.add_argument("--data", metavar="FILE", required=True, help="rows with the model's columns and the answers")
    adopt.add_argument("--target", metavar="C", required=True, help="the column that the model predicts")
    adopt.add_argument("--out", metavar="DIR", help="the bundle's folder (default ./STEM.bundle)")
    for role, what in (("id", "names the rows"), ("time", "says when they are from"), ("group", "holds the units")):
        adopt.add_argument(
            f"--{role}", metavar="C", help=f"the column that {what}; no input of the model unless it asks for it"
        )
    adopt.add_argument("--drop", metavar="C", nargs="+", action="extend", default=[], help="columns that are no inputs")
    adopt.add_argument(
        "--classes", metavar="CLASS", nargs="+", default=[], help="the model's classes, in its own order"
    )
    adopt.add_argument("--positive", metavar="CLASS", help="the class whose probability is ranked")
    adopt.add_argument("--metric", metavar="M", help="what the model is measured by")
    _common(adopt)


def _after(commands: Any) -> None:
    seal = commands.add_parser("seal", help="draw the sealed test, check it, or seal a new generation")
    seal.add_argument("data", nargs="?", metavar="DATA")
    seal.add_argument("--check", action="store_true", help="say whether the sealed rows are still found")
    seal.add_argument("--new", metavar="REASON", help="seal new units that nothing was trained on")
    _roles(seal)
    seal.add_argument("--out", metavar="DIR", help="the project's folder (default ./STEM.ownproof)")
    prove = commands.add_parser("prove", help="open the sealed test, once, and give the verdict that counts")
    prove.add_argument("run", nargs="?", metavar="RUN", help="the run to prove (default: the last one)")
    prove.add_argument("--burn", metavar="REASON", help="open it again; counted, corrected for, printed on every card")
    prove.add_argument(
        "--ship", choices=["refit", "tested"], help="which weights ship (default: refit); of a proven run: switch"
    )
    init = commands.add_parser("init", help="write a commented project.toml")
    init.add_argument("dir", metavar="DIR")
    init.add_argument("--data", metavar="DATA", help="the table")
    init.add_argument("--target", metavar="C", help="the column to predict")
    predict = commands.add_parser("predict", help="answer every row of a table")
    predict.add_argument("bundle", metavar="BUNDLE")
    predict.add_argument("data", metavar="DATA")
    predict.add_argument("--out", metavar="FILE", required=True, help="CSV, Parquet or JSONL by its ending")
    predict.add_argument(
        "--quarantine-most",
        metavar="0.1",
        type=float,
        help="the share of rows that may be unreadable; beyond it nothing is published",
    )
    predict.add_argument("--cores", metavar="N", type=int, help="processor cores to use (default: all, at most 8)")
    _adopt(commands)
    waive = commands.add_parser("waive", help="let a refused gate pass, recorded with a name, a reason and an expiry")
    waive.add_argument("gate", metavar="GATE")
    waive.add_argument("--because", metavar="TEXT", required=True, help="why it may pass")
    waive.add_argument("--until", metavar="DATE", required=True, help="YYYY-MM-DD; after it the gate refuses again")
    waive.add_argument("--who", metavar="NAME", required=True, help="who answers for it")
    show = commands.add_parser("show", help="one run again")
    show.add_argument("run", nargs="?", metavar="RUN")
    differ = commands.add_parser("diff", help="two runs side by side: data, settings, result")
    differ.add_argument("left", metavar="RUN")
    differ.add_argument("right", metavar="RUN")
    history = commands.add_parser("history", help="every run, opening and waiver of the project")
    kinds = commands.add_parser("kinds", help="what is on the shelves: inputs, targets, learners, scorers, readers")
    kinds.add_argument("name", nargs="?", metavar="NAME", help="one of them in full")
    verify = commands.add_parser("verify", help="whether a bundle is what was written")
    verify.add_argument("bundle", metavar="BUNDLE")
    verify.add_argument("--public-key", metavar="FILE", help="the key that must have signed it; else exit 7")
    selftest = commands.add_parser("selftest", help="plant what the gates are for, and see that each one fires")
    selftest.add_argument("--quick", action="store_true", help="only what needs no model")
    monitor = commands.add_parser("monitor", help="what the journal says of the model in production")
    monitor.add_argument("--since", metavar="T", help="from when on: a date, or a time back such as 30d")
    monitor.add_argument("--watch", metavar="EVERY", help="again and again, such as every 1h, until stopped")
    monitor.add_argument("--bundle", metavar="BUNDLE", help="what is served (default: what the project ships)")
    monitor.add_argument("--settings", metavar="FILE", help="a file with a table [monitor] (default: the project's)")
    monitor.add_argument(
        "--journal",
        metavar="FOLDER|URL",
        help="where its decisions lie (default: PROJECT/journal), or copies of them: s3://..., postgresql://..., env:NAME",
    )
    for parser in (monitor, seal, prove, init, predict, waive, show, differ, history, kinds, verify, selftest):
        _common(parser)


def build_parser() -> Parser:
    """The whole command line."""
    from ownproof import __version__

    parser = Parser(
        prog="ownproof",
        description="Own your model. Prove it works.",
        epilog=(
            "exit: 0 pass, 1 bug, 2 wrong use or input, 3 inconclusive, 4 a gate refused, 5 drift, 6 locked, 7 tampered"
        ),
    )
    parser.add_argument("--version", action="version", version=f"ownproof {__version__}")
    _common(parser, top=True)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=Parser)
    _steps(commands)
    _judge(commands)
    _after(commands)
    offers = (deciding, deploying, serving, signing, watching)
    for made in (each for room in offers for each in room.offer(commands)):
        _common(made)
    for made in planning.offer(commands, _roles):
        _common(made)
    journal.offer(commands, _common)
    labelling.offer(commands, _common)
    agreeing.offer(commands, _common)
    return parser


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The arguments. Raises UsageError, with every unknown flag at once; `--help` and `--version` exit."""
    for word in argv:
        if any("\ud800" <= c <= "\udfff" or c == "\0" for c in word):
            raise UsageError(
                f"{word[:80]!r} is not UTF-8",
                expected="names and words in UTF-8",
                hint="rename the file or folder",
                where="the command line",
            )
    parser = build_parser()
    arguments, strange = parser.parse_known_args(argv)
    if strange:
        raise all_at_once(_of(parser, arguments).unknown(strange))
    if not arguments.command:
        raise UsageError(
            "no command was given",
            expected="ownproof COMMAND ...",
            where="ownproof",
            hint="start with: ownproof run DATA --target COLUMN",
        )
    return arguments


def _of(parser: Parser, arguments: argparse.Namespace) -> Parser:
    """The parser of a command and its verb, the whole one where none was given."""
    for action in parser._actions:  # noqa: SLF001 - argparse has no public way to ask
        if isinstance(action.choices, dict) and getattr(arguments, action.dest, None) in action.choices:
            found: Parser = action.choices[getattr(arguments, action.dest)]
            return _of(found, arguments)
    return parser
