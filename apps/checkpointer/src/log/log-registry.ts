import { openSealLog, type SealLog } from '@pacspace/ledger';
import type pg from 'pg';
import { LogWriter } from './log-writer.js';

export interface LogRegistryParts {
  readonly writers: pg.Pool;
  readonly originHost: string;
  readonly now: () => number;
  /** Called when a log has become longer. */
  readonly onGrown: () => void;
}

/** What goes into an origin, hence into paths and key names, as it is. */
const ENVIRONMENT_ID = /^[A-Za-z0-9_\-.~]{1,128}$/;

/** The logs that this process has work for, one writer each. */
export class LogRegistry {
  private readonly writers = new Map<number, LogWriter>();

  constructor(private readonly parts: LogRegistryParts) {}

  /** The environment's log, made when it has none. */
  async open(environmentId: string): Promise<SealLog> {
    if (!ENVIRONMENT_ID.test(environmentId)) {
      throw new Error(
        `an environment whose id cannot be part of an origin: ${JSON.stringify(environmentId)}`,
      );
    }
    const origin = `${this.parts.originHost}/${environmentId}`;
    return await openSealLog(this.parts.writers, { environmentId, origin });
  }

  writerOf(logNo: number): LogWriter {
    let writer = this.writers.get(logNo);
    if (writer === undefined) {
      const { writers, now, onGrown } = this.parts;
      // Forgotten while it has nothing to do: there are as many logs as environments, and few are written.
      const onIdle = (): void => void this.writers.delete(logNo);
      writer = new LogWriter({ writers, logNo, now, onGrown, onIdle });
      this.writers.set(logNo, writer);
    }
    return writer;
  }

  /** Resolves when nothing is waiting to be written. */
  async whenIdle(): Promise<void> {
    while (this.writers.size > 0) await Promise.all([...this.writers.values()].map((one) => one.whenIdle()));
  }
}
