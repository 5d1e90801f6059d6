import type { Amount } from '@pacspace/domain';

export interface Total {
  readonly count: number;
  readonly sum: Amount;
}

export interface ClassTotal {
  /** A pair or a group is one finding. */
  readonly findings: number;
  readonly here: Total;
  readonly there: Total;
  /** The sum here less the sum there: what the class adds to the discrepancy. */
  readonly contribution: Amount;
}

/** Counts and adds records of one side. */
export class RunningTotal implements Total {
  count = 0;
  sum = 0n;

  add(amount: Amount): void {
    this.count += 1;
    this.sum += amount;
  }

  addTotal(other: Total): void {
    this.count += other.count;
    this.sum += other.sum;
  }

  toTotal(): Total {
    return { count: this.count, sum: this.sum };
  }
}

/** Counts and adds findings. */
export class RunningClassTotal implements ClassTotal {
  findings = 0;
  readonly here = new RunningTotal();
  readonly there = new RunningTotal();

  get contribution(): Amount {
    return this.here.sum - this.there.sum;
  }

  addTotal(other: ClassTotal): void {
    this.findings += other.findings;
    this.here.addTotal(other.here);
    this.there.addTotal(other.there);
  }

  toTotal(): ClassTotal {
    const { findings, contribution } = this;
    return { findings, here: this.here.toTotal(), there: this.there.toTotal(), contribution };
  }
}
