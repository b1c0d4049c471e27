// The form that makes an endpoint: a model, a name, and what most owners choose.
const { search } = new URL(import.meta.url);
const { make } = await import(`./dom.js${search}`);
const { ask, address, money, offer, price, say } = await import(`./endpoint_api.js${search}`);
const { button, link, problem } = await import(`./endpoint_parts.js${search}`);
const fields = await import(`./endpoint_fields.js${search}`);

const NAME = "[a-z0-9]([a-z0-9\\-]{0,30}[a-z0-9])?"; // a DNS label, as long as the server takes it

// A name for an endpoint of this model that nobody has yet.
const named = (model, taken) => {
  const last = model.split("@")[0].split("/").pop().toLowerCase();
  const plain = last.replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 32).replace(/-+$/, "") || "endpoint";
  for (let at = 1; ; at++) {
    const name = at === 1 ? plain : `${plain.slice(0, 29).replace(/-+$/, "")}-${at}`;
    if (!taken.includes(name)) return name;
  }
};

// Whether it will fit here, as the server foretells it.
const fitting = async (model, tag) => {
  const answer = await fetch(`/picker/state?${new URLSearchParams({ model, task: tag || "" })}`);
  if (answer.status === 404) return { note: say("not_here") };
  if (!answer.ok) return { note: "" };
  const { why, line, label } = await answer.json();
  return { why, note: line || label };
};

export const show = ({ head, box, go, query }) => {
  let open = true;
  const model = query.get("model") || "";
  head.replaceChildren(
    make("nav", { class: "path", "aria-label": say("path") }, link({}, say("title")), make("span", { "aria-hidden": "true" }, "/")),
    make("div", { class: "page-head" }, make("h2", {}, say("create_title")), make("p", {}, say(model ? "create_lead" : "pick_first"))));
  if (!model) {
    box.replaceChildren();
    setTimeout(() => open && document.querySelector("#ends-pick input")?.focus(), 300);
    return { close: () => { open = false; } };
  }
  const spec = fields.usual(), tags = offer.tasks[model.split("@")[0]] || [];
  if (tags.includes(query.get("task")) && query.get("task") !== tags[0]) spec.task = query.get("task");
  const name = make("input", { type: "text", name: "name", id: "ends-name", required: true, pattern: NAME, maxlength: 32, autocomplete: "off", spellcheck: "false" });
  const fit = make("div", { class: "ends-fit", role: "status" }), cost = make("p", { class: "ends-cost", role: "status" });
  const alert = make("div"), does = make("button", { type: "submit", class: "small lead" }, say("create"));
  const where = make("small", { id: "ends-where" });
  name.setAttribute("aria-describedby", "ends-where");
  const form = make("form", { class: "ends-form card" },
    make("div", { class: "ends-field" }, make("label", { for: "ends-name" }, say("f_name")), name, where),
    fit, ...fields.main(spec, true), cost, fields.more(spec, tags, []),
    alert, make("div", { class: "ends-actions" }, button(say("cancel"), () => go({})), does));
  box.replaceChildren(form);

  const placed = () => {
    const told = `${window.location.origin}/endpoints/${name.value}`;
    where.textContent = name.validity.patternMismatch ? say("name_wrong") : told;
  };
  const count = (key) => Number(form.elements[key].value) || 0;
  const priced = () => {
    form.elements.to_zero_after.disabled = count("min_replicas") > 0;
    const tier = form.elements.tier?.value.trim() || null;
    const one = price({ hardware: { ...spec.hardware, tier }, engine: form.elements.engine?.value || spec.engine });
    const least = count("min_replicas"), most = Math.max(least, count("max_replicas"));
    const text = one === null ? say("no_price")
      : say("costs", { amount: money(one * least, one * most), one: money(one), tier: tier || offer.tier });
    const told = `${text} ${one === null ? "" : say("prices_from", { source: offer.prices.source })}`;
    if (cost.textContent !== told) cost.textContent = told;
  };
  form.addEventListener("input", () => { placed(); priced(); });
  const fits = async () => {
    const told = await fitting(model, form.elements.task.value);
    if (!open) return;
    fit.replaceChildren(
      told.note ? make("p", {}, told.note) : "",
      ...(told.why || []).map((each) => make("p", { class: "problem" }, each)));
  };
  form.elements.task.addEventListener("change", fits);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    alert.replaceChildren();
    does.disabled = true;
    try {
      const { spec: chosen, secrets } = fields.read(form, spec);
      const body = { name: name.value, tagline: { ...chosen, model } };
      if (Object.keys(secrets).length) body.model = { secrets };
      await ask("", "POST", body);
      go({ name: name.value });
    } catch (error) {
      alert.replaceChildren(problem(error));
      alert.scrollIntoView({ block: "nearest" });
    }
    does.disabled = false;
  });
  (async () => {
    const all = await ask().catch(() => ({ items: [] }));
    if (!open) return;
    if (!name.value) name.value = named(model, all.items.map((each) => each.name));
    placed();
  })();
  priced();
  fits();
  return { close: () => { open = false; } };
};
