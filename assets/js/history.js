// The page of runs that this browser remembers: found, read, marked, sent back, kept and exported.
const { search } = new URL(import.meta.url);
const { make, ready } = await import(`./dom.js${search}`);
const runs = await import(`./runs.js${search}`);
const { day, haystack, row } = await import(`./run.js${search}`);
const { jsonl, csv, save } = await import(`./exporting.js${search}`);

const FILTERS = ["q", "task", "model", "show"]; // as the address names them
const SHOWS = {
  starred: (run) => run.starred,
  good: (run) => run.flag === "good",
  bad: (run) => run.flag === "bad",
  kept: (run) => run.kept,
  failed: (run) => run.error,
};
const say = (...given) => window.tagline.say(...given);

class Page {
  constructor(box) {
    this.box = box;
    this.list = make("div", { class: "runs-list" });
    this.count = make("p", { class: "caption", role: "status" });
    this.alert = make("div", { role: "alert" });
  }

  async start() {
    this.draw();
    await this.load();
    document.addEventListener("visibilitychange", () => !document.hidden && this.load());
  }

  async load() {
    try {
      this.runs = await runs.all();
    } catch {
      return this.box.replaceChildren(make("p", { class: "note" }, say("history_none_kept")));
    }
    this.offer();
    this.show();
  }

  // The bar above the list
  draw() {
    const asked = new URLSearchParams(window.location.search);
    const changed = () => this.filtered();
    this.q = make("input", {
      type: "search", value: asked.get("q") || "", oninput: changed,
      placeholder: say("history_search"), "aria-label": say("history_search"),
    });
    const choice = (name) => make("select", { "aria-label": name, onchange: changed });
    this.task = choice(say("history_task"));
    this.model = choice(say("history_model"));
    this.which = choice(say("history_show"));
    this.wanted = Object.fromEntries(FILTERS.map((name) => [name, asked.get(name) || ""]));
    const button = (text, onclick, name = "") =>
      make("button", { type: "button", class: `small ${name}`, onclick }, text);
    const tools = make("div", { class: "runs-tools" },
      button(say("history_jsonl"), () => this.export("jsonl")),
      button(say("history_csv"), () => this.export("csv")),
      button(say("history_delete_all"), () => this.clear(), "danger"));
    this.bar = make("div", { class: "runs-bar", role: "search" }, this.q, this.task, this.model, this.which);
    this.foot = make("div", { class: "runs-foot" }, this.count, tools);
    this.box.replaceChildren(this.bar, this.foot, this.alert, this.list);
  }

  // The choices of the filters: what there is
  offer() {
    const fill = (select, first, pairs, wanted) => {
      const options = [["", first], ...pairs];
      select.replaceChildren(...options.map(([value, text]) => make("option", { value }, text)));
      select.value = options.some(([value]) => value === wanted) ? wanted : "";
    };
    const of = (name) => [...new Set(this.runs.map((run) => run[name]))].sort().map((each) => [each, each]);
    fill(this.task, say("history_all_tasks"), of("task"), this.wanted.task);
    fill(this.model, say("history_all_models"), of("model"), this.wanted.model);
    const shows = Object.keys(SHOWS).map((name) => [name, say(`history_show_${name}`)]);
    fill(this.which, say("history_show_all"), shows, this.wanted.show);
  }

  filtered() {
    const now = [this.q.value, this.task.value, this.model.value, this.which.value];
    this.wanted = Object.fromEntries(FILTERS.map((name, at) => [name, now[at]]));
    const here = new URL(window.location.href);
    FILTERS.forEach((name) => {
      if (this.wanted[name]) here.searchParams.set(name, this.wanted[name]);
      else here.searchParams.delete(name);
    });
    window.history.replaceState(null, "", here);
    this.show();
  }

  get shown() {
    const { q, task, model, show } = this.wanted;
    const sought = q.toLowerCase().split(/\s+/).filter(Boolean);
    return this.runs.filter((run) =>
      (!task || run.task === task) && (!model || run.model === model)
      && (!SHOWS[show] || SHOWS[show](run))
      && (!sought.length || sought.every((word) => haystack(run).includes(word))));
  }

  show() {
    const shown = this.shown, any = this.runs.length > 0;
    this.bar.hidden = this.foot.hidden = !any;
    this.count.textContent = say("history_count", { shown: shown.length, all: this.runs.length });
    if (!any) return this.list.replaceChildren(this.teach());
    const does = { back: (run) => this.back(run), remove: (run) => this.remove(run) };
    let last = "";
    const rows = shown.flatMap((run) => {
      const heading = day(run) === last ? [] : [make("h3", {}, day(run))];
      last = day(run);
      return [...heading, row(run, does)];
    });
    const none = make("p", { class: "note" }, say("history_no_match"));
    this.list.replaceChildren(...(rows.length ? rows : [none]));
  }

  teach() {
    return make("div", { class: "runs-empty" },
      make("h3", {}, say("history_empty")),
      make("p", {}, say("history_empty_text")),
      make("a", { href: "/" }, say("history_empty_go")));
  }

  async back(run) {
    await this.trying(async () => window.location.assign(await runs.wayBack(run)));
  }

  async trying(action) {
    this.alert.replaceChildren();
    try {
      await action();
    } catch (error) {
      this.alert.replaceChildren(make("div", { class: "problem" }, error.message));
      this.alert.scrollIntoView({ block: "nearest" });
    }
  }

  async remove(run) {
    if (!window.confirm(say(run.kept ? "history_delete_kept_sure" : "history_delete_sure"))) return;
    await this.trying(async () => {
      if (run.kept) await runs.unkeep(run);
      await runs.remove(run.id);
      await this.load();
    });
  }

  async clear() {
    const gone = this.runs.filter((run) => !run.kept);
    if (!window.confirm(say("history_delete_all_sure", { n: gone.length }))) return;
    await runs.clear();
    await this.load();
  }

  export(form) {
    const written = form === "csv" ? csv(this.shown) : jsonl(this.shown);
    save(written, `tagline-history.${form}`, form === "csv" ? "text/csv" : "application/x-ndjson");
  }
}

export const start = async (element) => {
  await ready();
  await new Page(element.querySelector(".runs")).start();
};
