// Runs when Gradio begins to draw a page of ours, whose language `early.js` has decided, or a widget
// within a page of somebody else.
(() => {
  const root = document.documentElement, query = new URLSearchParams(window.location.search);
  const put = (name, about) => document.head.append(Object.assign(document.createElement(name), about));
  const style = "/look/tagline.css?v=VERSION";

  // Within a page of somebody else (`<gradio-app>`): the look and the words of the widget, no more.
  const held = document.querySelector("gradio-app[src*='/embed/']");
  window.taglineAt = held ? new URL(held.getAttribute("src").trim(), document.baseURI).origin : "";
  if (held) {
    const lang = [query.get("lang"), ...navigator.languages.map((each) => each.split("-")[0])]
      .find((each) => ["en", "zh"].includes(each)) || "en";
    put("link", { rel: "stylesheet", href: window.taglineAt + style });
    put("script", { src: `${window.taglineAt}/look/embedded.js?lang=${lang}&v=VERSION` });
    return;
  }

  // A demo shows its widget alone (`demo` in base.css).
  root.classList.add("tagline");
  root.classList.toggle("demo", ["1", "true", "yes"].includes((query.get("demo") || "").toLowerCase()));

  // Nothing is seen before our style sheet is there, which shows it (`html` in base.css).
  root.style.visibility = "hidden";
  setTimeout(() => root.style.removeProperty("visibility"), 3000);

  put("link", { rel: "stylesheet", href: style });
  put("script", { src: `/look/tagline.js?lang=${root.lang.startsWith("zh") ? "zh" : "en"}&v=VERSION` });
})();
