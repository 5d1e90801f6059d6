/** Runs tasks with at most `limit` at once; the one who adds waits, so that whatever makes the tasks is held back. */
export class BoundedTasks {
  private readonly running = new Set<Promise<void>>();
  private failure: { readonly error: unknown } | undefined;

  constructor(private readonly limit: number) {}

  /** Resolves when the task has begun. @throws what an earlier task threw; the task is then not begun. */
  async add(task: () => Promise<void>): Promise<void> {
    while (this.running.size >= this.limit && this.failure === undefined) await Promise.race(this.running);
    if (this.failure !== undefined) throw this.failure.error;
    const run = task()
      .catch((error: unknown) => {
        this.failure ??= { error };
      })
      .finally(() => this.running.delete(run));
    this.running.add(run);
  }

  /** Waits for all that has begun, and says nothing of failures. */
  async settle(): Promise<void> {
    await Promise.all(this.running);
  }

  /** Waits for all that has begun. @throws what the first failed task threw. */
  async drain(): Promise<void> {
    await this.settle();
    if (this.failure !== undefined) throw this.failure.error;
  }
}
