// Small tools of the scripts that draw something themselves.

// An element with properties (`data`, `class` and `aria-...` too) and children; text is never HTML.
export const make = (tag, about = {}, ...children) => {
  const made = document.createElement(tag);
  Object.entries(about).forEach(([key, value]) => {
    if (value === null || value === undefined || value === false) return;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key === "value" || key === "checked") made[key] = value;
    else made.setAttribute(key, value === true ? "" : value);
  });
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
};

// The texts come in a script of their own, which may be later than a module.
export const ready = async () => {
  while (!(window.tagline && window.tagline.say)) await new Promise((go) => setTimeout(go, 20));
};

export const copy = async (text, button) => {
  const before = button.textContent;
  await navigator.clipboard.writeText(text);
  button.textContent = window.tagline.say("copied");
  setTimeout(() => (button.textContent = before), 1500);
};

export const size = (bytes) =>
  bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`;

// A file among the inputs of a run, as the server tells it: its kind, its size, and itself if small.
export const isFile = (value) =>
  Boolean(value) && ["image", "audio", "video"].includes(value.file) && typeof value.bytes === "number";
