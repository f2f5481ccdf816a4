"""Lines in the numbers that the registers hold nationally: some 57 income lines and 17 benefit lines per person (issue 6).

`persons` makes a few telling rows per person, one by one. These lines come on top, a chunk of persons at a time and column by
column, so that 50 million of them take minutes and memory stays flat. Every draw is arithmetic on the person's number: the same
plan gives the same bytes. About one line in 2,000 has an unknown code and is rejected; it decides nobody's candidacy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import polars as pl

_PRIME = 2**31 - 1
_CHUNK_PERSONS = 10_000
_REFORM = date(2025, 7, 1)

# Of a hundred persons up to which draw -> chance (per cent) of a first, second and third line in a month.
_LIVES = {"wage": (50, (98, 85, 35)), "benefit": (75, (90, 35, 15)), "sparse": (90, (50, 25, 15))}
_INCOME_SLOTS = 3
# Of a hundred recipients up to which draw -> indkomsttype, indtaegtsart. Few get a listed benefit: domain/law.md section 4.
_BENEFIT_KINDS = {3: ("06", "0041"), 5: ("06", "0087"), 10: ("04", "0038"), 20: ("04", "0083"), 50: ("04", "0005"),
                  80: ("07", "0103"), 100: ("04", "0006")}  # fmt: skip
_SHARE_OF_RECIPIENTS = 20
_PAYMENT_SLOTS = 2
# Of a hundred recipients up to which draw -> benefit; the listed ones first.
_BENEFITS = {3: "kontanthjaelp", 4: "uddannelseshjaelp", 5: "sho", 6: "overgangsydelse", 40: "dagpenge", 65: "sygedagpenge",
             75: "ressourceforloeb", 85: "folkepension", 92: "ledighedsydelse", 100: "fleksloentilskud"}  # fmt: skip
_ABOLISHED = ("uddannelseshjaelp", "sho", "overgangsydelse")


def income_lines(code: str, cpr_numbers: Sequence[str], months: Sequence[date]) -> Iterator[pl.DataFrame]:
    """Rows of `indkomst` (text in the CSV dialect) for persons who were asked for in all `months`, person by person."""
    for lines in _slots(code, cpr_numbers, months, _INCOME_SLOTS):
        yield _income(lines, code)


def payment_lines(code: str, cpr_numbers: Sequence[str], months: Sequence[date]) -> Iterator[pl.DataFrame]:
    """Rows of `ydelser` (text in the CSV dialect): a fifth of the persons are recipients, in most of `months`."""
    for lines in _slots(code, cpr_numbers, months, _PAYMENT_SLOTS):
        yield _payments(lines, code)


def _slots(code: str, cpr_numbers: Sequence[str], months: Sequence[date], slots: int) -> Iterator[pl.DataFrame]:
    """Every person, month and slot of a chunk of persons: `line` (unique), `person`, `slot`, `month`, `last`, `cpr_nummer`."""
    calendar = pl.Series("month", months)
    per_person = len(months) * slots
    for start in range(0, len(cpr_numbers), _CHUNK_PERSONS):
        numbers = pl.Series("cpr_nummer", cpr_numbers[start : start + _CHUNK_PERSONS])
        line = pl.int_range(len(numbers) * per_person, dtype=pl.Int64, eager=True)
        month = calendar.gather(line % per_person // slots)
        yield pl.DataFrame({
            "line": line + start * per_person,
            # Different persons in each municipality.
            "person": line // per_person + start + int(code) * 1_000_003,
            "slot": line % slots,
            "month": month,
            "last": month.dt.month_end(),
            "cpr_nummer": numbers.gather(line // per_person),
        })  # fmt: skip


def _draw(subject: str, salt: int, below: int) -> pl.Expr:
    """A number from 0 to `below` - 1 that the columns `person` and, for `line`, `line` decide."""
    seed = pl.col("person") if subject == "person" else pl.col("person") * 1009 + pl.col("line")
    mixed = ((seed + salt * 7919) % _PRIME * 48271) % _PRIME
    mixed = ((mixed ^ (mixed // 8192)) * 69621 + salt) % _PRIME
    return (mixed ^ (mixed // 65536)) % below


def _by_share(shares: dict[int, str], draw: pl.Expr) -> pl.Expr:
    chosen: pl.Expr = pl.lit(None, pl.String)
    for upper, value in reversed(shares.items()):
        chosen = pl.when(draw < upper).then(pl.lit(value)).otherwise(chosen)
    return chosen


def _amount(oere: pl.Expr) -> pl.Expr:
    sign = pl.when(oere < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    return sign + (oere.abs() // 100).cast(pl.String) + "," + (oere.abs() % 100).cast(pl.String).str.zfill(2)


def _income(lines: pl.DataFrame, code: str) -> pl.DataFrame:
    chance: pl.Expr = pl.lit(0)
    for upper, chances in reversed(_LIVES.values()):
        of_slot = pl.when(pl.col("slot") == 0).then(chances[0]).when(pl.col("slot") == 1).then(chances[1]).otherwise(chances[2])
        chance = pl.when(_draw("person", 1, 100) < upper).then(of_slot).otherwise(chance)
    kept = lines.lazy().filter(_draw("line", 2, 100) < chance)
    is_wage_life, slot = ~_draw("person", 1, 100).is_between(_LIVES["wage"][0], _LIVES["benefit"][0] - 1), pl.col("slot")
    is_wage = (is_wage_life & ((slot != 1) | (_draw("line", 3, 100) < 60))) | (~is_wage_life & (slot == 2))
    is_correction = ~is_wage & (slot == 1)
    kind = _draw("person", 4, 100)
    benefit_type = _by_share({upper: pair[0] for upper, pair in _BENEFIT_KINDS.items()}, kind)
    benefit_kind = _by_share({upper: pair[1] for upper, pair in _BENEFIT_KINDS.items()}, kind)
    oere = pl.when(is_correction).then(-20_000 - _draw("line", 5, 60_000)).otherwise(800_000 + _draw("line", 5, 2_400_000))
    has_period = _draw("line", 6, 100) < 97
    named = kept.select(
        "line",
        "cpr_nummer",
        se_nummer=pl.when(is_wage).then((12_345_600 + _draw("person", 7, 900) + slot).cast(pl.String)).otherwise(pl.lit("35209115")),
        indberetning_id=pl.when(_draw("line", 8, 100) < 98).then(pl.lit(f"L{code}-") + pl.col("line").cast(pl.String)),
        indberetningsart=pl.lit("I"),
        tilbagefoert=pl.when(_draw("line", 9, 200) == 0).then(pl.lit("1")).otherwise(pl.lit("0")),
        rettelse=pl.when(is_correction).then(pl.lit("1")).otherwise(pl.lit("0")),
        indkomsttype=pl.when(_draw("line", 10, 2_000) == 0).then(pl.lit("98"))
        .when(is_wage).then(pl.lit("00")).when(is_wage_life).then(pl.lit("05")).otherwise(benefit_type),
        indtaegtsart=pl.when(~is_wage & ~is_wage_life).then(benefit_kind),
        loenperiode_fra=pl.when(has_period).then(pl.col("month").dt.to_string("%Y-%m-%d")),
        loenperiode_til=pl.when(has_period).then(pl.col("last").dt.to_string("%Y-%m-%d")),
        basismaaned=pl.col("month").dt.to_string("%Y-%m"),
        a_indkomst_am=pl.when(is_wage).then(_amount(oere)),
        a_indkomst_uden_am=pl.when(~is_wage).then(_amount(oere)),
        is_reversed=(_draw("line", 11, 100) == 0),
    ).collect()  # fmt: skip
    reversals = named.filter(pl.col("is_reversed") & pl.col("indberetning_id").is_not_null()).with_columns(indberetningsart=pl.lit("T"))
    return pl.concat([named, reversals]).sort("line", "indberetningsart").drop("line", "is_reversed")


def _payments(lines: pl.DataFrame, code: str) -> pl.DataFrame:
    slot = pl.col("slot")
    chance = pl.when(slot == 0).then(95).otherwise(50)
    kept = lines.lazy().filter((_draw("person", 21, 100) < _SHARE_OF_RECIPIENTS) & (_draw("line", 22, 100) < chance))
    benefit = _by_share(_BENEFITS, _draw("person", 23, 100))
    today = pl.when(benefit.is_in(list(_ABOLISHED)) & (pl.col("month") >= _REFORM)).then(pl.lit("kontanthjaelp")).otherwise(benefit)
    monthly = 900_000 + _draw("person", 24, 600_000)
    # A second line adds a little, takes a little back, or takes all of the month back.
    second = (
        pl.when(_draw("line", 25, 100) < 57).then(50_000 + _draw("line", 26, 90_000))
        .when(_draw("line", 25, 100) < 97).then(-10_000 - _draw("line", 26, 90_000))
        .otherwise(-monthly)
    )  # fmt: skip
    ends_early = (slot == 0) & (_draw("line", 27, 100) < 8)
    last = pl.when(ends_early).then(pl.col("month").dt.offset_by("14d")).otherwise(pl.col("last"))
    return kept.select(
        effektuering_id=pl.lit(f"Y{code}-") + pl.col("line").cast(pl.String),
        cpr_nummer="cpr_nummer",
        ydelseskode=pl.when(_draw("line", 28, 2_000) == 0).then(pl.lit("boligstoette")).otherwise(today),
        periode_fra=pl.col("month").dt.to_string("%Y-%m-%d"),
        periode_til=last.dt.to_string("%Y-%m-%d"),
        beloeb=_amount(pl.when(slot == 0).then(monthly).otherwise(second)),
    ).collect()
