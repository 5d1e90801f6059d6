import type { LoggerService } from '@nestjs/common';
import type { Logger } from './logger.js';

type Level = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';

/** Nest's own lines (`NestFactory.create(module, adapter, { logger })`) through the process's one logger. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.write('info', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  /** Nest passes its context as the last argument, and to `error` the stack before that. */
  private write(level: Level, message: unknown, rest: readonly unknown[]): void {
    const last = rest.at(-1);
    const context = typeof last === 'string' && !isStack(last) ? last : undefined;
    const details = context === undefined ? rest : rest.slice(0, -1);
    const stack = details.find((detail) => typeof detail === 'string' && isStack(detail));
    const error = message instanceof Error ? message : details.find((detail) => detail instanceof Error);
    const fields = {
      ...(context === undefined ? {} : { context }),
      ...(error !== undefined ? { err: error } : stack !== undefined ? { stack } : {}),
      ...(typeof message === 'object' && message !== null && !(message instanceof Error)
        ? { detail: message }
        : {}),
    };
    const text = message instanceof Error ? message.message : typeof message === 'string' ? message : 'nest';
    this.logger[level](fields, text);
  }
}

function isStack(text: string): boolean {
  return text.includes('\n    at ');
}
