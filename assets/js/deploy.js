// The page that takes a model elsewhere: options go into the download and the command, the call of an
// endpoint is asked for anew, and a Space is pushed.
const say = (key, fields) => window.tagline.say(`deploy_${key}`, fields);
const PLAIN = /^[\w@%+=:,.\/-]+$/; // what a shell takes as it stands, as Python's shlex has it
const quoted = (text) => (PLAIN.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`);

// What differs from what a target does by itself.
const chosen = (form) =>
  [...(form?.elements ?? [])].flatMap((field) => {
    if (field.type === "checkbox") return field.checked ? [[field.name, null]] : [];
    const value = field.value.trim();
    return value && value !== field.dataset.usual ? [[field.name, value]] : [];
  });

const spread = (card) => {
  const given = chosen(card.querySelector(".deploy-options"));
  const link = card.querySelector("[data-download]"), address = new URL(link.href);
  const { model, task } = Object.fromEntries(address.searchParams);
  address.search = new URLSearchParams({ model, task, ...Object.fromEntries(given.map(([k, v]) => [k, v ?? "1"])) });
  link.href = address.href;
  const flags = given.map(([name, value]) => ` --${name}${value === null ? "" : ` ${quoted(value)}`}`);
  card.querySelector(".code code").textContent = card.dataset.command + flags.join("");
};

const tell = (place, words, wrong = false) => {
  place.textContent = words;
  place.classList.toggle("wrong", wrong);
};
const ask = async (address, about) => {
  const answer = await fetch(address, about).catch(() => null);
  if (!answer) return { error: say("no_answer") };
  const told = await answer.json().catch(() => ({ error: say("no_answer") }));
  return answer.ok ? told : { error: told.error || String(answer.status) };
};

// A download is asked about first, so that what stands in its way is told here.
const download = async (link) => {
  const place = link.closest(".deploy-card").querySelector(".deploy-said");
  tell(place, say("writing"));
  const told = await ask(link.href.replace(".zip?", "?"));
  if (told.error) return tell(place, told.error, true);
  window.location.assign(link.href);
  tell(place, say("coming"));
};

let last = 0;
const call = async (form) => {
  const turn = ++last, address = new URL(form.dataset.address, window.location.origin);
  chosen(form).forEach(([name, value]) => address.searchParams.set(name, value));
  const told = await ask(address);
  if (turn !== last) return;
  const card = form.closest(".deploy-card"), lines = card.querySelectorAll(".deploy-said");
  tell(lines[lines.length - 1], told.error || "", Boolean(told.error));
  ["handler", "hub"].forEach((name) => {
    const code = card.querySelector(`[data-code="${name}"] code`);
    if (code && told[name]) code.textContent = told[name];
  });
};

const push = async (form) => {
  const place = form.parentElement.querySelector(".deploy-said"), button = form.querySelector("button");
  const { space, token, private: hidden, hardware, sleep } = form.elements;
  const zero = form.closest(".deploy-card").querySelector("[name=zero]");
  const body = { ...form.dataset, space: space.value.trim(), token: token.value, private: hidden.checked };
  if (hardware.value) body.hardware = hardware.value;
  if (sleep.value) body.sleep = Number(sleep.value);
  if (zero && zero.checked) body.zero = true;
  button.disabled = true;
  tell(place, say("pushing"));
  const headers = { "content-type": "application/json" };
  const told = await ask("/exports/push", { method: "POST", headers, body: JSON.stringify(body) });
  button.disabled = false;
  if (told.error) return tell(place, told.error, true);
  token.value = "";
  tell(place, say("pushed"));
  const link = Object.assign(document.createElement("a"), { href: told.link, target: "_blank", rel: "noopener" });
  link.textContent = told.link;
  place.append(" ", link);
};

document.addEventListener("input", ({ target }) => {
  const form = target.closest?.(".deploy-options, .deploy-call");
  if (form?.matches(".deploy-options")) spread(form.closest(".deploy-card"));
  else if (form) call(form);
});
document.addEventListener("change", ({ target }) => {
  if (target.matches?.(".deploy-choose [name=model]")) target.form.elements.task.disabled = true;
});
document.addEventListener("submit", (event) => {
  if (!event.target.matches(".deploy-options, .deploy-call, .deploy-push")) return;
  event.preventDefault();
  if (event.target.matches(".deploy-push")) push(event.target);
});
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-download]");
  if (!link) return;
  event.preventDefault();
  download(link);
});
