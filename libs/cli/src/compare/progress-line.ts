import type { CommandContext } from '../command.js';

const PLAIN_EVERY_MS = 5_000;

/** What is under way: on a terminal one line that is rewritten, else a plain line every few seconds. */
export class ProgressLine {
  private hasLine = false;
  private saidAtMs = -Infinity;

  constructor(
    private readonly stderr: CommandContext['stderr'],
    private readonly isQuiet: boolean,
  ) {}

  show(text: string): void {
    if (this.isQuiet) return;
    if (this.stderr.isTTY === true) {
      this.clear();
      this.stderr.write(text.slice(0, (this.stderr.columns ?? 80) - 1));
      this.hasLine = true;
    } else if (performance.now() >= this.saidAtMs + PLAIN_EVERY_MS) {
      this.saidAtMs = performance.now();
      this.stderr.write(`${text}\n`);
    }
  }

  clear(): void {
    if (this.hasLine) this.stderr.write('\r\u001b[2K');
    this.hasLine = false;
  }
}
