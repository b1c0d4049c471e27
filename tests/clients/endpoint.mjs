// Both clients of JavaScript against an endpoint, whose address and token come as arguments.
import { InferenceClient } from "@huggingface/inference";
import OpenAI from "openai";
import { base, report, run, samples as token } from "./common.mjs";

const turn = { messages: [{ role: "user", content: "Hello" }], max_tokens: 3 };

async function all(stream) {
  let text = "";
  for await (const chunk of await stream) text += chunk.choices[0]?.delta.content ?? "";
  return text;
}
const hub = (key) => new InferenceClient(key).endpoint(base);
const openai = (apiKey) => new OpenAI({ baseURL: `${base}/v1`, apiKey, maxRetries: 0 });

await run("hub", async () =>
  (await hub(token).textGeneration({ inputs: "Go on", parameters: { max_new_tokens: 4 } })).generated_text);
await run("hub chat", async () => (await hub(token).chatCompletion(turn)).choices[0].message.content);
await run("hub stream", () => all(hub(token).chatCompletionStream(turn)));
await run("hub without", () => hub("").chatCompletion(turn));
await run("openai", async () =>
  (await openai(token).chat.completions.create({ model: "any", ...turn })).choices[0].message.content);
await run("openai stream", () =>
  all(openai(token).chat.completions.create({ model: "any", ...turn, stream: true })));
await run("openai without", () => openai("tgl_none").chat.completions.create({ model: "any", ...turn }));
report();
