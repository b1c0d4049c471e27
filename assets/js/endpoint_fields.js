// The fields of an endpoint, to make one and to change one; read as a part of its specification.
const { search } = new URL(import.meta.url);
const { make } = await import(`./dom.js${search}`);
const { offer, say } = await import(`./endpoint_api.js${search}`);

const ZERO = [900, 3600, 4 * 3600, 86400]; // seconds, besides what is set
const WAYS = ["auto", "off", "openvino-int8", "openvino-bf16", "openvino-f32"]; // faster ways to run a model
const DTYPES = ["auto", "float32", "bfloat16", "float16"];
let count = 0;

const field = (name, input, note = "") => {
  const id = `ends-${++count}`;
  input.id = id;
  input.name = name;
  if (note) input.setAttribute("aria-describedby", `${id}-note`);
  return make("div", { class: "ends-field" },
    make("label", { for: id }, say(`f_${name}`)), input, note ? make("small", { id: `${id}-note` }, note) : null);
};
const number = (name, value, about = {}, note = "") =>
  field(name, make("input", { type: "number", value: value ?? "", ...about }), note);
const select = (name, value, options, note = "") => {
  const made = make("select", {}, ...options.map(([key, text]) => make("option", { value: key }, text)));
  made.value = value;
  return field(name, made, note);
};
const text = (name, value, note = "") =>
  field(name, make("input", { type: "text", value, autocomplete: "off", spellcheck: "false" }), note);
const lines = (name, value, note) =>
  field(name, make("textarea", { rows: 3, value, spellcheck: "false", autocomplete: "off" }), note);

const minutes = (seconds) => say(seconds < 3600 ? "minutes" : "hours", { n: seconds < 3600 ? seconds / 60 : seconds / 3600 });
const zeros = (now) =>
  [["", say("never")], ...[...new Set([...ZERO, ...(now ? [now] : [])])].sort((a, b) => a - b).map((s) => [String(s), minutes(s)])];

const paired = (values) => Object.entries(values).map(([key, value]) => `${key}=${value}`);
const tier = (now) => {
  const made = text("tier", now || "", say("tier_note")), names = Object.keys(offer.prices.perHour);
  made.querySelector("input").setAttribute("list", "ends-tiers");
  made.append(make("datalist", { id: "ends-tiers" }, ...names.map((each) => make("option", { value: each }))));
  return made;
};

const level = (spec) => make("fieldset", { class: "ends-levels" }, make("legend", {}, say("f_level")),
  ...["private", "protected", "public"].map((each) => {
    const made = make("input", { type: "radio", name: "level", value: each, checked: spec.access.level === each });
    return make("label", {}, made, make("b", {}, say(`level_${each}`)), make("small", {}, say(`level_${each}_about`)));
  }));

// What most owners choose.
export const main = (spec, engine) => [
  level(spec),
  make("div", { class: "ends-grid" },
    number("min_replicas", spec.scaling.min_replicas, { min: 0, max: 64, required: true }),
    number("max_replicas", spec.scaling.max_replicas, { min: 1, max: 64, required: true }),
    select("to_zero_after", String(spec.scaling.to_zero_after ?? ""), zeros(spec.scaling.to_zero_after), say("to_zero_note")),
    engine && offer.engines.length > 1
      ? select("engine", spec.engine, offer.engines.map((each) => [each, say(`engine_${each}`)])) : null),
];

// What few need.
export const more = (spec, tags, secrets) => make("details", { class: "ends-more" },
  make("summary", {}, say("more")),
  make("div", { class: "ends-grid" },
    select("task", spec.task || "", [["", say("task_own")], ...tags.map((tag) => [tag, tag])]),
    number("target", spec.scaling.target, { min: 0.1, step: "any", required: true }, say("target_note")),
    select("dtype", spec.dtype, DTYPES.map((each) => [each, each])),
    select("acceleration", spec.acceleration, WAYS.map((each) => [each, each]), say("acceleration_note")),
    number("max_batch", spec.max_batch, { min: 1, max: 10000, required: true }),
    number("timeout", spec.timeout, { min: 0.1, step: "any", required: true }),
    number("max_waiting", spec.max_waiting, { min: 1, max: 100000, required: true }),
    number("cpus", spec.hardware.cpus, { min: 0.1, step: "any" }),
    number("memory_gb", spec.hardware.memory_gb, { min: 0.1, step: "any" }, say("memory_note")),
    number("gpus", spec.hardware.gpus || "", { min: 0, step: "any" }),
    ...(offer.engines.includes("ray") ? [tier(spec.hardware.tier), text("labels", paired(spec.hardware.labels).join(", "), say("labels_note"))] : []),
    text("tags", spec.tags.join(", "), say("comma_note")),
    text("networks", spec.access.networks.join(", "), say("networks_note")),
    text("interface", spec.access.interface || "", say("interface_note"))),
  make("div", { class: "ends-grid" },
    lines("env", paired(spec.env).join("\n"), say("env_note")),
    lines("secrets", "", secrets.length ? say("secrets_kept", { names: secrets.join(", ") }) : say("secrets_note"))));

// What a form says: the fields of a specification, and the values of secrets. Throws where a line
// is none.
const pairs = (text, name) => Object.fromEntries(text.split("\n").map((line) => line.trim()).filter(Boolean).map((line) => {
  const at = line.indexOf("=");
  if (at < 1) throw new Error(say("pair_wrong", { field: say(`f_${name}`), line: name === "secrets" ? "…" : line }));
  return [line.slice(0, at).trim(), line.slice(at + 1)];
}));
const list = (text) => text.split(/[,，\s]+/).filter(Boolean);

export const read = (form, before) => {
  const given = new FormData(form), get = (name) => String(given.get(name) ?? "").trim();
  const numeric = (name) => (get(name) === "" ? null : Number(get(name)));
  const least = numeric("min_replicas"), after = numeric("to_zero_after");
  const access = { level: get("level"), networks: list(get("networks")), interface: get("interface") || null };
  if (access.level !== "private") Object.assign(access, { networks: [], interface: null });
  const spec = {
    task: get("task") || null,
    scaling: {
      min_replicas: least, max_replicas: numeric("max_replicas"), target: numeric("target"),
      to_zero_after: least ? null : after,
    },
    hardware: { cpus: numeric("cpus"), memory_gb: numeric("memory_gb"), gpus: numeric("gpus") || 0 },
    access, dtype: get("dtype"), acceleration: get("acceleration"), max_batch: numeric("max_batch"),
    timeout: numeric("timeout"), max_waiting: numeric("max_waiting"), tags: list(get("tags")),
    env: pairs(get("env"), "env"),
  };
  if (given.has("labels")) {
    spec.hardware.tier = get("tier") || null;
    spec.hardware.labels = pairs(list(get("labels")).join("\n"), "labels");
  }
  if (given.has("engine")) spec.engine = get("engine");
  else if (before) spec.engine = before.engine;
  return { spec, secrets: pairs(get("secrets"), "secrets") };
};

// As `endpoints.spec` has it at first.
export const usual = () => ({
  task: null, engine: offer.engines[0], hardware: { tier: null, cpus: null, memory_gb: null, gpus: 0, labels: {} },
  scaling: { min_replicas: 1, max_replicas: 1, target: 2, to_zero_after: null },
  access: { level: offer.signed ? "protected" : "private", networks: [], interface: null },
  dtype: "auto", acceleration: "auto", max_batch: 32, timeout: 120, max_waiting: 256, env: {}, secrets: [], tags: [],
});
