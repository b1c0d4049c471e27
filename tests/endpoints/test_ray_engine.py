"""Endpoints on a Ray cluster: what is put there, what is read of it, and how calls get in."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, nullcontext
from pathlib import Path
from typing import Any

import pytest

from endpoints.engines import Deployment
from endpoints.ray import frames
from endpoints.ray.engine import RayEngine
from endpoints.ray.keys import derive
from endpoints.spec import read
from pipelines import registry
from pipelines.engine import wire
from pipelines.engine.call import Call
from pipelines.errors import (
    InvalidInput,
    TooManyCalls,
    TooSlow,
    Unavailable,
    UnknownEndpoint,
    WorkerDied,
)
from pipelines.model import Model
from pipelines.settings import Limits
from tests.conftest import free_port
from tests.endpoints.ray import TOKEN, FakeRay, Proxy, of_ray, pong, said, served

pytestmark = pytest.mark.timeout(60)
MODEL = Model("org/words", Path("/nowhere"), "c" * 40, "text-classification", "transformers")
APP = "ep-words"
DIED = of_ray(500, "Internal Server Error")
GOOD_VALUES = [[{"label": "good", "score": 1.0}]]
GOOD = said({"value": GOOD_VALUES})


def deployment(version: int = 1, **more: Any) -> Deployment:
    said = {"name": "words", "model": MODEL.id, "engine": "ray", "scaling": {"max_replicas": 3}}
    given = {key: more.pop(key) for key in ("asleep", "secrets", "model") if key in more}
    secrets = given.get("secrets", {})
    spec = read({**said, "secrets": list(secrets), **more})
    found = given.get("model", MODEL)
    return Deployment(spec, version, found, given.get("asleep", False), secrets)


def call(text: str = "well") -> Call:
    task = registry.get("text-classification")
    asked = task.read({"inputs": text}, Limits())
    return Call(task, MODEL, asked.inputs, asked.params)


class Stand:
    """The fake, the engine under test, and what was started for them."""

    def __init__(self, ray: FakeRay, address: str, stack: AsyncExitStack) -> None:
        self.ray, self.address, self.stack = ray, address, stack
        self.engine = self.another()

    def another(self, token: str = TOKEN) -> RayEngine:
        engine = RayEngine(self.address, token, Limits())
        engine.doors.patience, engine.doors.pause = 1.0, 0.02
        self.stack.push_async_callback(engine.close)
        return engine

    async def proxies(self, *apps: Proxy | None) -> None:
        """One for each, on addresses of loopback; None for one that is dead."""
        self.ray.port = free_port()
        self.ray.running = True
        for at, app in enumerate(apps):
            ip = f"127.0.0.{at + 1}"
            self.ray.proxies.append((ip, "HEALTHY"))
            if app:
                await self.open(app, ip)
        await self.engine.apply([deployment()])
        await self.engine.status()

    async def open(self, app: Proxy, ip: str) -> None:
        await self.stack.enter_async_context(served(app, self.ray.port, ip))


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    async with AsyncExitStack() as stack:
        ray = FakeRay()
        port = await stack.enter_async_context(served(ray))
        yield Stand(ray, f"http://127.0.0.1:{port}", stack)


# What is put ------------------------------------------------------------------------------------


async def test_it_is_put_once(stand: Stand) -> None:
    for _ in range(3):
        await stand.engine.apply([deployment()])
    [put] = stand.ray.puts
    [app] = put["applications"]
    assert (app["name"], app["route_prefix"]) == (APP, "/ep-words")
    assert app["import_path"] == "endpoints.replica:build"
    assert put["proxy_location"] == "EveryNode"
    part = app["deployments"][0]
    assert part["max_surge_percent"] == 100
    scaling = part["autoscaling_config"]
    assert scaling["metrics_interval_s"] < scaling["look_back_period_s"]
    assert part["backpressure_config"] == {"status_code": 429, "retry_after_s": 2}


async def test_what_others_declared_is_kept_as_it_was(stand: Stand) -> None:
    foreign = {
        "name": "theirs", "route_prefix": "/theirs", "import_path": "their:app",
        "runtime_env": {"env_vars": {"A": "1"}},
    }  # fmt: skip
    stand.ray.put({"applications": [foreign]})
    stand.ray.imperative = ["by-hand"]
    await stand.engine.apply([deployment()])
    await stand.engine.apply([])
    both, alone = stand.ray.puts[1:]
    assert [each["name"] for each in both["applications"]] == ["theirs", APP]
    assert [each["name"] for each in alone["applications"]] == ["theirs"]
    assert alone["applications"][0]["runtime_env"] == foreign["runtime_env"]


async def test_options_of_a_running_serve_are_not_touched(stand: Stand) -> None:
    stand.ray.running, stand.ray.port = True, 9123
    await stand.engine.apply([deployment()])
    assert stand.ray.puts[0]["http_options"]["port"] == 9123


async def test_nothing_is_begun_on_a_cluster_where_nothing_is_wanted(stand: Stand) -> None:
    await stand.engine.apply([])
    assert (stand.ray.puts, stand.ray.running) == ([], False)


async def test_what_was_lost_or_changed_is_put_again(stand: Stand) -> None:
    await stand.engine.apply([deployment()])
    stand.ray.config, stand.ray.running = {"applications": []}, False  # a head without a memory
    await stand.engine.apply([deployment()])
    assert len(stand.ray.puts) == 2
    stand.ray.config["applications"][0]["deployments"][0]["max_queued_requests"] = 1
    await stand.engine.apply([deployment()])
    assert len(stand.ray.puts) == 3
    assert stand.ray.puts[2]["applications"][0]["deployments"][0]["max_queued_requests"] == 256


async def test_another_server_after_this_one_changes_nothing(stand: Stand) -> None:
    await stand.engine.apply([deployment(secrets={"KEY": "hush"})])
    await stand.another().apply([deployment(secrets={"KEY": "hush"})])
    assert len(stand.ray.puts) == 1


async def test_what_runs_goes_on_while_its_next_model_is_looked_for(stand: Stand) -> None:
    await stand.engine.apply([deployment()])
    await stand.engine.apply([deployment(2, model=None)])
    assert len(stand.ray.puts) == 1
    assert (await stand.engine.status())["words"].state == "running"


async def test_one_that_never_ran_is_pending_until_its_model_is_found(stand: Stand) -> None:
    await stand.engine.apply([deployment(model=None)])
    assert stand.ray.puts == []
    assert (await stand.engine.status())["words"].state == "pending"


async def test_where_others_declare_nothing_is_put_and_calls_go_in(stand: Stand) -> None:
    await stand.engine.apply([deployment()])
    reader = stand.another()
    reader.desired.readonly = True
    await reader.apply([deployment(2)])
    assert len(stand.ray.puts) == 1
    assert (await reader.status())["words"].state == "running"


async def test_secrets_are_sealed(stand: Stand) -> None:
    await stand.engine.apply([deployment(secrets={"KEY": "hush-hush"})])
    text = json.dumps(stand.ray.puts)
    assert "hush-hush" not in text
    assert TOKEN not in text
    args = stand.ray.puts[0]["applications"][0]["args"]
    keys = derive(TOKEN)
    assert keys.open(args["sealed"], APP) == {"KEY": "hush-hush"}
    with pytest.raises(InvalidInput):
        keys.open(args["sealed"], "ep-other")
    with pytest.raises(InvalidInput):
        derive("another token").open(args["sealed"], APP)


async def test_asleep_means_no_replica_and_no_new_ones(stand: Stand) -> None:
    await stand.engine.apply([deployment()])
    await stand.engine.apply([deployment(asleep=True)])
    before, after = (put["applications"][0] for put in stand.ray.puts)
    assert before["args"] == after["args"]
    scaling = after["deployments"][0]["autoscaling_config"]
    assert (scaling["min_replicas"], scaling["initial_replicas"]) == (0, 0)


@pytest.mark.parametrize(
    ("scaling", "least"),
    [
        ({"min_replicas": 0, "max_replicas": 2, "to_zero_after": 60}, 0),
        ({"min_replicas": 0, "max_replicas": 2}, 1),
        ({"min_replicas": 2, "max_replicas": 2}, 2),
    ],
)
async def test_it_goes_to_zero_only_when_told_after_what_time(
    stand: Stand, scaling: dict[str, Any], least: int
) -> None:
    await stand.engine.apply([deployment(scaling=scaling)])
    config = stand.ray.puts[0]["applications"][0]["deployments"][0]["autoscaling_config"]
    assert config["min_replicas"] == least
    assert config["initial_replicas"] == max(1, least)
    assert config.get("downscale_to_zero_delay_s") == (60 if least == 0 else None)


@pytest.mark.parametrize(
    ("hardware", "options"),
    [
        ({}, {"num_cpus": 1, "num_gpus": 0}),
        ({"tier": "cpu-upgrade"}, {"num_cpus": 8, "num_gpus": 0}),
        ({"tier": "l4x4"}, {"num_cpus": 1, "num_gpus": 4, "accelerator_type": "L4"}),
        ({"gpus": 0.5, "cpus": 2}, {"num_cpus": 2, "num_gpus": 0.5}),
        (
            {"memory_gb": 2, "labels": {"hw": "small"}},
            {"num_cpus": 1, "num_gpus": 0, "memory": 2 * 10**9, "label_selector": {"hw": "small"}},
        ),
    ],
)
async def test_hardware_is_asked_in_rays_words(
    stand: Stand, hardware: dict[str, Any], options: dict[str, Any]
) -> None:
    await stand.engine.apply([deployment(hardware=hardware)])
    part = stand.ray.puts[0]["applications"][0]["deployments"][0]
    assert part["ray_actor_options"] == options


async def test_a_tier_that_ray_cannot_tell_is_refused(stand: Stand) -> None:
    with pytest.raises(InvalidInput, match="gpus and labels"):
        stand.engine.check(deployment(hardware={"tier": "zero-a10g"}).spec)


@pytest.mark.parametrize(
    ("labels", "good"),
    [
        ({"hw": "big", "ray.io/zone": "!in(a, b-2)", "free": ""}, True),
        ({"hw": "big one"}, False),
        ({"h w": "big"}, False),
        ({"-/hw": "big"}, False),
        ({"hw": "x" * 64}, False),
        ({"my-org.example.com/hw": "big"}, True),
        ({"a." * 60 + "a/!": "big"}, False),  # told at once
    ],
)
async def test_labels_that_ray_would_refuse(
    stand: Stand, labels: dict[str, str], good: bool
) -> None:
    with nullcontext() if good else pytest.raises(InvalidInput, match="no label"):
        stand.engine.check(deployment(hardware={"labels": labels}).spec)


async def test_a_restart_makes_all_replicas_anew_once(stand: Stand) -> None:
    await stand.engine.apply([deployment()])
    await stand.engine.restart("words", f"{APP}-0")
    await stand.engine.apply([deployment()])
    await stand.another().apply([deployment()])  # and a server that starts later leaves it so
    assert [put["applications"][0]["args"]["turn"] for put in stand.ray.puts] == [0, 1]
    with pytest.raises(UnknownEndpoint, match="no replica"):
        await stand.engine.restart("words", "nobody")


# Ray does not answer ----------------------------------------------------------------------------


async def test_a_token_that_ray_refuses_is_named(stand: Stand) -> None:
    with pytest.raises(Unavailable, match="TAGLINE_RAY_TOKEN"):
        await stand.another("another token").apply([deployment()])


async def test_a_head_that_is_away_is_unavailable(stand: Stand) -> None:
    away = RayEngine(f"http://127.0.0.1:{free_port()}", TOKEN, Limits())
    stand.stack.push_async_callback(away.close)
    with pytest.raises(Unavailable, match="does not answer"):
        await away.apply([deployment()])
    stand.ray.silent = True
    with pytest.raises(Unavailable, match="503"):
        await stand.engine.apply([deployment()])


async def test_an_unknown_name_is_unknown(stand: Stand) -> None:
    with pytest.raises(UnknownEndpoint):
        await stand.engine.predict("nobody", call())
    with pytest.raises(UnknownEndpoint):
        await stand.engine.metrics("nobody")
    assert await stand.engine.logs("nobody") == ()  # as of one that is paused


# What is read -----------------------------------------------------------------------------------

OURS = (
    "The deployment failed to start 3 times in a row. Error:\nTraceback (most recent call last):\n"
    '  File "replica.py"\npipelines.errors.UnknownModel: Node n1 has no org/words.'
)


@pytest.mark.parametrize(
    ("status", "message", "replicas", "state", "reason"),
    [
        ("DEPLOYING", "", ["STARTING"], "initializing", ""),
        ("DEPLOYING", "", ["RUNNING", "STARTING"], "updating", ""),
        ("RUNNING", "", ["RUNNING"], "running", ""),
        ("RUNNING", "", [], "scaledToZero", "The next call wakes it."),
        ("RUNNING", "", ["STARTING"], "initializing", ""),
        ("UNHEALTHY", "A health check failed.", ["RUNNING"], "running", "A health check failed."),
        ("UNHEALTHY", "The node has died.", ["STARTING"], "initializing", "The node has died."),
        ("DEPLOY_FAILED", OURS, [], "failed", "Node n1 has no org/words."),
        (
            "DEPLOY_FAILED", OURS, ["RUNNING"], "updateFailed",
            "Node n1 has no org/words. The version before goes on.",
        ),
        ("DELETING", "", ["STOPPING"], "pending", "It is being taken down."),
    ],
)  # fmt: skip
async def test_states(
    stand: Stand, status: str, message: str, replicas: list[str], state: str, reason: str
) -> None:
    await stand.engine.apply([deployment()])
    stand.ray.standing[APP] = (status, message, replicas)
    found = (await stand.engine.status())["words"]
    assert (found.state, found.reason, found.wanted) == (state, reason, len(replicas))


async def test_replicas_are_told_with_their_node_and_age(stand: Stand) -> None:
    await stand.engine.apply([deployment()])
    stand.ray.standing[APP] = ("RUNNING", "", ["RUNNING", "STOPPING", "RECOVERING"])
    found = (await stand.engine.status())["words"].replicas
    assert [(each.id, each.state) for each in found] == [
        (f"{APP}-0", "running"), (f"{APP}-1", "leaving"), (f"{APP}-2", "restarting"),
    ]  # fmt: skip
    assert {each.node for each in found} == {"10.0.0.1"}
    assert found[0].since.timestamp() == 1_700_000_000


async def test_replicas_of_before_stand_while_ray_reads_an_update(stand: Stand) -> None:
    await stand.engine.apply([deployment()])
    await stand.engine.status()
    details = stand.ray.details()
    app = details["applications"][APP] | {"status": "DEPLOYING", "deployments": {}}
    stand.engine.desired.learn(details | {"applications": {APP: app}})
    found = stand.engine.desired.seen["words"]
    assert (found.state, found.ready) == ("updating", 1)


# Calls ------------------------------------------------------------------------------------------


async def test_an_answer_comes_back_whole(stand: Stand) -> None:
    value, said_to = [[{"label": "good", "score": 0.5}]], ["Your text was cut."]
    proxy = Proxy(said({"value": value, "notices": said_to}, replica=f"{APP}-0", memory=77))
    await stand.proxies(proxy)
    asked = call()
    answer = await stand.engine.predict("words", asked)
    assert (answer.values, answer.seconds, answer.device) == (value, 0.5, "cpu")
    assert (answer.notices, answer.tokens) == (tuple(said_to), 3)
    assert (asked.notices, asked.read, asked.written) == (said_to, [3], [2])
    assert (proxy.bodies[0]["op"], proxy.bodies[0]["task"]) == ("run", "text-classification")
    stand.engine.desired.looked = 0.0
    assert (await stand.engine.status())["words"].memory == 77
    assert (await stand.engine.metrics("words"))["memory_bytes"] == 77


async def test_an_error_of_a_replica_is_the_same_error_here(stand: Stand) -> None:
    told = wire.error_to_wire(InvalidInput("text is empty."))
    await stand.proxies(Proxy((422, frames.TYPE, wire.pack({"error": told}))))
    with pytest.raises(InvalidInput, match="text is empty"):
        await stand.engine.predict("words", call())


async def test_calls_take_the_proxies_in_turn(stand: Stand) -> None:
    first, second = Proxy(GOOD), Proxy(GOOD)
    await stand.proxies(first, second)
    for _ in range(10):
        await stand.engine.predict("words", call())
    assert (len(first.bodies), len(second.bodies)) == (5, 5)
    assert len(await stand.engine.proxies("words")) == 2


async def test_a_dead_proxy_costs_nothing_and_is_taken_again(stand: Stand) -> None:
    second = Proxy(GOOD)
    await stand.proxies(None, second)
    for _ in range(6):
        await stand.engine.predict("words", call())
    assert len(second.bodies) == 6
    first = Proxy(GOOD)
    await stand.open(first, "127.0.0.1")
    stand.engine.pool.clock = lambda: asyncio.get_running_loop().time() + 1e6
    for _ in range(6):
        await stand.engine.predict("words", call())
    assert (len(first.bodies), len(second.bodies)) == (3, 9)


async def test_calls_wait_for_a_proxy_to_come_back(stand: Stand) -> None:
    await stand.proxies(None)
    stand.engine.doors.patience = 30
    asked = asyncio.create_task(stand.engine.predict("words", call()))
    await asyncio.sleep(0.2)
    await stand.open(Proxy(GOOD), "127.0.0.1")
    assert (await asked).values


async def test_no_proxy_for_long_is_unavailable(stand: Stand) -> None:
    await stand.proxies(None, None)
    with pytest.raises(Unavailable, match="cannot be reached"):
        await stand.engine.predict("words", call())


async def test_a_call_that_met_a_dying_replica_is_tried_once_more(stand: Stand) -> None:
    proxy = Proxy(DIED, GOOD)
    await stand.proxies(proxy)
    assert (await stand.engine.predict("words", call())).values
    assert len(proxy.bodies) == 2


async def test_and_not_a_third_time(stand: Stand) -> None:
    proxy = Proxy(DIED)
    await stand.proxies(proxy)
    with pytest.raises(WorkerDied):
        await stand.engine.predict("words", call())
    assert len(proxy.bodies) == 2


async def test_an_answer_that_breaks_off_is_tried_once_more(stand: Stand) -> None:
    cut = GOOD[2][: len(GOOD[2]) // 2]
    proxy = Proxy((200, GOOD[1], cut), GOOD)
    await stand.proxies(proxy)
    assert (await stand.engine.predict("words", call())).values
    assert len(proxy.bodies) == 2


@pytest.mark.parametrize(
    ("reply", "error"),
    [(of_ray(429, "full"), TooManyCalls), (of_ray(408, "timed out"), TooSlow)],
    ids=["full", "slow"],
)
async def test_rays_own_refusals_are_not_tried_again(
    stand: Stand, reply: Any, error: type[Exception]
) -> None:
    proxy = Proxy(reply)
    await stand.proxies(proxy)
    with pytest.raises(error):
        await stand.engine.predict("words", call())
    assert len(proxy.bodies) == 1


@pytest.mark.parametrize("status", [404, 503])
async def test_a_proxy_that_does_not_know_it_yet_is_passed_over(stand: Stand, status: int) -> None:
    stranger, other = Proxy(of_ray(status, "Path not found")), Proxy(GOOD)
    await stand.proxies(stranger, other)
    for _ in range(4):
        assert (await stand.engine.predict("words", call())).values
    assert len(other.bodies) == 4


# Streams ----------------------------------------------------------------------------------------


async def streamed(stand: Stand) -> list[Any]:
    return [chunk async for chunk in stand.engine.stream("words", call())]


async def test_a_stream_comes_in_its_pieces(stand: Stand) -> None:
    await stand.proxies(Proxy(said({"chunk": "a"}, {"chunk": "b"}, {})))
    assert await streamed(stand) == ["a", "b"]


async def test_a_stream_that_never_began_is_tried_once_more(stand: Stand) -> None:
    proxy = Proxy(DIED, said({"chunk": "a"}, {}))
    await stand.proxies(proxy)
    assert await streamed(stand) == ["a"]
    assert len(proxy.bodies) == 2


async def test_a_stream_that_began_is_not(stand: Stand) -> None:
    proxy = Proxy((200, frames.TYPE, wire.pack({"chunk": "a"})))
    await stand.proxies(proxy)
    chunks = stand.engine.stream("words", call())
    assert await anext(chunks) == "a"
    with pytest.raises(WorkerDied):
        await anext(chunks)
    assert len(proxy.bodies) == 1


# Waking -----------------------------------------------------------------------------------------


async def test_many_who_wait_send_one_call_to_wake(stand: Stand) -> None:
    proxy = Proxy(pong(), GOOD)
    stand.ray.standing[APP] = ("RUNNING", "", [])
    await stand.proxies(proxy)
    proxy.gate.clear()
    assert await stand.engine.arrives("words", 0) is False
    asked = [asyncio.create_task(stand.engine.predict("words", call())) for _ in range(5)]
    await asyncio.sleep(0.3)
    assert [each["op"] for each in proxy.bodies] == ["ping"]
    proxy.gate.set()
    assert [each.values for each in await asyncio.gather(*asked)] == [GOOD_VALUES] * 5
    assert [each["op"] for each in proxy.bodies] == ["ping", *["run"] * 5]


async def test_it_arrives_once_a_replica_answers(stand: Stand) -> None:
    stand.ray.standing[APP] = ("RUNNING", "", [])
    await stand.proxies(Proxy(pong()))
    assert await stand.engine.arrives("words", 30) is True


async def test_it_says_what_it_failed_with(stand: Stand) -> None:
    stand.ray.standing[APP] = ("DEPLOY_FAILED", OURS, [])
    await stand.proxies(Proxy(of_ray(503, "unavailable")))
    with pytest.raises(Unavailable, match="Node n1 has no org/words"):
        await stand.engine.arrives("words", 30)
    with pytest.raises(Unavailable, match="Node n1 has no org/words"):
        await stand.engine.predict("words", call())


async def test_a_cluster_that_is_gone_is_not_waited_for(stand: Stand) -> None:
    stand.ray.standing[APP] = ("RUNNING", "", [])
    await stand.proxies(None)
    stand.ray.silent = True
    with pytest.raises(Unavailable, match="503"):
        await stand.engine.predict("words", call())


# Logs and numbers -------------------------------------------------------------------------------


def row(at: int, text: str, level: str = "INFO") -> dict[str, Any]:
    return {"timestamp_ns": at * 10**9, "levelname": level, "message": text}


async def test_logs_of_all_replicas_in_order(stand: Stand) -> None:
    stand.ray.standing[APP] = ("RUNNING", "", ["RUNNING", "RUNNING", "RUNNING"])
    stand.ray.logs = {
        f"{APP}-0.log": [row(1, "one"), row(4, "four", "ERROR")],
        f"{APP}-1.log": [row(2, "two"), row(3, "three")],  # and none of the third
    }
    await stand.engine.apply([deployment()])
    lines = await stand.engine.logs("words", tail=3)
    assert [(each.at, each.text, each.level) for each in lines] == [
        (2, "two", "info"), (3, "three", "info"), (4, "four", "error"),
    ]  # fmt: skip
    assert [each.text for each in await stand.engine.logs("words", f"{APP}-1")] == ["two", "three"]


async def test_logs_are_followed(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("endpoints.ray.logs.LOOK_SECONDS", 0.02)
    rows = stand.ray.logs[f"{APP}-0.log"] = [row(1, "old")]
    await stand.engine.apply([deployment()])
    lines = stand.engine.follow("words")
    coming = asyncio.ensure_future(anext(lines))
    before = stand.ray.gets
    while stand.ray.gets < before + 2:
        await asyncio.sleep(0.02)
    rows += [row(2, "new"), row(3, "newer")]
    assert [(await coming).text, (await anext(lines)).text] == ["new", "newer"]
    await lines.aclose()


async def test_calls_under_way_are_counted(stand: Stand) -> None:
    proxy = Proxy(GOOD)
    await stand.proxies(proxy)
    proxy.gate.clear()
    asked = [asyncio.create_task(stand.engine.predict("words", call())) for _ in range(6)]
    while len(proxy.bodies) < 6:
        await asyncio.sleep(0.01)
    stand.engine.desired.looked = 0.0
    status = (await stand.engine.status())["words"]
    numbers = await stand.engine.metrics("words")
    assert (status.waiting, numbers["in_flight"], numbers["waiting"]) == (2, 6, 2)
    assert status.in_flight == 4  # as its graphs show
    proxy.gate.set()
    await asyncio.gather(*asked)
    assert (await stand.engine.metrics("words"))["in_flight"] == 0
