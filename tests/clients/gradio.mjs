// @gradio/client: typed endpoints by name.
import { Client } from "@gradio/client";
import { base, file, report, run } from "./common.mjs";

const app = await Client.connect(base);
const ask = async (name, given) => (await app.predict(name, given)).data[0];
const text = { model: "tagline/minilm-sentiment", text: "I like it" };

await run("predict", () => ask("/text_classification", text));
await run("submit", async () => {
  const seen = [];
  for await (const event of app.submit("/text_classification", text))
    if (event.type === "data") seen.push(event.data[0]);
  return seen;
});
await run("view_api", async () => Object.keys((await app.view_api()).named_endpoints));
await run("picture", () =>
  ask("/image_classification", {
    model: "tagline/efficientnet-lite0",
    image: file("cat.jpg", "image/jpeg"),
  }));
await run("sound", async () => {
  const made = await ask("/text_to_speech", { model: "tagline/hibari-tts", text: "Hello." });
  return (await fetch(made.url)).blob();
});
await run("refused", () => ask("/text_classification", { model: "no/such", text: "I like it" }));
report();
process.exit(0); // its connection would keep Node alive
