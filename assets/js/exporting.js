// Runs as files: JSON lines with all that is known of each, or a table for a spreadsheet.
const { isFile } = await import(`./dom.js${new URL(import.meta.url).search}`);
const COLUMNS = [
  "time", "task", "model", "revision", "inputs", "parameters", "result", "error", "seconds",
  "device", "notices", "versions", "starred", "flag", "note", "kept",
];

// Without keys of the server, nor what only this browser needs.
const told = (run) => ({
  ...Object.fromEntries(COLUMNS.map((name) => [name, run[name] ?? null])),
  time: new Date(run.time * 1000).toISOString(),
  starred: Boolean(run.starred),
  kept: run.kept ? window.location.origin + run.kept.link : null,
});

export const jsonl = (runs) => runs.map((run) => JSON.stringify(told(run)) + "\n").join("");

// A file stands there by its kind and size.
const short = (value) =>
  JSON.stringify(value, (name, each) => (isFile(each) ? { ...each, data: undefined } : each));

// What begins as a formula would be one in a spreadsheet.
const cell = (value) => {
  if (value === null) return "";
  const text = typeof value === "object" ? short(value) : String(value);
  const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

// The mark at the start tells spreadsheets that it is Unicode.
export const csv = (runs) =>
  "\ufeff" + [COLUMNS, ...runs.map(told).map((run) => COLUMNS.map((name) => run[name]))]
    .map((row) => row.map(cell).join(",") + "\r\n")
    .join("");

export const save = (text, name, type) => {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  Object.assign(link, { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
};
