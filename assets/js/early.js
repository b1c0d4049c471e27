// Runs before anything else of a page: which language this browser reads, for the page, for
// Gradio's own words and, by the cookie, for the server. `?lang=` comes first, then the cookie,
// then the browser's wishes.
(() => {
  const known = { en: "en", zh: "zh-CN" };
  const asked = new URLSearchParams(window.location.search).get("lang");
  const kept = (document.cookie.match(/(?:^|; )lang=(\w+)/) || [])[1];
  const wishes = navigator.languages.map((each) => each.split("-")[0]);
  const lang = [asked, kept, ...wishes].find((each) => known[each]) || "en";
  if (asked === lang) document.cookie = `lang=${lang}; path=/; max-age=31536000; samesite=lax`;
  document.documentElement.lang = known[lang];
  Object.defineProperty(navigator, "language", { get: () => known[lang] });
})();
