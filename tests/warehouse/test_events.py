"""Events keep every state they were in; what was known at a moment can be asked later."""

from __future__ import annotations

from datetime import timedelta

from warehouse.connection import transaction
from warehouse.events import apply_changes, read_events, read_states
from warehouse.verdicts import add_verdicts

HOUR = timedelta(hours=1)


def test_an_event_comes_back_as_grouping_left_it(make, pipe, db):
    item = make.item(1)
    pipe.run(make.source(), make.result(item))
    event = make.event()
    with transaction(db):
        add_verdicts(db, [make.verdict(item)], now=make.now)
        rows = apply_changes(db, [make.change(event, item)], now=make.now)
    assert read_states(db, [event.id]) == [event]
    [row] = rows
    assert (row.id, row.kind, row.item_url, row.item_publisher) == (f"{event.id}#1", "opened", item.url, "Court")
    shown = read_events(db, [event.id])[event.id]
    assert shown.title == event.title
    assert [link.item_id for link in shown.sources] == [item.id]
    assert [clock.subject for clock in shown.clocks] == ["Italy"]
    assert "verb of ruling" in shown.reason
    assert "test-1" in shown.reason
