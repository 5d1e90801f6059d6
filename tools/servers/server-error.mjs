/**
 * What can go wrong when a server is provided or run.
 * - `NO_BINARY`: neither this machine nor its package archive has the program
 * - `IN_USE`: another process holds the data directory
 * - `PORT_TAKEN`: the port asked for is not free
 * - `EXITED`: the process ended before it was ready
 * - `NOT_READY`: it runs but did not become ready within the time given
 * - `SETUP_FAILED`: a step that prepares the data directory failed
 * @typedef {'NO_BINARY' | 'IN_USE' | 'PORT_TAKEN' | 'EXITED' | 'NOT_READY' | 'SETUP_FAILED'} ServerErrorCode
 */

export class ServerError extends Error {
  /**
   * @param {ServerErrorCode} code
   * @param {string} message
   * @param {unknown} [cause]
   */
  constructor(code, message, cause) {
    super(message, { cause });
    this.name = 'ServerError';
    /** @type {ServerErrorCode} */
    this.code = code;
  }
}
