// The page of comparisons: its address, and the blind votes, which this browser alone keeps.
const KEY = "tagline.votes";
const MOST = 10_000; // votes; the oldest go first

// The address ------------------------------------------------------------------------------------

// Names the values of boxes in the address; a name that comes twice has a parameter and its values.
export function address(about, values) {
  const link = new URL(window.location.pathname, window.location.origin);
  link.searchParams.set("task", about.task);
  about.names.forEach((name, at) => {
    const value = values[at], before = name && about.names[at - 1] === name;
    if (before) {
      if (link.searchParams.get(name) && value)
        link.searchParams.set(name, `${link.searchParams.get(name)}:${value}`);
      else link.searchParams.delete(name);
    } else if (stands(name, value, about.usual[at])) {
      link.searchParams.set(name, name === "blind" ? "1" : value);
    }
  });
  if (link.href.length > about.most) return;
  // A pre-chosen theme stays on this screen only.
  const theme = new URLSearchParams(window.location.search).get("__theme");
  if (theme) link.searchParams.set("__theme", theme);
  window.history.replaceState(null, "", link);
}

const stands = (name, value, usual) =>
  name && value !== null && value !== undefined && value !== "" && value !== usual &&
  (name !== "blind" || value);

// The votes --------------------------------------------------------------------------------------

const read = () => {
  try {
    const votes = JSON.parse(window.localStorage.getItem(KEY));
    return Array.isArray(votes) ? votes : [];
  } catch {
    return [];
  }
};
const write = (votes) => window.localStorage.setItem(KEY, JSON.stringify(votes.slice(-MOST)));

export function count(ballot) {
  if (!ballot || !ballot.answers) return;
  write([...read(), { time: new Date().toISOString(), ...ballot }]);
  show();
}

// How each pair of a task's answers stands: a vote for one is a win over each of the others.
export function standings(votes, task) {
  const pairs = new Map();
  for (const vote of votes.filter((each) => each.task === task)) {
    for (const [a, b] of pairsOf(vote.answers)) {
      const key = JSON.stringify([a, b]);
      const row = pairs.get(key) || { a, b, votes: 0, first: 0, second: 0, ties: 0, bad: 0 };
      const part = outcome(vote, a, b);
      if (part) {
        row.votes += 1;
        row[part] += 1;
        pairs.set(key, row);
      }
    }
  }
  return [...pairs.values()].sort((x, y) => y.votes - x.votes);
}

const pairsOf = (all) => all.flatMap((a, at) => all.slice(at + 1).map((b) => [a, b]));

// Of two losers nobody said which is better.
const outcome = (vote, a, b) => {
  if (!vote.won) return vote.choice === "tie" ? "ties" : "bad";
  return vote.choice === a ? "first" : vote.choice === b ? "second" : "";
};

// What is shown of them --------------------------------------------------------------------------

const made = (tag, text = "", about = {}) =>
  Object.assign(document.createElement(tag), { textContent: text }, about);

export function show() {
  const place = document.getElementById("tally");
  if (!place) return;
  const say = window.tagline.say, votes = read();
  const rows = standings(votes, place.dataset.task);
  const heading = made("h2", say("compare_votes"));
  const body = rows.length ? table(rows, say) : made("p", say("compare_none"), { className: "caption" });
  const tools = made("p", "", { className: "caption tools" });
  tools.append(made("span", say("compare_kept")));
  tools.append(button(say("compare_export"), () => save(read())));
  tools.append(button(say("compare_clear"), () => clear(say("compare_sure"))));
  place.replaceChildren(heading, body, ...(votes.length ? [tools] : []));
}

const button = (text, onclick) => made("button", text, { className: "plain", type: "button", onclick });

const table = (rows, say) => {
  const names = ["pair", "count", "first", "second", "ties", "bad", "rate"];
  const grid = made("table"), head = grid.createTHead().insertRow(), body = grid.createTBody();
  names.forEach((name) => head.append(made("th", say(`compare_${name}`), { scope: "col" })));
  for (const row of rows) {
    const line = body.insertRow(), pair = made("th", "", { scope: "row" });
    pair.append(made("span", `A ${row.a}`), made("span", `B ${row.b}`));
    line.append(pair);
    for (const each of [row.votes, row.first, row.second, row.ties, row.bad, rate(row)])
      line.append(made("td", each));
  }
  const frame = made("div", "", { className: "scroll", tabIndex: 0 });
  frame.setAttribute("role", "group");
  frame.setAttribute("aria-label", say("compare_votes"));
  frame.append(grid);
  return frame;
};

const rate = ({ first, second }) =>
  first + second ? `${Math.round((100 * first) / (first + second))} %` : "–";

const clear = (question) => {
  if (!window.confirm(question)) return;
  window.localStorage.removeItem(KEY);
  show();
};

// A cell that begins like a formula is none.
const cell = (value) => `"${String(value).replace(/^[=+\-@]/, "'$&").replaceAll('"', '""')}"`;

export function csv(votes) {
  const rows = votes.map(({ time, task, answers, choice }) => [time, task, answers.join(" | "), choice]);
  return [["time", "task", "answers", "choice"], ...rows]
    .map((row) => row.map(cell).join(",") + "\r\n")
    .join("");
}

const save = (votes) => {
  const file = new Blob([csv(votes)], { type: "text/csv" });
  const link = made("a", "", { href: URL.createObjectURL(file), download: "votes.csv" });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
};
