"""Every word of `repat explain`, Danish and English side by side: (da, en).

Danish labels of codes stand in `feeds.labels`, of criteria in the rule set, of benefits and the like in the code lists; what those
do not have in English stands here. Names of Danish law, benefits and permits stay Danish. Placeholders are names of `text`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal

from repat_pipeline.feeds.labels import ACTION_DA, MISSING_DA, OUTCOME_DA, ROUTE_DA, STATUS_DA
from repat_pipeline.rules.registry import criteria
from repat_pipeline.rules.window import month_da

Lang = Literal["da", "en"]

TEXTS: Mapping[str, tuple[str, str]] = {
    # -- frame
    "title": ("{municipality}, pr. {as_of}", "{municipality}, as of {as_of}"),
    "rules": ("regelsæt {rule_version}, person_ref {person_ref}", "rule version {rule_version}, person_ref {person_ref}"),
    "known_at": ("kun leveringer udtrukket senest {known_at}", "only deliveries extracted at or before {known_at}"),
    "on_list": ("På listen over kandidater.", "On the list of candidates."),
    "off_list": ("Ikke på listen over kandidater.", "Not on the list of candidates."),
    "not_met": ("Ikke opfyldt: {subjects}", "Not met: {subjects}"),
    "unknown": ("Uafklaret: {subjects}", "Unknown: {subjects}"),
    "reason": ("Begrundelse: {reason}", "Begrundelse (Danish, as in the feed): {reason}"),
    "next_action": ("Næste handling: {action}", "Next action: {action}"),
    "lists": ("Står i leverancens {lists}", "In the feed's {lists}"),
    "no_lists": ("Står ikke i nogen af leverancens filer", "In none of the feed's files"),
    "routes": ("Rute: {primary}", "Route: {primary}"),
    "routes_also": ("; også {others}", "; also {others}"),
    "months": ("Måneder: {proven} tæller af {window}, mindst {needed} kræves",
               "Months: {proven} counted of {window}, at least {needed} needed"),
    "months_open": ("; {possible}, hvis alle uafklarede talte", "; {possible} if all unknown ones counted"),
    "legend": ("K fagsystem   I e-Indkomst   ? uafklaret   . tæller ikke",
               "K own data   I income register   ? unknown   . not counted"),
    "month_letters": ("j f m a m j j a s o n d", "J F M A M J J A S O N D"),
    "law_value": ("Efter loven: {parameter} ({source})", "By law: {parameter} ({source})"),
    "choices": ("Valgt, hvor loven er tavs", "Chosen where the law is silent"),
    "choices_of": ("{subject}: {choices}", "{subject}: {choices}"),
    "routes_subject": ("Ruter (praksis)", "Routes (practice)"),
    "missing": ("Mangler: {missing}", "Missing: {missing}"),
    "no_evidence_held": ("Rækkerne er ikke længere i datalageret", "The rows are no longer in the lake"),
    "no_evidence": ("Ingen rækker i leveringerne", "No rows in the deliveries"),
    "no_talk": ("Ingen registreret samtale", "No registered talk"),
    "no_own_coverage": ("Ingen række i borgere: egne data dækker ingen måneder", "No row in borgere: own data cover no month"),
    "changes": ("Hvad kan ændre udfaldet", "What would change the outcome"),
    "changes_all": ("Hvert kriterium, der ikke er opfyldt eller er uafklaret, skal ændre sig:",
                    "Every criterion that is not met or unknown must change:"),
    "or": ("eller {change}", "or {change}"),
    "and": ("og {change}", "and {change}"),
    "deliveries": ("Leveringer, der tæller", "Deliveries that count"),
    "delivery": ("{source} {delivery_id}, udtrukket {extracted_at}", "{source} {delivery_id}, extracted {extracted_at}"),
    "not_held": ("ikke længere i datalageret (opbevaringsperioden er udløbet): rækkerne kan ikke vises",
                 "no longer in the lake (retention): its rows cannot be shown"),
    "place": ("{source} {delivery_id}, {table} {lines}", "{source} {delivery_id}, {table} {lines}"),
    "line": ("linje {lines}", "line {lines}"),
    "lines": ("linje {lines}", "lines {lines}"),
    "yes": ("ja", "yes"),
    "no": ("nej", "no"),
    "none": ("ikke oplyst", "not given"),
    "arrival": ("tilflyttet {tilflyttet_kommune_dato}", "moved in {tilflyttet_kommune_dato}"),
    "no_arrival": ("ingen tilflytningsdato", "no date of moving in"),
    "permit": ("{opholdsgrundlag}, {gyldig_fra} til {gyldig_til}, {status}", "{opholdsgrundlag}, {gyldig_fra} to {gyldig_til}, {status}"),
    "permit_without_end": ("{opholdsgrundlag}, siden {gyldig_fra}, {status}", "{opholdsgrundlag}, since {gyldig_fra}, {status}"),
    "permit_status_on": ("{status} {status_dato}", "{status} {status_dato}"),
    # -- a person who was not evaluated
    "not_evaluated": ("Personen er ikke opgjort i denne kommune.", "The person was not evaluated in this municipality."),
    "not_evaluated.deliveries_not_held": (
        "Datalageret har ikke længere alle de leveringer, der talte; der kan være mere, end her står.",
        "The lake no longer holds all the deliveries that counted; there may be more than stands here."),
    "not_evaluated.unknown_to_municipality": (
        "Ingen af de leveringer, der tæller for kommunen, har personen. En person_ref er kommunens egen: en reference fra en anden "
        "kommune passer ikke her.",
        "None of the municipality's counting deliveries has the person. A person_ref is the municipality's own: a reference of another "
        "municipality does not fit here."),
    "not_evaluated.no_uip_row": ("Ingen række i kommunens UIP-levering.", "No row in the municipality's UIP delivery."),
    "not_evaluated.no_register_row": ("Ingen gyldig række i fagsystemets borgere.", "No accepted row in the fagsystem's borgere."),
    "not_evaluated.danish_citizen": (
        "Dansk statsborger i CPR: uden en UIP-række er personen ikke med i opgørelsen.",
        "Danish citizen in CPR: without a UIP row the person is not in the base population."),
    "not_evaluated.no_listed_benefit": (
        "Ingen række med en listet ydelse i fagsystemet: uden en UIP-række kræves der en for at være med i opgørelsen.",
        "No row of a listed benefit in the fagsystem: without a UIP row one is needed to be in the base population."),
    # -- next action: what follows the label of the code
    "action.await_talk": (", aftalt til {until}", ", agreed for {until}"),
    "action.wait": (", til {until}", ", until {until}"),
    "action.deferred": (" til {until}", " until {until}"),
    "action.none": (" nu; næste samtale senest {until}", " now; next talk by {until}"),
    "action.look_up": (" for {first_month}-{last_month} ({legal_basis})", " for {first_month}-{last_month} ({legal_basis})"),
    # -- evidence
    "evidence.register": ("CPR-status {cpr_status}, kommune {kommunekode}, {arrival}",
                          "CPR status {cpr_status}, municipality {kommunekode}, {arrival}"),
    "evidence.uip_place": ("UIP har personen i {kommunekode}; ingen række i borgere",
                           "UIP has the person in {kommunekode}; no row in borgere"),
    "evidence.placed_elsewhere": ("en nyere UIP-levering har personen i {kommunekode} (udtrukket {extracted_at})",
                                  "a later UIP delivery has the person in {kommunekode} (extracted {extracted_at})"),
    "evidence.citizenship_outside": ("statsborgerskab, der er undtaget: {citizenship_group}",
                                     "citizenship that is excepted: {citizenship_group}"),
    "evidence.deciding_permit": ("gældende tilladelse: {permit}", "permit in force: {permit}"),
    "evidence.not_in_force": ("gælder ikke på opgørelsesdagen: {permit}", "not in force on the reference date: {permit}"),
    "evidence.in_chain": ("i kæden: {permit}", "in the chain: {permit}"),
    "evidence.before_gap": ("før en periode uden tilladelse: {permit}", "before a period without permit: {permit}"),
    "evidence.ended_before": ("dækker ikke opgørelsesdagen: {permit}", "does not cover the reference date: {permit}"),
    "evidence.no_residence_permit": ("er ikke en opholdstilladelse: {permit}", "is no residence permit: {permit}"),
    "evidence.starts_later": ("begynder efter opgørelsesdagen: {permit}", "starts after the reference date: {permit}"),
    "evidence.covers_nothing": ("dækker ingen dage: {permit}", "covers no day: {permit}"),
    "evidence.lives_here": ("{arrival}; fagsystemets ydelser dækker {period_from}-{period_to}",
                            "{arrival}; the fagsystem's benefits cover {period_from}-{period_to}"),
    "evidence.asked": ("spurgt i e-Indkomst for {maaned_fra}-{maaned_til} (formål {formaal})",
                       "asked of the income register for {maaned_fra}-{maaned_til} (purpose {formaal})"),
    "evidence.counts": ("{ydelseskode}", "{ydelseskode}"),
    "evidence.counts_not": ("{ydelseskode}, netto {net_dkk} kr.", "{ydelseskode}, net {net_dkk} DKK"),
    "evidence.also_in_income": ("{ydelseskode} også i e-Indkomst", "{ydelseskode} also in the income register"),
    "evidence.ambiguous": ("samlekode {indtaegtsart}, netto {net_dkk} kr.", "collective code {indtaegtsart}, net {net_dkk} DKK"),
    "evidence.ambiguous_decided": ("samlekode {indtaegtsart}: egne data eller beløbet afgør måneden",
                                   "collective code {indtaegtsart}: own data or the amount decide the month"),
    "evidence.reversed": ("tilbageført i e-Indkomst", "reversed in the income register"),
    "evidence.last_talk": ("seneste samtale {haendelsesdato}, {kommunekode}", "newest talk {haendelsesdato}, {kommunekode}"),
    "evidence.earlier_talk": ("tidligere samtale {haendelsesdato}", "earlier talk {haendelsesdato}"),
    "evidence.undocumented_talk": ("samtale {haendelsesdato} i {kommunekode} uden dokumentreference: tæller ikke",
                                   "talk {haendelsesdato} in {kommunekode} without document reference: does not count"),
    "evidence.closing_letter": ("afsluttende brev {haendelsesdato}: er ikke en samtale efter loven",
                                "closing letter {haendelsesdato}: no talk in the sense of the law"),
    "evidence.round_event": ("{haendelsesdato} {haendelsestype}", "{haendelsesdato} {haendelsestype}"),
    "evidence.lapsed_event": ("{haendelsesdato} {haendelsestype} i et forløb, der er udløbet",
                              "{haendelsesdato} {haendelsestype} in a round that has lapsed"),
    "evidence.round_event_agreed": (", aftalt til {aftalt_dato}", ", agreed for {aftalt_dato}"),
    "evidence.round_event_deferred": (" til {udskudt_til}", " to {udskudt_til}"),
    "evidence.open_case": ("åben sag ({sagstype}) siden {aabnet_dato}", "open case ({sagstype}) since {aabnet_dato}"),
    "evidence.closed_case": ("sag ({sagstype}) lukket {lukket_dato}, årsag: {afslutningsaarsag}",
                             "case ({sagstype}) closed {lukket_dato}, reason: {afslutningsaarsag}"),
    "evidence.wages": ("løn i {month} (indkomsttype 00)", "wages in {month} (indkomsttype 00)"),
    "evidence.moved_in": ("tilflyttet {tilflyttet_kommune_dato} fra {fraflytningskommune}",
                          "moved in {tilflyttet_kommune_dato} from {fraflytningskommune}"),
    "evidence.other_benefit": ("{ydelseskode} i {month}", "{ydelseskode} in {month}"),
    "evidence.rejected": ("afvist række, bruges ikke (regel {rule_ids})", "rejected row, not used (rule {rule_ids})"),
    # -- months
    "state.counted_own": ("tæller, fagsystem", "counted, own data"),
    "state.counted_income": ("tæller, e-Indkomst", "counted, income register"),
    "state.not_counted": ("tæller ikke", "not counted"),
    "state.unknown": ("uafklaret", "unknown"),
    "state.unknown.not_covered": ("uafklaret: egne data dækker ikke, og e-Indkomst er ikke spurgt",
                                  "unknown: not covered by own data, and the income register was not asked"),
    "state.unknown.ambiguous_code": ("uafklaret: kun samlekode 0038", "unknown: collective code 0038 only"),
    "month_run_one": ("{months}: {state}", "{months}: {state}"),
    "month_run": ("{months}, {count} md.: {state}", "{months}, {count} months: {state}"),
    # -- what would change the outcome
    "change.not_held": ("de rækker, der afgjorde det, er ikke længere i datalageret", "the rows that decided it are no longer in the lake"),
    "change.rejected_rows": ("en rettet levering af {table}: {lines} i {source} {delivery_id} er afvist ({rule_ids})",
                             "a corrected delivery of {table}: {lines} in {source} {delivery_id} rejected ({rule_ids})"),
    "change.uip_row": ("en række i kommunens UIP-levering: uden den vides intet om opholdstilladelsen",
                       "a row in the municipality's UIP delivery: without it nothing is known of the permit"),
    "change.not_in_population": ("CPR-status {cpr_status}: kun personer med bopæl i Danmark er med",
                                 "CPR status {cpr_status}: only residents of Denmark are included"),
    "change.registered_elsewhere": ("registreret i {kommunekode}; pligten er bopælskommunens",
                                    "registered in {kommunekode}; the duty is the municipality of residence's"),
    "change.moves_in_later": ("flytter først til kommunen {on}", "moves in on {on} only"),
    "change.placed_elsewhere": ("UIP har senere (udtrukket {extracted_at}) personen i {kommunekode}; en række i borgere ville afgøre det",
                                "UIP later (extracted {extracted_at}) has the person in {kommunekode}; a row in borgere would decide it"),
    "change.citizenship": ("et andet statsborgerskab end det undtagne ({citizenship_group}; {law_reference})",
                           "another citizenship than the excepted one ({citizenship_group}; {law_reference})"),
    "change.basis": ("et andet opholdsgrundlag end {opholdsgrundlag}, som er uden for personkredsen ({law_reference})",
                     "another residence basis than {opholdsgrundlag}, which is outside the covered group ({law_reference})"),
    "change.no_permit_in_force": ("en opholdstilladelse, der gælder på opgørelsesdagen",
                                  "a residence permit in force on the reference date"),
    "change.no_permit_chain": ("en opholdstilladelse, der dækker opgørelsesdagen; årene regnes fra dens første dag",
                               "a residence permit that covers the reference date; the years run from its first day"),
    "change.years": ("opfyldt fra {on}: {years} år efter {residence_since}", "met from {on}: {years} years after {residence_since}"),
    "change.years_after_extension": (
        "opfyldt fra {on} ({years} år efter {residence_since}), hvis tilladelsen, der slutter {ends_on}, forlænges uden afbrydelse",
        "met from {on} ({years} years after {residence_since}) if the permit that ends {ends_on} is extended without a break"),
    "change.more_months": ("{months} flere talte måneder ({proven} af mindst {needed}); tidligst {earliest_on}, hvis hver måned "
                           "tæller herfra",
                           "{months} more counted months ({proven} of at least {needed}); {earliest_on} at the earliest, if every month "
                           "from now on counts"),
    "change.more_months_one": ("én talt måned mere ({proven} af mindst {needed}); tidligst {earliest_on}, hvis hver måned tæller herfra",
                               "one more counted month ({proven} of at least {needed}); {earliest_on} at the earliest, if every month "
                               "from now on counts"),
    "change.more_months_open": (". Talte alle {open} uafklarede, manglede der stadig {lacking}",
                                ". If all {open} unknown ones counted, {lacking} would still be lacking"),
    "change.income_answer": ("et svar fra e-Indkomst for {first_month}-{last_month}",
                             "an answer of the income register for {first_month}-{last_month}"),
    "change.own_data": ("kommunens egne ydelser for {first_month}-{last_month} (e-Indkomst må ikke bruges på opgørelsesdagen)",
                        "the municipality's own benefits for {first_month}-{last_month} (the income register may not be used then)"),
    "change.ambiguous_months": ("en afklaring af {ambiguous_months}: e-Indkomst har kun samlekoden 0038, se i sagen, hvilken "
                                "ydelse det var",
                                "a check of {ambiguous_months}: the income register has the collective code 0038 only, see in the case "
                                "which benefit it was"),
    "change.due_again": ("samtalen er forfalden igen {on} (seneste samtale {last_talk_on})",
                         "the talk is due again on {on} (newest talk {last_talk_on})"),
    "change.permit_ends": ("opholdstilladelsen slutter {on}, hvis den ikke forlænges",
                           "the residence permit ends on {on} unless it is extended"),
    "change.months_leave_window": ("fra {on} er der færre end {needed} talte måneder, hvis ingen nye tæller",
                                   "from {on} there are fewer than {needed} counted months if no new ones count"),
    "change.talk_held": ("en afholdt samtale: den næste er først forfalden {months} måneder efter",
                         "a talk held: the next one is due {months} months later only"),
}  # fmt: skip

# Parameters of spec/rules.md section 6, and the words for values that are no numbers or dates.
PARAMETERS: Mapping[str, tuple[str, str]] = {
    "permit_years_min": ("mindst {value} års opholdstilladelse", "at least {value} years of residence permit"),
    "permit_chain": ("tilladelserne tælles som {value}", "permits are counted as {value}"),
    "permit_gap_tolerance_days": (
        "op til {value} dage uden tilladelse bryder ikke kæden",
        "up to {value} days without permit do not break the chain",
    ),
    "window_months": ("et vindue på {value} måneder", "a window of {value} months"),
    "benefit_months_min": ("mindst {value} måneder med en listet ydelse", "at least {value} months with a listed benefit"),
    "window_end": ("vinduet slutter med {value}", "the window ends with {value}"),
    "month_counting": ("en måned tæller ved {value}", "a month counts by {value}"),
    "count_integrationsydelse_as_sho": ("integrationsydelse tæller: {value}", "integrationsydelse counts: {value}"),
    "income_lawful_from": ("e-Indkomst må bruges fra {value}", "the income register may be used from {value}"),
    "talk_interval_months": ("højst {value} måneder mellem samtaler", "at most {value} months between talks"),
    "clock": ("fristen regnes fra {value}", "the interval runs from {value}"),
    "talk_in_other_municipality_counts": (
        "en samtale i en anden kommune tæller: {value}",
        "a talk in another municipality counts: {value}",
    ),
    "include_dual_danish_citizens": ("danske statsborgere er med: {value}", "Danish citizens are included: {value}"),
    "include_ukraine_act": ("særloven om fordrevne fra Ukraine er med: {value}", "the Ukraine act is included: {value}"),
    "closed_case_months": ("en lukket sag er en rute i {value} måneder", "a closed case is a route for {value} months"),
    "employment_months": ("løn i de seneste {value} måneder viser beskæftigelse", "wages in the last {value} months show employment"),
}
PARAMETER_VALUES: Mapping[str, tuple[str, str]] = {
    "true": ("ja", "yes"),
    "false": ("nej", "no"),
    "unbroken": ("en ubrudt kæde", "an unbroken chain"),
    "cumulative": ("sammenlagte dage", "days added up"),
    "month_before": ("måneden før opgørelsesdagens", "the month before that of the reference date"),
    "own_month": ("opgørelsesdagens måned", "the month of the reference date"),
    "any_net_payment": ("en udbetaling, der netto er over 0", "any net payment above 0"),
    "full_month": ("ydelse hele måneden", "a benefit for the whole month"),
    "talks_held": ("afholdte samtaler", "talks held"),
    "practice": ("afholdte samtaler og afsluttende breve", "talks held and closing letters"),
    "with_document_reference": ("når den har en dokumentreference", "with a document reference"),
    "never": ("aldrig", "never"),
}

# What a criterion is about, in a word.
SUBJECTS: Mapping[str, tuple[str, str]] = {
    "resident": ("Bopæl", "Residence"),
    "covered_group": ("Personkreds", "Covered group"),
    "residence_years": ("Opholdstilladelse", "Residence permit"),
    "benefit_months": ("Ydelsesmåneder", "Benefit months"),
    "talk_due": ("Samtale", "Talk"),
}

# English labels of codes; the Danish ones are where `DANISH_CODES` and the code lists say.
ENGLISH_CODES: Mapping[str, Mapping[str, str]] = {
    "status": {"eligible": "in the target group", "undetermined": "undetermined", "not_eligible": "not in the target group"},
    "outcome": {"met": "met", "not_met": "not met", "unknown": "unknown"},
    "next_action": {
        "invite": "invite", "await_talk": "await the talk", "remind": "send a reminder", "close": "send the closing letter",
        "wait": "wait (the closing letter is sent)", "deferred": "deferred", "none": "none", "look_up": "look up in the income register",
        "manual_check": "manual check",
    },
    "route": {
        "active_case": "active case", "closed_case": "closed case", "ordinary_employment": "ordinary employment",
        "in_migrant": "in-migrant", "other_benefit": "other benefit", "no_contact": "no contact",
    },
    "missing": {
        "borgere": "a valid row in borgere (a row is rejected)", "eindkomst": "facts on some months (income register)",
        "eindkomst_0038": "what the collective code 0038 of the income register is", "opslag": "a valid row in opslag (a row is rejected)",
        "indkomst": "a valid row in the income register's answer (a row is rejected)",
        "opholdstilladelser": "a valid row in UIP (a row is rejected)", "uip": "a row in UIP",
        "vejledningshaendelser": "a valid row in vejledningshaendelser (a row is rejected)", "ydelser": "valid facts in ydelser",
    },
    "criterion": {
        "resident": "lives in the municipality", "covered_group": "within the covered group",
        "residence_years": "residence permit for long enough", "benefit_months": "a benefit in enough months of the window",
        "talk_due": "no talk since the interval began",
    },
    "haendelsestype": {
        "indkaldelse": "summons", "rykker": "reminder", "samtale_afholdt": "talk held", "udeblivelse": "no-show",
        "afbud_borger": "cancelled by the citizen", "afbud_kommune": "cancelled by the municipality", "afsluttende_brev": "closing letter",
        "udsat": "deferred",
    },
    "status_of_permit": {
        "gaeldende": "in force", "udloebet": "expired", "bortfaldet": "lapsed", "inddraget": "revoked",
        "forlaengelse_naegtet": "extension refused",
    },
    "citizenship_group": {
        "danish": "Danish citizen", "nordic": "Nordic citizen", "eu": "EU citizen", "eea": "EEA citizen", "swiss": "Swiss citizen",
    },
    "afslutningsaarsag": {
        "ordinaer_beskaeftigelse": "ordinary employment", "uddannelse": "education", "anden_ydelse": "other benefit", "pension": "pension",
        "fraflyttet": "moved away", "udrejst": "left the country", "andet": "other",
    },
}  # fmt: skip
DANISH_CODES: Mapping[str, Mapping[str, str]] = {
    "status": STATUS_DA,
    "outcome": OUTCOME_DA,
    "next_action": ACTION_DA,
    "route": ROUTE_DA,
    "missing": MISSING_DA,
    "criterion": {criterion.criterion: criterion.label_da for criterion in criteria()},
}
_MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def pick(pair: tuple[str, str], lang: Lang) -> str:
    """The Danish or the English one of a pair."""
    return pair[0] if lang == "da" else pair[1]


def say(name: str, lang: Lang, **values: object) -> str:
    """A text of the table with its placeholders filled in."""
    return pick(TEXTS[name], lang).format(**values)


def code_label(kind: str, code: str, lang: Lang) -> str:
    """Label of a code of `spec/rules.md`: `kind` is a key of `DANISH_CODES`."""
    return (DANISH_CODES if lang == "da" else ENGLISH_CODES)[kind][code]


def month_name(month: date, lang: Lang) -> str:
    """A month as people write it short: `nov 2023`, `Nov 2023`."""
    return month_da(month) if lang == "da" else f"{_MONTHS_EN[month.month - 1]} {month.year}"
