// The keys of the pages, in a dialog. `base.js` imports it when somebody asks.
const say = window.tagline.say;
const mac = /Mac|iPhone|iPad/.test(navigator.platform);
const CONTROL = mac ? "⌘" : "Ctrl";
const KEYS = [
  [[CONTROL, "Enter"], "keys_run"],
  [["Esc"], "keys_stop"],
  [["/"], "keys_search"],
  [[CONTROL, "V"], "keys_paste"],
  [["Shift", "Enter"], "keys_line"],
  [["?"], "keys_help"],
];

const row = ([keys, text]) =>
  `<div><dt>${keys.map((key) => `<kbd>${key}</kbd>`).join(" ")}</dt><dd>${say(text)}</dd></div>`;

const make = () => {
  const dialog = document.createElement("dialog");
  dialog.className = "keys";
  dialog.setAttribute("aria-labelledby", "keys-title");
  dialog.innerHTML =
    `<form method="dialog"><h2 id="keys-title">${say("keys_title")}</h2>` +
    `<dl>${KEYS.map(row).join("")}</dl><button>${say("keys_close")}</button></form>`;
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  (document.querySelector(".gradio-container") || document.body).append(dialog);
  return dialog;
};

export const open = () => {
  const dialog = document.querySelector("dialog.keys") || make();
  if (!dialog.open) dialog.showModal();
};
