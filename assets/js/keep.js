// The line under a result: the run is remembered in this browser, and kept on the server if asked.
const { search } = new URL(import.meta.url);
const { make, ready, copy } = await import(`./dom.js${search}`);
const runs = await import(`./runs.js${search}`);

// Calls `action` while the button is off; what fails is said beside it.
const act = (line, action) => async (event) => {
  const button = event.currentTarget;
  line.querySelectorAll(".problem").forEach((each) => each.remove());
  button.disabled = true;
  try {
    await action(button);
  } catch (error) {
    line.append(make("div", { class: "problem", role: "alert" }, error.message));
  }
  button.disabled = false;
};

const link = (run) => window.location.origin + run.kept.link;

const unkept = (line, run, again) => {
  const { say } = window.tagline;
  const keep = act(line, async () => again(await runs.keep(run), true));
  return [
    make("button", { type: "button", class: "small", onclick: keep }, say("history_keep")),
    make("small", {}, say("history_keep_help")),
  ];
};

const kept = (line, run, again) => {
  const { say } = window.tagline;
  const told = say(run.kept.private ? "history_kept_private" : "history_kept");
  const button = (text, action, name) =>
    make("button", { type: "button", class: `small ${name}`, onclick: act(line, action) }, text);
  const share = button(say("history_share"), async () => again(await runs.share(run), true), "share");
  const forget = async () => {
    if (window.confirm(say("history_unkeep_sure"))) again(await runs.unkeep(run));
  };
  return [
    make("span", { role: "status" }, told),
    make("input", {
      class: "kept-link", readonly: true, value: link(run), "aria-label": say("history_link"),
      onfocus: (event) => event.target.select(),
    }),
    button(say("history_copy_link"), (pressed) => copy(link(run), pressed), "copy"),
    run.kept.private ? share : null,
    button(say("history_unkeep"), forget, "unkeep"),
  ];
};

// Draws the line for a run; `told` hears of every change of it.
export const draw = (line, run, told = () => {}) => {
  const again = (changed, focus) => {
    draw(line, changed, told);
    told(changed);
    if (focus) line.querySelector(".copy").focus();
  };
  line.classList.add("keep-line");
  if (run.kept) line.replaceChildren(...kept(line, run, again).filter(Boolean));
  else if (run.keepable) line.replaceChildren(...unkept(line, run, again));
  else line.replaceChildren();
};

// Under the result of the panel: `props.value` is the record of a run, or nothing.
export const start = async (element, props, watch) => {
  await ready();
  let latest = null;
  const take = async () => {
    const record = props.value;
    latest = record && record.id;
    const place = () => element.querySelector(".keep");
    place().replaceChildren();
    if (!record) return;
    // A browser that stores nothing still lets its user keep a run.
    const run = await runs.remember(record).catch(() => record);
    if (latest === record.id) draw(place(), run);
  };
  watch("value", take);
  if (props.value) take();
};
