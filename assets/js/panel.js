// What a panel does in the browser: copy, paste, and words where a device is refused.
const say = (key) => window.tagline.say(key);

// Small messages, also for those who do not see them.
let toast, fade;
const tell = (key) => {
  if (!toast || !toast.isConnected) {
    toast = document.createElement("div");
    toast.className = "toast-line";
    toast.setAttribute("role", "status");
    (document.querySelector(".gradio-container") || document.body).append(toast);
  }
  toast.textContent = say(key);
  clearTimeout(fade);
  fade = setTimeout(() => (toast.textContent = ""), 4000);
};

// Copy -----------------------------------------------------------------------------------------
const asPng = async (blob) => {
  if (blob.type === "image/png") return blob;
  const image = await createImageBitmap(blob);
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width, image.height];
  canvas.getContext("2d").drawImage(image, 0, 0);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
};

// Without https there is no clipboard for scripts, but still the old command.
const copyOld = (text) => {
  const box = document.createElement("textarea");
  box.value = text;
  document.body.append(box);
  box.select();
  const done = document.execCommand("copy");
  box.remove();
  if (!done) throw new Error("not copied");
};

const copy = async ({ copy: address, mime }) => {
  const blob = fetch(address).then((answer) => answer.blob());
  const picture = mime.startsWith("image/");
  const type = picture ? "image/png" : "text/plain";
  if (!navigator.clipboard || !window.ClipboardItem) {
    if (picture) throw new Error("no clipboard");
    return copyOld(await (await blob).text());
  }
  const made = picture ? blob.then(asPng) : blob.then((got) => new Blob([got], { type }));
  await navigator.clipboard.write([new ClipboardItem({ [type]: made })]);
};

document.addEventListener("click", async (event) => {
  const button = event.target.closest && event.target.closest(".gradio-container [data-copy]");
  if (!button) return;
  try {
    await copy(button.dataset);
    tell("panel_copied");
  } catch {
    tell("panel_uncopied");
  }
});

// Paste: a picture goes into the picture input, if there is one alone.
document.addEventListener("paste", (event) => {
  const files = [...(event.clipboardData ? event.clipboardData.files : [])];
  const picture = files.find((file) => file.type.startsWith("image/"));
  const inputs = document.querySelectorAll(".try input[type=file][accept*='image']");
  if (!picture || inputs.length !== 1 || event.target.closest("input, textarea")) return;
  const held = new DataTransfer();
  held.items.add(picture);
  inputs[0].files = held.files;
  inputs[0].dispatchEvent(new Event("change", { bubbles: true }));
  tell("panel_pasted");
});

// Camera and microphone ------------------------------------------------------------------------
const devices = navigator.mediaDevices;
const why = (error) => (error.name === "NotFoundError" ? "panel_no_device" : "panel_denied");
if (devices) {
  const ask = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (wanted) => {
    try {
      return await ask(wanted);
    } catch (error) {
      tell(why(error));
      throw error;
    }
  };
} else {
  const refuse = async () => {
    tell("panel_insecure");
    throw new DOMException("insecure", "NotAllowedError");
  };
  const none = { getUserMedia: refuse, enumerateDevices: async () => [] };
  Object.defineProperty(navigator, "mediaDevices", { value: none });
}

// A result is read aloud when it is whole, not while it grows.
export const draw = () => {
  const result = document.getElementById("result"), status = document.getElementById("status");
  if (!result || !status) return requestAnimationFrame(draw); // Gradio has not put them in yet
  result.setAttribute("aria-live", "polite");
  const look = () => {
    const busy = Boolean(status.querySelector(".busy, .pace"));
    result.setAttribute("aria-busy", String(busy));
  };
  new MutationObserver(look).observe(status, { childList: true, subtree: true });
  look();
};
