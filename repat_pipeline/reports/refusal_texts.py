"""The Danish text of every reason to refuse a delivery (spec/inbound.md section 1); `finding_texts.reason_text` fills it in.

Only the words live here. Codes are `extracts.refusal.RefusalCode`; the facts in braces are `Reason.facts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from repat_pipeline.extracts.refusal import RefusalCode


@dataclass(frozen=True)
class RefusalText:
    """What is wrong and what the sender does.

    Attributes:
        details: names of the facts that a sentence needs (joined by blanks) -> the sentence; left out where one is not known.
    """

    explanation: str
    next_step: str
    details: Mapping[str, str] = field(default_factory=dict)


_AGAIN = "Send leveringen igen."
_MANIFEST = "Ret manifest.json, og send leveringen igen."
_PLACE_STEP = "Ret manifest.json, eller læg leveringen i den rigtige mappe."
_OPERATOR = "Indberet det som en fejl i programmet; leveringen skal ikke rettes."
_FIELD = {"field": "Felt: {field}."}
_PLACE = {"folder got": "Mappen siger {folder}, manifestet siger {got}."}
_LIMIT = "Undersøg, hvorfor filen er så stor, og ret udtrækket; grænsen kan kun hæves af driften."

REFUSAL_TEXTS: dict[RefusalCode, RefusalText] = {
    # -- the manifest --------------------------------------------------------------------------------------------------
    "manifest_invalid": RefusalText(
        "manifest.json mangler, kan ikke læses, eller et felt i det mangler eller har en forkert form.",
        "Skriv manifest.json til sidst, med alle felter (docs/runbooks/new_vendor_layout.md), og send leveringen igen.",
        {**_FIELD, "is_absent": "Der er ingen manifest.json i mappen; filerne kan kontrolleres enkeltvis med repat check FIL."}),
    "source_unknown": RefusalText("source i manifestet er ikke en af de tre kilder.", "Skriv uip, fagsystem eller eindkomst."),
    "municipality_unknown": RefusalText("Kommunekoden er ikke en af de 98 kommuners.", "Skriv kommunekoden med fire cifre, fx 0751."),
    "kind_differs": RefusalText("kind i manifestet passer ikke til kilden.", "Skriv full for uip og fagsystem, answer for eindkomst."),
    "contract_version_unknown": RefusalText(
        "Leveringen følger en hovedversion af kontrakten, som vi ikke kender.", "Aftal versionen med os, før I sender igen.",
        {"got known": "Manifestet siger {got}; vi læser version {known}."}),
    "extracted_at_no_zone": RefusalText(
        "extracted_at har ingen tidszone.", "Skriv tidspunktet med zone, fx 2026-11-02T06:00:00+01:00, og send leveringen igen."),
    "extracted_at_future": RefusalText(
        "extracted_at ligger i fremtiden.", "Kontrollér ur og tidszone i jeres system, og send leveringen igen.",
        {"got": "Manifestet siger {got}."}),
    "period_missing": RefusalText(
        "Manifestet siger ikke, hvilke måneder ydelser dækker.",
        "Skriv period_from og period_to som ÅÅÅÅ-MM: de måneder, hvor ydelser er komplet.", _FIELD),
    "period_reversed": RefusalText("period_to ligger før period_from.", _MANIFEST),
    "search_mode_basis_month": RefusalText(
        "Svaret er søgt på basismåned; det giver andre rækker end en søgning på lønperiode.",
        "Slå op i indkomstregisteret igen, på lønperiode (search_mode wage_period)."),
    "search_mode_unknown": RefusalText("search_mode i manifestet kendes ikke.", "Skriv wage_period, hvis svaret er søgt på lønperiode."),
    "legal_basis_unknown": RefusalText("legal_basis i manifestet kendes ikke.", "Skriv look_up eller batch."),
    "legal_basis_reference_missing": RefusalText(
        "legal_basis er batch, men der er ingen henvisning til hjemlen.", "Udfyld legal_basis_reference, og send leveringen igen."),
    "mapping_unknown": RefusalText(
        "Manifestet nævner en mappingfil, som ikke findes for kilden.",
        "Ret navnet, eller få mappingfilen oprettet først (docs/runbooks/new_vendor_layout.md).", {"name": "Mapping: {name}."}),
    "mapping_invalid": RefusalText(
        "Mappingfilen har en fejl.", "Driften retter mappingfilen (docs/runbooks/new_vendor_layout.md); send derefter igen.",
        {"name": "Mapping: {name}."}),
    # -- where the delivery lies ---------------------------------------------------------------------------------------
    "municipality_differs": RefusalText("Mappens kommune er ikke manifestets.", _PLACE_STEP, _PLACE),
    "source_differs": RefusalText("Mappens kilde er ikke manifestets.", _PLACE_STEP, _PLACE),
    "delivery_id_differs": RefusalText("Mappens navn er ikke manifestets delivery_id.", _PLACE_STEP, _PLACE),
    "delivery_id_taken": RefusalText(
        "Der er allerede modtaget en levering med samme delivery_id og andet indhold; den første gælder.",
        "Send den rettede levering under et nyt delivery_id og med nyt extracted_at."),
    "unsafe_name": RefusalText(
        "Et navn har andre tegn end A-Z, a-z, 0-9, punktum, understreg og bindestreg, begynder med punktum eller er for langt.",
        "Giv filen eller mappen et andet navn, og send leveringen igen."),
    "link": RefusalText("Leveringen indeholder et link; links følges ikke.", "Læg selve filen i mappen, og send leveringen igen."),
    "sub_folder": RefusalText("Leveringen indeholder en mappe.", "Læg alle filer direkte i leveringens mappe."),
    "special_file": RefusalText("Leveringen indeholder noget, der hverken er en fil eller en mappe.", "Send kun almindelige filer."),
    # -- files ---------------------------------------------------------------------------------------------------------
    "file_missing": RefusalText("En fil, som manifestet nævner, er der ikke.", "Send alle filer, og skriv manifest.json til sidst."),
    "file_extra": RefusalText("Filen er ikke nævnt i manifestet.", "Nævn den i manifestet, eller udelad den."),
    "bytes_differ": RefusalText(
        "Filen har en anden størrelse, end manifestet siger: den er afkortet eller ændret undervejs.", _AGAIN,
        {"told got": "Manifestet siger {told} bytes, filen har {got}."}),
    "sha256_differs": RefusalText("Filens indhold er ikke det, manifestet beskriver (sha256 er forskellig).", _AGAIN),
    "rows_differ": RefusalText(
        "Filen har et andet antal rækker, end manifestet siger (XML: antal blanketter 16000).",
        "Kontrollér, at udtrækket er komplet, og send leveringen igen med det rigtige antal.",
        {"told got": "Manifestet siger {told}, der er læst {got}."}),
    "file_unreadable": RefusalText(
        "Filen kan ikke læses som CSV i den aftalte form.", "Kontrollér separator, anførselstegn og rettigheder, og send leveringen igen."),
    "limit_files": RefusalText(
        "Mappen har flere filer end grænsen.", "Send kun manifest.json og en fil for hver tabel.",
        {"limit got": "Grænsen er {limit}, mappen har {got}."}),
    "changed_while_read": RefusalText(
        "Leveringen blev ændret, mens den blev læst.", "Skriv manifest.json til sidst, og ret ikke i leveringen bagefter."),
    "limit_file_bytes": RefusalText("Filen er større end grænsen.", _LIMIT, {"limit got": "Grænsen er {limit} bytes, filen har {got}."}),
    "limit_line_bytes": RefusalText(
        "En linje er længere end grænsen.", "Kontrollér linjeskift og anførselstegn i filen, og send leveringen igen.",
        {"limit got": "Grænsen er {limit} bytes, den længste linje har {got}."}),
    "limit_columns": RefusalText(
        "Filen har flere kolonner end grænsen.", "Send kun kontraktens kolonner.", {"limit got": "Grænsen er {limit}, filen har {got}."}),
    "nul_byte": RefusalText("Filen indeholder NUL-tegn og er ikke almindelig tekst.", "Eksportér filen som ren tekst, og send igen."),
    "not_utf8": RefusalText(
        "Filen er ikke skrevet i UTF-8.", "Eksportér i UTF-8, eller få jeres tegnsæt angivet i en mappingfil."),
    "encoding_differs": RefusalText(
        "Filen er ikke skrevet i det tegnsæt, som mappingfilen angiver.", "Ret eksporten eller mappingfilen.",
        {"encoding": "Mappingfilen siger {encoding}."}),
    # -- tables, columns, lines ----------------------------------------------------------------------------------------
    "table_missing": RefusalText("En obligatorisk tabel er ikke med.", "Send alle obligatoriske tabeller, også når de er tomme.",
                                 {"table": "Tabel: {table}."}),
    "table_unknown": RefusalText(
        "Manifestet nævner en tabel, som kilden ikke har.", "Ret tabellens navn, eller udelad filen.",
        {"table": "Tabel: {table}.", "known": "Kildens tabeller er {known}."}),
    "table_claimed_twice": RefusalText(
        "To filer er angivet til samme tabel.", "Saml rækkerne i én fil for hver tabel.",
        {"table other": "Tabel {table} står også for filen {other}."}),
    "file_form_unknown": RefusalText("Tabellen kan ikke sendes som XML.", "Send tabellen som CSV.", {"table": "Tabel: {table}."}),
    "header_differs": RefusalText(
        "Filens første linje er ikke kontraktens kolonnenavne (hver kolonne én gang, i vilkårlig rækkefølge).",
        "Ret overskriftslinjen, eller få jeres kolonnenavne angivet i en mappingfil.",
        {"missing": "Mangler: {missing}.", "unknown": "Ukendte: {unknown}.", "hidden": "Ukendte kolonner, hvis navn ikke vises: {hidden}.",
         "repeated": "Flere gange: {repeated}.",
         "expected_columns": "Ingen af kolonnerne blev fundet; er separatoren rigtig? Forventet: {expected_columns}."}),
    "ragged_line": RefusalText(
        "Linjen har ikke samme antal kolonner som overskriften, eller et anførselstegn afsluttes ikke.",
        "Ret linjen. Har en værdi semikolon, linjeskift eller anførselstegn, skal den stå i anførselstegn.",
        {"columns got": "Overskriften har {columns} kolonner, linjen har {got}.", "is_blank": "Linjen er tom."}),
    "xml_invalid": RefusalText(
        "Filen er ikke et helt og gyldigt svar fra indkomstregisteret (IndkomstOplysningPersonHent_O).",
        "Send svaret, som det kom fra indkomstregisteret, uden ændringer."),
    "too_many_rejected": RefusalText(
        "For mange rækker i tabellen bryder regler, så hele leveringen afvises.",
        "Ret den regel, som flest rækker bryder (oftest er én kolonne forkert hele vejen), og send leveringen igen.",
        {"rejected read": "{rejected} af {read} rækker.", "rules": "Regler og antal rækker: {rules}."}),
    "check_without_row": RefusalText("En kontrol fejlede uden at pege på en række.", _OPERATOR),
}  # fmt: skip
