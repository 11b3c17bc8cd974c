// Stretches of a text: chosen by words with keys or the mouse, marked with a class, never overlapping unless they may.

import { $, fill, h, key, short } from "./dom.js";
import { lines, Points, snapped, wordAt, words } from "./points.js";

const LOST_MS = 800;

export class Spans {
  /** changed(): after every change; say(words): told to the rater. */
  constructor({ changed, say }) {
    Object.assign(this, { changed, say, box: $("text"), spans: [], before: [], active: -1, armed: null, last: null });
    document.addEventListener("selectionchange", () => this.noticed());
    this.box.addEventListener("mouseup", (e) => this.released(e));
    this.box.addEventListener("click", (e) => this.clicked(e));
  }

  /** spans: as they are stored, in characters. */
  load(text, spans, schema) {
    Object.assign(this, { text, schema, before: [], active: -1, armed: null, last: null, anchor: -1, head: -1 });
    this.points = new Points(text);
    this.words = words(text);
    this.lines = lines(text).map(([start, end]) => ({ start, end, drawn: null, box: h("div", { class: "line", dir: "auto" }) }));
    fill(this.box, this.lines.map((l) => l.box));
    this.names = schema.classes.map((c) => c.name);
    this.spans = spans.map((s) => ({ start: this.points.toUnit(s.start), end: this.points.toUnit(s.end), label: s.label }));
    this.draw();
  }

  /** The spans as they are stored. */
  value() {
    return this.sorted().map((s) => ({ start: this.points.toPoint(s.start), end: this.points.toPoint(s.end), label: s.label }));
  }

  sorted() {
    return [...this.spans].sort((a, b) => a.start - b.start || a.end - b.end);
  }

  // ------------------------------------------------------------ what is shown
  /** Draw the lines in which something changed. */
  draw() {
    const active = this.spans[this.active];
    for (const line of this.lines) {
      const here = this.spans.filter((s) => s.start < line.end && line.start < s.end);
      const drawn = here.map((s) => `${s.start} ${s.end} ${s.label} ${s === active}`).join("|");
      if (drawn === line.drawn) continue;
      line.drawn = drawn;
      const cuts = new Set([line.start, line.end]);
      for (const s of here) for (const end of [s.start, s.end]) if (end > line.start && end < line.end) cuts.add(end);
      const ends = [...cuts].sort((a, b) => a - b);
      fill(line.box, ends.slice(1).map((end, i) => this.piece(ends[i], end)));
    }
    this.nodes = null;
    this.list();
  }

  piece(start, end) {
    const over = this.spans.filter((s) => s.start <= start && s.end >= end);
    const text = this.text.slice(start, end);
    if (!over.length) return document.createTextNode(text);
    const top = over.reduce((a, b) => (b.end - b.start < a.end - a.start ? b : a));
    const ending = over.filter((s) => s.end === end).map((s) => s.label);
    const mark = h("mark", { class: `c${this.names.indexOf(top.label) % 10}` }, text);
    if (over.length > 1) mark.classList.add("twice");
    if (top.start === start) mark.classList.add("first");
    if (ending.length) mark.dataset.label = ending.join(" · ");
    if (over.includes(this.spans[this.active])) mark.classList.add("active");
    return mark;
  }

  list() {
    const row = (s) => {
      const at = this.spans.indexOf(s);
      const words = short(this.text.slice(s.start, s.end).replace(/\s+/g, " "), 40);
      return h("li", { class: `c${this.names.indexOf(s.label) % 10}${at === this.active ? " active" : ""}` },
        h("button", { type: "button", class: "pick", onclick: () => this.activate(at) }, h("b", {}, s.label), h("bdi", {}, words)),
        h("button", { type: "button", class: "drop", "aria-label": `Delete ${s.label}: ${words}`, onclick: () => this.remove(at) }, "✕"));
    };
    const aside = $("aside");
    aside.hidden = false;
    if (this.spans.length) fill(aside, h("ul", { class: "marked" }, this.sorted().map(row)));
    else fill(aside, h("p", { class: "quiet" }, "Nothing is marked. Select words (", key("⇧"), " ", key("→"), " or the mouse), then press a class’s key."));
  }

  // ------------------------------------------------------------ the selection, in units of the text
  textNodes() {
    if (!this.nodes) {
      const walker = document.createTreeWalker(this.box, NodeFilter.SHOW_TEXT);
      this.nodes = [];
      for (let at = 0; walker.nextNode(); at += walker.currentNode.length) this.nodes.push([walker.currentNode, at]);
    }
    return this.nodes;
  }

  offset(node, inside) {
    if (node.nodeType === Node.TEXT_NODE) return (this.textNodes().find(([n]) => n === node)?.[1] ?? 0) + inside;
    const next = node.childNodes[inside];
    const first = next && this.textNodes().find(([n]) => next === n || next.contains(n));
    if (first) return first[1];
    const within = this.textNodes().filter(([n]) => node.contains(n)).at(-1);
    return within ? within[1] + within[0].length : 0;
  }

  place(unit) {
    const nodes = this.textNodes();
    const found = nodes.findLast(([, at]) => at <= unit) ?? nodes[0];
    return [found[0], Math.min(unit - found[1], found[0].length)];
  }

  /** The stretch that is selected, [start, end); null where none is. */
  selected() {
    const selection = getSelection();
    if (!selection.rangeCount || selection.isCollapsed) return null;
    const range = selection.getRangeAt(0);
    if (!range.intersectsNode(this.box)) return null;
    const start = this.box.contains(range.startContainer) ? this.offset(range.startContainer, range.startOffset) : 0;
    const end = this.box.contains(range.endContainer) ? this.offset(range.endContainer, range.endOffset) : this.text.length;
    return start < end ? [start, end] : null;
  }

  select(start, end, backward = false) {
    const [from, to] = backward ? [end, start] : [start, end];
    getSelection().setBaseAndExtent(...this.place(from), ...this.place(to));
  }

  noticed() {
    const found = this.text === undefined || this.box.hidden ? null : this.selected();
    if (found) this.last = { found, at: performance.now() };
    else if (this.last) this.last.at = Math.min(this.last.at, performance.now());
  }

  released(event) {
    const found = this.text !== undefined && this.selected();
    if (!found) return;
    const stretch = event.altKey ? found : snapped(this.words, ...found);
    if (!stretch) return;
    this.select(...stretch);
    this.anchor = wordAt(this.words, stretch[0]);
    this.head = wordAt(this.words, stretch[1] - 1);
    if (this.armed) this.mark(this.armed);
  }

  clicked(event) {
    if (this.text === undefined || this.selected()) return;
    const place = event.target.closest("mark");
    if (!place) {
      if (this.active >= 0) this.activate(-1);
      return;
    }
    const unit = this.offset(place.firstChild, 0);
    this.activate(this.spans.findIndex((s) => s.start <= unit && unit < s.end));
  }

  // ------------------------------------------------------------ keys
  /** One key; whether it was for us. */
  press(event) {
    const { key: pressed, shiftKey, altKey } = event;
    if (!this.words.length && pressed.startsWith("Arrow")) return true;
    if (pressed === "ArrowLeft" || pressed === "ArrowRight") {
      const [node] = this.place(this.words[Math.max(0, this.head)]?.[0] ?? 0);
      const rtl = getComputedStyle(node.parentElement.closest(".line")).direction === "rtl";
      const by = (pressed === "ArrowRight") === rtl ? -1 : 1;
      if (altKey && shiftKey) this.byCharacter(by);
      else if (altKey) return false;
      else this.move((this.head < 0 ? (by > 0 ? -1 : this.words.length) : this.head) + by, shiftKey);
    } else if (pressed === "ArrowUp" || pressed === "ArrowDown") this.line(pressed === "ArrowDown" ? 1 : -1, shiftKey);
    else if (pressed === "Home" || pressed === "End") this.move(pressed === "Home" ? 0 : this.words.length - 1, shiftKey);
    else if (pressed === "Backspace" || pressed === "Delete") this.removeHere();
    else if (pressed === "Escape") this.rest();
    else return false;
    return true;
  }

  move(to, extend) {
    if (!this.words.length) return;
    this.head = Math.max(0, Math.min(to, this.words.length - 1));
    if (!extend || this.anchor < 0) this.anchor = this.head;
    const [first, last] = this.anchor <= this.head ? [this.anchor, this.head] : [this.head, this.anchor];
    this.select(this.words[first][0], this.words[last][1], this.head < this.anchor);
    const at = this.spans.findIndex((s) => s.start <= this.words[this.head][0] && this.words[this.head][0] < s.end);
    if (!extend) this.setActive(at);
    this.seen();
  }

  byCharacter(by) {
    const found = this.selected();
    if (!found) return;
    const near = this.text.slice(found[1] - (by < 0 ? 32 : 0), found[1] + 32);
    const pieces = [...new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(by < 0 ? near.slice(0, 32) : near)];
    const size = (by < 0 ? pieces.at(-1) : pieces[0])?.segment.length ?? 0;
    const end = Math.min(this.text.length, found[1] + by * size);
    if (end > found[0]) this.select(found[0], end);
  }

  line(by, extend) {
    if (this.head < 0) return this.move(by > 0 ? 0 : this.words.length - 1, false);
    this.seen();
    const box = this.rectangle(this.head);
    const y = by > 0 ? box.bottom + box.height * 0.75 : box.top - box.height * 0.75;
    const x = (box.left + box.right) / 2;
    const caret = document.caretPositionFromPoint?.(x, y) ?? document.caretRangeFromPoint?.(x, y);
    const node = caret && (caret.offsetNode ?? caret.startContainer);
    if (!node || !this.box.contains(node)) return this.move(this.head + by * 8, extend);
    const to = wordAt(this.words, this.offset(node, caret.offset ?? caret.startOffset));
    this.move(to === this.head ? to + by : to, extend);
  }

  rectangle(word) {
    const range = document.createRange();
    range.setStart(...this.place(this.words[word][0]));
    range.setEnd(...this.place(this.words[word][1]));
    return range.getClientRects()[0] ?? range.getBoundingClientRect();
  }

  seen() {
    const pane = $("item");
    const box = this.rectangle(this.head);
    const { top, bottom } = pane.getBoundingClientRect();
    if (box.bottom + 2 * box.height > bottom) pane.scrollTop += box.bottom + 2 * box.height - bottom;
    if (box.top - 2 * box.height < top) pane.scrollTop += box.top - 2 * box.height - top;
  }

  // ------------------------------------------------------------ what is done
  /** Give a class to what is selected, or to the span that is picked; with neither, to what is selected next. */
  mark(label) {
    const fresh = this.last && performance.now() - this.last.at < LOST_MS ? this.last.found : null;
    const found = this.selected() ?? fresh;
    if (found) return this.add(this.trimmed(...found), label);
    if (this.active >= 0) return this.replaced(this.spans.map((s, i) => (i === this.active ? { ...s, label } : s)), this.active);
    this.armed = this.armed === label ? null : label;
    this.say(this.armed ? `Now marking ${label}: select words. Esc ends it.` : "");
    this.changed();
  }

  trimmed(start, end) {
    const text = this.text.slice(start, end);
    return [start + text.length - text.trimStart().length, end - (text.length - text.trimEnd().length)];
  }

  add([start, end], label) {
    this.last = null;
    if (start >= end) return;
    const same = this.spans.findIndex((s) => s.start === start && s.end === end);
    const crossing = this.spans.filter((s, i) => s.start < end && start < s.end && i !== same);
    if (crossing.length && !this.schema.overlapping) {
      const first = crossing[0];
      this.say(`It would overlap ${first.label} “${short(this.text.slice(first.start, first.end), 30)}”. Delete that first.`);
      return;
    }
    const kept = this.spans.filter((s, i) => (i !== same || this.schema.overlapping) && !(s.start === start && s.end === end && s.label === label));
    this.replaced([...kept, { start, end, label }], -1);
    this.head = this.anchor = wordAt(this.words, end - 1);
    const [node, inside] = this.place(end);
    getSelection().collapse(node, inside);
    this.last = null;
  }

  replaced(spans, active) {
    this.before.push(this.spans);
    this.spans = spans;
    this.active = active;
    this.draw();
    this.changed();
  }

  remove(at) {
    this.replaced(this.spans.filter((_, i) => i !== at), -1);
  }

  removeHere() {
    const found = this.selected();
    const here = (s, i) => i === this.active || (found && s.start < found[1] && found[0] < s.end);
    if (this.spans.some(here)) this.replaced(this.spans.filter((s, i) => !here(s, i)), -1);
  }

  setActive(at) {
    if (at === this.active) return;
    this.active = at;
    const selection = this.selected();
    this.draw();
    if (selection) this.select(...selection);
  }

  activate(at) {
    getSelection().removeAllRanges();
    this.last = null;
    this.setActive(at);
    if (at >= 0) this.head = this.anchor = wordAt(this.words, this.spans[at].start);
    this.changed();
  }

  rest() {
    this.armed = null;
    this.say("");
    this.activate(-1);
  }

  /** Take back the last change; whether there was one. */
  undo() {
    if (!this.before.length) return false;
    this.spans = this.before.pop();
    this.active = -1;
    this.draw();
    this.changed();
    return true;
  }
}
