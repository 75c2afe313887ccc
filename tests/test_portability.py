import pytest

from queries import load, names, portability

MODELS = names("warehouse")

# What fails in Spark, or runs there and answers differently.
FORBIDDEN = (
    "select cast(date_diff('month', a, b) as bigint) as x from t",
    "select cast(date_diff('hour', a, b) as bigint) as x from t",
    "select cast(date_diff('week', a, b) as bigint) as x from t",
    "select cast(date_diff('year', a, b) as bigint) as x from t",
    "select cast(a + interval 1 day as timestamp) as x from t",
    "select cast(1 as integer) as x from t where a + interval 1 month > b",
    "select cast(extract(dow from a) as integer) as x from t",
    "select cast(extract(isodow from a) as integer) as x from t",
    "select cast(dayofweek(a) as integer) as x from t",
    "select cast(isodow(a) as integer) as x from t",
    "select cast(a / b as double) as x from t",
    "select cast(a % b as integer) as x from t",
    "select cast(a // b as integer) as x from t",
    "select cast(a / 0 as double) as x from t",
    "select cast(2.5 * a as integer) as x from t",
    "select cast(2.5 as integer) as x",
    "select cast(sum(a) / nullif(b, 0) as bigint) as x from t group by b",
    "select cast(avg(a) as integer) as x from t",
    "select cast(log(a) as double) as x from t",
    "select cast(list(a order by b) as varchar) as x from t",
    "select cast(list(a) as varchar) as x from t",
    "select cast(array_agg(a) as varchar) as x from t",
    "select cast(string_agg(a, ',' order by a) as varchar) as x from t",
    "select cast(regexp_replace(a, 'x', 'y') as varchar) as x from t",
    "select cast(regexp_matches(a, 'x') as boolean) as x from t",
    "select cast(format('{}', a) as varchar) as x from t",
    "select cast(printf('%d', a) as varchar) as x from t",
    "select cast(sum(a) over (order by b rows 1 preceding exclude current row) as bigint) as x from t",
    "select cast(arg_max(a, b, 3) as varchar) as x from t",
    "select cast(max_by(a, b, 3) as varchar) as x from t",
    "select cast(skewness(a) as double) as x from t",
    "select cast(kurtosis(a) as double) as x from t",
    "select cast(hash(a) as bigint) as x from t",
    "select cast(approx_count_distinct(a) as bigint) as x from t",
    "select cast(approx_quantile(a, 0.5) as double) as x from t",
    "select cast(corr(a, b) as double) as x from t",
    "select cast(regr_slope(a, b) as double) as x from t",
    "select cast(try_strptime(a, '%Y') as date) as x from t",
    "select cast(strptime(a, '%Y') as date) as x from t",
    "select cast(strftime(a, '%G-%V') as varchar) as x from t",
    "select cast(try(a) as date) as x from t",
    "select cast(epoch(a) as bigint) as x from t",
    "select cast(mad(a) as double) as x from t",
    "select cast(list_reduce([1], lambda x, y: x + y) as integer) as x from t",
    "select cast(list_transform(a, lambda x: x + 1) as varchar) as x from t",
    "select cast(count(distinct a) over (partition by b) as bigint) as x from t",
    "pivot t on a using sum(b)",
    "unpivot t on a, b into name n value v",
    "select cast(a as integer) as x from t asof join u on t.k = u.k and t.d >= u.d",
    "select cast(x as integer) as x from range(5) as r(x)",
    "select cast(x as integer) as x from generate_series(1, 5) as r(x)",
    "with v as (values (1), (2)) select cast(col0 as integer) as x from v",
    "select cast(x as integer) as x from (values (1)) as v(x)",
    "select cast(a as integer) as a from t union by name select cast(b as integer) as b from u",
    "select * replace (a + 1 as a) from t",
    "select * exclude (a) from t",
    "select columns('a.*') from t",
    "select cast(a[1:2] as varchar) as x from t",
    "select cast(a[1] as varchar) as x from t",
    "select cast([x + 1 for x in a] as varchar) as x from t",
    "select cast(histogram(a) as varchar) as x from t",
    "select cast(entropy(a) as double) as x from t",
    "select cast(strip_accents(a) as varchar) as x from t",
    "select cast(first(a order by b) as varchar) as x from t",
    "select cast(any_value(a) as varchar) as x from t",
    "select cast(a as integer) as x from t using sample 10%",
    "select cast(a as integer) as x from t tablesample 10%",
    "select cast(current_date as date) as x",
    "select cast(now() as timestamp) as x",
    "select cast(current_timestamp as timestamp) as x",
    "select cast(a as integer) as x from warehouse.t",
    "select cast(a as integer) as x from w.main.t",
    "select a from t",
    "select a + 1 as x from t",
    "select sum(a) as x from t",
    "select * from t",
    "select cast(a as integer) as x, b from t",
    "select cast(a as integer) as x from t union all select b as x from u",
    "select cast(date '2026-01-02' - a as bigint) as x from t",
    "select date_trunc('month', a) as x from t",
    "select cast(1 as integer) as x from t where date_trunc('month', a) = b",
    "select cast(random() as double) as x from t",
    "select cast(uuid() as varchar) as x from t",
    "select cast(row_number() over () as bigint) as x from t",
    "select cast(row_number() over (partition by a) as bigint) as x from t",
    "select cast(lag(a) over (partition by b) as bigint) as x from t",
    "select cast(a as integer) as x from read_parquet('x.parquet')",
    "select cast(a as integer) as x from 'x.parquet'",
    "select cast(avg(cast(a as decimal(18, 2))) as double) as x from t",
    "select cast(median(cast(a as decimal(18, 2))) as double) as x from t",
    "select cast(cast(a as decimal(18, 2)) / nullif(b, 0) as decimal(18, 2)) as x from t",
    "select cast(sum(a) as hugeint) as x from t",
    "select cast(a as integer) as x from t limit 5",
    "select cast(a as integer) as x from t order by random()",
    "select distinct on (a) cast(a as integer) as x from t",
    "select cast(a as integer) as x from t positional join u",
    "select cast({'a': 1} as varchar) as x",
    "select cast(a.b.c as varchar) as x from t",
    "select cast(a -> '$.x' as varchar) as x from t",
    "select cast(a ilike 'x' as boolean) as x from t",
    "select cast(a ~ 'x' as boolean) as x from t",
    "select cast(a is distinct from b as boolean) as x from t",
    "select cast(mode(a) as varchar) as x from t",
    "select cast(quantile_disc(a, 0.5) as double) as x from t",
    "select cast(reservoir_quantile(a, 0.5) as double) as x from t",
    "select cast(a as timestamptz) as x from t",
    "select cast(a as time) as x from t",
    "select cast(getvariable('x') as varchar) as x",
    "select cast(date_add(a, interval 1 day) as date) as x from t",
    "select cast(date_part('dow', a) as integer) as x from t",
    "select cast(date_sub('month', a, b) as bigint) as x from t",
    "select cast(age(a, b) as varchar) as x from t",
    "select cast(a as integer) as x from t, lateral (select 1) as u",
    "insert into t select cast(1 as integer) as x",
    "create table u as select cast(1 as integer) as x",
    "select cast(concat(a, b) as varchar) as x from t",
    "select cast(case when a > 0 then a / 2.5 end as bigint) as x from t",
    "select cast(exists (select 1 from u) as boolean) as x from t",
    "select cast(try_cast(a as date) as date) as x from t",
    "select cast(a as integer) as x from t qualify row_number() over (order by a) = 1",
    "select cast(ordered_on - closed_on as bigint) as x from t",
    "select cast(avg(a) over (partition by b) as integer) as x from t",
    "with c as (select * exclude (a) from t) select cast(b as integer) as b from c",
)

# The spelling to use instead; none of these may be taken for a finding.
PORTABLE = (
    "select cast(date_diff('day', a, b) as bigint) as x from t",
    "select cast(a + interval 1 day as date) as x from t",
    "select cast(date_diff('day', date '2000-01-03', a) % 7 as integer) as x from t",
    "select cast(a / nullif(b, 0) as double) as x from t",
    "select cast(round(a / 2) as integer) as x from t",
    "select cast(date_trunc('month', a) as date) as x from t",
    "select cast(median(cast(a as double)) as double) as x from t",
    "select cast(percentile_cont(0.9) within group (order by a) as double) as x from t",
    "select cast(max_by(a, b) as varchar) as x from t",
    "select cast(row_number() over (partition by a order by b) as bigint) as x from t",
    "select cast(sum(case when a > 0.5 then 1 else 0 end) as bigint) as x from t",
    "select cast(a as date) as x from t union all select cast(b as date) as x from u",
)


@pytest.mark.parametrize("name", MODELS)
def test_warehouse_models_stay_within_the_subset(name: str) -> None:
    assert portability.findings(load(name).sql) == []


@pytest.mark.parametrize("sql", FORBIDDEN)
def test_forbidden_constructs_are_found(sql: str) -> None:
    assert portability.findings(sql)


@pytest.mark.parametrize("sql", PORTABLE)
def test_portable_spellings_pass(sql: str) -> None:
    assert portability.findings(sql) == []


@pytest.mark.parametrize("name", MODELS)
def test_models_are_written_in_sparks_dialect_with_their_parameters(name: str) -> None:
    model = load(name)
    written = portability.to_spark(model.sql)
    assert all(f":{name}" in written for name in model.params)
    assert "$" not in written


@pytest.mark.parametrize(
    "percentile",
    ["quantile_cont(a, 0.9)", "percentile_cont(0.9) within group (order by a)"],
)
def test_percentiles_stay_exact_in_spark(percentile: str) -> None:
    """Left to itself, the transpiler turns them into approximate ones."""
    written = portability.to_spark(f"select cast({percentile} as double) as x from t")
    assert written == "SELECT CAST(PERCENTILE(a, 0.9) AS DOUBLE) AS x FROM t"
