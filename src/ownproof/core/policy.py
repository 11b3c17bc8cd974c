"""Every number of policy, once, with its source; a project may override one, and the override is recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from ownproof.errors import ConfigError, OwnproofError, all_at_once, did_you_mean


@dataclass(frozen=True, slots=True)
class Policy:
    """The numbers behind the gates. Shares are 0..1."""

    # Labels: agreement on the overlap (customary lower limit of "substantial" agreement, Landis & Koch 1977).
    kappa: float = 0.7
    kappa_low: float = 0.6
    kappa_point_decides_from: int = 400
    overlap_low: float = 0.05
    overlap_high: float = 0.10
    # Items drawn to be labelled at a time, a week's work of a small team; the share of a draw that is not at random which
    # is random all the same: only that part shows how a model does on all items.
    label_batch: int = 500
    label_random_share: float = 0.2
    # Consensus: from so many raters on their habits of error can be told apart (Dawid and Skene 1979); below, the majority.
    dawid_skene_from: int = 5
    # Learning curves: the share of truths that an interval is to hold; times the rows of today that are spoken of (power
    # laws drift off beyond); the chance from which a score counts as reached; rounds that labels are bought in (Mahmood
    # and others 2022: about five bring one near the least that is needed).
    curve_level: float = 0.90
    curve_times_most: int = 8
    curve_reached: float = 0.90
    label_rounds: int = 5
    # Split: 70/15/15 of the rows.
    train_share: float = 0.70
    validation_share: float = 0.15
    sealed_share: float = 0.15
    # A unit of more rows than this stays in training: one customer may not be the test.
    unit_share_most: float = 0.01
    # Fewer sealed units found again than this: the data is another one, the seal no longer speaks for it.
    sealed_found_least: float = 0.95
    # A class of at least this many units must be on every side; a rarer one is a warning.
    class_units_least: int = 20
    # Rows from which fewer folds suffice (5 up to the first, 3 up to the second, one holdout beyond).
    five_folds_up_to: int = 12_000
    three_folds_up_to: int = 40_000
    repeated_folds_below: int = 500
    # Rows up to which three forward windows are fitted; beyond, two: the last one and one to see what has changed since.
    three_windows_up_to: int = 200_000
    rows_least: int = 20
    # Verdict: 95 % intervals; the gain worth having is 5 % of the remaining error, 2 % of an error in units.
    level: float = 0.95
    worthwhile_share: float = 0.05
    worthwhile_error: float = 0.02
    units_least: int = 100
    different_least: int = 10
    resamples: int = 1000
    # Beyond so many units so many of them stand for all in resamples (Kleiner and others 2014): of 150,000 they know a
    # standard error within 1.1 % (of AUC, log loss and heavy-tailed squared errors), 200 resamples of all within 5 %.
    bag_units: int = 10_000
    # Prediction intervals of numbers: the share of truths that they are to hold, and, forward in time, the weight of a
    # window of residuals beside the one after it (Barber and others 2023 let weights fall geometrically).
    interval_level: float = 0.95
    interval_decay: float = 0.5
    # Openings of the sealed test spend 0.05 in all.
    alpha: tuple[float, ...] = (0.04, 0.005, 0.005)
    # The refit on all rows ships when its answers agree with the tested weights'.
    refit_correlation: float = 0.98
    # A class or slice this far under the overall figure is a warning.
    slice_gap: float = 0.20
    slice_units_least: int = 50
    # The recall that precision is told at (a share of the positives to be found).
    stated_recall: float = 0.80
    # Segments: cells of at least so many rows, false alarms over all of them, and the gap between what was promised and
    # what came that counts: in points of a share, in usual errors of a number.
    segment_rows_least: int = 80
    # Rows that segments and error clusters are looked for on, at most (a gap of 0.10 on a cell of 1 in 50 rows is seen).
    segment_rows_most: int = 50_000
    segment_alpha: float = 0.05
    segment_gap: float = 0.10
    segment_error_gap: float = 0.50
    # Labels are doubted from so many rows on.
    suspect_rows_least: int = 200
    # Scores without a truth: two draws that rank rows less alike than this, or flag fewer of the same ones, are a warning
    # (below 0.7 two ratings are customarily no longer called alike, as with kappa above).
    steady_least: float = 0.7
    # Audit: strength alone is no accusation; beyond this single-column AUC and apart from all others it is a warning.
    strong_auc: float = 0.90
    near_copy_share: float = 0.999
    # Audit: warnings from this share of rows on which the target is a sum, difference, product or ratio of two columns,
    # this AUC of being filled, and this AUC of a moment's minute, second or fraction (no honest one came near on 120
    # sound tables drawn by seed and on eight public ones).
    law_share: float = 0.90
    gap_auc: float = 0.95
    clock_auc: float = 0.80
    # Work plan: the share of the budget that is planned, the rest is slack: nine of ten fits take 0.7 to 1.3 of what the
    # formulas say (bench/costs.py), and the clock cuts at 0.95 of the budget.
    planned_share: float = 0.7
    # Ensemble: at most three members (more add little on tables and every one is paid for in every answer), none of a
    # share under 0.08; a millisecond a row and a megabyte are worth that share of the way from a constant to the best.
    members_most: int = 3
    member_share_least: float = 0.08
    row_ms_price: float = 0.02
    megabyte_price: float = 0.0002
    # Paired standard errors that a smaller set may be worse by than the best: none beyond the price (decisions/012).
    choice_errors: float = 0.0
    # Rows below which every member is the mean of two fits with other seeds.
    two_seeds_below: int = 2_000
    # Parity of the written bundle with the trained model: of shares, and of numbers in their standard deviations
    # (libraries that add up trees in single precision differ from exact sums by up to about 1e-5 of them).
    parity_difference: float = 1e-5
    parity_number: float = 1e-4
    # Journal: lines are synced after so long (a power cut loses at most that much); a segment is rolled at this size or
    # age; a cell of more bytes goes by its hash.
    journal_sync_ms: int = 50
    journal_segment_mb: int = 64
    journal_segment_hours: int = 1
    # `serve --journal URL`: what is closed is carried there every so many minutes.
    journal_carry_minutes: float = 5.0
    journal_cell_bytes: int = 1024
    # Its compactor: segments of so many megabytes become one Parquet file; so many files smaller than this become one.
    journal_batch_mb: int = 256
    journal_small_files: int = 24
    journal_small_mb: int = 16
    # Batch scoring: the share of a table's rows that may be unreadable before nothing is published, and how many of them are
    # never too many (a share of a short table says little of the feed).
    quarantine_share: float = 0.10
    quarantine_rows: int = 20
    # Monitoring: fewer live windows than this only warn (a spread from fewer is a guess); three windows in a row advise
    # retraining; an incident needs the same culprit in two of three windows and closes after three without it.
    retrain_windows: int = 3
    sighting_windows: int = 3
    quiet_windows: int = 3
    # Alarms of slow change and of loss over ninety windows when nothing happens (of all columns together): with the
    # windows' own comparisons at most one false incident in 90 days.
    slow_alpha: float = 0.05
    loss_alpha: float = 0.05
    budget_windows: int = 90
    # Slow change is let pass up to this share of a column's standard deviation; a sum lets pass half a standard error a
    # window (Page 1954: half of the shift to be found).
    slow_gate: float = 0.10
    cusum_allowance: float = 0.5
    # Ground truth: a window is mature once 90 % of the labels that ever come are there; a loss is more than half of what
    # would be worth gaining; labels are selected when answers with and without them are this far apart (AUC over 0.5).
    mature_share: float = 0.90
    mature_rows_least: int = 30
    loss_margin: float = 0.5
    selection_alpha: float = 0.001
    selection_gap: float = 0.05
    # Performance without labels is graded on this many matured windows, anew with each (99.5 % of a rolling grade, about
    # nine independent ones in ninety windows), and withdrawn when its gap is beyond the interval.
    grade_windows: int = 10
    grade_windows_least: int = 3
    grade_level: float = 0.995
    watch_resamples: int = 200
    # Decisions of a window that are kept one by one (a share is known within 0.014 at 95 %).
    watch_sample: int = 5_000
    # Windows whose counts are kept and compared with one another (a year of days and a month more, so that a season can be
    # held against last year's); of so many in all what came of each is kept; waits for labels are learnt from so many rows.
    windows_kept: int = 400
    windows_told: int = 2_000
    delay_rows_most: int = 100_000
    # Levels of a segment column that are watched apart; rarer ones stand together.
    segment_levels_most: int = 12
    # A feed is broken when a column that was there is missing in this share of a window's rows, or when this share of the
    # requests is refused and at most a quarter of it was before.
    feed_missing: float = 0.95
    feed_refused: float = 0.10
    # Drift: false alarms over all columns of one comparison, and live windows below which `monitor` only warns.
    drift_alpha: float = 0.01
    drift_windows_least: int = 20
    # Smaller moves are shown, however certain, and raise no alarm: a location by a tenth of a standard deviation (half of
    # what Cohen 1988 calls small), a spread by a tenth, one row in a hundred missing, unseen or beyond the tail, one in
    # fifty in another level, a correlation by a tenth (Cohen's small), a PSI of a fifth of the customary 0.1.
    drift_location: float = 0.1
    drift_scale: float = 0.1
    drift_share: float = 0.01
    drift_level: float = 0.02
    drift_correlation: float = 0.1
    drift_psi: float = 0.02
    # How much wider the limits of a model's answers are while they are held against out-of-fold ones: on three public
    # tables the shipped model's answers to fresh rows lay up to 0.05 standard deviations, and 3 points of a class, apart.
    rough_answers: float = 3.0
    # Deciding: prices of models move within months, so they warn at a quarter of a year and are no longer used at half of
    # one; a model that retires within a quarter is said. Customary volumes in calls a month, read only where prices or token
    # counts are unknown: below the first an API, from the second on one's own model, from the third no longer a fine-tuned
    # one by itself, from the fourth a net from scratch.
    prices_warn_days: int = 90
    prices_unknown_days: int = 180
    retires_warn_days: int = 90
    api_calls_most: int = 1_000_000
    own_calls_least: int = 5_000_000
    fine_tune_calls_most: int = 50_000_000
    scratch_calls_least: int = 100_000_000
    # Shadow and retraining (later releases read them).
    shadow_days_least: int = 14
    shadow_days_most: int = 28

    def override(self, changes: Mapping[str, Any]) -> Policy:
        """A policy with some numbers changed. Raises ConfigError naming every unknown or mistyped one.

        >>> Policy().override({"kappa": 0.8}).kappa
        0.8
        """
        known = {f.name: getattr(self, f.name) for f in fields(self)}
        problems: list[OwnproofError] = []
        clean: dict[str, Any] = {}
        for name, value in changes.items():
            if name not in known:
                problems.append(
                    ConfigError(
                        f"no policy number is called {name!r}",
                        expected="a name of the policy",
                        hint=did_you_mean(name, list(known)),
                        where=f"policy.{name}",
                    )
                )
                continue
            default = known[name]
            expected = _wrong(value, default)
            if expected:
                problems.append(
                    ConfigError(
                        f"policy.{name} is {value!r}",
                        expected=expected,
                        hint=f"write policy.{name} as {expected}",
                        where=f"policy.{name}",
                    )
                )
                continue
            clean[name] = tuple(value) if isinstance(default, tuple) else type(default)(value)
        if problems:
            raise all_at_once(problems)
        return replace(self, **clean)

    def to_json(self) -> dict[str, Any]:
        """All numbers by name."""
        return {f.name: getattr(self, f.name) for f in fields(self)}


def _wrong(value: Any, default: Any) -> str:
    """What was expected in place of a value, "" when it may be: every number with a point is a share."""
    if isinstance(default, tuple):
        fine = isinstance(value, (list, tuple)) and all(not _wrong(v, 0.5) for v in value)
        return "" if fine else "a list of shares from 0 to 1"
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if isinstance(default, int):
        return "" if number and value >= 0 and value == int(value) else f"a whole number such as {default}"
    return "" if number and 0 <= value <= 1 else f"a share from 0 to 1 such as {default}"
