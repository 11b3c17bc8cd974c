// The lead's page: how far everybody is, and what they wrote.

import "./help.js";
import { $, fill, h } from "./dom.js";

const EVERY_MS = 10000;
const n = (v) => v.toLocaleString("en");
const share = (part, all) => (all ? `${Math.round((100 * part) / all)} %` : "–");

function ago(at, now) {
  if (at === null) return "not yet";
  const s = Math.max(0, now - at);
  if (s < 90) return "just now";
  if (s < 5400) return `${Math.round(s / 60)} min ago`;
  if (s < 129600) return `${Math.round(s / 3600)} h ago`;
  return `${Math.round(s / 86400)} days ago`;
}

function left(rater) {
  const open = rater.total - rater.answered - rater.skipped;
  if (!open) return "done";
  if (rater.seconds === null) return "";
  const min = (open * rater.seconds) / 60;
  return min < 90 ? `${Math.max(1, Math.round(min))} min` : `${(min / 60).toFixed(1)} h`;
}

function bar(part, all, class_ = "") {
  const inner = h("i");
  inner.style.inlineSize = `${all ? (100 * part) / all : 0}%`;
  return h("span", { class: `bar ${class_}`, role: "img", "aria-label": `${n(part)} of ${n(all)}` }, inner);
}

const tile = (name, value, note, tone = null) => h("div", { class: tone }, h("dt", {}, name), h("dd", {}, h("b", {}, value), h("span", {}, note)));

function agreement(told) {
  const { double } = told;
  const found = told.agreement;
  if (found && found.value !== null) {
    const tone = { go: "good", stop: "bad", more: "unsure" }[found.decision];
    const words = { go: "agreed: go on", stop: "not agreed: talk it over, sharpen the guide", more: `rate ${n(found.needed ?? 0)} items more twice` }[found.decision];
    const ends = found.low === null ? "" : `${found.low.toFixed(2)} to ${found.high.toFixed(2)} on ${n(found.items)} items; `;
    return tile(found.title, found.value.toFixed(2), ends + words, tone);
  }
  return tile("Same answer", share(double.equal, double.rated), double.rated ? `on ${n(double.equal)} of ${n(double.rated)} items rated twice` : "nothing is rated twice yet");
}

function table(heads, rows) {
  return h("div", { class: "scroll" }, h("table", {}, h("thead", {}, h("tr", {}, heads.map((t) => h("th", { scope: "col" }, t)))), h("tbody", {}, rows)));
}

function shown(told) {
  document.title = `Overview · ${told.name}`;
  $("title").textContent = told.name;
  $("question").textContent = told.question;
  fill($("tiles"),
    tile("Items with an answer", n(told.labelled), `of ${n(told.items)}`),
    tile("Rated twice", n(told.double.rated), `of ${n(told.double.wanted)} that are to be`),
    agreement(told),
    tile("Disputes open", n(told.open), told.open ? "ownproof label adjudicate DIR" : "nothing to decide"));
  const raters = told.raters.map((r) => h("tr", {},
    h("th", { scope: "row" }, h("bdi", {}, r.rater)),
    h("td", { class: "wide" }, bar(r.answered + r.skipped, r.total)),
    h("td", {}, `${n(r.answered)} of ${n(r.total)}`), h("td", {}, r.skipped ? n(r.skipped) : "–"),
    h("td", {}, r.seconds === null ? "–" : `${r.seconds.toFixed(1)} s`), h("td", {}, left(r)), h("td", {}, ago(r.last, told.now))));
  fill($("raters"), h("h2", {}, "Raters"), table(["", "", "answered", "skipped", "each", "left", "last answer"], raters));
  const most = Math.max(1, ...told.values.map((v) => v.count));
  const all = told.values.reduce((sum, v) => sum + v.count, 0);
  const classes = told.values.map((v) => h("tr", {}, h("th", { scope: "row" }, h("bdi", {}, v.name)), h("td", { class: "wide" }, bar(v.count, most, "plain-bar")), h("td", {}, n(v.count)), h("td", {}, share(v.count, all))));
  $("classes").hidden = !classes.length;
  fill($("classes"), h("h2", {}, "Classes"), table(["", "", "given", "share"], classes));
  const remarks = told.remarks.map((r) => h("li", {},
    h("p", {}, h("b", {}, h("bdi", {}, r.rater)), ` ${ago(r.at, told.now)}`, r.skip !== null ? h("em", {}, `skipped: ${r.skip}`) : null),
    r.note ? h("p", { class: "note", dir: "auto" }, r.note) : null, h("p", { class: "quiet", dir: "auto" }, r.text)));
  $("remarks").hidden = !remarks.length;
  fill($("remarks"), h("h2", {}, "Skips and notes"), h("p", { class: "quiet" }, "What raters could not decide is what the guide does not say yet."), h("ul", {}, remarks));
  $("when").textContent = "Up to date. This page renews itself.";
}

async function look() {
  try {
    const answer = await fetch("/api/lead/overview", { credentials: "same-origin", cache: "no-store" });
    if (answer.status === 401) {
      $("when").textContent = "";
      $("question").textContent = "Open the link of the lead that was shown when the tokens were made.";
      return;
    }
    if (!answer.ok) throw new Error(answer.statusText);
    shown(await answer.json());
  } catch {
    $("when").textContent = "The server does not answer; this page tries again.";
  }
  setTimeout(look, EVERY_MS);
}

look();
