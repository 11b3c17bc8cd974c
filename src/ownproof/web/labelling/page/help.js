// The keys, and how the page looks: light or dark, and the size of the text.

import { $, fill, h, key } from "./dom.js";

const SIZES = [16, 18, 20, 22, 25];
const root = document.documentElement;

function kept(name) {
  try {
    return localStorage.getItem(`ownproof-label-${name}`);
  } catch {
    return null;
  }
}

function keep(name, value) {
  try {
    localStorage.setItem(`ownproof-label-${name}`, value);
  } catch {
    // this browser keeps nothing; the page still changes
  }
}

function theme(said) {
  if (said === "light" || said === "dark") root.dataset.theme = said;
  else delete root.dataset.theme;
}

function size(at) {
  root.style.setProperty("--text", `${SIZES[at] / 16}rem`);
}

let sized = Math.max(0, Math.min(SIZES.length - 1, Number(kept("size") ?? 1)));
theme(kept("theme"));
size(sized);

function appearance() {
  const now = root.dataset.theme ?? "system";
  const button = (said, words) => {
    const made = h("button", { type: "button", "aria-pressed": String(said === now), onclick: () => {
      keep("theme", said);
      theme(said);
      for (const each of made.parentElement.children) each.setAttribute("aria-pressed", String(each === made));
    } }, words);
    return made;
  };
  const change = (by) => () => {
    sized = Math.max(0, Math.min(SIZES.length - 1, sized + by));
    keep("size", sized);
    size(sized);
  };
  return h("div", { class: "looks" },
    h("div", { class: "set", role: "group", "aria-label": "Light or dark" }, button("system", "As the system"), button("light", "Light"), button("dark", "Dark")),
    h("div", { class: "set", role: "group", "aria-label": "Size of the text" }, h("button", { type: "button", "aria-label": "Smaller text", onclick: change(-1) }, "A−"), h("button", { type: "button", "aria-label": "Larger text", onclick: change(1) }, "A+")));
}

const SPANS = [
  [["←", "→"], "choose a word"], [["⇧ ←", "⇧ →"], "choose more words"], [["↑", "↓"], "a line up or down"],
  [["⌥⇧ ←", "⌥⇧ →"], "character by character (Alt on most keyboards)"], [["class’s key"], "mark what is chosen; without a choice, mark what is selected next"],
  [["⌫"], "delete the span"], [["⏎"], "save, and on to the next item"],
];

/** Open the help. */
export function helped(schema) {
  const dialog = $("help");
  const spans = schema?.kind === "spans";
  const typed = schema?.kind === "number" && !$("choices").querySelector(".choices");
  const rows = [
    ...(spans ? SPANS : typed ? [[["⏎"], "save the number, and on to the next item"]] : [[["class’s key"], "answer, and on to the next item"]]),
    [["U"], spans ? "take back the last mark, else the last answer" : "take back the last answer"],
    [["S"], "skip, with a reason"],
    [spans || typed ? ["PgUp", "PgDn"] : ["←", "→"], "the item before, the next one"],
    [[","], "a note on the item"],
    [["/"], "search the guide"],
    [["⇧ class’s key"], "what the guide says of a class"],
    [["."], "find a class by its name, where there are many"],
    [["Space"], "scroll a long item"],
    [["?"], "this"],
  ];
  fill(dialog, h("h2", {}, "Keys"), h("dl", { class: "keys" }, rows.flatMap(([keys, words]) => [h("dt", {}, keys.map((k) => key(k))), h("dd", {}, words)])),
    h("h2", {}, "Appearance"), appearance(),
    h("p", { class: "quiet" }, "Every answer is saved at once. If the server cannot be reached, answers wait in this browser and are sent later, also after it was closed."),
    h("p", { class: "buttons" }, h("button", { type: "button", class: "ready", onclick: () => dialog.close() }, "Back to work ", key("Esc"))));
  dialog.showModal();
}
