/** Units of deltas that are in the log, by lane, until the ledger has them; and of those that perhaps are. */
export class LandedUnits {
  /** All of them. */
  count = 0;
  private readonly landed: number[] = [];
  private readonly doubtful: { readonly lane: number; units: number; readonly clearAtMs: number }[] = [];

  /** @param doubtMs after this time what may still come to the log will not. */
  constructor(private readonly doubtMs: number) {}

  add(lane: number, isSure: boolean): void {
    this.count += 1;
    if (isSure) this.landed[lane] = this.landedOf(lane) + 1;
    else this.doubt(lane);
  }

  /** What has landed by now: each lane's units are in the ledger when it has all that the log holds after this. */
  take(nowMs: number): ReadonlyMap<number, number> {
    for (
      let next = this.doubtful[0];
      next !== undefined && next.clearAtMs <= nowMs;
      next = this.doubtful[0]
    ) {
      this.landed[next.lane] = this.landedOf(next.lane) + next.units;
      this.doubtful.shift();
    }
    const taken = new Map<number, number>();
    for (const [lane, units] of this.landed.entries()) if (units > 0) taken.set(lane, units);
    return taken;
  }

  settle(lane: number, units: number): void {
    this.count -= units;
    this.landed[lane] = this.landedOf(lane) - units;
  }

  private landedOf(lane: number): number {
    return this.landed[lane] ?? 0;
  }

  /** A whole envelope is given up at once: its units stay together. */
  private doubt(lane: number): void {
    const clearAtMs = performance.now() + this.doubtMs;
    const last = this.doubtful.at(-1);
    if (last?.lane === lane && clearAtMs - last.clearAtMs < 1) last.units += 1;
    else this.doubtful.push({ lane, units: 1, clearAtMs });
  }
}
