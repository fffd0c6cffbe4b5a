"""Entries that central takes in a second."""

from __future__ import annotations

from tests.bench.context import Context
from tests.bench.figures import Figure
from tests.bench.processes import Program

ENTRIES = 5_000


def measure(context: Context) -> list[Figure]:
    """Batches of 500 over HTTP, each entry with the code that was presented."""
    shop = context.shop()
    context.tell(f"{ENTRIES} entries for central")
    texts = context.new_path("entries")
    texts.write_text("\n".join(shop.issue(ENTRIES)), "utf-8")
    database = shop.office / "central" / "central.db"
    arguments = (shop.central.url, shop.enrolment_code(), str(texts), str(database))
    with Program("ingest", *arguments) as program:
        program.hear()
        shop.close()  # the same rows are written without anybody else at work
        program.go_on()
        told = program.hear()
    return [
        Figure(
            "entries taken in over HTTP",
            told["rate"],
            "/s",
            baseline=told["bare"],
            note=f"bare: the {told['rows'] / told['entries']:.1f} rows an entry leaves, inserted",
        )
    ]
