// openai's client with another address, by the names of its methods.
import OpenAI, { toFile } from "openai";
import { base, file, report, run } from "./common.mjs";

const client = new OpenAI({ baseURL: `${base}/v1`, apiKey: "none", maxRetries: 0 });
const chat = {
  model: "HuggingFaceTB/SmolLM2-135M-Instruct",
  messages: [{ role: "user", content: "What is the capital of France?" }],
  max_tokens: 12,
  temperature: 0,
};
const going = { model: chat.model, prompt: "The capital of France is", max_tokens: 6, temperature: 0 };
const embedder = "sentence-transformers/all-MiniLM-L6-v2";
const speech = () => toFile(file("speech.flac", "audio/flac"), "speech.flac");
const picture = () => toFile(file("digit.png", "image/png"), "digit.png");

async function all(stream, words) {
  let text = "";
  for await (const chunk of await stream) text += words(chunk.choices[0]) ?? "";
  return text;
}

await run("chat.completions.create", () => client.chat.completions.create(chat));
await run("chat.completions.create({stream: true})", () =>
  all(client.chat.completions.create({ ...chat, stream: true }), (choice) => choice?.delta.content));
await run("chat.completions.stream", async () =>
  (await client.chat.completions.stream(chat).finalChatCompletion()).choices[0].message.content);
await run("chat.completions.parse", () => client.chat.completions.parse(chat));
await run("completions.create", () => client.completions.create(going));
await run("completions.create({stream: true})", () =>
  all(client.completions.create({ ...going, stream: true }), (choice) => choice?.text));
await run("embeddings.create", async () => {
  const made = await client.embeddings.create({ model: embedder, input: ["a", "b"] });
  return { sizes: made.data.map((each) => each.embedding.length), usage: made.usage };
});
await run("moderations.create", async () =>
  (await client.moderations.create({ model: "tagline/minilm-sentiment", input: "I like it" })).results);
await run("audio.transcriptions.create", async () =>
  client.audio.transcriptions.create({ model: "openai/whisper-tiny.en", file: await speech() }));
await run("audio.translations.create", async () =>
  client.audio.translations.create({ model: "openai/whisper-tiny.en", file: await speech() }));
await run("audio.speech.create", async () =>
  (await client.audio.speech.create({ model: "tagline/hibari-tts", input: "Hi.", voice: "alloy" })).blob());
await run("images.generate", async () =>
  (await client.images.generate({ model: "tagline/digits-diffusion", prompt: "the digit seven" })).data);
const editor = "tiny/image-to-image-StableDiffusionImg2ImgPipeline";
await run("images.edit", async () =>
  (await client.images.edit({ model: editor, prompt: "seven", image: await picture(), num_inference_steps: 2 })).data);
await run("images.createVariation", async () =>
  client.images.createVariation({ model: "tagline/digits-diffusion", image: await picture() }));
await run("models.list", async () => (await client.models.list()).data.map((each) => each.id));
await run("models.retrieve", () => client.models.retrieve(embedder));
await run("responses.create", () => client.responses.create({ model: chat.model, input: "Hello" }));
const place = {
  type: "object",
  properties: { city: { enum: ["Paris", "Rome"] }, capital: { type: "boolean" } },
  required: ["city", "capital"],
  additionalProperties: false,
};
const response_format = { type: "json_schema", json_schema: { name: "place", strict: true, schema: place } };
const formed = { ...chat, max_tokens: 40, response_format };
await run("form", async () =>
  JSON.parse((await client.chat.completions.create(formed)).choices[0].message.content));
await run("form, streamed", async () =>
  JSON.parse(await client.chat.completions.stream(formed).finalContent()));
await run("several", async () =>
  (await client.chat.completions.create({ ...chat, max_tokens: 2, n: 2 })).choices.map((each) => each.index));
await run("likelihoods", async () =>
  (await client.completions.create({ ...going, max_tokens: 3, logprobs: 1 })).choices[0].logprobs.tokens);
await run("not an editor", async () =>
  client.images.edit({ model: "tagline/digits-diffusion", prompt: "x", image: await picture() }));
await run("refused", () => client.chat.completions.create({ ...chat, model: "no/such" }));
report();
