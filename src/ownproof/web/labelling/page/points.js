// Offsets: the files count Unicode characters (code points), as Python does; the browser counts units of UTF-16.

/** Both ways between the two, for one text. */
export class Points {
  constructor(text) {
    this.same = !/[\ud800-\udbff][\udc00-\udfff]/.test(text);
    if (this.same) return;
    this.points = new Uint32Array(text.length + 1); // of each unit
    this.units = []; // of each point
    let point = 0;
    for (let unit = 0; unit < text.length; unit++) {
      this.points[unit] = point;
      this.units.push(unit);
      if (text.codePointAt(unit) > 0xffff) this.points[++unit] = point; // the second half belongs to the first
      point++;
    }
    this.points[text.length] = point;
    this.units.push(text.length);
  }

  toPoint(unit) {
    return this.same ? unit : this.points[unit];
  }

  toUnit(point) {
    return this.same ? point : this.units[point];
  }
}

/** The words of a text as [start, end) in units: words of any script, and each sign by itself; no white space. */
export function words(text) {
  const found = [];
  for (const piece of new Intl.Segmenter(undefined, { granularity: "word" }).segment(text)) {
    if (piece.isWordLike || piece.segment.trim()) found.push([piece.index, piece.index + piece.segment.length]);
  }
  return found;
}

/** The index of the word at a unit, else of the next one (the last where there is none). */
export function wordAt(found, unit) {
  let low = 0;
  let high = found.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (found[middle][1] > unit) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The words that a stretch touches, as one stretch; null where it touches none. */
export function snapped(found, start, end) {
  if (!found.length) return null;
  const first = wordAt(found, start);
  let last = wordAt(found, end - 1);
  if (found[last][0] >= end) last--;
  return last < first || found[first][0] >= end ? null : [found[first][0], found[last][1]];
}

const LONG = 8000;

/** A text in blocks as [start, end): its lines, each with its line feed; an endless line is cut at white space, so that
 *  what changes in one place need not be laid out anew as a whole. */
export function lines(text) {
  const found = [];
  for (let start = 0; start < text.length; ) {
    const feed = text.indexOf("\n", start);
    let end = feed < 0 ? text.length : feed + 1;
    if (end - start > 2 * LONG) {
      const space = text.lastIndexOf(" ", start + LONG);
      end = space > start ? space + 1 : start + LONG;
      if (text.codePointAt(end - 1) > 0xffff) end += 1; // no character is cut in two
    }
    found.push([start, end]);
    start = end;
  }
  return found.length ? found : [[0, 0]];
}
