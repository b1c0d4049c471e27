"""Where an endpoint on this machine stands, as others see it."""

from typing import TYPE_CHECKING

from endpoints.status import State, Status

if TYPE_CHECKING:
    from endpoints.local.group import Group

NODE = "this machine"


def status_of(group: "Group") -> Status:
    state, reason = state_of(group)
    return Status(
        state=state,
        reason=reason,
        replicas=tuple(each.shown(NODE) for each in group.copies),
        waiting=len(group.queue),
        wanted=group.scaler.wanted,
        events=tuple(group.events),
    )


def state_of(group: "Group") -> tuple[State, str]:
    trouble = str(group.trouble or "")
    fresh = [each for each in group.copies if group.is_fresh(each)]
    ready = sum(each.ready for each in fresh)
    if group.current.version != group.deployment.version:
        return "updateFailed", trouble
    if group.deployment.model is None:
        return "pending", "Its model is looked for, and downloaded if it must be."
    if group.old() and group.given_up:
        return "updateFailed", trouble
    if group.old():
        return "updating", trouble or f"{ready} of {group.scaler.wanted} new replicas are there."
    if not group.scaler.wanted:
        return "scaledToZero", "The next call wakes it."
    if ready:
        wanted = group.scaler.wanted
        short = f"{ready} of {wanted} replicas are there: {trouble}"
        return "running", short if trouble and ready < wanted else ""
    if group.given_up:
        return "failed", trouble
    if any(each.starting or not each.leaving for each in fresh):
        return "initializing", next((each.shown(NODE).reason for each in fresh), "")
    return "pending", trouble or "It is about to start."
