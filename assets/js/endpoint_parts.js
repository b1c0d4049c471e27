// Pieces that every part of the page of endpoints is made of.
const { search } = new URL(import.meta.url);
const { make, copy } = await import(`./dom.js${search}`);
const { say, offer, address } = await import(`./endpoint_api.js${search}`);

export const pill = (state) => make("span", { class: `pill ends-${state}` }, say(`state_${state}`));

// What the server says in English, marked as such among other words.
export const english = (text, tag = "small") =>
  text ? make(tag, offer.english ? {} : { lang: "en" }, text) : null;

export const problem = (error) => {
  const text = english(error.message, "span");
  return make("div", { class: "problem", role: "alert" }, error.english && !offer.english ? say("says") : "", text);
};

export const link = (query, ...inside) => make("a", { href: address(query), "data-go": true }, ...inside);

export const button = (text, onclick, name = "") =>
  make("button", { type: "button", class: `small ${name}`, onclick }, text);

export const url = (address) => {
  const text = make("button", { type: "button", class: "small ends-copy", "aria-label": `${say("copy")} ${address}` }, say("copy"));
  text.addEventListener("click", () => copy(address, text));
  const shown = make("code", { title: address }, address.replace(/^https?:\/\//, ""));
  return make("span", { class: "ends-url" }, shown, navigator.clipboard ? text : null);
};

export const card = (title, ...inside) =>
  make("section", { class: "card" }, title ? make("h3", {}, title) : null, ...inside);

export const facts = (rows) =>
  make("dl", { class: "ends-facts" }, ...rows.filter(Boolean).flatMap(([name, value]) => [
    make("dt", {}, name), make("dd", {}, value)]));

// A table whose rows become cards on a phone: the roles keep it a table for the ear.
export const table = (columns, name) => {
  const head = columns.map((each) => make("th", { role: "columnheader", scope: "col" }, say(each)));
  const body = make("tbody", { role: "rowgroup" });
  const made = make("table", { class: "ends-table", role: "table", "aria-label": name },
    make("thead", { role: "rowgroup" }, make("tr", { role: "row" }, ...head)), body);
  return { made, body };
};

// Puts into a table's body what it should hold, and touches only what has changed: what has the
// focus keeps it. A row is `{ key, cells: [[what it shows, how it is drawn], ...] }`.
export const patch = (body, columns, rows) => {
  const old = new Map([...body.children].map((row) => [row.dataset.key, row]));
  rows.forEach(({ key, cells }, at) => {
    const row = old.get(key) || make("tr", { role: "row", "data-key": key },
      ...columns.map((each) => make("td", { role: "cell", "data-name": say(each) })));
    old.delete(key);
    cells.forEach(([now, draw], i) => {
      const cell = row.children[i], text = String(now);
      if (cell.dataset.now === text) return;
      cell.dataset.now = text;
      cell.replaceChildren(...[draw()].flat().filter((each) => each !== null && each !== undefined));
    });
    if (body.children[at] !== row) body.insertBefore(row, body.children[at] || null);
  });
  old.forEach((row) => row.remove());
};

// Asks whether it should be done; with `typed`, only who types that may say yes.
export const confirm = (box, { title, text, does, danger = false, typed = "" }) => new Promise((done) => {
  const yes = make("button", { type: "submit", value: "yes", class: `small ${danger ? "danger" : "lead"}` }, does);
  const input = typed && make("input", { type: "text", autocomplete: "off", spellcheck: "false" });
  if (input) {
    yes.disabled = true;
    input.addEventListener("input", () => (yes.disabled = input.value.trim() !== typed));
  }
  const no = button(say("cancel"), () => dialog.close(""));
  const dialog = make("dialog", { class: "ends-dialog", "aria-labelledby": "ends-ask" },
    make("form", { method: "dialog" },
      make("h3", { id: "ends-ask" }, title), make("p", {}, text),
      input ? make("label", {}, say("type_name", { name: typed }), input) : null,
      make("div", { class: "ends-actions" }, no, yes)));
  dialog.addEventListener("close", () => {
    dialog.remove();
    done(dialog.returnValue === "yes");
  });
  box.append(dialog);
  dialog.showModal();
  (input || no).focus();
});
