"""The customers page as a first draft would have it: whole tables as cached DataFrames, pandas, plotly.express."""

import pandas as pd
import plotly.express as px
import streamlit as st

from bench import warehouse
from bench.peers.shared import CHOICES, COLUMNS_SHOWN, HEADINGS, segment_code, window

st.set_page_config(page_title="Customers", layout="wide")


@st.cache_data
def load(table: str) -> pd.DataFrame:
    """A whole table of the warehouse as a frame."""
    with warehouse.connect() as connection:
        return connection.table(table).df()


orders, customers, rhythm = load("orders"), load("customers"), load("reorder_rhythm")
left, middle, right = st.columns(3)
period = left.segmented_control("Period", CHOICES["period"], default=CHOICES["period"][0], required=True, key="period")
compare = middle.segmented_control(
    "Compare", CHOICES["compare"], default=CHOICES["compare"][0], required=True, key="compare"
)
segment = segment_code(right.selectbox("Segment", CHOICES["segment"][1:], index=None, key="segment"))
days = window(str(period), str(compare))

if segment:
    orders, customers, rhythm = (frame[frame["segment"] == segment] for frame in (orders, customers, rhythm))
ordered_on = pd.to_datetime(orders["ordered_on"])
now = orders[(ordered_on >= pd.Timestamp(days.date_from)) & (ordered_on <= pd.Timestamp(days.date_to))]
base = orders[(ordered_on >= pd.Timestamp(days.base_from)) & (ordered_on <= pd.Timestamp(days.base_to))]

silent = rhythm[rhythm["is_silent"]].merge(customers[["customer_id", "name"]], on="customer_id")
silent = silent.astype({"likely_loss": float}).sort_values("likely_loss", ascending=False)
loss = f"{silent['likely_loss'].sum():,.0f}"
st.header(f"{len(silent)} accounts are silent beyond their own limits: {loss} EUR will likely be lost in 90 days")


def figures(frame: pd.DataFrame) -> list[float]:
    """Revenue, margin rate, active customers and orders."""
    real = frame[~frame["is_credit_note"]]
    margin_rate = frame["margin"].sum() / frame["costed_revenue"].sum()
    return [frame["revenue"].sum(), margin_rate, real["customer_id"].nunique(), len(real)]


columns = st.columns(5)
labels = ("Revenue", "Margin rate", "Active customers", "Orders")
for column, label, value, before in zip(columns, labels, figures(now), figures(base), strict=False):
    rate = label == "Margin rate"
    column.metric(label, f"{value:.1%}" if rate else f"{value:,.0f}", f"{value / before - 1:+.1%}")
columns[4].metric("Likely loss", loss)

sums = now.groupby("customer_id")[["quantity", "revenue", "margin", "costed_revenue"]].sum()
sums["orders"] = now[~now["is_credit_note"]].groupby("customer_id").size()
sums["revenue_base"] = base.groupby("customer_id")["revenue"].sum()
book = customers.merge(rhythm.drop(columns=["segment"]), on="customer_id", how="left")
book = book.merge(sums, on="customer_id", how="left").rename(columns={"name": "customer", "owner_name": "owner"})
book["change"] = book["revenue"] / book["revenue_base"] - 1
book["margin_rate"] = book["margin"] / book["costed_revenue"]
book = book.astype({"likely_loss": float}).sort_values("likely_loss", ascending=False).head(50)

chart, table = st.columns([2, 3])
figure = px.bar(silent.head(12), x="likely_loss", y="name", orientation="h", text="likely_loss", height=360)
chart.plotly_chart(figure, key="silent")
table.dataframe(book[list(COLUMNS_SHOWN)].rename(columns=HEADINGS), hide_index=True, height=338)
