// One run of the page of runs: its line, and all that is known of it once that is opened.
const { search } = new URL(import.meta.url);
const { make, copy, size, isFile } = await import(`./dom.js${search}`);
const runs = await import(`./runs.js${search}`);
const keeping = await import(`./keep.js${search}`);
const say = (...given) => window.tagline.say(...given);
const language = () => document.documentElement.lang;

// In words ----------------------------------------------------------------------------------

const words = (value) => {
  if (value === null || value === undefined) return "";
  if (isFile(value)) {
    return say("history_file", { kind: say(`history_${value.file}`), size: size(value.bytes) });
  }
  if (Array.isArray(value)) return value.map(words).join(" · ");
  if (typeof value === "object") return Object.values(value).map(words).join(" · ");
  return String(value);
};
export const haystack = (run) =>
  [run.model, run.task, run.note, words(run.inputs), words(run.parameters), run.result, run.words, run.error]
    .join("\n").toLowerCase();
const files = (value) => {
  if (!value || typeof value !== "object") return [];
  return isFile(value) ? [value] : Object.values(value).flatMap(files);
};
export const day = (run) => new Date(run.time * 1000).toLocaleDateString(language(), { dateStyle: "full" });
const clock = (run) => new Date(run.time * 1000).toLocaleTimeString(language(), { timeStyle: "short" });

// One run -----------------------------------------------------------------------------------

const picture = (file) => {
  if (!file.data) return make("small", {}, say("history_file_gone"));
  if (file.file === "image") return make("img", { src: file.data, alt: words(file), loading: "lazy" });
  return make(file.file, { src: file.data, controls: true, "aria-label": words(file) });
};

const values = (about) =>
  make("dl", {}, Object.entries(about).flatMap(([name, value]) => [
    make("dt", {}, name),
    make("dd", {}, words(value), files(value).map(picture)),
  ]));

const part = (title, ...content) => make("section", {}, make("h4", {}, title), ...content);

const facts = (run) => ({
  [say("history_when")]: new Date(run.time * 1000).toLocaleString(language()),
  [say("history_model")]: `${run.model}@${run.revision}`,
  ...(run.error ? {} : { [say("history_took")]: `${run.seconds} s, ${run.device}` }),
  [say("history_versions")]: Object.entries(run.versions).map((pair) => pair.join(" ")).join(", "),
  ...(run.notices.length ? { [say("history_notices")]: run.notices } : {}),
});

const outcome = (run) => {
  if (run.error) return make("div", { class: "problem" }, run.error);
  const raw = make("pre", { tabindex: 0, "aria-label": "JSON" }, run.result);
  const copied = (event) => copy(run.result, event.currentTarget);
  return make("div", {}, raw, button(say("history_copy_json"), copied));
};

const button = (text, onclick, name = "") =>
  make("button", { type: "button", class: `small ${name}`, onclick }, text);

const change = async (run, fields) => Object.assign(run, await runs.change(run, fields));
const press = (made, on) => made.setAttribute("aria-pressed", String(on));

// Good or bad, or neither.
const flags = (run) => {
  const made = ["good", "bad"].map((name) => {
    const mark = async () => {
      await change(run, { flag: run.flag === name ? "" : name });
      made.forEach((each, at) => press(each, run.flag === ["good", "bad"][at]));
    };
    const each = button(say(`history_flag_${name}`), mark);
    press(each, run.flag === name);
    return each;
  });
  return made;
};

const note = (run) => {
  const written = () => change(run, { note: made.value });
  const made = make("textarea", {
    rows: 2, value: run.note, placeholder: say("history_note_help"),
    "aria-label": say("history_note"), onchange: written,
  });
  return made;
};

const body = (run, { back, remove }) => {
  const line = make("div", { class: "keep" });
  keeping.draw(line, run, (changed) => Object.assign(run, changed));
  const any = Object.keys(run.parameters).length;
  return make("div", { class: "run-body" },
    make("div", { class: "run-actions" },
      button(say("history_back"), () => back(run), "lead"), ...flags(run),
      button(say("history_delete"), () => remove(run), "danger")),
    line,
    part(say("history_inputs"), values(run.inputs)),
    any ? part(say("history_parameters"), values(run.parameters)) : null,
    part(say(run.error ? "history_error" : "history_result"), outcome(run)),
    part(say("history_note"), note(run)),
    part(say("history_facts"), values(facts(run))));
};

const star = (run) => {
  const marked = async () => {
    await change(run, { starred: run.starred ? 0 : 1 });
    press(made, Boolean(run.starred));
  };
  const about = { "aria-label": say("history_star"), title: say("history_star") };
  const made = make("button", { type: "button", class: "star", onclick: marked, ...about });
  press(made, Boolean(run.starred));
  return made;
};

const badges = (run) =>
  [run.kept && "kept", run.flag, run.error && "failed"].filter(Boolean)
    .map((name) => make("span", { class: `mark-${name}` }, say(`history_mark_${name}`)));

const summary = (run) => {
  const thumb = files(run.inputs).find((file) => file.file === "image" && file.data);
  return make("summary", {},
    make("span", { class: "run-head" },
      make("time", {}, clock(run)), make("b", {}, run.task), make("span", {}, run.model), ...badges(run)),
    make("span", { class: "run-gist" },
      thumb ? make("img", { src: thumb.data, alt: "" }) : null,
      make("span", { class: "run-in" }, words(run.inputs)),
      make("span", { class: "run-out" }, run.error || run.words)));
};

// `does` has what its buttons do: `back` and `remove`.
export const row = (run, does) => {
  const details = make("details", {}, summary(run));
  details.addEventListener("toggle", () => {
    if (details.open && details.children.length === 1) details.append(body(run, does));
  });
  return make("article", { class: "run", "data-id": run.id }, star(run), details);
};
