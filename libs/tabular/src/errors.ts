/** A file that cannot be read as what it is said to be. The message is for whoever handed it in, and says what to do. */
export class TabularError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TabularError';
  }
}
