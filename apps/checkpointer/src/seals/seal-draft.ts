import type { SealScope } from '@pacspace/ledger';

/** What a seal will state: all but its time and its place in the log, which it gets when it is written. */
export interface SealDraft {
  readonly customerNo: number;
  readonly customerId: string;
  readonly scope: SealScope;
  /** Closes its period: nothing will count in it any more. */
  readonly final: boolean;
  /** Entries covered. */
  readonly count: number;
  /** Index of the first and the last of them; undefined without any. */
  readonly firstIndex: number | undefined;
  readonly lastIndex: number | undefined;
  /** Canonical decimals. */
  readonly opening: string;
  readonly closing: string;
  readonly root: Uint8Array;
  /** Of a window or a subset: how many of the customer's entries were looked at. */
  readonly asOf: number | undefined;
}
