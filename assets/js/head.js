// Runs when Gradio begins to draw a page. `early.js` has decided which language it is in.
(() => {
  const root = document.documentElement;

  // A demo shows its widget alone (`demo` in base.css).
  const demo = new URLSearchParams(window.location.search).get("demo");
  root.classList.toggle("demo", ["1", "true", "yes"].includes((demo || "").toLowerCase()));

  // Nothing is seen before our style sheet is there, which shows it (`html` in base.css).
  root.style.visibility = "hidden";
  setTimeout(() => root.style.removeProperty("visibility"), 3000);

  const script = document.createElement("script");
  script.src = `/look/tagline.js?lang=${root.lang.startsWith("zh") ? "zh" : "en"}&v=VERSION`;
  document.head.append(script);
})();
