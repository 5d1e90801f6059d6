import {
  findRecords,
  type LaneState,
  loadLanes,
  streamClosings,
  streamLaneEntries,
  streamRejections,
} from '@pacspace/ledger';
import { type LoggedMessage, type ReadOnlyLog, replayLane } from '@pacspace/log';
import type { AuditTools } from '../audit-tools.js';
import { Progress } from '../progress.js';
import { RowGroups } from '../row-groups.js';
import { LaneAudit, type RowsOfEnvelope } from './lane-audit.js';

/** Keys looked up at once. */
const LOOK_UPS = 2_000;

/**
 * Holds the ledger against the log, lane by lane, up to the lane's watermark: every delta of the log has its row, every
 * row its delta. Both are read in log order, side by side.
 */
export async function checkLanes(tools: AuditTools, log: ReadOnlyLog): Promise<void> {
  const lanes = await loadLanes(tools.client);
  const total = lanes.reduce((sum, { entries }) => sum + entries, 0);
  const progress = new Progress(tools, 'deltas held against the log', total);
  for (const lane of lanes) {
    const pages = replayLane(log, { lane: lane.lane, through: lane.sequence, purpose: 'audit' });
    await checkLane(tools, { lane, pages, firstSequence: log.firstSequence, progress });
  }
  progress.finish();
}

export interface LaneToCheck {
  readonly lane: LaneState;
  readonly pages: AsyncIterable<readonly LoggedMessage[]>;
  /** What is before it is not in the log any more. */
  readonly firstSequence: number;
  readonly progress: Progress;
}

export async function checkLane(tools: AuditTools, of: LaneToCheck): Promise<void> {
  const { client, findings } = tools;
  const { lane, progress, firstSequence } = of;
  const audit = new LaneAudit(lane.lane, (unit, sentence) => findings.add('deltas', unit, sentence));
  const rows = new LaneRows(tools, lane.lane, (sequence, stray) => {
    if (sequence < firstSequence) tools.unchecked.deltas += stray.entries.length;
    else audit.addMissing(sequence, stray);
  });
  const lookUp = async (): Promise<void> => {
    const unrecorded = audit.takeUnrecorded();
    const found = await findRecords(client, [...new Set(unrecorded.map(({ delta }) => delta.recordKey))]);
    audit.checkUnrecorded(unrecorded, new Map(found.map((record) => [record.recordKey, record])));
  };
  const fault = (sentence: string): void => findings.add('deltas', `lane ${lane.lane}`, sentence);
  let last: LoggedMessage | undefined;
  for await (const messages of of.pages) {
    for (const message of messages) {
      last = message;
      const found = await rows.of(message.sequence);
      audit.add(message, found);
      if (audit.waiting >= LOOK_UPS) await lookUp();
      progress.advance(found.entries.length);
    }
  }
  await lookUp();
  await rows.rest();
  if (last !== undefined && (last.sequence !== lane.sequence || last.recordedAtMs !== lane.recordedAtMs)) {
    fault(
      `its watermark, ${lane.sequence} of ${lane.recordedAtMs}, is not that of envelope ${last.sequence}`,
    );
  }
  // What the log has lost of its beginning is in the lane's totals still.
  if (firstSequence <= 1) compareCounts(audit, lane, fault);
}

function compareCounts({ counts }: LaneAudit, lane: LaneState, fault: (sentence: string) => void): void {
  for (const [what, found] of Object.entries(counts) as [keyof LaneAudit['counts'], number][]) {
    if (found !== lane[what]) fault(`its ${what} are ${lane[what]} in the ledger, ${found} by the log`);
  }
}

const NONE: RowsOfEnvelope = { entries: [], rejections: [], closings: [] };

/** The three kinds of rows that an envelope leaves, by its sequence. */
class LaneRows {
  private readonly entries;
  private readonly rejections;
  private readonly closings;

  /** @param onStray rows of an envelope that nobody has asked for: of one kind at a time. */
  constructor(
    { client }: AuditTools,
    lane: number,
    onStray: (sequence: number, rows: RowsOfEnvelope) => void,
  ) {
    this.entries = new RowsOfKind(streamLaneEntries(client, lane), (at, entries) =>
      onStray(at, { ...NONE, entries }),
    );
    this.rejections = new RowsOfKind(streamRejections(client, lane), (at, rejections) =>
      onStray(at, { ...NONE, rejections }),
    );
    this.closings = new RowsOfKind(streamClosings(client, lane), (at, closings) =>
      onStray(at, { ...NONE, closings }),
    );
  }

  async of(sequence: number): Promise<RowsOfEnvelope> {
    return {
      entries: await this.entries.of(sequence),
      rejections: await this.rejections.of(sequence),
      closings: await this.closings.of(sequence),
    };
  }

  async rest(): Promise<void> {
    await this.entries.rest();
    await this.rejections.rest();
    await this.closings.rest();
  }
}

interface Sequenced {
  readonly log_sequence: string;
}

class RowsOfKind<T extends Sequenced> {
  private readonly groups: RowGroups<T>;
  private stray: T[] = [];

  constructor(
    pages: AsyncGenerator<readonly T[]>,
    private readonly onStray: (sequence: number, rows: readonly T[]) => void,
  ) {
    this.groups = new RowGroups(pages, (row) => Number(row.log_sequence));
  }

  async of(sequence: number): Promise<readonly T[]> {
    const rows = await this.groups.all(sequence, this.keep);
    this.tell();
    return rows;
  }

  async rest(): Promise<void> {
    await this.groups.rest(this.keep);
    this.tell();
  }

  /** Told of as they stand together: those of one envelope. */
  private readonly keep = (row: T): void => {
    if (this.stray[0] !== undefined && this.stray[0].log_sequence !== row.log_sequence) this.tell();
    this.stray.push(row);
  };

  private tell(): void {
    const [first] = this.stray;
    if (first !== undefined) this.onStray(Number(first.log_sequence), this.stray);
    this.stray = [];
  }
}
