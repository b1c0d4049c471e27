// The search of the page of tasks: a card stays if all words are in it. The words go into the
// address.
const search = (box) => {
  const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
  const cards = [...document.querySelectorAll(".task")];
  const fits = (card) => words.every((word) => card.dataset.words.includes(word));
  cards.forEach((card) => (card.hidden = !fits(card)));
  document.querySelectorAll(".group").forEach((group) => {
    group.hidden = !group.querySelector(".task:not([hidden])");
  });
  const left = cards.filter((card) => !card.hidden).length;
  const told = window.tagline.say(left ? "tasks_found" : "tasks_none", { n: left, all: cards.length });
  document.querySelector(".find [role=status]").textContent = words.length ? told : "";
};

const keep = (box) => {
  const here = new URL(window.location.href);
  if (box.value) here.searchParams.set("q", box.value);
  else here.searchParams.delete("q");
  window.history.replaceState(null, "", here);
};

document.addEventListener("input", (event) => {
  if (!event.target.matches(".find input")) return;
  search(event.target);
  keep(event.target);
});

// What the address asks for, as soon as the page and its texts are there: words, or a group.
const start = () => {
  const box = document.querySelector(".find input");
  if (!box) return;
  box.value ||= new URLSearchParams(window.location.search).get("q") || "";  // typed words stay
  if (box.value) search(box);
  const group = window.location.hash && document.getElementById(window.location.hash.slice(1));
  if (group) group.scrollIntoView();
};
const timer = setInterval(() => {
  if (!window.tagline?.say || !document.querySelector(".page-head")) return;
  clearInterval(timer);
  start();
}, 50);
