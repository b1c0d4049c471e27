// What was counted of an endpoint's calls, as small drawings; asked for while they are looked at.
const { search } = new URL(import.meta.url);
const { make } = await import(`./dom.js${search}`);
const { again, ask, bytes, clock, say, took } = await import(`./endpoint_api.js${search}`);
const { card, problem } = await import(`./endpoint_parts.js${search}`);

const PAUSE = 5000, STEPS = 120; // milliseconds; places along the time
const SPANS = [900, 3600, 6 * 3600, 86400];
const SVG = "http://www.w3.org/2000/svg";
const REPLICAS = ["running", "starting", "restarting", "leaving", "failed"];

const draw = (tag, about, ...children) => {
  const made = document.createElementNS(SVG, tag);
  Object.entries(about).forEach(([key, value]) => made.setAttribute(key, value));
  made.append(...children);
  return made;
};

// Values by place along the time: sums of counts, else the highest; null where there was none.
const spread = (samples, from, width, value, sums) => {
  const places = Array(STEPS).fill(null);
  samples.forEach((each) => {
    const at = Math.min(STEPS - 1, Math.floor((each.at - from) / width)), found = value(each);
    if (at < 0 || found === null || found === undefined) return;
    places[at] = sums ? (places[at] || 0) + found : Math.max(places[at] ?? found, found);
  });
  return places;
};
const line = (places, top, css) => {
  const parts = [];
  places.forEach((value, i) => {
    if (value === null) return;
    const joined = i && places.slice(Math.max(0, i - 3), i).some((each) => each !== null);
    parts.push(`${joined ? "L" : "M"}${i + 0.1} ${(100 - (value / top) * 96).toFixed(1)}h.8`);
  });
  return draw("path", { d: parts.join(""), class: css, "vector-effect": "non-scaling-stroke" });
};
const bars = (series, top) => {
  const base = Array(STEPS).fill(0);
  return series.flatMap(({ places, css }) => places.flatMap((value, i) => {
    if (!value) return [];
    const height = (value / top) * 96, y = 100 - base[i] - height;
    base[i] += height;
    return [draw("rect", { x: i + 0.1, y: y.toFixed(1), width: 0.8, height: height.toFixed(1), class: css })];
  }));
};

// One drawing with its legend, which says the same in numbers.
const plot = ({ title, series, write, stacked = false, from, to, empty }) => {
  const heights = stacked
    ? Array.from({ length: STEPS }, (_, i) => series.reduce((sum, { places }) => sum + (places[i] || 0), 0))
    : series.flatMap(({ places }) => places.filter((value) => value !== null));
  const top = Math.max(0, ...heights) || 1;
  const marks = stacked ? bars(series, top) : series.map(({ places, css }) => line(places, top, css));
  const svg = draw("svg", { viewBox: `0 0 ${STEPS} 100`, preserveAspectRatio: "none", role: "img", "aria-label": title }, ...marks);
  const legend = series.map(({ name, told, css }) => make("li", {}, make("i", { class: css }), `${name} `, make("b", {}, told)));
  return card(title, make("div", { class: "ends-plot" },
    make("small", { class: "ends-top-value" }, write(top)), svg,
    make("div", { class: "ends-axis" }, make("small", {}, clock(from)), make("small", {}, clock(to)))),
  empty ? make("p", { class: "quiet" }, empty) : make("ul", { class: "ends-legend" }, ...legend));
};

const plots = (samples, from, to) => {
  const width = (to - from) / STEPS, at = { from, to };
  const places = (value, sums = false) => spread(samples, from, width, value, sums);
  const total = (name) => samples.reduce((sum, each) => sum + (each.requests[name] || 0), 0);
  const last = samples[samples.length - 1], most = (found) => Math.max(0, ...found.filter((each) => each !== null));
  const classes = ["2xx", "3xx", "4xx", "5xx"].filter((name) => total(name) || name === "2xx");
  const shares = ["p50", "p90", "p95", "p99"].map((name) => ({ name, css: `ends-${name}`, places: places((each) => each[name]) }));
  const states = REPLICAS.filter((name) => name === "running" || samples.some((each) => each.replicas[name]));
  const called = shares[0].places.some((each) => each !== null);
  const one = (name, value, css, write) => {
    const found = places(value);
    return { name, css, places: found, told: last ? `${write(value(last))} · ${say("most", { n: write(most(found)) })}` : "–" };
  };
  const plain = (value) => String(Math.round(value * 100) / 100);
  return [
    plot({ ...at, title: say("g_requests"), stacked: true, write: plain,
      series: classes.map((name) => ({ name, css: `ends-s${name}`, told: total(name), places: places((each) => each.requests[name], true) })) }),
    plot({ ...at, title: say("g_latency"), write: took, empty: called ? "" : say("g_no_calls"),
      series: shares.map((each) => ({ ...each, told: called ? say("most", { n: took(most(each.places)) }) : "–" })) }),
    plot({ ...at, title: say("g_pending"), write: plain, series: [
      one(say("waiting"), (each) => each.waiting, "ends-waiting", plain), one(say("in_flight"), (each) => each.in_flight, "ends-flight", plain)] }),
    plot({ ...at, title: say("g_replicas"), write: plain,
      series: states.map((name) => one(say(`replica_${name}`), (each) => each.replicas[name] || 0, `ends-r${name}`, plain)) }),
    plot({ ...at, title: say("memory"), write: bytes, series: [one(say("g_all"), (each) => each.memory, "ends-memory", bytes)] }),
  ];
};

export const show = ({ path, box }) => {
  const choice = make("select", { "aria-label": say("g_span") }, ...SPANS.map((s) => make("option", { value: s },
    say(s < 3600 ? "last_minutes" : "last_hours", { n: s < 3600 ? s / 60 : s / 3600 }))));
  const alert = make("div"), grid = make("div", { class: "ends-plots" });
  box.replaceChildren(make("div", { class: "runs-bar ends-spans" }, choice, make("p", { class: "caption" }, say("g_note"))), alert, grid);
  let samples = [];
  const look = async () => {
    const wide = Number(choice.value), now = Date.now() / 1000;
    const known = samples.length && samples[0].at <= now - wide + 10 ? samples[samples.length - 1].at : now - wide;
    try {
      const found = (await ask(`${path}/metrics?seconds=${Math.ceil(now - known + 1)}`)).samples;
      const latest = samples.length ? samples[samples.length - 1].at : 0;
      samples = known === now - wide ? found : [...samples, ...found.filter((each) => each.at > latest)];
      samples = samples.filter((each) => each.at >= now - wide);
      alert.replaceChildren();
      grid.replaceChildren(...plots(samples, now - wide, now));
    } catch (error) {
      if (error.status !== 404) alert.replaceChildren(problem(error));
    }
  };
  const looking = again(look, PAUSE);
  choice.addEventListener("change", () => { samples = []; looking.now(); });
  return { close: looking.stop };
};
