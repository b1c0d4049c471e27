// What the page of endpoints says and asks: the words of its reader, and the server's `/v2`.
const PATH = "/v2/endpoint/here"; // any namespace is this server

export const offer = {}; // what the server told of itself and of whoever sits here
export const learn = (told) => Object.assign(offer, told);
export const say = (key, fields = {}) =>
  offer.texts[key].replace(/\{(\w+)\}/g, (_, name) => fields[name]);

// The answer, or an Error with the server's own sentence.
export const ask = async (path = "", method = "GET", body = null) => {
  const headers = { accept: "application/json", ...(body ? { "content-type": "application/json" } : {}) };
  let answer;
  try {
    answer = await fetch(PATH + path, { method, headers, body: body && JSON.stringify(body) });
  } catch {
    throw new Error(say("no_answer"));
  }
  const told = await answer.json().catch(() => null);
  if (answer.ok) return told;
  const error = new Error((told && told.error) || `HTTP ${answer.status}`);
  error.status = answer.status;
  error.english = true;
  throw error;
};

// Does `work` at once and again and again while the page is seen, until it is stopped.
export const again = (work, pause) => {
  let going = true, timer = null;
  const turn = async () => {
    clearTimeout(timer);
    if (!document.hidden) await work();
    if (going) timer = setTimeout(turn, pause);
  };
  turn();
  return { now: turn, stop: () => { going = false; clearTimeout(timer); } };
};

// An address of this page, in the language and the theme that it has.
export const address = (query = {}) => {
  const now = new URLSearchParams(window.location.search), next = new URLSearchParams();
  ["lang", "__theme"].filter((name) => now.has(name)).forEach((name) => next.set(name, now.get(name)));
  Object.entries(query).filter(([, value]) => value).forEach(([name, value]) => next.set(name, value));
  return `${window.location.pathname}${[...next].length ? `?${next}` : ""}`;
};

// Numbers in words --------------------------------------------------------------------------------
const UNITS = [[86400, "days"], [3600, "hours"], [60, "minutes"], [1, "seconds"]];
export const span = (seconds) => {
  const [size, unit] = UNITS.find(([each]) => seconds >= each) || UNITS[3];
  return say(unit, { n: Math.round(seconds / size) });
};
export const ago = (at) => {
  const seconds = Date.now() / 1000 - at;
  return seconds < 5 ? say("just_now") : say("ago", { time: span(seconds) });
};
export const bytes = (count) =>
  count >= 1e9 ? `${(count / 1e9).toFixed(1)} GB` : `${Math.round(count / 1e6)} MB`;
export const took = (seconds) =>
  seconds < 1 ? `${(seconds * 1000).toFixed(seconds < 0.01 ? 1 : 0)} ms` : `${seconds.toFixed(2)} s`;
export const clock = (at) => new Date(at * 1000).toLocaleTimeString(document.documentElement.lang);
export const moment = (at) => new Date(at).toLocaleString(document.documentElement.lang);

// Of one replica for an hour; null where the table has no price.
export const price = (spec) => {
  const tier = (spec.hardware && spec.hardware.tier) || (spec.engine === "ray" ? null : offer.tier);
  const found = tier ? offer.prices.perHour[tier] : undefined;
  return found === undefined ? null : found;
};
const sum = (amount) => `${offer.prices.currency}${amount.toFixed(2)}`;
export const money = (amount, most = amount) => (amount === null ? "–" : say("per_hour", {
  amount: amount === most ? sum(amount) : say("range", { least: sum(amount), most: sum(most) }) }));
