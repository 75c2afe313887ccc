-- Entered weights: the weights of the score, a row for each segment.
-- grain: segment
-- params: weights json
select unnest(
    from_json(
        coalesce($weights, '[]'),
        '[{"segment": "varchar", "turnover": "double", "volume": "double", "outlets": "double",
        "frequency": "double"}]'
    ),
    max_depth := 2
)
