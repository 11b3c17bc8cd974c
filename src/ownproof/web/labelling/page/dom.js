// Elements, made of text only: nothing that a rater reads is ever parsed as markup.

export const $ = (id) => document.getElementById(id);

/** An element with attributes, listeners (`onclick`) and children. */
export function h(tag, about = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(about)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat().filter((c) => c !== null && c !== undefined));
  return made;
}

/** Put children in the place of those that are there. */
export function fill(place, ...children) {
  place.replaceChildren(...children.flat().filter((c) => c !== null && c !== undefined));
}

export const key = (word) => h("kbd", {}, word);

/** A text cut to a length, in whole characters. */
export function short(text, most) {
  const chars = Array.from(text.slice(0, most * 2 + 2));
  return chars.length > most ? chars.slice(0, most - 1).join("").trimEnd() + "…" : text;
}

export const plural = (n, one, many) => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
