// What an endpoint is to be from now on. Before it is saved it is shown what that changes.
const { search } = new URL(import.meta.url);
const { make } = await import(`./dom.js${search}`);
const { ask, offer, say } = await import(`./endpoint_api.js${search}`);
const { button, problem } = await import(`./endpoint_parts.js${search}`);
const fields = await import(`./endpoint_fields.js${search}`);

// A change of these replaces replicas, as `endpoints.held` has it; others hold at once.
const OF_REPLICAS = ["model", "task", "engine", "hardware", "dtype", "acceleration", "env", "secrets"];
const PARTS = ["hardware", "scaling", "access"];

const written = (value) => {
  if (value === null || value === undefined || value === "") return "–";
  if (Array.isArray(value)) return value.join(", ") || "–";
  if (typeof value === "object") return Object.entries(value).map(([key, each]) => `${key}=${each}`).join(", ") || "–";
  return String(value);
};
// [field, its part, before, after] of all that differs.
const differences = (before, after) => Object.entries(after).flatMap(([key, value]) => {
  if (PARTS.includes(key))
    return Object.entries(value).map(([name, each]) => [name, key, before[key][name], each]);
  return [[key, key, before[key], value]];
}).filter(([, , old, now]) => JSON.stringify(old ?? null) !== JSON.stringify(now ?? null));

const change = (changes) => {
  const found = {};
  changes.forEach(([name, part, , value]) => {
    if (PARTS.includes(part)) found[part] = { ...found[part], [name]: value };
    else found[name] = value;
  });
  return found;
};

export const show = ({ name, path, box, now, trying }) => {
  const spec = now.tagline.spec, alert = make("div"), told = make("div", { class: "ends-changes", role: "status" });
  const save = make("button", { type: "submit", class: "small lead" }, say("save"));
  const model = make("input", { type: "text", id: "ends-model", name: "model", required: true, value: spec.model, autocomplete: "off", spellcheck: "false" });
  const tags = [...new Set([...(offer.tasks[spec.model.split("@")[0]] || []), ...(spec.task ? [spec.task] : [])])];
  const form = make("form", { class: "ends-form card" },
    make("div", { class: "ends-field" }, make("label", { for: "ends-model" }, say("f_model")), model, make("small", {}, say("model_note"))),
    ...fields.main(spec, true), fields.more(spec, tags, spec.secrets), told, alert,
    make("div", { class: "ends-actions" }, button(say("reset"), () => again()), save));
  const again = () => show({ name, path, box, now, trying });
  box.replaceChildren(form);

  let changes = [], secrets = {};
  const look = () => {
    form.elements.to_zero_after.disabled = Number(form.elements.min_replicas.value) > 0;
    alert.replaceChildren();
    try {
      const read = fields.read(form, spec);
      secrets = read.secrets;
      changes = differences(spec, { model: model.value.trim(), ...read.spec });
    } catch (error) {
      [changes, secrets] = [[], {}];
      alert.replaceChildren(problem(error));
    }
    const rows = changes.map(([field, , old, value]) => make("li", {}, `${say(`f_${field}`)}: `,
      make("del", {}, written(old)), " → ", make("ins", {}, written(value))));
    Object.keys(secrets).forEach((each) => rows.push(make("li", {}, say("secret_set", { name: each }))));
    const rolls = Object.keys(secrets).length > 0 || changes.some(([, part]) => OF_REPLICAS.includes(part));
    save.disabled = !rows.length;
    const text = rows.length ? say(rolls ? "rolls" : "at_once") : say("no_changes");
    const plain = text + rows.map((each) => each.textContent).join();
    if (told.dataset.now === plain) return;
    told.dataset.now = plain;
    told.replaceChildren(make("p", {}, text), make("ul", {}, ...rows));
  };
  form.addEventListener("input", look);
  form.addEventListener("change", look);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!changes.length && !Object.keys(secrets).length) return;
    save.disabled = true;
    try {
      const body = { tagline: change(changes) };
      if (Object.keys(secrets).length) body.model = { secrets };
      const saved = await ask(path, "PUT", body);
      show({ name, path, box, now: saved, trying });
      box.prepend(make("p", { class: "note ends-saved", role: "status" }, say("saved")));
    } catch (error) {
      alert.replaceChildren(problem(error));
      save.disabled = false;
    }
  });
  look();
  return {};
};
