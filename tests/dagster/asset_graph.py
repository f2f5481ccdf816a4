"""The asset graph, written down: a change of it is a decision, made here and in the code. `group: key [partitions] <- made from`."""

ASSET_GRAPH = """\
codelists: benefits <-
codelists: citizenship_groups <-
codelists: closing_reasons <-
codelists: cpr_landekoder <-
codelists: cpr_status <-
codelists: guidance_event_types <-
codelists: income_classes <-
codelists: indkomsttype <-
codelists: indtaegtsarter <-
codelists: kommuner <-
codelists: kpi_measures <-
codelists: kpi_own_periods <-
codelists: kpi_parameters <-
codelists: kpi_period_types <-
codelists: kpi_periods <-
codelists: kpi_registration_fields <-
codelists: permit_statuses <-
codelists: report_kinds <-
codelists: residence_basis <-
codelists: rule_alternatives <-
codelists: rule_criteria <-
codelists: rule_parameters <-
codelists: rule_texts <-
codelists: rule_versions <-
feeds: feed/aendringer [StaticPartitionsDefinition: 98] <- published/benefit_months published/contact_channels
    published/eligibility published/eligibility_candidates published/eligibility_criteria published/in_migrant_candidates
    published/lookup_requests published/ordinary_employment_candidates
feeds: feed/kandidater [StaticPartitionsDefinition: 98] <- published/benefit_months published/contact_channels
    published/eligibility published/eligibility_candidates published/eligibility_criteria published/in_migrant_candidates
    published/lookup_requests published/ordinary_employment_candidates
feeds: feed/kandidater_xlsx [StaticPartitionsDefinition: 98] <- published/benefit_months published/contact_channels
    published/eligibility published/eligibility_candidates published/eligibility_criteria published/in_migrant_candidates
    published/lookup_requests published/ordinary_employment_candidates
feeds: feed/maaneder [StaticPartitionsDefinition: 98] <- published/benefit_months published/contact_channels published/eligibility
    published/eligibility_candidates published/eligibility_criteria published/in_migrant_candidates published/lookup_requests
    published/ordinary_employment_candidates
feeds: feed/opslag [StaticPartitionsDefinition: 98] <- published/benefit_months published/contact_channels published/eligibility
    published/eligibility_candidates published/eligibility_criteria published/in_migrant_candidates published/lookup_requests
    published/ordinary_employment_candidates
feeds: feed/ordinaer_beskaeftigelse [StaticPartitionsDefinition: 98] <- published/benefit_months published/contact_channels
    published/eligibility published/eligibility_candidates published/eligibility_criteria published/in_migrant_candidates
    published/lookup_requests published/ordinary_employment_candidates
feeds: feed/tilflyttere [StaticPartitionsDefinition: 98] <- published/benefit_months published/contact_channels
    published/eligibility published/eligibility_candidates published/eligibility_criteria published/in_migrant_candidates
    published/lookup_requests published/ordinary_employment_candidates
feeds: feed/uafklarede [StaticPartitionsDefinition: 98] <- published/benefit_months published/contact_channels
    published/eligibility published/eligibility_candidates published/eligibility_criteria published/in_migrant_candidates
    published/lookup_requests published/ordinary_employment_candidates
intermediate: int_benefits__listed <- benefits int_rules__parameter_sets
intermediate: int_benefits__months_combined <- int_benefits__months_decided int_rules__window
intermediate: int_benefits__months_counted <- int_benefits__listed int_benefits__own_months int_income__benefit_months
    int_rules__evidence_window int_rules__windows
intermediate: int_benefits__months_decided <- int_benefits__months_counted int_benefits__never_enough int_benefits__own_coverage
    int_income__months int_persons__base_population int_rules__parameter_sets int_rules__windows
intermediate: int_benefits__never_enough <- int_benefits__own_coverage int_benefits__own_months int_income__benefit_months
    int_persons__rejected_tables int_rules__evidence_window int_rules__parameter_sets
intermediate: int_benefits__other_benefits <- int_benefits__listed int_benefits__own_months int_rules__reference_days
    int_rules__windows
intermediate: int_benefits__own_coverage <- int_deliveries__municipalities_evaluated int_persons__residents
    int_rules__evidence_window
intermediate: int_benefits__own_months <- int_deliveries__netting int_rules__evidence_window stg_fagsystem__payments
    stg_lake__kept_months
intermediate: int_deliveries__counting <- stg_lake__deliveries
intermediate: int_deliveries__evaluated_days <- int_deliveries__municipalities_evaluated int_rules__reference_days
    int_rules__windows
intermediate: int_deliveries__municipalities_evaluated <- int_deliveries__counting
intermediate: int_deliveries__netting <- int_deliveries__counting int_rules__evidence_window stg_lake__kept_deliveries
intermediate: int_eligibility__criteria <- int_eligibility__criterion_benefit_months int_eligibility__criterion_covered_group
    int_eligibility__criterion_residence_years int_eligibility__criterion_resident int_eligibility__criterion_talk_due
    int_rules__parameters
intermediate: int_eligibility__criterion_benefit_months <- int_benefits__months_decided int_persons__rejected_tables
    int_rules__parameter_sets int_rules__windows
intermediate: int_eligibility__criterion_covered_group <- citizenship_groups int_benefits__never_enough
    int_persons__base_population int_persons__rejected_tables int_persons__residents int_residence__permits_in_force
    int_rules__parameter_sets residence_basis
intermediate: int_eligibility__criterion_residence_years <- int_benefits__never_enough int_persons__base_population
    int_persons__rejected_tables int_residence__permit_chains int_rules__parameter_sets
intermediate: int_eligibility__criterion_resident <- int_deliveries__municipalities_evaluated int_persons__base_population
    int_persons__rejected_tables int_persons__residents int_residence__uip_places
intermediate: int_eligibility__criterion_talk_due <- int_guidance__talks int_persons__base_population int_persons__rejected_tables
intermediate: int_eligibility__reference_routes <- int_benefits__months_decided int_benefits__other_benefits int_employment__cases
    int_income__months int_persons__residents int_rules__reference_days int_rules__windows kommuner
intermediate: int_eligibility__reference_statuses <- int_benefits__months_decided int_eligibility__criterion_benefit_months
    int_eligibility__criterion_covered_group int_eligibility__criterion_residence_years int_eligibility__criterion_resident
    int_eligibility__criterion_talk_due int_rules__reference_days
intermediate: int_eligibility__routes <- int_eligibility__reference_routes int_rules__parameters
intermediate: int_eligibility__status_changes <- int_eligibility__criterion_benefit_months
    int_eligibility__criterion_covered_group int_eligibility__criterion_residence_years int_eligibility__statuses
    int_persons__base_population int_persons__listed_recipients int_rules__parameter_sets int_rules__parameters
intermediate: int_eligibility__statuses <- int_eligibility__reference_statuses int_rules__parameters
intermediate: int_employment__cases <- closing_reasons int_benefits__never_enough int_rules__reference_days stg_fagsystem__cases
    stg_lake__municipality_settings
intermediate: int_guidance__newest_rounds <- guidance_event_types int_rules__parameters stg_fagsystem__guidance_events
intermediate: int_guidance__talks <- guidance_event_types int_rules__reference_days stg_fagsystem__guidance_events
intermediate: int_income__answers_used <- int_deliveries__counting int_rules__evidence_window int_rules__reference_days
    stg_eindkomst__lookups
intermediate: int_income__benefit_months <- int_income__months_used
intermediate: int_income__line_classes <- income_classes int_deliveries__netting stg_eindkomst__income_lines
intermediate: int_income__lines_standing <- int_deliveries__netting int_income__line_classes int_rules__evidence_window
    report_kinds stg_eindkomst__income_lines
intermediate: int_income__months <- int_income__answers_used int_income__months_used
intermediate: int_income__months_netted <- int_deliveries__netting int_income__lines_standing int_rules__evidence_window
    stg_lake__kept_months
intermediate: int_income__months_used <- int_income__answers_used int_income__months_netted
intermediate: int_kpi__contact_events <- guidance_event_types int_deliveries__municipalities_evaluated int_rules__parameters
    stg_fagsystem__guidance_events
intermediate: int_kpi__contact_values <- int_kpi__contacts_summed int_kpi__parameters int_kpi__period_coverage
intermediate: int_kpi__contacts_summed <- int_kpi__contact_events int_kpi__parameters int_kpi__periods
intermediate: int_kpi__detection_lags <- int_kpi__duty_days int_kpi__stock stg_lake__listed_persons
intermediate: int_kpi__detection_values <- int_kpi__detection_lags int_kpi__reference_days kommuner stg_lake__feeds
intermediate: int_kpi__duty_days <- int_kpi__parameters int_kpi__reference_days int_kpi__stock
intermediate: int_kpi__duty_values <- int_kpi__duty_days int_kpi__reference_days
intermediate: int_kpi__flow_values <- int_kpi__reference_days int_kpi__stock
intermediate: int_kpi__lead_times <- int_kpi__contact_events int_kpi__duty_days int_kpi__reference_days int_rules__parameters
intermediate: int_kpi__lead_values <- int_kpi__lead_times int_kpi__parameters int_kpi__reference_days
intermediate: int_kpi__parameters <- kpi_parameters
intermediate: int_kpi__period_coverage <- int_kpi__periods int_kpi__registration
intermediate: int_kpi__periods <- int_rules__parameters kpi_own_periods kpi_period_types rule_versions
intermediate: int_kpi__reference_days <- int_deliveries__evaluated_days int_kpi__parameters int_kpi__stock
    int_rules__reference_days kommuner
intermediate: int_kpi__registration <- int_deliveries__municipalities_evaluated int_kpi__contact_events kommuner
    stg_fagsystem__repatriations stg_lake__table_counts
intermediate: int_kpi__registration_values <- int_kpi__contact_events int_kpi__period_coverage kpi_registration_fields
intermediate: int_kpi__repatriation_values <- int_deliveries__municipalities_evaluated int_kpi__contact_events int_kpi__parameters
    int_kpi__period_coverage int_rules__parameters stg_fagsystem__repatriations
intermediate: int_kpi__round_values <- int_kpi__contact_events int_kpi__period_coverage int_kpi__rounds
intermediate: int_kpi__rounds <- closing_reasons int_kpi__contact_events int_kpi__parameters int_persons__residents
    int_rules__parameters stg_fagsystem__cases stg_fagsystem__repatriations
intermediate: int_kpi__stock <- int_eligibility__reference_routes int_eligibility__reference_statuses int_kpi__contact_events
    int_persons__residents int_rules__reference_days
intermediate: int_kpi__stock_values <- int_kpi__reference_days int_kpi__stock
intermediate: int_persons__base_population <- int_benefits__never_enough int_deliveries__evaluated_days
    int_persons__listed_recipients int_persons__rejected_tables stg_uip__permits
intermediate: int_persons__listed_recipients <- citizenship_groups int_benefits__listed int_deliveries__municipalities_evaluated
    int_persons__residents stg_fagsystem__payments stg_uip__permits
intermediate: int_persons__rejected_tables <- int_income__answers_used stg_lake__rejected_rows
intermediate: int_persons__residents <- cpr_landekoder cpr_status stg_fagsystem__residents
intermediate: int_residence__permit_chains <- int_benefits__never_enough int_rules__parameter_sets int_rules__reference_days
    permit_statuses residence_basis stg_uip__permits
intermediate: int_residence__permits_in_force <- cpr_landekoder int_benefits__never_enough int_rules__reference_days
    permit_statuses residence_basis stg_uip__permits
intermediate: int_residence__uip_places <- int_deliveries__counting stg_uip__permits
intermediate: int_rules__evidence_window <- int_rules__windows
intermediate: int_rules__parameter_sets <- rule_alternatives rule_parameters rule_versions
intermediate: int_rules__parameters <- int_rules__parameter_sets
intermediate: int_rules__reference_days <- int_rules__parameter_sets
intermediate: int_rules__window <- int_rules__windows
intermediate: int_rules__windows <- int_rules__parameter_sets
landing: eindkomst/indkomst [StaticPartitionsDefinition: 98] <-
landing: eindkomst/opslag [StaticPartitionsDefinition: 98] <-
landing: fagsystem/borgere [StaticPartitionsDefinition: 98] <-
landing: fagsystem/repatrieringer [StaticPartitionsDefinition: 98] <-
landing: fagsystem/sager [StaticPartitionsDefinition: 98] <-
landing: fagsystem/vejledningshaendelser [StaticPartitionsDefinition: 98] <-
landing: fagsystem/ydelser [StaticPartitionsDefinition: 98] <-
landing: uip/opholdstilladelser [StaticPartitionsDefinition: 98] <-
marts: attrition <- int_deliveries__municipalities_evaluated int_eligibility__statuses
marts: benefit_months <- int_benefits__months_combined int_benefits__months_counted int_eligibility__statuses int_rules__window
marts: contact_channels <- int_eligibility__routes
marts: delivery_log <- stg_lake__deliveries stg_lake__table_counts
marts: double_residence <- eligibility_candidates int_deliveries__municipalities_evaluated
marts: eligibility <- int_benefits__months_combined int_eligibility__routes int_eligibility__statuses int_guidance__newest_rounds
    int_rules__parameters
marts: eligibility_candidates <- eligibility
marts: eligibility_criteria <- int_benefits__months_combined int_eligibility__criteria int_rules__parameters rule_criteria
    rule_parameters
marts: excess_lookups <- int_benefits__own_coverage int_deliveries__counting int_deliveries__municipalities_evaluated
    int_income__answers_used int_rules__window
marts: in_migrant_candidates <- eligibility
marts: kpi_values <- int_kpi__contact_values int_kpi__detection_values int_kpi__duty_values int_kpi__flow_values
    int_kpi__lead_values int_kpi__parameters int_kpi__registration_values int_kpi__repatriation_values int_kpi__round_values
    int_kpi__stock_values int_rules__parameters kpi_measures kpi_periods
marts: lookup_requests <- int_benefits__months_combined int_eligibility__statuses int_rules__parameters rule_texts
marts: municipalities <- kommuner
marts: ordinary_employment_candidates <- eligibility
marts: persons_without_cpr <- int_deliveries__municipalities_evaluated stg_uip__permits
marts: rejected_rows_by_rule <- stg_lake__rejected_rows_by_rule
marts: rejection_trend <- stg_lake__deliveries stg_lake__rejected_rows_by_rule stg_lake__table_counts
marts: sensitivity <- int_deliveries__municipalities_evaluated int_eligibility__status_changes rule_alternatives
publication: published/attrition <- attrition
publication: published/attrition_exact <- attrition
publication: published/benefit_months <- benefit_months
publication: published/contact_channels <- contact_channels
publication: published/delivery_log <- delivery_log
publication: published/double_residence <- double_residence
publication: published/double_residence_exact <- double_residence
publication: published/eligibility <- eligibility
publication: published/eligibility_candidates <- eligibility_candidates
publication: published/eligibility_criteria <- eligibility_criteria
publication: published/excess_lookups <- excess_lookups
publication: published/in_migrant_candidates <- in_migrant_candidates
publication: published/kpi_values <- kpi_values
publication: published/kpi_values_exact <- kpi_values
publication: published/lookup_requests <- lookup_requests
publication: published/municipalities <- municipalities
publication: published/ordinary_employment_candidates <- ordinary_employment_candidates
publication: published/persons_without_cpr <- persons_without_cpr
publication: published/persons_without_cpr_exact <- persons_without_cpr
publication: published/rejected_rows_by_rule <- rejected_rows_by_rule
publication: published/rejection_trend <- rejection_trend
publication: published/sensitivity <- sensitivity
publication: published/sensitivity_exact <- sensitivity
report: report <- published/attrition published/attrition_exact published/delivery_log published/kpi_values
    published/kpi_values_exact published/municipalities published/rejected_rows_by_rule
staging: stg_eindkomst__income_lines <- eindkomst/indkomst
staging: stg_eindkomst__lookups <- eindkomst/opslag
staging: stg_fagsystem__cases <- fagsystem/sager
staging: stg_fagsystem__guidance_events <- fagsystem/vejledningshaendelser
staging: stg_fagsystem__payments <- fagsystem/ydelser
staging: stg_fagsystem__repatriations <- fagsystem/repatrieringer
staging: stg_fagsystem__residents <- fagsystem/borgere
staging: stg_lake__deliveries <- lake/deliveries
staging: stg_lake__feeds <- lake/feeds
staging: stg_lake__kept_deliveries <- lake/kept_deliveries
staging: stg_lake__kept_months <- lake/kept_months
staging: stg_lake__listed_persons <- lake/listed_persons
staging: stg_lake__municipality_settings <- lake/municipality_settings
staging: stg_lake__rejected_rows <- lake/rejected_rows
staging: stg_lake__rejected_rows_by_rule <- lake/rejected_rows_by_rule
staging: stg_lake__table_counts <- lake/table_counts
staging: stg_uip__permits <- uip/opholdstilladelser
"""
