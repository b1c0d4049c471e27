// How an endpoint stands: its address, what it is, its replicas, and what happened.
const { search } = new URL(import.meta.url);
const { make } = await import(`./dom.js${search}`);
const { again, ago, ask, bytes, money, moment, offer, price, say, span } = await import(`./endpoint_api.js${search}`);
const { button, card, confirm, english, facts, patch, pill, table, url } = await import(`./endpoint_parts.js${search}`);

const COLUMNS = ["replica", "state", "node", "since", "memory", "in_flight", "restarts", "restart"];
const FIRST = 10, PAUSE = 4000;

// Files for other tools; the last two are of the whole server.
const FILES = { "ray-serve": "Ray Serve", kuberay: "KubeRay", prometheus: "Prometheus", grafana: "Grafana" };
const file = (path, [kind, tool]) => make("a", { href: `/v2/endpoint/here${path}/files/${kind}`, download: true, class: "small" }, tool);

const range = ({ min_replicas: least, max_replicas: most }) =>
  least === most ? String(most) : say("range", { least, most });
const about = (each) => {
  const { spec, lastCall } = each.tagline, { scaling } = spec, one = price(spec);
  const running = each.tagline.replicas.filter((replica) => replica.state !== "failed").length;
  return [
    [say("model"), spec.model], [say("task"), spec.task || say("task_own")],
    [say("level"), say(`level_${spec.access.level}`)], [say("engine"), say(`engine_${spec.engine}`)],
    [say("replicas"), range(scaling)],
    [say("f_to_zero_after"), scaling.to_zero_after ? span(scaling.to_zero_after) : say("never")],
    [say("called"), lastCall ? ago(lastCall) : "–"],
    [say("cost"), one === null ? say("no_price") : `${money(one * running)} (${say("one_costs", { one: money(one) })})`],
    [say("waiting"), each.tagline.waiting],
    spec.tags.length ? [say("f_tags"), spec.tags.join(", ")] : null,
    [say("created"), `${moment(each.status.createdAt)} · ${each.status.createdBy.name}`],
    [say("updated"), moment(each.status.updatedAt)],
  ].filter(Boolean);
};

export const show = ({ name, path, box, dialogs, now, trying }) => {
  const where = `${window.location.origin}/endpoints/${name}`;
  const known = make("div"), replicas = table(COLUMNS, say("replicas")), none = make("p", { class: "quiet" }, say("no_replicas"));
  const happened = make("ul", { class: "ends-events" });
  let most = FIRST;
  const further = button(say("more_events"), () => { most += 40; events.now(); });
  box.replaceChildren(
    card(say("address"), url(where), make("p", { class: "caption" }, say("address_note"))),
    card(say("about"), known), card(say("replicas"), replicas.made, none),
    card(say("events"), happened, further),
    card(say("files"), make("div", { class: "ends-files" }, ...Object.entries(FILES).map((each) => file(path, each))), make("p", { class: "caption" }, say("files_note"))));

  const restart = (id) => async () => {
    const asked = { title: say("sure_restart", { name: id }), text: say("sure_restart_text"), does: say("restart") };
    if (await confirm(dialogs, asked)) await trying(() => ask(`${path}/replica/${encodeURIComponent(id)}/restart`, "POST"));
  };
  const row = (each) => {
    const since = span((Date.now() - new Date(each.since)) / 1000);
    return { key: each.id, cells: [
      [each.id, () => make("code", {}, each.id)],
      [each.state + each.reason, () => [make("span", { class: `pill ends-${each.state}` }, say(`replica_${each.state}`)), english(each.reason)]],
      [each.node, () => (each.node === "this machine" ? say("this_machine") : each.node)],
      [since, () => since], [each.memory, () => (each.memory ? bytes(each.memory) : "–")],
      [each.inFlight, () => each.inFlight], [each.restarts, () => each.restarts],
      ["", () => button(say("restart"), restart(each.id))],
    ] };
  };
  const look = (each) => {
    const rows = about(each), told = JSON.stringify(rows);
    if (known.dataset.now !== told) known.replaceChildren(facts(rows));
    known.dataset.now = told;
    none.hidden = each.tagline.replicas.length > 0;
    replicas.made.hidden = !none.hidden;
    patch(replicas.body, COLUMNS, each.tagline.replicas.map(row));
  };
  const event = (each) => make("li", {},
    make("time", { datetime: each.at, title: each.at }, moment(each.at)),
    make("b", offer.english ? {} : { lang: "en" }, each.what), make("span", {}, each.who), english(each.text, "span"));
  const events = again(async () => {
    const found = await ask(`${path}/events?limit=${most}`).catch(() => null);
    const told = found && JSON.stringify(found.items);
    if (!found || happened.dataset.now === told) return;
    happened.dataset.now = told;
    happened.replaceChildren(...found.items.map(event));
    further.hidden = found.items.length < most;
  }, PAUSE);
  look(now);
  return { look, close: events.stop };
};
