"""What follows when the process of a model has ended by itself."""

import logging
from typing import TYPE_CHECKING

from pipelines.engine.events import Crashed
from pipelines.engine.sentences import not_begun
from pipelines.errors import WorkerDied

if TYPE_CHECKING:
    from pipelines.engine.resident import Resident

log = logging.getLogger(__name__)


async def recover(resident: "Resident", error: WorkerDied) -> None:
    """Tells those who have seen two crashes, and cleans up, so that the model can be loaded anew.
    Raises Unavailable once there were too many.
    """
    if resident.state == "loading":
        resident.desk.died_loading(error)
    elif resident.place.name:
        resident.desk.line.fail(not_begun(resident.model))
    resident.way.stop()  # its proof was for what has ended
    await resident.let_go(keep=resident.pinned)
    if resident.wanted:
        resident.arrival.renew()
    if not resident.stopped:
        count(resident, error)


def count(resident: "Resident", error: WorkerDied) -> None:
    """Writes the crash down. Raises Unavailable once there were too many."""
    model, past, house = resident.model, resident.past, resident.house
    if words := resident.way.words:  # it may be to blame
        past.plain = True
        log.warning("%s goes by torch from now on: it ended while it went by %s",
                    model.shown, words)  # fmt: skip
    house.note(model, error)
    try:
        if not resident.repeated:  # one call counts once, though it was tried twice
            past.crashed(model.id)
    finally:
        house.tell(Crashed(model, bool(past.quarantined), resident.place.name))
