// Answers on their way: written to this browser's disk first, sent in order, kept until the server has them on its own.

const LIMIT = 100;
const WAITS = [500, 1000, 2000, 4000, 8000, 15000];

function opened() {
  return new Promise((done, failed) => {
    const asked = indexedDB.open("ownproof-label", 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("unsent", { keyPath: "n", autoIncrement: true }).createIndex("desk", "desk");
      asked.result.createObjectStore("drafts");
      asked.result.createObjectStore("refused", { keyPath: "id" });
    };
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => failed(asked.error);
    asked.onblocked = () => failed(new Error("blocked"));
  });
}

function result(asked) {
  return new Promise((done, failed) => {
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => failed(asked.error);
  });
}

function finished(transaction) {
  return new Promise((done, failed) => {
    transaction.oncomplete = () => done();
    transaction.onabort = transaction.onerror = () => failed(transaction.error);
  });
}

/** Answers of one desk. `send(answers)` posts them; `told(state)` hears "kept", "waiting" or "closed" and how many wait. */
export class Outbox {
  constructor(desk, send, told) {
    Object.assign(this, { desk, send, told, db: null, memory: [], fails: 0, timer: 0, busy: false, again: false });
    this.number = this.writing = 0;
    this.limit = LIMIT;
  }

  async open() {
    try {
      this.db = await opened();
    } catch {
      this.db = null; // this browser keeps nothing: the answers stay in memory until they are sent
    }
    addEventListener("online", () => this.flush());
    addEventListener("pageshow", () => this.flush());
    document.addEventListener("visibilitychange", () => this.flush());
    return this.all();
  }

  /** What waits, oldest first. */
  async all() {
    if (!this.db) return this.memory.slice();
    const rows = this.db.transaction("unsent").objectStore("unsent").index("desk").getAll(this.desk);
    return result(rows);
  }

  /** Keep an answer and send it. */
  async put(answer) {
    const row = { ...answer, desk: this.desk, made: Date.now() };
    this.writing++;
    try {
      if (!this.db) throw new Error("no database");
      const writing = this.db.transaction("unsent", "readwrite", { durability: "strict" });
      writing.objectStore("unsent").add(row);
      await finished(writing);
    } catch {
      this.memory.push({ ...row, n: `m${this.number++}` });
    } finally {
      this.writing--;
    }
    await this.flush();
  }

  /** Send what waits, one window at a time where the browser can say so. */
  async flush() {
    if (this.busy) {
      this.again = true;
      return;
    }
    this.busy = true;
    clearTimeout(this.timer);
    try {
      do {
        this.again = false;
        const once = () => this.once();
        const more = navigator.locks ? await navigator.locks.request(`outbox ${this.desk}`, once) : await once();
        if (more) this.again = true; // and it stays true where another answer came meanwhile
      } while (this.again);
    } finally {
      this.busy = false;
    }
  }

  /** One request; whether there may be more to send. */
  async once() {
    const rows = [...(this.db ? await this.all() : []), ...this.memory].slice(0, this.limit);
    if (!rows.length) return this.after();
    const now = Date.now();
    const answers = rows.map(({ n, desk, made, ...rest }) => ({ ...rest, age: Math.max(0, (now - made) / 1000) }));
    let answer;
    try {
      answer = await this.send(answers);
    } catch (why) {
      if (why.status === 413) this.limit = Math.max(1, this.limit >> 1);
      return this.later(why.status === 401 ? "closed" : "waiting", rows.length);
    }
    if (!(await this.drop(rows, answer))) return this.later("waiting", rows.length);
    this.fails = 0;
    return this.after();
  }

  /** Try again after a while, a longer one each time. */
  later(state, waiting) {
    this.told(state, waiting);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), WAITS[Math.min(this.fails++, WAITS.length - 1)]);
    return false;
  }

  async after() {
    const left = (await this.all()).length + (this.db ? this.memory.length : 0);
    if (!left && !this.writing) this.told("kept", 0);
    return left > 0;
  }

  /** Forget what the server has; what it would not take stays in this browser, apart. How many there were. */
  async drop(rows, answer) {
    const taken = new Set(answer.taken);
    const refused = new Map(answer.refused.map((r) => [r.id, r.why]));
    const done = rows.filter((r) => taken.has(r.id) || refused.has(r.id));
    this.memory = this.memory.filter((r) => !taken.has(r.id) && !refused.has(r.id));
    if (!this.db) return done.length;
    const writing = this.db.transaction(["unsent", "refused"], "readwrite");
    for (const row of done) {
      if (typeof row.n === "number") writing.objectStore("unsent").delete(row.n);
      if (refused.has(row.id)) writing.objectStore("refused").put({ ...row, why: refused.get(row.id) });
    }
    await finished(writing);
    return done.length;
  }

  // ------------------------------------------------------------ drafts: work on an item that is not yet an answer
  async draft(item) {
    if (!this.db) return null;
    return result(this.db.transaction("drafts").objectStore("drafts").get(`${this.desk} ${item}`)).catch(() => null);
  }

  keepDraft(item, draft) {
    if (!this.db) return;
    const store = this.db.transaction("drafts", "readwrite").objectStore("drafts");
    if (draft) store.put(draft, `${this.desk} ${item}`);
    else store.delete(`${this.desk} ${item}`);
  }
}
