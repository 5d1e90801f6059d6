/** A notation that a column may be in: what it reads a value as; undefined: it cannot read it. */
export interface Notation<T> {
  readonly name: string;
  readonly read: (text: string) => T | undefined;
}

/**
 * Finds out the notation of a column from its values: a notation that cannot read a value is out, unless none can
 * (then the value is at fault). Two that read a value differently leave the column ambiguous until one is out.
 */
export class FormatFinder<T> {
  private candidates: readonly Notation<T>[] | undefined;
  /** A value that the candidates read differently, and how. */
  private conflict: { readonly text: string; readonly names: readonly string[] } | undefined;

  /** @param propose the notations that might be meant, told from the first value that any of them reads. */
  constructor(private readonly propose: (text: string) => readonly Notation<T>[]) {}

  see(text: string): void {
    if (this.candidates?.length === 1) return;
    const known = this.candidates ?? this.propose(text);
    const readings = known.map((notation) => ({ notation, value: notation.read(text) }));
    const able = readings.filter(({ value }) => value !== undefined);
    if (able.length === 0) return;
    this.candidates = able.map(({ notation }) => notation);
    if (able.some(({ value }) => value !== able[0]?.value))
      this.conflict ??= { text, names: this.candidates.map(({ name }) => name) };
  }

  /** Undefined: nothing is ambiguous in what was seen. */
  get ambiguity(): { readonly text: string; readonly names: readonly string[] } | undefined {
    return this.candidates !== undefined && this.candidates.length > 1 ? this.conflict : undefined;
  }

  /** The notation, as far as what was seen goes; undefined: no value could be read yet. */
  get found(): string | undefined {
    return this.candidates?.[0]?.name;
  }
}
