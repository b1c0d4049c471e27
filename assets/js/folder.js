// A folder of pictures or recordings as a data set. Gradio's box takes files without their
// folders, so what each is called within goes along beside it.
const { search } = new URL(import.meta.url);
const { make } = await import(`./dom.js${search}`);
const MEDIA = /^(image|audio|video)\//;

const give = (found) => {
  const usable = found.filter(({ file, path }) => MEDIA.test(file.type) && !/(^|\/)\./.test(path));
  usable.sort((one, other) => (one.path < other.path ? -1 : 1));
  if (!usable.length) {
    const problem = make("div", { class: "problem", role: "alert" }, window.tagline.say("dataset_no_media"));
    document.getElementById("dataset-note").replaceChildren(problem);
    return;
  }
  const files = new DataTransfer(), box = document.querySelector("#dataset-file input[type=file]");
  usable.forEach(({ file }) => files.items.add(file));
  window.tagline.within = usable.map(({ path }) => path);
  box.files = files.files;
  box.dispatchEvent(new Event("change", { bubbles: true }));
};

export const choose = () => {
  const input = make("input", { type: "file", webkitdirectory: true });
  const named = () => [...input.files].map((file) => ({ file, path: file.webkitRelativePath }));
  input.addEventListener("change", () => give(named()));
  input.click();
};

// What lies in a folder that was dropped, folders in it included. A folder tells a part at a time.
const walk = async (entry) => {
  if (entry.isFile) {
    const file = await new Promise((done, failed) => entry.file(done, failed));
    return [{ file, path: entry.fullPath.slice(1) }];
  }
  const reader = entry.createReader(), inside = [];
  const more = () => new Promise((done, failed) => reader.readEntries(done, failed));
  for (let some = await more(); some.length; some = await more()) inside.push(...some);
  return (await Promise.all(inside.map(walk))).flat();
};

// The box may be drawn after this runs, so the page is listened to.
export const watch = () => {
  document.addEventListener("drop", async (event) => {
    if (!event.target.closest?.("#dataset-file")) return;
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry()).filter(Boolean);
    if (!entries.some((entry) => entry.isDirectory)) return;
    event.preventDefault();
    event.stopPropagation();
    give((await Promise.all(entries.map(walk))).flat());
  }, true);
};
