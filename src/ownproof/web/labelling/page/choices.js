// What may be answered: a button for each class with its key, a number, or the classes of spans and one to be done.

import { $, fill, h, key } from "./dom.js";

const MANY = 12;
const FEW_STEPS = 11;
const KEYS = "1234567890";

/** The answers of a number that has few steps; null where one types it. */
export function steps({ kind, low, high, step }) {
  if (kind !== "number" || low === null || high === null || !step) return null;
  const count = Math.round((high - low) / step) + 1;
  if (count > FEW_STEPS) return null;
  const values = Array.from({ length: count }, (_, i) => Number((low + i * step).toFixed(9)));
  const digits = values.every((v) => Number.isInteger(v) && v >= 0 && v <= 9);
  return values.map((value, i) => ({ value, name: value.toLocaleString("en"), key: digits ? String(value) : (KEYS[i] ?? "") }));
}

/** The dock's choices. given(value, name): one was chosen; done(): the spans are complete. */
export class Choices {
  constructor({ given, done, wrong }) {
    Object.assign(this, { given, done, wrong, place: $("choices"), buttons: [], field: null, find: null });
  }

  load(schema) {
    this.schema = schema;
    this.field = this.find = null;
    const few = steps(schema);
    this.all = few ?? schema.classes.map((c) => ({ value: c.name, name: c.name, key: c.key }));
    this.byKey = new Map(this.all.filter((c) => c.key).map((c) => [c.key, c]));
    if (schema.kind === "number" && !few) return this.number(schema);
    this.buttons = this.all.map((c, i) => this.button(c, i));
    const many = this.all.length > MANY;
    const box = h("div", { class: `choices${schema.kind === "spans" ? " spans" : ""}${many ? " many" : ""}${few ? " few" : ""}`, role: "group", "aria-label": schema.question }, this.buttons);
    fill(this.place, many ? this.finder() : null, box, schema.kind === "spans" ? this.ready() : null, few && schema.unit ? h("p", { class: "quiet" }, schema.unit) : null);
  }

  button(choice, at) {
    const about = { type: "button", class: this.schema.kind === "spans" ? `c${at % 10}` : null, "aria-pressed": "false", "aria-keyshortcuts": choice.key || null };
    const made = h("button", about, choice.key ? key(choice.key) : null, h("span", { dir: "auto" }, choice.name));
    if (this.schema.kind === "spans") made.addEventListener("pointerdown", (e) => e.preventDefault()); // the selection stays
    made.addEventListener("mousedown", (e) => this.schema.kind === "spans" && e.preventDefault());
    made.addEventListener("click", (e) => {
      this.given(choice);
      if (e.detail) made.blur();
    });
    return made;
  }

  ready() {
    this.whole = h("span", {}, "Nothing here");
    return h("button", { type: "button", class: "ready", onclick: () => this.done() }, this.whole, key("⏎"));
  }

  /** How many spans there are, on the button that says they are all. */
  count(n) {
    if (this.whole) this.whole.textContent = n === 0 ? "Nothing here" : n === 1 ? "Save 1 span" : `Save ${n} spans`;
  }

  finder() {
    this.find = h("input", { type: "search", placeholder: "Find a class", "aria-label": "Find a class", autocomplete: "off", spellcheck: "false" });
    const seen = () => this.buttons.filter((b) => !b.hidden);
    this.find.addEventListener("input", () => {
      const sought = this.find.value.trim().toLowerCase();
      this.all.forEach((c, i) => (this.buttons[i].hidden = !c.name.toLowerCase().includes(sought)));
      for (const b of this.buttons) b.classList.remove("next");
      if (sought) seen()[0]?.classList.add("next");
    });
    this.find.addEventListener("keydown", (e) => {
      if (e.key === "Enter" && this.find.value.trim()) seen()[0]?.click();
      else if (e.key === "Escape") this.clear();
      else return;
      e.preventDefault();
      e.stopPropagation();
    });
    return h("label", { class: "find" }, this.find, key("."));
  }

  clear() {
    if (!this.find) return;
    this.find.value = "";
    this.find.dispatchEvent(new Event("input"));
    this.find.blur();
  }

  number({ low, high, step, unit, question }) {
    const n = (v) => v.toLocaleString("en", { maximumFractionDigits: 9 });
    const limits = low !== null && high !== null ? `${n(low)} to ${n(high)}` : low !== null ? `${n(low)} or more` : high !== null ? `${n(high)} or less` : "any number";
    this.buttons = [];
    this.field = h("input", { type: "text", inputmode: "decimal", autocomplete: "off", "aria-label": question, "aria-describedby": "limits", id: "number" });
    this.field.addEventListener("input", () => this.refuse(""));
    this.limits = h("p", { id: "limits", class: "quiet" }, limits + (step ? `, in steps of ${n(step)}` : ""));
    const ready = h("button", { type: "button", class: "ready", onclick: () => this.typed() }, h("span", {}, "Save"), key("⏎"));
    fill(this.place, h("div", { class: "number" }, this.field, unit ? h("span", { class: "unit" }, unit) : null, ready, this.limits));
    this.told = this.limits.textContent;
  }

  refuse(words) {
    this.limits.textContent = words || this.told;
    this.limits.classList.toggle("wrong", Boolean(words));
    this.field.setAttribute("aria-invalid", String(Boolean(words)));
  }

  typed() {
    const { low, high, step } = this.schema;
    const said = this.field.value.trim().replace(/\s/g, "").replace(/,(\d{1,2}|\d{4,})$/, ".$1").replace(/[−–]/, "-");
    const value = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(said) ? Number(said) : NaN;
    const off = step && Math.abs((value - (low ?? 0)) / step - Math.round((value - (low ?? 0)) / step)) > 1e-6;
    if (!Number.isFinite(value)) return this.refuse(said ? "This is no number." : "Type a number, or skip the item.");
    if ((low !== null && value < low) || (high !== null && value > high) || off) return this.refuse(`It must be ${this.told}.`);
    this.given({ value, name: value.toLocaleString("en", { maximumFractionDigits: 9 }) });
  }

  /** What is given already: a name, a number, or null. */
  show(value, armed = null) {
    this.all.forEach((c, i) => this.buttons[i]?.setAttribute("aria-pressed", String(c.value === value || c.value === armed)));
    if (!this.field) return;
    this.field.value = value === null || value === undefined ? "" : String(value);
    this.refuse("");
    this.field.focus({ preventScroll: true });
    this.field.select();
  }

  /** The choice that a key gives. */
  of(pressed) {
    return this.byKey.get(pressed) ?? this.byKey.get(pressed.toLowerCase());
  }

  /** A moment's light on what was chosen. */
  flash(choice) {
    const button = this.buttons[this.all.indexOf(choice)];
    if (!button) return;
    button.classList.remove("hit");
    void button.offsetWidth; // begins the animation anew
    button.classList.add("hit");
  }
}
