// All endpoints as a table, with a search and a filter by state.
const { search } = new URL(import.meta.url);
const { make } = await import(`./dom.js${search}`);
const { again, ago, ask, money, price, say, address } = await import(`./endpoint_api.js${search}`);
const { english, link, patch, pill, problem, table, url } = await import(`./endpoint_parts.js${search}`);

const PAUSE = 2000; // milliseconds between two looks
const COLUMNS = ["name", "state", "replicas", "level", "engine", "address", "called", "cost"];
const STATES = ["pending", "initializing", "running", "updating", "updateFailed", "scaledToZero", "paused", "failed"];

const cost = (each) => {
  const one = price(each.tagline.spec);
  return one === null ? null : one * each.tagline.replicas.filter((replica) => replica.state !== "failed").length;
};

const row = (each) => {
  const { spec, lastCall } = each.tagline, { state, message, readyReplica } = each.status;
  const { min_replicas: least, max_replicas: most } = spec.scaling;
  const shown = `${window.location.origin}/endpoints/${each.name}`, called = lastCall ? ago(lastCall) : "–";
  const model = `${spec.model}${spec.task ? ` · ${spec.task}` : ""}`;
  return { key: each.name, cells: [
    [model, () => [link({ name: each.name }, make("b", {}, each.name)), make("small", {}, model)]],
    [state + message, () => [pill(state), english(message)]],
    [[readyReplica, least, most], () => make("span", {}, `${readyReplica} `, make("small", {}, least === most ? say("of", { n: most }) : say("of_to", { least, most })))],
    [spec.access.level, () => say(`level_${spec.access.level}`)],
    [spec.engine, () => say(`engine_${spec.engine}`)],
    [shown, () => url(shown)],
    [called, () => called],
    [cost(each), () => money(cost(each))],
  ] };
};

const teach = () => make("div", { class: "runs-empty ends-empty" },
  make("h3", {}, say("empty")),
  make("p", {}, say("empty_text")),
  make("ol", {}, ...[1, 2, 3].map((n) => make("li", {}, say(`empty_${n}`)))),
  link({ new: "1" }, say("create")));

export const show = ({ head, box, query }) => {
  head.replaceChildren(make("div", { class: "page-head ends-top" },
    make("div", {}, make("h2", {}, say("title")), make("p", {}, say("lead"))),
    make("a", { class: "button main", href: address({ new: "1" }), "data-go": true }, say("create"))));
  const find = make("input", {
    type: "search", "data-search": true, value: query.get("q") || "",
    placeholder: say("search"), "aria-label": say("search"),
  });
  const filter = make("select", { "aria-label": say("by_state") }, make("option", { value: "" }, say("any_state")),
    ...STATES.map((state) => make("option", { value: state }, say(`state_${state}`))));
  filter.value = query.get("state") || "";
  const bar = make("div", { class: "runs-bar", role: "search", hidden: true }, find, filter);
  const count = make("p", { class: "caption", role: "status" }), alert = make("div");
  const { made, body } = table(COLUMNS, say("title"));
  const rest = make("div");
  made.hidden = true;
  box.replaceChildren(make("div", { class: "runs" }, bar, count, alert, made, rest));

  let all = null;
  const draw = () => {
    if (!all) return;
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    const text = ({ name, tagline: { spec } }) =>
      [name, spec.model, spec.task, spec.engine, spec.access.level, ...spec.tags].join(" ").toLowerCase();
    const left = all.filter((each) => (!filter.value || each.status.state === filter.value)
      && words.every((word) => text(each).includes(word)));
    bar.hidden = count.hidden = !all.length;
    made.hidden = !left.length;
    const told = say("count", { shown: left.length, all: all.length });
    if (count.textContent !== told) count.textContent = told;
    patch(body, COLUMNS, left.map(row));
    const state = !all.length ? "empty" : left.length ? "" : "none";
    if (rest.dataset.now === state) return;
    rest.dataset.now = state;
    rest.replaceChildren(...(state === "empty" ? [teach()] : state ? [make("p", { class: "note" }, say("no_match"))] : []));
  };
  const look = async () => {
    try {
      all = (await ask()).items;
      alert.replaceChildren();
      draw();
    } catch (error) {
      if (!alert.firstChild) alert.replaceChildren(problem(error));
    }
  };
  const changed = () => {
    window.history.replaceState(null, "", address({ q: find.value, state: filter.value }));
    draw();
  };
  find.addEventListener("input", changed);
  filter.addEventListener("change", changed);
  const looking = again(look, PAUSE);
  return { close: looking.stop };
};
