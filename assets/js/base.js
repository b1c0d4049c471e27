// What every page has: its keys, its theme and its title. `words.js` comes before it.
(() => {
  const { say } = window.tagline;

  // Language and theme. The theme changes where it stands, so that nothing typed is lost.
  const drop = (...names) => {
    const here = new URL(window.location.href);
    names.forEach((name) => here.searchParams.delete(name));
    return here;
  };
  const speak = (lang) => {
    document.cookie = `lang=${lang}; path=/; max-age=31536000; samesite=lax`;
    window.location.replace(drop("lang"));
  };
  // The theme of this browser, unless the address names one. Gradio decides after us, so it is put
  // on again. Paper is always light.
  let paper = false, worn = null;
  try { worn = drop().searchParams.has("__theme") ? null : window.localStorage.getItem("theme"); }
  catch { /* kept nowhere */ }
  const wear = () => worn && !paper && document.body.classList.toggle("dark", worn === "dark");
  new MutationObserver(wear).observe(document.body, { attributeFilter: ["class"] });
  wear();
  const paint = () => {
    worn = document.body.classList.contains("dark") ? "light" : "dark";
    try { window.localStorage.setItem("theme", worn); } catch { /* for this page alone */ }
    wear();
    window.history.replaceState(null, "", drop("__theme"));
  };
  const print = (now) => {
    worn ??= document.body.classList.contains("dark") ? "dark" : "light";
    paper = now;
    if (paper) document.body.classList.remove("dark");
    else wear();
  };
  window.addEventListener("beforeprint", () => print(true));
  window.addEventListener("afterprint", () => print(false));
  const copy = async (button) => {
    await navigator.clipboard.writeText(button.parentElement.querySelector("pre").textContent);
    said(button, say("copied"));
  };
  const said = (button, words) => {
    const text = button.textContent;
    button.textContent = words;
    setTimeout(() => (button.textContent = text), 1500);
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest && event.target.closest("button");
    if (!button) return;
    if (button.dataset.lang) speak(button.dataset.lang);
    if (button.dataset.theme !== undefined) paint();
    if (button.matches(".code [data-copy]") && navigator.clipboard) copy(button);
  });

  // Gradio's base address would take a link to a place of this page to another page.
  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest("[data-to]");
    const place = link && document.getElementById(link.dataset.to);
    if (!place) return;
    event.preventDefault();
    place.scrollIntoView();
    place.focus({ preventScroll: true });
  });

  const visible = (selector) =>
    [...document.querySelectorAll(selector)].find((each) => each.offsetParent !== null);
  const press = (id) => {
    const button = visible(`#${id}`);
    if (button && !button.disabled) button.click();
  };
  // Gradio draws the inputs a moment before the buttons: a key pressed in between is not lost.
  const pressSoon = (id, milliseconds) => {
    if (visible(`#${id}`)) requestAnimationFrame(() => press(id));
    else if (milliseconds > 0) setTimeout(() => pressSoon(id, milliseconds - 50), 50);
  };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) pressSoon("run", 5000);
    if (event.key === "Escape" && !document.querySelector("dialog[open]")) press("stop");
  });

  // Help, and the search of the page. Only what is no typing counts.
  const help = () => {
    const own = document.querySelector("script[src^='/look/tagline.js']");
    import(own.src.replace("tagline.js", "keys.js")).then((keys) => keys.open());
  };
  const typing = (target) => target.closest("input, textarea, select, [contenteditable=true]");
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const search = visible("[data-search], #model input");
    if (event.key === "?") help();
    if (event.key === "/" && search) {
      event.preventDefault();
      search.focus();
    }
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest && event.target.closest("[data-help]")) help();
  });

  // What the page is called in the window.
  const name = () => {
    const link = document.querySelector(".top a[aria-current]");
    const about = document.querySelector("[data-page]");
    if (!link && !about) return;
    const words = document.documentElement.lang === "en" ? ".in-en" : ".in-zh";
    const page = about ? about.dataset.page : link.querySelector(words).textContent;
    const title = say("title", { page });
    if (document.title === title) return;
    document.title = title;
    if (link) link.parentElement.scrollLeft = link.offsetLeft - link.parentElement.offsetLeft - 32;
  };
  new MutationObserver(name).observe(document.documentElement, { childList: true, subtree: true });
  name();

  // A server that asks for a token no longer knows this browser: everything fails until it does.
  const ask = window.fetch;
  const tell = () => {
    if (document.querySelector(".gone")) return;
    const back = encodeURIComponent(window.location.pathname + window.location.search);
    const line = document.createElement("div");
    line.className = "gone";
    line.setAttribute("role", "alert");
    line.innerHTML = `${say("gone")} <a href="/sign-in?next=${back}">${say("again")}</a>`;
    (document.querySelector(".gradio-container") || document.body).append(line);
  };
  window.fetch = async (...given) => {
    const answer = await ask(...given);
    if (answer.status === 401 && new URL(answer.url).origin === window.location.origin) tell();
    return answer;
  };

  Object.assign(window.tagline, {
    toast() {
      said(document.getElementById("link"), say("copied"));
    },
  });
})();
