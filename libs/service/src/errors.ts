export type ServiceErrorCode =
  | 'CONFIG_INVALID'
  | 'METRIC_INVALID'
  | 'GATE_FULL'
  | 'GATE_CLOSED'
  | 'CIRCUIT_OPEN'
  | 'TIMED_OUT'
  | 'SHUTTING_DOWN';

/** The one error class of this package. `code` is stable and what callers branch on; `message` is for people. */
export class ServiceError extends Error {
  readonly code: ServiceErrorCode;

  constructor(code: ServiceErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** One environment variable that cannot be used, as told to the operator. Holds no secret's value. */
export interface ConfigProblem {
  readonly variable: string;
  readonly message: string;
}

/** The process was started with an environment it cannot run in: EX_CONFIG of sysexits.h. */
export const CONFIG_EXIT_CODE = 78;

/** Every variable that is wrong, at once: an operator who fixes one at a time restarts once per mistake. */
export class ConfigError extends ServiceError {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.map((problem) => `  ${problem.variable}: ${problem.message}`);
    super('CONFIG_INVALID', `The configuration cannot be used:\n${lines.join('\n')}`);
    this.problems = problems;
  }
}
