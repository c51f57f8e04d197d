// The votes: where they are kept, and what becomes of each.
// Opened from disk, this browser keeps them. Served by `make vote`, they are lines of a file beside the report.
const page = JSON.parse(document.getElementById("data").textContent);
const pairs = new Map(page.pairs.map((one) => [one.pair, one]));
const served = location.protocol.startsWith("http");
const keyOf = (voter) => `cutoutbench votes of ${page.dataset} by ${voter}`;
const LAST_VOTER = "cutoutbench voter";

let voter = "";
let votes = []; // in the order in which they were given; those of pairs that are not on this page too
let unsent = []; // of them and of undone ones, for the server
let kept = ""; // what went wrong with keeping them, empty if nothing did

function recall(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // switched off by the user
  }
}

function remember() {
  try {
    localStorage.setItem(keyOf(voter), JSON.stringify(votes));
    localStorage.setItem(LAST_VOTER, voter);
    kept = "";
  } catch {
    kept = "This browser keeps nothing: save a file before you close the page.";
  }
}

async function enter(name) {
  voter = name;
  votes = [];
  const stored = served ? await fetchVotes() : JSON.parse(recall(keyOf(voter)) ?? "[]");
  for (const vote of stored) {
    votes = votes.filter((one) => one.pair !== vote.pair);
    if (vote.choice !== "undone") votes.push(vote);
  }
  if (!served) remember();
}

async function fetchVotes() {
  const answer = await fetch(`votes?voter=${encodeURIComponent(voter)}`, { cache: "no-store" });
  if (!answer.ok) throw new Error(`the server answers ${answer.status}`);
  return answer.json();
}

function cast(vote) {
  votes.push(vote);
  keep(vote);
}

function takeBack() {
  const vote = votes.pop();
  if (vote) keep({ ...vote, choice: "undone", at: now() });
  return vote;
}

function keep(vote) {
  if (!served) return remember();
  unsent.push(vote);
  send();
}

// It outlives the page, which may be closed right after a vote.
const post = (vote) => fetch("votes", {
  method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(vote), keepalive: true,
});

let sending = false;

// One after the other, so that the file has them in their order. What fails is sent with the next vote.
async function send() {
  document.body.dataset.unsent = unsent.length;
  if (sending) return;
  sending = true;
  try {
    while (unsent.length) {
      const answer = await post(unsent[0]);
      if (!answer.ok) throw new Error(await answer.text());
      unsent.shift();
    }
    kept = "";
  } catch (error) {
    kept = `${unsent.length} not stored yet (${error.message}). Is make vote still running?`;
  } finally {
    sending = false;
    document.body.dataset.unsent = unsent.length;
    tell();
  }
}
addEventListener("pagehide", () => unsent.forEach(post)); // a vote that is stored twice counts once

const now = () => new Date().toISOString();
const judged = () => new Set(votes.map((vote) => vote.pair));
const left = () => {
  const done = judged();
  return page.pairs.filter((one) => !done.has(one.pair));
};

function exportFile() {
  const content = { format: "cutoutbench votes 1", dataset: page.dataset, voter, votes };
  const safe = voter.replace(/[^\p{L}\p{N}._+-]+/gu, "-");
  const url = URL.createObjectURL(new Blob([`${JSON.stringify(content, null, 1)}\n`], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = `votes-${page.file}-${safe}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
  return link.download;
}
