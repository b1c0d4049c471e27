// A picture to point at and to paint on. Gradio calls this with `element`, `props` and `watch`.
const pad = element.querySelector(".pad"), find = (name) => pad.querySelector(name);
const stage = find(".pad-stage"), img = find("img"), canvas = find("canvas"), svg = find("svg");
const brush = find(".pad-brush"), outside = find(".pad-out");
const painting = pad.dataset.mode === "mask", paper = canvas.getContext("2d");
const NEAR = 6; // pixels of the page: a shorter drag is a click
let done = []; // marks, or strokes of { size, points }
let base = null; // a mask that was there before the strokes
let cross = null, keys = false, corner = null, drag = null, written = null, given = Boolean(props.value);

const round = (value, most) => Math.max(0, Math.min(Math.round(value), most));
const place = (event) => {
  const box = svg.getBoundingClientRect();
  const x = ((event.clientX - box.left) / box.width) * img.naturalWidth;
  const y = ((event.clientY - box.top) / box.height) * img.naturalHeight;
  return [round(x, img.naturalWidth - 1), round(y, img.naturalHeight - 1)];
};
const boxed = ([a, b], [c, d]) => [Math.min(a, c), Math.min(b, d), Math.max(a, c), Math.max(b, d)];
const thick = () => (Number(brush.value) / 100) * Math.max(img.naturalWidth, img.naturalHeight);

// What is drawn -----------------------------------------------------------------------------
const shape = (name, about) => {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  Object.entries(about).forEach(([key, value]) => made.setAttribute(key, value));
  return made;
};
const drawMark = (mark, unit) =>
  mark.length === 4
    ? shape("rect", { x: mark[0], y: mark[1], width: mark[2] - mark[0], height: mark[3] - mark[1],
                      "stroke-width": unit })
    : shape("circle", { cx: mark[0], cy: mark[1], r: unit * 2.5, "stroke-width": unit / 1.5,
                        class: mark[2] === 0 ? "away" : "" });
const drawStroke = (context, stroke) => {
  const [first, ...rest] = stroke.points;
  context.lineWidth = stroke.size;
  context.lineCap = context.lineJoin = "round";
  context.beginPath();
  context.moveTo(...first);
  context.lineTo(first[0] + 0.01, first[1]); // a line of no length at all is not drawn
  rest.forEach((point) => context.lineTo(...point));
  context.stroke();
};
const paint = (context) => {
  if (base) context.drawImage(base, 0, 0, canvas.width, canvas.height);
  context.strokeStyle = context === paper ? "#ec4899" : "#fff";
  done.forEach((stroke) => drawStroke(context, stroke));
  if (drag && drag.stroke) drawStroke(context, drag.stroke);
};
const draw = () => {
  if (!img.naturalWidth) return;
  const unit = Math.max(img.naturalWidth, img.naturalHeight) / 250;
  svg.setAttribute("viewBox", `0 0 ${img.naturalWidth} ${img.naturalHeight}`);
  svg.replaceChildren();
  if (painting) {
    paper.clearRect(0, 0, canvas.width, canvas.height);
    paint(paper);
  } else {
    done.forEach((mark) => svg.append(drawMark(mark, unit)));
    if (drag && drag.box) svg.append(drawMark(drag.box, unit));
    if (corner && cross) svg.append(drawMark(boxed(corner, cross), unit));
  }
  if (cross && keys && document.activeElement === stage) {
    const [x, y] = cross, about = { "stroke-width": unit / 2, class: "cross" };
    svg.append(shape("line", { x1: x, x2: x, y1: 0, y2: img.naturalHeight, ...about }));
    svg.append(shape("line", { y1: y, y2: y, x1: 0, x2: img.naturalWidth, ...about }));
  }
};

// What is told ------------------------------------------------------------------------------
const tell = () => {
  const any = done.length || base;
  find("output").textContent = any ? (painting ? pad.dataset.painted : JSON.stringify(done.at(-1))) : "";
  written = !any ? "" : painting ? mask() : JSON.stringify(done);
  props.value = written;
};
const mask = () => {
  const sheet = document.createElement("canvas");
  [sheet.width, sheet.height] = [canvas.width, canvas.height];
  const context = sheet.getContext("2d");
  context.fillRect(0, 0, sheet.width, sheet.height);
  paint(context);
  return sheet.toDataURL("image/png");
};
const add = (mark) => { done.push(mark); tell(); draw(); };
const undo = () => { if (done.length) done.pop(); else base = null; corner = null; tell(); draw(); };
const clear = () => { done = []; base = corner = null; tell(); draw(); };
const point = (spot, event) =>
  [...spot, event.shiftKey || event.button === 2 || outside.getAttribute("aria-pressed") === "true" ? 0 : 1];
const dab = (spot) => ({ size: thick(), points: [spot] });

// What comes from elsewhere: a link, an example, another picture ------------------------------
const take = () => {
  given = Boolean(props.value);
  [done, base, corner] = [[], null, null];
  if (painting && props.value) {
    const found = new Image();
    found.onload = () => { base = black(found); draw(); };
    found.src = props.value;
  } else if (props.value) {
    try { done = JSON.parse(props.value); } catch { done = []; }
    if (!Array.isArray(done) || !done.every(Array.isArray)) done = [];
  }
  draw();
};
const black = (found) => { // to nothing, so that the picture shows
  const sheet = document.createElement("canvas");
  [sheet.width, sheet.height] = [found.naturalWidth, found.naturalHeight];
  const context = sheet.getContext("2d");
  context.drawImage(found, 0, 0);
  const bits = context.getImageData(0, 0, sheet.width, sheet.height);
  for (let at = 0; at < bits.data.length; at += 4) bits.data[at + 3] = bits.data[at];
  context.putImageData(bits, 0, 0);
  return sheet;
};
const ready = (shown, why) => {
  stage.hidden = find(".pad-tools").hidden = !shown;
  const empty = find(".pad-empty");
  empty.hidden = shown;
  empty.textContent = why || empty.dataset.first;
};
pad.addEventListener("picture", ({ detail: url }) => {
  if (img.getAttribute("src") === url) return;
  if (!given && (done.length || base)) clear();
  given = false;
  cross = corner = null;
  if (url) img.setAttribute("src", url);
  else { img.removeAttribute("src"); ready(false); }
});
img.addEventListener("load", () => {
  [canvas.width, canvas.height] = [img.naturalWidth, img.naturalHeight];
  stage.style.maxWidth = `${img.naturalWidth}px`;
  ready(true);
  draw();
});
img.addEventListener("error", () => ready(false, pad.dataset.broken));
watch("value", () => { if (props.value !== written) { written = props.value; take(); } });
if (props.value) take();

// Hands ---------------------------------------------------------------------------------------
stage.addEventListener("contextmenu", (event) => event.preventDefault());
stage.addEventListener("pointerdown", (event) => {
  if (event.button !== 0 && event.button !== 2) return;
  const spot = place(event);
  keys = false;
  stage.setPointerCapture(event.pointerId);
  drag = { start: spot, x: event.clientX, y: event.clientY, button: event.button };
  if (painting) drag.stroke = dab(spot);
  cross = spot;
  draw();
});
stage.addEventListener("pointermove", (event) => {
  if (!drag) return;
  const far = Math.hypot(event.clientX - drag.x, event.clientY - drag.y) >= NEAR;
  if (painting) drag.stroke.points.push(place(event));
  else if (far || drag.box) drag.box = boxed(drag.start, place(event));
  draw();
});
stage.addEventListener("pointerup", (event) => {
  if (!drag) return;
  const { start, box, stroke, button } = drag;
  drag = null;
  cross = place(event);
  const flat = box && (box[0] === box[2] || box[1] === box[3]);
  if (!flat) add(stroke || box || point(start, { shiftKey: event.shiftKey, button }));
  else draw();
});
stage.addEventListener("pointercancel", () => { drag = null; draw(); });
stage.addEventListener("focus", () => {
  keys = stage.matches(":focus-visible");
  cross = cross || [round(img.naturalWidth / 2, img.naturalWidth - 1), round(img.naturalHeight / 2, img.naturalHeight - 1)];
  draw();
});
stage.addEventListener("blur", draw);
stage.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !img.naturalWidth) return;
  const [width, height] = [img.naturalWidth - 1, img.naturalHeight - 1];
  const step = Math.max(1, Math.max(width, height) / (event.shiftKey ? 200 : 40));
  const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
  keys = true;
  cross = cross || [round(width / 2, width), round(height / 2, height)];
  if (moves[event.key]) {
    const [x, y] = moves[event.key];
    cross = [round(cross[0] + x, width), round(cross[1] + y, height)];
    draw();
  } else if (event.key === "Enter") add(painting ? dab(cross) : point(cross, event));
  else if (event.key === "Backspace") undo();
  else if (event.key.toLowerCase() === "b" && !painting) {
    const box = corner && boxed(corner, cross);
    corner = corner ? null : cross;
    if (box && box[0] < box[2] && box[1] < box[3]) add(box);
    else draw();
  } else return;
  event.preventDefault();
});
find(".pad-undo").addEventListener("click", undo);
find(".pad-clear").addEventListener("click", clear);
if (outside) outside.addEventListener("click", () =>
  outside.setAttribute("aria-pressed", String(outside.getAttribute("aria-pressed") !== "true")));
