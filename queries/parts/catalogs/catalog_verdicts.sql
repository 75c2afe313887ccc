-- Catalog verdicts: which catalog is ahead of the others with whom, by its same customers and by its matched accounts.
-- Ahead is what is ahead in one of the two comparisons and behind in neither, behind the reverse. Ahead in a comparison
-- is a difference whose interval lies above zero. The intervals are so wide that nine times in ten all of them together
-- hold: where many catalogs are looked at, one of them always stands out by chance.
-- grain: catalog and segment
-- params: date_from date, date_to date, base_from date, base_to date
-- excludes: catalogs and segments with too few customers in both comparisons
-- reads: parts.catalogs.same_customers, parts.catalogs.matched_accounts
with differences as (
    select
        catalog_id,
        segment,
        ratio - others_ratio as difference,
        sqrt(variance + others_variance) as error
    from same_customers
    union all
    select
        catalog_id,
        segment,
        now - expected as difference,
        sqrt(variance) as error
    from matched_accounts
),

judged as (
    select
        *,
        nine_in_ten_of(count(*) over ()) as reach
    from differences
    where difference is not null and error is not null
),

sides as (
    select
        catalog_id,
        segment,
        reach,
        bool_or(difference - reach * error > 0) as is_ahead,
        bool_or(difference + reach * error < 0) as is_behind
    from judged
    group by catalog_id, segment, reach
)

select
    catalog_id,
    segment,
    reach,
    case
        when is_ahead and not is_behind then 'ahead'
        when is_behind and not is_ahead then 'behind'
        else 'cannot_tell'
    end as standing
from sides
