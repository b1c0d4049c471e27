// Runs before anything is drawn: which language this browser reads, for the page, for Gradio's own
// words and, by the cookie, for the server. `?lang=` comes first, then the cookie, then its wishes.
(() => {
  const root = document.documentElement;
  const known = { en: "en", zh: "zh-CN" };
  const asked = new URLSearchParams(window.location.search).get("lang");
  const kept = (document.cookie.match(/(?:^|; )lang=(\w+)/) || [])[1];
  const wishes = navigator.languages.map((each) => each.split("-")[0]);
  const lang = [asked, kept, ...wishes].find((each) => known[each]) || "en";
  if (asked === lang) document.cookie = `lang=${lang}; path=/; max-age=31536000; samesite=lax`;
  root.lang = known[lang];
  Object.defineProperty(navigator, "language", { get: () => known[lang] });

  // A demo shows its widget alone (`demo` in base.css).
  const demo = new URLSearchParams(window.location.search).get("demo");
  root.classList.toggle("demo", ["1", "true", "yes"].includes((demo || "").toLowerCase()));

  // Nothing is seen before our style sheet is there, which shows it (`html` in base.css).
  root.style.visibility = "hidden";
  setTimeout(() => root.style.removeProperty("visibility"), 3000);

  const script = document.createElement("script");
  script.src = `/look/tagline.js?lang=${lang}&v=VERSION`;
  document.head.append(script);
})();
