// Browser storage that may be missing: private windows and blocked third-party storage throw on access.

class MemoryStorage {
  #values = new Map();
  getItem(key) {
    return this.#values.get(key) ?? null;
  }
  setItem(key, value) {
    this.#values.set(key, value);
  }
  removeItem(key) {
    this.#values.delete(key);
  }
}

/** JSON values under a prefix, in `localStorage` or `sessionStorage`, or in memory where the browser refuses. */
export class Shelf {
  #storage;
  #prefix;

  constructor(kind, prefix = "motcua.") {
    this.#prefix = prefix;
    try {
      this.#storage = window[kind];
      this.#storage.getItem(prefix);
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      this.#storage = new MemoryStorage();
    }
  }

  /** The stored value, or `fallback` where there is none or it is not JSON (an older page, a hand that changed it). */
  read(name, fallback = null) {
    const raw = this.#storage.getItem(this.#prefix + name);
    if (raw === null) return fallback;
    try {
      return JSON.parse(raw);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      return fallback;
    }
  }

  /** Stores the value; a full or forbidden storage moves all later values to memory. */
  write(name, value) {
    try {
      this.#storage.setItem(this.#prefix + name, JSON.stringify(value));
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      this.#storage = new MemoryStorage();
      this.#storage.setItem(this.#prefix + name, JSON.stringify(value));
    }
  }

  remove(name) {
    this.#storage.removeItem(this.#prefix + name);
  }
}
