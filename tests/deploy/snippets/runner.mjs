// Runs snippets in JavaScript one after another in one process: a list of {file, folder} comes as
// JSON on standard input, and what each printed, or its error, goes out as one.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const jobs = JSON.parse(readFileSync(0, "utf-8"));
const told = [];
const say = process.stdout.write.bind(process.stdout);
console.warn = () => {};

// A file of Gradio's is an address; the test wants what is there.
const whole = async (value) => {
  if (!value || typeof value !== "object") return value;
  if (typeof value.url === "string" && value.meta) {
    const file = await (await fetch(value.url)).arrayBuffer();
    return { blob: Buffer.from(file).toString("base64"), path: value.path };
  }
  return value;
};

for (const { file, folder } of jobs) {
  const printed = [];
  process.chdir(folder);
  console.log = (...values) => printed.push(...values);
  process.stdout.write = (text) => printed.push(text);
  try {
    await import(pathToFileURL(file));
    told.push({ printed: await Promise.all(printed.map(whole)) });
  } catch (error) {
    told.push({ error: error.stack || String(error) });
  }
}
process.stdout.write = say;
say(JSON.stringify(told), () => process.exit(0));
