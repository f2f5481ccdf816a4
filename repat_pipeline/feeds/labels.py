"""Danish labels of the codes of `spec/rules.md`: the one home of the words that people read for a code.

CSV files and tables hold the codes; the spreadsheet, the sentence and `repat explain` show these labels. What a code means for
a decision stands in the rules, never here. Labels of criteria stand in `rules/rule_set.yaml`, of benefits in their code list.
"""

from __future__ import annotations

STATUS_DA = {"eligible": "i målgruppen", "undetermined": "uafklaret", "not_eligible": "ikke i målgruppen"}
OUTCOME_DA = {"met": "opfyldt", "not_met": "ikke opfyldt", "unknown": "uafklaret"}
ACTION_DA = {
    "invite": "indkald",
    "await_talk": "afvent samtalen",
    "remind": "send rykker",
    "close": "send afsluttende brev",
    "wait": "afvent (afsluttende brev er sendt)",
    "deferred": "udsat",
    "none": "ingen",
    "look_up": "slå op i e-Indkomst",
    "manual_check": "manuel kontrol",
}
ROUTE_DA = {
    "active_case": "aktiv sag",
    "ordinary_employment": "ordinær beskæftigelse",
    "in_migrant": "tilflytter",
    "closed_case": "lukket sag",
    "other_benefit": "anden ydelse",
    "no_contact": "ingen kontakt",
}

# `covered_group` of the code list residence_basis: the groups of repatrieringsloven § 3.
GROUP_DA = {
    "refugee_etc": "flygtning m.v.",
    "family_of_refugee": "familiesammenført til flygtning m.v.",
    "other_family": "anden familiesammenført",
    "pre_1983": "opholdstilladelse efter reglerne før 1983",
    "afghan_act": "særlov om Afghanistan",
    "ministerial_dispensation": "ligestillet efter ministeriets afgørelse",
    "ukraine_act": "særlov om Ukraine",
}

# The vocabulary of `missing` (spec/rules.md section 1): each reads on from "Mangler: ".
MISSING_DA = {
    "borgere": "en gyldig række i borgere (en række er afvist)",
    "eindkomst": "oplysninger om nogle måneder (e-Indkomst)",
    "eindkomst_0038": "afklaring af måneder med samlekode 0038 i e-Indkomst",
    "indkomst": "en gyldig række i svaret fra e-Indkomst (en række er afvist)",
    "opholdstilladelser": "en gyldig række i UIP (en række er afvist)",
    "opslag": "en gyldig række i opslag (en række er afvist)",
    "uip": "en række i UIP",
    "vejledningshaendelser": "en gyldig række i vejledningshændelser (en række er afvist)",
    "ydelser": "gyldige oplysninger i ydelser",
}


def capital(label: str) -> str:
    """A label as the first word of a cell or sentence."""
    return label[:1].upper() + label[1:]


def missing_da(missing: str | None) -> str:
    """The names of `missing`, joined by `,`, in Danish and joined by "; "; empty when nothing is missing."""
    return "; ".join(MISSING_DA[name] for name in missing.split(",")) if missing else ""
