// The guide: Markdown shown as text and headings, searched as one types.

import { $, fill, h } from "./dom.js";

/** Lower case where that keeps every place where it is. */
const folded = (text) => {
  const lower = text.toLowerCase();
  return lower.length === text.length ? lower : text;
};

const INLINE = /(\*\*[^*\n]+\*\*|\*[^*\s][^*\n]*\*|`[^`\n]+`)/;

function inline(text) {
  return text.split(INLINE).map((piece) => {
    if (/^\*\*.+\*\*$/.test(piece)) return h("strong", {}, piece.slice(2, -2));
    if (/^`.+`$/.test(piece)) return h("code", {}, piece.slice(1, -1));
    if (/^\*.+\*$/.test(piece)) return h("em", {}, piece.slice(1, -1));
    return document.createTextNode(piece);
  });
}

const KINDS = [
  ["ul", /^\s*[-*+]\s+(.*)$/],
  ["ol", /^\s*\d+[.)]\s+(.*)$/],
  ["blockquote", /^\s*>\s?(.*)$/],
  ["table", /^\s*\|(.*)\|\s*$/],
];

function row(text) {
  return h("tr", {}, text.split("|").map((cell) => h("td", {}, inline(cell.trim()))));
}

/** One line into the block that is open, or into a new one. */
function add(blocks, kind, text, goesOn) {
  const open = blocks.at(-1);
  if (kind === "table" && /^[\s|:-]+$/.test(text)) return;
  if (open && goesOn && open.kind === kind) open.lines.push(text);
  else blocks.push({ kind, lines: [text] });
}

function block({ kind, lines }) {
  if (kind === "ul" || kind === "ol") return h(kind, {}, lines.map((l) => h("li", {}, inline(l))));
  if (kind === "table") return h("table", {}, h("tbody", {}, lines.map(row)));
  if (kind === "pre") return h("pre", {}, lines.join("\n"));
  const level = kind.match(/^h(\d)$/);
  if (level) return h(`h${Math.min(6, Number(level[1]) + 1)}`, {}, inline(lines[0]));
  return h(kind, {}, lines.flatMap((l, i) => (i ? [" ", ...inline(l)] : inline(l))));
}

function blocksOf(text) {
  const blocks = [];
  let goesOn = false;
  let code = false;
  for (const line of text.replace(/<!--[\s\S]*?-->/g, "").split(/\r?\n/)) {
    if (/^\s*```/.test(line)) {
      code = !code;
      if (code) blocks.push({ kind: "pre", lines: [] });
      goesOn = false;
    } else if (code) {
      blocks.at(-1).lines.push(line);
    } else if (!line.trim()) {
      goesOn = false;
    } else {
      const head = line.match(/^(#{1,4})\s+(.*?)\s*#*$/);
      const kind = KINDS.find(([, form]) => form.test(line));
      const open = blocks.at(-1);
      if (head) add(blocks, `h${head[1].length}`, head[2], false);
      else if (kind) add(blocks, kind[0], line.match(kind[1])[1], goesOn);
      else if (goesOn && open && (open.kind === "ul" || open.kind === "ol")) open.lines.push(`${open.lines.pop()} ${line.trim()}`);
      else add(blocks, "p", line.trim(), goesOn);
      goesOn = !head;
    }
  }
  return blocks;
}

/** The guide in its panel. */
export class Guide {
  constructor() {
    this.sections = new Map();
    this.at = -1;
    $("search").addEventListener("input", () => this.search());
    $("search").addEventListener("keydown", (e) => {
      if (e.key === "Enter") this.step(e.shiftKey ? -1 : 1);
      else if (e.key === "Escape") {
        $("search").value = "";
        this.search();
        $("search").blur();
      } else return;
      e.preventDefault();
      e.stopPropagation();
    });
  }

  /** names: the classes; a section under the name of one can be found by it. keys: what gives each. */
  load(text, names, keys) {
    this.sections.clear();
    const sections = [];
    for (const each of blocksOf(text)) {
      const made = block(each);
      if (/^h[12]$/.test(each.kind) || !sections.length) sections.push(h("section"));
      if (/^h\d$/.test(each.kind)) {
        const name = each.lines[0].replace(/[*`]/g, "").trim();
        const at = names.findIndex((n) => n === name || n.toLowerCase() === name.toLowerCase());
        if (at >= 0) {
          if (sections.at(-1).childNodes.length) sections.push(h("section"));
          sections.at(-1).classList.add("class", `c${at % 10}`);
          if (keys[at]) made.prepend(h("kbd", {}, keys[at]), " ");
          this.sections.set(names[at], sections.at(-1));
        }
      }
      sections.at(-1).append(made);
    }
    if (!sections.length) sections.push(h("p", { class: "quiet" }, "There is no guide yet."));
    fill($("rules"), sections);
    this.search();
  }

  /** Bring the section of a class to the top; whether there is one. */
  show(name) {
    const section = this.sections.get(name);
    if (!section) return false;
    $("search").value = "";
    this.search();
    section.scrollIntoView({ block: "start" });
    section.classList.remove("shown");
    void section.offsetWidth; // begins the animation anew
    section.classList.add("shown");
    return true;
  }

  search() {
    const rules = $("rules");
    for (const mark of rules.querySelectorAll("mark")) mark.replaceWith(...mark.childNodes);
    rules.normalize();
    const sought = folded($("search").value.trim());
    let count = 0;
    for (const section of rules.children) {
      const here = sought ? marked(section, sought) : 0;
      section.hidden = Boolean(sought) && !here;
      count += here;
    }
    this.at = -1;
    $("found").textContent = sought ? (count ? `${count} ${count === 1 ? "place" : "places"}, Enter goes to the next` : "nothing found") : "";
    if (count) this.step(1);
  }

  step(by) {
    const marks = $("rules").querySelectorAll("mark");
    if (!marks.length) return;
    marks[this.at]?.classList.remove("here");
    this.at = (this.at + by + marks.length) % marks.length;
    marks[this.at].classList.add("here");
    marks[this.at].scrollIntoView({ block: "nearest" });
  }
}

/** Mark every place in a section that holds the words; how many there are. */
function marked(section, sought) {
  const walker = document.createTreeWalker(section, NodeFilter.SHOW_TEXT);
  const nodes = [];
  while (walker.nextNode()) nodes.push(walker.currentNode);
  let count = 0;
  for (let node of nodes) {
    for (let at = folded(node.data).indexOf(sought); at >= 0; at = folded(node.data).indexOf(sought)) {
      const found = node.splitText(at);
      node = found.splitText(Math.min(sought.length, found.data.length));
      const mark = h("mark");
      found.replaceWith(mark);
      mark.append(found);
      count++;
    }
  }
  return count;
}
