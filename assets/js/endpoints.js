// The page of endpoints: which part of it the address asks for. Each part is fetched when it is
// shown, and asks the server only as long as it is.
const { search } = new URL(import.meta.url);
const { make, ready } = await import(`./dom.js${search}`);
const { learn, offer, say, address } = await import(`./endpoint_api.js${search}`);
const { pill, url, problem } = await import(`./endpoint_parts.js${search}`);

const PART = { list: "endpoint_list", make: "endpoint_form", one: "endpoint_detail" };
const part = (query) => (query.has("name") ? "one" : query.has("model") || query.has("new") ? "make" : "list");

const found = async (selector) => {
  for (;;) {
    const element = document.querySelector(selector);
    if (element) return element;
    await new Promise((go) => setTimeout(go, 30));
  }
};

// Whoever may not manage sees what he may call.
const visitor = (head, box) => {
  head.replaceChildren(make("div", { class: "page-head" },
    make("h2", {}, say("title")), make("p", {}, say("hands_off"))));
  const rows = offer.open.map((each) => make("li", { class: "card" },
    make("h3", {}, make("a", { href: address({ name: each.name, tab: "playground" }), "data-go": true }, each.name), pill(each.state)),
    make("p", {}, `${each.model}${each.task ? ` · ${each.task}` : ""}`),
    url(window.location.origin + each.path)));
  const none = make("p", { class: "note" }, say("none_open"));
  box.replaceChildren(rows.length ? make("ul", { class: "ends-open" }, ...rows) : none);
  return { close: () => {} };
};

export const start = async (element, trigger) => {
  await ready();
  const box = element.querySelector(".ends"), head = await found(".ends-head");
  learn(JSON.parse((await found("[data-offer]")).dataset.offer));
  const page = element.closest(".gradio-container") || document.body;
  let shown = null, turn = 0;

  const show = async () => {
    const mine = ++turn, query = new URLSearchParams(window.location.search), name = part(query);
    if (shown) shown.close();
    shown = null;
    page.dataset.ends = offer.may ? name : "";
    page.dataset.tab = query.get("name") ? query.get("tab") || "" : "";
    if (!offer.may) shown = visitor(head, box);
    else {
      try {
        const made = await import(`./${PART[name]}.js${search}`);
        if (mine === turn) shown = made.show({ head, box, go, query });
      } catch (error) {
        box.replaceChildren(problem(error));
      }
    }
    if (mine > 1 && query.get("tab") === "playground") trigger("input"); // the first comes by itself
  };
  const go = (query, replace = false) => {
    window.history[replace ? "replaceState" : "pushState"](null, "", address(query));
    return show();
  };

  page.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest("a[data-go]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    window.history.pushState(null, "", link.getAttribute("href"));
    show();
  });
  window.addEventListener("popstate", show);
  document.addEventListener("tagline:chosen", show);
  show();
};
