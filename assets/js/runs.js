// The runs that this browser remembers, in its IndexedDB, and those of them that the server keeps.
// Nothing goes to the server but what its user sends there.
const { isFile } = await import(`./dom.js${new URL(import.meta.url).search}`);
const NAME = "tagline-history", RUNS = "runs", AGE = "age";
const MOST = 500, MOST_BYTES = 50e6; // the oldest that are neither starred nor kept go first

let opening = null;
const database = () => {
  opening ??= new Promise((good, bad) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      const store = request.result.createObjectStore(RUNS, { keyPath: "id" });
      store.createIndex(AGE, ["stays", "time", "size"]); // tells all sizes without the runs
    };
    request.onsuccess = () => good(request.result);
    request.onerror = () => bad(request.error);
  });
  return opening;
};

// What `work` does with the runs, in one transaction; gives back what its request found.
const within = async (mode, work) => {
  const transaction = (await database()).transaction(RUNS, mode);
  return new Promise((good, bad) => {
    const request = work(transaction.objectStore(RUNS));
    transaction.oncomplete = () => good(request && request.result);
    transaction.onabort = transaction.onerror = () => bad(transaction.error);
  });
};

const write = (run) => within("readwrite", (store) => store.put(run));
const measured = (run) => ({
  ...run,
  size: JSON.stringify(run).length,
  stays: run.starred || run.kept ? 1 : 0, // only this browser can delete what it has kept
});

const tidy = () =>
  within("readwrite", (store) => {
    const sizes = [];
    store.index(AGE).openKeyCursor().onsuccess = ({ target: { result: at } }) => {
      if (at) {
        sizes.push([at.primaryKey, at.key[2]]);
        return at.continue();
      }
      let count = sizes.length, bytes = sizes.reduce((sum, [, size]) => sum + size, 0);
      for (const [id, size] of sizes) {
        if (count <= MOST && bytes <= MOST_BYTES) break;
        store.delete(id);
        count -= 1;
        bytes -= size;
      }
    };
  });

export const find = (id) => within("readonly", (store) => store.get(id));
export const remove = (id) => within("readwrite", (store) => store.delete(id));

// All but those that the server keeps.
export const clear = async () => {
  const gone = (await all()).filter((run) => !run.kept);
  await within("readwrite", (store) => gone.forEach((run) => store.delete(run.id)));
};

// Newest first.
export const all = async () => {
  const found = await within("readonly", (store) => store.getAll());
  return found.sort((one, other) => other.time - one.time);
};

// A run that has just ended; one that is known already stays as it is.
export const remember = async (record) => {
  const known = await find(record.id);
  if (known) return known;
  const run = measured({ ...record, starred: 0, flag: "", note: "", kept: null });
  await write(run);
  await tidy();
  return run;
};

// The changed run, also where this browser cannot store it.
export const change = async (run, fields) => {
  const known = await find(run.id).catch(() => null);
  const changed = measured({ ...run, ...known, ...fields });
  await write(changed).catch(() => null);
  return changed;
};

// On the server -----------------------------------------------------------------------------

const SENTENCES = { 404: "history_gone", 413: "history_full" };

// Raises an Error with a sentence for the reader.
export const ask = async (method, path, body, key) => {
  const headers = { "content-type": "application/json", ...(key ? { "x-run-key": key } : {}) };
  const sent = { method, headers, body: body && JSON.stringify(body) };
  const answer = await fetch(path, sent).catch(() => {
    throw new Error(window.tagline.say("history_away"));
  });
  if (answer.status === 204) return null;
  const told = await answer.json().catch(() => ({}));
  if (answer.ok) return told;
  const known = SENTENCES[answer.status];
  const error = new Error(known ? window.tagline.say(known) : told.error || answer.statusText);
  throw Object.assign(error, { status: answer.status });
};

export const keep = async (run) => {
  const kept = await ask("POST", "/kept", { run: run.id });
  return change(run, { kept });
};

export const share = async (run) => {
  await ask("PATCH", `/kept/${run.kept.id}`, { shared: true }, run.kept.key);
  return change(run, { kept: { ...run.kept, private: false } });
};

// One that is no longer there is deleted too.
export const unkeep = async (run) => {
  await ask("DELETE", `/kept/${run.kept.id}`, null, run.kept.key).catch((error) => {
    if (error.status !== 404) throw error;
  });
  return change(run, { kept: null });
};

// Its inputs in the boxes of the playground, by the shortest way that brings all of them.
const unpacked = (value) => {
  if (Array.isArray(value)) return value.map(unpacked);
  if (!value || typeof value !== "object") return value;
  if (isFile(value)) return value.data;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, unpacked(each)]));
};
const isWhole = (value) => {
  if (!value || typeof value !== "object") return true;
  if (isFile(value)) return Boolean(value.data);
  return Object.values(value).every(isWhole);
};

export const wayBack = async (run) => {
  if (run.link) return run.link;
  const { model, task, parameters } = run;
  const named = new URLSearchParams({ model, task });
  if (isWhole(run.inputs)) {
    const inputs = unpacked(run.inputs);
    const { link } = await ask("POST", "/recent", { model, task, inputs, parameters });
    return `${link}&${named}`;
  }
  return `/?again=${encodeURIComponent(run.id)}&${named}`; // the server may still hold its files
};
