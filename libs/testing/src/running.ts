/** Something that a test started and has to end: a process, a proxy. */
export interface Running {
  readonly name: string;
  /** Ends it whatever its state; harmless when it has ended already. */
  end(): Promise<void>;
}

const running = new Set<Running>();

/** Says that `one` has been started; the function returned says that it has ended. */
export function noteRunning(one: Running): () => void {
  running.add(one);
  return () => void running.delete(one);
}

/** Ends whatever still runs. @returns the names of what had been left running. */
async function endRunning(): Promise<string[]> {
  const left = [...running];
  await Promise.all(left.map((one) => one.end()));
  running.clear();
  return left.map((one) => one.name);
}

// Called by the test environment (tools/jest/servers-environment.mjs) when the file's own hooks have run.
Object.assign(globalThis, { pacspaceEndRunning: endRunning });
