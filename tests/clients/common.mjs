// What the scripts share: the server's address and sample files come as arguments, each call's
// outcome goes out as one JSON object: its value, or the message of its error.
import { readFileSync } from "node:fs";

export const [base, samples] = process.argv.slice(-2);
export const file = (name, type) => new Blob([readFileSync(`${samples}/${name}`)], { type });

const told = {};

export async function run(name, call) {
  try {
    const value = await call();
    told[name] = { value: value instanceof Blob ? { size: value.size, type: value.type } : value };
  } catch (error) {
    told[name] = { error: error.message };
  }
}

export const report = () => console.log(JSON.stringify(told));
