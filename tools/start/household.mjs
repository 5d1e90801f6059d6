/** @typedef {Pick<import('../servers/supervise.mjs').Supervised, 'name' | 'exited' | 'output'>} Member */
/** @typedef {{ stop: () => Promise<unknown>, kill: () => Promise<unknown> }} Endable */

/**
 * All that `npm start` has started: ended in the right order, whatever the reason, and once. Apps go first and at the
 * same time, since each drains for itself and needs the servers for that; the servers follow, and then the lock on the data.
 */
export class Household {
  /** @type {Record<'app' | 'server' | 'lock', Endable[]>} */
  #members = { app: [], server: [], lock: [] };
  /** @type {Promise<void> | undefined} */
  #ended;
  #onDeath;

  /** @param {(member: Member) => void} onDeath called when a watched member ends that was not asked to */
  constructor(onDeath) {
    this.#onDeath = onDeath;
  }

  /** Whether nothing runs yet that the user would wait for. */
  get empty() {
    return this.#members.app.length + this.#members.server.length === 0;
  }

  get ending() {
    return this.#ended !== undefined;
  }

  /**
   * @param {'app' | 'server' | 'lock'} kind
   * @param {Endable} member from now on it is ended with all others
   */
  add(kind, member) {
    this.#members[kind].push(member);
    if (this.ending) void member.stop(); // it was just being started
  }

  /** @param {Member} member that it ends is news from now on; while it is being started, its starter sees to that */
  watch(member) {
    void member.exited.then(() => {
      if (!this.ending) this.#onDeath(member);
    });
  }

  /** Ends all, apps first. Calls after the first wait for the same end. */
  end() {
    this.#ended ??= this.#endInOrder();
    return this.#ended;
  }

  async #endInOrder() {
    for (const kind of /** @type {const} */ (['app', 'server', 'lock'])) {
      await Promise.all(this.#members[kind].map((member) => member.stop()));
    }
  }

  /** SIGKILL to all at once. */
  async kill() {
    this.#ended ??= Promise.resolve();
    await Promise.all(
      Object.values(this.#members)
        .flat()
        .map((member) => member.kill()),
    );
  }
}
