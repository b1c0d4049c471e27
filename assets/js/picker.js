// The search for a model: a combobox with filters, over what this machine and the Hub have. What is
// chosen goes into the address, and Gradio is told that the address has changed.
const MOST_RECENT = 8, PAUSE = 120; // milliseconds without a key before anything is asked
const HERE = ["lang", "__theme"]; // what an address says of the page rather than of the model
const NAME = /^[\w.-]+\/[\w.-]+(@[\w./-]+)?$/;

const ready = new Promise((done) => {
  const look = () => (window.tagline && window.tagline.say ? done() : setTimeout(look, 20));
  look();
});
const say = (key, fields) => window.tagline.say(`picker_${key}`, fields);
const make = (tag, about = {}, ...inside) => {
  const made = document.createElement(tag);
  Object.entries(about).forEach(([name, value]) => made.setAttribute(name, value));
  made.append(...inside);
  return made;
};

// What this browser keeps -----------------------------------------------------------------------
const kept = (name) => {
  try {
    const found = JSON.parse(localStorage.getItem(`tagline.${name}`));
    return Array.isArray(found) ? found.filter((each) => typeof each === "string") : [];
  } catch { return []; }
};
const keep = (name, ids) => {
  try { localStorage.setItem(`tagline.${name}`, JSON.stringify(ids)); } catch { /* it is full */ }
};
const remember = (id) =>
  keep("recent", [id, ...kept("recent").filter((each) => each !== id)].slice(0, MOST_RECENT));

// The address -----------------------------------------------------------------------------------
const address = (about) => {
  const next = new URL(window.location.origin + window.location.pathname);
  const now = new URLSearchParams(window.location.search);
  HERE.filter((name) => now.has(name)).forEach((name) => next.searchParams.set(name, now.get(name)));
  Object.entries(about).filter(([, value]) => value)
    .forEach(([name, value]) => next.searchParams.set(name, value));
  return next;
};

export const start = async (element, trigger) => {
  await ready;
  const find = (name) => element.querySelector(name);
  const box = find("[role=combobox]"), list = find("[role=listbox]"), said = find("[role=status]");
  const more = find(".picker-more"), filters = find("form");
  let current = new URLSearchParams(window.location.search).get("model") || "";
  let typed = false, active = -1, timer = null, asking = 0;

  box.setAttribute("aria-label", say("model"));
  list.setAttribute("aria-label", say("models"));
  box.placeholder = say("hint");
  const early = document.activeElement === box; // somebody was quicker than this script
  if (early) typed = box.value !== "";
  else box.value = current;
  filters.querySelectorAll("option").forEach((each) => (each.textContent = say(each.value || "any")));

  const go = (model, task) => {
    window.history.pushState(null, "", address({ model, task }));
    trigger("input");
  };

  // The list ------------------------------------------------------------------------------------
  const isOpen = () => !list.hidden;
  const options = () => [...list.querySelectorAll("[role=option]")];
  const close = () => {
    clearTimeout(timer);
    asking += 1; // an answer that still comes is too late
    list.hidden = true;
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
    [typed, active] = [false, -1];
    box.value = current;
  };
  const choose = (name) => {
    const task = new FormData(filters).get("task");
    current = name;
    close();
    box.blur();
    go(name, task);
  };
  const light = (at) => {
    const all = options();
    if (!all.length) return;
    active = (at + all.length) % all.length;
    all.forEach((each, i) => each.setAttribute("aria-selected", String(i === active)));
    all[active].scrollIntoView({ block: "nearest" });
    box.setAttribute("aria-activedescendant", all[active].id);
  };

  const facts = (row) => [row.tag, row.library, row.count, row.size, say(row.place)].filter(Boolean);
  const marks = (row) => {
    const known = [
      row.loaded && ["loaded", "good"],
      row.fits === false && ["too_large", "bad"],
      row.fits && row.place === "hub" && ["fits", "good"],
      !row.served && ["not_run", "bad"],
      row.gated && ["gated", "bad"],
    ].filter(Boolean);
    return known.map(([name, kind]) => make("span", { class: `tag ${kind}` }, say(name)));
  };
  const option = (row, number) => {
    const star = kept("starred").includes(row.id) ? "★ " : "";
    const made = make("div", { role: "option", id: `picker-${number}`, "aria-selected": "false" },
      make("span", { class: "picker-id" }, `${star}${row.id}`),
      make("span", { class: "picker-marks" }, ...marks(row)),
      make("small", {}, facts(row).join(" · ")));
    made.dataset.name = row.id;
    return made;
  };
  const lone = (name, number) => {
    const made = make("div", { role: "option", id: `picker-${number}`, "aria-selected": "false" },
      make("span", { class: "picker-id" }, say("open", { name })));
    made.dataset.name = name;
    return made;
  };

  const groups = (found) => {
    const by = new Map(found.named.map((row) => [row.id, row]));
    const pick = (names) => names.filter((id) => by.has(id)).map((id) => by.get(id));
    const starred = pick(kept("starred"));
    const recent = pick(kept("recent")).filter((row) => !starred.includes(row) && row.id !== current);
    const rows = [...found.rows, ...(found.hub || [])];
    const far = rows.filter((row) => row.place === "hub");
    const here = rows.filter((row) => row.place !== "hub");
    return [["starred", starred], ["recent", recent], ["here", here], ["on_hub", far]];
  };
  const draw = (found, text) => {
    const seen = new Set(), before = options()[active] && options()[active].dataset.name;
    let number = 0;
    const parts = groups(found).map(([name, rows]) => {
      const fresh = rows.filter((row) => !seen.has(row.id) && seen.add(row.id));
      const title = make("p", { class: "picker-title", "aria-hidden": "true" }, say(name));
      const made = fresh.map((row) => option(row, number++));
      return made.length ? make("div", { role: "group", "aria-label": say(name) }, title, ...made) : "";
    });
    const named = NAME.test(text) && !seen.has(text) ? [lone(text, number++)] : [];
    const rest = found.more ? [make("p", { class: "picker-title", role: "presentation" }, say("more", { n: found.more }))] : [];
    list.replaceChildren(...parts, ...rest, ...named);
    if (!number) list.append(make("p", { class: "picker-title", role: "presentation" }, say("none")));
    said.textContent = number ? say("found", { n: number }) : say("none");
    active = -1;
    const again = options().findIndex((each) => each.dataset.name === before);
    if (again >= 0) light(again);
    else if (text && number) light(0);
  };

  // What is asked -------------------------------------------------------------------------------
  const query = (text) => {
    const asked = new URLSearchParams([...new FormData(filters)].filter(([, value]) => value));
    if (text) asked.set("q", text);
    return asked;
  };
  const get = async (path) => {
    const answer = await fetch(path);
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  };
  const ask = async () => {
    const text = typed ? box.value.trim() : "", turn = ++asking, asked = query(text);
    const plain = !text && ![...asked].length;
    const near = new URLSearchParams(asked);
    if (plain) [...new Set([...kept("starred"), ...kept("recent")])].slice(0, 40)
      .forEach((id) => near.append("names", id));
    list.hidden = false;
    box.setAttribute("aria-expanded", "true");
    try {
      const found = await get(`/picker/models?${near}`);
      if (turn !== asking) return;
      draw(found, text);
      if (text.length < 3 && !asked.get("task")) return;
      const { rows } = await get(`/picker/hub?${asked}`);
      if (turn === asking && rows.length) draw({ ...found, hub: rows }, text);
    } catch {
      if (turn !== asking) return;
      list.replaceChildren(make("p", { class: "picker-title", role: "presentation" }, say("no_answer")));
      said.textContent = say("no_answer");
    }
  };

  box.addEventListener("focus", () => { box.select(); ask(); });
  box.addEventListener("click", () => { if (!isOpen()) ask(); });
  box.addEventListener("input", () => {
    [typed, active] = [true, -1]; // what was lit belonged to other letters
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  });
  box.addEventListener("keydown", (event) => {
    const all = options();
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!isOpen()) return void ask();
      light(event.key === "ArrowDown" ? active + 1 : Math.max(active, 0) - 1);
    } else if (event.key === "Enter") {
      event.preventDefault();
      const text = box.value.trim();
      if (all[active] && isOpen()) choose(all[active].dataset.name);
      else if (NAME.test(text)) choose(text);
    }
  });
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !isOpen()) return;
    event.stopPropagation(); // elsewhere the key stops a run
    close();
  });
  list.addEventListener("mousedown", (event) => event.preventDefault()); // the box keeps the focus
  list.addEventListener("click", (event) => {
    const chosen = event.target.closest("[role=option]");
    if (chosen) choose(chosen.dataset.name);
  });
  element.addEventListener("focusout", (event) => {
    if (!element.contains(event.relatedTarget)) close();
  });

  // The filters ---------------------------------------------------------------------------------
  let offered = false;
  const offer = async () => {
    if (offered) return;
    offered = true;
    const { tasks, libraries } = await get("/picker/choices");
    const fill = (name, rows) => find(`[name=${name}]`).append(
      ...rows.map(([value, text]) => make("option", { value }, text)));
    fill("task", tasks.map(([tag, summary]) => [tag, `${tag} · ${summary}`]));
    fill("library", libraries.map((name) => [name, name]));
  };
  more.addEventListener("click", async () => {
    filters.hidden = !filters.hidden;
    more.setAttribute("aria-expanded", String(!filters.hidden));
    if (!filters.hidden) await offer();
  });
  filters.addEventListener("submit", (event) => event.preventDefault());
  filters.addEventListener("change", () => {
    const set = [...query("")].length;
    more.toggleAttribute("data-set", set > 0);
    ask();
  });

  // What the rest of the page says --------------------------------------------------------------
  document.addEventListener("tagline:go", ({ detail }) => go(detail.model, detail.task));
  const meet = ({ model, task, known }) => {
    current = model;
    if (!typed) box.value = model;
    if (known) remember(model);
    const now = new URLSearchParams(window.location.search);
    if (!now.has("task") || !task || (now.get("task") === task && now.get("model") === model)) return;
    window.history.replaceState(null, "", address({ model, task }));
  };
  document.addEventListener("tagline:shown", ({ detail }) => meet(detail));
  const card = document.querySelector(".model-card"); // it may have been drawn before this ran
  if (card) {
    const { model, doing } = card.dataset;
    meet({ model, task: doing, known: Boolean(card.querySelector(".model-state")) });
  }
  window.addEventListener("popstate", () => trigger("input"));
  if (early) ask();
};
