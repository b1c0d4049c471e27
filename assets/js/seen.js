// What a result does under the hand: lists, drawings and their sliders.
(() => {
  // What was found in a picture: its list and its drawing light each other up.
  const light = (row) => {
    document.querySelectorAll(".seen .lit").forEach((each) => each.classList.remove("lit"));
    if (!row) return;
    const same = row.closest(".seen").querySelectorAll(`[data-row="${row.dataset.row}"]`);
    same.forEach((each) => each.classList.add("lit"));
  };
  const rowOf = (target) => target.closest && target.closest(".seen [data-row]");
  document.addEventListener("focusin", (event) => light(rowOf(event.target)));
  document.addEventListener("pointerover", (event) => {
    if (!(event.target.closest && event.target.closest(".tinted"))) light(rowOf(event.target));
  });

  // A mask covers the whole picture for the pointer, so its own pixels are asked.
  const pixels = new WeakMap();
  const isWhite = (image, x, y) => {
    if (!pixels.has(image)) {
      const copy = new Image();
      copy.src = image.getAttribute("href");
      pixels.set(image, { copy });
    }
    const held = pixels.get(image);
    if (!held.copy.complete || !held.copy.naturalWidth) return false;
    if (!held.paper) {
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [held.copy.naturalWidth, held.copy.naturalHeight];
      held.paper = canvas.getContext("2d", { willReadFrequently: true });
      held.paper.drawImage(held.copy, 0, 0);
    }
    const { width, height } = held.paper.canvas;
    return held.paper.getImageData(x * width, y * height, 1, 1).data[0] > 127;
  };
  document.addEventListener("pointermove", (event) => {
    const svg = event.target.closest && event.target.closest(".tinted svg");
    if (!svg) return;
    const place = svg.getBoundingClientRect();
    const x = (event.clientX - place.left) / place.width, y = (event.clientY - place.top) / place.height;
    const marks = [...svg.querySelectorAll(".mark:not(.out)")].reverse();
    light(marks.find((mark) => isWhite(mark.querySelector("mask image"), x, y)));
  });

  // A list is one stop of the Tab key; arrows go from row to row.
  const step = (row, way) => {
    const next = row[way];
    return next && next.classList.contains("out") ? step(next, way) : next;
  };
  const stopAt = (row) => {
    row.parentElement.querySelectorAll("[data-row]").forEach((each) => (each.tabIndex = -1));
    row.tabIndex = 0;
  };
  document.addEventListener("keydown", (event) => {
    const row = event.target.closest && event.target.closest(".found [data-row]");
    const way = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
    const next = row && way && step(row, way);
    if (!next) return;
    event.preventDefault();
    stopAt(next);
    next.focus();
  });

  // The slider of a list hides what scores less.
  document.addEventListener("input", (event) => {
    const slider = event.target;
    if (!slider.matches || !slider.matches(".least input")) return;
    slider.setAttribute("value", slider.value);  // Gradio puts back only what differs here
    const seen = slider.closest(".seen"), least = Number(slider.value);
    const out = (row) => row.dataset.score !== undefined && Number(row.dataset.score) < least;
    seen.querySelectorAll("[data-row]").forEach((row) => row.classList.toggle("out", out(row)));
    const rows = [...seen.querySelectorAll(".found [data-row]")];
    const shown = rows.filter((row) => !out(row)), left = shown.length;
    if (left) stopAt(shown[0]);
    const output = slider.parentElement.querySelector("output");
    const told = output.dataset.left.replace("{left}", left).replace("{all}", rows.length);
    output.textContent = `${least.toPrecision(2)} (${told})`;
  });
})();
