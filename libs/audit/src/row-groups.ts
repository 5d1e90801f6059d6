/**
 * Rows that come in the order of a key, taken group by group: several such streams beside each other are a merge, and
 * none of them is ever held whole.
 */
export class RowGroups<T> {
  private page: readonly T[] = [];
  private at = 0;
  private ended = false;

  constructor(
    private readonly pages: AsyncGenerator<readonly T[]>,
    private readonly keyOf: (row: T) => number,
  ) {}

  /** The rows of this key. Those of smaller ones, which nobody has asked for, go to `onStray`. */
  async *of(key: number, onStray: (row: T) => void): AsyncGenerator<readonly T[]> {
    while (await this.fill()) {
      let end = this.at;
      for (; end < this.page.length; end += 1) {
        const row = this.page[end] as T;
        const found = this.keyOf(row);
        if (found > key) break;
        if (found < key) {
          onStray(row);
          this.at = end + 1;
        }
      }
      const rows = this.page.slice(this.at, end);
      this.at = end;
      if (rows.length > 0) yield rows;
      if (this.at < this.page.length) return;
    }
  }

  /** The same as one list, for groups that are small. */
  async all(key: number, onStray: (row: T) => void): Promise<readonly T[]> {
    const rows: T[] = [];
    for await (const page of this.of(key, onStray)) rows.push(...page);
    return rows;
  }

  /** What nobody has asked for until the end. */
  async rest(onStray: (row: T) => void): Promise<void> {
    for await (const rows of this.of(Number.POSITIVE_INFINITY, onStray)) rows.forEach(onStray);
  }

  private async fill(): Promise<boolean> {
    while (this.at >= this.page.length && !this.ended) {
      const next = await this.pages.next();
      if (next.done === true) this.ended = true;
      else [this.page, this.at] = [next.value, 0];
    }
    return !this.ended;
  }
}
