"""AutoETS of statsforecast, run by an interpreter that has it: JSON of [series, season, horizon] in, forecasts out."""

import json
import sys
import warnings

import numpy as np
from statsforecast.models import AutoETS

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    found = [
        AutoETS(season_length=season).forecast(y=np.array(series, dtype=float), h=horizon)["mean"].tolist()
        for series, season, horizon in json.load(sys.stdin)
    ]
    json.dump(found, sys.stdout)
