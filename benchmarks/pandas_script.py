"""A competent pandas script: the candidate list from the deliveries' CSV files, with nothing validated, stored or explained.

What a good analyst would write: only the columns needed, vectorised, no Python loop over rows. It runs in an environment of its own
that has pandas (`make bench`), so nothing of the project is imported. `pandas_script.py INBOX SEEDS OUT AS_OF`. Rules: spec/rules.md.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pandas as pd

PERSON = ["municipality", "cpr"]


def read(deliveries: pd.DataFrame, file: str, columns: list[str]) -> pd.DataFrame:
    """The columns of one table over all counting deliveries, with municipality, delivery and padded CPR number."""
    frames = []
    for delivery in deliveries.itertuples():
        frame = pd.read_csv(Path(delivery.folder) / file, sep=";", dtype=str, usecols=["cpr_nummer", *columns])
        frames.append(frame.assign(municipality=delivery.municipality, delivery_id=delivery.delivery_id))
    joined = pd.concat(frames, ignore_index=True)
    return joined.assign(cpr=joined.pop("cpr_nummer").str.zfill(10))


def month_number(text: pd.Series) -> pd.Series:
    """Months since year 0 of dates or months as text."""
    return text.str[:4].astype("int64") * 12 + text.str[5:7].astype("int64") - 1


def amount(text: pd.Series) -> pd.Series:
    """Amounts in oere; nothing is lost to binary fractions."""
    return text.str.replace(",", "").fillna("0").astype("int64")


def main(inbox: str, seeds: str, out: str, as_of: str) -> None:
    """Write `municipality;cpr` of every candidate to `out`, sorted."""

    def code_list(name: str) -> pd.DataFrame:
        return pd.read_csv(Path(seeds) / f"{name}.csv", dtype=str)

    values = code_list("rules/rule_parameters").set_index("parameter")["value"]
    day = pd.Timestamp(as_of)
    months = int(values["window_months"])
    first_month = day.year * 12 + day.month - 1 - months

    manifests = pd.DataFrame(
        [json.loads(path.read_text()) | {"folder": str(path.parent)} for path in Path(inbox).glob("*/*/*/manifest.json")]
    ).rename(columns={"kommunekode": "municipality"})
    manifests["extracted_at"] = pd.to_datetime(manifests["extracted_at"], utc=True)
    manifests = manifests.sort_values(["extracted_at", "delivery_id"], ascending=False)
    newest = manifests.drop_duplicates(["municipality", "source"])
    uip, fagsystem = newest[newest["source"] == "uip"], newest[newest["source"] == "fagsystem"]
    evaluated = set(uip["municipality"]) & set(fagsystem["municipality"])
    answers = manifests[manifests["source"] == "eindkomst"]

    permits = read(uip, "opholdstilladelser.csv", ["tilladelse_id", "statsborgerskab", "opholdsgrundlag", "gyldig_fra", "gyldig_til",
                                                   "status", "status_dato", "kommunekode"]).dropna(subset="cpr")  # fmt: skip
    for column in ("gyldig_fra", "gyldig_til", "status_dato"):
        permits[column] = pd.to_datetime(permits[column])
    permits["ended_on"] = permits["status_dato"].where(permits["status"] != "gaeldende")
    residents = read(fagsystem, "borgere.csv", ["cpr_status", "kommunekode", "statsborgerskab", "tilflyttet_kommune_dato"])
    residents["arrived_on"] = pd.to_datetime(residents["tilflyttet_kommune_dato"])

    # C1
    statuses = code_list("codelists/cpr_status").query("in_dk_population == '1'")["code"]
    is_here = (residents["cpr_status"].isin(statuses) & (residents["kommunekode"] == residents["municipality"])
               & ~(residents["arrived_on"] > day))  # fmt: skip
    places = permits.loc[permits["kommunekode"] == permits["municipality"], PERSON].drop_duplicates()
    places = places.merge(uip[["municipality", "extracted_at"]], on="municipality")
    places = places[places["extracted_at"] == places.groupby("cpr")["extracted_at"].transform("max")]
    by_uip = places.merge(residents[PERSON], on=PERSON, how="left", indicator=True).query("_merge == 'left_only'")
    resident = pd.concat([residents.loc[is_here, PERSON], by_uip[PERSON]])

    # C2
    in_force = permits[(permits["gyldig_fra"] <= day) & ~(permits["gyldig_til"] < day) & ~(permits["ended_on"] <= day)]
    deciding = in_force.sort_values(["gyldig_fra", "tilladelse_id"]).drop_duplicates(PERSON, keep="last")
    deciding = deciding.merge(residents[[*PERSON, "statsborgerskab"]], on=PERSON, how="left", suffixes=("_uip", ""))
    bases = code_list("codelists/residence_basis")
    groups = code_list("codelists/citizenship_groups").query("is_outside_act == '1'")["citizenship_group"]
    countries = code_list("codelists/cpr_landekoder")
    outside = countries.loc[countries["citizenship_group"].isin(groups), "cpr_code"]
    covered_group = deciding.loc[
        deciding["opholdsgrundlag"].isin(bases.query("covered_group != 'none'")["basis_code"])
        & ~deciding["statsborgerskab"].fillna(deciding["statsborgerskab_uip"]).isin(outside), PERSON
    ]  # fmt: skip

    # C3
    pieces = permits[permits["opholdsgrundlag"].isin(bases.query("is_permit == '1'")["basis_code"]) & (permits["gyldig_fra"] <= day)]
    ends = pd.concat([pieces["gyldig_til"], pieces["ended_on"] - pd.Timedelta(days=1)], axis=1).min(axis=1).fillna(day).clip(upper=day)
    pieces = pieces.assign(until=ends)[ends >= pieces["gyldig_fra"]].sort_values([*PERSON, "gyldig_fra", "until"])
    before = pieces.groupby(PERSON)["until"].cummax().groupby([pieces["municipality"], pieces["cpr"]]).shift()
    gap = pd.Timedelta(days=1 + int(values["permit_gap_tolerance_days"]))
    opens = before.isna() | (pieces["gyldig_fra"] > before + gap)
    chains = pieces.assign(start=pieces["gyldig_fra"].where(opens)).groupby(PERSON).agg(until=("until", "max"), since=("start", "max"))
    long_enough = chains["since"] + pd.DateOffset(years=int(values["permit_years_min"])) <= day
    residence_years = chains[(chains["until"] == day) & long_enough].reset_index()[PERSON]

    # C4
    benefits = code_list("codelists/benefits").query("listed == '1'")[["benefit_code", "valid_from", "valid_to"]]
    benefits["first"], benefits["last"] = month_number(benefits["valid_from"].fillna("0001-01")), month_number(
        benefits["valid_to"].fillna("9999-12"))  # fmt: skip
    payments = read(fagsystem, "ydelser.csv", ["ydelseskode", "periode_fra", "beloeb"]).rename(columns={"ydelseskode": "benefit_code"})
    payments = payments[payments["benefit_code"].isin(benefits["benefit_code"])]
    payments = payments.assign(month=month_number(payments["periode_fra"]), oere=amount(payments["beloeb"]))

    def counted(lines: pd.DataFrame) -> pd.DataFrame:
        net = lines.groupby([*PERSON, "benefit_code", "month"], as_index=False)["oere"].sum().query("oere > 0").merge(benefits)
        return net.loc[net["month"].between(net["first"], net["last"]) & net["month"].between(first_month, first_month + months - 1),
                       [*PERSON, "month"]]  # fmt: skip

    own = counted(payments)
    income = pd.DataFrame(columns=[*PERSON, "month"])
    if day >= pd.Timestamp(values["income_lawful_from"]):
        income = counted(income_lines(answers, code_list("codelists/income_classes"), first_month, months))
    proven = pd.concat([own, income]).drop_duplicates().groupby(PERSON).size()
    benefit_months = proven[proven >= int(values["benefit_months_min"])].reset_index()[PERSON]

    # C5
    events = read(fagsystem, "vejledningshaendelser.csv", ["haendelsestype", "haendelsesdato", "kommunekode", "dokument_reference"])
    types = code_list("codelists/guidance_event_types").query("is_talk == '1'")["event_type"]
    is_talk = events["haendelsestype"].isin(types) & (
        (events["kommunekode"] == events["municipality"]) | events["dokument_reference"].notna()
    )
    talks = events[is_talk].assign(held_on=pd.to_datetime(events["haendelsesdato"])).query("held_on <= @day")
    last = talks.groupby(PERSON)["held_on"].max() + pd.DateOffset(months=int(values["talk_interval_months"]))
    recent = last[last > day].reset_index()[PERSON]

    found = covered_group[covered_group["municipality"].isin(evaluated)]
    for criterion in (resident, residence_years, benefit_months):
        found = found.merge(criterion.drop_duplicates(), on=PERSON)
    found = found.merge(recent, on=PERSON, how="left", indicator=True).query("_merge == 'left_only'")[PERSON]
    found.sort_values(PERSON).to_csv(out, sep=";", index=False)


def income_lines(answers: pd.DataFrame, classes: pd.DataFrame, first_month: int, months: int) -> pd.DataFrame:
    """Lines of a listed benefit that stand, each in the newest answer in which its month was asked for."""
    lookups = read(answers, "opslag.csv", ["maaned_fra", "maaned_til"])
    lookups["month"] = [
        range(max(start, first_month), min(end, first_month + months - 1) + 1)
        for start, end in zip(month_number(lookups["maaned_fra"]), month_number(lookups["maaned_til"]), strict=True)
    ]
    asked = lookups[[*PERSON, "delivery_id", "month"]].explode("month").dropna()
    # `answers` come newest first, and `read` keeps their order.
    used = asked.drop_duplicates([*PERSON, "month"])
    used["month"] = used["month"].astype("int64")
    lines = read(answers, "indkomst.csv", ["se_nummer", "indberetning_id", "indberetningsart", "tilbagefoert", "indkomsttype",
                                           "indtaegtsart", "loenperiode_fra", "basismaaned", "a_indkomst_uden_am"])  # fmt: skip
    report = [*PERSON, "delivery_id", "se_nummer", "indberetning_id"]
    reversed_reports = lines.loc[(lines["indberetningsart"] == "T") & lines["indberetning_id"].notna(), report].drop_duplicates()
    listed = classes.query("income_class == 'listed'").rename(
        columns={"income_type_code": "indkomsttype", "income_kind_code": "indtaegtsart"}
    )
    lines = lines[(lines["indberetningsart"] != "T") & (lines["tilbagefoert"] == "0")]
    lines = lines.merge(listed[["indkomsttype", "indtaegtsart", "benefit_code"]], on=["indkomsttype", "indtaegtsart"])
    lines = lines.merge(reversed_reports, on=report, how="left", indicator="is_reversed").query("is_reversed == 'left_only'")
    lines["month"] = month_number(lines["loenperiode_fra"].fillna(lines["basismaaned"]))
    lines["oere"] = amount(lines["a_indkomst_uden_am"])
    return lines.merge(used, on=[*PERSON, "delivery_id", "month"])


if __name__ == "__main__":
    main(*sys.argv[1:])
