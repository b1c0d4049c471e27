// @huggingface/inference, every method: by a model's address (`endpoint`), and by its id with a
// `fetch` that leads the two hosts it knows to this server. On standard input come the models' ids
// and sample inputs by task.
import { InferenceClient } from "@huggingface/inference";
import { readFileSync } from "node:fs";
import { base, file, report, run } from "./common.mjs";

const tasks = JSON.parse(readFileSync(0, "utf-8"));
const blob = (text, type) => new Blob([Buffer.from(text, "base64")], { type });
const picture = (tag) => blob(tasks[tag].inputs.image ?? tasks[tag].inputs, "image/png");
const sound = (tag) => blob(tasks[tag].inputs, "audio/flac");
const speech = file("speech.flac", "audio/flac");
const HOSTS = { "https://huggingface.co": base, "https://router.huggingface.co": base };
const here = (url, info) => {
  const { origin } = new URL(url);
  return fetch(HOSTS[origin] ? url.replace(origin, HOSTS[origin]) : url, info);
};

const patient = { age: 0.04, sex: 0.05, bmi: 0.06, bp: 0.02, s1: 0, s2: 0, s3: 0, s4: 0, s5: 0, s6: 0 };
const columns = Object.fromEntries(Object.entries(patient).map(([k, v]) => [k, [String(v)]]));
const embedder = "sentence-transformers/all-MiniLM-L6-v2";
const chatter = "HuggingFaceTB/SmolLM2-135M-Instruct";
const question = { messages: [{ role: "user", content: "What is the capital of France?" }] };
const few = { num_inference_steps: 2, seed: 7 };
const tiny = (tag) => tasks[tag].model;

async function all(stream, words) {
  let text = "";
  for await (const chunk of stream) text += words(chunk.choices[0]) ?? "";
  return text;
}
const going = {
  inputs: "The capital of France is",
  parameters: { max_new_tokens: 6, temperature: 0 },
};
// By its id, a model that chats is none that writes on, to this client.
const WRITERS = ["streamingRequest", "textGeneration", "textGenerationStream"];
const labels = { candidate_labels: ["fox", "lazy dog"] };

// A method: its model, and its arguments
const CALLS = {
  audioClassification: ["tagline/musicnn", { data: speech }],
  audioToAudio: ["tagline/nsnet2", { data: speech }],
  automaticSpeechRecognition: ["openai/whisper-tiny.en", { data: speech }],
  chatCompletion: [chatter, { ...question, max_tokens: 12, temperature: 0 }],
  chatCompletionStream: [chatter, { ...question, max_tokens: 12, temperature: 0 }],
  documentQuestionAnswering: [
    tiny("document-question-answering"),
    {
      inputs: {
        question: tasks["document-question-answering"].inputs.question,
        image: picture("document-question-answering"),
      },
      parameters: { word_boxes: tasks["document-question-answering"].parameters.word_boxes },
    },
  ],
  featureExtraction: [embedder, { inputs: "hello", normalize: true }],
  fillMask: [tiny("fill-mask"), { inputs: tasks["fill-mask"].inputs, parameters: { top_k: 2 } }],
  imageClassification: ["tagline/efficientnet-lite0", { data: file("cat.jpg", "image/jpeg") }],
  imageSegmentation: [tiny("image-segmentation"), { inputs: picture("image-segmentation") }],
  imageTextToImage: [tiny("image-to-image"), { inputs: picture("image-to-image") }],
  imageTextToVideo: [tiny("image-to-image"), { inputs: picture("image-to-image") }],
  imageToImage: [
    tiny("image-to-image"),
    { inputs: picture("image-to-image"), parameters: { prompt: "a fox", ...few } },
  ],
  imageToText: [tiny("image-to-text"), { data: picture("image-to-text") }],
  imageToVideo: [tiny("image-to-image"), { inputs: picture("image-to-image") }],
  objectDetection: ["tagline/mtcnn", { data: file("astronaut.jpg", "image/jpeg") }],
  questionAnswering: [tiny("question-answering"), { inputs: tasks["question-answering"].inputs }],
  request: [tiny("fill-mask"), { inputs: tasks["fill-mask"].inputs }, { task: "fill-mask" }],
  sentenceSimilarity: [embedder, { inputs: { source_sentence: "a", sentences: ["b", "c"] } }],
  streamingRequest: [chatter, going, { task: "text-generation" }],
  summarization: [
    tiny("summarization"),
    { inputs: tasks.summarization.inputs, parameters: { generate_parameters: { max_new_tokens: 5 } } },
  ],
  tableQuestionAnswering: [
    tiny("table-question-answering"),
    { inputs: tasks["table-question-answering"].inputs },
  ],
  tabularClassification: [
    tiny("tabular-classification"),
    { inputs: tasks["tabular-classification"].inputs },
  ],
  tabularRegression: ["tagline/diabetes", { inputs: { data: columns } }],
  textClassification: ["tagline/minilm-sentiment", { inputs: "I like it", parameters: { top_k: 1 } }],
  textGeneration: [chatter, going],
  textGenerationStream: [chatter, going],
  textToAudio: [tiny("text-to-audio"), { inputs: "hello" }],
  textToImage: [tiny("text-to-image"), { inputs: "a fox", parameters: few }],
  textToSpeech: ["tagline/hibari-tts", { inputs: "Hello." }],
  textToVideo: [tiny("text-to-image"), { inputs: "a fox" }],
  tokenClassification: ["tagline/minilm-entities", { inputs: "Barack Obama lived in Hawaii" }],
  translation: [tiny("translation"), { inputs: "The quick brown fox jumps" }],
  visualQuestionAnswering: [
    tiny("visual-question-answering"),
    {
      inputs: {
        question: tasks["visual-question-answering"].inputs.question,
        image: picture("visual-question-answering"),
      },
      parameters: { top_k: 2 },
    },
  ],
  zeroShotClassification: [
    tiny("zero-shot-classification"),
    { inputs: "I want my money back", parameters: { candidate_labels: ["refund", "sports"] } },
  ],
  zeroShotImageClassification: [
    tiny("zero-shot-image-classification"),
    { inputs: picture("zero-shot-image-classification"), parameters: labels },
  ],
};
const STREAMS = {
  chatCompletionStream: (choice) => choice?.delta.content,
  streamingRequest: (choice) => choice?.text,
  textGenerationStream: (choice) => choice?.text,
};
const options = { retry_on_error: false, fetch: here };
const name = (id) => new InferenceClient("", options).endpoint(`${base}/models/${id}`);

console.warn = () => {}; // two methods say at each call that they are old
console.log = ((log) => (text) => text.startsWith("{") && log(text))(console.log);
for (const [method, [model, given, more]] of Object.entries(CALLS)) {
  const ways = {
    address: () => name(model)[method](given, more),
    id: () =>
      new InferenceClient("", options)[method](
        { ...given, model: WRITERS.includes(method) ? tiny("text-generation") : model,
          provider: "hf-inference" }, more),
  };
  for (const [way, call] of Object.entries(ways))
    await run(`${method} by ${way}`, () =>
      STREAMS[method] ? all(call(), STREAMS[method]) : call());
}
await run("methods", () => Object.getOwnPropertyNames(new InferenceClient("")));
await run("refused", () => name(embedder).textToSpeech({ inputs: { text: 1 } }));
report();
