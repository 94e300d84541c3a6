/** What keeping a provider attested reports; for logs and displays. */
export type AttestationEvent =
  | {
      readonly kind: 'attested';
      readonly provider: string;
      readonly height: number;
      readonly score: number;
      /** Unix seconds. */
      readonly validUntil: number;
      readonly hardware: boolean;
      readonly cpuTee: boolean;
    }
  /** Evidence could not be made, or the chain refused it with `code`; the provider works on without it. */
  | { readonly kind: 'unattested'; readonly provider: string; readonly code: string; readonly detail: string }
  /** No node answered; it is asked again. */
  | { readonly kind: 'retrying'; readonly provider: string; readonly code: string; readonly detail: string };
