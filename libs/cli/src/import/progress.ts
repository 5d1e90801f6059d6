import type { CommandContext } from '../command.js';

/** What the progress line shows; counts of deltas unless named otherwise. */
export interface ProgressState {
  readonly readBytes: number;
  readonly sizeBytes: number | undefined;
  readonly rows: number;
  /** In a dry run: counted. */
  readonly recorded: number;
  readonly isDryRun: boolean;
  readonly known: number;
  readonly rejects: number;
}

const TTY_EVERY_MS = 200;
const PLAIN_EVERY_MS = 5_000;
const TROUBLE_EVERY_MS = 2_000;
/** The rate is that of the last seconds: an average since the start would hide that a server has slowed down. */
const RATE_WINDOW_MS = 5_000;

/** On a terminal one line that is rewritten, else a plain line every few seconds; all on stderr. */
export class Progress {
  private readonly timer: NodeJS.Timeout;
  private readonly samples: { readonly atMs: number; readonly deltas: number; readonly bytes: number }[] = [];
  private readonly isTty: boolean;
  private hasLine = false;
  private quietUntilMs = 0;

  constructor(
    private readonly stderr: CommandContext['stderr'],
    private readonly read: () => ProgressState,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.isTty = stderr.isTTY === true;
    this.sample(read());
    this.timer = setInterval(() => this.show(), this.isTty ? TTY_EVERY_MS : PLAIN_EVERY_MS);
    this.timer.unref();
  }

  /** A line of its own, above the progress: why nothing moves. Several requests fail at once; one of them is told. */
  trouble(reason: string, pauseMs: number): void {
    const nowMs = this.now();
    if (nowMs < this.quietUntilMs) return;
    this.quietUntilMs = nowMs + TROUBLE_EVERY_MS;
    this.clear();
    this.stderr.write(`${reason}; next try in ${(pauseMs / 1000).toFixed(1)} s\n`);
  }

  stop(): void {
    clearInterval(this.timer);
    this.clear();
  }

  private show(): void {
    const state = this.read();
    this.sample(state);
    const line = formatProgress(state, this.rates());
    if (!this.isTty) {
      this.stderr.write(`${line}\n`);
      return;
    }
    this.clear();
    this.stderr.write(line.slice(0, (this.stderr.columns ?? 80) - 1));
    this.hasLine = true;
  }

  private clear(): void {
    if (this.hasLine) this.stderr.write('\r\u001b[2K');
    this.hasLine = false;
  }

  private sample({ recorded, known, readBytes }: ProgressState): void {
    const atMs = this.now();
    this.samples.push({ atMs, deltas: recorded + known, bytes: readBytes });
    while (this.samples.length > 2 && (this.samples[1]?.atMs ?? atMs) < atMs - RATE_WINDOW_MS)
      this.samples.shift();
  }

  private rates(): Rates {
    const [first, last] = [this.samples.at(0), this.samples.at(-1)];
    if (first === undefined || last === undefined || last.atMs === first.atMs) return { deltas: 0, bytes: 0 };
    const seconds = (last.atMs - first.atMs) / 1000;
    return { deltas: (last.deltas - first.deltas) / seconds, bytes: (last.bytes - first.bytes) / seconds };
  }
}

/** Per second. */
export interface Rates {
  readonly deltas: number;
  readonly bytes: number;
}

/** "42 % · 163,000 rows · 81,234 deltas/s · ETA 0:12 · recorded 120,000 · already there 2 · rejects 1" */
export function formatProgress(state: ProgressState, rates: Rates): string {
  const { readBytes, sizeBytes } = state;
  const parts = [`${count(state.rows)} rows`, `${count(Math.round(rates.deltas))} deltas/s`];
  if (sizeBytes !== undefined && sizeBytes > 0) {
    parts.unshift(`${Math.floor((readBytes / sizeBytes) * 100)} %`);
    const left = Math.max(0, sizeBytes - readBytes);
    parts.push(`ETA ${rates.bytes > 0 ? formatDuration(left / rates.bytes) : '-'}`);
  }
  parts.push(`${state.isDryRun ? 'deltas' : 'recorded'} ${count(state.recorded)}`);
  if (state.known > 0) parts.push(`already there ${count(state.known)}`);
  if (state.rejects > 0) parts.push(`rejects ${count(state.rejects)}`);
  return parts.join(' · ');
}

/** 3723 → "1:02:03". */
export function formatDuration(seconds: number): string {
  const whole = Math.ceil(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const tail = String(whole % 60).padStart(2, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${tail}` : `${minutes}:${tail}`;
}

/** 1234567 → "1,234,567". */
export function count(value: number): string {
  return value.toLocaleString('en');
}
