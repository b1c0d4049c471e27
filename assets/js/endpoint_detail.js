// One endpoint: its head with what can be done, and its tabs, of which one lives.
const { search } = new URL(import.meta.url);
const { make } = await import(`./dom.js${search}`);
const { address, again, ask, say } = await import(`./endpoint_api.js${search}`);
const { button, confirm, english, link, pill, problem } = await import(`./endpoint_parts.js${search}`);

const PAUSE = 2000;
const TABS = ["overview", "playground", "analytics", "logs", "settings"];
const MODULES = { overview: "endpoint_overview", analytics: "endpoint_graphs", logs: "endpoint_logs", settings: "endpoint_settings" };

export const show = ({ head, box, go, query }) => {
  const name = query.get("name"), tab = TABS.includes(query.get("tab")) ? query.get("tab") : "overview";
  const path = `/${encodeURIComponent(name)}`;
  let part = null, open = true, now = null, looking = null;
  const state = make("div", { class: "ends-state" }), actions = make("div", { class: "ends-actions" }), alert = make("div");
  const tabs = make("nav", { class: "ends-tabs", "aria-label": say("tabs") }, ...TABS.map((each) => {
    const made = make("a", { href: address({ name, tab: each === "overview" ? "" : each }), "data-go": true }, say(`tab_${each}`));
    if (each === tab) made.setAttribute("aria-current", "page");
    return made;
  }));
  head.replaceChildren(
    make("nav", { class: "path", "aria-label": say("path") }, link({}, say("title")), make("span", { "aria-hidden": "true" }, "/")),
    make("div", { class: "page-head ends-top", "data-page": name }, make("div", {}, make("h2", {}, name), state), actions), alert, tabs);
  // On a phone the tabs are wider than the page.
  setTimeout(() => { tabs.scrollLeft = (tabs.querySelector("[aria-current]")?.offsetLeft ?? 0) - tabs.offsetLeft - 16; });
  const inside = make("div", { class: "ends-tab" });
  box.replaceChildren(inside);

  const trying = async (work) => {
    alert.replaceChildren();
    try {
      await work();
      if (open && looking) await looking.now();
    } catch (error) {
      if (open) alert.replaceChildren(problem(error));
    }
  };
  const turn = (verb, sure) => async () => {
    const asked = !sure || await confirm(box, { title: say(`sure_${sure}`, { name }), text: say(`sure_${sure}_text`), does: say(sure) });
    if (asked) await trying(() => ask(`${path}/${verb}`, "POST"));
  };
  const remove = async () => {
    const asked = { title: say("sure_delete", { name }), text: say("sure_delete_text"), does: say("delete"), danger: true, typed: name };
    if (!await confirm(box, asked)) return;
    await trying(async () => {
      await ask(path, "DELETE");
      go({});
    });
  };
  const offered = (word) => {
    const off = word === "paused", broken = word === "failed" || word === "updateFailed";
    return [
      off || broken ? button(say(off ? "resume" : "retry"), turn("resume"), "lead") : null,
      off || word === "scaledToZero" ? null : button(say("scale_to_zero"), turn("scale-to-zero", "scale_to_zero")),
      off ? null : button(say("pause"), turn("pause", "pause")),
      button(say("delete"), remove, "danger"),
    ].filter(Boolean);
  };
  const draw = () => {
    const told = now.status.state + now.status.message;
    if (state.dataset.now === told) return;
    state.dataset.now = told;
    state.replaceChildren(...[pill(now.status.state), english(now.status.message, "p")].filter(Boolean));
    actions.replaceChildren(...offered(now.status.state));
  };
  const begin = async () => {
    if (!MODULES[tab]) return;
    const made = await import(`./${MODULES[tab]}.js${search}`);
    if (open) part = made.show({ name, path, box: inside, dialogs: box, now, trying, go });
  };
  const look = async () => {
    try {
      now = await ask(path);
      if (!open) return;
      draw();
      if (part) part.look?.(now);
      else await begin();
    } catch (error) {
      if (!open) return;
      if (error.status === 404) {
        looking.stop();
        page404(error);
      } else alert.replaceChildren(problem(error));
    }
  };
  const page404 = (error) => {
    [state, actions, tabs].forEach((each) => each.remove());
    inside.replaceChildren(problem(error), make("p", {}, link({}, say("to_list"))));
  };
  // The first look may come before `again` has given back what stops it.
  setTimeout(() => { if (open) looking = again(look, PAUSE); });
  return { close: () => { open = false; looking?.stop(); part?.close?.(); } };
};
