import type { AttestationRefusalCode } from './codes.ts';

/**
 * How the readers and checks of this folder leave early. The entry points turn it into a verdict, so no caller of
 * the package ever sees it thrown. `detail` is for people; only `code` is stable.
 */
export class AttestationRefusal extends Error {
  override readonly name = 'AttestationRefusal';
  readonly code: AttestationRefusalCode;

  constructor(code: AttestationRefusalCode, detail: string) {
    super(detail);
    this.code = code;
  }
}

/** Ends the verification with `code`. */
export function refuse(code: AttestationRefusalCode, detail: string): never {
  throw new AttestationRefusal(code, detail);
}

/** Ends the verification with `code` unless `condition` holds. */
export function expect(condition: boolean, code: AttestationRefusalCode, detail: string): asserts condition {
  if (!condition) refuse(code, detail);
}
