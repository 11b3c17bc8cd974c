// The labelling page: one item, the guide beside it, a key for each answer.

import { Choices } from "./choices.js";
import { $, fill, h, key, plural, short } from "./dom.js";
import { Guide } from "./guide.js";
import { helped } from "./help.js";
import { Outbox } from "./outbox.js";
import { lines } from "./points.js";
import { Spans } from "./spans.js";

const AHEAD = 40;
const KEPT = 600;
const BOUNCE_MS = 120; // nobody reads an item in less: a key that bounced, or was hit twice
const PULSE_MS = 30000;
const PACE = 30;

const page = {
  api: "", schema: null, states: [], recent: [], cache: new Map(), at: -1, item: null, total: 0,
  seconds: [], since: 0, looked: 0, guideHash: "", schemaHash: "", asked: new Map(), channel: null, said: "",
}; // fmt: skip

const guide = new Guide();
const choices = new Choices({ given: chosen, done: () => spansDone(), wrong: say });
const spans = new Spans({ changed: spansChanged, say });
let outbox = null;

// ------------------------------------------------------------ asking the server
async function ask(path, body) {
  const about = { credentials: "same-origin", cache: "no-store" };
  if (body) Object.assign(about, { method: "POST", keepalive: JSON.stringify(body).length < 60000, headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  const answer = await fetch(path, about);
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw Object.assign(new Error(told.error ?? answer.statusText), { status: answer.status });
  return told;
}

async function begin() {
  const token = decodeURIComponent(location.hash.slice(1));
  if (token) return enter(token);
  const seat = location.pathname.match(/^\/as\/([^/]+)$/);
  if (!seat) return door("Open the link that you were sent, or put it in here.");
  page.api = `/api/as/${seat[1]}`;
  try {
    await open();
  } catch (why) {
    if (why.status === 401) door("The link that you used before has ended. Put the new one in here.");
    else {
      message("The server does not answer", "This page tries again by itself.");
      setTimeout(begin, 3000);
    }
  }
}

async function enter(token) {
  try {
    const told = await ask("/api/enter", { token });
    history.replaceState(null, "", told.page);
    if (told.rater === null) location.reload();
    else await begin();
  } catch (why) {
    history.replaceState(null, "", "/");
    door(why.status ? why.message : "The server does not answer.");
  }
}

function door(words) {
  const field = h("input", { type: "text", autocomplete: "off", spellcheck: "false", "aria-label": "Your link" });
  const form = h("form", { class: "door" }, field, h("button", { type: "submit", class: "ready" }, "Enter"));
  form.addEventListener("submit", (e) => {
    e.preventDefault();
    const said = field.value.trim();
    if (said) enter(said.includes("#") ? said.split("#").pop() : said);
  });
  message("Labelling", words, form);
  field.focus();
}

function message(head, words, ...more) {
  for (const id of ["work", "top", "guide"]) $(id).hidden = id !== "top" || !page.schema;
  $("message").hidden = false;
  fill($("message").firstElementChild, h("h1", {}, head), words ? h("p", {}, words) : null, more);
}

// ------------------------------------------------------------ the desk
async function open() {
  const desk = await ask(`${page.api}/desk`);
  const name = `${desk.folder}/${desk.rater}`;
  if (!outbox || outbox.desk !== name) {
    outbox = new Outbox(name, sent, shipped);
    for (const row of await outbox.open()) page.asked.set(row.id, row);
    page.channel = new BroadcastChannel(`ownproof-label ${name}`);
    page.channel.onmessage = ({ data }) => elsewhere(data);
  }
  page.cache.clear();
  take(desk);
  $("folder").textContent = desk.name;
  $("rater").textContent = desk.rater;
  document.title = `${desk.rater} · ${desk.name}`;
  $("top").hidden = false;
  await overlay(await outbox.all());
  outbox.flush();
  const first = page.at >= 0 && page.at < page.total ? page.at : page.states.indexOf(".");
  if (first >= 0) await show(first);
  else finished();
}

function take(desk) {
  const { schema, states, recent, guide: text } = desk;
  page.states = Array.from(states);
  page.total = page.states.length;
  page.recent = recent;
  page.guideHash = desk.guide_hash;
  const changed = desk.schema_hash !== page.schemaHash;
  page.schemaHash = desk.schema_hash;
  page.schema = schema;
  $("question").textContent = schema.question;
  if (changed) {
    choices.load(schema);
    document.body.dataset.kind = schema.kind;
  }
  guide.load(text, schema.classes.map((c) => c.name), schema.classes.map((c) => c.key));
}

/** What waits to be sent counts as given already. */
async function overlay(rows) {
  for (const row of rows) {
    if (row.place >= 0 && row.place < page.total) page.states[row.place] = row.undo ? "." : row.skip !== undefined ? "s" : "a";
    if (!row.undo) page.recent.push(row.place);
  }
}

async function sent(answers) {
  const told = await ask(`${page.api}/answers`, { answers: answers.map(({ place, ...rest }) => rest) });
  if (told.refused.length) say(`The server did not take ${plural(told.refused.length, "answer", "answers")}: ${told.refused[0].why}`);
  for (const id of [...told.taken, ...told.refused.map((r) => r.id)]) page.asked.delete(id);
  pulse(told);
  return told;
}

/** Something changed on the server: a guide, new items, or an answer given at another place. */
function pulse(told) {
  const here = page.states.filter((s) => s !== ".").length;
  const other = told.total !== page.total || told.schema_hash !== page.schemaHash || told.guide_hash !== page.guideHash;
  if (other || (!page.asked.size && told.answered + told.skipped !== here)) renew(other);
}

async function renew(other) {
  const desk = await ask(`${page.api}/desk`).catch(() => null);
  if (!desk || page.asked.size) return;
  const before = { guide: page.guideHash, schema: page.schemaHash, total: page.total };
  take(desk);
  if (other && before.guide !== page.guideHash) say("The guide has changed.");
  if (before.schema !== page.schemaHash) {
    page.cache.clear();
    if (page.at >= 0 && page.at < page.total) show(page.at);
  }
  if (page.at < 0 && page.states.includes(".")) show(page.states.indexOf("."));
  figures();
}

function elsewhere({ place, state, words }) {
  page.states[place] = state;
  page.cache.delete(place);
  if (place === page.at && state !== ".") {
    given(`Answered in another window: ${words}`);
  }
  figures();
}

setInterval(() => {
  outbox?.flush();
  if (page.api && outbox && !document.hidden) ask(`${page.api}/pulse`).then(pulse, () => {});
}, PULSE_MS);

// ------------------------------------------------------------ items
async function fetched(places) {
  const missing = places.filter((p) => p >= 0 && p < page.total && !page.cache.has(p));
  if (!missing.length) return;
  const told = await ask(`${page.api}/items?at=${missing.join(",")}`);
  for (const item of told.items) page.cache.set(item.at, item);
  for (const old of page.cache.keys()) {
    if (page.cache.size <= KEPT) break;
    if (old !== page.at) page.cache.delete(old);
  }
}

/** The open places that come next, from one on. */
function coming(from, count) {
  const found = [];
  for (let i = 0; i < page.total && found.length < count; i++) {
    const place = (from + i) % page.total;
    if (page.states[place] === ".") found.push(place);
  }
  return found;
}

function prefetch() {
  const near = coming(page.at + 1, AHEAD);
  if (near.slice(0, AHEAD / 2).some((p) => !page.cache.has(p))) fetched(near).catch(() => {});
}

async function show(place) {
  page.at = place;
  page.item = null;
  if (!page.cache.has(place)) {
    const late = setTimeout(() => page.at === place && message("One moment", "The next item is on its way."), 300);
    while (!page.cache.has(place)) {
      try {
        await fetched([place, ...coming(place + 1, 9)]);
      } catch (why) {
        if (why.status === 401) return door("The link that you used has ended. Put the new one in here.");
        await new Promise((again) => setTimeout(again, 1500));
      }
      if (page.at !== place) return clearTimeout(late);
    }
    clearTimeout(late);
  }
  draw(page.cache.get(place));
  prefetch();
}

function draw(item) {
  page.item = item;
  $("message").hidden = true;
  $("work").hidden = false;
  $("top").hidden = false;
  if (!narrow()) $("guide").hidden = false;
  const { kind } = page.schema;
  const text = $("text");
  text.hidden = item.text === null;
  $("aside").hidden = true;
  const value = item.given?.value ?? null;
  if (kind === "spans") spans.load(item.text ?? "", value ?? [], page.schema);
  else fill(text, lines(item.text ?? "").map(([start, end]) => h("div", { class: "line", dir: "auto" }, item.text?.slice(start, end))));
  text.classList.toggle("many", text.childElementCount > 200);
  text.classList.toggle("long", (item.text ?? "").length > 700);
  fields(item.fields, item.text !== null);
  const field = $("note").querySelector("input");
  field.value = item.given?.note ?? "";
  $("note").hidden = !field.value;
  given(item.given?.skip !== undefined ? `Skipped: ${item.given.skip}` : "");
  $("item").scrollTop = 0;
  choices.show(kind === "spans" ? null : value);
  choices.count(value?.length ?? 0);
  if (kind === "spans") restore(item);
  page.looked = 0;
  page.since = performance.now();
  page.shown = page.since;
  figures();
}

function fields(said, under) {
  const rows = Object.entries(said).flatMap(([name, value]) => [
    h("dt", { dir: "auto" }, name),
    value === null || value === "" ? h("dd", { class: "quiet" }, "empty") : h("dd", { dir: "auto" }, typeof value === "object" ? JSON.stringify(value) : String(value)),
  ]);
  $("fields").hidden = !rows.length;
  $("fields").classList.toggle("under", under);
  fill($("fields"), rows);
}

function given(words) {
  $("given").hidden = !words;
  $("given").textContent = words;
}

/** Seconds that the item was looked at: not those in which the page was hidden. */
function seconds() {
  return (page.looked + (document.hidden ? 0 : performance.now() - page.since)) / 1000;
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) page.looked += performance.now() - page.since;
  else page.since = performance.now();
});

// ------------------------------------------------------------ answering
const opening = Array.from(crypto.getRandomValues(new Uint8Array(9)), (b) => b.toString(16).padStart(2, "0")).join("");
let number = 0;

/** The name of an answer: of this window, and its number there. */
const newId = () => `${opening}-${++number}`;

function give(body, words) {
  const { at, item } = page;
  if (!item || performance.now() - page.shown < BOUNCE_MS) return false;
  const note = $("note").querySelector("input").value.trim();
  const took = Math.min(seconds(), 86400);
  post({ id: newId(), item: item.item, place: at, ...body, note, seconds: Number(took.toFixed(2)), guide: page.guideHash });
  item.given = body.skip !== undefined ? { skip: body.skip, note } : { value: body.value, note };
  page.recent.push(at);
  page.seconds = [...page.seconds.slice(1 - PACE), took];
  tell(at, body.skip !== undefined ? "s" : "a", words);
  receipt(words, item);
  outbox.keepDraft(item.item, null);
  $("live").textContent = `${words}. ${counted()}`;
  onward(at);
  return true;
}

function post(answer) {
  page.asked.set(answer.id, answer);
  if ($("state").dataset.state === "kept") $("state").dataset.state = "sending";
  outbox.put(answer);
}

function tell(place, state, words) {
  page.states[place] = state;
  page.channel.postMessage({ place, state, words });
}

function onward(from) {
  choices.clear();
  if (document.activeElement?.closest("#note, #choices .find")) document.activeElement.blur();
  const next = coming(from + 1, 1)[0];
  if (next === undefined) finished();
  else if (page.cache.has(next)) {
    page.at = next;
    draw(page.cache.get(next));
    prefetch();
  } else show(next);
}

function chosen(choice) {
  if (page.schema.kind === "spans") {
    spans.mark(choice.value);
    choices.flash(choice);
  } else if (give({ value: choice.value }, choice.name)) choices.flash(choice);
}

function spansDone() {
  const value = spans.value();
  give({ value }, value.length ? plural(value.length, "span", "spans") : "nothing here");
}

function spansChanged() {
  choices.count(spans.spans.length);
  choices.show(spans.spans[spans.active]?.label ?? null, spans.armed);
  const open = spans.before.length || (spans.spans.length && !page.item?.given);
  if (page.item) outbox.keepDraft(page.item.item, open ? { value: spans.value(), text: spans.text.length } : null);
}

async function restore(item) {
  const draft = await outbox.draft(item.item);
  if (!draft || page.item !== item || draft.text !== item.text.length || spans.before.length) return;
  spans.load(item.text, draft.value, page.schema);
  spans.before.push([]);
  choices.count(draft.value.length);
}

/** Take back: the last change of the spans, else the last answer. */
function undo() {
  if (page.schema.kind === "spans" && page.item && spans.undo()) return;
  const place = page.recent.pop();
  if (place === undefined) return say("Nothing to take back.");
  const item = page.cache.get(place);
  if (page.states[place] === ".") return undo();
  back(place, item);
}

async function back(place, known) {
  if (!known) await fetched([place]).catch(() => {});
  const item = known ?? page.cache.get(place);
  if (!item) return say("The server does not answer; try again in a moment.");
  post({ id: newId(), item: item.item, place, undo: true });
  const kept = item.given?.value;
  delete item.given;
  tell(place, ".", "");
  await show(place);
  if (page.schema.kind === "spans" && kept?.length && page.item === item) {
    spans.load(item.text, kept, page.schema);
    spansChanged();
  }
  fill($("receipt"), "Taken back. Answer it again, or go on with ", key("→"));
  $("live").textContent = "Taken back.";
}

function receipt(words, item) {
  const about = item.text ?? Object.values(item.fields).join(" · ");
  fill($("receipt"), h("b", {}, `✓ ${words}`), " ", h("bdi", {}, short(about.slice(0, 200).replace(/\s+/g, " "), 60)));
}

/** A word to the rater, where receipts stand. */
function say(words) {
  fill($("receipt"), words ? h("b", { class: "said" }, words) : "");
  $("live").textContent = words;
}

function step(by) {
  if (page.at < 0) {
    if (by < 0 && page.total) show(page.total - 1);
    return;
  }
  const to = page.at + by;
  if (to >= 0 && to < page.total) show(to);
  else say(by < 0 ? "This is the first item." : "This is the last item.");
}

function note() {
  const box = $("note");
  box.hidden = false;
  box.querySelector("input").focus();
  box.scrollIntoView({ block: "nearest" });
}

function skip() {
  if (!page.item) return;
  const dialog = $("reasons");
  const reasons = page.schema.skip_reasons.length ? page.schema.skip_reasons : ["cannot tell"];
  const pick = (reason) => {
    dialog.close();
    give({ skip: reason }, `skipped: ${reason}`);
  };
  fill(dialog, h("h2", {}, "Why do you skip it?"), h("div", { class: "choices" }, reasons.map((r, i) => h("button", { type: "button", onclick: () => pick(r) }, i < 9 ? key(String(i + 1)) : null, h("span", {}, r)))),
    h("p", { class: "quiet" }, key("Esc"), " goes back to the item"));
  dialog.onkeydown = (e) => {
    const reason = /^[1-9]$/.test(e.key) && !e.repeat && reasons[Number(e.key) - 1];
    if (!reason) return;
    e.preventDefault();
    e.stopPropagation();
    pick(reason);
  };
  dialog.showModal();
}

function finished() {
  page.at = -1;
  page.item = null;
  const skipped = page.states.filter((s) => s === "s").length;
  const again = skipped ? h("button", { type: "button", onclick: () => show(page.states.indexOf("s")) }, `Look at the ${skipped} skipped`) : null;
  const undone = h("button", { type: "button", onclick: undo }, "Undo ", key("U"));
  if (page.total) message("All done", `All ${plural(page.total, "item is", "items are")} answered. Thank you. New items show up here by themselves.`, h("p", { class: "buttons" }, again, undone));
  else message("Nothing here yet", "No items are waiting for you. They show up here by themselves.");
  figures();
}

// ------------------------------------------------------------ figures at the top
const counted = () => `${page.states.filter((s) => s !== ".").length.toLocaleString("en")} of ${page.total.toLocaleString("en")}`;

function figures() {
  const done = page.states.filter((s) => s !== ".").length;
  $("progress").firstElementChild.style.inlineSize = `${page.total ? (100 * done) / page.total : 0}%`;
  $("count").textContent = counted();
  const sorted = [...page.seconds].sort((a, b) => a - b);
  const pace = sorted.length >= 5 ? sorted[sorted.length >> 1] : null;
  const left = pace === null ? 0 : ((page.total - done) * pace) / 60;
  const time = left < 1 ? "under a minute" : left < 90 ? `${Math.round(left)} min` : `${(left / 60).toFixed(1)} h`;
  $("pace").textContent = pace === null || done === page.total ? "" : `${pace.toFixed(1)} s each · ${time} left`;
}

function shipped(state, waiting) {
  const words = { kept: "Saved", waiting: plural(waiting, "answer waits", "answers wait"), closed: "Your link has ended" };
  const box = $("state").lastElementChild;
  if (page.said !== words[state]) fill(box, words[state], state === "waiting" ? h("span", { class: "more" }, " in this browser") : null);
  $("state").dataset.state = state;
  page.said = words[state];
}

addEventListener("beforeunload", (e) => {
  if (outbox?.memory.length) e.preventDefault(); // this browser keeps nothing: they would be gone
});

// ------------------------------------------------------------ keys and buttons
const narrow = () => matchMedia("(max-width: 860px)").matches;

function toggleGuide(open = $("guide").hidden) {
  $("guide").hidden = !open;
  $("show-guide").setAttribute("aria-expanded", String(open));
}

function showRule(event) {
  const plainKey = event.code.startsWith("Digit") ? event.code.slice(5) : event.key.toLowerCase();
  const choice = event.shiftKey && !choices.byKey.has(event.key) ? choices.byKey.get(plainKey) : null;
  if (!choice) return false;
  toggleGuide(true);
  if (!guide.show(choice.name)) say(`The guide has no section on ${choice.name}.`);
  return true;
}

const ACTIONS = {
  u: undo,
  s: skip,
  ",": note,
  ".": () => choices.find?.focus(),
  "?": () => helped(page.schema),
  "/": () => {
    toggleGuide(true);
    $("search").focus();
    $("search").select();
  },
  PageUp: () => step(-1),
  PageDown: () => step(1),
};

function scrolled(event) {
  if (event.key !== " " || event.target.closest?.("button, input, summary")) return false;
  $("item").scrollBy({ top: (event.shiftKey ? -0.8 : 0.8) * $("item").clientHeight });
  return true;
}

/** Keys in a field belong to it; those that leave a number's field, and the end of a note, are ours. */
function inField(event) {
  const field = event.target.closest?.("input");
  if (!field) return false;
  if (field === choices.field) {
    if (event.key === "Enter") choices.typed();
    else if (event.key === "Escape") field.blur();
    else if (/^[us?/]$/i.test(event.key) || event.key.startsWith("Page")) return false;
    else return true;
    event.preventDefault();
  } else if (field.closest("#note") && (event.key === "Enter" || event.key === "Escape")) {
    field.blur();
    event.preventDefault();
  }
  return true;
}

document.addEventListener("keydown", (event) => {
  const chord = event.ctrlKey || event.metaKey;
  if (event.isComposing || (chord && !event.getModifierState("AltGraph")) || document.querySelector("dialog[open]") || !page.schema) return;
  if (event.key === "?" && !event.target.closest?.("input:not(#number)")) {
    event.preventDefault();
    return helped(page.schema);
  }
  if (page.at < 0 && !["u", "U", "ArrowLeft", "PageUp"].includes(event.key)) return;
  if (inField(event)) return;
  if (pressed(event)) event.preventDefault();
});

function pressed(event) {
  const { kind } = page.schema;
  if (event.target.closest?.("button") && (event.key === "Enter" || event.key === " ")) return false;
  if (kind === "spans" && page.item && spans.press(event)) return true;
  if (event.altKey && !event.getModifierState("AltGraph")) return false;
  const act = ACTIONS[event.key] ?? ACTIONS[event.key.toLowerCase()];
  if (act) {
    if (!event.repeat || event.key.startsWith("Page")) act();
    return true;
  }
  if (kind !== "spans" && (event.key === "ArrowLeft" || event.key === "ArrowRight")) {
    step(event.key === "ArrowLeft" ? -1 : 1);
    return true;
  }
  if (kind === "spans" && event.key === "Enter") {
    if (!event.repeat) spansDone();
    return true;
  }
  if (scrolled(event)) return true;
  if (event.key.length !== 1) return false;
  if (showRule(event)) return true;
  const choice = choices.of(event.key);
  if (choice && !event.repeat) chosen(choice);
  return Boolean(choice);
}

$("undo").addEventListener("click", undo);
$("skip").addEventListener("click", skip);
$("noted").addEventListener("click", note);
$("back").addEventListener("click", () => step(-1));
$("forth").addEventListener("click", () => step(1));
$("show-help").addEventListener("click", () => helped(page.schema));
$("show-guide").addEventListener("click", () => toggleGuide());
$("hide-guide").addEventListener("click", () => toggleGuide(false));

begin();
