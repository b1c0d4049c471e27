// What the replicas of an endpoint wrote: the last lines, more of them, and those that come.
const { search } = new URL(import.meta.url);
const { make } = await import(`./dom.js${search}`);
const { again, ask, clock, say } = await import(`./endpoint_api.js${search}`);
const { button, problem } = await import(`./endpoint_parts.js${search}`);

const PAUSE = 2000, FIRST = 50, MORE = 200, MOST = 1000;
const RANK = { info: 0, warning: 1, error: 2, critical: 3 };

export const show = ({ path, box, now }) => {
  const replica = make("select", { "aria-label": say("replica") }), known = new Set();
  const level = make("select", { "aria-label": say("log_level") },
    ...["info", "warning", "error"].map((each) => make("option", { value: each }, say(`log_${each}`))));
  const follow = make("input", { type: "checkbox", checked: true });
  const list = make("ol");
  const scroll = make("div", { class: "ends-log", tabindex: "0", role: "log", "aria-label": say("tab_logs"), "aria-live": "off" }, list);
  const alert = make("div"), count = make("p", { class: "caption", role: "status" });
  const more = button(say("log_more"), () => { most = Math.min(MOST, most + MORE); look(); });
  let most = FIRST, lines = [], turn = 0;
  box.replaceChildren(
    make("div", { class: "runs-bar" }, replica, level, make("label", { class: "ends-check" }, follow, say("log_follow"))),
    make("div", { class: "runs-foot" }, count, more), alert, scroll);

  const offer = (ids) => {
    const fresh = ids.filter((id) => !known.has(id));
    if (!replica.children.length) replica.append(make("option", { value: "" }, say("all_replicas")));
    fresh.forEach((id) => { known.add(id); replica.append(make("option", { value: id }, id)); });
  };
  const row = (each) => make("li", { class: `ends-log-${each.level}` },
    make("time", {}, each.at ? clock(each.at) : ""), make("i", {}, each.replica),
    make("b", {}, each.level === "info" ? "" : each.level), make("span", {}, each.text));
  const draw = () => {
    const least = RANK[level.value], shown = lines.filter((each) => (RANK[each.level] ?? 0) >= least);
    const told = shown.map((each) => `${each.at}${each.replica}${each.text}`).join("\n");
    count.textContent = say("log_count", { n: shown.length });
    more.hidden = lines.length < most || most >= MOST;
    if (list.dataset.now === told && list.children.length) return;
    const end = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 40 || !list.dataset.now;
    list.dataset.now = told;
    list.replaceChildren(...(shown.length ? shown.map(row) : [make("li", {}, say("log_none"))]));
    if (end) scroll.scrollTop = scroll.scrollHeight;
  };
  const look = async () => {
    const mine = ++turn, of = replica.value ? `&replica=${encodeURIComponent(replica.value)}` : "";
    try {
      const found = (await ask(`${path}/logs?tail=${most}${of}`)).items;
      if (mine !== turn) return;
      lines = found;
      alert.replaceChildren();
      offer(lines.map((each) => each.replica));
      draw();
    } catch (error) {
      if (error.status !== 404) alert.replaceChildren(problem(error));
    }
  };
  offer(now.tagline.replicas.map((each) => each.id));
  replica.addEventListener("change", () => { most = FIRST; look(); });
  level.addEventListener("change", draw);
  let first = true;
  const looking = again(async () => {
    if (first || follow.checked) await look();
    first = false;
  }, PAUSE);
  return { look: (each) => offer(each.tagline.replicas.map((one) => one.id)), close: looking.stop };
};
