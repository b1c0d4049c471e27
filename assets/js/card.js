// The card of the chosen model: its star, where it stands while it is looked at, and its buttons.
const SOON = 500, WORKING = 1000, LATER = 5000; // milliseconds between two looks
const say = (key, fields) => window.tagline.say(`picker_${key}`, fields);
const starred = () => {
  try {
    const found = JSON.parse(localStorage.getItem("tagline.starred"));
    return Array.isArray(found) ? found : [];
  } catch { return []; }
};

let wake = () => {}; // ends the wait before the next look
document.addEventListener("click", () => setTimeout(() => wake(), 150));
document.addEventListener("keydown", (event) => { if (event.key === "Enter") setTimeout(() => wake(), 150); });
document.addEventListener("visibilitychange", () => wake());
const wait = (time) => new Promise((done) => { const timer = setTimeout(done, time); wake = () => { clearTimeout(timer); done(); }; });

// What can be done: heard by the page, so that a card's buttons work as soon as it is there -------
const light = (card) => {
  const lit = starred().includes(card.dataset.model);
  card.querySelector(".model-star").setAttribute("aria-pressed", String(lit));
};
const star = (card) => {
  const { model } = card.dataset, before = starred();
  const others = before.filter((each) => each !== model);
  const now = others.length < before.length ? others : [model, ...others];
  try { localStorage.setItem("tagline.starred", JSON.stringify(now)); } catch { /* it is full */ }
  light(card);
};
const copy = (button, text) => {
  if (navigator.clipboard) navigator.clipboard.writeText(text);
  const before = [...button.childNodes];
  button.replaceChildren(window.tagline.say("copied"));
  setTimeout(() => button.replaceChildren(...before), 1500);
};
const go = (detail) => document.dispatchEvent(new CustomEvent("tagline:go", { detail }));
const hands = async (card, what, about) => {
  const headers = { "content-type": "application/json" }, body = JSON.stringify(about);
  const answer = await fetch(`/admin/${what}`, { method: "POST", headers, body });
  if (answer.ok) return wake();
  const { error } = await answer.json().catch(() => ({ error: answer.status }));
  card.querySelector(".model-line").textContent = say("failed", { error });
};
// Code for another page: what it says stands for the address, the model and the task.
const embed = (card, dialog, alone) => {
  alone.searchParams.set("demo", "1");
  const { model, doing: TASK } = card.dataset, written = (text) => text.replace(/[&"<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  dialog.querySelectorAll("[data-embed]").forEach((place) => {
    const draws = place.dataset.embed.includes("TASK");
    const known = { ADDRESS: alone.href, SERVER: alone.origin, TASK, MODEL: draws ? model.replaceAll("/", "~") : model };
    place.textContent = place.dataset.embed.replace(/ADDRESS|SERVER|MODEL|TASK/g, (name) => written(known[name]));
    place.closest("div:not(.code)").hidden = draws && !TASK; // a model that is shown and not run has no widget
  });
};
const share = (card) => {
  const dialog = card.querySelector("dialog"), field = dialog.querySelector("input");
  const link = new URL(window.location.href);
  ["lang", "__theme"].forEach((name) => link.searchParams.delete(name));
  if (!link.searchParams.has("model")) link.searchParams.set("model", card.dataset.model);
  const { public: open } = dialog.dataset;
  field.value = open ? new URL(link.pathname + link.search, open).href : link.href;
  dialog.querySelector("img").src = `/picker/qr?${new URLSearchParams({ link: field.value })}`;
  embed(card, dialog, new URL(field.value));
  dialog.showModal();
  field.select();
};
const deeds = {
  star,
  share,
  load: (card) => {
    const { model, doing } = card.dataset;
    return hands(card, "load", doing ? { model, task: doing } : { model });
  },
  unload: (card) => hands(card, "unload", { model: card.dataset.model }),
  copy: (card, button) => copy(button, button.dataset.text),
  pin: (card, button) => go({ model: button.dataset.text, task: card.dataset.doing }),
  close: (card) => card.querySelector("dialog").close(),
  "copy-link": (card, button) => {
    const field = card.querySelector("dialog input");
    field.select();
    copy(button, field.value);
  },
};
document.addEventListener("click", ({ target }) => {
  if (target.matches(".model-card dialog")) target.close(); // outside of what it shows
  const button = target.closest(".model-card [data-do]");
  if (button) deeds[button.dataset.do](button.closest(".model-card"), button);
});
document.addEventListener("change", ({ target }) => {
  if (target.matches("#task input")) go({ model: target.closest(".model-card").dataset.model, task: target.value });
});

export const shown = (element) => {
  const card = element.querySelector(".model-card");
  if (!card) return;
  const { model, doing: task } = card.dataset, find = (name) => card.querySelector(name);
  const known = Boolean(find(".model-state"));
  document.dispatchEvent(new CustomEvent("tagline:shown", { detail: { model, task, known } }));

  light(card);

  // Where it stands -----------------------------------------------------------------------------
  const draw = (now) => {
    const pill = find(".pill"), line = find(".model-line"), bar = find(".load"), why = find(".model-why");
    pill.className = `pill ${now.state}`;
    if (pill.textContent !== now.label) pill.textContent = now.label;
    if (line.textContent !== now.line) line.textContent = now.line;
    bar.hidden = now.share === null;
    bar.firstElementChild.style.width = `${100 * (now.share || 0)}%`;
    const told = now.why.join("\n");
    if (why.dataset.told !== told) {
      why.dataset.told = told;
      why.hidden = !told;
      const title = document.createElement("b");
      title.textContent = why.dataset.title;
      const rows = now.why.map((text) => Object.assign(document.createElement("p"), { textContent: text }));
      why.replaceChildren(...(told ? [title, ...rows] : []));
    }
    find("[data-do=load]").hidden = !now.load;
    find("[data-do=unload]").hidden = !now.unload;
  };
  const look = async () => {
    const answer = await fetch(`/picker/state?${new URLSearchParams({ model, task })}`);
    if (!answer.ok) return LATER;
    const now = await answer.json();
    draw(now);
    return now.going ? SOON : now.state === "busy" ? WORKING : LATER;
  };
  const watch = async () => {
    while (card.isConnected) {
      const pause = document.hidden ? LATER : await look().catch(() => LATER);
      await wait(pause);
    }
  };
  if (known) watch();
};
