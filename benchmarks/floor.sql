-- The floor: the candidate list straight from the deliveries' CSV files, in one DuckDB script. Nothing is validated, stored,
-- pseudonymised, explained or published; what cannot change who is a candidate is not computed (months that are unknown, routes).
-- Norm: spec/rules.md sections 1-3. Variables set by benchmarks/floor.py: inbox, seeds, as_of. Result: table candidates.

create macro parameter(name) as (
    select any_value(value) from read_csv(getvariable('seeds') || '/rules/rule_parameters.csv', all_varchar = true)
    where parameter = name
);
create macro code_list(name) as table
select * from read_csv(getvariable('seeds') || '/codelists/' || name || '.csv', all_varchar = true);
create macro municipality_of(path) as split_part(path, '/', -4);
create macro delivery_of(path) as split_part(path, '/', -2);
create macro padded(cpr) as lpad(cpr, 10, '0');
-- Months since year 0; a month is the first seven characters of a date.
create macro month_number(text) as cast(text[1:4] as integer) * 12 + cast(text[6:7] as integer) - 1;
create macro bits_from_to(first_index, last_index) as
case
    when least(last_index, getvariable('months') - 1) < greatest(first_index, 0) then 0::bigint
    else (1::bigint << (least(last_index, getvariable('months') - 1) + 1)) - (1::bigint << greatest(first_index, 0))
end;
create macro amount(text) as cast(replace(text, ',', '.') as decimal(18, 2));

set variable months = (select cast(parameter('window_months') as integer));
-- W ends with the month before that of D.
set variable first_month = (select month_number(getvariable('as_of')::varchar) - getvariable('months'));

-- Which delivery counts: the newest; equal instants, the greater id. All answers count, by month.
create temp table deliveries as
select
    source,
    kommunekode as municipality,
    delivery_id,
    cast(extracted_at as timestamptz) as extracted_at,
    row_number() over (
        partition by source, kommunekode order by cast(extracted_at as timestamptz) desc, delivery_id desc
    ) as recency
from read_json(
    getvariable('inbox') || '/*/*/*/manifest.json',
    columns = {source: 'varchar', kommunekode: 'varchar', delivery_id: 'varchar', extracted_at: 'varchar'}
);
create temp table evaluated as
select municipality from deliveries where recency = 1 and source in ('uip', 'fagsystem')
group by municipality having count(*) = 2;

create macro files_of(from_source, file) as (
    select list(concat_ws('/', getvariable('inbox'), municipality, source, delivery_id, file)) from deliveries
    where source = from_source and (recency = 1 or source = 'eindkomst')
);
set variable permit_files = (select files_of('uip', 'opholdstilladelser.csv'));
set variable resident_files = (select files_of('fagsystem', 'borgere.csv'));
set variable payment_files = (select files_of('fagsystem', 'ydelser.csv'));
set variable event_files = (select files_of('fagsystem', 'vejledningshaendelser.csv'));
set variable lookup_files = (select files_of('eindkomst', 'opslag.csv'));
set variable income_files = (select files_of('eindkomst', 'indkomst.csv'));

create temp table permits as
select
    municipality_of(filename) as municipality,
    padded(cpr_nummer) as cpr,
    tilladelse_id,
    statsborgerskab,
    opholdsgrundlag,
    kommunekode,
    status,
    cast(gyldig_fra as date) as valid_from,
    cast(gyldig_til as date) as valid_to,
    case when status <> 'gaeldende' then cast(status_dato as date) end as ended_on
from read_csv(getvariable('permit_files'), delim = ';', header = true, all_varchar = true, filename = true)
where cpr_nummer is not null;

create temp table residents as
select
    municipality_of(filename) as municipality,
    padded(cpr_nummer) as cpr,
    cpr_status,
    kommunekode,
    statsborgerskab,
    cast(tilflyttet_kommune_dato as date) as arrived_on
from read_csv(getvariable('resident_files'), delim = ';', header = true, all_varchar = true, filename = true);

-- C1. CPR decides where it speaks, else UIP unless a newer UIP delivery has the person elsewhere.
create temp table resident as
with places as (
    select distinct permits.municipality, cpr, extracted_at
    from permits
    inner join deliveries on permits.municipality = deliveries.municipality and source = 'uip' and recency = 1
    where kommunekode = permits.municipality
),

newest_places as (
    select cpr, max(extracted_at) as newest from places group by cpr
)

select municipality, cpr from residents
where
    cpr_status in (select code from code_list('cpr_status') where in_dk_population = '1')
    and kommunekode = municipality
    and coalesce(arrived_on <= getvariable('as_of'), true)
union all
select places.municipality, places.cpr
from places
inner join newest_places on places.cpr = newest_places.cpr and places.extracted_at = newest_places.newest
anti join residents on places.municipality = residents.municipality and places.cpr = residents.cpr;

-- C2. The newest permit in force decides; citizens outside § 3 are out.
create temp table covered_group as
with deciding as (
    select municipality, cpr, arg_max({basis: opholdsgrundlag, country: statsborgerskab}, {a: valid_from, b: tilladelse_id}) as permit
    from permits
    where
        valid_from <= getvariable('as_of')
        and coalesce(valid_to >= getvariable('as_of'), true)
        and not coalesce(ended_on <= getvariable('as_of'), false)
    group by municipality, cpr
),

outside as (
    select cpr_code
    from code_list('cpr_landekoder') as countries
    inner join code_list('citizenship_groups') as groups on countries.citizenship_group = groups.citizenship_group
    where is_outside_act = '1'
)

select deciding.municipality, deciding.cpr
from deciding
left join residents on deciding.municipality = residents.municipality and deciding.cpr = residents.cpr
where
    permit.basis in (select basis_code from code_list('residence_basis') where covered_group <> 'none')
    and coalesce(residents.statsborgerskab, permit.country) not in (select cpr_code from outside);

-- C3. The unbroken chain of permits that covers D.
create temp table residence_years as
with pieces as (
    select
        municipality,
        cpr,
        valid_from,
        least(coalesce(valid_to, getvariable('as_of')), coalesce(ended_on - 1, getvariable('as_of')), getvariable('as_of')) as until
    from permits
    where
        valid_from <= getvariable('as_of')
        and opholdsgrundlag in (select basis_code from code_list('residence_basis') where is_permit = '1')
),

chained as (
    select
        *,
        max(until) over (
            partition by municipality, cpr order by valid_from, until rows between unbounded preceding and 1 preceding
        ) as before
    from pieces
    where until >= valid_from
)

select municipality, cpr
from chained
group by municipality, cpr
having
    max(until) = getvariable('as_of')
    and max(case when before is null or valid_from > before + 1 + cast(parameter('permit_gap_tolerance_days') as integer) then valid_from end)
    + to_years(cast(parameter('permit_years_min') as integer)) <= getvariable('as_of');

-- C4. Listed benefits by the month for which they are paid: own lines, and the newest answer in which the month was asked.
create temp table listed as
select
    benefit_code,
    coalesce(month_number(valid_from), 0) as valid_from,
    coalesce(month_number(valid_to), 999999) as valid_to
from code_list('benefits')
where listed = '1';

create temp table own_months as
select lines.municipality, lines.cpr, bit_or(1::bigint << (lines.month - getvariable('first_month'))) as bits
from (
    select
        municipality_of(filename) as municipality,
        padded(cpr_nummer) as cpr,
        ydelseskode,
        month_number(periode_fra) as month
    from read_csv(getvariable('payment_files'), delim = ';', header = true, all_varchar = true, filename = true)
    where ydelseskode in (select benefit_code from listed)
    group by all
    having sum(amount(beloeb)) > 0
) as lines
inner join listed on lines.ydelseskode = listed.benefit_code and lines.month between listed.valid_from and listed.valid_to
where lines.month - getvariable('first_month') between 0 and getvariable('months') - 1
group by all;

create temp table answers as
with asked as (
    select
        municipality_of(filename) as municipality,
        delivery_of(filename) as delivery_id,
        padded(cpr_nummer) as cpr,
        bit_or(bits_from_to(
            month_number(maaned_fra) - getvariable('first_month'), month_number(maaned_til) - getvariable('first_month')
        )) as bits
    from read_csv(getvariable('lookup_files'), delim = ';', header = true, all_varchar = true, filename = true)
    group by all
)

select
    asked.municipality,
    asked.delivery_id,
    asked.cpr,
    asked.bits & ~coalesce(bit_or(asked.bits) over (
        partition by asked.municipality, asked.cpr order by recency rows between unbounded preceding and 1 preceding
    ), 0) as used_bits
from asked
inner join deliveries
    on asked.municipality = deliveries.municipality and asked.delivery_id = deliveries.delivery_id and source = 'eindkomst'
where cast(parameter('income_lawful_from') as date) <= getvariable('as_of');

create temp table income_lines as
select
    municipality_of(filename) as municipality,
    delivery_of(filename) as delivery_id,
    padded(cpr_nummer) as cpr,
    se_nummer,
    indberetning_id,
    indberetningsart,
    benefit_code,
    month_number(coalesce(loenperiode_fra, basismaaned)) as month,
    amount(a_indkomst_uden_am) as amount
from read_csv(getvariable('income_files'), delim = ';', header = true, all_varchar = true, filename = true)
left join (from code_list('income_classes') where income_class = 'listed') as classes
    on indkomsttype = income_type_code and indtaegtsart = income_kind_code
-- A reversal takes the whole report away, whatever its own codes are.
where (benefit_code is not null and tilbagefoert = '0') or indberetningsart = 'T';

create temp table income_months as
select lines.municipality, lines.cpr, bit_or((1::bigint << (lines.month - getvariable('first_month'))) & used_bits) as bits
from (
    select income_lines.municipality, income_lines.delivery_id, income_lines.cpr, income_lines.benefit_code, income_lines.month
    from income_lines
    anti join (from income_lines where indberetningsart = 'T' and indberetning_id is not null) as reversals
        on
            income_lines.municipality = reversals.municipality
            and income_lines.delivery_id = reversals.delivery_id
            and income_lines.cpr = reversals.cpr
            and income_lines.se_nummer = reversals.se_nummer
            and income_lines.indberetning_id = reversals.indberetning_id
    where income_lines.indberetningsart <> 'T'
    group by all
    having sum(income_lines.amount) > 0
) as lines
inner join answers
    on lines.municipality = answers.municipality and lines.delivery_id = answers.delivery_id and lines.cpr = answers.cpr
inner join listed on lines.benefit_code = listed.benefit_code and lines.month between listed.valid_from and listed.valid_to
where lines.month - getvariable('first_month') between 0 and getvariable('months') - 1
group by all;

create temp table benefit_months as
select municipality, cpr
from (from own_months union all from income_months)
group by municipality, cpr
having bit_count(bit_or(bits)) >= (select cast(parameter('benefit_months_min') as integer));

-- C5. No talk within the interval.
create temp table recent_talks as
select municipality_of(filename) as municipality, padded(cpr_nummer) as cpr
from read_csv(getvariable('event_files'), delim = ';', header = true, all_varchar = true, filename = true)
where
    haendelsestype in (select event_type from code_list('guidance_event_types') where is_talk = '1')
    and haendelsesdato <= getvariable('as_of')::varchar
    and (kommunekode = municipality_of(filename) or dokument_reference is not null)
group by all
having max(cast(haendelsesdato as date)) + to_months(cast(parameter('talk_interval_months') as integer)) > getvariable('as_of');

create table candidates as
select covered_group.municipality, covered_group.cpr
from covered_group
semi join evaluated on covered_group.municipality = evaluated.municipality
semi join resident on covered_group.municipality = resident.municipality and covered_group.cpr = resident.cpr
semi join residence_years on covered_group.municipality = residence_years.municipality and covered_group.cpr = residence_years.cpr
semi join benefit_months on covered_group.municipality = benefit_months.municipality and covered_group.cpr = benefit_months.cpr
anti join recent_talks on covered_group.municipality = recent_talks.municipality and covered_group.cpr = recent_talks.cpr
order by all;
