/** The report of a statement, as far as a page shows it: see StatementReport in docs/openapi.json. */

export type AmountsOf<Name extends string> = Readonly<Record<`${Name}Exact`, string>>;

type Total = { readonly count: number } & AmountsOf<'sum'>;

interface Found extends AmountsOf<'amount'> {
  readonly referenceId?: string;
  readonly reason?: string;
}

export interface StatementReport extends AmountsOf<'discrepancy'> {
  readonly reportId: string;
  readonly reportState: 'done';
  readonly customerId: string;
  readonly statementId: string;
  readonly matches: boolean;
  readonly yours: Total;
  readonly theirs: Total;
  readonly classes: Readonly<
    Record<
      string,
      { readonly findings: number; readonly yours: Total; readonly theirs: Total } & AmountsOf<'contribution'>
    >
  >;
  readonly identity: AmountsOf<'contributions'>;
  readonly causes: readonly { readonly text: string }[];
  readonly unexplained: { readonly findings: number } & AmountsOf<'contribution'>;
  readonly firstDivergence: {
    readonly yours:
      | (Found & {
          readonly index: number;
          readonly time: string;
          readonly recordId: string;
          readonly receiptId: string;
        })
      | null;
    readonly theirs: (Found & { readonly line: number; readonly time?: string }) | null;
  } | null;
  readonly scope: {
    readonly kind: string;
    readonly period?: string;
    readonly startDate?: string;
    readonly endDate?: string;
  };
  readonly ledger: {
    readonly state: 'sealed' | 'open';
    readonly checkpointId?: string;
    readonly proofRoot?: string;
  };
  readonly position: { readonly lane: number; readonly sequence: number };
  readonly statement: { readonly name?: string; readonly sha256: string; readonly records: number };
}
