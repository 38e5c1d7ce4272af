"""The year in four pictures, from the published copy: events, sanction rosters, withdrawal clocks, source lag.

marimo edit notebooks/year.py         # in the browser
python notebooks/year.py              # as a script, which only checks that all of it runs

Reads $COURTWATCH_HOME/analysts.duckdb (./data, else the demo's ./data/demo); read-only, so it disturbs nobody.
"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Courtwatch: the year")


@app.cell
def _():
    import os
    from pathlib import Path

    import altair as alt
    import duckdb
    import marimo as mo

    return Path, alt, duckdb, mo, os


@app.cell
def _(Path, duckdb, mo, os):
    homes = (
        [Path(os.environ["COURTWATCH_HOME"])] if "COURTWATCH_HOME" in os.environ else [Path("data"), Path("data/demo")]
    )
    copy = next((home / "analysts.duckdb" for home in homes if (home / "analysts.duckdb").exists()), None)
    mo.stop(
        copy is None, mo.md("There is no published copy yet: run `make demo` or `make run`, or set `COURTWATCH_HOME`.")
    )
    db = duckdb.connect(copy, read_only=True)
    db.execute("SET TimeZone = 'UTC'")

    def ask(sql, **values):
        """Return the rows of a query as dictionaries; ask for days as text, which charts read everywhere."""
        answer = db.execute(sql, values or None)
        names = [column[0] for column in answer.description]
        return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]

    return ask, copy, db


@app.cell
def _(ask, copy, mo):
    [known] = ask("SELECT max(known_from)::DATE::VARCHAR AS today, count(*) AS events FROM events")
    mo.stop(not known["events"], mo.md(f"`{copy}` knows no event yet: the watch has just begun."))
    years = [
        row["year"]
        for row in ask("SELECT DISTINCT year(event_date)::VARCHAR AS year FROM events ORDER BY year DESC")
        if row["year"]
    ]
    period = mo.ui.dropdown(["the last twelve months", *years], value="the last twelve months", label="Period")
    mo.md(f"# The year\n\n`{copy}` knows {known['events']} events; its newest day is {known['today']}.\n\n{period}")
    return known, period


@app.cell
def _(known, period):
    if period.value == "the last twelve months":
        since, until = f"{int(known['today'][:4]) - 1}{known['today'][4:]}".replace("-02-29", "-02-28"), known["today"]
    else:
        since, until = f"{period.value}-01-01", f"{period.value}-12-31"
    return since, until


@app.cell
def _(alt, ask, mo, since, until):
    events = ask(
        """
        SELECT event_date::VARCHAR AS day, category, severity, status, title, item_count AS reports,
            array_to_string(publishers, ', ') AS publishers, coalesce(official_url, quote_url) AS url
        FROM events WHERE about_court AND event_date BETWEEN $since::DATE AND $until::DATE ORDER BY event_date
        """,
        since=since,
        until=until,
    )
    timeline = (
        alt.Chart(alt.Data(values=events), title="Events about the Court", width=700)
        .mark_circle(opacity=0.8)
        .encode(
            x=alt.X("day:T", title=None),
            y=alt.Y("category:N", title=None),
            size=alt.Size("reports:Q", scale=alt.Scale(range=[60, 400]), title="reports"),
            color=alt.Color("severity:N", sort=["critical", "high", "normal", "low"],
                            scale=alt.Scale(domain=["critical", "high", "normal", "low"],
                                            range=["#b30000", "#e6820e", "#3b7dd8", "#8c8c8c"])),
            href="url:N",
            tooltip=["day:T", "title:N", "status:N", "publishers:N"],
        )
    )  # fmt: skip
    mo.vstack(
        [mo.md("## What happened\n\nA click opens the official document, or the sentence that told of it."), timeline]
    )
    return (timeline,)


@app.cell
def _(alt, ask, mo, until):
    designees = ask(
        """
        SELECT event_date::VARCHAR AS day, coalesce(imposed_by, 'not stated') AS imposed_by,
            coalesce(role, 'not stated') AS role, name, nationality, authority, official_url
        FROM designees WHERE about_court AND action = 'imposed' AND known_to IS NULL AND event_date <= $until::DATE
        ORDER BY event_date, name
        """,
        until=until,
    )
    rosters = (
        alt.Chart(alt.Data(values=designees), title="Designated in each round", width=700)
        .mark_bar()
        .encode(
            x=alt.X("day:O", title=None),
            y=alt.Y("count():Q", title="persons and bodies"),
            color=alt.Color("role:N"),
            row=alt.Row("imposed_by:N", title=None),
            tooltip=["day:N", "role:N", "count():Q"],
        )
        .properties(height=160)
    )
    mo.vstack([mo.md("## Who is under sanctions"), rosters, mo.ui.table(designees, selection=None)])
    return (rosters,)


@app.cell
def _(alt, ask, known, mo):
    clocks = ask(
        """
        SELECT state, step, coalesce(notified_on, event_date)::VARCHAR AS begins, effective_on::VARCHAR AS ends,
            CASE WHEN effective_computed THEN 'computed, article 127(1)' ELSE 'stated' END AS basis, effective_claimed
        FROM withdrawals
        WHERE about_court AND state IS NOT NULL AND coalesce(notified_on, event_date) IS NOT NULL
        ORDER BY state, begins
        """
    )
    source = alt.Data(values=clocks)
    bars = (
        alt.Chart(source, title="Withdrawals from the Rome Statute", width=700)
        .transform_filter("datum.ends != null")
        .mark_bar(height=10)
        .encode(
            x=alt.X("begins:T", title=None), x2="ends:T", y=alt.Y("state:N", title=None),
            color=alt.Color("basis:N", title="effective day"), tooltip=["state:N", "begins:T", "ends:T", "basis:N"],
        )
    )  # fmt: skip
    steps = (
        alt.Chart(source)
        .mark_point(filled=True, size=70, color="black")
        .encode(
            x="begins:T", y="state:N", shape="step:N", tooltip=["state:N", "step:N", "begins:T", "effective_claimed:N"]
        )
    )
    today = alt.Chart(alt.Data(values=[known])).mark_rule(strokeDash=[4, 4]).encode(x="today:T")
    withdrawal_clocks = bars + steps + today
    mo.vstack(
        [
            mo.md("## Who is leaving, and when\n\nThe dashed line is the newest day that the copy knows."),
            withdrawal_clocks,
        ]
    )
    return clocks, withdrawal_clocks


@app.cell
def _(alt, ask, mo):
    lags = ask(
        """
        SELECT source, tier, category, publish_to_fetch_s / 60 AS fetched, publish_to_deliver_s / 60 AS told
        FROM latency WHERE publish_to_deliver_s IS NOT NULL ORDER BY source
        """
    )
    source_lag = (
        alt.Chart(alt.Data(values=lags), title="From publication to alert, minutes", width=700)
        .transform_calculate(minutes="max(datum.told, 0.1)")
        .mark_tick(thickness=3)
        .encode(
            x=alt.X("minutes:Q", scale=alt.Scale(type="log"), title=None),
            y=alt.Y("source:N", sort=alt.EncodingSortField("told", op="median"), title=None),
            color="tier:N",
            tooltip=["source:N", "category:N", "told:Q", "fetched:Q"],
        )
    )
    percentiles = ask(
        """
        SELECT source, category, told, round(publish_to_fetch_p50_s / 60, 1) AS fetched_p50,
            round(publish_to_deliver_p50_s / 60, 1) AS told_p50, round(publish_to_deliver_p95_s / 60, 1) AS told_p95
        FROM latency_percentiles WHERE told > 0 ORDER BY told_p95 DESC NULLS LAST
        """
    )
    mo.vstack([mo.md("## How late we were"), source_lag, mo.ui.table(percentiles, selection=None)])
    return (source_lag,)


@app.cell
def _(ask, mo):
    [seal] = ask("SELECT max(number) AS number, arg_max(seal, number) AS seal FROM seals")
    mo.md(
        f"To cite this state of the record: seal {seal['number']}, `{seal['seal']}` (see `seals` in docs/analysts.md)."
    )
    return


if __name__ == "__main__":
    app.run()
