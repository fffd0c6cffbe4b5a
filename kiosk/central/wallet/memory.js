// What this phone keeps, one record a voucher, in IndexedDB: survives reloads and lost networks.
// The holder's private key is kept as the browser's own object; its bytes never exist here.

const DATABASE = "wallet";
const RECORDS = "vouchers";
const FORGET_AFTER_S = 30 * 86_400; // after a voucher's end: an order is nobody's business for ever

export class Memory {
  #opened = null;

  /** What is kept about a voucher; an empty object when nothing is. */
  async read(voucher) {
    return (await this.#run("readonly", (records) => records.get(voucher))) ?? {};
  }

  /** Change some fields of a record; gives the record as it is then. One transaction. */
  async update(voucher, change) {
    return this.#change(voucher, (record) => ({ ...record, ...change, voucher }));
  }

  /** Keep a holder key unless there is one; gives the one that is kept. Two open pages agree. */
  async keepHolder(voucher, holder) {
    const kept = await this.#change(voucher, (record) => ({ holder, ...record, voucher }));
    return kept.holder;
  }

  /** Drop records of vouchers that ended long ago. */
  async forgetOld(nowS) {
    await this.#run("readwrite", (records) => {
      const walk = records.openCursor();
      walk.addEventListener("success", () => {
        const cursor = walk.result;
        if (!cursor) return;
        const endS = cursor.value.order?.expires_s ?? Infinity;
        if (endS + FORGET_AFTER_S < nowS) cursor.delete();
        cursor.continue();
      });
      return walk;
    });
  }

  #change(voucher, change) {
    let changed;
    return this.#run("readwrite", (records) => {
      const asked = records.get(voucher);
      asked.addEventListener("success", () => {
        changed = change(asked.result ?? {});
        records.put(changed);
      });
      return asked;
    }).then(() => changed);
  }

  /** Run one transaction; resolves with the request's result once it is committed. */
  async #run(mode, work) {
    this.#opened ??= open();
    const database = await this.#opened;
    return new Promise((resolve, reject) => {
      const transaction = database.transaction(RECORDS, mode, { durability: "strict" });
      const request = work(transaction.objectStore(RECORDS));
      transaction.addEventListener("complete", () => resolve(request.result));
      transaction.addEventListener("abort", () => reject(transaction.error));
    });
  }
}

function open() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(DATABASE, 1);
    asked.addEventListener("upgradeneeded", () => {
      asked.result.createObjectStore(RECORDS, { keyPath: "voucher" });
    });
    asked.addEventListener("success", () => resolve(asked.result));
    asked.addEventListener("error", () => reject(asked.error));
  });
}
