// Runs before anything is drawn: which language this browser reads, for the page, for Gradio's own
// words and, by the cookie, for the server. `?lang=` comes first, then the cookie, then its wishes.
(() => {
  const root = document.documentElement, query = new URLSearchParams(window.location.search);
  const known = { en: "en", zh: "zh-CN" };
  const put = (name, about) => document.head.append(Object.assign(document.createElement(name), about));
  const style = "/look/tagline.css?v=VERSION";

  // Within a page of somebody else (`<gradio-app>`): the look and the words of the widget, no more.
  const held = document.querySelector("gradio-app[src*='/embed/']");
  window.taglineAt = held ? new URL(held.getAttribute("src").trim(), document.baseURI).origin : "";
  if (held) {
    const lang = [query.get("lang"), ...navigator.languages.map((each) => each.split("-")[0])]
      .find((each) => known[each]) || "en";
    put("link", { rel: "stylesheet", href: window.taglineAt + style });
    put("script", { src: `${window.taglineAt}/look/embedded.js?lang=${lang}&v=VERSION` });
    return;
  }

  const asked = query.get("lang");
  const kept = (document.cookie.match(/(?:^|; )lang=(\w+)/) || [])[1];
  const wishes = navigator.languages.map((each) => each.split("-")[0]);
  const lang = [asked, kept, ...wishes].find((each) => known[each]) || "en";
  if (asked === lang) document.cookie = `lang=${lang}; path=/; max-age=31536000; samesite=lax`;
  root.lang = known[lang];
  Object.defineProperty(navigator, "language", { get: () => known[lang] });

  // A demo shows its widget alone (`demo` in base.css).
  root.classList.add("tagline");
  root.classList.toggle("demo", ["1", "true", "yes"].includes((query.get("demo") || "").toLowerCase()));

  // Nothing is seen before our style sheet is there, which shows it (`html` in base.css).
  root.style.visibility = "hidden";
  setTimeout(() => root.style.removeProperty("visibility"), 3000);

  put("link", { rel: "stylesheet", href: style });
  put("script", { src: `/look/tagline.js?lang=${lang}&v=VERSION` });
})();
